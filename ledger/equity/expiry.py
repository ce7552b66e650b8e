"""When a grant ends: the last day on which it can be exercised, and what becomes of the units that nobody took.

Vested units that are not exercised by then expire; at the end of the grant's own term what has not vested ends with
them. Both return as the plan says (equity.md §3.6).
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from ledger import journal, tables
from ledger.entries import Draft, Role, account
from ledger.equity.securities import Position, drawn, position, return_to
from ledger.equity.values import Award, AwardType, EventKind, Schedule, ScheduleCause, SecurityEvent
from ledger.equity.vesting.later import forfeit
from ledger.equity.vesting.table import encode
from ledger.errors import NotAllowedNow
from ledger.kinds import declare
from ledger.reading import selection
from ledger.records import Record
from ledger.types import Act

A_DAY = timedelta(days=1)


@declare
class ExpiryEntry(StrEnum):
    """The kinds of entry by which a grant ends unused."""

    EXPIRED = "award.expired"
    """Units were not exercised in time."""


class Ending(StrEnum):
    """Why a grant ended; in the event's ``detail.ended``."""

    WINDOW = "WINDOW"
    """The time for exercise after leaving was over."""
    TERM = "TERM"
    """The grant itself ran to its end."""


def window_end(held: Position) -> date | None:
    """Return the last day for exercise that leaving left, or None while the holder has not left (or for no end)."""
    for event in reversed(held.happened(EventKind.LEFT, EventKind.REINSTATED)):
        until = (event.value.detail or {}).get("exercise_by") if event.value.kind is EventKind.LEFT else None
        return None if until is None else date.fromisoformat(until)
    return None


def last_day(held: Position) -> date | None:
    """Return the last day on which a grant may be exercised or settled, or None while nothing ends it."""
    ends = (window_end(held), held.award.expires_on if held.award else None)
    return min((day for day in ends if day is not None), default=None)


def is_suspended(held: Position) -> bool:
    """Return whether its holder was dismissed for cause and the appeal is still open: then no window closes."""
    decided = held.happened(EventKind.SUSPENDED, EventKind.REINSTATED, EventKind.FORFEITED)
    return bool(decided) and decided[-1].value.kind is EventKind.SUSPENDED


def expire(db: Session, act: Act, security_id: str, *, on: date) -> int:
    """End a grant whose time is over by ``on``, from the day after its last one; return the units that go back.

    Raises:
        NotAllowedNow: Its time is not over, or nothing is left of it.
    """
    journal.lock(db)
    held = position(db, security_id)
    entry = expiry(held, on)
    if entry is None:
        held.refuse_unless_live()
        raise NotAllowedNow(f"The time to exercise {held.security.label} is not over on {on}.", field="on")
    journal.append(db, act, entry)
    return entry.postings[1].amount


def expire_due(db: Session, act: Act, on: date) -> tuple[str, ...]:
    """End every grant whose time is over by ``on``, and return their ids; a second call finds none left."""
    journal.lock(db)
    due = [(id, expiry(position(db, id), on)) for id in _may_be_due(db, on)]
    entries = {id: entry for id, entry in due if entry is not None}
    journal.append_all(db, act, tuple(entries.values()))
    return tuple(entries)


def expiry(held: Position, on: date) -> Draft | None:
    """Return the entry that ends a grant, or None while its time is not over by ``on`` or nothing is left of it.

    It counts from the day after the last one or, if the grant changed after that, from the day of the change.
    """
    ending = _ending(held, on)
    if ending is None or held.share_class is None or not held.outstanding:
        return None
    why, last = ending
    day = max(last + A_DAY, held.changed_on)
    vested = min(max(held.vested(last) - held.used(), 0), held.outstanding)
    back = held.outstanding if why is Ending.TERM else vested
    if day > on or not back:
        return None
    records = _ended(held, why, last, vested, back - vested)
    return Draft(ExpiryEntry.EXPIRED, day, records, drawn(held.security, back, return_to(held.share_class, held.plan)))


def _ending(held: Position, on: date) -> tuple[Ending, date] | None:
    """Return what has ended a grant by a day, and its last one."""
    if held.award is None or held.award.award_type is AwardType.RSA:
        return None
    if held.award.expires_on is not None and held.award.expires_on < on:
        return Ending.TERM, held.award.expires_on
    window = window_end(held)
    if window is None or window >= on or is_suspended(held):
        return None
    return Ending.WINDOW, window


def _ended(held: Position, why: Ending, last: date, vested: int, unvested: int) -> tuple[Record, ...]:
    """Return the records of a grant's end: vested units expire, others are forfeited."""
    id = held.security.id
    records: list[Record] = []
    if unvested:
        records.append(Schedule(id, ScheduleCause.FORFEITED, encode(forfeit(held.table, last).table)))
        records.append(SecurityEvent(id, EventKind.FORFEITED, unvested, detail={"ended": why.value}))
    if vested:
        records.append(SecurityEvent(id, EventKind.EXPIRED, vested, detail={"ended": why.value}))
    return tuple(records)


def _may_be_due(db: Session, on: date) -> list[str]:
    """Return the grants of which something is left and that end by a day, or whose holder has left."""
    award, event = tables.table(Award), tables.table(SecurityEvent)
    path, prefix = tables.account.c.path, account(Role.AWARD, "")
    live = (
        select(func.substr(path, len(prefix) + 1))
        .join(tables.posting, tables.posting.c.account == tables.account.c.id)
        .where(path.startswith(prefix, autoescape=True))
        .group_by(path)
        .having(func.sum(tables.posting.c.amount) > 0)
    )
    left = select(event.c.security).where(event.c.kind == EventKind.LEFT.value)
    ends = or_(award.c.expires_on < on, award.c.security.in_(left))
    query = selection(Award).where(ends, award.c.security.in_(live))
    return [row["security"] for row in db.execute(query).mappings()]
