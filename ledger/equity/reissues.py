"""Certificates replaced by others of the same shares and the same holder: one by many, many by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import TypeVar

from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Draft
from ledger.equity.certificates import (
    CertificateEntry,
    Name,
    Outcome,
    Part,
    certificate_on,
    divided,
    ending,
    into,
    named,
    parted,
    remaining,
    successor,
)
from ledger.equity.pricing import price_of
from ledger.equity.securities import Position, position
from ledger.equity.values import EventKind, ScheduleCause, SecurityEvent
from ledger.errors import Invalid, NotAllowedNow
from ledger.records import Record
from ledger.types import Act, Price

T = TypeVar("T")


def reissue(
    db: Session, act: Act, security_id: str, parts: Sequence[Part], *, on: date, reason: str | None = None
) -> list[Position]:
    """Replace a certificate by one or more of the same shares; the first has the earliest instalments.

    A part says what a new certificate holds and is called; where there is only one, it may leave the quantity out.

    Raises:
        Invalid: The parts do not add up to what is left of it (I11.1).
        NotAllowedNow: It is no certificate, or nothing is left of it.
        AlreadyExists: A label is taken.
        LaterChangeExists: It has changed since ``on``.
    """
    journal.lock(db)
    held = certificate_on(db, security_id, on)
    quantities = [part.quantity or held.outstanding for part in parts]
    if sum(quantities) != held.outstanding:
        has = f"{held.security.label} has {held.outstanding:,}"
        text = f"The new certificates add up to {sum(quantities):,} units; {has}."
        raise Invalid(text, field="parts")
    names = named(db, act, held, [part.label for part in parts], on=on)
    journal.append(db, act, reissue_entry(held, dict(zip(names, quantities, strict=True)), on, reason))
    return [position(db, name.id) for name in names]


def reissue_entry(held: Position, quantities: dict[Name, int], on: date, reason: str | None) -> Draft:
    """Return the entry that replaces a certificate by those named."""
    division = divided(held, None, on)
    table, records, postings = division.taken_table, list[Record](), []
    for name, quantity in quantities.items():
        mine, table = parted(table, quantity, on)
        made, terms = successor(held, name, mine, quantity=quantity)
        records += [made, *terms]
        postings.append(into(made, quantity))
    outcome = Outcome(tuple(postings), tuple(records), tuple(name.id for name in quantities))
    event = SecurityEvent(held.security.id, EventKind.REISSUED, division.taken, reason=reason)
    return ending(CertificateEntry.REISSUED, on, held, division, outcome, None, event)


def consolidate(
    db: Session,
    act: Act,
    security_ids: Sequence[str],
    *,
    on: date,
    label: str | None = None,
    reason: str | None = None,
) -> Position:
    """Replace certificates of one holder, class and plan by one; what they do not agree on (a price) it does not say.

    Raises:
        Invalid: Fewer than two, one of them twice, or of different holders, classes or plans.
        NotAllowedNow: One is no certificate, nothing is left of it, or it has yet to vest.
        AlreadyExists: The label is taken.
        LaterChangeExists: One has changed since ``on``.
    """
    journal.lock(db)
    held = [certificate_on(db, each, on) for each in security_ids]
    refuse_consolidation(held, on)
    prices = [price_of(db, each.security.id, on) for each in held]
    [name] = named(db, act, held[0], [label], on=on)
    name = replace(name, price=_agreed_price(prices))
    journal.append(db, act, consolidation(held, name, on, reason))
    return position(db, name.id)


def refuse_consolidation(held: Sequence[Position], on: date) -> None:
    """Refuse to make one certificate of shares that are not alike.

    Raises:
        Invalid: As ``consolidate`` says.
        NotAllowedNow: One has yet to vest; its instalments are promised under its own terms.
    """
    if len(held) < 2 or len({each.security.id for each in held}) < len(held):
        raise Invalid("Consolidating takes two or more different certificates.", field="securities")
    alike = {(each.security.holder, each.security.class_id, each.security.plan_id) for each in held}
    if len(alike) > 1:
        raise Invalid("Only certificates of one holder, class and plan can become one.", field="securities")
    for each in held:
        if each.unvested(on):
            text = f"{each.security.label} has shares that have yet to vest; consolidate it when they have."
            raise NotAllowedNow(text, field="securities")


def consolidation(held: Sequence[Position], name: Name, on: date, reason: str | None) -> Draft:
    """Return the entry that makes one certificate of many."""
    first, quantity = held[0].security, sum(each.outstanding for each in held)
    made = replace(
        first,
        id=name.id,
        label=name.label,
        quantity=quantity,
        price=name.price,
        from_security=first.id,
        board_approved_on=_agreed([each.security.board_approved_on for each in held]),
        resolution_ref=_agreed([each.security.resolution_ref for each in held]),
        exemption=_agreed([each.security.exemption for each in held]),
    )
    records: list[Record] = [made]
    for each in held:
        event = SecurityEvent(each.security.id, EventKind.CONSOLIDATED, each.outstanding, reason=reason)
        records += [replace(event, results=[made.id]), *remaining(each, (), on, ScheduleCause.TRANSFERRED)]
    postings = (*(into(each.security, -each.outstanding) for each in held), into(made, quantity))
    return Draft(CertificateEntry.CONSOLIDATED, on, tuple(records), postings)


def _agreed(values: Sequence[T | None]) -> T | None:
    """Return what all values are, or None where they differ."""
    return values[0] if all(value == values[0] for value in values) else None


def _agreed_price(prices: Sequence[Price | None]) -> Price | None:
    """Return the price that all have, however many zeros it was written with, or None where they differ."""
    worth = {price and (Fraction(price.amount, 10**price.scale), price.currency) for price in prices}
    return prices[0] if len(worth) == 1 else None
