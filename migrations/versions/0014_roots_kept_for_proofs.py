"""Roots over full parts of the journal's tree, kept so that proofs need not read all of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.base import Bytes, Whole

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tile",
        sa.Column("level", Whole, nullable=False, comment="1: over 256 entries, 2: over 256 of those"),
        sa.Column("k", Whole, nullable=False, comment="position on its level, from 0"),
        sa.Column("root", Bytes, nullable=False),
        sa.PrimaryKeyConstraint("level", "k", name=op.f("pk_tile")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("tile")
