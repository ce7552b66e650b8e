"""Problems as the API tells them: RFC 9457 ``application/problem+json``, one shape for everything that goes wrong.

What was sent is never echoed, beyond the field it is about: it may hold what must not reach a log.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, ConfigDict
from sqlalchemy.exc import OperationalError, TimeoutError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from app import errors
from app.db import NoAnswer
from app.errors import ProblemType, RowsRefused, TokenInvalid, problem_type
from app.operations import metrics
from ledger.errors import Invalid, Refusal

MEDIA_TYPE = "application/problem+json"

KEY_HEADER = "Idempotency-Key"
"""The header in which a write carries a word of its own."""

KEY_ASKED = "Send an Idempotency-Key, a word of your own for this request alone, so that it can be repeated safely."

log = logging.getLogger("vestry")


class ProblemPart(BaseModel):
    """One thing that is wrong, and where."""

    pointer: str | None = None
    """JSON Pointer (RFC 6901) into the body."""
    parameter: str | None = None
    """Name of the parameter in the address or the headers."""
    row: int | None = None
    """Number of the row in the file that was sent, the header being row 1, or in the list of rows."""
    column: str | None = None
    """Name of the column."""
    detail: str


class Problem(BaseModel):
    """What went wrong (RFC 9457); nothing was recorded."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "/problems/pool-exhausted",
                    "title": "A plan's pool has too few units left on this day or on a later one.",
                    "status": 409,
                    "detail": "Provider plan has 4,600 units available on 2026-03-02; this needs 9,000.",
                    "instance": "/v1/grant-drafts/dft_01KJQ3YT5RWX6M1YFV0B1WJ6Q8/issue",
                    "code": "pool_exhausted",
                    "request_id": "req_01KJQ3YTC8B2S1XQ9M3W0N5J7D",
                    "errors": [],
                }
            ]
        }
    )

    type: str
    """Where this kind of problem is explained, relative to the service."""
    title: str
    status: int
    detail: str
    """What went wrong this time, fit to show to a member."""
    instance: str
    code: str
    """The stable word for programs to compare."""
    request_id: str
    """What to quote when asking about it; also in the header ``X-Request-Id``."""
    errors: list[ProblemPart] = []


def answer(
    request: Request,
    kind: ProblemType,
    detail: str,
    parts: Iterable[ProblemPart] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the response that tells a problem."""
    problem = Problem(
        type=kind.url,
        title=kind.title,
        status=kind.status,
        detail=detail,
        instance=request.url.path,
        code=kind.code,
        request_id=request.scope["vestry_request_id"],
        errors=list(parts),
    )
    body = problem.model_dump_json(exclude_none=True)
    # the gate adds the id to every answer, but the answer to a bug goes out past the gate
    return Response(body, kind.status, {"X-Request-Id": problem.request_id, **(headers or {})}, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Let every error of ``app`` be told as a problem."""
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(HTTPException, _http)
    # out of reach, all connections in use, or a commit that waits for a standby
    for unavailable in (OperationalError, TimeoutError, NoAnswer):
        app.add_exception_handler(unavailable, _unavailable)
    app.add_exception_handler(Exception, _broken)


async def _refused(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)
    kind = problem_type(type(refusal))
    headers = {"WWW-Authenticate": 'Bearer realm="vestry"'} if isinstance(refusal, TokenInvalid) else None
    return answer(request, kind, str(refusal), _place(request, refusal), headers)


def _place(request: Request, refusal: Refusal) -> list[ProblemPart]:
    """Return where in the request the field stands that a refusal is about; nothing when it stands nowhere there."""
    if isinstance(refusal, RowsRefused):
        return [ProblemPart(row=one.row, column=one.column or None, detail=one.detail) for one in refusal.rows]
    if refusal.field is None:
        return []
    if refusal.field in getattr(request.state, "body_fields", ()):
        return [ProblemPart(pointer=pointer([refusal.field]), detail=str(refusal))]
    if refusal.field in {*request.path_params, *request.query_params, KEY_HEADER}:
        return [ProblemPart(parameter=refusal.field, detail=str(refusal))]
    return []


async def _unreadable(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if any(one["type"] == "json_invalid" for one in found):
        return answer(request, errors.MALFORMED, f"The body is not JSON: {found[0]['ctx']['error']}.")
    if isinstance(error.body, bytes):
        return answer(request, errors.MEDIA_TYPE_UNSUPPORTED, "Send the body as Content-Type: application/json.")
    # what may be left out may not be null in an address, and nobody tried to
    parts = [_part(one, error.body) for one in found if one["type"] != "none_required"]
    detail = f"{len(parts)} fields are not as they should be; see errors."
    if len(parts) == 1:
        where = parts[0].parameter or (parts[0].pointer or "").lstrip("/").replace("/", ".")
        detail = f"{where or 'body'}: {parts[0].detail}"
    return answer(request, problem_type(Invalid), detail, parts)


def _part(error: Mapping[str, Any], body: object) -> ProblemPart:
    where, *steps = error["loc"]
    if where != "body":
        return ProblemPart(parameter=str(steps[0]), detail=error["msg"])
    path: list[str | int] = []
    for step in steps:
        # among the steps are names of what a field might have been; those lead nowhere in the body
        if _leads_on(body, step):
            body = body[step]  # type: ignore[index]
            path.append(step)
    if error["type"] == "missing":
        path += steps[-1:]
    return ProblemPart(pointer=pointer(path), detail=error["msg"])


def _leads_on(value: object, step: str | int) -> bool:
    if isinstance(value, list):
        return isinstance(step, int) and step < len(value)
    return isinstance(value, dict) and step in value


def pointer(path: Sequence[str | int]) -> str:
    """Return the JSON Pointer of a path into a document; "" is the whole of it."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    kinds = {kind.status: kind for kind in reversed(errors.OF_THE_DOOR)}
    kind = kinds.get(error.status_code)
    if kind is None:
        kind = ProblemType(f"http_{error.status_code}", error.status_code, HTTPStatus(error.status_code).phrase)
    headers = {"Allow": _allowed(request)} if kind is errors.METHOD_NOT_ALLOWED else error.headers
    return answer(request, kind, _in_words(request, kind, error), headers=headers)


def _allowed(request: Request) -> str:
    """Return the methods that an address takes; each is a route of its own, so the router knows one of them."""
    routes = iter_route_contexts(request.app.routes)
    fitting = (route for route in routes if route.matches(request.scope)[0] is not Match.NONE)
    methods = {method for route in fitting for method in route.methods or ()}
    # the gate asks the same with GET
    return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))


def _in_words(request: Request, kind: ProblemType, error: HTTPException) -> str:
    if kind is errors.NO_SUCH_ADDRESS:
        return f"There is nothing at {request.url.path}."
    if kind is errors.METHOD_NOT_ALLOWED:
        return f"{request.method} is not possible at {request.url.path}."
    return str(error.detail)


async def _unavailable(request: Request, error: Exception) -> Response:
    # the driver's own words: SQLAlchemy's would put the row's values, names among them, into the log
    metrics.DATABASE_ERRORS.inc()
    log.error("The database can't be reached or is busy: %s", getattr(error, "orig", error))
    text = "The record is busy or can't be reached. Repeat the request in a moment, with the same Idempotency-Key."
    return answer(request, errors.UNAVAILABLE, text, headers={"Retry-After": "1"})


async def _broken(request: Request, error: Exception) -> Response:
    # the server logs the error itself: Starlette raises it again after this answer
    return answer(request, errors.INTERNAL, "This is our fault, and has been noted under the request's id.")
