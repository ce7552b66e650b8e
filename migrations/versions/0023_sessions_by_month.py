"""Session rows in one table a month (PostgreSQL; SQLite keeps all of them in one).

A month that is closed gets no more rows, so neither its table nor its indexes change any more, and what asks about some
months does not read the others.
"""

from __future__ import annotations

from alembic import op

from migrations.months import part_by_month, put_together

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        part_by_month()


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        put_together()
