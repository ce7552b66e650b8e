"""What stands beside the journal while a secret vote is under way: keys, and who fetched a pass.

Three databases, of which no role writes into another's. The registrar's tables know members and no ballot; the box's
know ballots and no member, no time and no order of arrival; the witness's know numbers on a roll, and neither.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, MetaData, PrimaryKeyConstraint, Table, UniqueConstraint

from ledger.base import Bytes, Whole, Words, metadata
from ledger.tables import STRICT

poll_key = Table(
    "poll_key",
    metadata,
    Column("proposal", Words, primary_key=True),
    Column("sealed", Bytes, comment="the signing key, encrypted; none once the passes are settled"),
    **STRICT,
)
"""The registrar's signing keys, one a vote, until its passes are settled."""

issuance = Table(
    "issuance",
    metadata,
    Column("proposal", Words, nullable=False),
    Column("number", Whole, nullable=False),
    Column("blinded", Bytes, nullable=False, comment="values to sign, one a registrar, joined"),
    Column("signed", Bytes, comment="their signatures, joined; none until they are made"),
    PrimaryKeyConstraint("proposal", "number"),
    **STRICT,
)
"""Who fetched a pass, by number. Every row fits every ballot: it tells nothing about how anybody voted."""

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "pk": "pk_%(table_name)s",
}
box_metadata = MetaData(naming_convention=NAMES)
"""The box's database: kept by record id, never by arrival (``WITHOUT ROWID``), so that no dump tells an order."""

UNORDERED = STRICT | {"sqlite_with_rowid": False}

box_key = Table(
    "box_key",
    box_metadata,
    Column("id", Whole, primary_key=True, autoincrement=False),
    Column("sealed", Bytes, nullable=False, comment="the key that signs receipts, encrypted"),
    CheckConstraint("id = 1", name="only_one"),
    **UNORDERED,
)

box_poll = Table(
    "box_poll",
    box_metadata,
    Column("poll", Words, primary_key=True, comment="hash of the manifest, hex"),
    Column("manifest", Bytes, nullable=False),
    Column("issued", Bytes, comment="the list of passes, once it is settled"),
    Column("state", Words, nullable=False),
    Column("batch", Whole, nullable=False, comment="the one that is filled now"),
    CheckConstraint("state IN ('WAITING', 'SETTLED', 'OPEN', 'CLOSED', 'VOID')", name="state_known"),
    **UNORDERED,
)

box_pending = Table(
    "box_pending",
    box_metadata,
    Column("poll", Words, nullable=False),
    Column("record", Words, nullable=False, comment="record id, hex"),
    Column("pass", Words, nullable=False, key="pass_id"),
    Column("seq", Whole, nullable=False),
    Column("line", Words, nullable=False),
    PrimaryKeyConstraint("poll", "record"),
    Index(None, "poll", "pass_id"),
    **UNORDERED,
)
"""Ballots of the batch that is being filled."""

box_record = Table(
    "box_record",
    box_metadata,
    Column("poll", Words, nullable=False),
    Column("record", Words, nullable=False, comment="record id, hex"),
    Column("pass", Words, nullable=False, key="pass_id"),
    Column("seq", Whole, nullable=False),
    Column("batch", Whole, nullable=False),
    Column("line", Words, nullable=False),
    PrimaryKeyConstraint("poll", "record"),
    UniqueConstraint("poll", "pass_id", "seq"),
    Index(None, "poll", "batch"),
    **UNORDERED,
)
"""Ballots that are sealed."""

box_log = Table(
    "box_log",
    box_metadata,
    Column("poll", Words, nullable=False),
    Column("i", Whole, nullable=False),
    Column("line", Words, nullable=False),
    PrimaryKeyConstraint("poll", "i"),
    **UNORDERED,
)
"""What the box did, as lines of which each names the one before."""

witness_metadata = MetaData(naming_convention=NAMES)
"""The database of the council's witness."""

witness_poll = Table(
    "witness_poll",
    witness_metadata,
    Column("proposal", Words, primary_key=True),
    Column("spki", Bytes, nullable=False, comment="the public key"),
    Column("sealed", Bytes, comment="the signing key, encrypted; none once it is destroyed"),
    Column("poll", Words, comment="hash of the manifest, hex; none until it is announced"),
    Column("manifest", Bytes),
    UniqueConstraint("poll"),
    **UNORDERED,
)
"""The witness's keys, one a vote, and what was announced of it."""

witness_signed = Table(
    "witness_signed",
    witness_metadata,
    Column("proposal", Words, nullable=False),
    Column("number", Whole, nullable=False),
    Column("blinded", Bytes, nullable=False),
    Column("signed", Bytes, comment="none until it is made"),
    PrimaryKeyConstraint("proposal", "number"),
    **UNORDERED,
)
"""What the witness has signed, one value a number."""
