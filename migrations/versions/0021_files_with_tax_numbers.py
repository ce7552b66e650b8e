"""Files with tax numbers, which one person asks for and another one approves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.base import Day, Whole, Words

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "disclosure",
        sa.Column("id", Words, nullable=False),
        sa.Column("report", Words, nullable=False),
        sa.Column("ending", Words, nullable=False),
        sa.Column("as_of", Day, nullable=False),
        sa.Column("known_at", Whole, nullable=False),
        sa.Column("reason", Words, nullable=False),
        sa.Column("content", Words, nullable=False, comment="SHA-256 of what it would hold, hex: what is approved"),
        sa.Column("numbers", Whole, nullable=False, comment="how many tax numbers that are"),
        sa.Column("asked_by", Words, nullable=False),
        sa.Column("asked_at", Whole, nullable=False),
        sa.Column("decided_by", Words, comment="somebody else, unless it was withdrawn; none while it waits"),
        sa.Column("decided_at", Whole),
        sa.Column("is_approved", Whole, comment="1 where the file may be taken, 0 where nothing came of it"),
        sa.Column("until", Whole, nullable=False, comment="until when it waits, or may be taken"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("disclosure")
