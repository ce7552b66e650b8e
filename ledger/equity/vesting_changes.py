"""What may change a schedule that was promised: acceleration, a leave, a milestone, a start that was not known.

Each deed writes the whole new table and the fact that made it, in one entry; nothing that has vested is taken back.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Draft
from ledger.equity.expiry import is_suspended
from ledger.equity.milestones import START, anchor_of, learned
from ledger.equity.securities import Position, position
from ledger.equity.values import EventKind, Schedule, ScheduleCause, SecurityEvent
from ledger.equity.vesting.later import AccelerationOrder
from ledger.equity.vesting.later import accelerate as accelerated
from ledger.equity.vesting.later import pause as paused
from ledger.equity.vesting.later import resume as resumed
from ledger.equity.vesting.leave import Leave, PauseRule, require_pause
from ledger.equity.vesting.table import Mark, Table, encode, vested
from ledger.errors import DatesOutOfOrder, Invalid, NotAllowedNow
from ledger.kinds import declare
from ledger.reading import Known, every
from ledger.types import Act


@declare
class VestingEntry(StrEnum):
    """The kinds of entry that change a schedule."""

    ACCELERATED = "vesting.accelerated"
    """Units vest early."""
    PAUSED = "vesting.paused"
    """A leave began."""
    RESUMED = "vesting.resumed"
    """A leave ended."""
    MILESTONE = "vesting.milestone"
    """Something that a condition waited for happened."""


def accelerate(
    db: Session,
    act: Act,
    security_id: str,
    *,
    on: date,
    reason: str,
    quantity: int | None = None,
    order: AccelerationOrder = AccelerationOrder.EARLIEST,
) -> int:
    """Let units vest on ``on`` instead of later, and return how many; ALL needs no quantity.

    Raises:
        QuantityInvalid: Not a whole number of units above zero, or with ALL not all of them.
        ExceedsUnvested: More than is still to vest (E8 I8.7).
        Invalid: No reason is given; the Open Cap Format asks for one.
        LaterChangeExists: The grant has changed since that day.
    """
    journal.lock(db)
    held = _vesting(db, security_id, on)
    if not reason.strip():
        raise Invalid("Say why vesting is accelerated.", field="reason")
    table = accelerated(held.table, quantity, on, order)
    units = vested(table, on) - held.vested(on)
    event = SecurityEvent(security_id, EventKind.ACCELERATED, units, reason=reason, detail={"order": order.value})
    _record(db, act, VestingEntry.ACCELERATED, on, held, ScheduleCause.ACCELERATED, table, event)
    return units


def pause(db: Session, act: Act, security_id: str, *, leave: Leave, on: date, until: date) -> None:
    """Pause vesting from the first day of a leave; ``until`` is the day the holder is expected back.

    Instalments dated before ``on`` stay (E8 I8.4). Only unpaid personal leave of more than 90 days may pause, and only
    if the plan says so (equity.md §3.4 rule 7).

    Raises:
        ProtectedLeave: The leave is protected (I8.5).
        PauseRefused: The plan does not pause for this leave, or not for one this short.
        PausesOverlap: Vesting is paused already (I8.6).
        NotAllowedNow: Nothing is still to vest.
        LaterChangeExists: The grant has changed since that day.
    """
    journal.lock(db)
    held = _vesting(db, security_id, on)
    pauses = held.plan is not None and held.plan.pauses_for_leave
    require_pause(leave, PauseRule(unpaid_leave_pauses=pauses), from_=on, until=until)
    table = paused(held.table, on)
    if table == held.table:
        raise NotAllowedNow(f"Nothing of {held.security.label} is scheduled on {on} or later.", field="security")
    event = SecurityEvent(
        security_id, EventKind.PAUSED, detail={"leave": leave.value, "expected_back": until.isoformat()}
    )
    _record(db, act, VestingEntry.PAUSED, on, held, ScheduleCause.PAUSED, table, event)


def resume(db: Session, act: Act, security_id: str, *, on: date) -> None:
    """Let vesting go on from the first day after a leave; what was paused moves by the leave's months and days.

    Raises:
        NotAllowedNow: Vesting is not paused, or waits for an appeal.
        PauseEndsTooEarly: The pause began that day or later.
        LaterChangeExists: The grant has changed since that day.
    """
    journal.lock(db)
    held = _vesting(db, security_id, on)
    began = open_pause(held)
    if began is None or is_suspended(held):
        raise NotAllowedNow(f"Vesting of {held.security.label} is not paused by a leave.", field="security")
    table = resumed(held.table, began.on, on, anchor_of(held))
    event = SecurityEvent(security_id, EventKind.RESUMED, detail={"paused_on": began.on.isoformat()})
    _record(db, act, VestingEntry.RESUMED, on, held, ScheduleCause.RESUMED, table, event)


def open_pause(held: Position) -> Known[SecurityEvent] | None:
    """Return the event with which the pause began that is not over, or None."""
    events = held.happened(EventKind.PAUSED, EventKind.RESUMED)
    is_open = bool(events) and events[-1].value.kind is EventKind.PAUSED
    return events[-1] if is_open and any(row.mark is Mark.PAUSED for row in held.table) else None


def record_milestone(
    db: Session, act: Act, security_id: str, condition: str, *, happened_on: date, on: date | None = None
) -> None:
    """Record that the event happened that a vesting condition (or a statement) waits for.

    The instalments are computed anew from the terms with every event so far; what has vested stays. The entry counts
    from ``on``, by default the day it happened.

    Raises:
        UnknownCondition: The terms have no condition that waits for this.
        NotAllowedNow: It is recorded already; the grant has no terms, or waits for an appeal; the event would undo what
            was changed since the grant.
        DatesOutOfOrder: It is recorded from a day before it happened.
        LaterChangeExists: The grant has changed since that day.
    """
    _learn(db, act, security_id, condition, happened_on, on or happened_on)


def set_vesting_start(db: Session, act: Act, security_id: str, start: date, *, on: date) -> None:
    """Record the vesting start of a grant that was made without one; see ``record_milestone``.

    Raises:
        NotAllowedNow: Its start is known.
    """
    _learn(db, act, security_id, START, start, on)


def _learn(db: Session, act: Act, security_id: str, name: str, happened_on: date, on: date) -> None:
    """Record the day of an event or of the start, and the table that follows."""
    journal.lock(db)
    held = _vesting(db, security_id, on)
    if name != START and on < happened_on:
        raise DatesOutOfOrder(f"It happened on {happened_on}; it can't count from {on}.", field="on")
    if is_suspended(held):
        raise NotAllowedNow(f"Vesting of {held.security.label} waits for an appeal.", field="security")
    causes = {item.cause for item in every(db, Schedule, security=security_id)}
    table = learned(held, name, happened_on, on, is_pristine=causes <= _PRISTINE)
    detail: dict[str, Any] = {"happened_on": happened_on.isoformat()} | ({"condition": name} if name != START else {})
    event = SecurityEvent(security_id, EventKind.MILESTONE, detail=detail)
    _record(db, act, VestingEntry.MILESTONE, on, held, ScheduleCause.EVENT, table, event)


_PRISTINE = {ScheduleCause.GRANTED, ScheduleCause.EVENT}


def _vesting(db: Session, security_id: str, on: date) -> Position:
    """Return a security whose schedule may be changed on a day.

    Raises:
        NotAllowedNow: It does not vest, or nothing is left of it.
        LaterChangeExists: It has changed since that day.
    """
    held = position(db, security_id)
    held.refuse_before(on)
    held.refuse_unless_live()
    if not held.table:
        raise NotAllowedNow(f"{held.security.label} does not vest; it is all its holder's.", field="security")
    return held


def _record(
    db: Session,
    act: Act,
    kind: VestingEntry,
    on: date,
    held: Position,
    cause: ScheduleCause,
    table: Table,
    event: SecurityEvent,
) -> None:
    schedule = Schedule(held.security.id, cause, encode(table))
    journal.append(db, act, Draft(kind, on, (schedule, event)))
