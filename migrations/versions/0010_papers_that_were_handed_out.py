"""Papers that were handed out, by their fingerprints."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.base import Day, Whole, Words

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "paper",
        sa.Column("fingerprint", Words, nullable=False, comment="SHA-256 over all that it says, hex"),
        sa.Column("kind", Words, nullable=False),
        sa.Column("about", Words, nullable=False, comment="id of what it is about; empty for the company"),
        sa.Column("as_of", Day, nullable=False),
        sa.Column("known_at", Whole, nullable=False),
        sa.Column("language", Words, nullable=False),
        sa.Column("issued_at", Whole, nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_paper")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("paper")
