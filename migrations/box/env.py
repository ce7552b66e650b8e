"""What Alembic runs for the box's database, on the connection it is given: all pending migrations or none."""

from __future__ import annotations

from alembic import context

from governance.secret.tables import box_metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=box_metadata,
    transactional_ddl=True,
    version_table="box_version",
)
context.run_migrations()
