"""A plan's pool: its balance, and what happened to it (reports.md R5 and R6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ledger.entries import Role
from ledger.equity.captable.flows import Flow, Sums
from ledger.equity.values import Plan

TAKING = (Flow.FORFEITED, Flow.EXPIRED, Flow.CANCELLED, Flow.REPURCHASED, Flow.EXERCISED, Flow.SETTLED)
"""Flows by which units leave grants or certificates of a plan."""


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
