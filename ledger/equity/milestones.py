"""What a grant's terms waited for: the events known so far, and the instalments once another one is.

Rules, without the deeds that apply them (``ledger.equity.vesting_changes``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from ledger.equity.promises import read_terms
from ledger.equity.securities import Position
from ledger.equity.values import EventKind
from ledger.equity.vesting.later import pause, resume
from ledger.equity.vesting.schedule import Terms, instalments
from ledger.equity.vesting.statements import DayPolicy, StatementTerms
from ledger.equity.vesting.table import Instalment, Mark, Table, completed, tidy, total, vested
from ledger.equity.vesting.terms import VestingTerms
from ledger.equity.vesting.triggers import RelativeTrigger
from ledger.errors import NotAllowedNow

START = ""
"""Stands for the vesting start among a grant's events; no condition has this name."""


def events_of(held: Position) -> dict[str, date]:
    """Return the days that are known for a grant's conditions, its vesting start among them under ``START``."""
    if held.award is None:
        return {}
    known = {name: date.fromisoformat(day) for name, day in (held.award.events or {}).items()}
    if held.award.vesting_start is not None:
        known[START] = held.award.vesting_start
    for event in held.happened(EventKind.MILESTONE):
        detail = event.value.detail or {}
        known[detail.get("condition", START)] = date.fromisoformat(detail["happened_on"])
    return known


def learned(held: Position, name: str, happened_on: date, on: date, *, is_pristine: bool) -> Table:
    """Return a grant's table once the day of another event is known.

    Where only events have written its table so far, it is what the terms promise. Where something else has (a leave, an
    acceleration, a split), the instalments that the event brings take the place of units that waited for it.

    Args:
        held: The grant.
        name: The condition or event, or ``START``.
        happened_on: Its day.
        on: The day the new table counts from.
        is_pristine: Whether the grant and events alone have written its table.

    Raises:
        NotAllowedNow: Its day is known; the grant has no terms; units that have vested would not have; instalments
            would go that something else has moved since.
    """
    known = events_of(held)
    if held.award is None or held.award.vesting is None:
        raise NotAllowedNow(f"{held.security.label} waits for nothing.", field="security")
    if name in known:
        raise NotAllowedNow(f"This is on record already, as of {known[name]}.", field="condition")
    before, now = _by_terms(held, known), _by_terms(held, {**known, name: happened_on})
    if is_pristine and not held.award.vestings_given:
        table = completed(now, held.security.quantity)
    else:
        table = _placed(held, _brought(held, before, now), happened_on)
    if vested(table, on) < held.vested(on):
        raise NotAllowedNow(f"{held.security.label} would lose units that have vested.", field="condition")
    return table


def _by_terms(held: Position, events: Mapping[str, date]) -> Table:
    """Return what the terms promise as far as events are known."""
    assert held.award is not None
    return instalments(
        read_terms(held.award.vesting),
        held.security.quantity,
        start=events.get(START),
        events={name: day for name, day in events.items() if name != START},
        grant_date=held.issued_on,
        hold_to_grant_date=held.award.held_to_grant_date,
    )


@dataclass(frozen=True, slots=True)
class _Brought:
    """What an event brings: instalments by weight, and how much of what waited they are together."""

    rows: Table
    share: Fraction


def _brought(held: Position, before: Table, now: Table) -> _Brought:
    """Return what an event adds to the instalments that the terms came to before it.

    Raises:
        NotAllowedNow: It does not only add.
    """
    old, new = ({row.date: row.quantity for row in table} for table in (before, now))
    # running totals are rounded, so that a row between others may move one unit from a neighbour
    if any(new.get(day, 0) < units - 1 for day, units in old.items()):
        text = f"The schedule of {held.security.label} was changed since; this event would undo that."
        raise NotAllowedNow(text, field="condition")
    rows = tidy(Instalment(day, max(units - old.get(day, 0), 0)) for day, units in new.items())
    waited = held.security.quantity - total(before)
    return _Brought(rows, Fraction(total(now) - total(before), waited) if waited else Fraction(0))


def _placed(held: Position, brought: _Brought, happened_on: date) -> Table:
    """Return the table with instalments in place of units that waited for them."""
    awaited = sum(row.quantity for row in held.table if row.mark is Mark.AWAITED)
    most, weight = awaited * brought.share, total(brought.rows)
    rows, running, placed = [], 0, 0
    for row in brought.rows:
        running += row.quantity
        units = int(most * running / weight) - placed
        placed += units
        rows.append(row._replace(quantity=units))
    moved = _after_leaves(held, tidy(rows), happened_on)
    others = [row for row in held.table if row.mark is not Mark.AWAITED]
    return tidy([*others, *moved, Instalment(date.max, awaited - placed, Mark.AWAITED)])


def _after_leaves(held: Position, rows: Table, happened_on: date) -> Table:
    """Return instalments that an event brings as leaves have moved them that ended after it happened."""
    began: date | None = None
    for event in held.happened(EventKind.PAUSED, EventKind.RESUMED):
        if event.value.kind is EventKind.PAUSED:
            began = event.on
        elif began is not None and happened_on < event.on:
            rows, began = resume(pause(rows, began), began, event.on, anchor_of(held)), None
        else:
            began = None
    return rows if began is None else pause(rows, began)


def anchor_of(held: Position) -> date:
    """Return a date with the day of the month that a grant's instalments are counted from.

    That is the vesting start, unless the terms fix a day of the month; without either, the first paused instalment.
    """
    terms = None if held.award is None or held.award.vesting is None else read_terms(held.award.vesting)
    day = None if terms is None else _fixed_day(terms)
    if day is not None:
        return date(2000, 1, day)
    start = events_of(held).get(START)
    return start or next((row.date for row in held.table if row.mark is Mark.PAUSED), held.issued_on)


def _fixed_day(terms: Terms) -> int | None:
    """Return the day of the month that terms fix, 31 for the last one, or None where they follow the start."""
    if isinstance(terms, VestingTerms):
        triggers = [each.trigger for each in terms.conditions]
        periods = [trigger.period for trigger in triggers if isinstance(trigger, RelativeTrigger)]
        return next((period.day for period in periods if period.day is not None), None)
    if isinstance(terms, StatementTerms):
        days = {DayPolicy.FIRST_DAY_OF_MONTH: 1, DayPolicy.LAST_DAY_OF_MONTH: 31}
        policies = [each.grid.day_policy for each in terms.statements if each.grid and each.grid.day_policy]
        return next((days[policy] for policy in policies if policy in days), None)
    return None
