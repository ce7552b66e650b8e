"""Checks of the cap table: charter, pools, roll-forward, holders (reconciliations 1 to 4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from app.ties.finding import Finding, found, shares
from ledger.apportionment import HUNDRED_PER_CENT
from ledger.entries import Role
from ledger.equity.captable.holdings import holder_table, share_units
from ledger.equity.captable.movements import pool_balances, roll_forwards
from ledger.equity.captable.pools import PoolBalance
from ledger.equity.captable.roll_forward import RollForward
from ledger.equity.captable.summary import cap_table
from ledger.equity.captable.totals import Totals, totals
from ledger.errors import Tampered
from ledger.types import Cut

A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two numbers of units of a class that must agree.

    Attributes:
        name: Of what.
    """

    name: str
    decimals: int
    left: int
    right: int


def authorised(db: Session, cut: Cut) -> Finding:
    """Return whether each class has authorised all that is outstanding, granted, reserved or kept (1)."""
    every_class = totals(db, cut)
    return judged_authorised([_charter(every_class, one.value.id) for one in every_class.classes])


def _charter(of: Totals, class_id: str) -> Pair:
    share_class = next(one.value for one in of.classes if one.value.id == class_id)
    held = (Role.CERTIFICATE, Role.AWARD, Role.TREASURY, Role.UNDELIVERED)
    used = sum(of.held(role, class_id) for role in held)
    used += sum(of.available(one.value.id) for one in of.plans if one.value.class_id == class_id)
    # without a maximum the charter authorises what there is
    most = used if share_class.unlimited else -of.held(Role.CHARTER, class_id)
    return Pair(share_class.name, share_class.decimals, most, used)


def judged_authorised(classes: Sequence[Pair]) -> Finding:
    """Judge what is authorised (left) and used (right) of each class."""
    return found(
        1,
        "authorised",
        [one.name for one in classes if one.left < one.right],
        authorised=shares((one.left, one.decimals) for one in classes),
        used=shares((one.right, one.decimals) for one in classes),
    )


def pools(db: Session, cut: Cut) -> Finding:
    """Return whether what was reserved is available, outstanding, issued or retired (2)."""
    return judged_pools(pool_balances(db, cut))


def judged_pools(balances: Iterable[PoolBalance]) -> Finding:
    """Judge the balances of plans; those known only from grants have none."""
    told = [
        Pair(one.plan.name, one.decimals, one.reserved, one.reserved - one.check)
        for one in balances
        if one.reserved is not None and one.check is not None
    ]
    return found(2, "pools", _unlike(told), reserved=_left(told), parts=_right(told))


def roll_forward(db: Session, cut: Cut) -> Finding:
    """Return whether the roll-forward of the year closes with what that of the next day opens with (3)."""
    following = min(cut.as_of, date.max - A_DAY) + A_DAY
    try:
        closing = roll_forwards(db, date(cut.as_of.year, 1, 1), cut)
        opening = roll_forwards(db, following, Cut(following, cut.known_at))
    except Tampered as fault:
        return found(3, "roll-forward", [str(fault)], closing="?", opening="?")
    return judged_roll_forward(closing, opening)


def judged_roll_forward(closing: Iterable[RollForward], opening: Iterable[RollForward]) -> Finding:
    """Judge two periods, one right after the other; what begins with the second one opens with nothing."""
    ends = {(one.subject, one.measure): one for one in closing}
    begins = {(one.subject, one.measure): one for one in opening}
    told = [
        Pair(
            (ends.get(key) or begins[key]).name,
            (ends.get(key) or begins[key]).decimals,
            ends[key].closing if key in ends else 0,
            begins[key].opening if key in begins else 0,
        )
        for key in ends | begins
    ]
    return found(3, "roll-forward", _unlike(told), closing=_left(told), opening=_right(told))


def holders(db: Session, cut: Cut) -> Finding:
    """Return whether what holders have, one by one, adds up to the classes, and percentages to 100 (4)."""
    try:
        holder_table(db, cut)
    except Tampered as fault:
        misfits = [str(fault)]
    else:
        misfits = []
    whole = sum(row.percentage or 0 for row in cap_table(db, cut).rows)
    return judged_holders(_held(db, cut), whole, misfits)


def _held(db: Session, cut: Cut) -> list[Pair]:
    of = totals(db, cut)
    sums: dict[tuple[Role, str], int] = {}
    for role in (Role.CERTIFICATE, Role.AWARD):
        for _, class_id, units in share_units(db, cut, role):
            sums[role, class_id] = sums.get((role, class_id), 0) + units
    return [
        Pair(one.value.name, one.value.decimals, sums.get((role, one.value.id), 0), of.held(role, one.value.id))
        for one in of.classes
        for role in (Role.CERTIFICATE, Role.AWARD)
    ]


def judged_holders(held: Sequence[Pair], whole: int, misfits: Sequence[str] = ()) -> Finding:
    """Judge what holders (left) and classes (right) have, and what percentages come to, in steps of 0.0001 %."""
    off = [f"{whole / (HUNDRED_PER_CENT // 100):.4f} %"] if whole not in {0, HUNDRED_PER_CENT} else []
    return found(4, "holders", [*misfits, *_unlike(held), *off], holders=_left(held), classes=_right(held))


def _unlike(pairs: Iterable[Pair]) -> list[str]:
    return [one.name for one in pairs if one.left != one.right]


def _left(pairs: Iterable[Pair]) -> str:
    return shares((one.left, one.decimals) for one in pairs)


def _right(pairs: Iterable[Pair]) -> str:
    return shares((one.right, one.decimals) for one in pairs)
