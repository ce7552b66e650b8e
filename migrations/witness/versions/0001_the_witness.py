"""The council's witness: its keys, what it has signed, and what was announced of each vote."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.base import Bytes, Whole, Words

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

CREATED = ("witness_poll", "witness_signed")
"""All tables, in the order of creation."""


def upgrade() -> None:
    op.create_table(
        "witness_poll",
        sa.Column("proposal", Words, nullable=False),
        sa.Column("spki", Bytes, nullable=False, comment="the public key"),
        sa.Column("sealed", Bytes, nullable=True, comment="the signing key, encrypted; none once it is destroyed"),
        sa.Column("poll", Words, nullable=True, comment="hash of the manifest, hex; none until it is announced"),
        sa.Column("manifest", Bytes, nullable=True),
        sa.PrimaryKeyConstraint("proposal", name=op.f("pk_witness_poll")),
        sa.UniqueConstraint("poll", name=op.f("uq_witness_poll_poll")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "witness_signed",
        sa.Column("proposal", Words, nullable=False),
        sa.Column("number", Whole, nullable=False),
        sa.Column("blinded", Bytes, nullable=False),
        sa.Column("signed", Bytes, nullable=True, comment="none until it is made"),
        sa.PrimaryKeyConstraint("proposal", "number", name=op.f("pk_witness_signed")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for table in reversed(CREATED):
        op.drop_table(table)
