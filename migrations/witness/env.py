"""What Alembic runs for the database of the council's witness, on its connection: all pending migrations or none."""

from __future__ import annotations

from alembic import context

from governance.secret.tables import witness_metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=witness_metadata,
    transactional_ddl=True,
    version_table="witness_version",
)
context.run_migrations()
