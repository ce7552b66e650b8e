"""What moves units in and out of plans and classes: the pool's balance, its events and the roll-forward (R5, R6, R8).

Every entry that moves units of a plan or certificates is of some kind; each kind is one flow. The reports here are sums
over flows, and their closing figures are compared with balances that were summed without asking for any kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ledger.entries import Role
from ledger.equity.values import Plan
from ledger.errors import Tampered
from ledger.types import decimal_text


class Flow(StrEnum):
    """Why units moved."""

    RESERVED = "reserved"
    """The plan was adopted, or its reserve adjusted."""
    GRANTED = "granted"
    """Granted, or issued as shares; below zero when an issuance was retracted."""
    EXERCISED = "exercised"
    """Options became shares."""
    SETTLED = "settled"
    """RSUs or SARs became shares or cash."""
    FORFEITED = "forfeited"
    """Unvested when their holder left."""
    EXPIRED = "expired"
    """Not exercised in time."""
    CANCELLED = "cancelled"
    """Cancelled by the company."""
    REPURCHASED = "repurchased"
    """Bought back by the company."""
    CONVERTED = "converted"
    """Notes and warrants became shares."""
    MOVED = "transferred"
    """To another certificate, holder or class."""
    SPLIT = "split"
    """The class split."""


FLOWS: Mapping[str, Flow] = {
    "plan.adopted": Flow.RESERVED,
    "plan.adjusted": Flow.RESERVED,
    "grant.issued": Flow.GRANTED,
    "stock.issued": Flow.GRANTED,
    "patronage.granted": Flow.GRANTED,
    "security.retracted": Flow.GRANTED,
    "award.exercised": Flow.EXERCISED,
    "award.settled": Flow.SETTLED,
    "holder.left": Flow.FORFEITED,
    "holder.cause_confirmed": Flow.FORFEITED,
    "award.expired": Flow.EXPIRED,
    "security.cancelled": Flow.CANCELLED,
    "security.repurchased": Flow.REPURCHASED,
    "note.converted": Flow.CONVERTED,
    "warrant.exercised": Flow.CONVERTED,
    "security.transferred": Flow.MOVED,
    "security.converted": Flow.MOVED,
    "security.reissued": Flow.MOVED,
    "security.consolidated": Flow.MOVED,
    "class.split": Flow.SPLIT,
}
"""The flow of each kind of entry that moves units of a plan, or certificates."""

TAKING = (Flow.FORFEITED, Flow.EXPIRED, Flow.CANCELLED, Flow.REPURCHASED, Flow.EXERCISED, Flow.SETTLED)
"""Flows by which units leave grants or certificates of a plan."""


def flow_of(kind: str) -> Flow:
    """Return the flow that a kind of entry is.

    Raises:
        Tampered: No report knows entries of this kind to move units of a plan.
    """
    try:
        return FLOWS[kind]
    except KeyError:
        raise Tampered(f"Entries of the kind {kind!r} are not known to move units of a plan or class.") from None


@dataclass(frozen=True, slots=True)
class Movement:
    """So many minor units, below zero for out, in accounts of one role, by one flow.

    Attributes:
        subject: The plan or class they belong to.
        role: Pool, award, certificate or undelivered.
    """

    subject: str
    role: Role
    flow: Flow
    units: int


Sums = Mapping[tuple[Role, Flow], int]


def sums_by_subject(movements: Iterable[Movement]) -> dict[str, dict[tuple[Role, Flow], int]]:
    """Return the movements of each plan or class added up by role and flow; undelivered units count as delivered."""
    sums: dict[str, dict[tuple[Role, Flow], int]] = {}
    for each in movements:
        role = Role.CERTIFICATE if each.role is Role.UNDELIVERED else each.role
        found = sums.setdefault(each.subject, {})
        found[role, each.flow] = found.get((role, each.flow), 0) + each.units
    return sums


@dataclass(frozen=True, slots=True)
class PoolBalance:
    """A plan's balance, in minor units of its class (R5).

    Attributes:
        reserved: At first, by adjustments and by splits; None for an implied plan, of which nothing says it.
        cancelled_returned: Cancelled by the company, withheld for tax when RSUs settled, or paid out in cash.
        retired_not_returned: Units that came back to the class, not to the pool.
        exercised: Shares delivered by options.
        settled: Shares delivered by RSUs and SARs, and shares that were granted outright (RSAs).
        outstanding: Granted, neither exercised, settled nor taken back.
        available: What may still be granted; None for an implied plan.
        check: Reserved, less available, outstanding, issued and retired: zero, or something is wrong.
    """

    plan: Plan
    decimals: int
    reserved: int | None
    granted: int
    forfeited_returned: int
    expired_returned: int
    cancelled_returned: int
    repurchased_returned: int
    retired_not_returned: int
    exercised: int
    settled: int
    outstanding: int
    available: int | None
    check: int | None


def pool_balance(plan: Plan, decimals: int, sums: Sums, *, available: int, outstanding: int) -> PoolBalance:
    """Return a plan's balance.

    Args:
        plan: The plan.
        decimals: Of its class.
        sums: All that has moved, by role and flow.
        available: The balance of its pool.
        outstanding: The balance of its grants.
    """

    def pool(*flows: Flow) -> int:
        return sum(sums.get((Role.POOL, flow), 0) for flow in flows)

    def award(*flows: Flow) -> int:
        return sum(sums.get((Role.AWARD, flow), 0) for flow in flows)

    def shares(*flows: Flow) -> int:
        return sum(sums.get((Role.CERTIFICATE, flow), 0) for flow in flows)

    # a split multiplies what is in the pool and what is granted; shares delivered before it have left the plan
    reserved = pool(Flow.RESERVED, Flow.SPLIT) + award(Flow.SPLIT)
    retired = -(pool(*TAKING) + award(*TAKING) + shares(*TAKING))
    issued = shares(Flow.GRANTED, *TAKING)
    return PoolBalance(
        plan,
        decimals,
        None if plan.implied else reserved,
        award(Flow.GRANTED) + shares(Flow.GRANTED),
        pool(Flow.FORFEITED),
        pool(Flow.EXPIRED),
        pool(Flow.CANCELLED, Flow.EXERCISED, Flow.SETTLED),
        pool(Flow.REPURCHASED),
        retired,
        shares(Flow.EXERCISED),
        shares(Flow.SETTLED, Flow.GRANTED),
        outstanding,
        None if plan.implied else available,
        None if plan.implied else reserved - available - outstanding - issued - retired,
    )


@dataclass(frozen=True, slots=True)
class PoolEvent:
    """One entry as a plan's pool sees it (R6); the three changes after ``reserved`` add up to it.

    Attributes:
        n: The number of the entry.
        kind: What it was, with "reversed" where it undoes an earlier one.
        labels: The grants and certificates concerned.
        reserved: Change of the plan's size: reserves, splits, and units that came back to the class instead; None for
            an implied plan, of which nothing says it.
        running: Available after it, in order of day and number; None for an implied plan.
    """

    plan: Plan
    decimals: int
    on: date
    n: int
    kind: str
    labels: tuple[str, ...]
    reserved: int | None
    available: int
    outstanding: int
    issued: int
    running: int | None


@dataclass(frozen=True, slots=True)
class EntryMovement:
    """What one entry moved in accounts of one role for one security of a plan, or in its pool."""

    plan_id: str
    on: date
    n: int
    flow: Flow
    is_reversal: bool
    role: Role
    label: str | None
    units: int


def pool_events(plans: Mapping[str, tuple[Plan, int]], movements: Sequence[EntryMovement]) -> list[PoolEvent]:
    """Return what happened to pools, plan by plan and day by day.

    Args:
        plans: The plans with the decimals of their classes, in the order wanted.
        movements: In order of day, number and label.
    """
    entries: dict[str, dict[int, list[EntryMovement]]] = {}
    for each in movements:
        entries.setdefault(each.plan_id, {}).setdefault(each.n, []).append(each)
    events: list[PoolEvent] = []
    for id, (plan, decimals) in plans.items():
        running = 0
        for parts in entries.get(id, {}).values():
            event = _pool_event(plan, decimals, parts, running)
            running += event.available
            if event.available or event.outstanding or event.issued:
                events.append(event)
    return events


def _pool_event(plan: Plan, decimals: int, parts: Sequence[EntryMovement], running: int) -> PoolEvent:
    first = parts[0]
    available, outstanding = (
        sum(each.units for each in parts if each.role is role) for role in (Role.POOL, Role.AWARD)
    )
    delivered = sum(each.units for each in parts if each.role in {Role.CERTIFICATE, Role.UNDELIVERED})
    issued = 0 if first.flow in {Flow.MOVED, Flow.SPLIT} else delivered
    return PoolEvent(
        plan,
        decimals,
        first.on,
        first.n,
        f"{first.flow} reversed" if first.is_reversal else first.flow.value,
        tuple(dict.fromkeys(each.label for each in parts if each.label is not None)),
        None if plan.implied else available + outstanding + issued,
        available,
        outstanding,
        issued,
        None if plan.implied else running + available,
    )


class Measure(StrEnum):
    """What a line of the roll-forward follows from one day to another."""

    AWARDS = "outstanding awards"
    """Granted under a plan, neither exercised nor settled."""
    AVAILABLE = "available"
    """What a plan may still grant."""
    SHARES = "outstanding shares"
    """Shares of a class on certificates."""


@dataclass(frozen=True, slots=True)
class RollForward:
    """From the day before the first to the end of the last day (R8); ``opening`` and the changes make ``closing``.

    Attributes:
        subject: The plan or class.
        cancelled: By the company, bought back ones among them.
        transferred: Into another class, or out of it; between holders it comes to nothing.
        adjusted: Reserves, for what is available, and splits.
    """

    subject: str
    name: str
    measure: Measure
    decimals: int
    opening: int
    granted: int
    issued: int
    exercised_settled: int
    forfeited: int
    expired: int
    cancelled: int
    transferred: int
    adjusted: int
    closing: int


ROLES: Mapping[Measure, Role] = {
    Measure.AWARDS: Role.AWARD,
    Measure.AVAILABLE: Role.POOL,
    Measure.SHARES: Role.CERTIFICATE,
}


@dataclass(frozen=True, slots=True)
class Span:
    """What a measure of a plan or class was the day before the first, and at the end of the last day."""

    subject: str
    name: str
    measure: Measure
    decimals: int
    opening: int
    closing: int


def roll_forward(span: Span, sums: Sums) -> RollForward:
    """Return the line that leads from the opening balance to the closing one.

    Args:
        span: What is followed, and the two balances.
        sums: What moved from the first day to the last, by role and flow.

    Raises:
        Tampered: It leads elsewhere: the record is not what its entries say.
    """
    change = _changes(sums, ROLES[span.measure])
    is_shares = span.measure is Measure.SHARES
    came = change(Flow.GRANTED)
    delivered = change(Flow.EXERCISED, Flow.SETTLED)
    line = RollForward(
        span.subject,
        span.name,
        span.measure,
        span.decimals,
        span.opening,
        0 if is_shares else came,
        came + delivered + change(Flow.CONVERTED) if is_shares else 0,
        0 if is_shares else delivered,
        change(Flow.FORFEITED),
        change(Flow.EXPIRED),
        change(Flow.CANCELLED, Flow.REPURCHASED),
        change(Flow.MOVED),
        change(Flow.RESERVED, Flow.SPLIT),
        span.opening + change(*Flow),
    )
    if line.closing != span.closing:
        leads, stands = (decimal_text(units, span.decimals) for units in (line.closing, span.closing))
        raise Tampered(f"The entries lead to {leads} {span.measure} of {span.name}; the accounts hold {stands}.")
    return line


def _changes(sums: Sums, role: Role) -> Callable[..., int]:
    return lambda *flows: sum(sums.get((role, flow), 0) for flow in flows)
