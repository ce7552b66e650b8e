"""Imports of sessions undone: one person asks, another decides."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.api.door import Door
from app.api.fields import Id, Line, Order, Told, shown
from app.imports.sessions import undoing
from app.imports.sessions.undoing import UndoAsked
from app.people.tokens import Scope
from ledger.errors import AlreadyExists, FourEyes, NotFound, NotReversible
from ledger.types import Act

door = Door("session-imports")


class UndoIn(Order):
    """Why an import is to be undone."""

    model_config = shown({"reason": "The wrong file."})

    reason: Line


class UndoDecisionIn(Order):
    """What a second person makes of it."""

    model_config = shown({"is_undone": True})

    is_undone: bool
    """False leaves the import as it is."""


class UndoOut(Told):
    """That an import is to be undone, and what became of it."""

    model_config = shown(
        {
            "id": "und_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
            "import_id": "imp_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
            "reason": "The wrong file.",
            "asked_by": "usr_finance",
            "decided_by": None,
            "is_undone": None,
        }
    )

    id: str
    import_id: str
    reason: str
    asked_by: str
    decided_by: str | None
    """Null while it waits for a second person."""
    is_undone: bool | None

    @classmethod
    def of(cls, asked: UndoAsked) -> UndoOut:
        """Return it as the API tells it."""
        return cls.model_validate(asked, from_attributes=True)


@door.write("/session-imports/{import_id}/undo", Scope.SESSIONS_WRITE, refuses=[AlreadyExists])
def ask_to_undo_import(db: Session, act: Act, import_id: Id, order: UndoIn) -> UndoOut:
    """Ask for an import to be undone.

    Nothing is undone before a second person has decided it.
    """
    undoing.ask_undo(db, act, import_id, reason=order.reason)
    return UndoOut.of(undoing.asked(db, import_id=import_id)[0])


@door.write("/session-imports/{import_id}/undo/decide", Scope.SESSIONS_WRITE, refuses=[FourEyes, NotReversible])
def decide_to_undo_import(db: Session, act: Act, import_id: Id, order: UndoDecisionIn) -> UndoOut:
    """Undo an import that somebody else asked to undo, or leave it.

    Every batch of it is reversed; the same file may be handed in again.
    """
    wanted = undoing.waiting(db, import_id)
    if wanted is None:
        raise NotFound("Nobody asks for this import to be undone.", field="import_id")
    undoing.decide_undo(db, act, wanted.id, is_undone=order.is_undone)
    return UndoOut.of(undoing.asked(db, import_id=import_id)[0])
