"""Dismissals for cause: one person asks, another one decides, and nothing is taken while it can be appealed against.

Who asked stands beside the journal until somebody else decides; then both stand in the entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app import layoffs
from app.people.tables import dismissal_asked
from ledger import journal
from ledger.equity import leaving
from ledger.equity.leaving import LeavingOrder
from ledger.equity.values import Holder, LeavingReason
from ledger.errors import AlreadyExists, FourEyes, NotFound
from ledger.reading import find
from ledger.types import Act


@dataclass(frozen=True, slots=True)
class Asked:
    """A dismissal for cause that somebody asks for.

    Attributes:
        on: The last day.
        appeal_until: The last day to appeal.
        asked_at: Microseconds since 1970.
    """

    id: str
    holder: str
    on: date
    appeal_until: date
    asked_by: str
    asked_at: int


def waiting(db: Session, holder: str | None = None) -> list[Asked]:
    """Return what waits for a second person, the oldest first: all, or about one holder."""
    columns = dismissal_asked.c
    query = select(dismissal_asked).where(columns.decided_by.is_(None)).order_by(columns.asked_at, columns.id)
    if holder is not None:
        query = query.where(columns.holder == holder)
    return [
        Asked(row["id"], row["holder"], row["on"], row["appeal_until"], row["asked_by"], row["asked_at"])
        for row in db.execute(query).mappings()
    ]


def ask(db: Session, act: Act, holder: str, *, on: date, appeal_until: date) -> None:
    """Ask for somebody to be dismissed for cause; a second person decides it.

    Raises:
        NotFound: No such holder.
        NotAllowedNow: They are not engaged on that day.
        DatesOutOfOrder: There is too little time to appeal.
        FourEyes: They ask for it themselves.
        AlreadyExists: Somebody has asked already.
    """
    journal.lock(db)
    find(db, Holder, holder)
    if act.actor == holder:
        raise FourEyes("Nobody asks for their own dismissal.")
    if waiting(db, holder):
        raise AlreadyExists("Somebody asks for this already; a second person decides it.")
    # whoever decides it will be the actor; here it only has to hold otherwise
    leaving.foreseen(db, _order(holder, on, appeal_until, act.actor))
    row = {"id": act.new_id("dis"), "holder": holder, "on": on, "appeal_until": appeal_until}
    db.execute(insert(dismissal_asked), [row | {"asked_by": act.actor, "asked_at": act.at}])


def decide(db: Session, act: Act, id: str, *, is_dismissed: bool) -> Asked:
    """Dismiss somebody for cause as another person asked, or leave it.

    Raises:
        NotFound: Nobody asks for it (any more).
        FourEyes: Who asked decides, or who is dismissed.
        LaterChangeExists: Something they hold has changed since that day.
    """
    journal.lock(db)
    found = next((one for one in waiting(db) if one.id == id), None)
    if found is None:
        raise NotFound("Nobody asks for this any more; it has been decided.", field="request")
    if act.actor == found.holder or (act.actor == found.asked_by and is_dismissed):
        raise FourEyes("The two who dismiss for cause and who is dismissed are three people.")
    if is_dismissed:
        layoffs.leave(db, act, _order(found.holder, found.on, found.appeal_until, found.asked_by))
    told = {"decided_by": act.actor, "decided_at": act.at, "is_dismissed": int(is_dismissed)}
    db.execute(update(dismissal_asked).where(dismissal_asked.c.id == id).values(told))
    return found


def _order(holder: str, on: date, appeal_until: date, asked_by: str) -> LeavingOrder:
    reason = LeavingReason.INVOLUNTARY_WITH_CAUSE
    return LeavingOrder(holder, reason, on, second_approver=asked_by, appeal_until=appeal_until)
