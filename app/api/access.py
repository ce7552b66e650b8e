"""Who tried to see or do what is only somebody else's: for the auditor."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic.json_schema import SkipJsonSchema
from sqlalchemy.orm import Session

from app.api.door import Door
from app.api.fields import Line, Told, shown
from app.people import access
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

MOST = 100


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


class Attempts(Told):
    """Attempts, oldest first."""

    model_config = shown({"data": [ATTEMPT], "has_more": False})

    data: list[AttemptOut]
    has_more: bool
    """Ask again for those after the last id."""


@door.read("/access-log", Scope.AUDIT_READ)
def list_attempts(
    db: Session,
    after: Annotated[
        Line | SkipJsonSchema[None],
        Query(description="Only those after this id.", examples=["acc_01KJQ3YT5RWX6M1YFV0B1WJ6Q8"]),
    ] = None,
) -> Attempts:
    """List who tried to see or do what is only somebody else's."""
    found = access.attempts(db, after=after or "", limit=MOST + 1)
    told = [
        AttemptOut(
            id=id,
            at=moment_at(at),
            actor=one.actor,
            token=one.token,
            operation=one.operation,
            subject=one.subject,
            status=one.status,
        )
        for id, at, one in found[:MOST]
    ]
    return Attempts(data=told, has_more=len(found) > MOST)
