"""What stands beside the journal: words that may have to be erased, choices before they are told, seeds, signatures.

The journal holds what proves each of them. None of it is ever changed; a moderator may erase the words of a comment,
and nothing else.
"""

from __future__ import annotations

from sqlalchemy import Column, PrimaryKeyConstraint, Table

from ledger.base import Bytes, Whole, Words, metadata
from ledger.tables import STRICT

comment_text = Table(
    "comment_text",
    metadata,
    Column("comment", Words, primary_key=True),
    Column("salt", Bytes, nullable=False),
    Column("words", Words, nullable=False),
    **STRICT,
)
"""The words of comments; the journal holds SHA-256(salt ‖ words)."""

ballot_choice = Table(
    "ballot_choice",
    metadata,
    Column("proposal", Words, nullable=False),
    Column("member", Words, nullable=False),
    Column("revision", Whole, nullable=False),
    Column("salt", Bytes, nullable=False),
    Column("choice", Words, nullable=False, comment="canonical JSON"),
    PrimaryKeyConstraint("proposal", "member", "revision"),
    **STRICT,
)
"""Open ballots until the vote closes: no entry tells them before, so that nobody reads an interim tally there."""

lot_seed = Table(
    "lot_seed",
    metadata,
    Column("lot", Words, primary_key=True, comment="SHA-256 of the seed, hex: what the notice holds"),
    Column("seed", Bytes, nullable=False),
    **STRICT,
)
"""Seeds for ties, until the vote closes."""

petition_signature = Table(
    "petition_signature",
    metadata,
    Column("petition", Words, nullable=False),
    Column("member", Words, nullable=False),
    Column("salt", Bytes, nullable=False),
    PrimaryKeyConstraint("petition", "member"),
    **STRICT,
)
"""Who signed: never told. The journal tells how many when it is over, and each signature's seal."""
