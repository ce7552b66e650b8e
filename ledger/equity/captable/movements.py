"""The facts behind a pool's balance, its events and the roll-forward: what moved, by which kind of entry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from ledger.entries import Role, unit
from ledger.equity.captable.accounts import (
    ACCOUNT,
    ENTRY,
    ORIGINAL,
    POSTING,
    SECURITY,
    balances,
    counted,
    is_of,
    refuse_unknown,
    role_of,
    subject_of,
)
from ledger.equity.captable.flows import Flow, Movement, flow_of, sums_by_subject
from ledger.equity.captable.pools import EntryMovement, PoolBalance, PoolEvent, pool_balance
from ledger.equity.captable.pools import pool_events as events_of
from ledger.equity.captable.roll_forward import HolderRollForward, Measure, RollForward, Span, roll_forward
from ledger.equity.captable.totals import Totals, totals
from ledger.errors import DatesOutOfOrder
from ledger.reading import of_the_record
from ledger.types import Cut

A_DAY = timedelta(days=1)

OF_HOLDERS = (Role.AWARD, Role.CERTIFICATE)
"""The roles of accounts that hold what is somebody's."""

_HOLDERS_ROLE = role_of(*OF_HOLDERS)

OF_PLANS = (Role.POOL, Role.AWARD, Role.CERTIFICATE, Role.UNDELIVERED)
"""The roles of accounts whose units a plan gave."""


@of_the_record
def pool_balances(db: Session, cut: Cut) -> list[PoolBalance]:
    """Return the balance of every plan, as of a day and as known before an entry.

    Raises:
        NotFound: The journal has no entry that ``known_at`` comes after.
    """
    found = totals(db, cut)
    sums = sums_by_subject(_plan_movements(db, cut))
    return [
        pool_balance(
            plan,
            found.decimals[plan.class_id],
            sums.get(plan.id, {}),
            available=found.available(plan.id),
            outstanding=found.granted(plan.class_id, plan.id),
        )
        for plan in (each.value for each in found.plans)
    ]


@of_the_record
def pool_events(db: Session, cut: Cut) -> list[PoolEvent]:
    """Return what happened to every plan's pool, plan by plan and day by day.

    Raises:
        NotFound: The journal has no entry that ``known_at`` comes after.
    """
    found = totals(db, cut)
    plans = {each.value.id: (each.value, found.decimals[each.value.class_id]) for each in found.plans}
    return events_of(plans, list(_entry_movements(db, cut)))


@of_the_record
def roll_forwards(db: Session, since: date, cut: Cut) -> list[RollForward]:
    """Return what became of grants, pools and shares from a day to the day of the cut, both included.

    Raises:
        DatesOutOfOrder: The first day is after the last.
        NotFound: The journal has no entry that ``known_at`` comes after.
        Tampered: What moved does not lead to what the accounts hold.
    """
    if since > cut.as_of:
        raise DatesOutOfOrder(f"A roll-forward can't begin on {since} and end on {cut.as_of}.", field="since")
    refuse_unknown(db, cut)
    before, now = totals(db, Cut(since - A_DAY, cut.known_at)), totals(db, cut)
    plans = sums_by_subject(_plan_movements(db, cut, since))
    classes = sums_by_subject(_class_movements(db, cut, since))
    lines = [roll_forward(span, plans.get(span.subject, {})) for span in _plan_spans(before, now)]
    return lines + [roll_forward(span, classes.get(span.subject, {})) for span in _class_spans(before, now)]


@of_the_record
def holder_roll_forwards(db: Session, since: date, cut: Cut) -> list[HolderRollForward]:
    """Return what became of each holder's grants and shares, class by class, from a day to the day of the cut.

    Whoever held nothing before and holds nothing after is left out, unless something of theirs moved in between.

    Raises:
        DatesOutOfOrder: The first day is after the last.
        NotFound: The journal has no entry that ``known_at`` comes after.
        Tampered: What moved does not lead to what the accounts hold.
    """
    if since > cut.as_of:
        raise DatesOutOfOrder(f"A roll-forward can't begin on {since} and end on {cut.as_of}.", field="since")
    refuse_unknown(db, cut)
    classes = {each.value.id: each.value for each in totals(db, cut).classes}
    before, now = (_held(db, each) for each in (Cut(since - A_DAY, cut.known_at), cut))
    moved: dict[_Holding, dict[tuple[Role, Flow], int]] = {}
    for holding, flow, units in _holder_movements(db, cut, since):
        found = moved.setdefault(holding, {})
        found[holding.role, flow] = found.get((holding.role, flow), 0) + units
    lines = []
    for each in sorted(before.keys() | now.keys() | moved.keys()):
        of, sums = classes[each.class_id], moved.get(each, {})
        measure = Measure.AWARDS if each.role is Role.AWARD else Measure.SHARES
        span = Span(of.id, of.name, measure, of.decimals, before.get(each, 0), now.get(each, 0))
        if span.opening or span.closing or any(sums.values()):
            lines.append(HolderRollForward(each.holder, roll_forward(span, sums)))
    return lines


class _Holding(NamedTuple):
    holder: str
    class_id: str
    role: Role


def _held(db: Session, cut: Cut) -> dict[_Holding, int]:
    each = balances(cut).subquery()
    query = (
        _of_holders(select(func.sum(each.c.units)), each.c.account)
        .select_from(each)
        .group_by(SECURITY.c.holder, SECURITY.c.class_id, _HOLDERS_ROLE)
    )
    return {_Holding(holder, of, Role(role)): int(units) for units, holder, of, role in db.execute(query)}


def _holder_movements(db: Session, cut: Cut, since: date) -> Iterator[tuple[_Holding, Flow, int]]:
    query = (
        _of_holders(select(func.sum(POSTING.c.amount)), POSTING.c.account)
        .add_columns(_KIND)
        .select_from(POSTING)
        .join(ENTRY, ENTRY.c.n == POSTING.c.n)
        .outerjoin(ORIGINAL, ORIGINAL.c.n == ENTRY.c.reverses)
        .where(*counted(cut), POSTING.c.effective_on >= since)
        .group_by(SECURITY.c.holder, SECURITY.c.class_id, _HOLDERS_ROLE, _KIND)
    )
    for units, holder, of, role, kind in db.execute(query):
        yield _Holding(holder, of, Role(role)), flow_of(kind), int(units)


def _of_holders(query: Select[Any], number: ColumnElement[int]) -> Select[Any]:
    """Return a query with the holder, the class and the role of the securities whose accounts have these numbers."""
    subject = subject_of(*OF_HOLDERS)
    return (
        query.add_columns(SECURITY.c.holder, SECURITY.c.class_id, _HOLDERS_ROLE)
        .join(ACCOUNT, ACCOUNT.c.id == number)
        .join(SECURITY, SECURITY.c.id == subject)
        .where(_HOLDERS_ROLE.is_not(None))
    )


def _plan_spans(before: Totals, now: Totals) -> Iterator[Span]:
    for plan in (each.value for each in now.plans):
        home, decimals = (plan.class_id, plan.id), now.decimals[plan.class_id]
        yield Span(plan.id, plan.name, Measure.AWARDS, decimals, before.granted(*home), now.granted(*home))
        if not plan.implied:
            left = (before.available(plan.id), now.available(plan.id))
            yield Span(plan.id, plan.name, Measure.AVAILABLE, decimals, *left)


def _class_spans(before: Totals, now: Totals) -> Iterator[Span]:
    for of in (each.value for each in now.classes):
        shares = [each.held(Role.CERTIFICATE, of.id) for each in (before, now)]
        yield Span(of.id, of.name, Measure.SHARES, of.decimals, *shares)


def _plan_movements(db: Session, cut: Cut, since: date | None = None) -> Iterator[Movement]:
    """Yield what moved in the accounts of each plan, from a day (or ever) to the day of the cut."""
    each = _of_plans(cut, since).subquery()
    keys = (each.c.plan_id, each.c.role, each.c.kind)
    query = select(*keys, func.sum(each.c.amount)).where(each.c.plan_id.is_not(None)).group_by(*keys)
    return _movements(db.execute(query))


def _class_movements(db: Session, cut: Cut, since: date) -> Iterator[Movement]:
    """Yield what moved on the certificates of each class."""
    each = (
        _moved(cut, since)
        .with_only_columns(ACCOUNT.c.asset, role_of(Role.CERTIFICATE).label("role"), _KIND, POSTING.c.amount)
        .where(is_of(Role.CERTIFICATE))
        .subquery()
    )
    keys = (each.c.asset, each.c.role, each.c.kind)
    rows = db.execute(select(*keys, func.sum(each.c.amount)).group_by(*keys))
    return _movements((asset.removeprefix(unit("")), role, kind, units) for asset, role, kind, units in rows)


def _entry_movements(db: Session, cut: Cut) -> Iterator[EntryMovement]:
    query = _of_plans(cut, None).add_columns(SECURITY.c.label, ENTRY.c.n, ENTRY.c.effective_on, ENTRY.c.reverses)
    query = query.order_by(ENTRY.c.effective_on, ENTRY.c.n, POSTING.c.leg)
    for row in db.execute(query):
        if row.plan_id is not None:
            is_reversal = row.reverses is not None
            yield EntryMovement(
                row.plan_id,
                row.effective_on,
                row.n,
                flow_of(row.kind),
                is_reversal,
                Role(row.role),
                row.label,
                row.amount,
            )


def _movements(rows: Iterable[Any]) -> Iterator[Movement]:
    for subject, role, kind, units in rows:
        yield Movement(subject, Role(role), flow_of(kind), int(units))


_KIND = func.coalesce(ORIGINAL.c.kind, ENTRY.c.kind).label("kind")
"""The kind of an entry; of one that undoes another, that one's, so that the two come to nothing."""


def _moved(cut: Cut, since: date | None) -> Select[Any]:
    query = (
        select(POSTING.c.amount)
        .join(ENTRY, ENTRY.c.n == POSTING.c.n)
        .join(ACCOUNT, ACCOUNT.c.id == POSTING.c.account)
        .outerjoin(ORIGINAL, ORIGINAL.c.n == ENTRY.c.reverses)
        .where(*counted(cut))
    )
    return query if since is None else query.where(POSTING.c.effective_on >= since)


def _of_plans(cut: Cut, since: date | None) -> Select[Any]:
    """Return the query for what moved in pools, and in grants and certificates with the plan they are of."""
    subject = subject_of(*OF_PLANS)
    plan_id = case((is_of(Role.POOL), subject), else_=SECURITY.c.plan_id).label("plan_id")
    role = role_of(*OF_PLANS)
    return (
        _moved(cut, since)
        .outerjoin(SECURITY, SECURITY.c.id == subject)
        .with_only_columns(plan_id, role.label("role"), _KIND, POSTING.c.amount)
        .where(role.is_not(None))
    )
