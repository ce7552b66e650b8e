"""The box of secret votes: what it takes, what it has sealed, and the log of what it did."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.base import Bytes, Whole, Words

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

CREATED = (
    "box_key",
    "box_log",
    "box_pending",
    "box_poll",
    "box_record",
)
"""All tables, in the order of creation."""


def upgrade() -> None:
    op.create_table(
        "box_key",
        sa.Column("id", Whole, autoincrement=False, nullable=False),
        sa.Column("sealed", Bytes, nullable=False, comment="the key that signs receipts, encrypted"),
        sa.CheckConstraint("id = 1", name=op.f("ck_box_key_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_box_key")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "box_log",
        sa.Column("poll", Words, nullable=False),
        sa.Column("i", Whole, nullable=False),
        sa.Column("line", Words, nullable=False),
        sa.PrimaryKeyConstraint("poll", "i", name=op.f("pk_box_log")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "box_pending",
        sa.Column("poll", Words, nullable=False),
        sa.Column("record", Words, nullable=False, comment="record id, hex"),
        sa.Column("pass", Words, nullable=False),
        sa.Column("seq", Whole, nullable=False),
        sa.Column("line", Words, nullable=False),
        sa.PrimaryKeyConstraint("poll", "record", name=op.f("pk_box_pending")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_box_pending_poll_pass"), "box_pending", ["poll", "pass"], unique=False)
    op.create_table(
        "box_poll",
        sa.Column("poll", Words, nullable=False, comment="hash of the manifest, hex"),
        sa.Column("manifest", Bytes, nullable=False),
        sa.Column("issued", Bytes, nullable=True, comment="the list of passes, once it is settled"),
        sa.Column("state", Words, nullable=False),
        sa.Column("batch", Whole, nullable=False, comment="the one that is filled now"),
        sa.CheckConstraint(
            "state IN ('WAITING', 'SETTLED', 'OPEN', 'CLOSED', 'VOID')", name=op.f("ck_box_poll_state_known")
        ),
        sa.PrimaryKeyConstraint("poll", name=op.f("pk_box_poll")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "box_record",
        sa.Column("poll", Words, nullable=False),
        sa.Column("record", Words, nullable=False, comment="record id, hex"),
        sa.Column("pass", Words, nullable=False),
        sa.Column("seq", Whole, nullable=False),
        sa.Column("batch", Whole, nullable=False),
        sa.Column("line", Words, nullable=False),
        sa.PrimaryKeyConstraint("poll", "record", name=op.f("pk_box_record")),
        sa.UniqueConstraint("poll", "pass", "seq", name=op.f("uq_box_record_poll_pass_seq")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_box_record_poll_batch"), "box_record", ["poll", "batch"], unique=False)


def downgrade() -> None:
    for table in reversed(CREATED):
        op.drop_table(table)
