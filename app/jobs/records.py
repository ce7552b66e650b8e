"""Jobs on record: made, taken, ended, forgotten. None of these waits for the journal.

A job's effect and the mark that it is done are one transaction (``app.jobs.running``), so whoever takes a job up after
a crash either finds it ended or finds nothing of it written. What it works on is gone as soon as it has ended.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import ColumnElement, and_, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from app.jobs.tables import job
from ledger.errors import NotAllowedNow, NotFound
from ledger.types import Act, micros_of

KEPT_FOR = timedelta(days=7)
"""How long an ended job tells what came of it."""

LEASE = timedelta(seconds=15)
"""After so long a silence a job is taken up by somebody else."""

MOST_TRIES = 3
"""How often a job is begun: one that brings the service down must not do so for ever."""


class JobState(StrEnum):
    """How far a job is."""

    QUEUED = "queued"
    """It waits for its turn."""
    RUNNING = "running"
    """It is being carried out; nothing of it counts yet."""
    SUCCEEDED = "succeeded"
    """Done, and on record."""
    FAILED = "failed"
    """Refused or broken; nothing of it was written."""
    CANCELLED = "cancelled"
    """Somebody called it off; nothing of it was written."""


ENDED = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})


@dataclass(frozen=True, slots=True)
class Order:
    """What a job is to do.

    Attributes:
        task: The operation, by name.
        scope: Whose tokens may follow it.
        asked: Its parameters, as JSON has them.
        sent: What it works on.
        total: How many rows that are; None where it can't be told.
    """

    task: str
    scope: str
    token: str
    request_id: str
    asked: Mapping[str, Any]
    sent: bytes
    total: int | None
    dry_run: bool


@dataclass(frozen=True, slots=True)
class Job:
    """A job, without what it works on and without what came of it.

    Attributes:
        done: How many rows of its stage are done.
        problem: Why it failed, as JSON.
    """

    id: str
    task: str
    scope: str
    token: str
    actor: str
    dry_run: bool
    state: JobState
    stage: str | None
    done: int
    total: int | None
    problem: bytes | None
    has_rows: bool
    created_at: int
    started_at: int | None
    ended_at: int | None

    @property
    def has_ended(self) -> bool:
        """Whether it is over, one way or another."""
        return self.state in ENDED


TOLD = (
    *(job.c.id, job.c.task, job.c.scope, job.c.token, job.c.actor, job.c.dry_run, job.c.state, job.c.stage),
    *(job.c.done, job.c.total, job.c.problem, job.c.rows.is_not(None).label("has_rows")),
    *(job.c.created_at, job.c.started_at, job.c.ended_at),
)


def make(db: Session, act: Act, order: Order) -> Job:
    """Put a job into the queue."""
    id = act.new_id("job")
    row = {
        "id": id,
        "task": order.task,
        "scope": order.scope,
        "token": order.token,
        "actor": act.actor,
        "authority": act.authority,
        "request_id": order.request_id,
        "dry_run": int(order.dry_run),
        "asked": orjson.dumps(dict(order.asked)).decode(),
        "sent": zlib.compress(order.sent, 1),
        "state": JobState.QUEUED,
        "done": 0,
        "total": order.total,
        "tries": 0,
        "created_at": act.at,
    }
    db.execute(insert(job), [row])
    return found(db, id)


def found(db: Session, id: str) -> Job:
    """Return a job.

    Raises:
        NotFound: There is none, or none any more.
    """
    row = db.execute(select(*TOLD).where(job.c.id == id)).mappings().first()
    if row is None:
        raise NotFound(f"There is no job {id!r} here; what came of one is kept for {KEPT_FOR.days} days.", field="job")
    return _job({str(name): value for name, value in row.items()})


def _job(row: Mapping[str, Any]) -> Job:
    told = dict(row)
    flags = {"dry_run": bool(told["dry_run"]), "has_rows": bool(told["has_rows"])}
    return Job(**told | flags | {"state": JobState(told["state"])})


def outcome(db: Session, id: str, column: str) -> bytes:
    """Return what came of a job: its ``answer``, its ``rows``, its ``errors``.

    Raises:
        NotFound: There is no such job.
        NotAllowedNow: It has not succeeded.
    """
    one = found(db, id)
    if one.state is not JobState.SUCCEEDED:
        raise NotAllowedNow(f"This job is {one.state}; only what has succeeded has a result.")
    kept = db.execute(select(job.c[column]).where(job.c.id == id)).scalar()
    if kept is None:
        raise NotFound("This job tells nothing of single rows.", field="job")
    return bytes(kept) if column == "answer" else zlib.decompress(kept)


def take(db: Session, now: datetime) -> str | None:
    """Take the job that has waited longest, or whose carrier has fallen silent; None where there is none."""
    stale = and_(job.c.state == JobState.RUNNING, job.c.seen_at < micros_of(now - LEASE))
    free: ColumnElement[bool] = or_(job.c.state == JobState.QUEUED, stale)
    query = select(job.c.id, job.c.seen_at).where(free).order_by(job.c.created_at, job.c.id).limit(1)
    row = db.execute(query.with_for_update(skip_locked=True)).first()
    if row is None:
        return None
    at = micros_of(now)
    values = {"state": JobState.RUNNING, "seen_at": at, "tries": job.c.tries + 1}
    db.execute(update(job).where(job.c.id == row.id).values(**values, started_at=at))
    return str(row.id)


def is_any_free(db: Session, now: datetime) -> bool:
    """Return whether a job could be taken, or is old enough to be forgotten."""
    stale = and_(job.c.state == JobState.RUNNING, job.c.seen_at < micros_of(now - LEASE))
    old = job.c.ended_at < micros_of(now - KEPT_FOR)
    query = select(job.c.id).where(or_(job.c.state == JobState.QUEUED, stale, old)).limit(1)
    return db.execute(query).first() is not None


def beat(db: Session, id: str, now: datetime, stage: str | None, done: int, total: int | None) -> bool:
    """Say that a job is being carried out and how far it is; return whether somebody calls it off."""
    values = {"seen_at": micros_of(now), "stage": stage, "done": done, "total": total}
    db.execute(update(job).where(job.c.id == id, job.c.state == JobState.RUNNING).values(**values))
    return db.execute(select(job.c.cancel_asked_at).where(job.c.id == id)).scalar() is not None


def end(
    db: Session, id: str, state: JobState, now: datetime, told: Mapping[str, bytes | int | None] | None = None
) -> bool:
    """End a job that runs; return whether it did run until now. What it worked on is forgotten."""
    values = {"state": state, "ended_at": micros_of(now), "sent": None, "asked": "{}", **(told or {})}
    ended = db.execute(update(job).where(job.c.id == id, job.c.state == JobState.RUNNING).values(values))
    return bool(ended.rowcount)  # type: ignore[attr-defined]


def call_off(db: Session, id: str, now: datetime) -> Job:
    """Call a job off: at once where it waits, as soon as its carrier hears of it where it runs.

    Raises:
        NotFound: There is no such job.
        NotAllowedNow: It has ended.
    """
    at = micros_of(now)
    waiting = {"state": JobState.CANCELLED, "ended_at": at, "sent": None, "asked": "{}", "cancel_asked_at": at}
    db.execute(update(job).where(job.c.id == id, job.c.state == JobState.QUEUED).values(waiting))
    db.execute(update(job).where(job.c.id == id, job.c.state == JobState.RUNNING).values(cancel_asked_at=at))
    one = found(db, id)
    if one.state in {JobState.SUCCEEDED, JobState.FAILED}:
        raise NotAllowedNow("This job has ended; it can't be called off any more.")
    return one


def forget(db: Session, now: datetime) -> None:
    """Forget jobs that ended long ago."""
    db.execute(delete(job).where(job.c.ended_at < micros_of(now - KEPT_FOR)))
