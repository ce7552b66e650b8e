"""The cap table by class (reports.md R1): what is authorised, issued, granted and left, as converted and fully diluted.

A pure fold over sums. Shares convert class by class into the shares that the last class of the chain counts in; what a
fraction of a unit would be is dropped once, for the class, and shared out by largest remainder. So the rows here and
the holders in ``by_holder`` always add up to the same totals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from ledger.apportionment import HUNDRED_PER_CENT, apportion, percentages
from ledger.equity.captable.money import Money, summed
from ledger.equity.values import ClassKind, Plan, ShareClass
from ledger.types import decimal_text


class Line(StrEnum):
    """What a row of the table is about."""

    SHARE_CLASS = "share_class"
    """A class of shares."""
    MEMBER_SHARE = "member_share"
    """A class of membership shares: membership, not a part of the company, so outside fully diluted (D1)."""
    EQUITY_PLAN = "equity_plan"
    """A plan with its pool and its grants."""
    WARRANT = "warrant"
    """The warrants for one class; outside the share totals until they are exercised."""
    CONVERTIBLE = "convertible"
    """Notes and SAFEs of one kind; outside the share totals until they convert."""


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """What the record says of a class, in its minor units.

    Attributes:
        authorised: By the charter; None where it sets no maximum.
        ratio: Shares of ``converts_to`` for one share, as in force.
        grown: Shares that one share of the day the class was authorised has become by splits.
        outstanding: On certificates.
        unissued: Neither issued nor reserved.
        undelivered: Exercised or settled by an imported record without a certificate.
        awards: Granted under no plan, and neither exercised nor settled.
        cash: Paid for shares of the class when the company sold them; exercise prices of grants and warrants are not
            among it.
    """

    share_class: ShareClass
    authorised: int | None = None
    ratio: Fraction = Fraction(1)
    grown: Fraction = Fraction(1)
    outstanding: int = 0
    unissued: int = 0
    treasury: int = 0
    undelivered: int = 0
    awards: int = 0
    cash: tuple[Money, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """What the record says of a plan, in minor units of its class.

    Attributes:
        reserved: At first and by adjustments; nothing is known of it for an implied plan.
    """

    plan: Plan
    reserved: int = 0
    available: int = 0
    awards: int = 0


@dataclass(frozen=True, slots=True)
class PromiseFacts:
    """Warrants or notes that are shown in one row: how many minor units of a class, and what was paid for them."""

    line: Line
    id: str
    name: str
    class_id: str | None = None
    units: int = 0
    cash: tuple[Money, ...] = ()


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One row; units are minor units of ``decimals`` places, as-converted ones of the table's places.

    Attributes:
        line: None in the row of totals.
        available: What may still be issued, or granted from a pool; None where nothing limits it or nothing is known.
        ratio: Shares that one share converts into; None where nothing converts.
        as_converted: Shares and grants, converted.
        fully_diluted: As converted, with what the pool has left.
        percentage: Of all fully diluted, in steps of 0.0001 %; None where there is nothing.
        votes: Percentage of the votes that shares give by statute; a member's vote is not among them (D1).
    """

    line: Line | None
    id: str
    name: str
    decimals: int
    authorised: int | None
    outstanding: int
    awards: int
    available: int | None
    ratio: Fraction | None
    as_converted: int
    fully_diluted: int
    percentage: int | None = None
    votes: int | None = None
    cash: tuple[Money, ...] = ()
    preference: tuple[Money, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CapTable:
    """The cap table by class.

    Attributes:
        decimals: Places of as-converted quantities and of the totals: the most that any class has.
        converted: What each piece of the company comes to as converted, by the names of ``Piece``.
    """

    decimals: int
    rows: tuple[ClassRow, ...]
    total: ClassRow
    converted: Mapping[str, int]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader must know to read the numbers right."""
        return tuple(f"{row.name}: {note}" for row in self.rows for note in row.notes)


class Piece:
    """The pieces that fully diluted shares fall into, by name."""

    @staticmethod
    def shares(class_id: str) -> str:
        """Return the piece of a class's certificates."""
        return f"shares:{class_id}"

    @staticmethod
    def awards(class_id: str, plan_id: str | None) -> str:
        """Return the piece of the grants under a plan, or under none."""
        return f"awards:{plan_id}" if plan_id else f"planless:{class_id}"

    @staticmethod
    def pool(plan_id: str) -> str:
        """Return the piece of what a plan may still grant."""
        return f"pool:{plan_id}"


def cap_table_of(
    classes: Sequence[ClassFacts], plans: Sequence[PlanFacts], promises: Sequence[PromiseFacts]
) -> CapTable:
    """Return the table: a row a class, a plan, and a kind of promise, in this order, each in the order given."""
    decimals = max((each.share_class.decimals for each in classes), default=0)
    by_id = {each.share_class.id: each for each in classes}
    converted = {name: units for each in classes for name, units in _converted(each, plans, by_id, decimals).items()}
    rows = [
        *(_class_row(each, converted) for each in classes),
        *(_plan_row(each, by_id[each.plan.class_id].share_class, converted) for each in plans),
        *(_promise_row(each, by_id) for each in promises),
    ]
    shares = percentages({_key(row): row.fully_diluted for row in rows}) or {}
    votes = percentages({_class_key(each): _votes(each, decimals) for each in classes}) or {}
    finished = tuple(replace(row, percentage=shares.get(_key(row)), votes=votes.get(_key(row))) for row in rows)
    return CapTable(decimals, finished, _total(finished, decimals), converted)


def rescaled(units: int, decimals: int, to: int) -> int:
    """Return minor units of a class with ``decimals`` places in units of as many places or more."""
    step: int = 10 ** (to - decimals)
    return units * step


def ratio_of(of: ClassFacts, by_id: Mapping[str, ClassFacts]) -> Fraction:
    """Return the shares of the last class in the chain that one share of a class becomes.

    A class is authorised before those that convert into it, so the chain ends.
    """
    ratio = Fraction(1)
    while of.share_class.converts_to is not None:
        ratio *= of.ratio
        of = by_id[of.share_class.converts_to]
    return ratio


def _converted(
    of: ClassFacts, plans: Sequence[PlanFacts], by_id: Mapping[str, ClassFacts], decimals: int
) -> dict[str, int]:
    """Return what the pieces of a class come to as converted: together its whole number of units, rounded down."""
    id = of.share_class.id
    pieces = {Piece.shares(id): of.outstanding, Piece.awards(id, None): of.awards}
    for each in plans:
        if each.plan.class_id == id:
            pieces |= {Piece.awards(id, each.plan.id): each.awards, Piece.pool(each.plan.id): each.available}
    if of.share_class.kind is ClassKind.MEMBER_SHARE:
        return dict.fromkeys(pieces, 0)
    exact = ratio_of(of, by_id) * rescaled(sum(pieces.values()), of.share_class.decimals, decimals)
    return apportion(int(exact), pieces)


def _class_row(of: ClassFacts, converted: Mapping[str, int]) -> ClassRow:
    share_class = of.share_class
    as_converted = converted[Piece.shares(share_class.id)] + converted[Piece.awards(share_class.id, None)]
    is_membership = share_class.kind is ClassKind.MEMBER_SHARE
    return ClassRow(
        Line.MEMBER_SHARE if is_membership else Line.SHARE_CLASS,
        share_class.id,
        share_class.name,
        share_class.decimals,
        of.authorised,
        of.outstanding,
        of.awards,
        None if of.authorised is None else of.unissued,
        of.ratio if share_class.converts_to is not None else Fraction(1),
        as_converted,
        as_converted,
        cash=of.cash,
        preference=_preference(of),
        notes=_class_notes(of),
    )


def _class_notes(of: ClassFacts) -> tuple[str, ...]:
    notes = []
    if of.undelivered:
        shares = decimal_text(of.undelivered, of.share_class.decimals)
        notes.append(f"{shares} exercised or settled, but no certificate for them is on record; not among outstanding.")
    if of.treasury:
        notes.append(f"{decimal_text(of.treasury, of.share_class.decimals)} held by the company itself.")
    return tuple(notes)


def _preference(of: ClassFacts) -> tuple[Money, ...]:
    """Return what the class is paid first when the company is sold: multiple × original price × shares outstanding."""
    share_class = of.share_class
    if share_class.liquidation_multiple is None or share_class.original_price is None:
        return ()
    price = share_class.original_price
    each = Fraction(share_class.liquidation_multiple) * Fraction(price.amount, 10**price.scale) / of.grown
    return (Money(each * Fraction(of.outstanding, 10**share_class.decimals), price.currency),)


def _plan_row(of: PlanFacts, share_class: ShareClass, converted: Mapping[str, int]) -> ClassRow:
    plan = of.plan
    awards = converted[Piece.awards(plan.class_id, plan.id)]
    notes = ("Known only from the grants that name it; nothing says what it reserves.",) if plan.implied else ()
    return ClassRow(
        Line.EQUITY_PLAN,
        plan.id,
        plan.name,
        share_class.decimals,
        None if plan.implied else of.reserved,
        0,
        of.awards,
        None if plan.implied else of.available,
        None,
        awards,
        awards + converted[Piece.pool(plan.id)],
        notes=notes,
    )


def _promise_row(of: PromiseFacts, by_id: Mapping[str, ClassFacts]) -> ClassRow:
    decimals = by_id[of.class_id].share_class.decimals if of.class_id is not None else 0
    return ClassRow(of.line, of.id, of.name, decimals, None, of.units, 0, None, None, 0, 0, cash=of.cash)


def _votes(of: ClassFacts, decimals: int) -> int:
    return rescaled(of.outstanding, of.share_class.decimals, decimals) * of.share_class.votes_per_share


def _key(row: ClassRow) -> str:
    return f"{'class' if row.line in {Line.SHARE_CLASS, Line.MEMBER_SHARE} else row.line}:{row.id}"


def _class_key(of: ClassFacts) -> str:
    return f"class:{of.share_class.id}"


def _total(rows: Sequence[ClassRow], decimals: int) -> ClassRow:
    """Return the sums of the columns.

    Not of what is authorised, for what a plan reserves is among what its class authorises; and not of promises, which
    count no shares yet.
    """
    counted = [row for row in rows if row.line not in {Line.WARRANT, Line.CONVERTIBLE}]

    def add(name: str) -> int:
        return sum(rescaled(getattr(row, name), row.decimals, decimals) for row in counted)

    limits = [row.available for row in counted]
    return ClassRow(
        None,
        "",
        "Total",
        decimals,
        None,
        add("outstanding"),
        add("awards"),
        None if None in limits else add("available"),
        None,
        sum(row.as_converted for row in counted),
        sum(row.fully_diluted for row in counted),
        HUNDRED_PER_CENT if any(row.percentage for row in rows) else None,
        HUNDRED_PER_CENT if any(row.votes for row in rows) else None,
        summed(money for row in rows for money in row.cash),
        summed(money for row in rows for money in row.preference),
    )
