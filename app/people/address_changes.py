"""How somebody's e-mail address becomes another: by a link sent to the new one, or by an administrator."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from app.errors import LinkInvalid
from app.mail import queue, security
from app.mail.kinds import Kind
from app.mail.letters import House, Letter, Reader
from app.mail.readers import reader_of
from app.people import accounts
from app.people.accounts import Account, digest_of
from app.people.addresses import address_of
from app.people.tables import account as account_table
from app.people.tables import address_change
from ledger.errors import Invalid, NotAllowedNow
from ledger.types import Act, micros_of

HOURS = 24
"""How long the link to a new address works."""

MOST_A_DAY = 5
"""How often somebody may have a link sent to an address that may not be theirs."""


def ask(db: Session, act: Act, house: House, account: str, address: str) -> str:
    """Send a link to a new address, and return the address; it becomes theirs when the link is opened.

    Raises:
        Invalid: It is no address, or it is theirs already.
        NotAllowedNow: They asked too often.
    """
    new = address_of(address)
    found = accounts.find_account(db, account)
    if found.email == new:
        raise Invalid("This is your address already.", field="email")
    if queue.queued_since(db, act.now, timedelta(days=1), kind=Kind.ADDRESS, account=account) >= MOST_A_DAY:
        raise NotAllowedNow("You had several links sent today. Try again tomorrow.", field="email")
    secret, until = secrets.token_urlsafe(32), micros_of(act.now + timedelta(hours=HOURS))
    db.execute(delete(address_change).where(address_change.c.account == account))
    row = {
        "secret_digest": digest_of(secret),
        "account": account,
        "address": new,
        "created_at": act.at,
        "expires_at": until,
    }
    db.execute(insert(address_change), [row])
    reader = reader_of(db, found, address=new)
    if reader is not None:
        queue.put(db, act, house, [(reader, _letter(reader, house, secret, until))])
    return new


def _letter(to: Reader, house: House, secret: str, until: int) -> Letter:
    return Letter(
        Kind.ADDRESS,
        f"address:{digest_of(secret)[:32]}",
        None,
        to.words.say("Is this your address?"),
        (
            to.words.say("Open the link, and what {company} writes to you comes here.", company=house.company),
            to.words.say("It works until {when}.", when=to.time(until)),
            to.words.say("If you do not know what this is about, do nothing: nothing will change."),
        ),
        to.words.say("You get this because somebody gave this address as theirs."),
        f"/address/{secret}",
        to.words.say("Yes, this is my address"),
        until=until,
    )


def waiting(db: Session, account: str, now: int) -> str | None:
    """Return the address that somebody gave and has not shown to be theirs yet, or None."""
    columns = address_change.c
    query = select(columns.address).where(columns.account == account, columns.expires_at > now)
    return db.execute(query).scalar()


def confirm(db: Session, act: Act, house: House, secret: str) -> Account:
    """Make an address somebody's, by the link that was sent to it.

    Raises:
        LinkInvalid: It is none of ours, was used, has expired, or its account has ended.
    """
    columns = address_change.c
    row = db.execute(select(address_change).where(columns.secret_digest == digest_of(secret))).mappings().first()
    if row is None or row["expires_at"] <= act.at or accounts.find_account(db, row["account"]).ended:
        raise LinkInvalid("This link does not work any more. Ask for a new one on your settings page.")
    db.execute(delete(address_change).where(columns.account == row["account"]))
    return set_address(db, act, house, row["account"], row["address"])


def set_address(db: Session, act: Act, house: House, account: str, address: str) -> Account:
    """Make an address somebody's; empty for none. Whoever had the old one is told.

    Raises:
        NotFound: There is no such account.
        Invalid: It is no address.
    """
    new = address_of(address) if address.strip() else None
    found = accounts.find_account(db, account)
    if found.email == new:
        return found
    before = reader_of(db, found)
    db.execute(update(account_table).where(account_table.c.id == account).values(email=new))
    queue.readdress(db, account, new)
    if before is not None:
        queue.put(db, act, house, [(before, security.address_changed(before, act))])
    return accounts.find_account(db, account)


def forget(db: Session, account: str) -> None:
    """Forget somebody's address, and whatever other they gave."""
    db.execute(delete(address_change).where(address_change.c.account == account))
    db.execute(update(account_table).where(account_table.c.id == account).values(email=None))
