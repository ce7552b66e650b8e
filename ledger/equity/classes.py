"""Classes of shares, plans with their pools, and valuations: what securities are issued from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Draft, Role, account, move, unit
from ledger.equity.register import refuse_taken
from ledger.equity.values import (
    ClassKind,
    ClassRatio,
    ClassSplit,
    CompanyFigure,
    Plan,
    ReturnRule,
    ShareClass,
    Valuation,
)
from ledger.errors import (
    AuthorisedExhausted,
    Conflict,
    DatesOutOfOrder,
    Invalid,
    LaterChangeExists,
    Overdrawn,
    PoolExhausted,
    TermsInvalid,
)
from ledger.kinds import declare
from ledger.reading import Known, find, known
from ledger.types import MOST_DECIMALS, MOST_UNITS, Act, Cut, Price, check_units


@declare
class ClassEntry(StrEnum):
    """The kinds of entry about classes, plans and valuations."""

    CLASS_AUTHORISED = "class.authorised"
    """A class of shares, with what the charter authorises."""
    CLASS_ADJUSTED = "class.adjusted"
    """The charter authorises another number."""
    CLASS_RATIO_SET = "class.ratio_set"
    """The class converts at another ratio."""
    PLAN_ADOPTED = "plan.adopted"
    """A plan with its reserve."""
    PLAN_ADJUSTED = "plan.adjusted"
    """A plan's reserve is larger or smaller."""
    VALUATION_RECORDED = "valuation.recorded"
    """A 409A valuation."""
    FIGURE_STATED = "company.figure_stated"
    """Total assets on a balance-sheet date."""


@dataclass(frozen=True, slots=True)
class ClassOrder:
    """A class of shares to be authorised.

    Attributes:
        authorised: Minor units, or None where the charter sets no maximum.
    """

    name: str
    kind: ClassKind
    prefix: str
    authorised: int | None
    decimals: int = 0
    seniority: int = 1
    votes_per_share: int = 1
    converts_to: str | None = None
    ratio: tuple[int, int] = (1, 1)
    liquidation_multiple: str | None = None
    original_price: Price | None = None
    par_value: Price | None = None
    licensed_only: bool = False
    id: str | None = None

    def __post_init__(self) -> None:
        """Refuse a class whose numbers can't be."""
        if not self.name.strip():
            raise Invalid("A class of shares needs a name.", field="name")
        if not 0 <= self.decimals <= MOST_DECIMALS:
            raise TermsInvalid(f"Shares are counted with 0 to {MOST_DECIMALS} decimal places.", field="decimals")
        if self.authorised is not None:
            check_units(self.authorised, field="authorised", least=0)
        if self.seniority < 0 or self.votes_per_share < 0:
            raise TermsInvalid("Seniority and votes are zero or more.", field="seniority")
        if min(self.ratio) < 1:
            raise TermsInvalid("A conversion ratio is made of two whole numbers above zero.", field="ratio")


@dataclass(frozen=True, slots=True)
class PlanOrder:
    """A plan to be adopted, with its reserve in minor units of its class."""

    name: str
    class_id: str
    reserved: int
    return_rule: ReturnRule = ReturnRule.RETURN_TO_POOL
    holds_to_grant_date: bool = False
    pauses_for_leave: bool = False
    implied: bool = False
    resolution_ref: str | None = None
    counsel_memo_ref: str | None = None
    id: str | None = None

    def __post_init__(self) -> None:
        """Refuse a plan without a name or with a reserve below zero."""
        if not self.name.strip():
            raise Invalid("A plan needs a name.", field="name")
        check_units(self.reserved, field="reserved", least=0)


def authorise_class(db: Session, act: Act, order: ClassOrder, *, on: date) -> ShareClass:
    """Record a class of shares and what the charter authorises.

    Raises:
        AlreadyExists: The id or the name is taken.
        NotFound: It converts to a class that is not on record.
    """
    made = class_from(order, order.id or act.new_id("cls"))
    refuse_taken(db, ShareClass, id=made.id)
    refuse_taken(db, ShareClass, name=made.name)
    if made.converts_to is not None:
        find(db, ShareClass, made.converts_to)
    journal.append(db, act, class_draft(made, order.authorised, on))
    return made


def class_from(order: ClassOrder, id: str) -> ShareClass:
    """Return the record of a class as ordered."""
    return ShareClass(
        id,
        order.name,
        order.kind,
        order.prefix,
        order.decimals,
        order.seniority,
        order.votes_per_share,
        order.ratio[0],
        order.ratio[1],
        order.converts_to,
        order.liquidation_multiple,
        order.original_price,
        order.par_value,
        order.licensed_only,
        unlimited=order.authorised is None,
    )


def class_draft(made: ShareClass, authorised: int | None, on: date) -> Draft:
    """Return the entry that authorises a class: its units come out of the charter."""
    given = move(unit(made.id), authorised, charter(made.id), account(Role.UNISSUED, made.id)) if authorised else ()
    return Draft(ClassEntry.CLASS_AUTHORISED, on, (made,), given)


def splits_of(db: Session, class_id: str, cut: Cut | None = None) -> list[Known[ClassSplit]]:
    """Return the splits of a class, oldest first."""
    return known(db, ClassSplit, cut, class_id=class_id)


def refuse_before_class(db: Session, class_id: str, on: date) -> None:
    """Refuse anything about a class on a day before it was authorised.

    Raises:
        DatesOutOfOrder: There was no such class yet.
    """
    [authorised] = known(db, ShareClass, id=class_id)
    if on < authorised.on:
        text = f"{authorised.value.name} was authorised on {authorised.on}, after {on}."
        raise DatesOutOfOrder(text, field="on")


def refuse_before_split(db: Session, class_id: str, on: date) -> None:
    """Refuse to issue or move shares of a class on a day before it began or split: the split did not count them.

    Raises:
        DatesOutOfOrder: There was no such class yet.
        LaterChangeExists: The class has split since.
    """
    refuse_before_class(db, class_id, on)
    splits = splits_of(db, class_id)
    if splits and on < splits[-1].on:
        text = f"This class split on {splits[-1].on}, after {on}; reverse the split first."
        raise LaterChangeExists(text, field="on")


def charter(class_id: str) -> str:
    """Return the account that authorised units come out of."""
    return account(Role.CHARTER, class_id)


def unissued(of: ShareClass) -> str:
    """Return the account that shares are issued and reserved from: the charter itself where it sets no maximum."""
    return charter(of.id) if of.unlimited else account(Role.UNISSUED, of.id)


def authorised_units(db: Session, class_id: str, cut: Cut | None = None) -> int:
    """Return what the charter authorises, in minor units."""
    return -journal.balance(db, charter(class_id), cut)


def adjust_authorised(db: Session, act: Act, class_id: str, authorised: int, *, on: date) -> None:
    """Record that the charter authorises ``authorised`` minor units in all from ``on``.

    Raises:
        AuthorisedExhausted: More than that is issued or reserved, then or later.
        NotAllowed: The class has no maximum.
    """
    journal.lock(db)
    of = find(db, ShareClass, class_id)
    if of.unlimited:
        raise Conflict(f"{of.name} has no authorised maximum to adjust.", field="class_id")
    refuse_before_split(db, class_id, on)
    check_units(authorised, field="authorised", least=0)
    change = authorised - authorised_units(db, class_id, Cut(on, MOST_UNITS))
    if change == 0:
        raise Invalid(f"{of.name} already has {authorised:,} authorised.", field="authorised")
    postings = move(unit(of.id), change, charter(of.id), unissued(of))
    append_drawing(db, act, Draft(ClassEntry.CLASS_ADJUSTED, on, (), postings))


def set_ratio(db: Session, act: Act, class_id: str, numerator: int, denominator: int, *, on: date) -> None:
    """Record that a share of the class converts into ``numerator``/``denominator`` shares from ``on``.

    Raises:
        TermsInvalid: A number below one.
    """
    find(db, ShareClass, class_id)
    refuse_before_split(db, class_id, on)
    if min(numerator, denominator) < 1:
        raise TermsInvalid("A conversion ratio is made of two whole numbers above zero.", field="ratio")
    ratio = ClassRatio(class_id, numerator, denominator)
    journal.append(db, act, Draft(ClassEntry.CLASS_RATIO_SET, on, (ratio,)))


def adopt_plan(db: Session, act: Act, order: PlanOrder, *, on: date) -> Plan:
    """Record a plan and reserve its pool out of the class's unissued shares.

    Raises:
        AuthorisedExhausted: The charter leaves too few, then or later.
        AlreadyExists: The id or the name is taken.
    """
    journal.lock(db)
    of = find(db, ShareClass, order.class_id)
    refuse_before_split(db, of.id, on)
    plan = plan_from(order, order.id or act.new_id("pln"), on)
    refuse_taken(db, Plan, id=plan.id)
    refuse_taken(db, Plan, name=plan.name)
    append_drawing(db, act, plan_draft(plan, of, order.reserved, on))
    return plan


def plan_from(order: PlanOrder, id: str, on: date | None) -> Plan:
    """Return the record of a plan as ordered."""
    return Plan(
        id,
        order.name,
        order.class_id,
        order.return_rule,
        order.holds_to_grant_date,
        order.pauses_for_leave,
        order.implied,
        on,
        order.resolution_ref,
        order.counsel_memo_ref,
    )


def plan_draft(plan: Plan, of: ShareClass, reserved: int, on: date) -> Draft:
    """Return the entry that adopts a plan and fills its pool."""
    filled = move(unit(of.id), reserved, unissued(of), pool(plan.id)) if reserved else ()
    return Draft(ClassEntry.PLAN_ADOPTED, on, (plan,), filled)


def pool(plan_id: str) -> str:
    """Return the account of what a plan may still grant."""
    return account(Role.POOL, plan_id)


def available_units(db: Session, plan_id: str, cut: Cut | None = None) -> int:
    """Return what a plan may still grant, in minor units."""
    return journal.balance(db, pool(plan_id), cut)


def adjust_plan(db: Session, act: Act, plan_id: str, change: int, *, on: date) -> None:
    """Record that a plan's reserve grows (or shrinks, below zero) by ``change`` minor units.

    Raises:
        AuthorisedExhausted: The charter leaves too few.
        DatesOutOfOrder: There was no such plan yet.
        PoolExhausted: The pool has too few left to give back.
    """
    journal.lock(db)
    [adopted] = known(db, Plan, id=find(db, Plan, plan_id).id)
    plan = adopted.value
    of = find(db, ShareClass, plan.class_id)
    refuse_before_split(db, of.id, on)
    if on < adopted.on:
        raise DatesOutOfOrder(f"{plan.name} was adopted on {adopted.on}, after {on}.", field="on")
    check_units(abs(change), field="change")
    postings = move(unit(of.id), change, unissued(of), pool(plan.id))
    append_drawing(db, act, Draft(ClassEntry.PLAN_ADJUSTED, on, (), postings, {"plan": plan.id}))


def record_valuation(
    db: Session, act: Act, class_id: str, price: Price, *, on: date, expires_on: date, approved_on: date | None = None
) -> Valuation:
    """Record a 409A valuation of a class, in force from ``on`` to ``expires_on``.

    A valuation holds at most twelve months (Treas. Reg. §1.409A-1(b)(5)(iv)(B)(2)).

    Raises:
        DatesOutOfOrder: It ends before it begins, or lasts more than a year.
    """
    find(db, ShareClass, class_id)
    refuse_before_class(db, class_id, on)
    if expires_on < on or expires_on > _a_year_after(on):
        raise DatesOutOfOrder(
            "A valuation ends on or after the day it begins, at most 12 months later.", field="expires_on"
        )
    valuation = Valuation(act.new_id("val"), class_id, price, expires_on, approved_on)
    journal.append(db, act, Draft(ClassEntry.VALUATION_RECORDED, on, (valuation,)))
    return valuation


def _a_year_after(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return date(day.year + 1, 3, 1)


def valuation_in_force(db: Session, class_id: str, on: date) -> Valuation | None:
    """Return the valuation in force on a day; see ``in_force_among``."""
    found = in_force_among(known(db, Valuation, class_id=class_id), on)
    return None if found is None else found.value


def in_force_among(valuations: Sequence[Known[Valuation]], on: date) -> Known[Valuation] | None:
    """Return the valuation in force on a day among those of one class, oldest first: the newest begun by then.

    None where that one has expired (I12.1, I12.2).
    """
    begun = [item for item in valuations if item.on <= on]
    return None if not begun or begun[-1].value.expires_on < on else begun[-1]


def state_total_assets(db: Session, act: Act, total_assets: Price, *, stated_on: date) -> None:
    """Record total assets on a balance-sheet date, for Rule 701."""
    figure = CompanyFigure(total_assets, stated_on)
    journal.append(db, act, Draft(ClassEntry.FIGURE_STATED, stated_on, (figure,)))


def append_drawing(db: Session, act: Act, draft: Draft) -> int:
    """Append an entry that draws on a pool or on unissued shares, and word a refusal in those terms.

    Raises:
        PoolExhausted: A pool has too few.
        AuthorisedExhausted: The charter leaves too few.
        Overdrawn: Another account has too few.
    """
    try:
        return journal.append(db, act, draft)[0]
    except Overdrawn as refusal:
        role, _, subject = refusal.account.partition(":")
        if role == Role.POOL:
            name = find(db, Plan, subject).name
            left = f"{max(refusal.available, 0):,} units available on {refusal.day}"
            text = f"{name} has {left}; this needs {refusal.needed:,}."
            raise PoolExhausted(refusal.account, refusal.available, refusal.needed, refusal.day, text) from None
        if role == Role.UNISSUED:
            name = find(db, ShareClass, subject).name
            left = f"{max(refusal.available, 0):,} authorised shares neither issued nor reserved on {refusal.day}"
            text = f"{name} has {left}; this needs {refusal.needed:,}."
            raise AuthorisedExhausted(refusal.account, refusal.available, refusal.needed, refusal.day, text) from None
        raise
