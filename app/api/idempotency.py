"""Repeated requests: the same key and the same request get the answer of the first time, and nothing is done again.

Answers are kept in the transaction of the deed itself, so there is no answer to something that was rolled back, and no
deed without its answer. A refused request records nothing: repeated, it is judged anew. Writers come one after the
other, so two requests with one key never run at once. Answers are kept for a week, of which
24 hours are promised: with one for each write they would outgrow the record.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated

from fastapi import Header, Query
from pydantic import BeforeValidator, Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema
from sqlalchemy import ColumnElement, delete, insert, select, tuple_
from sqlalchemy.orm import Session

from app.api.fields import check_flag
from app.api.service import at_once
from app.errors import KeyMissing, KeyReused
from app.people.tables import idempotency
from app.problems import KEY_ASKED, KEY_HEADER
from ledger.types import micros_of

KEPT_FOR = timedelta(days=7)
"""How long an answer is there to be given again; longer than a weekend on which nobody looks after a client."""

FORGOTTEN_AT_ONCE = 1_000
"""How many answers one transaction forgets."""

Key = Annotated[
    str,
    StringConstraints(min_length=1, max_length=255, pattern="^[!-~]+$"),
    Field(examples=["7c1f4f0e-54f5-4d0a-9c39-6a1a53b1a3c8"]),
]


KEY_TEXT = (
    "A word of your own for this request, unlike any before, such as a new UUID: repeated with it, the request is "
    "answered as the first time and not done again. Answers are kept for at least 24 hours. A dry run needs none; any "
    "other write without one is refused with 400."
)


@dataclass(frozen=True, slots=True)
class Wish:
    """How a write is to be carried out.

    Attributes:
        key: What makes it safe to repeat; None for a dry run alone.
    """

    key: str | None

    @property
    def dry_run(self) -> bool:
        """Whether it is to be carried out, told and not stored."""
        return self.key is None


@at_once
def wish_of(
    dry_run: Annotated[
        bool, BeforeValidator(check_flag), Query(description="Carry it out, tell the result, and store nothing.")
    ] = False,
    idempotency_key: Annotated[Key | SkipJsonSchema[None], Header(alias=KEY_HEADER, description=KEY_TEXT)] = None,
) -> Wish:
    """Return how a write is to be carried out.

    Raises:
        KeyMissing: It came without a key, and is no dry run.
    """
    if not dry_run and idempotency_key is None:
        raise KeyMissing(KEY_ASKED, field=KEY_HEADER)
    return Wish(None if dry_run else idempotency_key)


@dataclass(frozen=True, slots=True)
class Claim:
    """A request that asks to be carried out once.

    Attributes:
        credential: The token it came with; keys of two tokens never meet.
        key: SHA-256 of the key, hex.
        fingerprint: SHA-256 of key, method, address and body, hex.
    """

    credential: str
    key: str
    fingerprint: str

    @classmethod
    def of(cls, credential: str, key: str, *request: bytes) -> Claim:
        """Return the claim of a request, given as method, address and body.

        The key itself is not kept: it salts the fingerprint, which may be of a body with a name in it.
        """
        parts = [key.encode(), *request]
        framed = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
        return cls(credential, sha256(key.encode()).hexdigest(), sha256(framed).hexdigest())


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered: the status and the exact body."""

    status: int
    body: bytes


def earlier_answer(db: Session, claim: Claim) -> Answer | None:
    """Return what this request was answered the first time, or None.

    Raises:
        KeyReused: The key came with another request.
    """
    columns = idempotency.c
    same_key = columns.credential == claim.credential, columns.key == claim.key
    # locked, so that this commit, too, waits for a standby: the first one's wait may have been cut short
    row = db.execute(select(idempotency).where(*same_key).with_for_update()).first()
    if row is None:
        return None
    if row.fingerprint != claim.fingerprint:
        raise KeyReused("This Idempotency-Key came with another request before; use a new key for a new request.")
    return Answer(row.status, row.answer)


def keep_answer(db: Session, claim: Claim, answer: Answer, *, at: int) -> None:
    """Keep what a request was answered, ``at`` microseconds since 1970."""
    row = {
        "credential": claim.credential,
        "key": claim.key,
        "fingerprint": claim.fingerprint,
        "status": answer.status,
        "answer": answer.body,
        "recorded_at": at,
    }
    db.execute(insert(idempotency), [row])


def has_old(db: Session, now: datetime) -> bool:
    """Return whether an answer has been kept long enough."""
    return db.execute(select(idempotency.c.key).where(_is_old(now)).limit(1)).first() is not None


def forget_old(db: Session, now: datetime) -> None:
    """Forget the answers that have been kept longest, some at a time: whoever else writes must not wait for all."""
    columns = idempotency.c
    oldest = (
        select(columns.credential, columns.key)
        .where(_is_old(now))
        .order_by(columns.recorded_at)
        .limit(FORGOTTEN_AT_ONCE)
    )
    db.execute(delete(idempotency).where(tuple_(columns.credential, columns.key).in_(oldest)))


def _is_old(now: datetime) -> ColumnElement[bool]:
    return idempotency.c.recorded_at < micros_of(now - KEPT_FOR)
