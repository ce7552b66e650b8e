"""Long reads on a copy: where a replica of the database is set, reports are made there, and are no older for it.

PostgreSQL sends a replica what it has written; it is a moment behind. A read waits until the replica has all that
was on record when it was asked for, so whoever has just written finds it. One that is too far behind, or out of reach,
is passed over.
"""

from __future__ import annotations

import logging
import time
from typing import ParamSpec, TypeVar

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.db import Deed, Runner

P = ParamSpec("P")
T = TypeVar("T")

WAIT_SECONDS = 1.0
"""How long a read waits for the replica; after that the primary answers it."""

LOOK_EVERY_SECONDS = 0.02

SHUN_SECONDS = 30.0
"""How long one that was out of reach is not asked again: each try would wait for its network."""

WRITTEN = text("SELECT pg_current_wal_lsn()::text")
REPLAYED = text("SELECT coalesce(pg_last_wal_replay_lsn() >= cast(:written AS pg_lsn), false)")

log = logging.getLogger("vestry.replica")


class Reader:
    """Reads what takes long: from the replica if there is one that knows enough, from the primary otherwise."""

    def __init__(self, primary: Runner, replica: Engine | None) -> None:
        self._primary = primary
        self._replica = None if replica is None else Runner(replica)
        self._shunned_until = 0.0

    def read(self, facts: Deed[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what ``facts`` finds in one snapshot, which has all that was on record when it was asked."""
        replica = self._replica
        if replica is not None and time.monotonic() > self._shunned_until:
            try:
                if self._has_caught_up(replica):
                    return replica.read(facts, *args, **kwargs)
            except DBAPIError as error:
                self._shunned_until = time.monotonic() + SHUN_SECONDS
                log.warning("the replica can't be read, the primary is: %s", type(error.orig).__name__)
        return self._primary.read(facts, *args, **kwargs)

    def _has_caught_up(self, replica: Runner) -> bool:
        written, until = self._primary.read(_written), time.monotonic() + WAIT_SECONDS
        while not replica.read(_has_replayed, written):
            if time.monotonic() > until:
                return False
            time.sleep(LOOK_EVERY_SECONDS)
        return True


def _written(db: Session) -> str:
    return str(db.execute(WRITTEN).scalar_one())


def _has_replayed(db: Session, written: str) -> bool:
    return bool(db.execute(REPLAYED, {"written": written}).scalar_one())
