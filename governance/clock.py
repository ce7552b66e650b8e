"""The moment that counts for a deadline: never before what is already on record."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import tables
from ledger.types import Act

_NEWEST = select(tables.entry.c.recorded_at).order_by(tables.entry.c.n.desc()).limit(1)


def moment(db: Session, act: Act) -> int:
    """Return now, in microseconds since 1970: the act's clock, or the newest entry's if that is later.

    So a clock that is set back opens no vote again. Ask under the journal's lock.
    """
    newest = db.connection().execute(_NEWEST).scalar()
    return act.at if newest is None else max(act.at, int(newest))
