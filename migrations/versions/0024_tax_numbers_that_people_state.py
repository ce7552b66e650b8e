"""Tax numbers that people state themselves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.base import Whole, Words

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tax_number",
        sa.Column("id", Words, nullable=False),
        sa.Column("holder", Words, nullable=False, comment="whose it is; erased by this word"),
        sa.Column("kind", Words, nullable=False),
        sa.Column("number", Words, nullable=False, comment="whole; files with it leave when two people say so"),
        sa.Column("mark", Whole, nullable=False, comment="how many entries there were when it was stated"),
        sa.Column("stated_by", Words, nullable=False),
        sa.Column("stated_at", Whole, nullable=False),
        sa.CheckConstraint("kind IN ('SSN', 'ITIN', 'EIN')", name=op.f("ck_tax_number_kind_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_number")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_tax_number_holder"), "tax_number", ["holder"])


def downgrade() -> None:
    op.drop_index(op.f("ix_tax_number_holder"), table_name="tax_number")
    op.drop_table("tax_number")
