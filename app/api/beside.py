"""Requests that are answered before they are carried out: RFC 7240's ``Prefer``, jobs as the API tells them."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any

import orjson
from fastapi import Header, Request, Response
from pydantic.json_schema import SkipJsonSchema
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from app.api.fields import Told, shown
from app.api.idempotency import Answer, Claim, earlier_answer, keep_answer
from app.api.service import Service, at_once
from app.jobs import records
from app.jobs.records import Job, JobState, Order
from app.jobs.running import Task
from app.problems import MEDIA_TYPE, Problem
from ledger.errors import NotFound
from ledger.types import Act, moment_at

JSON = "application/json"
ACCEPTED = 202

MOST_WAIT_SECONDS = 20
"""No request holds up a service that stops."""

LOOK_EVERY_SECONDS = 0.25
HEARTBEAT_SECONDS = 15.0
MOST_STREAM_SECONDS = 20.0
"""Then a stream ends, and the client asks again from where it was, for the same reason."""

JOB: dict[str, Any] = {
    "id": "job_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "task": "import_sessions",
    "state": "running",
    "dry_run": False,
    "progress": {"stage": "recording", "done": 20000, "total": 31250},
    "result_url": None,
    "rows_url": None,
    "errors_url": None,
    "events_url": "/v1/jobs/job_01KJQ3YT5RWX6M1YFV0B1WJ6Q8/events",
    "problem": None,
    "created_at": "2026-03-02T15:30:00Z",
    "started_at": "2026-03-02T15:30:01Z",
    "ended_at": None,
}


class ProgressOut(Told):
    """How far a job is."""

    model_config = shown(JOB["progress"])

    stage: str | None
    """What is being done now, such as `reading` or `recording`; each stage counts from the beginning."""
    done: int
    total: int | None
    """Null where it can't be told."""


class JobOut(Told):
    """A job. What came of it is kept for 7 days."""

    model_config = shown(JOB)

    id: str
    task: str
    """The operation that it carries out."""
    state: JobState
    dry_run: bool
    progress: ProgressOut
    result_url: str | None
    """What the request would have been answered; null unless it has succeeded."""
    rows_url: str | None
    """What became of each row, one a line; null where it is not about rows."""
    errors_url: str | None
    """What is wrong with which row, as CSV; null where it is not about rows."""
    events_url: str
    problem: Problem | None
    """Why it failed."""
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def of(cls, one: Job) -> JobOut:
        """Return a job as the API tells it."""
        path, has_result = f"/v1/jobs/{one.id}", one.state is JobState.SUCCEEDED
        return cls(
            id=one.id,
            task=one.task,
            state=one.state,
            dry_run=one.dry_run,
            progress=ProgressOut(stage=one.stage, done=one.done, total=one.total),
            result_url=f"{path}/result" if has_result else None,
            rows_url=f"{path}/rows" if has_result and one.has_rows else None,
            errors_url=f"{path}/errors" if has_result and one.has_rows else None,
            events_url=f"{path}/events",
            problem=None if one.problem is None else Problem.model_validate_json(one.problem),
            created_at=moment_at(one.created_at),
            started_at=None if one.started_at is None else moment_at(one.started_at),
            ended_at=None if one.ended_at is None else moment_at(one.ended_at),
        )


@dataclass(frozen=True, slots=True)
class Preference:
    """What a request prefers.

    Attributes:
        is_async: To be answered at once, and carried out as a job.
        wait: So many seconds it will wait for the end.
    """

    is_async: bool = False
    wait: int = 0


@at_once
def preference(
    prefer: Annotated[
        str | SkipJsonSchema[None],
        Header(
            alias="Prefer",
            description="`respond-async`: answer at once with a job; `respond-async, wait=10`: only if it takes longer "
            "than so many seconds, 20 at most (RFC 7240).",
            examples=["respond-async, wait=10"],
        ),
    ] = None,
) -> Preference:
    """Return what a request prefers; what is not understood is passed over, as RFC 7240 has it."""
    said = _preferences(prefer)
    return Preference("respond-async" in said, _wait(said))


@at_once
def patience_of(
    prefer: Annotated[
        str | SkipJsonSchema[None],
        Header(
            alias="Prefer",
            description="`wait=30`: where there is nothing yet, answer as soon as there is something, or after so many "
            "seconds, 60 at most (RFC 7240).",
            examples=["wait=2"],
        ),
    ] = None,
) -> int:
    """Return how many seconds a request will wait until there is something to tell."""
    return _wait(_preferences(prefer))


def _preferences(prefer: str | None) -> list[str]:
    return [part.strip().lower() for part in re.split("[,;]", prefer or "")]


def _wait(said: list[str]) -> int:
    waits = [int(found[1]) for part in said if (found := re.fullmatch(r'wait\s*=\s*"?(\d{1,6})"?', part))]
    return min(waits[0], MOST_WAIT_SECONDS) if waits else 0


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a job works on.

    Attributes:
        sent: As little as will do.
        total: How many rows that are; None where it can't be told.
        asked: Parameters, as JSON has them.
    """

    sent: bytes
    total: int | None
    asked: Mapping[str, Any]

    def order(self, task: str, scope: str, token: str, request_id: str, *, dry_run: bool) -> Order:
        """Return the job that works on it."""
        return Order(task, scope, token, request_id, self.asked, self.sent, self.total, dry_run)


@dataclass(frozen=True, slots=True)
class Beside:
    """How an operation is carried out as a job.

    Attributes:
        prepare: From the session and what the operation asks for to what the job works on; refuses at once what is
            plainly wrong.
    """

    prepare: Callable[..., Prepared]
    task: Task


async def begun(service: Service, act: Act, order: Order, claim: Claim | None, prefer: Preference) -> Response:
    """Answer with a job that was put into the queue; with what came of it, if it ends while the request will wait."""
    put = partial(service.reports.run, _begin, act, order, claim)
    answer, replayed = await run_in_threadpool(put)
    service.jobs.wake()
    headers = {"Idempotency-Replayed": "true"} if replayed else {}
    if answer.status != ACCEPTED:  # the first time it was not asked for as a job
        return Response(answer.body, answer.status, headers, media_type=JSON)
    place = place_of(answer)
    id = place.rpartition("/")[2]
    one = await awaited(service, id, prefer.wait) if prefer.wait else None
    if one is not None and (ended := await _told_at_the_end(service, one)):
        return ended
    headers |= {"Location": place, "Preference-Applied": "respond-async"}
    return Response(answer.body, ACCEPTED, headers, media_type=JSON)


def place_of(answer: Answer) -> str:
    """Return where the job is that an answer tells of."""
    return f"/v1/jobs/{orjson.loads(answer.body)['id']}"


def _begin(db: Session, act: Act, order: Order, claim: Claim | None) -> tuple[Answer, bool]:
    """Put a job into the queue; return the answer, and whether it is that of an earlier request."""
    if claim is not None and (earlier := earlier_answer(db, claim)):
        return earlier, True
    made = records.make(db, act, order)
    answer = Answer(ACCEPTED, JobOut.of(made).model_dump_json().encode())
    if claim is not None:
        keep_answer(db, claim, answer, at=act.at)
    return answer, False


async def _told_at_the_end(service: Service, one: Job) -> Response | None:
    """Return what a request would have been answered whose job has ended; None where nothing came of it."""
    if one.state is JobState.SUCCEEDED:
        answer = await service.door.read(records.outcome, one.id, "answer")
        return Response(answer, 201, {"Content-Location": f"/v1/jobs/{one.id}/result"}, media_type=JSON)
    if one.problem is not None:
        return Response(one.problem, int(orjson.loads(one.problem)["status"]), media_type=MEDIA_TYPE)
    return None


async def look(service: Service, id: str) -> Job:
    """Return a job as it is now.

    Raises:
        NotFound: There is none.
    """
    return service.jobs.seen(await service.door.read(records.found, id))


async def awaited(service: Service, id: str, seconds: float) -> Job:
    """Return a job when it has ended, or as it is after so many seconds.

    Raises:
        NotFound: There is none.
    """
    until = time.monotonic() + seconds
    while not (one := await look(service, id)).has_ended and time.monotonic() < until:
        await asyncio.sleep(LOOK_EVERY_SECONDS)
    return one


def mark(one: Job) -> str:
    """Return what tells one moment of a job from another: the id of its event."""
    return f"{one.state}:{one.stage or ''}:{one.done}"


async def events(service: Service, id: str, last: str | None, request: Request) -> AsyncIterator[bytes]:
    """Yield server-sent events: how far a job is, whenever it is further, until it ends or nobody listens."""
    began = quiet_since = time.monotonic()
    yield b"retry: 1000\n\n"
    while not await request.is_disconnected():
        try:
            one = await look(service, id)
        except NotFound:
            return
        if mark(one) != last:
            last, quiet_since = mark(one), time.monotonic()
            data = JobOut.of(one).model_dump_json()
            yield f"id: {last}\nevent: {one.state}\ndata: {data}\n\n".encode()
        if one.has_ended or time.monotonic() - began > MOST_STREAM_SECONDS:
            return
        if time.monotonic() - quiet_since > HEARTBEAT_SECONDS:
            quiet_since = time.monotonic()
            yield b": still here\n\n"
        await asyncio.sleep(LOOK_EVERY_SECONDS)
