"""What an administrator does, from a page or from a shell: let people in, give them roles, end their accounts.

The shell is one pair of eyes like any other: what was given there, somebody approves on a page, and the reverse.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.config import Settings
from app.people import accounts, roles, tables
from app.people.accounts import IDLE_DAYS, INVITATION_DAYS, LINK_HOURS, LONGEST_NAME, Account
from app.people.addresses import address_of
from app.people.roles import MOST_DAYS, Holding, Role
from ledger import journal
from ledger.equity.values import Holder
from ledger.errors import Invalid, NotAllowedNow
from ledger.reading import find
from ledger.types import Act, moment_at

SHELL = "cli"
"""The actor of what is done by the command line."""

FIRST_NAME = "Administrator"
"""What whoever sets the service up is called."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link that was just made.

    Attributes:
        secret: Its secret part, which can't be had again.
        hours: How long it works.
    """

    secret: str
    hours: int

    @property
    def address(self) -> str:
        """Where it leads: what is sent to whoever it is for."""
        return f"{Settings().public_url.rstrip('/')}/enter/{self.secret}"


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody who may sign in, or could once.

    Attributes:
        roles: What they have or what waits for approval.
        browsers: In how many they are signed in.
        seen_at: When they were last here; None for never.
    """

    account: Account
    roles: tuple[Holding, ...]
    browsers: int
    seen_at: datetime | None


def standings(db: Session, now: datetime) -> list[Standing]:
    """Return everybody with an account, A to Z, whoever may sign in no more at the end."""
    given: dict[str, list[Holding]] = {}
    for one in roles.all_holdings(db, now):
        given.setdefault(one.account, []).append(one)
    seen = _seen(db, now)
    found = [Standing(one, tuple(given.get(one.id, ())), *seen.get(one.id, (0, None))) for one in accounts.accounts(db)]
    return sorted(found, key=lambda one: (one.account.ended, one.account.name.casefold(), one.account.id))


def _seen(db: Session, now: datetime) -> dict[str, tuple[int, datetime]]:
    """Return account to the number of its browsers that are signed in, and when one was last used."""
    columns, at = tables.web_session.c, Act("reader", "role:reader", now).at
    idle = IDLE_DAYS * 86_400_000_000
    is_open = (columns.ended_at.is_(None), columns.expires_at > at, columns.seen_at + idle > at)
    query = select(columns.account, func.count().filter(*is_open), func.max(columns.seen_at))
    return {account: (count, moment_at(last)) for account, count, last in db.execute(query.group_by(columns.account))}


def has_signed_in(db: Session, account: str | None = None) -> bool:
    """Return whether somebody, or anybody at all, ever came in."""
    query = select(tables.web_session.c.account).limit(1)
    return (
        db.execute(query if account is None else query.where(tables.web_session.c.account == account)).first()
        is not None
    )


def administrators(db: Session, now: datetime) -> list[Account]:
    """Return who is an administrator now."""
    return [
        one.account
        for one in standings(db, now)
        if not one.account.ended and any(held.role is Role.ADMIN and held.approved_by for held in one.roles)
    ]


def first_link(db: Session, act: Act) -> Link | None:
    """Return a set-up link until anybody has come in, and None from then on.

    Where there is no account, it makes the first administrator's. Each call makes another link: so a lost one is had
    again by starting the service anew.
    """
    journal.lock(db)
    if has_signed_in(db):
        return None
    if not accounts.accounts(db):
        made = accounts.create_account(db, act, name=FIRST_NAME)
        roles.give(db, act, made.id, Role.ADMIN, is_first=True)
    found = administrators(db, act.now)
    return link_for(db, act, found[0].id) if found else None


def invite(
    db: Session, act: Act, *, holder: str | None = None, name: str | None = None, email: str | None = None
) -> Account:
    """Make an account for a holder, or for somebody with a name who holds nothing.

    Raises:
        NotFound: There is no such holder.
        AlreadyExists: The holder has an account.
        Invalid: It is nobody's, the name is too long, or the address is none.
    """
    journal.lock(db)
    called, address = (name or "").strip(), (email or "").strip()
    if holder is not None:
        find(db, Holder, holder)
        if called:
            raise Invalid("A holder's name stands on record. Leave the name out.", field="name")
    if len(called) > LONGEST_NAME:
        raise Invalid(f"A name has at most {LONGEST_NAME} characters.", field="name")
    to = address_of(address) if address else None
    return accounts.create_account(db, act, holder=holder, name=called or None, email=to)


def link_for(db: Session, act: Act, account: str) -> Link:
    """Return a new sign-in link: good for a week for whoever was never here, else for a day.

    Raises:
        NotFound: There is no such account, or it has ended.
    """
    hours = LINK_HOURS if has_signed_in(db, account) else 24 * INVITATION_DAYS
    return Link(accounts.make_link(db, act, account, hours=hours), hours)


def give_role(db: Session, act: Act, account: str, role: Role, *, days: int = MOST_DAYS) -> Holding:
    """Give a role; it counts once somebody else has approved it.

    Only a shell can make the first administrator without, when there is none: nobody could approve it.

    Raises:
        NotFound: There is no such account.
        NotAllowedNow: It has ended.
        Invalid: For no time, or too long.
        Conflict: They have it, or one that excludes it.
    """
    journal.lock(db)
    if accounts.find_account(db, account).ended:
        raise NotAllowedNow("This account has ended. Open it again first.")
    is_first = act.actor == SHELL and role is Role.ADMIN and not administrators(db, act.now)
    return roles.give(db, act, account, role, days=days, is_first=is_first)


def end_access(db: Session, act: Act, account: str) -> None:
    """Let somebody else sign in no more; their roles end with it.

    Raises:
        NotFound: There is no such account.
        NotAllowedNow: It is one's own.
    """
    journal.lock(db)
    if accounts.find_account(db, account).actor == act.actor:
        raise NotAllowedNow("This is your own account. Another administrator can end it.")
    for one in roles.holdings(db, account, act.now):
        roles.take(db, act, one.id)
    accounts.end_account(db, act, account)


def account_called(db: Session, id: str) -> Account:
    """Return an account by its own id or by its holder's.

    Raises:
        NotFound: There is none.
    """
    return accounts.account_of_holder(db, id) or accounts.find_account(db, id)
