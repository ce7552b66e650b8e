"""How notes and warrants become shares: at quantities worked out outside, for their terms leave that to rounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Draft, Posting, move, netted
from ledger.equity.certificates import WHOLE, Name, Part, refuse_unlicensed
from ledger.equity.classes import append_drawing, refuse_before_split, unissued
from ledger.equity.instrument_changes import ended_by, instrument_on, instrument_part, instrument_parts
from ledger.equity.instruments import InstrumentEntry, class_of, size_of
from ledger.equity.labels import labels_after, stem_of
from ledger.equity.pricing import price_of
from ledger.equity.securities import Position, position, security_account, unit_of
from ledger.equity.values import EventKind, Holder, Security, SecurityEvent, SecurityKind, ShareClass
from ledger.errors import Invalid, NotAllowedNow
from ledger.reading import find
from ledger.types import Act, Price, check_units


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares that a note or warrant becomes, on one certificate.

    Attributes:
        class_id: Their class.
        quantity: Minor units of it.
        price: Paid a share; None for a warrant's exercise price.
        label: Of the certificate; None for the next number.
    """

    class_id: str
    quantity: int
    price: Price | None = None
    label: str | None = None

    def __post_init__(self) -> None:
        """Refuse a certificate of nothing."""
        check_units(self.quantity)


@dataclass(frozen=True, slots=True)
class Became:
    """What a note or warrant became: certificates, and the balance where only part of it did."""

    certificates: tuple[Position, ...]
    balance: Position | None


def convert_note(
    db: Session,
    act: Act,
    security_id: str,
    shares: Sequence[Shares],
    *,
    on: date,
    part: Part = WHOLE,
    trigger: str | None = None,
) -> Became:
    """Turn a note or SAFE, or part of its amount, into shares; ``trigger`` is the id of one in its terms.

    Raises:
        NotAllowedNow: It is no note, has ended, or is for less.
        AuthorisedExhausted: A class has too few unissued shares, then or later.
        TermsInvalid: A class for licensees only (I5.2).
        Invalid: No shares.
        LaterChangeExists: It has changed since ``on``, or a class has split.
    """
    journal.lock(db)
    held = instrument_on(db, security_id, on)
    if held.security.kind is not SecurityKind.CONVERTIBLE:
        raise NotAllowedNow(f"{held.security.label} is no note.", field="security")
    return _become(db, act, held, shares, part, EventKind.CONVERTED, on=on, trigger=trigger)


def exercise_warrant(
    db: Session,
    act: Act,
    security_id: str,
    shares: Sequence[Shares],
    *,
    on: date,
    part: Part = WHOLE,
    trigger: str | None = None,
) -> Became:
    """Turn a warrant, or the part of it that ``part`` names, into shares.

    Fewer shares may come out than the part is for: then the others were the price (a net exercise).

    Raises:
        NotAllowedNow: It is no warrant, has ended, has expired, is for less or for another class.
        AuthorisedExhausted: The class has too few unissued shares, then or later.
        TermsInvalid: A class for licensees only (I5.2).
        Invalid: No shares.
        LaterChangeExists: It has changed since ``on``, or the class has split.
    """
    journal.lock(db)
    held = instrument_on(db, security_id, on)
    if held.security.kind is not SecurityKind.WARRANT:
        raise NotAllowedNow(f"{held.security.label} is no warrant.", field="security")
    refuse_exercise(held, shares, part, on)
    return _become(db, act, held, shares, part, EventKind.EXERCISED, on=on, trigger=trigger)


def refuse_exercise(held: Position, shares: Sequence[Shares], part: Part, on: date) -> None:
    """Refuse what a warrant does not give.

    Raises:
        NotAllowedNow: It has expired (I9.2), is for another class or for fewer shares.
    """
    label, last = held.security.label, (held.security.terms or {}).get("expires_on")
    if last is not None and on > date.fromisoformat(last):
        raise NotAllowedNow(f"{label} could be exercised until {last}; {on} is after that.", field="on")
    class_id = class_of(held)
    if class_id is not None and any(each.class_id != class_id for each in shares):
        raise NotAllowedNow(f"{label} is for shares of another class.", field="class_id")
    taken, _ = instrument_parts(held, part)
    asked = sum(each.quantity for each in shares)
    if size_of(held) and asked > taken:
        raise NotAllowedNow(f"{label} gives {taken:,} units; this asks for {asked:,}.", field="quantity")


def _become(
    db: Session,
    act: Act,
    held: Position,
    shares: Sequence[Shares],
    part: Part,
    kind: EventKind,
    *,
    on: date,
    trigger: str | None,
) -> Became:
    if not shares:
        raise Invalid("Say which shares it becomes.", field="shares")
    classes = {each.class_id: find(db, ShareClass, each.class_id) for each in shares}
    holder = find(db, Holder, held.security.holder)
    for share_class in classes.values():
        refuse_unlicensed(share_class, holder)
        refuse_before_split(db, share_class.id, on)
    taken, rest = instrument_parts(held, part)
    price = price_of(db, held.security.id, on, class_id=class_of(held))
    wanted = [(each.label, classes[each.class_id].prefix) for each in shares]
    wanted += [(part.balance_label, stem_of(held.security.label))] if rest else []
    names = [Name(act.new_id("sec"), label, price) for label in labels_after(db, wanted)]
    certificates = [certificate_from(held, each, name) for each, name in zip(shares, names, strict=False)]
    kept = tuple(instrument_part(held, name, rest) for name in names[len(shares) :])
    results = tuple(made.id for made in certificates)
    event = ended_by(held, kind, taken, results=results, balance=kept, trigger=trigger)
    append_drawing(db, act, becoming(certificates, kept, event, on, classes))
    found = tuple(position(db, made.id) for made in certificates)
    return Became(found, position(db, kept[0].id) if kept else None)


def certificate_from(held: Position, shares: Shares, name: Name) -> Security:
    """Return a certificate of shares that a note or warrant becomes."""
    return Security(
        name.id,
        name.label,
        SecurityKind.STOCK,
        held.security.holder,
        shares.quantity,
        shares.class_id,
        price=shares.price or name.price,
        from_security=held.security.id,
        board_approved_on=held.security.board_approved_on,
        resolution_ref=held.security.resolution_ref,
        exemption=held.security.exemption,
    )


def becoming(
    certificates: Sequence[Security],
    kept: Sequence[Security],
    event: SecurityEvent,
    on: date,
    classes: dict[str, ShareClass],
) -> Draft:
    """Return the entry by which a note or warrant becomes certificates out of the unissued shares of their classes."""
    postings: list[Posting] = []
    for made in certificates:
        source = unissued(classes[made.class_id or ""])
        postings += move(unit_of(made), made.quantity, source, security_account(made))
    kind = InstrumentEntry.CONVERTED if event.kind is EventKind.CONVERTED else InstrumentEntry.EXERCISED
    return Draft(kind, on, (*certificates, *kept, event), netted(postings))
