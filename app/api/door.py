"""How a plain function becomes an endpoint: the one place where requests meet sessions.

A route is written as the function it carries out::

    @door.write("/securities/{security}/exercise", Scope.EQUITY_WRITE, refuses=[NotAllowedNow])
    def exercise_grant(db: Session, act: Act, security: Id, order: ExerciseOrder) -> Done:
        \"\"\"Exercise vested options.\"\"\"

``db`` and ``act`` come from here; whatever else the function asks for comes from the request, as FastAPI has it. So no
route can forget a scope, the journal's lock, the idempotency key or the dry run, and none opens a session of its own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from fastapi import Depends, Request, Response, Security
from pydantic import BaseModel
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from app.api import answering, describe, subjects, uploads
from app.api.beside import LOOK_EVERY_SECONDS, Beside, JobOut, Preference, begun, patience_of, preference
from app.api.describe import Description
from app.api.fields import Attachment, Order, Receipt, ShownOnce
from app.api.idempotency import Answer, Claim, Wish, earlier_answer, keep_answer, wish_of
from app.api.operation import Hints, LateRoute, Operation
from app.api.service import (
    READING,
    Now,
    Service,
    admitted,
    admitted_to_own,
    admitted_to_read,
    at_once,
    service_of,
)
from app.api.superseded import SUPERSEDED, Superseded
from app.jobs.running import TASKS
from app.people.exports import note_once
from app.people.tokens import Scope, Token
from ledger import journal
from ledger.errors import Refusal
from ledger.types import Act

F = TypeVar("F", bound=Callable[..., Any])

Echo = Callable[..., bytes]
"""From an answer's body, and what the request asks for by name, to the body as it is sent."""


def as_it_is(answer: bytes, **_: object) -> bytes:
    """Return an answer's body as it is kept."""
    return answer


@dataclass(frozen=True, slots=True)
class Visit:
    """What every endpoint knows of its request."""

    request: Request
    service: Service
    now: datetime


@at_once
def visit_of(request: Request, now: Now) -> Visit:
    """Return what is known of a request."""
    return Visit(request, service_of(request), now)


class Door:
    """One noun of the API: routes whose endpoints are plain functions on a session."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.routes: list[LateRoute] = []

    def supersede(self, method: str, path: str, by: Superseded) -> None:
        """Let an operation say, in its answers and its description, that something better stands beside it."""
        SUPERSEDED[method, describe.PREFIX + path] = by

    def write(
        self,
        path: str,
        scope: Scope,
        *,
        own: str | None = None,
        echo: Echo = as_it_is,
        refuses: Collection[type[Refusal]] = (),
    ) -> Callable[[F], F]:
        """Make a function of ``(db, act, …)`` the endpoint ``POST path``, answering a ``Receipt`` of what it returns.

        ``own`` names the part of the path that is the id of whom it is for; nobody else gets in. ``echo`` adds to the
        answer what came with the request and must not be kept with it. ``refuses`` is what it may refuse beyond what
        any order may, for the API's description.
        """

        def declare(deed: F) -> F:
            async def endpoint(visit: Visit, token: Token, wish: Wish, **asked: Any) -> Response:
                operation.refuse_unknown(visit.request)
                visit.request.state.body_fields = operation.body_fields
                said = next((value.authority for value in asked.values() if isinstance(value, Order)), None)
                act = Act(token.actor, said or f"role:{scope}", visit.now)
                claim = _claim(visit.request, token, wish, await visit.request.body())
                seen = subjects.expected(visit.request, path, token, visit.now, asked)
                work = partial(deed, **asked)
                answer, replayed = await visit.service.door.run(
                    _carry_out, work, act, claim, seen=seen, dry_run=wish.dry_run
                )
                return answering.done(Answer(answer.status, echo(answer.body, **asked)), replayed)

            handed = {"visit": Depends(visit_of), "token": _entry(scope, own), "wish": Depends(wish_of)}

            def describing(hints: Hints) -> Description:
                return Description(path, "POST", _receipt(hints["return"]), tuple(refuses))

            operation = self._add("POST", path, endpoint, wrapped=deed, handed=handed, describing=describing)
            return deed

        return declare

    def upload(
        self,
        path: str,
        scope: Scope,
        *,
        beside: Beside,
        body: dict[str, Any] | None = None,
        refuses: Collection[type[Refusal]] = (),
    ) -> Callable[[F], F]:
        """Make a function of ``(db, act, upload, …)`` the endpoint ``POST path`` that takes a file; see ``write``.

        It runs in a thread, not on the event loop; where the request prefers it, as a job, in the way ``beside`` says.
        ``body`` describes what may be sent, where it is not a table.
        """

        def declare(deed: F) -> F:
            TASKS[deed.__name__] = beside.task

            async def endpoint(visit: Visit, token: Token, wish: Wish, prefer: Preference, **asked: Any) -> Response:
                operation.refuse_unknown(visit.request)
                act = Act(token.actor, f"role:{scope}", visit.now)
                upload = await uploads.sent(visit.request)
                # a form has another boundary each time; what is in it is what counts
                claim = _claim(visit.request, token, wish, upload.content, (upload.map or "").encode())
                seen = subjects.expected(visit.request, path, token, visit.now, asked)
                runner = visit.service.reports
                if prefer.is_async:
                    if seen is not None:
                        await run_in_threadpool(partial(runner.read, seen))
                    prepare = partial(runner.read, beside.prepare, upload=upload, **asked)
                    prepared = await run_in_threadpool(prepare)
                    id = visit.request.scope["vestry_request_id"]
                    order = prepared.order(deed.__name__, scope, token.id, id, dry_run=wish.dry_run)
                    return await begun(visit.service, act, order, claim, prefer)
                work = partial(deed, upload=upload, **asked)
                run = partial(runner.run, _carry_out, work, act, claim, seen=seen, dry_run=wish.dry_run)
                return answering.done(*await run_in_threadpool(run))

            handed = {"visit": Depends(visit_of), "token": _entry(scope, None), "wish": Depends(wish_of)}
            handed["prefer"] = Depends(preference)

            def describing(hints: Hints) -> Description:
                told, taken = _receipt(hints["return"]), body or uploads.DESCRIBED
                return Description(path, "POST", told, tuple(refuses), taken, beside=JobOut)

            operation = self._add("POST", path, endpoint, wrapped=deed, handed=handed, describing=describing)
            return deed

        return declare

    def read(
        self,
        path: str,
        scope: Scope,
        *,
        own: str | None = None,
        long: bool = False,
        until: Callable[[Any], bool] | None = None,
        refuses: Collection[type[Refusal]] = (),
    ) -> Callable[[F], F]:
        """Make a function of ``(db, …)`` the endpoint ``GET path``, answering what it returns; ``own`` as in ``write``.

        A function that asks for ``token`` is handed the caller's, one that asks for ``now`` the time. One that takes
        ``long`` runs in a thread, not on the event loop. With ``until``, a request that prefers to wait is answered
        once it holds of what is told.
        """

        def declare(facts: F) -> F:
            async def endpoint(request: Request, token: Token, patience: int = 0, **asked: Any) -> Response:
                operation.refuse_unknown(request)
                service = service_of(request)
                for name, value in (("token", token), ("now", service.now())):
                    if name in operation.hints:
                        asked[name] = value
                if long:
                    told = await run_in_threadpool(partial(service.long_reads.read, facts, **asked))
                else:
                    told = await service.door.read_on(request.scope.pop(READING), facts, **asked)
                last = time.monotonic() + patience
                while until is not None and not until(told) and time.monotonic() < last:
                    await asyncio.sleep(LOOK_EVERY_SECONDS)
                    told = await service.door.read(facts, **asked)
                if isinstance(told, Attachment) and told.taken is not None:
                    act = Act(token.actor, f"role:{scope}", service.now())
                    await service.door.run(note_once, act, told.taken)
                return answering.read(told, request)

            # without a visit: what FastAPI puts together takes longer than to read a row
            handed = {"request": None, "token": _entry(scope, own, reads=not long)}
            if until is not None:
                handed["patience"] = Depends(patience_of)

            def describing(hints: Hints) -> Description:
                return Description(path, "GET", hints["return"], tuple(refuses))

            operation = self._add("GET", path, endpoint, wrapped=facts, handed=handed, describing=describing)
            if not long:
                subjects.READ[path] = facts
            return facts

        return declare

    def _add(self, method: str, path: str, endpoint: Callable[..., Any], **more: Any) -> Operation:
        operation = Operation(self.tag, method, path, endpoint, **more)
        self.routes.append(operation)
        return operation


def _entry(scope: Scope, own: str | None, *, reads: bool = False) -> Any:  # noqa: ANN401 - FastAPI's dependency
    of_all = admitted_to_read if reads else admitted
    return Security(of_all if own is None else admitted_to_own(own, reads=reads), scopes=[scope])


def _receipt(answered: Any) -> Any:  # noqa: ANN401 - a class known when the route is declared
    return Receipt[answered]


def _claim(request: Request, token: Token, wish: Wish, *content: bytes) -> Claim | None:
    """Return the claim of a request to be carried out once; None for a dry run."""
    if wish.key is None:
        return None
    address = f"{request.url.path}?{request.url.query}".encode()
    return Claim.of(token.id, wish.key, request.method.encode(), address, *content)


@journal.in_turn
def _carry_out(
    db: Session,
    work: Callable[[Session, Act], BaseModel],
    act: Act,
    claim: Claim | None,
    *,
    seen: Callable[[Session], None] | None,
    dry_run: bool,
) -> tuple[Answer, bool]:
    """Return the answer to a write, and whether it is that of an earlier request.

    ``seen`` refuses it where what it is about is not as whoever sent it has seen it.
    """
    if claim is not None and (earlier := earlier_answer(db, claim)):
        return earlier, True
    if seen is not None:
        seen(db)
    first = journal.size(db)
    trial = db.begin_nested() if dry_run else None
    data = work(db, act)
    entries = list(range(first, journal.size(db)))
    answer = _answer(entries, data, dry_run=dry_run)
    if trial is not None:
        trial.rollback()
    elif claim is not None:
        kept = _answer(entries, data.without(), dry_run=False) if isinstance(data, ShownOnce) else answer
        keep_answer(db, claim, kept, at=act.at)
    return answer, False


def _answer(entries: list[int], data: BaseModel, *, dry_run: bool) -> Answer:
    return Answer(201, Receipt(entries=entries, dry_run=dry_run, data=data).model_dump_json().encode())
