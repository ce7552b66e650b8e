"""Grants that are drafted, approved and issued together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.base import Whole, Words

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "grant_batch",
        sa.Column("id", Words, nullable=False),
        sa.Column("made_by", Words, nullable=False),
        sa.Column("made_at", Whole, nullable=False),
        sa.Column(
            "mark", Whole, nullable=False, comment="how many entries there were then: what tells which batch is newer"
        ),
        sa.Column("returned_by", Words, comment="who of the board wants it changed; none where nobody does"),
        sa.Column("returned_at", Whole),
        sa.Column("returned_because", Words),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grant_batch")),
        sqlite_strict=True,
    )
    op.create_table(
        "grant_batch_draft",
        sa.Column("batch", Words, nullable=False),
        sa.Column("draft", Words, nullable=False, comment="a later batch may hold it again, mended"),
        sa.Column("place", Whole, nullable=False, comment="where it stood in the spreadsheet, from 0"),
        sa.PrimaryKeyConstraint("batch", "draft", name=op.f("pk_grant_batch_draft")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_grant_batch_draft_draft"), "grant_batch_draft", ["draft"])


def downgrade() -> None:
    op.drop_index(op.f("ix_grant_batch_draft_draft"), table_name="grant_batch_draft")
    op.drop_table("grant_batch_draft")
    op.drop_table("grant_batch")
