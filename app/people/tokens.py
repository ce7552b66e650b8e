"""Tokens: what machines and the command line show to be let in, and what each may do.

A secret is 256 random bits, shown once; only its SHA-256 is kept. (No slow hash: nobody guesses 256 bits.)
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from typing import Any

from sqlalchemy import bindparam, insert, select, text, update
from sqlalchemy.orm import Session

from app.errors import TokenInvalid
from app.people import tables
from ledger.errors import DatesOutOfOrder, Invalid, NotFound
from ledger.types import Act, micros_of, moment_at

PREFIX = "vestry_"
"""So that a secret in the wrong place is recognised, by people and by programs that look for them."""

SECRET_BYTES = 32

USED_EVERY = timedelta(minutes=5)
"""How often it is noted that a token is used."""


# each request asks it, and building a query costs SQLAlchemy more than asking it
_BY_SECRET = select(tables.token).where(tables.token.c.secret_digest == bindparam("digest"))


class Scope(StrEnum):
    """What a token may do; none includes another. ``MEANING`` says each in words."""

    REGISTER_WRITE = "register:write"
    GRANTS_WRITE = "grants:write"
    GRANTS_APPROVE = "grants:approve"
    EQUITY_WRITE = "equity:write"
    EQUITY_OWN = "equity:own"
    JOURNAL_REVERSE = "journal:reverse"
    SESSIONS_WRITE = "sessions:write"
    SESSIONS_OWN = "sessions:own"
    SESSIONS_TOTALS = "sessions:totals"
    DISPUTES_REVIEW = "disputes:review"
    DISPUTES_COUNCIL = "disputes:council"
    PERIODS_WRITE = "periods:write"
    PERIODS_APPROVE = "periods:approve"
    PROPOSALS_OWN = "proposals:own"
    PROPOSALS_READ = "proposals:read"
    BOARD_WRITE = "board:write"
    LAYOFFS_COUNCIL = "layoffs:council"
    MEMBERS_WRITE = "members:write"
    POLICIES_WRITE = "policies:write"
    POLICIES_READ = "policies:read"
    PATRONAGE_WRITE = "patronage:write"
    PATRONAGE_APPROVE = "patronage:approve"
    PATRONAGE_READ = "patronage:read"
    PATRONAGE_PAY = "patronage:pay"
    PATRONAGE_OWN = "patronage:own"
    CAPITAL_WRITE = "capital:write"
    CAPITAL_APPROVE = "capital:approve"
    AUDIT_READ = "audit:read"
    CAPTABLE_READ = "captable:read"
    JOURNAL_READ = "journal:read"
    EVENTS_READ = "events:read"
    WEBHOOKS_WRITE = "webhooks:write"
    PEOPLE_READ = "people:read"
    PEOPLE_ERASE = "people:erase"
    DISCLOSURES_WRITE = "disclosures:write"
    DISCLOSURES_APPROVE = "disclosures:approve"
    ADMIN = "admin"


MEANING: dict[Scope, str] = {
    Scope.REGISTER_WRITE: "Register the company, holders and engagements; adopt classes, plans and valuations.",
    Scope.GRANTS_WRITE: "Draft grants, and issue those that someone else has approved.",
    Scope.GRANTS_APPROVE: "Approve the exact terms of a grant that someone else drafted.",
    Scope.EQUITY_WRITE: "Issue shares, do what happens to securities once issued, and end engagements.",
    Scope.EQUITY_OWN: "For a holder: what they hold, with its schedules; nobody else's.",
    Scope.JOURNAL_REVERSE: "Undo an entry by its opposite.",
    Scope.SESSIONS_WRITE: "Hand in delivered sessions, undo imports, put rows right, record leave and council service.",
    Scope.SESSIONS_OWN: "For a provider: their own sessions, statements, thresholds and disputes; nobody else's.",
    Scope.SESSIONS_TOTALS: "Read totals of sessions over groups of 11 people or more.",
    Scope.DISPUTES_REVIEW: "Review disputed statements, by case number.",
    Scope.DISPUTES_COUNCIL: "For the council: decide appeals, and see whose they are.",
    Scope.PERIODS_WRITE: "See how far a month is, and ask for it to be closed.",
    Scope.PERIODS_APPROVE: "Close a month that someone else asked to close.",
    Scope.PROPOSALS_OWN: "For a member: propose, comment, sign, stand for election and vote, as nobody but themselves.",
    Scope.PROPOSALS_READ: "Read proposals, comments, notices, turnout, results and audit files.",
    Scope.BOARD_WRITE: "For the board: review proposals, announce votes, moderate comments, file layoff cases.",
    Scope.LAYOFFS_COUNCIL: "For the council: see layoff cases, and say what it thinks of them.",
    Scope.MEMBERS_WRITE: "Keep the register of members: admit them, and record when a membership ends.",
    Scope.POLICIES_WRITE: "Set the first policies, before anybody is a member; afterwards only what passes sets them.",
    Scope.POLICIES_READ: "Read policies, in force and past.",
    Scope.PATRONAGE_WRITE: "Preview how a pool is split; nobody's part is shown.",
    Scope.PATRONAGE_APPROVE: "Declare exactly what someone else previewed.",
    Scope.PATRONAGE_READ: "Read declarations and the books of capital, in total.",
    Scope.PATRONAGE_PAY: "Read what is to be paid to whom, after a declaration or out of capital, and their tax forms.",
    Scope.PATRONAGE_OWN: "For a member: their own allocations, consent, capital account and tax number; nobody else's.",
    Scope.CAPITAL_WRITE: "State surplus and loss, record what members pay in, redeem notices, promise and pay exits.",
    Scope.CAPITAL_APPROVE: "State for the board what the cooperative can afford to pay out of capital.",
    Scope.AUDIT_READ: "Read who tried to see what is somebody else's.",
    Scope.CAPTABLE_READ: "Read the register, securities and cap tables; holders appear by their ids.",
    Scope.JOURNAL_READ: "For auditors: read entries (thresholds and statements, too), fetch proofs, run the verifier.",
    Scope.EVENTS_READ: "Follow what happens: type, moment and id of each event, and nobody's name.",
    Scope.WEBHOOKS_WRITE: "Manage webhooks: where events are sent, their secrets, what became of each delivery.",
    Scope.PEOPLE_READ: "See names and e-mail addresses wherever holders appear.",
    Scope.PEOPLE_ERASE: "Erase who somebody was, once nobody has to know any more.",
    Scope.DISCLOSURES_WRITE: "Ask for a file with whole tax numbers, and take it once somebody else has approved it.",
    Scope.DISCLOSURES_APPROVE: "Approve that a file with whole tax numbers goes to whoever asked for it.",
    Scope.ADMIN: "List and revoke tokens; nothing in the ledger.",
}


@dataclass(frozen=True, slots=True)
class Token:
    """Someone's way in, without the secret.

    Attributes:
        actor: Who acts through it: the ``actor`` of the entries it makes.
        label: What it is for, in the words of whoever made it.
        expires_at: None for never.
        last_used_at: To within five minutes; None where it never was, as far as is known.
        last_used_from: The address it came from then.
    """

    id: str
    actor: str
    label: str
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None = None
    last_used_from: str | None = None

    def is_use_due(self, now: datetime) -> bool:
        """Return whether its use is to be noted: not with every request, for that would be a write each."""
        return self.last_used_at is None or self.last_used_at + USED_EVERY <= now

    def may(self, scope: Scope) -> bool:
        """Return whether it is good for ``scope``."""
        return scope in self.scopes


def create_token(
    db: Session,
    act: Act,
    *,
    actor: str,
    label: str,
    scopes: Collection[Scope],
    expires_at: datetime | None = None,
    entropy: Callable[[int], bytes] = secrets.token_bytes,
) -> tuple[Token, str]:
    """Make a token, and return it with its secret, which can't be had again.

    Raises:
        Invalid: No actor, no label, or a token for nothing.
        DatesOutOfOrder: It would expire before it exists.
    """
    if not actor.strip() or not label.strip() or not scopes:
        raise Invalid("A token needs whom it acts for, what it is for, and at least one scope.", field="scopes")
    if expires_at is not None and expires_at <= act.now:
        raise DatesOutOfOrder("A token expires after it is made.", field="expires_at")
    secret = PREFIX + entropy(SECRET_BYTES).hex()
    token = Token(act.new_id("tok"), actor, label, frozenset(scopes), act.now, expires_at, None)
    row = {
        "id": token.id,
        "secret_digest": _digest(secret),
        "actor": actor,
        "label": label,
        "scopes": " ".join(sorted(scopes)),
        "created_at": act.at,
        "expires_at": None if expires_at is None else micros_of(expires_at),
        "revoked_at": None,
    }
    db.execute(insert(tables.token), [row])
    return token, secret


def authenticate(db: Session, secret: str, now: datetime) -> Token:
    """Return the token whose secret this is.

    Raises:
        TokenInvalid: It is none of ours, revoked, or expired.
    """
    row = db.connection().execute(_BY_SECRET, {"digest": _digest(secret)}).mappings().first()
    if row is None:
        raise TokenInvalid("This token is not one of ours.")
    token = _token(row)
    if token.revoked_at is not None:
        raise TokenInvalid("This token has been revoked.")
    if token.expires_at is not None and token.expires_at <= now:
        raise TokenInvalid(f"This token expired at {token.expires_at:%Y-%m-%d %H:%M} UTC.")
    return token


def note_use(db: Session, token_id: str, address: str, now: datetime) -> None:
    """Note when a token was last used, and from where."""
    if db.get_bind().dialect.name == "postgresql":
        # nothing rests on it: while a standby can't be reached, threads would wait here until none is left
        db.execute(text("SET LOCAL synchronous_commit TO local"))
    columns = tables.token.c
    used = {"last_used_at": micros_of(now), "last_used_from": address}
    db.execute(update(tables.token).where(columns.id == token_id).values(**used))


def revoke_token(db: Session, token_id: str, now: datetime) -> Token:
    """Make a token good for nothing from ``now``, and return it; revoking it twice changes nothing.

    Raises:
        NotFound: There is none with this id.
    """
    columns = tables.token.c
    db.execute(
        update(tables.token)
        .where(columns.id == token_id, columns.revoked_at.is_(None))
        .values(revoked_at=micros_of(now))
    )
    row = db.execute(select(tables.token).where(columns.id == token_id)).mappings().first()
    if row is None:
        raise NotFound(f"There is no token {token_id!r}.", field="token")
    return _token(row)


def tokens(db: Session) -> list[Token]:
    """Return every token ever made, oldest first."""
    return [_token(row) for row in db.execute(select(tables.token).order_by(tables.token.c.id)).mappings()]


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else moment_at(micros)


@lru_cache(maxsize=256)
def _scopes(words: str) -> frozenset[Scope]:
    return frozenset(Scope(word) for word in words.split())


def _token(row: Any) -> Token:  # noqa: ANN401 - a row
    created = moment_at(row["created_at"])
    scopes = _scopes(row["scopes"])
    ends = _moment(row["expires_at"]), _moment(row["revoked_at"])
    used = _moment(row["last_used_at"]), row["last_used_from"]
    return Token(row["id"], row["actor"], row["label"], scopes, created, *ends, *used)
