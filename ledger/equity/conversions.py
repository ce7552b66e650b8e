"""Conversion of shares into another class, at the ratio in force on the day."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Draft, Posting
from ledger.equity.certificates import (
    WHOLE,
    CertificateEntry,
    Division,
    Name,
    Outcome,
    Part,
    certificate_on,
    divided,
    ending,
    into,
    named,
    refuse_unlicensed,
    successor,
)
from ledger.equity.classes import append_drawing, refuse_before_split, unissued
from ledger.equity.pricing import adjusted, ratio_in_force
from ledger.equity.securities import Position, position, unit_of
from ledger.equity.values import EventKind, Holder, SecurityEvent, ShareClass
from ledger.equity.vesting import later
from ledger.errors import NotAllowedNow, QuantityInvalid
from ledger.reading import find
from ledger.types import MOST_UNITS, Act


def convert(
    db: Session, act: Act, security_id: str, *, on: date, part: Part = WHOLE
) -> tuple[Position, Position | None]:
    """Convert shares into the class that theirs converts into; what a fraction of a unit would be is dropped.

    The converted shares become unissued shares of their class; those they become come out of the unissued shares of the
    other, without a plan. Instalments that have yet to vest go along in proportion.

    Returns:
        The new certificate, and the balance certificate if only part was converted.

    Raises:
        NotAllowedNow: The class converts into none; it is no certificate, or nothing is left of it.
        AuthorisedExhausted: The other class has too few unissued shares, then or later.
        QuantityInvalid: It comes to less than the smallest unit of the other class, or to too many.
        Overdrawn: More than is left.
        TermsInvalid: The other class is for licensees only (I5.2).
        LaterChangeExists: It has changed since ``on``, or the other class has split.
    """
    journal.lock(db)
    held = certificate_on(db, security_id, on)
    assert held.share_class is not None
    if held.share_class.converts_to is None:
        raise NotAllowedNow(f"{held.share_class.name} converts into no other class.", field="security")
    target = find(db, ShareClass, held.share_class.converts_to)
    refuse_unlicensed(target, find(db, Holder, held.security.holder))
    refuse_before_split(db, target.id, on)
    division = divided(held, part.quantity, on)
    ratio = ratio_in_force(db, held.share_class, on)
    labels = (part.label, part.balance_label)[: 2 if division.rest else 1]
    name, *balance = named(db, act, held, labels, on=on, first_stem=target.prefix)
    draft = conversion(held, division, target, ratio, name, balance[0] if balance else None, on)
    append_drawing(db, act, draft)
    return position(db, name.id), position(db, balance[0].id) if balance else None


def converted_units(units: int, source: ShareClass, target: ShareClass, ratio: Fraction) -> int:
    """Return the minor units of ``target`` that minor units of ``source`` become, rounded down.

    Args:
        units: Minor units of the source class.
        source: The class converted.
        target: The class converted into.
        ratio: Whole shares of the target for one whole share of the source.

    Raises:
        QuantityInvalid: That is none, or too many to count exactly.
    """
    made = int(units * _scaled(source, target, ratio))
    if not 1 <= made <= MOST_UNITS:
        raise QuantityInvalid(f"That converts into {made:,} units of {target.name}.", field="quantity")
    return made


def _scaled(source: ShareClass, target: ShareClass, ratio: Fraction) -> Fraction:
    """Return the ratio between minor units."""
    return ratio * Fraction(10**target.decimals, 10**source.decimals)


def conversion(
    held: Position,
    division: Division,
    target: ShareClass,
    ratio: Fraction,
    name: Name,
    balance: Name | None,
    on: date,
) -> Draft:
    """Return the entry that converts shares: one class's go back, the other's come out."""
    assert held.share_class is not None
    source = held.share_class
    scaled = _scaled(source, target, ratio)
    made_units = converted_units(division.taken, source, target, ratio)
    name = Name(name.id, name.label, None if name.price is None else adjusted(name.price, ratio))
    table = later.split(division.taken_table, scaled.numerator, scaled.denominator)
    made, terms = successor(held, name, table, quantity=made_units, class_id=target.id, plan_id=None)
    postings = (
        Posting(unissued(source), unit_of(held.security), division.taken),
        Posting(unissued(target), unit_of(made), -made_units),
        into(made, made_units),
    )
    outcome = Outcome(postings, (made, *terms), (made.id,))
    event = SecurityEvent(held.security.id, EventKind.CONVERTED, division.taken)
    return ending(CertificateEntry.CONVERTED, on, held, division, outcome, balance, event)
