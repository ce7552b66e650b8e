"""What leaving does to one security: rules, without the deeds that apply them (``ledger.equity.leaving``).

What has vested stays: units can be exercised or settled for as long as the grant promised for that reason, and
certificates are never clawed back (E10 I10.2). What has not vested is forfeited and returns as the plan says (I10.1),
after what the members' layoff protection adds. A dismissal for cause takes nothing while it can be appealed against.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ledger.entries import Posting
from ledger.equity.expiry import is_suspended
from ledger.equity.grants import DEFAULT_WINDOWS, FULL_TERM
from ledger.equity.milestones import START, events_of
from ledger.equity.promises import read_terms
from ledger.equity.securities import Position, drawn, return_to
from ledger.equity.values import (
    Award,
    EngagementKind,
    EventKind,
    LeavingReason,
    Schedule,
    ScheduleCause,
    SecurityEvent,
    SecurityKind,
)
from ledger.equity.vesting.errors import VestingTermsInvalid
from ledger.equity.vesting.later import AccelerationOrder, accelerate, forfeit
from ledger.equity.vesting.months import add_months, months_elapsed
from ledger.equity.vesting.plain import PlainTerms
from ledger.equity.vesting.protection import layoff_units_of
from ledger.equity.vesting.schedule import instalments
from ledger.equity.vesting.table import Mark, Table, encode, is_vested, total, vested
from ledger.errors import Invalid
from ledger.records import Record

SERVICE = frozenset({EngagementKind.W2, EngagementKind.C1099})
"""The engagements that vesting rests on: someone delivers sessions or works for the company."""


@dataclass(frozen=True, slots=True)
class LayoffProtection:
    """What the members have decided that a layoff adds (decisions.md D9); the policy is handed in, never asked for.

    Attributes:
        waive_cliff: What has accrued vests even before the cliff.
        extra_months: The provider stands as if they had stayed so much longer.
    """

    waive_cliff: bool
    extra_months: int

    def __post_init__(self) -> None:
        """Refuse a protection that takes something away."""
        if self.extra_months < 0:
            raise Invalid("Layoff protection adds months, zero or more.", field="extra_months")


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a deed does to one security: records and postings for its entry."""

    records: tuple[Record, ...]
    postings: tuple[Posting, ...] = ()


def ends_vesting(ended: frozenset[EngagementKind], running: frozenset[EngagementKind]) -> bool:
    """Return whether someone whose engagements of some kinds end, while others run on, stops vesting.

    Vesting rests on service: it goes on while any is left (W-2 ends, 1099 continues), whoever else remains an owner or
    investor. A founder who was engaged as an owner only stops when that ends.
    """
    if running & SERVICE:
        return False
    return bool(ended & SERVICE) or (EngagementKind.OWNER in ended and EngagementKind.OWNER not in running)


def exercise_by(award: Award, reason: LeavingReason, left_on: date) -> date | None:
    """Return the last day to exercise what is vested on leaving: the window promised, never beyond the grant's expiry.

    None where nothing is exercised (RSUs, RSAs) or nothing ends it. From 2026-05-20, 90 days end on 2026-08-18 and 12
    months on 2027-05-20.
    """
    if not award.award_type.needs_price:
        return None
    window = (award.windows or {}).get(reason.value, DEFAULT_WINDOWS[reason])
    if window == FULL_TERM:
        return award.expires_on
    length, unit = window
    end = left_on + timedelta(days=length) if unit == "DAYS" else add_months(left_on, length)
    return end if award.expires_on is None else min(end, award.expires_on)


def leaving(
    held: Position, reason: LeavingReason, on: date, protection: LayoffProtection | None = None
) -> Consequence | None:
    """Return what leaving does to a security, or None where it changes nothing.

    Layoff protection counts for ``INVOLUNTARY_OTHER`` only.
    """
    if not _is_concerned(held, on):
        return None
    if reason is LeavingReason.INVOLUNTARY_WITH_CAUSE:
        return _suspension(held, on)
    records: list[Record] = []
    table = held.table
    added = protected_units(held, on, protection) if protection and reason is LeavingReason.INVOLUNTARY_OTHER else 0
    if added:
        table = accelerate(table, added, on, AccelerationOrder.EARLIEST)
        detail: dict[str, Any] = {"order": AccelerationOrder.EARLIEST.value, "protection": True}
        records.append(SecurityEvent(held.security.id, EventKind.ACCELERATED, added, detail=detail))
    lost = forfeiture(held, table, on)
    if added and not lost.records:
        # what is forfeited writes the table; here all that was left has vested
        records.insert(0, Schedule(held.security.id, ScheduleCause.ACCELERATED, encode(table)))
    left = _left(held, reason, on)
    return Consequence((*records, *lost.records, *left), lost.postings)


def confirmation(held: Position, on: date) -> Consequence | None:
    """Return what it does to a security that a dismissal for cause stands; None where nothing waits for that."""
    if not is_suspended(held):
        return None
    lost = forfeiture(held, held.table, on)
    if lost.records:
        return lost
    # nothing was left to forfeit; the event still says that the appeal is over
    return Consequence((SecurityEvent(held.security.id, EventKind.FORFEITED),))


def reinstatement(held: Position, *, on_leave: bool) -> Consequence | None:
    """Return what it does to a security that a dismissal for cause is overturned; None where nothing waits for that.

    Vesting goes on as if nothing had happened: instalments whose day has passed meanwhile vest at once. Where the
    holder was on a leave that paused vesting (``on_leave``), it still does.
    """
    if not is_suspended(held):
        return None
    table = tuple(
        row._replace(mark=_before_suspension(row.date, on_leave)) if row.mark is Mark.PAUSED else row
        for row in held.table
    )
    changed = (Schedule(held.security.id, ScheduleCause.REINSTATED, encode(table)),) if table != held.table else ()
    return Consequence((*changed, SecurityEvent(held.security.id, EventKind.REINSTATED)))


def forfeiture(held: Position, table: Table, on: date) -> Consequence:
    """Return what it takes to forfeit all of a table that has not vested: nothing at all where everything has.

    Of a grant that was exercised early, unvested shares are in the holder's certificate already: they leave the table
    here, and the company may buy them back at cost (``detail.repurchasable``).
    """
    lost = forfeit(table, on)
    if not lost.quantity:
        return Consequence(())
    assert held.share_class is not None
    kept = max(vested(lost.table, on) - held.used(), 0)
    is_early = held.award is not None and held.award.early_exercisable
    back = max(held.outstanding - kept, 0) if is_early else min(lost.quantity, held.outstanding)
    detail: dict[str, Any] | None = {"repurchasable": lost.quantity - back} if back < lost.quantity else None
    records = (
        Schedule(held.security.id, ScheduleCause.FORFEITED, encode(lost.table)),
        SecurityEvent(held.security.id, EventKind.FORFEITED, back, detail=detail),
    )
    postings = drawn(held.security, back, return_to(held.share_class, held.plan)) if back else ()
    return Consequence(records, postings)


def protected_units(held: Position, on: date, protection: LayoffProtection) -> int:
    """Return the units that layoff protection vests beyond what has vested by itself."""
    start = events_of(held).get(START, held.issued_on)
    protected = layoff_units_of(
        held.table,
        on,
        vesting_start=start,
        extra_months=protection.extra_months,
        waive_cliff_of=plain_terms(held, start) if protection.waive_cliff else None,
    )
    return protected - vested(held.table, on)


def plain_terms(held: Position, start: date) -> PlainTerms | None:
    """Return the plain terms that a security vests by, or None where it has none.

    A cliff is a cliff however it is written: conditions, statements or instalments written out that come to the same
    table are plain terms too.
    """
    award, quantity = held.award, total(held.table)
    table = held.table
    if award is not None and award.vesting is not None and not award.vestings_given:
        terms = read_terms(award.vesting)
        if isinstance(terms, PlainTerms):
            return terms
        table = instalments(terms, quantity, start=start)
    months = [months_elapsed(start, row.date) for row in table]
    try:
        same = PlainTerms(months[-1], months[0], months[2] - months[1] if len(months) > 2 else 1)
    except (VestingTermsInvalid, IndexError):
        return None
    return same if instalments(same, quantity, start=start) == table else None


def _is_concerned(held: Position, on: date) -> bool:
    """Return whether leaving changes anything about a security: a live grant not left before, or unvested shares."""
    # of a grant that was exercised early nothing may be left, and yet not all of it has vested
    was_early = held.award is not None and held.award.early_exercisable and held.used() > 0
    if held.share_class is None or not (held.outstanding or was_early):
        return False
    if held.security.kind is not SecurityKind.AWARD:
        return held.unvested(on) > 0
    stays = held.happened(EventKind.LEFT, EventKind.REINSTATED)
    return not stays or stays[-1].value.kind is EventKind.REINSTATED


def _suspension(held: Position, on: date) -> Consequence:
    """Return what a dismissal for cause does: what has not vested waits, nothing is taken (equity.md §3.6)."""
    id = held.security.id
    table = tuple(
        row if is_vested(row, on) or row.mark is Mark.FORFEITED else row._replace(mark=Mark.PAUSED)
        for row in held.table
    )
    changed = (Schedule(id, ScheduleCause.SUSPENDED, encode(table)),) if table != held.table else ()
    event = SecurityEvent(id, EventKind.SUSPENDED, held.unvested(on))
    return Consequence((*changed, event, *_left(held, LeavingReason.INVOLUNTARY_WITH_CAUSE, on)))


def _before_suspension(day: date, on_leave: bool) -> Mark:
    if day == date.max:
        return Mark.AWAITED
    return Mark.PAUSED if on_leave else Mark.SCHEDULED


def _left(held: Position, reason: LeavingReason, on: date) -> tuple[SecurityEvent, ...]:
    """Return the event that says how long a grant's vested units can still be used; shares need none."""
    if held.award is None or held.security.kind is not SecurityKind.AWARD:
        return ()
    until = exercise_by(held.award, reason, on)
    detail = {"reason": reason.value} | ({} if until is None else {"exercise_by": until.isoformat()})
    return (SecurityEvent(held.security.id, EventKind.LEFT, detail=detail),)
