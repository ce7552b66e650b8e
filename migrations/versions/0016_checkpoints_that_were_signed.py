"""The archive of checkpoints: each that was signed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.base import Bytes, Whole, Words

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "checkpoint",
        sa.Column("size", Whole, autoincrement=False, nullable=False, comment="entries covered"),
        sa.Column("root", Bytes, nullable=False),
        sa.Column("kept_at", Whole, nullable=False, comment="microseconds since 1970, UTC"),
        sa.Column("note", Words, nullable=False, comment="as signed, with what witnesses said of it"),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_checkpoint")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("checkpoint")
