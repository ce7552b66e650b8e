"""The archive of signed checkpoints, and the proof of an entry in one file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from fastapi import Path, Query
from sqlalchemy.orm import Session

from app import archive
from app.api.door import Door
from app.api.entries import HASH, ConsistencyOut, Number
from app.api.fields import Attachment, EntryNumber, Page, Told, shown
from app.api.lists import PagingAsked, cursor_at, place_of
from app.people.tokens import Scope
from ledger.errors import NotFound
from ledger.tlog_proof import ENDING
from ledger.types import MOST_UNITS

door = Door("journal")

Size = Annotated[EntryNumber, Path(description="A number of entries at which a checkpoint was signed.")]

NOTE = "vestry.example.org\n4812\nnyxxqwTY5hNLXwpKPop6b2+KTB3C0aby8OvjsPPhpbE=\n\n\u2014 vestry.example.org Gis8TQ0A…\n"


@dataclass(frozen=True, slots=True)
class Text(Attachment):
    """A file of text."""

    described_as: ClassVar[str] = "text/plain"


class CheckpointOut(Told):
    """What the service signed about the journal when it had `size` entries (C2SP `tlog-checkpoint`)."""

    model_config = shown({"size": 4812, "root": HASH, "kept_at": "2026-03-02T15:30:15Z", "note": NOTE})

    size: int
    root: str
    kept_at: datetime
    """When it was put into the archive, soon after it was signed."""
    note: str
    """Exactly as it was signed, with what witnesses said of it."""

    @classmethod
    def of(cls, kept: archive.Kept) -> CheckpointOut:
        """Return a checkpoint as the API tells it."""
        return cls(size=kept.size, root=kept.root.hex(), kept_at=kept.at, note=kept.note)


@door.read("/checkpoints", Scope.JOURNAL_READ)
def list_checkpoints(db: Session, page: PagingAsked) -> Page[CheckpointOut]:
    """List the checkpoints that were signed, the newest first."""
    below = None
    if page.cursor is not None:
        [below] = place_of("checkpoints", page.cursor, 1)
    found = archive.listed(db, below=below, limit=page.limit + 1)
    listed, more = found[: page.limit], len(found) > page.limit
    following = cursor_at("checkpoints", listed[-1].size) if more else None
    return Page(data=[CheckpointOut.of(one) for one in listed], next=following, has_more=more)


@door.read("/checkpoints/{size}", Scope.JOURNAL_READ, refuses=[NotFound])
def get_checkpoint(db: Session, size: Size) -> CheckpointOut:
    """Get the checkpoint that was signed at a number of entries."""
    return CheckpointOut.of(archive.at(db, size))


@door.read("/checkpoints/{size}/consistency", Scope.JOURNAL_READ, refuses=[NotFound])
def prove_checkpoint(
    db: Session,
    size: Size,
    since: Annotated[int, Query(ge=1, le=MOST_UNITS, description="Entries of the earlier checkpoint.")],
) -> ConsistencyOut:
    """Prove that a checkpoint goes on from an earlier one."""
    return ConsistencyOut.of(archive.grown(db, since, size))


@door.read("/entries/{n}/proof.tlog", Scope.JOURNAL_READ)
def get_proof_file(db: Session, n: Number) -> Text:
    """Get the proof that an entry is in the journal, in one file with the newest checkpoint (C2SP `tlog-proof`).

    It is checked without asking this service again.
    """
    return Text(archive.prove(db, n).encode().encode(), "text/plain; charset=utf-8", f"entry-{n}{ENDING}")
