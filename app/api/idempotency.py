"""Repeated requests: the same key and the same request get the answer of the first time, and nothing is done again.

Answers are kept in the transaction of the deed itself, so there is no answer to something that was rolled back, and no
deed without its answer. A refused request records nothing: repeated, it is judged anew. Writers come one after the
other, so two requests with one key never run at once. Answers are kept for good; 24 hours is what we promise.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.errors import KeyReused
from app.people.tables import idempotency


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
