"""Accounts: who may sign in, by which link, in which browser.

No password: a link that works once lets somebody in, and their browser stays signed in until it is not used for a while
or they sign out. Only digests of secrets are kept. What is a holder's own they may always see; everything else takes a
role (``app.people.roles``).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from app.errors import LinkInvalid
from app.people import tables, vault
from ledger.errors import AlreadyExists, Invalid, NotFound
from ledger.types import Act, micros_of, moment_at

# each page asks them, and building a query costs SQLAlchemy more than asking it
_BY_ID = select(tables.account).where(tables.account.c.id == bindparam("id"))
_BY_SECRET = select(tables.web_session).where(tables.web_session.c.secret_digest == bindparam("digest"))

LINK_HOURS = 24
"""How long a sign-in link works; an invitation works for a week."""

INVITATION_DAYS = 7
IDLE_DAYS = 14
"""After how long without use a browser is signed out."""

LONGEST_DAYS = 90
LONGEST_NAME = 200
SEEN_EVERY = timedelta(minutes=10)
"""How exactly it is noted when a browser was last used."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who may sign in.

    Attributes:
        holder: Whose account it is; None for somebody who holds nothing, such as an auditor from outside.
        name: What they are called.
    """

    id: str
    holder: str | None
    name: str
    email: str | None
    ended: bool

    @property
    def actor(self) -> str:
        """The actor of the entries they make: the holder's id, or the account's."""
        return self.holder or self.id


@dataclass(frozen=True, slots=True)
class WebSession:
    """A browser that is signed in.

    Attributes:
        digest: What is kept of its cookie.
        role: The role in which they act now; None for what is their own.
    """

    digest: str
    account: str
    role: str | None
    created_at: datetime
    seen_at: datetime
    expires_at: datetime

    @property
    def short(self) -> str:
        """What a page may show to tell it from others."""
        return self.digest[:12]


def digest_of(secret: str) -> str:
    """Return what is kept of a secret, hex."""
    return sha256(secret.encode()).hexdigest()


def create_account(
    db: Session, act: Act, *, holder: str | None = None, name: str | None = None, email: str | None = None
) -> Account:
    """Let somebody sign in from now on.

    Raises:
        Invalid: It is nobody's: neither a holder's nor of somebody with a name.
        AlreadyExists: The holder has an account.
    """
    if holder is None and not (name or "").strip():
        raise Invalid("An account is a holder's, or of somebody with a name.", field="name")
    taken = select(tables.account.c.id).where(tables.account.c.holder == holder)
    if holder is not None and db.execute(taken).first():
        raise AlreadyExists("They have an account; make a new sign-in link instead.", field="holder")
    id = act.new_id("acc")
    row = {
        "id": id,
        "holder": holder,
        "name": None if holder is not None else name,
        "email": email,
        "created_at": act.at,
        "ended_at": None,
    }
    db.execute(insert(tables.account), [row])
    return find_account(db, id)


def find_account(db: Session, id: str) -> Account:
    """Return an account.

    Raises:
        NotFound: There is none with this id.
    """
    row = db.connection().execute(_BY_ID, {"id": id}).mappings().first()
    if row is None:
        raise NotFound(f"There is no account {id!r}.", field="account")
    return _account(db, row)


def account_of_holder(db: Session, holder: str) -> Account | None:
    """Return the account of a holder, or None."""
    row = db.execute(select(tables.account).where(tables.account.c.holder == holder)).mappings().first()
    return None if row is None else _account(db, row)


def accounts(db: Session) -> list[Account]:
    """Return all accounts, oldest first."""
    rows = db.execute(select(tables.account).order_by(tables.account.c.id)).mappings().all()
    called = vault.names(db, [row["holder"] for row in rows if row["holder"] is not None])
    return [_named(row, called.get(row["holder"] or "", row["name"] or row["id"])) for row in rows]


def with_address(db: Session, address: str) -> list[Account]:
    """Return the accounts that have an e-mail address, in whatever case it is written, and have not ended."""
    columns = tables.account.c
    query = select(tables.account).where(func.lower(columns.email) == address.lower(), columns.ended_at.is_(None))
    return [_account(db, row) for row in db.execute(query.order_by(columns.id)).mappings().all()]


def _account(db: Session, row: Any) -> Account:  # noqa: ANN401 - a row
    holder = row["holder"]
    return _named(row, vault.name_of(db, holder) if holder is not None else row["name"] or row["id"])


def _named(row: Any, name: str) -> Account:  # noqa: ANN401 - a row
    return Account(row["id"], row["holder"], name, row["email"], row["ended_at"] is not None)


def rename(db: Session, act: Act, id: str, name: str) -> None:
    """Call somebody otherwise who holds nothing; a holder's name stands in the vault.

    Raises:
        NotFound: There is no such account.
        Invalid: It is a holder's, or the name is empty or too long.
    """
    del act
    if find_account(db, id).holder is not None:
        raise Invalid("A holder's name stands on record.", field="name")
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Invalid(f"A name has 1 to {LONGEST_NAME} characters.", field="name")
    db.execute(update(tables.account).where(tables.account.c.id == id).values(name=name))


def end_account(db: Session, act: Act, id: str) -> None:
    """Let somebody sign in no more, and sign them out everywhere.

    Raises:
        NotFound: There is no such account.
    """
    find_account(db, id)
    columns = tables.account.c
    db.execute(update(tables.account).where(columns.id == id, columns.ended_at.is_(None)).values(ended_at=act.at))
    end_all_sessions(db, act, id)


def reopen_account(db: Session, act: Act, id: str) -> None:
    """Let somebody sign in again: with a new link, since they were signed out everywhere.

    Raises:
        NotFound: There is no such account.
    """
    find_account(db, id)
    # links from before it ended must not work again
    links = tables.sign_in_link.c
    db.execute(update(tables.sign_in_link).where(links.account == id, links.used_at.is_(None)).values(used_at=act.at))
    db.execute(update(tables.account).where(tables.account.c.id == id).values(ended_at=None))


def make_link(db: Session, act: Act, account: str, *, hours: int = LINK_HOURS) -> str:
    """Return the secret of a link that lets somebody in once; it can't be had again.

    Raises:
        NotFound: There is no such account, or it has ended.
    """
    if find_account(db, account).ended:
        raise NotFound("This account has ended.", field="account")
    secret = secrets.token_urlsafe(32)
    row = {
        "secret_digest": digest_of(secret),
        "account": account,
        "made_by": act.actor,
        "created_at": act.at,
        "expires_at": micros_of(act.now + timedelta(hours=hours)),
        "used_at": None,
    }
    db.execute(insert(tables.sign_in_link), [row])
    return secret


def use_link(db: Session, act: Act, secret: str) -> tuple[Account, str]:
    """Sign somebody in by a link, once, and return them with the secret for their browser's cookie.

    Raises:
        LinkInvalid: It is none of ours, was used, has expired, or its account has ended.
    """
    columns = tables.sign_in_link.c
    digest = digest_of(secret)
    row = db.execute(select(tables.sign_in_link).where(columns.secret_digest == digest)).mappings().first()
    if row is None:
        raise LinkInvalid("This link is not one of ours. Ask for a new one.")
    if row["used_at"] is not None:
        raise LinkInvalid("This link has been used; each one works once. Ask for a new one.")
    if row["expires_at"] <= act.at:
        raise LinkInvalid("This link is too old. Ask for a new one.")
    found = find_account(db, row["account"])
    if found.ended:
        raise LinkInvalid("This account has ended.")
    # of two requests with one link only one finds it unused
    used = update(tables.sign_in_link).where(columns.secret_digest == digest, columns.used_at.is_(None))
    if db.execute(used.values(used_at=act.at)).rowcount != 1:  # type: ignore[attr-defined]
        raise LinkInvalid("This link has been used; each one works once. Ask for a new one.")
    return found, start_session(db, act, found.id)


def start_session(db: Session, act: Act, account: str) -> str:
    """Sign a browser in, and return the secret for its cookie."""
    secret = secrets.token_urlsafe(32)
    row = {
        "secret_digest": digest_of(secret),
        "account": account,
        "role": None,
        "created_at": act.at,
        "seen_at": act.at,
        "expires_at": micros_of(act.now + timedelta(days=LONGEST_DAYS)),
        "ended_at": None,
    }
    db.execute(insert(tables.web_session), [row])
    return secret


def session_of(db: Session, secret: str, now: datetime) -> WebSession | None:
    """Return the session of a cookie, or None: signed out, not used for too long, or none of ours."""
    row = db.connection().execute(_BY_SECRET, {"digest": digest_of(secret)}).mappings().first()
    if row is None or row["ended_at"] is not None:
        return None
    found = _session(row)
    is_over = found.expires_at <= now or found.seen_at + timedelta(days=IDLE_DAYS) <= now
    return None if is_over else found


def _session(row: Any) -> WebSession:  # noqa: ANN401 - a row
    times = (moment_at(row[name]) for name in ("created_at", "seen_at", "expires_at"))
    return WebSession(row["secret_digest"], row["account"], row["role"], *times)


def note_seen(db: Session, digest: str, now: datetime) -> None:
    """Note that a browser was used, unless that was noted less than ten minutes ago."""
    columns, before = tables.web_session.c, micros_of(now - SEEN_EVERY)
    is_due = (columns.secret_digest == digest, columns.seen_at <= before)
    db.execute(update(tables.web_session).where(*is_due).values(seen_at=micros_of(now)))


def act_in(db: Session, digest: str, role: str | None) -> None:
    """Let a browser act in another role; whether they have it is checked at each request."""
    db.execute(update(tables.web_session).where(tables.web_session.c.secret_digest == digest).values(role=role))


def end_session(db: Session, act: Act, digest: str) -> None:
    """Sign a browser out."""
    columns = tables.web_session.c
    db.execute(
        update(tables.web_session)
        .where(columns.secret_digest == digest, columns.ended_at.is_(None))
        .values(ended_at=act.at)
    )


def end_all_sessions(db: Session, act: Act, account: str) -> None:
    """Sign somebody out everywhere."""
    columns = tables.web_session.c
    db.execute(
        update(tables.web_session).where(columns.account == account, columns.ended_at.is_(None)).values(ended_at=act.at)
    )


def sessions_of(db: Session, account: str, now: datetime) -> list[WebSession]:
    """Return the browsers in which somebody is signed in, the last used first."""
    columns = tables.web_session.c
    query = select(tables.web_session).where(columns.account == account, columns.ended_at.is_(None))
    found = [_session(row) for row in db.execute(query.order_by(columns.seen_at.desc())).mappings()]
    return [one for one in found if one.expires_at > now and one.seen_at + timedelta(days=IDLE_DAYS) > now]
