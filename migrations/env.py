"""What Alembic runs: one transaction over all pending migrations, on the connection it is given or on its own."""

from __future__ import annotations

import importlib

from alembic import context
from sqlalchemy import Connection

from app.config import Settings
from app.db import make_engine
from ledger.base import metadata
from ledger.partitions import PRINTS_INDEX, beside

TABLE_MODULES = ("app.tables",)
"""The modules that describe tables; imported so that all of them stand in the one metadata."""


def migrate(connection: Connection) -> None:
    """Run what was asked for inside the connection's transaction."""
    without = beside(connection)
    # SQLite keeps DDL in transactions too, once its driver is told not to interfere (app/db.py)
    context.configure(
        connection=connection,
        target_metadata=metadata,
        transactional_ddl=True,
        include_object=lambda item, name, *_: name != PRINTS_INDEX or connection.dialect.name == "sqlite",
        include_name=lambda name, kind, _: kind != "table" or name not in without,
    )
    context.run_migrations()


def migrate_offline(url: str) -> None:
    """Print the SQL instead of running it."""
    context.configure(url=url, target_metadata=metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


def main() -> None:
    """Find out how Alembic was called, and do that."""
    for module in TABLE_MODULES:
        importlib.import_module(module)
    given: Connection | None = context.config.attributes.get("connection")
    if given is not None:
        migrate(given)
    elif context.is_offline_mode():
        migrate_offline(Settings().database_url)
    else:
        with make_engine(Settings().database_url).begin() as connection:
            migrate(connection)


main()
