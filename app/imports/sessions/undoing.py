"""Undoing a whole import: one person asks, another one does it (four eyes on mass reversals, privacy.md).

Who asked stands beside the journal and, in words, in the reason of each entry that undoes a batch.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.imports.tables import import_undo
from ledger import journal
from ledger.errors import AlreadyExists, FourEyes, Invalid, NotFound
from ledger.reading import find
from ledger.sessions.deliveries import undo_import
from ledger.sessions.records import SessionImport
from ledger.types import Act

MOST_REASON = 500


@dataclass(frozen=True, slots=True)
class UndoAsked:
    """Somebody asks for an import to be undone.

    Attributes:
        asked_at: Microseconds since 1970.
        decided_by: None while it waits.
        is_undone: Whether it was; None while it waits.
    """

    id: str
    import_id: str
    reason: str
    asked_by: str
    asked_at: int
    decided_by: str | None
    decided_at: int | None
    is_undone: bool | None


def asked(db: Session, *, import_id: str | None = None) -> list[UndoAsked]:
    """Return what was asked, the newest first: all, or about one import."""
    query = select(import_undo).order_by(import_undo.c.id.desc())
    if import_id is not None:
        query = query.where(import_undo.c.import_id == import_id)
    found = []
    for row in db.execute(query).mappings():
        plain = {name: row[name] for name in UndoAsked.__dataclass_fields__}
        undone = row["is_undone"]
        found.append(UndoAsked(**{**plain, "is_undone": None if undone is None else bool(undone)}))
    return found


def waiting(db: Session, import_id: str) -> UndoAsked | None:
    """Return what waits for a second person about an import, if anything does."""
    return next((one for one in asked(db, import_id=import_id) if one.decided_by is None), None)


def ask_undo(db: Session, act: Act, import_id: str, *, reason: str) -> None:
    """Ask for an import to be undone.

    Raises:
        NotFound: There is no such import (any more).
        AlreadyExists: Somebody has asked, and nobody has answered yet.
        Invalid: No reason is given, or a very long one.
    """
    journal.lock(db)
    find(db, SessionImport, import_id)
    if waiting(db, import_id) is not None:
        raise AlreadyExists("Somebody asks for this already; a second person decides it.")
    if not 1 <= len(reason.strip()) <= MOST_REASON:
        raise Invalid(f"Say why, in at most {MOST_REASON} letters. Name no client.", field="reason")
    row = {"id": act.new_id("und"), "import_id": import_id, "reason": reason.strip(), "asked_by": act.actor}
    db.execute(insert(import_undo), [row | {"asked_at": act.at}])


def decide_undo(db: Session, act: Act, id: str, *, is_undone: bool) -> UndoAsked:
    """Undo an import that somebody else asked to undo, or leave it as it is.

    Raises:
        NotFound: Nobody asks for it (any more), or the import is gone.
        FourEyes: Who asked decides.
        NotReversible: A row of it has been corrected, or a month it was posted to is closed.
    """
    journal.lock(db)
    wanted = next((one for one in asked(db) if one.id == id and one.decided_by is None), None)
    if wanted is None:
        raise NotFound("Nobody asks for this any more; it has been decided.", field="request")
    if wanted.asked_by == act.actor and is_undone:
        raise FourEyes("Who asks for an import to be undone and who undoes it are two people.")
    if is_undone:
        undo_import(db, act, wanted.import_id, reason=f"{wanted.reason} (asked for by {wanted.asked_by})")
    told = {"decided_by": act.actor, "decided_at": act.at, "is_undone": int(is_undone)}
    db.execute(update(import_undo).where(import_undo.c.id == id).values(told))
    return wanted


def approve_undo(db: Session, act: Act, import_id: str) -> UndoAsked:
    """Undo an import that somebody else asked to undo, by its own id.

    Raises:
        NotFound: Nobody asks for it (any more), or the import is gone.
        FourEyes: Who asked decides.
        NotReversible: A row of it has been corrected, or a month it was posted to is closed.
    """
    wanted = waiting(db, import_id)
    return decide_undo(db, act, "" if wanted is None else wanted.id, is_undone=True)
