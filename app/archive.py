"""The archive of checkpoints: each that the service ever signed, so that two of them can be held against each other.

A table beside the journal: what makes a checkpoint worth something is its signature, and that others keep it too. What
witnesses said of one is added while it is the newest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Table, insert, select, update
from sqlalchemy.orm import Session

from ledger import journal, proofs, tables
from ledger.base import Bytes, Whole, Words, metadata
from ledger.errors import NotFound
from ledger.notes import Checkpoint, halves
from ledger.tables import STRICT
from ledger.tlog_proof import TlogProof
from ledger.types import micros_of, moment_at

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("size", Whole, primary_key=True, autoincrement=False, comment="entries covered"),
    Column("root", Bytes, nullable=False),
    Column("kept_at", Whole, nullable=False, comment="microseconds since 1970, UTC"),
    Column("note", Words, nullable=False, comment="as signed, with what witnesses said of it"),
    **STRICT,
)
"""Checkpoints that were signed, one for each number of entries."""

PAGE = 100


@dataclass(frozen=True, slots=True)
class Kept:
    """A checkpoint in the archive.

    Attributes:
        at: When it was put there, soon after it was signed.
        note: As it was signed, with what witnesses said of it.
    """

    size: int
    root: bytes
    at: datetime
    note: str


def keep(db: Session, note: str, now: datetime) -> None:
    """Put a checkpoint into the archive, or add what witnesses have said of it since; one of no entries is left out."""
    journal.lock(db)
    signed = Checkpoint.read(halves(note)[0])
    if not signed.size or holds(db, note):
        return
    found = _row(db, signed.size)
    if found is None:
        row = {"size": signed.size, "root": signed.root, "kept_at": micros_of(now), "note": note}
        db.execute(insert(checkpoint), [row])
    elif halves(found.note)[0] == halves(note)[0] and len(note) > len(found.note):
        db.execute(update(checkpoint).where(checkpoint.c.size == signed.size).values(note=note))


def holds(db: Session, note: str) -> bool:
    """Return whether exactly this checkpoint is in the archive."""
    return (
        db.execute(select(checkpoint.c.size).where(checkpoint.c.note == note, checkpoint.c.size == _size(note))).first()
        is not None
    )


def newest(db: Session) -> Kept:
    """Return the newest checkpoint.

    Raises:
        NotFound: There is none.
    """
    [*found] = listed(db, limit=1)
    if not found:
        raise NotFound("No checkpoint has been signed yet.")
    return found[0]


def at(db: Session, size: int) -> Kept:
    """Return the checkpoint over a number of entries.

    Raises:
        NotFound: None was signed at exactly that number.
    """
    found = _row(db, size)
    if found is None:
        raise NotFound(f"No checkpoint was signed at {size:,} entries.", field="size")
    return found


def listed(db: Session, *, below: int | None = None, limit: int = PAGE) -> Sequence[Kept]:
    """Return checkpoints, the newest first, of fewer than ``below`` entries."""
    query = select(checkpoint).order_by(checkpoint.c.size.desc()).limit(limit)
    if below is not None:
        query = query.where(checkpoint.c.size < below)
    return [Kept(row.size, row.root, moment_at(row.kept_at), row.note) for row in db.execute(query)]


def grown(db: Session, old: int, size: int) -> proofs.Consistency:
    """Return the proof that one checkpoint in the archive goes on from an earlier one.

    Raises:
        NotFound: One of them is not there.
        Invalid: The earlier one has more entries.
    """
    return proofs.consistency(db, at(db, old).size, at(db, size).size)


def prove(db: Session, n: int) -> TlogProof:
    """Return the proof that an entry is on record under the newest checkpoint.

    Raises:
        NotFound: There is no such entry, or no checkpoint has been signed since it was written.
    """
    if not 0 <= n < journal.size(db):
        raise NotFound(f"There is no entry {n} in the journal.", field="n")
    found = listed(db, limit=1)
    if not found or found[0].size <= n:
        raise NotFound("No checkpoint has been signed since this was recorded; one is within a minute.", field="n")
    return TlogProof(n, proofs.inclusion(db, n, found[0].size).path, found[0].note)


def misfit(db: Session) -> int | None:
    """Return the size of the first checkpoint in the archive that is not of this record, or None."""
    head = tables.head.c
    query = select(checkpoint.c.size).outerjoin(tables.head, head.size == checkpoint.c.size)
    wrong = query.where((head.root.is_(None)) | (head.root != checkpoint.c.root)).order_by(checkpoint.c.size)
    return db.execute(wrong.limit(1)).scalar()


def _row(db: Session, size: int) -> Kept | None:
    found = listed(db, below=size + 1, limit=1)
    return found[0] if found and found[0].size == size else None


def _size(note: str) -> int:
    return Checkpoint.read(halves(note)[0]).size
