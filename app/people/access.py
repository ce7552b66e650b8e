"""Who asked for what is only somebody else's to see or to do: refused, and noted.

Sessions, statements and thresholds are their provider's own. Whoever runs the cooperative is told no (403); another
provider is told nothing (404). The list of both is for the auditor.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.people.tables import access_log
from ledger.equity.values import Holder
from ledger.reading import every
from ledger.types import Act


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt.

    Attributes:
        token: Id of the token it was made with.
        actor: Whom that token acts for.
        operation: The operation's name in the API.
        subject: Holder id of whose it was.
        status: What was answered: 403 or 404.
    """

    token: str
    actor: str
    operation: str
    subject: str
    status: int


def is_holder(db: Session, id: str) -> bool:
    """Return whether an id is that of somebody on record."""
    return bool(every(db, Holder, id=id))


def note_attempt(db: Session, act: Act, attempt: Attempt) -> None:
    """Note an attempt, unless it was on nobody: what was written in the address stays unknown then."""
    if is_holder(db, attempt.subject):
        db.execute(insert(access_log), [{"id": act.new_id("acc"), "recorded_at": act.at, **asdict(attempt)}])


def attempts(db: Session, *, after: str = "", limit: int = 100) -> list[tuple[str, int, Attempt]]:
    """Return attempts with their ids and moments (microseconds since 1970), oldest first, from beyond an id."""
    columns = access_log.c
    query = select(access_log).where(columns.id > after).order_by(columns.id).limit(limit)
    found = db.execute(query).mappings()
    return [
        (
            row["id"],
            row["recorded_at"],
            Attempt(row["token"], row["actor"], row["operation"], row["subject"], row["status"]),
        )
        for row in found
    ]
