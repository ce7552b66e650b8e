"""Dismissals for cause that wait for a second person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.base import Day, Whole, Words

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dismissal_asked",
        sa.Column("id", Words, nullable=False),
        sa.Column("holder", Words, nullable=False),
        sa.Column("on", Day, nullable=False, comment="the last day"),
        sa.Column("appeal_until", Day, nullable=False),
        sa.Column("asked_by", Words, nullable=False),
        sa.Column("asked_at", Whole, nullable=False),
        sa.Column("decided_by", Words, comment="somebody else; none while it waits"),
        sa.Column("decided_at", Whole),
        sa.Column("is_dismissed", Whole, comment="1 where they were dismissed, 0 where nothing came of it"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dismissal_asked")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_dismissal_asked_holder"), "dismissal_asked", ["holder"])


def downgrade() -> None:
    op.drop_index(op.f("ix_dismissal_asked_holder"), table_name="dismissal_asked")
    op.drop_table("dismissal_asked")
