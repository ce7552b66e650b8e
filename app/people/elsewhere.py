"""Who is known elsewhere as whom: whoever signs in at another service comes in here, if they have an account here.

The first time by their e-mail address, which the other service must have verified; from then on by what the service
calls them, whatever becomes of the address. Nobody gets an account by this.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from app.errors import ElsewhereRefused
from app.people import accounts, tables
from app.people.accounts import Account
from app.people.provider import Known
from ledger.errors import NotFound
from ledger.types import Act, moment_at

NOBODY = (
    "You are signed in there, but nobody here is known by that. Ask an administrator to put your e-mail address "
    "into your account, or use a sign-in link."
)
UNVERIFIED = (
    "The other service has not verified your e-mail address, so it does not show who you are here. Use a sign-in link."
)
ANOTHER = "Somebody else signs in to this account from there. Use a sign-in link, and ask an administrator."


@dataclass(frozen=True, slots=True)
class Identity:
    """As whom somebody is known elsewhere."""

    issuer: str
    linked_at: datetime


def identities_of(db: Session, account: str) -> list[Identity]:
    """Return as whom somebody is known elsewhere, the oldest first."""
    columns = tables.outside_identity.c
    query = select(tables.outside_identity).where(columns.account == account).order_by(columns.linked_at)
    return [Identity(row["issuer"], moment_at(row["linked_at"])) for row in db.execute(query).mappings()]


def sign_in(db: Session, act: Act, known: Known) -> tuple[Account, str]:
    """Sign somebody in who did elsewhere, and return them with the secret for their browser's cookie.

    Raises:
        ElsewhereRefused: They are nobody here, their account has ended, or somebody else signs in to it from there.
    """
    columns = tables.outside_identity.c
    query = select(columns.account).where(columns.issuer == known.issuer, columns.subject == known.subject)
    linked = db.execute(query).scalar()
    account = _linked_now(db, act, known) if linked is None else accounts.find_account(db, linked)
    if account.ended:
        raise ElsewhereRefused(NOBODY)
    return account, accounts.start_session(db, act, account.id)


def _linked_now(db: Session, act: Act, known: Known) -> Account:
    if known.email is None:
        raise ElsewhereRefused(UNVERIFIED)
    found = accounts.with_address(db, known.email)
    if len(found) != 1:
        raise ElsewhereRefused(NOBODY)
    # an address may pass on to somebody else; an account does not pass on with it
    if any(one.issuer == known.issuer for one in identities_of(db, found[0].id)):
        raise ElsewhereRefused(ANOTHER)
    row = {"issuer": known.issuer, "subject": known.subject, "account": found[0].id, "linked_at": act.at}
    db.execute(insert(tables.outside_identity), [row])
    return found[0]


def forget_all(db: Session, account: str) -> None:
    """Forget as whom somebody is known anywhere: whoever they were is erased."""
    db.execute(delete(tables.outside_identity).where(tables.outside_identity.c.account == account))


def forget(db: Session, act: Act, account: str, issuer: str) -> None:
    """Let somebody come in from another service no more, until their address lets them in there again.

    Raises:
        NotFound: They did not.
    """
    del act
    columns = tables.outside_identity.c
    gone = delete(tables.outside_identity).where(columns.account == account, columns.issuer == issuer)
    if db.execute(gone).rowcount < 1:  # type: ignore[attr-defined]
        raise NotFound("You do not sign in from there.")
