"""Erasing who somebody was, once nobody has to know any more: no hash and no total changes.

Member lists, equity records and tax forms are kept for years by law (privacy.md), so a name is erased only when nothing
is held any more and seven years have passed since the last engagement or membership ended or the last thing happened.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from app.imports.sessions.kept_maps import forget_clinician
from app.mail import queue
from app.people import accounts, address_changes, calendars, elsewhere, passkeys, preferences, stated, vault
from ledger import journal
from ledger.entries import Draft
from ledger.equity.register import RegisterEntry, engagements
from ledger.equity.securities import position
from ledger.equity.values import Holder, Security
from ledger.equity.vesting.months import add_months
from ledger.errors import Invalid, NotAllowedNow
from ledger.members import memberships
from ledger.reading import every, find, known
from ledger.sessions.capital import capital
from ledger.sessions.records import Payout
from ledger.types import Act

RETENTION_YEARS = 7
"""How long tax and equity records are kept after the last thing happened."""


def kept_until(db: Session, holder: str) -> date | None:
    """Return the last day on which a name must be kept; None while they are engaged, a member, or hold anything.

    Raises:
        NotFound: No such holder.
    """
    find(db, Holder, holder)
    days = [known(db, Holder, id=holder)[0].on, *(item.on for item in known(db, Payout, member=holder))]
    for engagement, end in engagements(db, holder):
        if end is None:
            return None
        days += [engagement.starts_on, end.ended_on]
    for membership, over in memberships(db, holder):
        if over is None:
            return None
        days += [membership.starts_on, over.ended_on]
    for security in every(db, Security, holder=holder):
        held = position(db, security.id)
        if held.outstanding:
            return None
        days.append(held.changed_on)
    if journal.balance(db, capital(holder)):
        return None
    return add_months(max(days), 12 * RETENTION_YEARS)


def erase_holder(db: Session, act: Act, holder: str, *, on: date, reason: str) -> int:
    """Erase a holder's documents and tax numbers, and return how many; the entry says that it was done, and why.

    Raises:
        NotFound: No such holder.
        NotAllowedNow: They are engaged, a member, hold something, or retention has not ended.
        Invalid: No reason is given.
    """
    journal.lock(db)
    if not reason.strip():
        raise Invalid("Say why it is erased.", field="reason")
    until = kept_until(db, holder)
    if until is None:
        text = f"{holder} is engaged, a member, or holds equity or capital; what is on record of them is kept."
        raise NotAllowedNow(text, field="holder")
    if on <= until:
        raise NotAllowedNow(f"What is on record of {holder} must be kept until {until}.", field="on")
    erased = vault.erase(db, holder) + stated.forget(db, holder)
    forget_clinician(db, holder)
    _forget_account(db, holder)
    journal.append(db, act, Draft(RegisterEntry.HOLDER_ERASED, on, facts={"holder": holder, "reason": reason}))
    return erased


def _forget_account(db: Session, holder: str) -> None:
    """Forget what stands beside the record of whoever it was: address, letters, how they read."""
    account = accounts.account_of_holder(db, holder)
    if account is not None:
        for forget in (
            address_changes.forget,
            queue.forget,
            preferences.forget,
            calendars.stop_link,
            passkeys.forget,
            elsewhere.forget_all,
        ):
            forget(db, account.id)
