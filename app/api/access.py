"""Who tried to see or do what is only somebody else's: for the auditor."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.api.door import Door
from app.api.fields import Page, Told, shown
from app.api.lists import PagingAsked, mark_of, page_of_found
from app.people import access
from app.people.access import Attempt
from app.people.tokens import Scope
from ledger.types import moment_at

door = Door("access-log")

ATTEMPT = {
    "id": "acc_01KJQ3YTC8B2S1XQ9M3W0N5J7D",
    "at": "2026-03-02T15:30:00Z",
    "actor": "usr_steward",
    "token": "tok_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "operation": "list_own_sessions",
    "subject": "hld_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "status": 403,
}


class AttemptOut(Told):
    """An attempt that was refused."""

    model_config = shown(ATTEMPT)

    id: str
    at: datetime
    actor: str
    token: str
    operation: str
    """The operation's id in this description."""
    subject: str
    """Whose it was."""
    status: int
    """What was answered: 403, or 404 to another member."""

    @classmethod
    def of(cls, id: str, at: int, one: Attempt) -> AttemptOut:
        """Return an attempt as the API tells it."""
        return cls(
            id=id,
            at=moment_at(at),
            actor=one.actor,
            token=one.token,
            operation=one.operation,
            subject=one.subject,
            status=one.status,
        )


@door.read("/access-log", Scope.AUDIT_READ)
def list_attempts(db: Session, page: PagingAsked) -> Page[AttemptOut]:
    """List who tried to see or do what is only somebody else's, oldest first."""
    after = "" if page.cursor is None else mark_of("access-log", page.cursor)
    found = access.attempts(db, after=after, limit=page.limit + 1)
    return page_of_found("access-log", found, page, lambda one: AttemptOut.of(*one), lambda one: one[0])
