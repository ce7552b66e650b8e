"""What all accounts come to as a cut sees them, by class and by plan: one pass over all postings.

Balances are summed by account along one index, and added up by class in the same statement. Sums over conditions do
that without sorting the accounts, which takes a database longer than all the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from ledger.entries import Role, account, unit
from ledger.equity.captable.accounts import (
    ACCOUNT,
    POSTING,
    SECURITY,
    balances,
    counted,
    few,
    is_of,
    refuse_unknown,
)
from ledger.equity.values import Plan, SecurityKind, ShareClass
from ledger.reading import Known, of_the_record
from ledger.types import Cut

SINGLE = (Role.CHARTER, Role.UNISSUED, Role.TREASURY)
"""Roles of which a class has one account."""

HELD = (Role.AWARD, Role.CERTIFICATE)
"""Roles of which a class has an account for every security."""

COLUMNS = 100
"""Sums in one statement: databases take some hundreds."""

Home = tuple[str, str | None]
"""A class, and the plan that a grant in it was made under, or None."""


@dataclass(frozen=True, slots=True)
class Totals:
    """What all accounts come to.

    Attributes:
        classes: Those that count by the day of the cut, and any that has moved units before it does.
        plans: The same of plans.
        sums: By role and class.
        pools: By plan.
        awards: What is granted, by class and plan or under none.
    """

    classes: tuple[Known[ShareClass], ...]
    plans: tuple[Known[Plan], ...]
    sums: Mapping[tuple[Role, str], int]
    pools: Mapping[str, int]
    awards: Mapping[Home, int]

    def held(self, role: Role, class_id: str) -> int:
        """Return what all accounts of a role and a class hold."""
        return self.sums.get((role, class_id), 0)

    def available(self, plan_id: str) -> int:
        """Return what a pool holds."""
        return self.pools.get(plan_id, 0)

    def granted(self, class_id: str, plan_id: str | None) -> int:
        """Return what is granted under a plan, or under none, and neither exercised nor settled."""
        return self.awards.get((class_id, plan_id), 0)

    @property
    def decimals(self) -> dict[str, int]:
        """The decimal places of each class."""
        return {each.value.id: each.value.decimals for each in self.classes}


@of_the_record
def totals(db: Session, cut: Cut) -> Totals:
    """Return what all accounts come to.

    Raises:
        NotFound: The journal has no entry that ``known_at`` comes after.
    """
    refuse_unknown(db, cut)
    # an imported record may hold shares that are older than the day it says their class is from
    ever = Cut(date.max, cut.known_at)
    classes, plans = few(db, ShareClass, ever), few(db, Plan, ever)
    sums, pools = _sums(db, cut, [each.value.id for each in classes], [each.value for each in plans])
    awards = _awards(db, cut, [each.value for each in plans], sums)
    return Totals(
        tuple(
            each
            for each in classes
            if each.on <= cut.as_of or any(units for (_, id), units in sums.items() if id == each.value.id)
        ),
        tuple(
            each
            for each in plans
            if each.on <= cut.as_of or pools[each.value.id] or awards.get((each.value.class_id, each.value.id))
        ),
        sums,
        pools,
        awards,
    )


def _sums(
    db: Session, cut: Cut, classes: Sequence[str], plans: Sequence[Plan]
) -> tuple[dict[tuple[Role, str], int], dict[str, int]]:
    """Return what accounts hold by role and class, and by pool.

    What a class has on no other account is undelivered: all its accounts together come to nothing.
    """
    held = {(role, id): (ACCOUNT.c.asset == unit(id)) & is_of(role) for id in classes for role in HELD}
    pools = {(Role.POOL, each.id): ACCOUNT.c.path == account(Role.POOL, each.id) for each in plans}
    found = _summed(db, cut, held | pools) | _single(db, cut, classes)
    for id in classes:
        reserved = sum(found[Role.POOL, each.id] for each in plans if each.class_id == id)
        found[Role.UNDELIVERED, id] = -reserved - sum(found[role, id] for role in (*SINGLE, *HELD))
    left = {each.id: found.pop((Role.POOL, each.id)) for each in plans}
    return found, left


def _summed(
    db: Session, cut: Cut, conditions: Mapping[tuple[Role, str], ColumnElement[bool]]
) -> dict[tuple[Role, str], int]:
    """Return what the accounts hold that meet each condition."""
    found: dict[tuple[Role, str], int] = {}
    for some in _pages(conditions.items()):
        each = balances(cut).subquery()
        sums = [func.sum(each.c.units).filter(condition) for _, condition in some]
        row = db.execute(select(*sums).join(ACCOUNT, ACCOUNT.c.id == each.c.account)).one()
        found |= {name: int(units or 0) for (name, _), units in zip(some, row, strict=True)}
    return found


def _pages(
    items: Iterable[tuple[tuple[Role, str], ColumnElement[bool]]],
) -> Iterator[list[tuple[tuple[Role, str], ColumnElement[bool]]]]:
    waiting = iter(items)
    while page := list(islice(waiting, COLUMNS)):
        yield page


def _single(db: Session, cut: Cut, classes: Sequence[str]) -> dict[tuple[Role, str], int]:
    """Return what the accounts hold of which a class has one."""
    names = {account(role, id): (role, id) for id in classes for role in SINGLE}
    query = (
        select(ACCOUNT.c.path, func.sum(POSTING.c.amount))
        .join(POSTING, POSTING.c.account == ACCOUNT.c.id)
        .where(ACCOUNT.c.path.in_(names), *counted(cut))
        .group_by(ACCOUNT.c.path)
    )
    return dict.fromkeys(names.values(), 0) | {names[path]: int(units) for path, units in db.execute(query)}


def _awards(db: Session, cut: Cut, plans: Sequence[Plan], sums: Mapping[tuple[Role, str], int]) -> dict[Home, int]:
    """Return what is granted under each plan, and under none.

    Where all grants of a class are under one plan, that is the sum of the class; only classes with several need their
    grants told apart.
    """
    homes: dict[str, set[str | None]] = {}
    for each in plans:
        homes.setdefault(each.class_id, set()).add(each.id)
    planless = select(SECURITY.c.class_id).distinct()
    planless = planless.where(SECURITY.c.plan_id.is_(None), SECURITY.c.kind == SecurityKind.AWARD.value)
    for class_id in db.execute(planless).scalars():
        homes.setdefault(class_id, set()).add(None)
    found = {(id, home): sums.get((Role.AWARD, id), 0) for id, of in homes.items() if len(of) == 1 for home in of}
    shared = [id for id, of in homes.items() if len(of) > 1]
    return found | (_told_apart(db, cut, shared) if shared else {})


def _told_apart(db: Session, cut: Cut, classes: Sequence[str]) -> dict[Home, int]:
    query = (
        select(SECURITY.c.class_id, SECURITY.c.plan_id, func.sum(POSTING.c.amount))
        .join(ACCOUNT, ACCOUNT.c.path == account(Role.AWARD, "") + SECURITY.c.id)
        .join(POSTING, POSTING.c.account == ACCOUNT.c.id)
        .where(SECURITY.c.class_id.in_(classes), SECURITY.c.kind == SecurityKind.AWARD.value, *counted(cut))
        .group_by(SECURITY.c.class_id, SECURITY.c.plan_id)
    )
    return {(class_id, plan_id): int(units) for class_id, plan_id, units in db.execute(query)}
