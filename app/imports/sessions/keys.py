"""The secret behind fingerprints: made once for each record and kept beside it.

It is no setting: with another key every session would look new, and a second import of one file would count twice.
"""

from __future__ import annotations

import secrets

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.people.tables import fingerprint_key
from ledger import journal
from ledger.types import Act

KEY_BYTES = 32


def org_key(db: Session, act: Act) -> bytes:
    """Return the key; the first to ask makes it."""
    journal.lock(db)
    key = _kept_key(db)
    if key is None:
        key = act.entropy(KEY_BYTES)
        db.execute(insert(fingerprint_key), [{"id": 1, "key": key, "made_at": act.at}])
    return key


def key_for_trial(db: Session) -> bytes:
    """Return the key without making one: while there is none nothing is on record, and any will do."""
    return _kept_key(db) or secrets.token_bytes(KEY_BYTES)


def _kept_key(db: Session) -> bytes | None:
    return db.execute(select(fingerprint_key.c.key)).scalar()
