"""Secret votes: what the journal holds of them, and passes while they are given out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.base import Bytes, Whole, Words
from migrations.guards import drop_functions, guard_batches, guard_records

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

RECORDS = (
    "poll",
    "poll_batch",
    "poll_closed",
    "poll_settled",
)
"""Tables that only entries make, in the order of creation."""

BATCHES = (
    "poll_issued",
    "poll_number",
    "poll_record",
)
"""The same, many thousands at a time."""

CREATED = (
    "issuance",
    "poll_issued",
    "poll_key",
    "poll_number",
    "poll_record",
    "poll",
    "poll_batch",
    "poll_closed",
    "poll_settled",
)
"""All tables, in the order of creation."""


def upgrade() -> None:
    op.create_table(
        "issuance",
        sa.Column("proposal", Words, nullable=False),
        sa.Column("number", Whole, nullable=False),
        sa.Column("blinded", Bytes, nullable=False, comment="values to sign, one a registrar, joined"),
        sa.Column("signed", Bytes, nullable=True, comment="their signatures, joined; none until they are made"),
        sa.PrimaryKeyConstraint("proposal", "number", name=op.f("pk_issuance")),
        sqlite_strict=True,
    )
    op.create_table(
        "poll_issued",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("proposal", Words, nullable=False),
        sa.Column("number", Whole, nullable=False),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_poll_issued")),
        sa.UniqueConstraint("proposal", "number", name=op.f("uq_poll_issued_proposal_number")),
        sqlite_strict=True,
    )
    op.create_table(
        "poll_key",
        sa.Column("proposal", Words, nullable=False),
        sa.Column(
            "sealed", Bytes, nullable=True, comment="the signing key, encrypted; none once the passes are settled"
        ),
        sa.PrimaryKeyConstraint("proposal", name=op.f("pk_poll_key")),
        sqlite_strict=True,
    )
    op.create_table(
        "poll_number",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("proposal", Words, nullable=False),
        sa.Column("number", Whole, nullable=False),
        sa.Column("member", Words, nullable=False),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_poll_number")),
        sa.UniqueConstraint("proposal", "member", name=op.f("uq_poll_number_proposal_member")),
        sa.UniqueConstraint("proposal", "number", name=op.f("uq_poll_number_proposal_number")),
        sqlite_strict=True,
    )
    op.create_table(
        "poll_record",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("proposal", Words, nullable=False),
        sa.Column("record", Words, nullable=False),
        sa.Column("batch", Whole, nullable=False),
        sa.Column("line", Words, nullable=False),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_poll_record")),
        sa.UniqueConstraint("proposal", "record", name=op.f("uq_poll_record_proposal_record")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_poll_record_proposal_batch"), "poll_record", ["proposal", "batch"], unique=False)
    op.create_table(
        "poll",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("proposal", Words, nullable=False),
        sa.Column("hash", Words, nullable=False),
        sa.Column("manifest", Words, nullable=False),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_poll_n")),
        sa.ForeignKeyConstraint(["proposal"], ["proposal.id"], name=op.f("fk_poll_proposal")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_poll")),
        sa.UniqueConstraint("hash", name=op.f("uq_poll_hash")),
        sa.UniqueConstraint("proposal", name=op.f("uq_poll_proposal")),
        sqlite_strict=True,
    )
    op.create_table(
        "poll_batch",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("proposal", Words, nullable=False),
        sa.Column("batch", Whole, nullable=False),
        sa.Column("records", Whole, nullable=False),
        sa.Column("root", Words, nullable=False),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_poll_batch_n")),
        sa.ForeignKeyConstraint(["proposal"], ["proposal.id"], name=op.f("fk_poll_batch_proposal")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_poll_batch")),
        sa.UniqueConstraint("proposal", "batch", name=op.f("uq_poll_batch_proposal_batch")),
        sqlite_strict=True,
    )
    op.create_table(
        "poll_closed",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("proposal", Words, nullable=False),
        sa.Column("records", Whole, nullable=False),
        sa.Column("log", Words, nullable=False),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_poll_closed_n")),
        sa.ForeignKeyConstraint(["proposal"], ["proposal.id"], name=op.f("fk_poll_closed_proposal")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_poll_closed")),
        sa.UniqueConstraint("proposal", name=op.f("uq_poll_closed_proposal")),
        sqlite_strict=True,
    )
    op.create_table(
        "poll_settled",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("proposal", Words, nullable=False),
        sa.Column("passes", Whole, nullable=False),
        sa.Column("issued", Words, nullable=False),
        sa.Column("is_void", Whole, nullable=False),
        sa.CheckConstraint("is_void IN (0, 1)", name=op.f("ck_poll_settled_is_void_flag")),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_poll_settled_n")),
        sa.ForeignKeyConstraint(["proposal"], ["proposal.id"], name=op.f("fk_poll_settled_proposal")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_poll_settled")),
        sa.UniqueConstraint("proposal", name=op.f("uq_poll_settled_proposal")),
        sqlite_strict=True,
    )
    guard_records(*RECORDS)
    guard_batches(*BATCHES)


def downgrade() -> None:
    for table in reversed(CREATED):
        op.drop_table(table)
    drop_functions(*CREATED)
