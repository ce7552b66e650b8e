"""Files that were taken away: who, which report, of which day, and what each hashes to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.base import Day, Whole, Words

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "export_log",
        sa.Column("id", Words, nullable=False),
        sa.Column("recorded_at", Whole, nullable=False),
        sa.Column("actor", Words, nullable=False),
        sa.Column("authority", Words, nullable=False, comment="the role in which they acted"),
        sa.Column("report", Words, nullable=False),
        sa.Column("ending", Words, nullable=False),
        sa.Column("as_of", Day, nullable=False),
        sa.Column("known_at", Whole, nullable=False),
        sa.Column("since", Day, nullable=True),
        sa.Column("sha256", Words, nullable=False, comment="of the file, hex"),
        sa.Column("size", Whole, nullable=False, comment="bytes"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_log")),
        sqlite_strict=True,
    )
    op.create_index("ix_export_log_as_of", "export_log", ["as_of"], unique=False)


def downgrade() -> None:
    op.drop_table("export_log")
