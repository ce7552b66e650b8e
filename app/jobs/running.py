"""Carrying jobs out: once, whatever happens in between.

What a job writes and the mark that it has succeeded are one transaction, which begins by waiting for the journal. So
two that carry out the same job come one after the other, and the second finds it ended; and of a job whose process died
nothing is on record, so that it is simply done again.
"""

from __future__ import annotations

import logging
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import orjson
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from app.api.fields import Receipt
from app.db import Runner
from app.errors import INTERNAL, ProblemType, RowsRefused, problem_type
from app.jobs import records
from app.jobs.board import Board, Progress
from app.jobs.records import MOST_TRIES, JobState
from app.jobs.tables import job
from app.problems import Problem, ProblemPart
from ledger import journal
from ledger.errors import Refusal
from ledger.types import Act

EVERY_SECONDS = 5.0
BEAT_SECONDS = 1.0

BROKEN = "This is our fault: the service stopped or failed each time it was tried. Nothing was written."

log = logging.getLogger("vestry.jobs")

Now = Callable[[], datetime]


class CalledOff(Exception):
    """Raised inside this module only: somebody called the job off, or it is somebody else's now."""


class Tick(Protocol):
    """Told now and then how far a job has come."""

    def __call__(self, stage: str, done: int, of: int | None = None, /) -> object:
        """Hear what is being done, to how many rows it has been, and of how many if that is known."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a task did.

    Attributes:
        told: As the request would have been answered.
        rows: What became of each row, as NDJSON; None where there are no rows.
        errors: What is wrong with which row, as CSV.
    """

    told: BaseModel
    rows: bytes | None = None
    errors: bytes | None = None


class Task(Protocol):
    """What jobs of one kind do."""

    def __call__(self, db: Session, act: Act, sent: bytes, asked: Mapping[str, Any], tick: Tick, /) -> Outcome:
        """Do it, in the transaction at hand."""


TASKS: dict[str, Task] = {}
"""What jobs do, by the names of their operations."""


def carry_out_next(runner: Runner, board: Board, now: Now) -> str | None:
    """Carry out the job whose turn it is; return its id, or None where none waits."""
    if not runner.read(records.is_any_free, now()):
        return None
    runner.run(records.forget, now())
    id = runner.run(records.take, now())
    if id is None:
        return None
    ticking = _Ticking(runner, board, now, id)
    board.running.add(id)
    try:
        runner.run(_carry_out, id, now(), ticking)
    except CalledOff:
        runner.run(records.end, id, JobState.CANCELLED, now())
    except Refusal as refusal:
        kind = problem_type(type(refusal))
        runner.run(_fail, id, now(), kind, str(refusal), _parts(refusal))
    except Exception:
        # what is in a row must not reach a log; a traceback has lines of code and no values
        log.exception("job %s broke off; it will be tried again", id)
    finally:
        board.running.discard(id)
        board.progress.pop(id, None)
        board.called_off.discard(id)
    return id


async def work(runner: Runner, board: Board, now: Now, *, every: float = EVERY_SECONDS) -> None:
    """Carry jobs out, one after the other, until cancelled."""
    while True:
        try:
            while await run_in_threadpool(carry_out_next, runner, board, now):
                pass
        except Exception:
            log.exception("jobs can't be carried out; it will be tried again")
        await board.rest(every)


@dataclass(slots=True)
class _Ticking:
    """Tells the board, and the database where it takes a second writer, how far a job is."""

    runner: Runner
    board: Board
    now: Now
    id: str
    beaten_at: float = 0.0

    def __call__(self, stage: str, done: int, of: int | None = None, /) -> None:
        self.board.progress[self.id] = Progress(stage.lower(), done, of)
        if self.id in self.board.called_off:
            raise CalledOff
        if self.runner.takes_two_writers and time.monotonic() - self.beaten_at > BEAT_SECONDS:
            self.beaten_at = time.monotonic()
            if self.runner.run(records.beat, self.id, self.now(), stage.lower(), done, of):
                raise CalledOff


def _carry_out(db: Session, id: str, now: datetime, tick: Tick) -> None:
    journal.lock(db)
    row = db.execute(select(job).where(job.c.id == id, job.c.state == JobState.RUNNING)).first()
    if row is None:
        return
    if row.cancel_asked_at is not None:
        raise CalledOff
    if row.tries > MOST_TRIES:
        _fail(db, id, now, INTERNAL, BROKEN, [])
        return
    act = Act(row.actor, row.authority, now)
    first = journal.size(db)
    trial = db.begin_nested() if row.dry_run else None
    done = TASKS[row.task](db, act, zlib.decompress(row.sent), orjson.loads(row.asked), tick)
    entries = list(range(first, journal.size(db)))
    answer = Receipt(entries=entries, dry_run=bool(row.dry_run), data=done.told).model_dump_json().encode()
    if trial is not None:
        trial.rollback()
    kept: dict[str, bytes | int | None] = {"answer": answer, "rows": _packed(done.rows), "errors": _packed(done.errors)}
    total = {"done": row.total, "total": row.total} if row.total is not None else {}
    if not records.end(db, id, JobState.SUCCEEDED, now, kept | total):
        raise CalledOff


def _packed(lines: bytes | None) -> bytes | None:
    return None if lines is None else zlib.compress(lines)


def _fail(db: Session, id: str, now: datetime, kind: ProblemType, detail: str, parts: list[ProblemPart]) -> None:
    request_id = db.execute(select(job.c.request_id).where(job.c.id == id)).scalar_one()
    problem = Problem(
        type=kind.url,
        title=kind.title,
        status=kind.status,
        detail=detail,
        instance=f"/v1/jobs/{id}",
        code=kind.code,
        request_id=request_id,
        errors=parts,
    )
    records.end(db, id, JobState.FAILED, now, {"problem": problem.model_dump_json(exclude_none=True).encode()})


def _parts(refusal: Refusal) -> list[ProblemPart]:
    if isinstance(refusal, RowsRefused):
        return [ProblemPart(row=one.row, column=one.column or None, detail=one.detail) for one in refusal.rows]
    return []
