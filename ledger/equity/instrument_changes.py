"""What happens to notes and warrants before they become shares: retracted, transferred, cancelled.

An act on part of one ends it and makes others, as with certificates. Becoming shares is in ``instrument_conversions``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Draft
from ledger.equity import grants
from ledger.equity.certificates import WHOLE, CertificateEntry, Name, Part
from ledger.equity.instruments import amount_of, class_of, is_live, size_of
from ledger.equity.labels import labels_for, stem_of
from ledger.equity.pricing import price_of
from ledger.equity.securities import Position, position
from ledger.equity.values import EventKind, Holder, Security, SecurityEvent, SecurityKind
from ledger.errors import Invalid, NotAllowedNow
from ledger.reading import find
from ledger.types import Act, Json, Price, decimal_text


def instrument_on(db: Session, security_id: str, on: date) -> Position:
    """Return a note or warrant that has not ended, as it may be changed on a day.

    Raises:
        NotFound: No such security.
        NotAllowedNow: It has ended, was issued later, or is no note or warrant.
        LaterChangeExists: It has changed since that day.
    """
    held = position(db, security_id)
    if held.security.kind not in {SecurityKind.CONVERTIBLE, SecurityKind.WARRANT}:
        raise NotAllowedNow(f"{held.security.label} is no note or warrant.", field="security")
    held.refuse_before(on)
    if not is_live(held):
        raise NotAllowedNow(f"{held.security.label} has ended.", field="security")
    return held


def retract_instrument(db: Session, act: Act, security_id: str, *, on: date, reason: str) -> None:
    """Undo a note or warrant that was not accepted, as if it had never been issued.

    Raises:
        NotAllowedNow: It has been accepted or changed, or came out of another one: then reverse the entry that made it.
        Invalid: No reason is given.
        LaterChangeExists: It has changed since ``on``.
    """
    journal.lock(db)
    held = instrument_on(db, security_id, on)
    if held.security.from_security is not None:
        raise NotAllowedNow(f"{held.security.label} came out of another one; reverse that entry.", field="security")
    grants.retract(db, act, security_id, on=on, reason=reason)


def transfer_instrument(
    db: Session, act: Act, security_id: str, to: str, *, on: date, part: Part = WHOLE, price: Price | None = None
) -> tuple[Position, Position | None]:
    """Transfer a note or warrant, whole or in part, for ``price`` in all or a share.

    Returns:
        What the new holder has, and the balance for the old one.

    Raises:
        NotAllowedNow: It has ended; more than there is of it; its size is open, so there are no parts.
        Invalid: To the one who holds it.
        LaterChangeExists: It has changed since ``on``.
    """
    journal.lock(db)
    held = instrument_on(db, security_id, on)
    if find(db, Holder, to).id == held.security.holder:
        raise Invalid("That is who holds it already.", field="to")
    taken, rest = instrument_parts(held, part)
    name, *balance = instrument_names(db, act, held, (part.label, part.balance_label)[: 2 if rest else 1], on=on)
    made = replace(instrument_part(held, name, taken), holder=to)
    kept = tuple(instrument_part(held, each, rest) for each in balance)
    event = ended_by(held, EventKind.TRANSFERRED, taken, results=(made.id,), balance=kept, price=price)
    journal.append(db, act, Draft(CertificateEntry.TRANSFERRED, on, (made, *kept, event)))
    return position(db, made.id), position(db, kept[0].id) if kept else None


def cancel_instrument(
    db: Session, act: Act, security_id: str, *, on: date, reason: str, part: Part = WHOLE
) -> Position | None:
    """Cancel a note or warrant, whole or in part (repaid, lapsed, given up).

    Returns:
        The balance, or None when all was cancelled.

    Raises:
        NotAllowedNow: It has ended; more than there is of it; its size is open, so there are no parts.
        Invalid: No reason is given.
        LaterChangeExists: It has changed since ``on``.
    """
    journal.lock(db)
    held = instrument_on(db, security_id, on)
    if not reason.strip():
        raise Invalid("Say why it is cancelled.", field="reason")
    taken, rest = instrument_parts(held, part)
    names = instrument_names(db, act, held, (part.balance_label,), on=on) if rest else []
    kept = tuple(instrument_part(held, each, rest) for each in names)
    event = replace(ended_by(held, EventKind.CANCELLED, taken, balance=kept), reason=reason)
    journal.append(db, act, Draft(CertificateEntry.CANCELLED, on, (*kept, event)))
    return position(db, kept[0].id) if kept else None


def instrument_parts(held: Position, part: Part) -> tuple[int, int]:
    """Return how much an act takes of a note or warrant and how much remains.

    Raises:
        NotAllowedNow: More than there is, or a part of what has no size yet.
    """
    size = size_of(held)
    taken = size if part.quantity is None else part.quantity
    if taken > size:
        amount = amount_of(held)
        scale = amount.scale if amount else 0
        has, needs = decimal_text(size, scale), decimal_text(taken, scale)
        raise NotAllowedNow(f"{held.security.label} is for {has}; this needs {needs}.", field="quantity")
    return taken, size - taken


def instrument_names(db: Session, act: Act, held: Position, labels: tuple[str | None, ...], *, on: date) -> list[Name]:
    """Return what notes or warrants that come out of another are called, with the exercise price on the day.

    Raises:
        AlreadyExists: A label is taken.
    """
    price = price_of(db, held.security.id, on, class_id=class_of(held))
    found = labels_for(db, labels, stem=stem_of(held.security.label))
    return [Name(act.new_id("sec"), label, price) for label in found]


def instrument_part(held: Position, name: Name, size: int) -> Security:
    """Return a note or warrant of some size under the same terms."""
    amount, terms = amount_of(held), held.security.terms
    if amount is not None:
        terms = {**(terms or {}), "amount": replace(amount, amount=size).encode()}
    quantity = size if amount is None else 0
    made = replace(held.security, id=name.id, label=name.label, price=name.price, terms=terms)
    return replace(made, quantity=quantity, from_security=held.security.id)


def ended_by(
    held: Position,
    kind: EventKind,
    taken: int,
    *,
    results: tuple[str, ...] = (),
    balance: tuple[Security, ...] = (),
    price: Price | None = None,
    **detail: Json,
) -> SecurityEvent:
    """Return what ends a note or warrant: how much an act took of it, and what came out."""
    amount = amount_of(held)
    told = {name: value for name, value in detail.items() if value is not None}
    if amount is not None:
        told["amount"] = replace(amount, amount=taken).encode()
    if balance:
        told["balance"] = balance[0].id
    quantity = taken if amount is None else 0
    return SecurityEvent(held.security.id, kind, quantity, price, results=list(results) or None, detail=told or None)
