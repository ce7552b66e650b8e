"""Notes, SAFEs and warrants: recorded and shown, outside the share totals until they become shares."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import Field, Strict
from sqlalchemy.orm import Session

from app.api.door import Door
from app.api.fields import Day, Document, Id, Line, Money, Order, Quantity, Told, Whole, price_of, shown
from app.api.lists import AsOfAsked
from app.api.quantities import units_in
from app.api.service import Now
from app.people.tokens import Scope
from ledger.equity import instruments, pricing
from ledger.equity.securities import Position, position
from ledger.equity.values import SecurityKind, ShareClass
from ledger.errors import (
    AlreadyExists,
    DatesOutOfOrder,
    LaterChangeExists,
    NotFound,
)
from ledger.reading import find
from ledger.types import MOST_UNITS, Act, Cut, decimal_text, parse_units

door = Door("instruments")

HOLDER = "hld_01KJQ3YT5RWX6M1YFV0B1WJ6Q8"
COMMON = "cls_01KJQ3YT5RWX6M1YFV0B1WJ6Q8"
INSTRUMENT: dict[str, Any] = {
    "id": "sec_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "label": "W-3",
    "kind": "WARRANT",
    "holder": HOLDER,
    "issued_on": "2025-02-10",
    "as_of": "2026-03-02",
    "is_live": True,
    "amount": {"amount": "250000.00", "currency": "USD"},
    "class_id": COMMON,
    "quantity": "10000",
    "exercise_price": {"amount": "1.00", "currency": "USD"},
    "expires_on": "2030-02-09",
    "triggers": [],
}


class InstrumentOut(Told):
    """A note, SAFE or warrant as it stands on a day."""

    model_config = shown(INSTRUMENT)

    id: str
    label: str
    kind: SecurityKind
    holder: str
    issued_on: date
    as_of: date
    is_live: bool
    """Neither transferred, cancelled, converted, exercised nor retracted."""
    amount: Money | None
    """Of a note, invested and outstanding; null for a warrant."""
    class_id: str | None
    """What a warrant is for; null for a note, and while it is open."""
    quantity: str | None
    """Shares of a warrant; null for a note, and while it is open."""
    exercise_price: Money | None
    expires_on: date | None
    """Of a warrant: its last day."""
    triggers: list[dict[str, Any]]
    """When and how it becomes shares, as conversion triggers of the Open Cap Format."""


class NoteIn(Order):
    """A note or SAFE to be recorded."""

    model_config = shown(
        {
            "holder": HOLDER,
            "kind": "SAFE",
            "amount": {"amount": "250000.00", "currency": "USD"},
            "label": "SAFE-1",
            "triggers": [],
            "board_approved_on": "2025-02-10",
            "resolution_ref": "board:2025-02",
            "on": "2025-02-10",
        }
    )

    holder: Id
    kind: instruments.NoteKind
    amount: Money
    """Invested and outstanding."""
    label: Line | None = None
    seniority: Whole = 1
    """1 is paid first."""
    triggers: Annotated[tuple[Document, ...], Field(max_length=50)] = ()
    """When and how it converts, as conversion triggers of the Open Cap Format."""
    pro_rata: Annotated[str, Strict(), Field(pattern=r"^[0-9]{1,6}(\.[0-9]{1,6})?$")] | None = None
    """What its holder may buy in the next round."""
    board_approved_on: Day | None = None
    resolution_ref: Line | None = None
    exemption: Line | None = None
    on: Day


class WarrantIn(Order):
    """A warrant to be recorded."""

    model_config = shown(
        {
            "holder": HOLDER,
            "class_id": COMMON,
            "quantity": "10000",
            "exercise_price": {"amount": "1.00", "currency": "USD"},
            "expires_on": "2030-02-09",
            "on": "2025-02-10",
        }
    )

    holder: Id
    label: Line | None = None
    class_id: Id | None = None
    """The class it is for; null while that is open."""
    quantity: Quantity | None = None
    exercise_price: Money | None = None
    """Payable a share."""
    purchase_price: Money | None = None
    """Paid for the warrant itself."""
    expires_on: Day | None = None
    triggers: Annotated[tuple[Document, ...], Field(max_length=50)] = ()
    """When and how it is exercised, as conversion triggers of the Open Cap Format."""
    board_approved_on: Day | None = None
    resolution_ref: Line | None = None
    exemption: Line | None = None
    on: Day


def told(db: Session, held: Position, on: date) -> InstrumentOut:
    """Return a note, SAFE or warrant as the API tells it."""
    class_id = instruments.class_of(held)
    decimals = find(db, ShareClass, class_id).decimals if class_id else 0
    is_note = held.security.kind is SecurityKind.CONVERTIBLE
    size = instruments.size_of(held)
    price = pricing.price_of(db, held.security.id, on, class_id=class_id)
    terms = held.security.terms or {}
    return InstrumentOut(
        id=held.security.id,
        label=held.security.label,
        kind=held.security.kind,
        holder=held.security.holder,
        issued_on=held.issued_on,
        as_of=on,
        is_live=instruments.is_live(held),
        amount=Money.of(instruments.amount_of(held)),
        class_id=class_id,
        quantity=None if is_note or not size else decimal_text(size, decimals),
        exercise_price=Money.of(price),
        expires_on=date.fromisoformat(terms["expires_on"]) if "expires_on" in terms else None,
        triggers=terms.get("triggers", []),
    )


def instrument_on(db: Session, instrument: str, on: date) -> InstrumentOut:
    """Return a note, SAFE or warrant as it stands on a day, with all that is on record."""
    return told(db, position(db, instrument, Cut(on, MOST_UNITS)), on)


@door.write("/instruments/notes", Scope.EQUITY_WRITE, refuses=[AlreadyExists, DatesOutOfOrder])
def issue_note(db: Session, act: Act, order: NoteIn) -> InstrumentOut:
    """Record a note or SAFE."""
    plain = order.model_dump(exclude={"authority", "on", "amount", "triggers"})
    wanted = instruments.NoteOrder(**plain, amount=order.amount.price(), triggers=order.triggers)
    return told(db, instruments.issue_note(db, act, wanted, on=order.on), order.on)


@door.write("/instruments/warrants", Scope.EQUITY_WRITE, refuses=[AlreadyExists, DatesOutOfOrder, LaterChangeExists])
def issue_warrant(db: Session, act: Act, order: WarrantIn) -> InstrumentOut:
    """Record a warrant."""
    quantity = None
    if order.quantity is not None and order.class_id is not None:
        quantity = units_in(find(db, ShareClass, order.class_id), order.quantity)
    elif order.quantity is not None:
        quantity = parse_units(order.quantity, 0)
    changed = {"authority", "on", "quantity", "exercise_price", "purchase_price", "triggers"}
    wanted = instruments.WarrantOrder(
        **order.model_dump(exclude=changed),
        quantity=quantity,
        exercise_price=price_of(order.exercise_price),
        purchase_price=price_of(order.purchase_price),
        triggers=order.triggers,
    )
    return told(db, instruments.issue_warrant(db, act, wanted, on=order.on), order.on)


@door.read("/instruments/{instrument}", Scope.CAPTABLE_READ)
def get_instrument(db: Session, instrument: Id, asked: AsOfAsked, now: Now) -> InstrumentOut:
    """Get a note, SAFE or warrant as it stands on a day."""
    cut = asked.cut(db, now)
    held = position(db, instrument, cut)
    if held.security.kind not in {SecurityKind.CONVERTIBLE, SecurityKind.WARRANT}:
        raise NotFound(f"{held.security.label} is no note or warrant.", field="instrument")
    return told(db, held, cut.as_of)
