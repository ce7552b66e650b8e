"""The database a command works on: named by ``VESTRY_DATABASE_URL``, migrated, or the command ends and says how."""

from __future__ import annotations

import atexit
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.exits import FAILURE, PENDING, end

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from app.db import Runner

    T = TypeVar("T")


def open_engine(*, migrate: bool = False) -> Engine:
    """Return an engine on the database of the settings.

    Args:
        migrate: Bring it to the newest shape; otherwise an older one ends the command with exit code 7.
    """
    from sqlalchemy import make_url  # noqa: PLC0415
    from sqlalchemy.exc import OperationalError  # noqa: PLC0415

    import app.migrate  # noqa: PLC0415
    import app.tables  # noqa: PLC0415 - builds every table
    from app.config import Settings  # noqa: PLC0415
    from app.db import make_engine  # noqa: PLC0415
    from app.sqlite import UnsafeDatabase  # noqa: PLC0415

    url = make_url(Settings().database_url)
    if not migrate and url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        end(f"There is no database at {url.database} yet. Run: vestry migrate", PENDING)
    try:
        engine = make_engine(Settings().database_url)
        # when the command is over, however it ends, no connection is left for the server to time out
        atexit.register(engine.dispose)
        if migrate:
            app.migrate.upgrade(engine)
        elif app.migrate.pending(engine):
            end("The database has pending migrations. Run: vestry migrate", PENDING)
        return engine
    except UnsafeDatabase as error:
        end(str(error), FAILURE)
    except OperationalError as error:
        end(f"The database at {url.render_as_string()} can't be opened: {error.orig}", FAILURE)


def print_pending() -> None:
    """Print the statements of every migration that is pending, and run none; what is not there yet stays so."""
    import sys  # noqa: PLC0415

    from sqlalchemy import make_url  # noqa: PLC0415
    from sqlalchemy.exc import OperationalError  # noqa: PLC0415

    from app.config import Settings  # noqa: PLC0415
    from app.db import make_engine  # noqa: PLC0415
    from app.migrate import sql_of  # noqa: PLC0415

    url = make_url(Settings().database_url)
    is_new = url.get_backend_name() == "sqlite" and not Path(url.database or "").exists()
    engine = make_engine("sqlite://" if is_new else Settings().database_url)
    try:
        sql_of(engine, sys.stdout)
    except OperationalError as error:
        end(f"The database at {url.render_as_string()} can't be opened: {error.orig}", FAILURE)
    finally:
        engine.dispose()


def open_runner(*, migrate: bool = False) -> Runner:
    """Return a runner on the database of the settings; see ``open_engine``."""
    from app.db import Runner  # noqa: PLC0415

    return Runner(open_engine(migrate=migrate))


def tried(db: Session, deed: Callable[[Session], T], *, dry_run: bool) -> T:
    """Carry out a deed and, for a dry run, take it back; return what it returned."""
    trial = db.begin_nested()
    done = deed(db)
    if dry_run:
        trial.rollback()
    else:
        trial.commit()
    return done
