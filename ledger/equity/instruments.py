"""Notes, SAFEs and warrants: recorded and shown, outside the share totals until they become shares.

They have no account. What a note is worth stands in its terms, how many shares a warrant is for in its quantity; both
are fixed for its life but for splits. What may happen to them later is in ``instrument_changes``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Draft
from ledger.equity.classes import refuse_before_split
from ledger.equity.labels import labels_for
from ledger.equity.register import refuse_taken
from ledger.equity.securities import ENDINGS, Position, position
from ledger.equity.values import EventKind, Holder, Security, SecurityKind, ShareClass
from ledger.errors import DatesOutOfOrder, Invalid
from ledger.kinds import declare
from ledger.reading import find
from ledger.types import Act, Json, Price, check_units


@declare
class InstrumentEntry(StrEnum):
    """The kinds of entry about notes and warrants; transfers and cancellations are those of any security."""

    NOTE_ISSUED = "note.issued"
    """A convertible note, SAFE or the like."""
    WARRANT_ISSUED = "warrant.issued"
    """A right to buy shares."""
    CONVERTED = "note.converted"
    """A note became shares."""
    EXERCISED = "warrant.exercised"
    """A warrant became shares."""


class NoteKind(StrEnum):
    """What kind of convertible it is (OCF ``convertible_type``)."""

    NOTE = "NOTE"
    """A loan that becomes shares."""
    SAFE = "SAFE"
    """A simple agreement for future equity."""
    OTHER = "CONVERTIBLE_SECURITY"
    """Any other."""


@dataclass(frozen=True, slots=True)
class NoteOrder:
    """A note or SAFE to be issued.

    Attributes:
        amount: Invested and outstanding.
        seniority: 1 is paid first.
        triggers: When and how it converts, as OCF conversion triggers.
        pro_rata: What its holder may buy in the next round, as decimal text.
    """

    holder: str
    kind: NoteKind
    amount: Price
    label: str | None = None
    seniority: int = 1
    triggers: tuple[Json, ...] = ()
    pro_rata: str | None = None
    board_approved_on: date | None = None
    resolution_ref: str | None = None
    exemption: str | None = None
    id: str | None = None

    def __post_init__(self) -> None:
        """Refuse a note of nothing."""
        if self.amount.amount < 1 or self.seniority < 1:
            raise Invalid("A note has an amount above zero and a seniority of 1 or more.", field="amount")

    def terms(self) -> dict[str, Any]:
        """Return what its record holds of it."""
        terms: dict[str, Any] = {
            "type": self.kind.value,
            "amount": in_cents(self.amount).encode(),
            "seniority": self.seniority,
            "triggers": list(self.triggers),
        }
        return terms if self.pro_rata is None else terms | {"pro_rata": self.pro_rata}


@dataclass(frozen=True, slots=True)
class WarrantOrder:
    """A warrant to be issued.

    Attributes:
        class_id: The class it is for; None while that is open.
        quantity: Minor units of that class; None while that is open.
        exercise_price: Payable a share.
        purchase_price: Paid for the warrant itself.
        expires_on: Its last day.
        triggers: When and how it is exercised, as OCF conversion triggers.
    """

    holder: str
    label: str | None = None
    class_id: str | None = None
    quantity: int | None = None
    exercise_price: Price | None = None
    purchase_price: Price | None = None
    expires_on: date | None = None
    triggers: tuple[Json, ...] = ()
    board_approved_on: date | None = None
    resolution_ref: str | None = None
    exemption: str | None = None
    id: str | None = None

    def __post_init__(self) -> None:
        """Refuse a number of shares of no class."""
        if self.quantity is not None:
            check_units(self.quantity)
            if self.class_id is None:
                raise Invalid("A warrant for so many shares needs their class.", field="class_id")

    def terms(self) -> dict[str, Any]:
        """Return what its record holds of it beside quantity and exercise price."""
        terms: dict[str, Any] = {"triggers": list(self.triggers)}
        if self.class_id is not None:
            terms["class_id"] = self.class_id
        if self.purchase_price is not None:
            terms["purchase_price"] = self.purchase_price.encode()
        if self.expires_on is not None:
            terms["expires_on"] = self.expires_on.isoformat()
        return terms


def issue_note(db: Session, act: Act, order: NoteOrder, *, on: date) -> Position:
    """Record a note or SAFE.

    Raises:
        AlreadyExists: The id or the label is taken.
        DatesOutOfOrder: The board approved later.
        NotFound: No such holder.
    """
    journal.lock(db)
    _refuse_order(db, order, on)
    stem = "SAFE" if order.kind is NoteKind.SAFE else "CN"
    [label] = labels_for(db, [order.label], stem=stem)
    made = Security(
        order.id or act.new_id("sec"),
        label,
        SecurityKind.CONVERTIBLE,
        order.holder,
        0,
        board_approved_on=order.board_approved_on,
        resolution_ref=order.resolution_ref,
        exemption=order.exemption,
        terms=order.terms(),
    )
    journal.append(db, act, Draft(InstrumentEntry.NOTE_ISSUED, on, (made,)))
    return position(db, made.id)


def issue_warrant(db: Session, act: Act, order: WarrantOrder, *, on: date) -> Position:
    """Record a warrant.

    Raises:
        AlreadyExists: The id or the label is taken.
        DatesOutOfOrder: The board approved later, or it expires before it is issued.
        NotFound: No such holder or class.
        LaterChangeExists: The class has split since.
    """
    journal.lock(db)
    _refuse_order(db, order, on)
    if order.class_id is not None:
        refuse_before_split(db, find(db, ShareClass, order.class_id).id, on)
    if order.expires_on is not None and order.expires_on < on:
        raise DatesOutOfOrder(f"It would expire on {order.expires_on}, before it is issued.", field="expires_on")
    [label] = labels_for(db, [order.label], stem="W")
    made = Security(
        order.id or act.new_id("sec"),
        label,
        SecurityKind.WARRANT,
        order.holder,
        order.quantity or 0,
        price=order.exercise_price,
        board_approved_on=order.board_approved_on,
        resolution_ref=order.resolution_ref,
        exemption=order.exemption,
        terms=order.terms(),
    )
    journal.append(db, act, Draft(InstrumentEntry.WARRANT_ISSUED, on, (made,)))
    return position(db, made.id)


def _refuse_order(db: Session, order: NoteOrder | WarrantOrder, on: date) -> None:
    find(db, Holder, order.holder)
    if order.id is not None:
        refuse_taken(db, Security, id=order.id)
    if order.board_approved_on is not None and order.board_approved_on > on:
        text = f"The board approved on {order.board_approved_on}, after the day of issue, {on}."
        raise DatesOutOfOrder(text, field="board_approved_on")


def in_cents(amount: Price) -> Price:
    """Return an amount of money with at least two decimal places, so that a part of it can be named in cents."""
    places = max(2 - amount.scale, 0)
    return Price(amount.amount * 10**places, amount.scale + places, amount.currency)


def is_live(held: Position) -> bool:
    """Return whether a note or warrant is still one: not transferred, cancelled, converted, exercised or retracted."""
    return not held.happened(*ENDINGS)


def class_of(held: Position) -> str | None:
    """Return the class that a warrant is for; None for a note, or while it is open."""
    class_id: str | None = (held.security.terms or {}).get("class_id")
    return class_id


def amount_of(held: Position) -> Price | None:
    """Return the amount of a note; None for a warrant."""
    amount = (held.security.terms or {}).get("amount")
    return None if amount is None else Price.decode(amount)


def size_of(held: Position) -> int:
    """Return how much of it there is: smallest units of a note's money, units of a warrant's class; 0 while open."""
    amount = amount_of(held)
    if amount is not None:
        return amount.amount
    adjusted = held.happened(EventKind.ADJUSTED)
    return adjusted[-1].value.quantity if adjusted else held.security.quantity
