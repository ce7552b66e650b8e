"""The database a command works on: named by ``VESTRY_DATABASE_URL``, migrated, or the command ends and says how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.cli.exits import FAILURE, PENDING, end

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from app.db import Runner


def open_engine(*, migrate: bool = False) -> Engine:
    """Return an engine on the database of the settings.

    Args:
        migrate: Bring it to the newest shape; otherwise an older one ends the command with exit code 7.
    """
    from sqlalchemy.exc import OperationalError  # noqa: PLC0415

    import app.migrate  # noqa: PLC0415
    import app.tables  # noqa: PLC0415 - builds every table
    from app.config import Settings  # noqa: PLC0415
    from app.db import UnsafeDatabase, make_engine  # noqa: PLC0415

    url = Settings().database_url
    try:
        engine = make_engine(url)
        if migrate:
            app.migrate.upgrade(engine)
        elif app.migrate.pending(engine):
            end("The database has pending migrations. Run: vestry migrate", PENDING)
    except UnsafeDatabase as error:
        end(str(error), FAILURE)
    except OperationalError as error:
        end(f"The database at {engine.url.render_as_string()} can't be opened: {error.orig}", FAILURE)
    return engine


def open_runner(*, migrate: bool = False) -> Runner:
    """Return a runner on the database of the settings; see ``open_engine``."""
    from app.db import Runner  # noqa: PLC0415

    return Runner(open_engine(migrate=migrate))
