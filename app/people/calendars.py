"""The address at which a calendar program finds somebody's days: a secret, of which only a digest is kept."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from app.people import accounts
from app.people.accounts import Account, digest_of
from app.people.tables import calendar_link
from ledger.errors import NotFound
from ledger.types import Act, moment_at


def make_link(db: Session, act: Act, account: str) -> str:
    """Return the secret of a new address; the one before stops working."""
    secret = secrets.token_urlsafe(32)
    stop_link(db, account)
    db.execute(insert(calendar_link), [{"account": account, "secret_digest": digest_of(secret), "made_at": act.at}])
    return secret


def stop_link(db: Session, account: str) -> None:
    """Let no calendar program in any more."""
    db.execute(delete(calendar_link).where(calendar_link.c.account == account))


def made_at(db: Session, account: str) -> datetime | None:
    """Return when somebody's address was made; None where they have none."""
    at = db.execute(select(calendar_link.c.made_at).where(calendar_link.c.account == account)).scalar()
    return None if at is None else moment_at(at)


def whose(db: Session, secret: str) -> Account:
    """Return whose days are at an address.

    Raises:
        NotFound: Nobody's: it is none of ours, another took its place, or the account has ended.
    """
    query = select(calendar_link.c.account).where(calendar_link.c.secret_digest == digest_of(secret))
    account = db.execute(query).scalar()
    found = None if account is None else accounts.find_account(db, account)
    if found is None or found.ended:
        raise NotFound("There is no calendar here.")
    return found
