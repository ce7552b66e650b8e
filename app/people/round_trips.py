"""What is sent out with a browser and has to come back: once, soon, and for what it was sent out for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import orjson
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from app.people import tables
from app.people.accounts import digest_of
from ledger.types import Act, micros_of

GOOD_FOR = timedelta(minutes=10)


class Purpose(StrEnum):
    """What somebody was about to do."""

    ADD_PASSKEY = "ADD_PASSKEY"
    """Let a device of theirs in from now on."""
    USE_PASSKEY = "USE_PASSKEY"
    """Sign in by a device."""
    PROVIDER = "PROVIDER"
    """Sign in elsewhere and come back."""


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """What has come back.

    Attributes:
        account: For whom it was; None while it was not known who signs in.
        kept: What was kept here until then.
    """

    account: str | None
    kept: Mapping[str, str]


def send_out(
    db: Session,
    act: Act,
    purpose: Purpose,
    secret: str,
    *,
    account: str | None = None,
    kept: Mapping[str, str] | None = None,
) -> None:
    """Expect a secret back within ten minutes; what nobody brought back in time is forgotten."""
    columns = tables.round_trip.c
    db.execute(delete(tables.round_trip).where(columns.expires_at <= act.at))
    row = {
        "secret_digest": digest_of(secret),
        "purpose": purpose.value,
        "account": account,
        "kept": orjson.dumps(dict(kept or {})).decode(),
        "expires_at": micros_of(act.now + GOOD_FOR),
    }
    db.execute(insert(tables.round_trip), [row])


def take_back(db: Session, act: Act, purpose: Purpose, secret: str) -> RoundTrip | None:
    """Return what was kept for a secret, and expect it no more; None if it was not expected, or comes too late."""
    columns = tables.round_trip.c
    one = (columns.secret_digest == digest_of(secret), columns.purpose == purpose.value)
    row = db.execute(select(tables.round_trip).where(*one)).mappings().first()
    # of two requests with one secret only one finds it still there
    if row is None or db.execute(delete(tables.round_trip).where(*one)).rowcount != 1:  # type: ignore[attr-defined]
        return None
    return None if row["expires_at"] <= act.at else RoundTrip(row["account"], orjson.loads(row["kept"]))
