"""The moment that counts for a deadline: never before what is already on record."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import tables
from ledger.types import Act

LATEST = select(func.max(tables.entry.c.recorded_at))
"""The latest moment on record: not always the newest entry's, for a clock may have been set back before that one."""


def moment(db: Session, act: Act) -> int:
    """Return now, in microseconds since 1970: the act's clock, or the latest moment on record if that is later.

    So a clock that is set back opens no vote again. Ask under the journal's lock.
    """
    latest = db.connection().execute(LATEST).scalar()
    return act.at if latest is None else max(act.at, int(latest))
