"""What grants are worth, for the accounts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.base import Whole, Words
from migrations.guards import drop_functions, guard_records

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fair_value",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("security", Words, nullable=False),
        sa.Column("price", Words, nullable=False),
        sa.Column("method", Words, nullable=False),
        sa.Column("source", Words, nullable=False),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_fair_value_n")),
        sa.ForeignKeyConstraint(["security"], ["security.id"], name=op.f("fk_fair_value_security")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_fair_value")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_fair_value_security"), "fair_value", ["security"])
    guard_records("fair_value")


def downgrade() -> None:
    op.drop_index(op.f("ix_fair_value_security"), table_name="fair_value")
    op.drop_table("fair_value")
    drop_functions("fair_value")
