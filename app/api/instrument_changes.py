"""What happens to notes, SAFEs and warrants: retracted, transferred, cancelled, turned into shares."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from pydantic import Field
from sqlalchemy.orm import Session

from app.api.door import Door
from app.api.fields import Amount, Asked, Id, Line, Money, Quantity, Told, price_of, shown
from app.api.instruments import COMMON, HOLDER, INSTRUMENT, InstrumentOut, instrument_on
from app.api.quantities import units_in
from app.api.securities import STANDING, OnDay, SecurityInFull, WithReason, stands
from app.people.tokens import Scope
from ledger.equity import instrument_changes, instrument_conversions, instruments
from ledger.equity.certificates import Part
from ledger.equity.securities import Position, position
from ledger.equity.values import ShareClass
from ledger.errors import AuthorisedExhausted, LaterChangeExists, NotAllowedNow, TermsInvalid
from ledger.reading import find
from ledger.types import Act, parse_units

door = Door("instruments")


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

    model_config = shown({"instrument": INSTRUMENT, "instruments": [INSTRUMENT], "certificates": [STANDING]})

    instrument: InstrumentOut
    instruments: list[InstrumentOut]
    """What the new holder has, then the balance where there is one."""
    certificates: list[SecurityInFull]


def _outcome(
    db: Session, instrument: str, on: date, made: Sequence[Position | None], certificates: Sequence[Position] = ()
) -> InstrumentOutcome:
    return InstrumentOutcome(
        instrument=instrument_on(db, instrument, on),
        instruments=[instrument_on(db, held.security.id, on) for held in made if held is not None],
        certificates=[stands(db, held.security.id, on) for held in certificates],
    )


@door.write("/instruments/{instrument}/retract", Scope.EQUITY_WRITE, refuses=[NotAllowedNow, LaterChangeExists])
def retract_instrument(db: Session, act: Act, instrument: Id, order: WithReason) -> InstrumentOut:
    """Retract a note or warrant that was not accepted."""
    instrument_changes.retract_instrument(db, act, instrument, on=order.on, reason=order.reason)
    return instrument_on(db, instrument, order.on)


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
