"""Jobs: followed, awaited, called off, and what came of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header
from pydantic.json_schema import SkipJsonSchema
from starlette.responses import JSONResponse, Response, StreamingResponse

from app.api import describe
from app.api.beside import JobOut, Preference, awaited, events, look, mark, preference
from app.api.conditions import etag_of, unchanged
from app.api.door import Door, Visit, visit_of
from app.api.examples import BODY
from app.api.fields import Id, Line
from app.api.operation import LateRoute, refuse_unknown
from app.api.service import admitted_with_any
from app.jobs import records
from app.jobs.records import Job
from app.people.tokens import Scope, Token
from ledger.errors import NotAllowedNow, NotFound

F = TypeVar("F", bound=Callable[..., Any])

door = Door("jobs")

SCOPES = (Scope.SESSIONS_WRITE, Scope.REGISTER_WRITE)
"""Of the operations that may be carried out as jobs; any of them opens these routes, and sees its own kind of jobs."""

Follower = Annotated[Token, Depends(admitted_with_any(SCOPES))]
Asked = Annotated[Visit, Depends(visit_of)]

EVENTS = "text/event-stream"
ROWS = '{"row":2,"external_id":null,"result":"created","id":"5f0a4a3e8a7a6f6f8a4c1ddc2d1a6f0f","problem":null}\n'
ERRORS = "row,column,reason,remedy\r\n17,start,The clocks went forward over this time.,Correct the start.\r\n"
EVENT = 'id: running:recording:20000\nevent: running\ndata: {"id": "job_…", "state": "running", …}\n\n'
EXAMPLES = {
    EVENTS: EVENT,
    "application/x-ndjson": ROWS,
    "text/csv": ERRORS,
}

describe.EXAMPLES["JobResult"] = {"value": {"entries": [17], "dry_run": False, "data": {"import_id": f"imp_{BODY}"}}}


class JobRoute(LateRoute):
    """A route that answers a job, or a file of some kind."""

    file: str | None = None

    def told(self) -> dict[str, Any]:
        """Return what the description tells of it."""
        of_file = self.file is not None and self.file != EVENTS
        refuses = (NotAllowedNow,) if of_file or self.method == "POST" else ()
        described = describe.Description(self.path, self.method, JobOut, refuses)
        responses = {status: told for status, told in described.responses().items() if status not in {200, 201}}
        job = {"content": {"application/json": {"examples": {"success": {"$ref": "#/components/examples/JobOut"}}}}}
        responses[200] = {"description": "As it is now."} | (job if self.file is None else _file(self.file))
        if self.file == EVENTS:
            responses[204] = {"description": "It has ended, and that was heard."}
            del responses[304]
        elif self.method == "GET":
            responses[200]["headers"] = {"ETag": describe.ETAG}
        return {
            "response_model": JobOut if self.file is None else None,
            "response_class": JSONResponse if self.file is None else Response,
            "responses": responses,
            "openapi_extra": {"security": [{"token": [scope]} for scope in SCOPES]},
        }


def _route(method: str, path: str, *, file: str | None = None) -> Callable[[F], F]:
    """Add a route that answers a job, or a file of some kind."""

    def declare(endpoint: F) -> F:
        route = JobRoute(door.tag, method, path, endpoint)
        route.file = file
        door.routes.append(route)
        return endpoint

    return declare


def _file(kind: str) -> dict[str, Any]:
    if kind == "application/json":
        example = {"$ref": "#/components/examples/JobResult"}
        return {"content": {kind: {"schema": {"type": "object"}, "examples": {"success": example}}}}
    example = {"value": EXAMPLES[kind]}
    return {"content": {kind: {"schema": {"type": "string"}, "examples": {"success": example}}}}


async def _visible(visit: Visit, token: Token, id: str) -> Job:
    """Return a job that the token's scopes could have asked for.

    Raises:
        NotFound: There is none.
    """
    refuse_unknown(visit.request, frozenset())
    one = await look(visit.service, id)
    if not token.may(Scope(one.scope)):
        raise NotFound(f"There is no job {id!r} here.", field="job")
    return one


async def _outcome(visit: Visit, token: Token, id: str, column: str, kind: str) -> Response:
    one = await _visible(visit, token, id)
    return _tagged(visit, await visit.service.door.read(records.outcome, one.id, column), kind)


def _tagged(visit: Visit, content: bytes, kind: str = "application/json") -> Response:
    headers = {"ETag": etag_of(content), "Cache-Control": "private, no-cache"}
    if unchanged(visit.request, headers["ETag"]):
        return Response(None, 304, headers)
    return Response(content, 200, headers, media_type=kind)


@_route("GET", "/jobs/{job}")
async def get_job(
    visit: Asked, token: Follower, job: Id, prefer: Annotated[Preference, Depends(preference)]
) -> Response:
    """Get a job.

    With `Prefer: wait=10`, when it has ended, or as it is after so many seconds.
    """
    one = await _visible(visit, token, job)
    one = await awaited(visit.service, one.id, prefer.wait) if prefer.wait else one
    return _tagged(visit, JobOut.of(one).model_dump_json().encode())


@_route("POST", "/jobs/{job}/cancel")
async def cancel_job(visit: Asked, token: Follower, job: Id) -> Response:
    """Call a job off.

    One that waits is cancelled at once, one that runs as soon as it can be; nothing of it is written then. One that has
    ended can't be called off.
    """
    service, one = visit.service, await _visible(visit, token, job)
    if one.id in service.jobs.running and not one.has_ended:
        service.jobs.called_off.add(one.id)
    else:
        one = await service.door.run(records.call_off, one.id, visit.now)
    return Response(JobOut.of(one).model_dump_json(), media_type="application/json")


@_route("GET", "/jobs/{job}/events", file=EVENTS)
async def follow_job(
    visit: Asked,
    token: Follower,
    job: Id,
    last: Annotated[
        Line | SkipJsonSchema[None],
        Header(
            alias="Last-Event-ID",
            description="The id of the last event that was heard; only what is new is told.",
            examples=["running:recording:20000"],
        ),
    ] = None,
) -> Response:
    """Follow a job by server-sent events.

    Each event is the job as it is then, named by its state. The stream ends with the job, and after 20 seconds: then
    ask again with `Last-Event-ID`. Who has heard the end is answered 204.
    """
    one = await _visible(visit, token, job)
    if one.has_ended and last == mark(one):
        return Response(None, 204)
    told = events(visit.service, one.id, last, visit.request)
    return StreamingResponse(told, 200, {"X-Accel-Buffering": "no"}, media_type=EVENTS)


@_route("GET", "/jobs/{job}/result", file="application/json")
async def get_job_result(visit: Asked, token: Follower, job: Id) -> Response:
    """Get what came of a job: what its request would have been answered."""
    return await _outcome(visit, token, job, "answer", "application/json")


@_route("GET", "/jobs/{job}/rows", file="application/x-ndjson")
async def get_job_rows(visit: Asked, token: Follower, job: Id) -> Response:
    """Get what became of each row, one a line."""
    return await _outcome(visit, token, job, "rows", "application/x-ndjson")


@_route("GET", "/jobs/{job}/errors", file="text/csv")
async def get_job_errors(visit: Asked, token: Follower, job: Id) -> Response:
    """Get what is wrong with which row, as CSV; what stands in its cells is not repeated."""
    return await _outcome(visit, token, job, "errors", "text/csv; charset=utf-8")
