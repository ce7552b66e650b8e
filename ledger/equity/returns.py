"""Shares and grants that go back: bought back by the company, or cancelled.

Both take the latest instalments first (equity.md §3.6), so what has vested goes last.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Draft, Posting, Role, account
from ledger.equity.certificates import (
    WHOLE,
    CertificateEntry,
    Division,
    Outcome,
    Part,
    certificate_on,
    divided,
    ending,
    named,
    remaining,
    security_on,
)
from ledger.equity.securities import Position, drawn, position, return_to, unit_of
from ledger.equity.values import EventKind, ScheduleCause, SecurityEvent, SecurityKind
from ledger.errors import Invalid, NotAllowedNow
from ledger.types import Act, Price


def repurchase(
    db: Session,
    act: Act,
    security_id: str,
    *,
    on: date,
    price: Price,
    part: Part = WHOLE,
    into_treasury: bool = False,
) -> Position | None:
    """Buy shares back at ``price`` a share.

    Shares of a plan go back by its return rule; others become unissued, or the company's own with ``into_treasury``.

    Returns:
        The balance certificate, or None when all was bought.

    Raises:
        NotAllowedNow: It is no certificate, or nothing is left of it; a plan's shares have a rule of their own.
        Overdrawn: More than is left.
        LaterChangeExists: It has changed since ``on``.
    """
    journal.lock(db)
    held = certificate_on(db, security_id, on)
    assert held.share_class is not None
    if into_treasury and held.plan is not None:
        raise NotAllowedNow(f"Shares of {held.plan.name} go back by its own rule.", field="into_treasury")
    back = account(Role.TREASURY, held.share_class.id) if into_treasury else return_to(held.share_class, held.plan)
    event = SecurityEvent(security_id, EventKind.REPURCHASED, price=price)
    return _take_back(db, act, held, part, back, event, on=on)


def cancel(db: Session, act: Act, security_id: str, *, on: date, reason: str, part: Part = WHOLE) -> Position | None:
    """Cancel shares or a grant; the units go back by the return rule of their plan, else become unissued.

    Returns:
        What is left: the balance certificate, or the grant itself with fewer instalments; None when nothing is.

    Raises:
        NotAllowedNow: Nothing is left of it; it is a note or warrant.
        Overdrawn: More than is left.
        Invalid: No reason is given.
        LaterChangeExists: It has changed since ``on``.
    """
    journal.lock(db)
    held = security_on(db, security_id, on)
    if not reason.strip():
        raise Invalid("Say why it is cancelled.", field="reason")
    assert held.share_class is not None
    back = return_to(held.share_class, held.plan)
    event = SecurityEvent(security_id, EventKind.CANCELLED, reason=reason)
    if held.security.kind is SecurityKind.STOCK:
        return _take_back(db, act, held, part, back, event, on=on)
    division = divided(held, part.quantity, on, latest_first=True)
    journal.append(db, act, award_cancellation(held, division, back, event, on))
    return position(db, security_id) if division.rest else None


def _take_back(
    db: Session, act: Act, held: Position, part: Part, back: str, event: SecurityEvent, *, on: date
) -> Position | None:
    division = divided(held, part.quantity, on, latest_first=True)
    [balance] = named(db, act, held, (part.balance_label,), on=on) if division.rest else [None]
    repurchased = event.kind is EventKind.REPURCHASED
    kind = CertificateEntry.REPURCHASED if repurchased else CertificateEntry.CANCELLED
    outcome = Outcome((Posting(back, unit_of(held.security), division.taken),))
    told = replace(event, quantity=division.taken)
    journal.append(db, act, ending(kind, on, held, division, outcome, balance, told))
    return position(db, balance.id) if balance else None


def award_cancellation(held: Position, division: Division, back: str, event: SecurityEvent, on: date) -> Draft:
    """Return the entry that cancels units of a grant: they leave its table, and the grant keeps its id."""
    told = replace(event, quantity=division.taken)
    kept = remaining(held, division.rest_table, on, ScheduleCause.CANCELLED)
    return Draft(CertificateEntry.CANCELLED, on, (told, *kept), drawn(held.security, division.taken, back))
