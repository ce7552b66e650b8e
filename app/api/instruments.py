"""Notes, SAFEs and warrants: recorded and shown, outside the share totals until they become shares."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from pydantic import Field, Strict
from sqlalchemy.orm import Session

from app.api.door import Door
from app.api.fields import Amount, Asked, Day, Document, Id, Line, Money, Order, Quantity, Told, Whole, price_of, shown
from app.api.lists import AsOfAsked
from app.api.quantities import units_in
from app.api.securities import STANDING, OnDay, SecurityInFull, WithReason, stands
from app.api.service import Now
from app.people.tokens import Scope
from ledger.equity import instrument_changes, instrument_conversions, instruments, pricing
from ledger.equity.certificates import Part
from ledger.equity.securities import Position, position
from ledger.equity.values import SecurityKind, ShareClass
from ledger.errors import (
    AlreadyExists,
    AuthorisedExhausted,
    DatesOutOfOrder,
    LaterChangeExists,
    NotAllowedNow,
    NotFound,
    TermsInvalid,
)
from ledger.reading import find
from ledger.types import MOST_UNITS, Act, Cut, decimal_text, parse_units

door = Door("instruments")

HOLDER = "hld_01KJQ3YT5RWX6M1YFV0B1WJ6Q8"
COMMON = "cls_01KJQ3YT5RWX6M1YFV0B1WJ6Q8"
NOTE: dict[str, Any] = {
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

    model_config = shown(NOTE)

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


class InstrumentPartIn(OnDay):
    """How much of it is taken; all by default."""

    part: Amount | None = None
    """Of a note, an amount in its currency; of a warrant, shares."""
    label: Line | None = None
    """Of what comes out of the part taken; the next number by default."""
    balance_label: Line | None = None
    """Of the instrument for the rest; the next number by default."""

    def of(self, db: Session, instrument: str) -> Part:
        """Return the part for the ledger."""
        size = None if self.part is None else _size(db, position(db, instrument), self.part)
        return Part(size, self.label, self.balance_label)


def _size(db: Session, held: Position, part: str) -> int:
    amount = instruments.amount_of(held)
    if amount is not None:
        return parse_units(part, amount.scale, field="part")
    class_id = instruments.class_of(held)
    if class_id is None:
        return parse_units(part, 0, field="part")
    return units_in(find(db, ShareClass, class_id), part, field="part")


class InstrumentTransferIn(InstrumentPartIn):
    """To whom, how much, and what they paid."""

    model_config = shown({"to": HOLDER, "part": "100000.00", "on": "2026-03-02"})

    to: Id
    price: Money | None = None
    """Paid in all for a note, a share for a warrant."""


class InstrumentCancellationIn(InstrumentPartIn):
    """How much is cancelled, and why."""

    model_config = shown({"reason": "Repaid.", "on": "2026-03-02"})

    reason: Line


class SharesIn(Asked):
    """Shares on one certificate."""

    class_id: Id
    quantity: Quantity
    price: Money | None = None
    """Paid a share; a warrant's exercise price by default."""
    label: Line | None = None


class BecomeSharesIn(InstrumentPartIn):
    """Which shares it becomes."""

    model_config = shown(
        {
            "shares": [{"class_id": COMMON, "quantity": "10000", "price": {"amount": "1.00", "currency": "USD"}}],
            "trigger": "next-round",
            "on": "2026-03-02",
        }
    )

    shares: Annotated[list[SharesIn], Field(min_length=1, max_length=20)]
    trigger: Line | None = None
    """The id of the trigger in its terms."""

    def certificates(self, db: Session) -> list[instrument_conversions.Shares]:
        """Return the shares for the ledger."""
        return [
            instrument_conversions.Shares(
                each.class_id,
                units_in(find(db, ShareClass, each.class_id), each.quantity, field="shares"),
                price_of(each.price),
                each.label,
            )
            for each in self.shares
        ]


class InstrumentOutcome(Told):
    """The instrument that something happened to, and what came out of it."""

    model_config = shown({"instrument": NOTE, "instruments": [NOTE], "certificates": [STANDING]})

    instrument: InstrumentOut
    instruments: list[InstrumentOut]
    """What the new holder has, then the balance where there is one."""
    certificates: list[SecurityInFull]


def _told(db: Session, held: Position, on: date) -> InstrumentOut:
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


def _stands(db: Session, instrument: str, on: date) -> InstrumentOut:
    return _told(db, position(db, instrument, Cut(on, MOST_UNITS)), on)


def _outcome(
    db: Session, instrument: str, on: date, made: Sequence[Position | None], certificates: Sequence[Position] = ()
) -> InstrumentOutcome:
    return InstrumentOutcome(
        instrument=_stands(db, instrument, on),
        instruments=[_stands(db, held.security.id, on) for held in made if held is not None],
        certificates=[stands(db, held.security.id, on) for held in certificates],
    )


@door.write("/instruments/notes", Scope.EQUITY_WRITE, refuses=[AlreadyExists, DatesOutOfOrder])
def issue_note(db: Session, act: Act, order: NoteIn) -> InstrumentOut:
    """Record a note or SAFE."""
    plain = order.model_dump(exclude={"authority", "on", "amount", "triggers"})
    wanted = instruments.NoteOrder(**plain, amount=order.amount.price(), triggers=order.triggers)
    return _told(db, instruments.issue_note(db, act, wanted, on=order.on), order.on)


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
    return _told(db, instruments.issue_warrant(db, act, wanted, on=order.on), order.on)


@door.read("/instruments/{instrument}", Scope.CAPTABLE_READ)
def get_instrument(db: Session, instrument: Id, asked: AsOfAsked, now: Now) -> InstrumentOut:
    """Get a note, SAFE or warrant as it stands on a day."""
    cut = asked.cut(db, now)
    held = position(db, instrument, cut)
    if held.security.kind not in {SecurityKind.CONVERTIBLE, SecurityKind.WARRANT}:
        raise NotFound(f"{held.security.label} is no note or warrant.", field="instrument")
    return _told(db, held, cut.as_of)


@door.write("/instruments/{instrument}/retract", Scope.EQUITY_WRITE, refuses=[NotAllowedNow, LaterChangeExists])
def retract_instrument(db: Session, act: Act, instrument: Id, order: WithReason) -> InstrumentOut:
    """Retract a note or warrant that was not accepted."""
    instrument_changes.retract_instrument(db, act, instrument, on=order.on, reason=order.reason)
    return _stands(db, instrument, order.on)


@door.write("/instruments/{instrument}/transfer", Scope.EQUITY_WRITE, refuses=[NotAllowedNow, LaterChangeExists])
def transfer_instrument(db: Session, act: Act, instrument: Id, order: InstrumentTransferIn) -> InstrumentOutcome:
    """Transfer a note or warrant, whole or in part."""
    part, price = order.of(db, instrument), price_of(order.price)
    made = instrument_changes.transfer_instrument(db, act, instrument, order.to, on=order.on, part=part, price=price)
    return _outcome(db, instrument, order.on, made)


@door.write("/instruments/{instrument}/cancel", Scope.EQUITY_WRITE, refuses=[NotAllowedNow, LaterChangeExists])
def cancel_instrument(db: Session, act: Act, instrument: Id, order: InstrumentCancellationIn) -> InstrumentOutcome:
    """Cancel a note or warrant, whole or in part.

    It was repaid, lapsed or given up.
    """
    part = order.of(db, instrument)
    balance = instrument_changes.cancel_instrument(db, act, instrument, on=order.on, reason=order.reason, part=part)
    return _outcome(db, instrument, order.on, [balance])


@door.write(
    "/instruments/{instrument}/convert",
    Scope.EQUITY_WRITE,
    refuses=[NotAllowedNow, AuthorisedExhausted, TermsInvalid, LaterChangeExists],
)
def convert_note(db: Session, act: Act, instrument: Id, order: BecomeSharesIn) -> InstrumentOutcome:
    """Turn a note or SAFE, or part of its amount, into shares."""
    became = instrument_conversions.convert_note(
        db,
        act,
        instrument,
        order.certificates(db),
        on=order.on,
        part=order.of(db, instrument),
        trigger=order.trigger,
    )
    return _outcome(db, instrument, order.on, [became.balance], became.certificates)


@door.write(
    "/instruments/{instrument}/exercise",
    Scope.EQUITY_WRITE,
    refuses=[NotAllowedNow, AuthorisedExhausted, TermsInvalid, LaterChangeExists],
)
def exercise_warrant(db: Session, act: Act, instrument: Id, order: BecomeSharesIn) -> InstrumentOutcome:
    """Turn a warrant, or part of it, into shares.

    Fewer shares may come out than the part is for: then the others were the price.
    """
    became = instrument_conversions.exercise_warrant(
        db,
        act,
        instrument,
        order.certificates(db),
        on=order.on,
        part=order.of(db, instrument),
        trigger=order.trigger,
    )
    return _outcome(db, instrument, order.on, [became.balance], became.certificates)
