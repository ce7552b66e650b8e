"""Transfers: vested shares, or vested units of a grant, go to another holder.

Only what has vested can be given away: what has not is forfeited when its holder leaves, and nobody can put it out of
reach of that by handing it on.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Draft, move
from ledger.equity.certificates import (
    WHOLE,
    CertificateEntry,
    Division,
    Name,
    Outcome,
    Part,
    divided,
    ending,
    into,
    named,
    refuse_beyond,
    refuse_paused,
    refuse_unlicensed,
    remaining,
    security_on,
    successor,
)
from ledger.equity.securities import Position, position, security_account, unit_of
from ledger.equity.values import (
    AwardType,
    ClassKind,
    EventKind,
    Holder,
    ScheduleCause,
    SecurityEvent,
    SecurityKind,
)
from ledger.errors import Invalid, NotAllowedNow
from ledger.reading import find
from ledger.types import Act, Price


def transfer(
    db: Session, act: Act, security_id: str, to: str, *, on: date, part: Part = WHOLE, price: Price | None = None
) -> tuple[Position, Position | None]:
    """Transfer vested shares, or vested units of a grant, to another holder; ``price`` is what they paid for each.

    A certificate ends: the part that goes becomes one of its own, the rest a balance certificate. A grant keeps its id
    and the rest; the part that goes becomes a grant under the same terms.

    Returns:
        What the new holder has, and what is left to the old one.

    Raises:
        NotAllowedNow: A membership share goes only back to the company (I11.2), an ISO to nobody; its vesting
            is paused; nothing is left of it; it is a note or warrant.
        Overdrawn: More than has vested and is left.
        TermsInvalid: A class for licensees only, to someone without a licence (I5.2).
        Invalid: To the one who holds it.
        LaterChangeExists: It has changed since ``on``.
    """
    journal.lock(db)
    held = security_on(db, security_id, on)
    refuse_transfer(held, find(db, Holder, to))
    division = divided(held, part.quantity, on)
    refuse_beyond(held, division.taken, max(held.outstanding - held.unvested(on), 0), on, "vested units left")
    event = SecurityEvent(security_id, EventKind.TRANSFERRED, division.taken, price)
    if held.security.kind is SecurityKind.AWARD:
        [name] = named(db, act, held, (part.label,), on=on)
        journal.append(db, act, award_transfer(held, division, name, to, event, on))
        return position(db, name.id), position(db, security_id) if division.rest else None
    name, *balance = named(db, act, held, (part.label, part.balance_label)[: 2 if division.rest else 1], on=on)
    journal.append(db, act, stock_transfer(held, division, name, balance[0] if balance else None, to, event, on))
    return position(db, name.id), position(db, balance[0].id) if balance else None


def refuse_transfer(held: Position, to: Holder) -> None:
    """Refuse a transfer that the charter or the law does not allow, whatever the quantity.

    Raises:
        NotAllowedNow: A membership share (I11.2); an ISO, which goes to nobody while its holder lives (IRC §422(b)(5));
            its vesting is paused.
        TermsInvalid: The new holder lacks the licence that the class needs (I5.2).
        Invalid: The new holder is the old one.
    """
    assert held.share_class is not None
    if held.share_class.kind is ClassKind.MEMBER_SHARE:
        raise NotAllowedNow("A membership share goes only back to the company, never to another holder.", field="to")
    if to.id == held.security.holder:
        raise Invalid("That is who holds it already; reissue it to have another certificate.", field="to")
    if held.award is not None and held.award.award_type is AwardType.ISO:
        raise NotAllowedNow("An ISO can't be transferred (IRC §422(b)(5)).", field="security")
    refuse_paused(held)
    refuse_unlicensed(held.share_class, to)


def stock_transfer(
    held: Position, division: Division, name: Name, balance: Name | None, to: str, event: SecurityEvent, on: date
) -> Draft:
    """Return the entry that transfers shares: all that goes has vested, so the new certificate needs no table."""
    made, _ = successor(held, name, (), quantity=division.taken, holder=to)
    outcome = Outcome((into(made, division.taken),), (made,), (made.id,))
    return ending(CertificateEntry.TRANSFERRED, on, held, division, outcome, balance, event)


def award_transfer(held: Position, division: Division, name: Name, to: str, event: SecurityEvent, on: date) -> Draft:
    """Return the entry that transfers units of a grant: same terms, same last day if the old holder has left."""
    made, terms = successor(held, name, division.taken_table, quantity=division.taken, holder=to)
    leaving = held.happened(EventKind.LEFT, EventKind.REINSTATED)
    left = (replace(event.value, security=made.id) for event in leaving)
    told = replace(event, results=[made.id])
    kept = remaining(held, division.rest_table, on, ScheduleCause.TRANSFERRED)
    postings = move(unit_of(made), division.taken, security_account(held.security), security_account(made))
    return Draft(CertificateEntry.TRANSFERRED, on, (made, *terms, *left, told, *kept), postings)
