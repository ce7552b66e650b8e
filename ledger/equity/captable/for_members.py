"""The company's equity as any member may see it: what plans gave out and have left, and nobody picked out (R17).

A figure about 1 to 10 people is withheld, and so is one that 1 to 10 people changed: opening and closing would tell of
them. More is withheld until what is shown leaves each of these open (``ledger.sessions.cells``). Figures are of plans,
and not of groups of holders as well: two ways to divide the same units tell by their difference. For the same reason
the total, which is plans and what is held outside them, is withheld where few hold anything outside.

It protects one edition: who hands out several takes days far apart, and the same ones for everybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from sqlalchemy.orm import Session

from ledger.equity.captable.by_class import rescaled
from ledger.equity.captable.holdings import holdings
from ledger.equity.captable.movements import pool_balances
from ledger.equity.captable.pools import PoolBalance
from ledger.equity.captable.summary import cap_table
from ledger.errors import DatesOutOfOrder
from ledger.reading import of_the_record
from ledger.sessions.cells import LEAST_PEOPLE, Table, shown
from ledger.types import Cut

ByHolder = Mapping[str, int]
"""Holder to what of a plan is theirs."""


@dataclass(frozen=True, slots=True)
class Line:
    """Of a plan: how many people, and what is theirs before and after; None where it is withheld."""

    name: str
    people: int | None
    opening: int | None
    closing: int | None


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A plan, in minor units of its class.

    Attributes:
        reserved: What the board had set aside, before and after; it is about nobody.
        given: What of it was granted or became shares, and did not come back.
    """

    decimals: int
    reserved: tuple[int, int]
    given: Line


@dataclass(frozen=True, slots=True)
class MembersEdition:
    """What any member may see.

    Attributes:
        decimals: Of the totals.
        opening: All shares, fully diluted; None where that would tell what is withheld.
        closing: Likewise.
    """

    decimals: int
    plans: tuple[PlanLine, ...]
    opening: int | None
    closing: int | None


@of_the_record
def members_edition(db: Session, earlier: Cut, opening: Cut, closing: Cut) -> MembersEdition:
    """Return what any member may see of what has become of the company's equity from one cut to another.

    Args:
        db: The session.
        earlier: What the edition before opened with: what that one withheld of its end is not told here as opening.
        opening: What the edition before closed with.
        closing: The end of this one.

    Raises:
        DatesOutOfOrder: It would end before it begins.
        NotFound: The journal has fewer entries than a cut knows.
    """
    if opening.as_of >= closing.as_of:
        text = f"A period can't begin on {opening.as_of} and end on {closing.as_of}."
        raise DatesOutOfOrder(text, field="since")
    balances = _balances(db, closing)
    ids = tuple(sorted(balances, key=lambda id: (balances[id].plan.name, id)))
    states = [_State.of(db, cut, ids) for cut in (earlier, opening, closing)]
    told_before, told_now = (_told(*pair) for pair in pairwise(states))
    plans = []
    for was, line in zip(told_before.lines, told_now.lines, strict=True):
        opened = None if was.closing is None else line.opening
        shown_line = replace(line, name=balances[line.name].plan.name, opening=opened)
        reserved = states[1].reserved[line.name], states[2].reserved[line.name]
        plans.append(PlanLine(balances[line.name].decimals, reserved, shown_line))
    decimals = max(state.decimals for state in states)
    first, last = (rescaled(state.total, state.decimals, decimals) for state in states[1:])
    return MembersEdition(
        decimals,
        tuple(plans),
        first if told_now.is_open and told_before.is_open else None,
        last if told_now.is_open else None,
    )


@dataclass(frozen=True, slots=True)
class _State:
    """What a cut sees, by plan.

    Attributes:
        outside: What is whose outside of the plans.
        total: Fully diluted, in ``decimals`` places.
    """

    given: Mapping[str, int]
    reserved: Mapping[str, int]
    theirs: Mapping[str, ByHolder]
    outside: ByHolder
    total: int
    decimals: int

    @classmethod
    def of(cls, db: Session, cut: Cut, ids: Sequence[str]) -> _State:
        found, table = _balances(db, cut), cap_table(db, cut)
        return cls(
            {id: _given(found[id]) if id in found else 0 for id in ids},
            {id: (found[id].reserved or 0) if id in found else 0 for id in ids},
            *_by_plan(db, cut, ids),
            table.total.fully_diluted,
            table.decimals,
        )


class _Told(NamedTuple):
    """What may be shown of two states: of each plan, and whether of the total."""

    lines: list[Line]
    is_open: bool


def _told(before: _State, after: _State) -> _Told:
    lines = shown_lines(before.theirs, after.theirs, (before.given, after.given))
    few_outside = 0 < fewest(before.outside, after.outside) < LEAST_PEOPLE
    return _Told(lines, not few_outside and all(line.closing is not None for line in lines))


def shown_lines(
    before: Mapping[str, ByHolder], after: Mapping[str, ByHolder], figures: tuple[Mapping[str, int], Mapping[str, int]]
) -> list[Line]:
    """Return the figures of some plans as they may be shown, in the order of the figures.

    Args:
        before: Plan to what is whose; who has nothing of it is not named.
        after: Likewise.
        figures: What to show of each plan, before and after.
    """
    # a figure that is nobody's we know of is taken for somebody's
    people = {
        name: fewest(before.get(name, {}), after.get(name, {})) or int(any(each[name] for each in figures))
        for name in figures[1]
    }
    opening, closing = (_table(people, each) for each in figures)
    is_open = opening.total is not None and closing.total is not None
    return [
        Line(name, len(after.get(name, {})), opening.rows[name], closing.rows[name])
        if is_open and closing.rows[name] is not None
        else Line(name, None, None, None)
        for name in figures[1]
    ]


def _table(people: Mapping[str, int], figures: Mapping[str, int]) -> Table:
    """Return what may be shown of a day; that there was nothing at all yet is about nobody."""
    if any(figures.values()):
        return shown(people, figures)
    alike = shown(people)
    return Table({name: None if of is None else 0 for name, of in alike.rows.items()}, alike.total and 0)


def fewest(before: ByHolder, after: ByHolder) -> int:
    """Return the fewest people that opening, closing or what changed in between is about, leaving out nobody."""
    changed = [who for who in before.keys() | after.keys() if before.get(who, 0) != after.get(who, 0)]
    return min((count for count in (len(before), len(after), len(changed)) if count), default=0)


def _balances(db: Session, cut: Cut) -> dict[str, PoolBalance]:
    return {each.plan.id: each for each in pool_balances(db, cut) if each.reserved is not None}


def _given(balance: PoolBalance) -> int:
    """Return what has left a pool and did not come back."""
    return max(0, (balance.reserved or 0) - (balance.available or 0))


def _by_plan(db: Session, cut: Cut, ids: Sequence[str]) -> tuple[Mapping[str, ByHolder], dict[str, int]]:
    """Return what is whose of what each plan gave, as grants and as shares, and what is whose outside of them."""
    found: dict[str, dict[str, int]] = {id: {} for id in ids}
    outside: dict[str, int] = {}
    for one in holdings(db, cut):
        theirs = found.get(one.plan_id or "", outside)
        theirs[one.holder] = theirs.get(one.holder, 0) + one.units
    return {id: theirs for id, theirs in found.items() if theirs}, outside
