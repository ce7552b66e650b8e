"""Issuing shares: out of the unissued ones, a plan's pool or the treasury, at once the holder's or as they vest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Draft, Role, account, move, unit
from ledger.equity.certificates import CertificateEntry, Name, refuse_unlicensed
from ledger.equity.classes import append_drawing, refuse_before_split
from ledger.equity.labels import labels_for
from ledger.equity.promises import promised, read_terms
from ledger.equity.register import engaged_as, refuse_taken
from ledger.equity.securities import Position, home_of, position, security_account
from ledger.equity.values import (
    Award,
    AwardType,
    ClassKind,
    EngagementKind,
    Holder,
    Plan,
    Schedule,
    ScheduleCause,
    Security,
    SecurityKind,
    ShareClass,
)
from ledger.equity.vesting.table import encode
from ledger.errors import DatesOutOfOrder, Invalid, NotAllowedNow, Overdrawn, QuantityInvalid, TermsInvalid
from ledger.reading import every, find
from ledger.types import Act, Json, Price, check_units, decimal_text


@dataclass(frozen=True, slots=True)
class StockOrder:
    """Shares to be issued, in minor units of their class.

    Attributes:
        label: As printed on the certificate; None for the next number of the class.
        price: Paid a share.
        plan_id: The plan whose pool they come out of; None for unissued shares.
        from_treasury: Out of the shares that the company holds itself.
        vesting: Terms under which the shares become the holder's for good (founder stock, RSAs); None for at once.
    """

    holder: str
    class_id: str
    quantity: int
    label: str | None = None
    price: Price | None = None
    plan_id: str | None = None
    from_treasury: bool = False
    vesting: Json = None
    vesting_start: date | None = None
    board_approved_on: date | None = None
    resolution_ref: str | None = None
    exemption: str | None = None
    id: str | None = None

    def __post_init__(self) -> None:
        """Refuse an order that contradicts itself."""
        check_units(self.quantity)
        if self.from_treasury and self.plan_id is not None:
            raise Invalid("Shares come out of a plan's pool or out of the treasury, not both.", field="from_treasury")
        if self.vesting is not None:
            read_terms(self.vesting)
            if self.vesting_start is None:
                raise TermsInvalid("Shares that vest need the day vesting starts.", field="vesting_start")


def issue_stock(db: Session, act: Act, order: StockOrder, *, on: date) -> Position:
    """Issue shares: out of the unissued ones, a plan's pool or the treasury.

    Raises:
        AuthorisedExhausted: The charter leaves too few on that day or later; PoolExhausted, Overdrawn: so do the plan's
            pool or the treasury.
        AlreadyExists: The id or the label is taken.
        TermsInvalid: A class for licensees only, or a plan of another class.
        DatesOutOfOrder: The board approved later.
        NotAllowedNow: A second membership share.
        LaterChangeExists: The class has split since.
    """
    journal.lock(db)
    share_class, holder = find(db, ShareClass, order.class_id), find(db, Holder, order.holder)
    plan = find(db, Plan, order.plan_id) if order.plan_id is not None else None
    if order.id is not None:
        refuse_taken(db, Security, id=order.id)
    refuse_before_split(db, share_class.id, on)
    refuse_stock(order, share_class, plan, holder, on)
    _refuse_second_membership(db, order, share_class)
    source = _treasury(db, order, share_class, on) if order.from_treasury else home_of(share_class, plan)
    [label] = labels_for(db, [order.label], stem=share_class.prefix)
    name = Name(order.id or act.new_id("sec"), label, order.price)
    engaged = engaged_as(db, order.holder, on)
    append_drawing(db, act, stock_entry(order, name, source, on, share_class=share_class, plan=plan, engaged=engaged))
    return position(db, name.id)


def refuse_stock(order: StockOrder, share_class: ShareClass, plan: Plan | None, holder: Holder, on: date) -> None:
    """Refuse shares that the charter or the board's resolution does not allow.

    Raises:
        TermsInvalid: The plan is for another class; a licensees' class to someone without a licence (I5.2).
        DatesOutOfOrder: The board approved after the day of issue.
        QuantityInvalid: A membership share that is not one share.
    """
    refuse_unlicensed(share_class, holder)
    if plan is not None and plan.class_id != share_class.id:
        raise TermsInvalid(f"{plan.name} is not a plan for {share_class.name}.", field="plan_id")
    if order.board_approved_on is not None and order.board_approved_on > on:
        text = f"The board approved on {order.board_approved_on}, after the day of issue, {on}."
        raise DatesOutOfOrder(text, field="board_approved_on")
    if share_class.kind is ClassKind.MEMBER_SHARE and order.quantity != 10**share_class.decimals:
        raise QuantityInvalid("A member holds one membership share.", field="quantity")


def _refuse_second_membership(db: Session, order: StockOrder, share_class: ShareClass) -> None:
    if share_class.kind is not ClassKind.MEMBER_SHARE:
        return
    for each in every(db, Security, holder=order.holder, class_id=share_class.id):
        if journal.balance(db, security_account(each)):
            raise NotAllowedNow(f"This member already holds {each.label}; a member holds one share.", field="holder")


def _treasury(db: Session, order: StockOrder, share_class: ShareClass, on: date) -> str:
    """Return the treasury's account if it holds enough on that day and later.

    Raises:
        Overdrawn: It does not.
    """
    path = account(Role.TREASURY, share_class.id)
    left = journal.lowest_from(db, path, on)
    if left < order.quantity:
        has, needs = (decimal_text(units, share_class.decimals) for units in (left, order.quantity))
        text = f"The company holds {has} shares of {share_class.name} itself; this needs {needs}."
        raise Overdrawn(path, left, order.quantity, on, text)
    return path


def stock_entry(
    order: StockOrder,
    name: Name,
    source: str,
    on: date,
    *,
    share_class: ShareClass,
    plan: Plan | None = None,
    engaged: Sequence[EngagementKind] = (),
) -> Draft:
    """Return the entry that issues shares out of ``source``, every instalment written down where they vest."""
    made = Security(
        name.id,
        name.label,
        SecurityKind.STOCK,
        order.holder,
        order.quantity,
        share_class.id,
        order.plan_id,
        name.price,
        board_approved_on=order.board_approved_on,
        resolution_ref=order.resolution_ref,
        exemption=order.exemption,
    )
    postings = move(unit(share_class.id), order.quantity, source, security_account(made))
    if order.vesting is None:
        return Draft(CertificateEntry.ISSUED, on, (made,), postings)
    held = plan is not None and plan.holds_to_grant_date
    award = Award(
        made.id,
        AwardType.RSA,
        order.vesting,
        order.vesting_start,
        held_to_grant_date=held,
        engagement=engaged[0] if engaged else None,
    )
    table = promised(order.vesting, order.quantity, on, start=order.vesting_start, held_to_grant_date=held)
    schedule = Schedule(made.id, ScheduleCause.GRANTED, encode(table))
    return Draft(CertificateEntry.ISSUED, on, (made, award, schedule), postings)
