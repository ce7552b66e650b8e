"""What becomes of vested units: options are exercised, RSUs and SARs settled.

Each exercise and each settlement in shares makes one certificate of exactly the shares delivered, in the same entry
(E9 I9.3). What is not delivered goes back where the plan's return rule says. What nobody takes in time expires
(``ledger.equity.expiry``).
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from fractions import Fraction
from math import floor
from typing import Any

from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Draft, Posting, netted
from ledger.equity.expiry import last_day
from ledger.equity.labels import labels_for
from ledger.equity.pricing import fair_value as valued
from ledger.equity.pricing import price_of
from ledger.equity.securities import Position, drawn, position, return_to, security_account
from ledger.equity.values import Award, AwardType, EventKind, Security, SecurityEvent, SecurityKind
from ledger.errors import NotAllowedNow, TermsInvalid
from ledger.kinds import declare
from ledger.types import Act, Price, check_units, decimal_text


@declare
class ExerciseEntry(StrEnum):
    """The kinds of entry by which vested units become what was promised."""

    EXERCISED = "award.exercised"
    """Options became a certificate."""
    SETTLED = "award.settled"
    """RSUs or SARs became a certificate, or cash."""


def exercise(
    db: Session, act: Act, security_id: str, quantity: int, *, on: date, certificate: str | None = None
) -> Security:
    """Turn vested options into a certificate at the exercise price, and return it.

    ``quantity`` is in minor units; ``certificate`` is the new label, by default the class's prefix and the next number.

    Raises:
        NotAllowedNow: No option; more than is exercisable that day (I9.1); after its expiry or the last day that
            leaving left (I9.2).
        LaterChangeExists: The grant has changed since that day.
        AlreadyExists: The label is taken.
    """
    journal.lock(db)
    held = position(db, security_id)
    if not _award(held).award_type.is_option:
        raise NotAllowedNow(f"{held.security.label} is no option; only options are exercised.", field="security")
    refuse_use(held, quantity, on)
    price = price_of(db, security_id, on)
    made = _certificate(db, act, held, quantity, certificate, price)
    event = SecurityEvent(security_id, EventKind.EXERCISED, quantity, price, results=[made.id])
    postings = drawn(held.security, quantity, security_account(made))
    journal.append(db, act, Draft(ExerciseEntry.EXERCISED, on, (made, event), postings))
    return made


def settle(
    db: Session,
    act: Act,
    security_id: str,
    quantity: int,
    *,
    on: date,
    withheld: int = 0,
    fair_value: Price | None = None,
    certificate: str | None = None,
) -> Security | None:
    """Settle vested RSUs or SARs, and return the certificate; None where they are paid in cash.

    An RSU delivers a share a unit; a SAR what the share has gained since its base price, in shares or in cash. Of the
    shares that are due, ``withheld`` ones are kept back for tax and return as the plan says. ``fair_value`` is that of
    a share on the day; SARs need it, and take the valuation in force where none is given.

    Raises:
        NotAllowedNow: No RSU or SAR; more than is vested and unsettled; after its expiry or the last day that leaving
            left.
        TermsInvalid: A SAR without a fair value, or one that has gained nothing; all that is due would be withheld.
        LaterChangeExists: The grant has changed since that day.
        AlreadyExists: The label is taken.
    """
    journal.lock(db)
    held = position(db, security_id)
    kind = _award(held).award_type
    if kind.is_option or kind is AwardType.RSA:
        raise NotAllowedNow(f"{held.security.label} is not settled; only RSUs and SARs are.", field="security")
    refuse_use(held, quantity, on)
    due = Fraction(quantity)
    if kind is not AwardType.RSU:
        assert held.share_class is not None
        fair_value = fair_value or valued(db, held.share_class.id, on)
        due = quantity * gain(held, price_of(db, security_id, on), fair_value)
    if kind is AwardType.CSAR:
        assert fair_value is not None
        journal.append(db, act, _paid(held, quantity, on, fair_value, due))
        return None
    delivered = _after_tax(floor(due), withheld)
    made = _certificate(db, act, held, delivered, certificate, None)
    detail: dict[str, Any] = {"delivered": delivered, "withheld": withheld}
    event = SecurityEvent(security_id, EventKind.SETTLED, quantity, fair_value, results=[made.id], detail=detail)
    postings = _used_up(held, quantity, delivered, made)
    journal.append(db, act, Draft(ExerciseEntry.SETTLED, on, (made, event), postings))
    return made


def refuse_use(held: Position, quantity: int, on: date) -> None:
    """Refuse to exercise or settle more than may be, or later than may be.

    Raises:
        QuantityInvalid: Not a whole number of units above zero.
        LaterChangeExists: The grant has changed since.
        NotAllowedNow: After its last day (I9.2), or more than is vested and not used yet (I9.1).
    """
    check_units(quantity)
    held.refuse_before(on)
    held.refuse_unless_live()
    last = last_day(held)
    if last is not None and on > last:
        raise NotAllowedNow(f"{held.security.label} could be exercised until {last}; {on} is after that.", field="on")
    most = held.exercisable(on)
    if quantity > most:
        decimals = held.share_class.decimals if held.share_class else 0
        has, asked = decimal_text(most, decimals), decimal_text(quantity, decimals)
        text = f"{held.security.label} has {has} vested units left on {on}; this asks for {asked}."
        raise NotAllowedNow(text, field="quantity")


def gain(held: Position, base: Price | None, fair_value: Price | None) -> Fraction:
    """Return the share of its value that a share has gained since a SAR's base price, above zero.

    Raises:
        TermsInvalid: No fair value is given or in force, or it is not above the base price.
    """
    if fair_value is None:
        raise TermsInvalid("No 409A valuation is in force on that day; give the fair value of a share.", field="on")
    if base is None or base.at_least(fair_value):
        text = f"{held.security.label} has gained nothing: a share is worth {fair_value.text}."
        raise TermsInvalid(text, field="fair_value")
    worth = Fraction(fair_value.amount, 10**fair_value.scale)
    return (worth - Fraction(base.amount, 10**base.scale)) / worth


def cash_for(due: Fraction, fair_value: Price, decimals: int) -> Price:
    """Return what a SAR paid in cash comes to, rounded down to the cent.

    Args:
        due: Minor units of shares that the gain is worth.
        fair_value: Of a share.
        decimals: The class's decimal places.
    """
    worth = due * fair_value.amount / 10 ** (fair_value.scale + decimals)
    return Price(floor(worth * 100), 2, fair_value.currency)


def _paid(held: Position, quantity: int, on: date, fair_value: Price, due: Fraction) -> Draft:
    """Return the entry that pays SARs in cash: no share is delivered, every unit goes back."""
    assert held.share_class is not None
    cash = cash_for(due, fair_value, held.share_class.decimals)
    detail: dict[str, Any] = {"cash": cash.encode(), "delivered": 0, "withheld": 0}
    event = SecurityEvent(held.security.id, EventKind.SETTLED, quantity, fair_value, detail=detail)
    back = drawn(held.security, quantity, return_to(held.share_class, held.plan))
    return Draft(ExerciseEntry.SETTLED, on, (event,), back)


def _after_tax(due: int, withheld: int) -> int:
    """Return the shares to deliver, at least one."""
    check_units(withheld, field="withheld", least=0)
    if withheld >= due:
        text = f"{due:,} shares are due; with {withheld:,} withheld nothing is left to deliver."
        raise TermsInvalid(text, field="withheld" if withheld else "quantity")
    return due - withheld


def _used_up(held: Position, quantity: int, delivered: int, made: Security) -> tuple[Posting, ...]:
    """Return the postings that take units out of a grant: so many to the certificate, the others back."""
    assert held.share_class is not None
    given = drawn(held.security, delivered, security_account(made))
    back = drawn(held.security, quantity - delivered, return_to(held.share_class, held.plan))
    return netted([*given, *back])


def _award(held: Position) -> Award:
    if held.award is None:
        raise NotAllowedNow(f"{held.security.label} is no grant.", field="security")
    return held.award


def _certificate(
    db: Session, act: Act, held: Position, quantity: int, label: str | None, price: Price | None
) -> Security:
    """Return the certificate for shares that come out of a grant."""
    assert held.share_class is not None
    grant = held.security
    return Security(
        act.new_id("sec"),
        labels_for(db, [label], stem=held.share_class.prefix)[0],
        SecurityKind.STOCK,
        grant.holder,
        quantity,
        grant.class_id,
        grant.plan_id,
        price,
        grant.id,
        grant.board_approved_on,
        grant.resolution_ref,
        grant.exemption,
    )
