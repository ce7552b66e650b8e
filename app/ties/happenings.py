"""Checks of what became of grants: certificates, leavers, returns, Form 3921 (reconciliations 10, 11, 12 and 15)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import orjson
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.ties.finding import Finding, found, shares
from ledger import tables
from ledger.entries import Role
from ledger.equity.captable.accounts import ACCOUNT, POSTING, is_of, remains
from ledger.equity.captable.holdings import newest_instalments
from ledger.equity.captable.iso_exercises import iso_exercises
from ledger.equity.captable.movements import pool_balances
from ledger.equity.captable.returned import returned
from ledger.equity.captable.totals import totals
from ledger.equity.parting import SERVICE
from ledger.equity.values import (
    Award,
    AwardType,
    Engagement,
    EngagementEnd,
    EventKind,
    Security,
    SecurityEvent,
    SecurityKind,
    ShareClass,
)
from ledger.equity.vesting.table import read, unvested
from ledger.reading import Known, every, known, of_the_record, selection
from ledger.types import Cut

HOMES = (Role.POOL, Role.UNISSUED, Role.TREASURY)
"""Where units of grants go that come back."""

TAKEN_BACK = (EventKind.FORFEITED, EventKind.EXPIRED, EventKind.CANCELLED, EventKind.REPURCHASED)
"""What takes units away from their holder for the company."""

SOME = 500
"""How many entries are asked for at a time."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """An exercise or settlement, in minor units of ``decimals`` places.

    Attributes:
        quantity: Of the grant.
        delivered: Shares; less than ``quantity`` where some were withheld, or paid in cash.
        certified: Of the certificates that came out of it; None where an imported record names none.
    """

    label: str
    class_id: str
    decimals: int
    quantity: int
    delivered: int
    certified: int | None


def certificates(db: Session, cut: Cut) -> Finding:
    """Return whether each exercise and settlement made certificates of exactly its shares (10)."""
    return judged_certificates(deliveries(db, cut))


def judged_certificates(deliveries: Sequence[Delivery]) -> Finding:
    """Judge what was delivered against certificates; imported ones without any are left out."""
    told = [(one, one.certified) for one in deliveries if one.certified is not None]
    return found(
        10,
        "certificates",
        [one.label for one, certified in told if one.delivered != certified],
        delivered=shares((one.delivered, one.decimals) for one, _ in told),
        certified=shares((certified, one.decimals) for one, certified in told),
    )


@of_the_record
def deliveries(db: Session, cut: Cut) -> tuple[Delivery, ...]:
    """Return every exercise and settlement of a grant, by day."""
    decimals = {one.id: one.decimals for one in every(db, ShareClass, cut)}
    securities = {one.id: one for one in every(db, Security, cut)}
    ours = {one.security for one in every(db, Award, cut) if one.drafter is not None}
    rows = tables.table(SecurityEvent)
    query = selection(SecurityEvent, cut).where(rows.c.kind.in_([EventKind.EXERCISED.value, EventKind.SETTLED.value]))
    told = []
    for row in db.execute(query):
        grant = securities[row.security]
        if grant.kind is not SecurityKind.AWARD:
            continue
        made = [securities[id] for id in orjson.loads(row.results or "[]") if id in securities]
        detail = orjson.loads(row.detail or "{}")
        delivered = int(detail.get("delivered", row.quantity))
        is_silent = not made and grant.id not in ours
        certified = None if is_silent else sum(one.quantity for one in made if one.from_security == grant.id)
        told.append(
            Delivery(
                grant.label,
                grant.class_id or "",
                decimals[grant.class_id or ""],
                int(row.quantity),
                delivered,
                certified,
            )
        )
    return tuple(told)


@dataclass(frozen=True, slots=True)
class Loss:
    """What an entry forfeits or ends, and what it gives back, in minor units of ``decimals`` places."""

    name: str
    decimals: int
    lost: int
    back: int


@dataclass(frozen=True, slots=True)
class Leaver:
    """A grant of somebody who left.

    Attributes:
        left_on: Their last day.
        taken_on: The day the entry counts from that says so.
        unvested: What may still vest of it.
    """

    label: str
    left_on: date
    taken_on: date
    unvested: int


def leavers(db: Session, cut: Cut) -> Finding:
    """Return whether what leavers lost went back, the same day and by the plan's rule, and nothing was left (11)."""
    return judged_leavers(_losses(db, cut), _left_behind(db, cut))


def judged_leavers(losses: Sequence[Loss], leavers: Iterable[Leaver]) -> Finding:
    """Judge entries that forfeit or end grants, and the grants of those who left."""
    off = [one.name for one in losses if one.lost != one.back]
    off += [one.label for one in leavers if one.unvested or one.left_on != one.taken_on]
    return found(
        11,
        "leavers",
        off,
        lost=shares((one.lost, one.decimals) for one in losses),
        back=shares((one.back, one.decimals) for one in losses),
    )


def _losses(db: Session, cut: Cut) -> list[Loss]:
    """Return what was forfeited or expired, entry by entry and class by class."""
    classes = {one.id: one for one in every(db, ShareClass, cut)}
    of_class = {one.id: one.class_id or "" for one in every(db, Security, cut)}
    rows = tables.table(SecurityEvent)
    kinds = [EventKind.FORFEITED.value, EventKind.EXPIRED.value]
    lost: dict[tuple[int, str], int] = {}
    for row in db.execute(selection(SecurityEvent, cut).where(rows.c.kind.in_(kinds), rows.c.quantity > 0)):
        key = (row.n, of_class[row.security])
        lost[key] = lost.get(key, 0) + int(row.quantity)
    back = _returned(db, sorted({n for n, _ in lost}))
    return [
        Loss(f"#{n}", classes[id].decimals, units, back.get((n, f"UNIT:{id}"), 0)) for (n, id), units in lost.items()
    ]


def _returned(db: Session, numbers: Sequence[int]) -> dict[tuple[int, str], int]:
    """Return what entries put into pools, classes and the treasury, by entry and asset."""
    sums: dict[tuple[int, str], int] = {}
    for start in range(0, len(numbers), SOME):
        some = numbers[start : start + SOME]
        query = (
            select(POSTING.c.n, ACCOUNT.c.asset, func.sum(POSTING.c.amount))
            .join(ACCOUNT, ACCOUNT.c.id == POSTING.c.account)
            .where(POSTING.c.n.in_(some), POSTING.c.amount > 0, or_(*(is_of(role) for role in HOMES)))
            .group_by(POSTING.c.n, ACCOUNT.c.asset)
        )
        sums |= {(n, asset): int(units) for n, asset, units in db.execute(query)}
    return sums


def _left_behind(db: Session, cut: Cut) -> list[Leaver]:
    """Return what those whose service has ended had when they left, but for those whose dismissal is still open."""
    gone, left = _gone(db, cut), remains(db, cut)
    promised = newest_instalments(db, cut)
    suspended = _suspended(db, cut)
    told = []
    for one in known(db, Security, cut):
        end, id = gone.get(one.value.holder), one.value.id
        if end is None or id not in promised or id in suspended or not left.get(id):
            continue
        # what they were given when they had left rests on no service
        if one.n < end.n and one.on <= end.value.ended_on:
            table = read(promised[id])
            told.append(Leaver(one.value.label, end.value.ended_on, end.on, unvested(table, cut.as_of)))
    return told


def _gone(db: Session, cut: Cut) -> Mapping[str, Known[EngagementEnd]]:
    """Return who has left all service, with the last end of it."""
    ends = {one.value.engagement: one for one in known(db, EngagementEnd, cut)}
    last: dict[str, Known[EngagementEnd]] = {}
    serving = set()
    for one in every(db, Engagement, cut):
        if one.kind not in SERVICE:
            continue
        end = ends.get(one.id)
        if end is None or end.value.ended_on > cut.as_of:
            serving.add(one.holder)
        elif end.value.reason is not None:
            last[one.holder] = max(last.get(one.holder, end), end, key=lambda each: (each.value.ended_on, each.n))
    return {holder: end for holder, end in last.items() if holder not in serving}


def _suspended(db: Session, cut: Cut) -> set[str]:
    """Return the grants that wait for the end of an appeal."""
    rows = tables.table(SecurityEvent)
    kinds = (EventKind.SUSPENDED, EventKind.REINSTATED, EventKind.FORFEITED)
    query = selection(SecurityEvent, cut).where(rows.c.kind.in_([kind.value for kind in kinds]))
    newest = {row.security: row.kind for row in db.execute(query)}
    return {security for security, kind in newest.items() if kind == EventKind.SUSPENDED}


@dataclass(frozen=True, slots=True)
class Return:
    """What the pools of a class got back, and what was taken back of its grants and shares under plans, in minor units.

    By class, not by plan: an imported record may say that what is cancelled of one plan goes to the pool of another.
    """

    of: str
    decimals: int
    back: int
    taken: int


def returns(db: Session, cut: Cut) -> Finding:
    """Return whether no pools got back more than was taken back of grants and shares (12)."""
    back: dict[str, int] = {}
    taken: dict[str, int] = {}
    for one in pool_balances(db, cut):
        units = one.forfeited_returned + one.expired_returned + one.cancelled_returned + one.repurchased_returned
        back[one.plan.class_id] = back.get(one.plan.class_id, 0) + units
    for each in returned(db, cut):
        id = each.security.class_id
        if id is not None and each.security.plan_id is not None and each.kind in TAKEN_BACK:
            taken[id] = taken.get(id, 0) + each.quantity
    for used in deliveries(db, cut):
        kept = max(used.quantity - used.delivered, 0)
        taken[used.class_id] = taken.get(used.class_id, 0) + kept
    classes = {one.value.id: one.value for one in totals(db, cut).classes}
    return judged_returns(
        [Return(classes[id].name, classes[id].decimals, units, taken.get(id, 0)) for id, units in back.items()]
    )


def judged_returns(classes: Sequence[Return]) -> Finding:
    """Judge what came back to the pools of each class."""
    return found(
        12,
        "returned",
        [one.of for one in classes if one.back > one.taken],
        back=shares((one.back, one.decimals) for one in classes),
        taken=shares((one.taken, one.decimals) for one in classes),
    )


def forms_3921(db: Session, cut: Cut) -> Finding:
    """Return whether each exercise of incentive options in the year of the day has its form (15)."""
    isos = {one.security for one in every(db, Award, cut) if one.award_type is AwardType.ISO}
    labels = {one.id: one.label for one in every(db, Security, cut)}
    rows = tables.table(SecurityEvent)
    query = selection(SecurityEvent, cut).where(rows.c.kind == EventKind.EXERCISED.value)
    exercises = [
        (labels[row.security], row.on)
        for row in db.execute(query)
        if row.security in isos and row.on.year == cut.as_of.year
    ]
    return judged_forms_3921([(one.security.label, one.on) for one in iso_exercises(db, cut)], exercises)


def judged_forms_3921(forms: Sequence[tuple[str, date]], exercises: Sequence[tuple[str, date]]) -> Finding:
    """Judge forms against exercises, each a grant and a day."""
    missing, left = list(exercises), list(forms)
    for one in forms:
        if one in missing:
            missing.remove(one)
            left.remove(one)
    off = [label for label, _ in (*missing, *left)]
    return found(15, "form-3921", off, forms=len(forms), exercises=len(exercises))
