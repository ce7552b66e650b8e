"""What happens to securities: exercise, settlement, transfer, conversion, buying back, and whatever ends them."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.api.door import Door
from app.api.fields import Flag, Id, Line, Money, Quantity, Told, price_of, shown
from app.api.quantities import units_of
from app.api.securities import STANDING, OnDay, SecurityInFull, stands
from app.people.tokens import Scope
from ledger.equity import conversions, exercise, expiry, pricing, returns, transfers
from ledger.equity.certificates import Part
from ledger.equity.securities import Position
from ledger.errors import (
    AuthorisedExhausted,
    LaterChangeExists,
    NotAllowedNow,
    Overdrawn,
    TermsInvalid,
)
from ledger.types import Act

door = Door("securities")

HOLDER = "hld_01KJQ3YT5RWX6M1YFV0B1WJ6Q8"
CERTIFICATE: dict[str, Any] = STANDING | {"id": "sec_01KJQ3YTC8B2S1XQ9M3W0N5J7D", "label": "CS-7", "kind": "STOCK"}


class Outcome(Told):
    """The security that something happened to, and those that came out of it, as they stand on the day."""

    model_config = shown({"security": STANDING, "results": [CERTIFICATE]})

    security: SecurityInFull
    results: list[SecurityInFull]
    """The part taken first, then the balance where there is one."""


def outcome(db: Session, security: str, on: date, *made: Position | None) -> Outcome:
    """Return what a deed made of a security; a balance that is the security itself is no result."""
    results = [held.security.id for held in made if held is not None and held.security.id != security]
    return Outcome(security=stands(db, security, on), results=[stands(db, result, on) for result in results])


class PartIn(OnDay):
    """How much of a security is taken; all that is left by default. The rest is issued again as a balance."""

    quantity: Quantity | None = None
    label: Line | None = None
    """Of what comes out of the part taken; the next number by default."""
    balance_label: Line | None = None
    """Of the certificate for the rest; the next number by default."""

    def part(self, db: Session, security: str) -> Part:
        """Return the part for the ledger."""
        if self.quantity is None:
            return Part(None, self.label, self.balance_label)
        return Part(units_of(db, security, self.quantity), self.label, self.balance_label)


class ExerciseIn(OnDay):
    """How many vested options are exercised."""

    model_config = shown({"quantity": "400", "certificate": "CS-7", "on": "2026-06-01"})

    quantity: Quantity
    certificate: Line | None = None
    """Label of the certificate; the next number of the class by default."""


class SettlementIn(OnDay):
    """How many vested RSUs or SARs are settled."""

    model_config = shown({"quantity": "1200", "withheld": "400", "on": "2026-06-01"})

    quantity: Quantity
    withheld: Quantity = "0"
    """Shares kept back for tax, out of those that are due."""
    fair_value: Money | None = None
    """Of a share on the day; for SARs by default that of the valuation in force."""
    certificate: Line | None = None


class TransferIn(PartIn):
    """To whom, how much, and what they paid."""

    model_config = shown(
        {"to": HOLDER, "quantity": "500", "price": {"amount": "1.20", "currency": "USD"}, "on": "2026-06-01"}
    )

    to: Id
    price: Money | None = None
    """Paid a share."""


class ConversionIn(PartIn):
    """How many shares are converted."""

    model_config = shown({"quantity": "1000", "label": "CS-9", "on": "2026-06-01"})


class RepurchaseIn(PartIn):
    """How many shares the company buys back, and at what price."""

    model_config = shown({"quantity": "250", "price": {"amount": "0.62", "currency": "USD"}, "on": "2026-06-01"})

    price: Money
    """Paid a share."""
    into_treasury: Flag = False
    """Whether the company holds them itself; unissued otherwise. A plan's shares go back by its own rule."""


class CancellationIn(PartIn):
    """How much is cancelled, and why."""

    model_config = shown({"quantity": "250", "reason": "Given up by agreement.", "on": "2026-06-01"})

    reason: Line


class RepricingIn(OnDay):
    """The new exercise price."""

    model_config = shown(
        {"price": {"amount": "0.31", "currency": "USD"}, "reason": "The valuation fell.", "on": "2026-06-01"}
    )

    price: Money
    """At or above the valuation in force."""
    reason: Line | None = None


@door.write("/securities/{security}/exercise", Scope.EQUITY_WRITE, refuses=[NotAllowedNow, LaterChangeExists])
def exercise_options(db: Session, act: Act, security: Id, order: ExerciseIn) -> Outcome:
    """Exercise vested options.

    Each exercise makes one certificate of as many shares.
    """
    quantity = units_of(db, security, order.quantity)
    made = exercise.exercise(db, act, security, quantity, on=order.on, certificate=order.certificate)
    return Outcome(security=stands(db, security, order.on), results=[stands(db, made.id, order.on)])


@door.write(
    "/securities/{security}/settle", Scope.EQUITY_WRITE, refuses=[NotAllowedNow, TermsInvalid, LaterChangeExists]
)
def settle_award(db: Session, act: Act, security: Id, order: SettlementIn) -> Outcome:
    """Settle vested RSUs or SARs.

    In shares, on one certificate; SARs that are paid in cash make none.
    """
    made = exercise.settle(
        db,
        act,
        security,
        units_of(db, security, order.quantity),
        on=order.on,
        withheld=units_of(db, security, order.withheld, field="withheld", least=0),
        fair_value=price_of(order.fair_value),
        certificate=order.certificate,
    )
    results = [] if made is None else [stands(db, made.id, order.on)]
    return Outcome(security=stands(db, security, order.on), results=results)


@door.write(
    "/securities/{security}/transfer",
    Scope.EQUITY_WRITE,
    refuses=[NotAllowedNow, Overdrawn, TermsInvalid, LaterChangeExists],
)
def transfer_security(db: Session, act: Act, security: Id, order: TransferIn) -> Outcome:
    """Transfer vested shares or units to another holder, whole or in part."""
    part, price = order.part(db, security), price_of(order.price)
    made = transfers.transfer(db, act, security, order.to, on=order.on, part=part, price=price)
    return outcome(db, security, order.on, *made)


@door.write(
    "/securities/{security}/convert",
    Scope.EQUITY_WRITE,
    refuses=[NotAllowedNow, AuthorisedExhausted, Overdrawn, LaterChangeExists],
)
def convert_shares(db: Session, act: Act, security: Id, order: ConversionIn) -> Outcome:
    """Convert shares into the class that theirs converts into.

    At the ratio in force on the day; what a fraction of a unit would be is dropped.
    """
    made = conversions.convert(db, act, security, on=order.on, part=order.part(db, security))
    return outcome(db, security, order.on, *made)


@door.write(
    "/securities/{security}/repurchase", Scope.EQUITY_WRITE, refuses=[NotAllowedNow, Overdrawn, LaterChangeExists]
)
def repurchase_shares(db: Session, act: Act, security: Id, order: RepurchaseIn) -> Outcome:
    """Buy shares back."""
    part, price = order.part(db, security), order.price.price()
    balance = returns.repurchase(
        db, act, security, on=order.on, price=price, part=part, into_treasury=order.into_treasury
    )
    return outcome(db, security, order.on, balance)


@door.write("/securities/{security}/cancel", Scope.EQUITY_WRITE, refuses=[NotAllowedNow, Overdrawn, LaterChangeExists])
def cancel_security(db: Session, act: Act, security: Id, order: CancellationIn) -> Outcome:
    """Cancel shares or a grant, whole or in part.

    The units go back by the return rule of their plan, else become unissued.
    """
    part = order.part(db, security)
    balance = returns.cancel(db, act, security, on=order.on, reason=order.reason, part=part)
    return outcome(db, security, order.on, balance)


@door.write(
    "/securities/{security}/reprice", Scope.EQUITY_WRITE, refuses=[TermsInvalid, NotAllowedNow, LaterChangeExists]
)
def reprice_option(db: Session, act: Act, security: Id, order: RepricingIn) -> Outcome:
    """Give what is left of an option another exercise price."""
    pricing.reprice(db, act, security, order.price.price(), on=order.on, reason=order.reason)
    return outcome(db, security, order.on)


class Ended(Told):
    """The grants that ended."""

    model_config = shown({"securities": ["sec_01KJQ3YT5RWX6M1YFV0B1WJ6Q8"]})

    securities: list[str]


@door.write("/securities/expire-due", Scope.EQUITY_WRITE)
def expire_due(db: Session, act: Act, order: OnDay) -> Ended:
    """End every grant whose time is over.

    Asked again, there are none left.
    """
    return Ended(securities=list(expiry.expire_due(db, act, order.on)))


@door.write("/securities/{security}/expire", Scope.EQUITY_WRITE, refuses=[NotAllowedNow])
def expire_award(db: Session, act: Act, security: Id, order: OnDay) -> Outcome:
    """End a grant whose time is over.

    What was not exercised in time goes back as its plan says.
    """
    expiry.expire(db, act, security, on=order.on)
    return outcome(db, security, order.on)
