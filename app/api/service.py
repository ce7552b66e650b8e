"""What endpoints are handed: the runners of deeds, the time, and whoever calls."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import Session

from app import clock
from app.config import Settings
from app.db import AsyncRunner, Runner, make_door_engine, make_engine
from app.errors import NotYours, ScopeMissing, TokenInvalid, problem_type
from app.jobs.board import Board
from app.limits import Limits
from app.mail.sending import post_of
from app.operations.watch import WHO
from app.people import provider
from app.people.access import Attempt, is_holder, note_attempt
from app.people.tokens import MEANING, Scope, Token, authenticate, note_use
from app.people.tries import Tries
from app.replica import Reader
from app.webhooks.setup import outgoing_of
from app.witnesses import cosigned_of
from ledger.errors import NotFound, Refusal
from ledger.types import Act

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")

TOKEN = "vestry_token"
"""Where a request's scope has the token it came with, once that is known to be good."""

READING = "vestry_reading"
"""Where a request's scope has the snapshot in which its token was found, as long as that is open."""

SCOPES = "\n".join(f"- `{scope}`: {meaning}" for scope, meaning in MEANING.items())

BEARER = HTTPBearer(
    scheme_name="token",
    bearerFormat="vestry_…",
    auto_error=False,
    description=f"A token with the scopes that the operation names; none includes another:\n\n{SCOPES}",
)


class Service:
    """The runners, on engines of their own.

    Attributes:
        door: For deeds and short reads, on the event loop.
        reports: For long deeds and what the service does by itself, in a thread.
        long_reads: For long reads, in a thread, on a replica where one is set.
        provider: Where people may sign in instead; None where nothing is configured.
        tries: How often somebody may try to sign in.
        limits: How often a token, or an address without one, may ask the API.
        post: Where letters are handed in; None where no mail server is set.
        cosigned: What was signed of the journal, and what witnesses say of it.
        outgoing: What webhooks go out with.
        now: What time it is.
        known: Whose token a secret is, and that it is good.
        jobs: How far the jobs are that are carried out here.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.now: Callable[[], datetime] = clock.now
        self.known: Callable[[Session, str, datetime], Token] = authenticate
        self.post = post_of(settings)
        self.cosigned = cosigned_of(settings)
        self.outgoing = outgoing_of(settings)
        door = make_door_engine(settings.database_url)
        reports = door if isinstance(door, Engine) else make_engine(settings.database_url)
        self.door = AsyncRunner(door)
        self.reports = Runner(reports)
        replica = make_engine(settings.replica_url) if settings.replica_url else None
        self.long_reads = Reader(self.reports, replica)
        self.tries = Tries()
        self.jobs = Board()
        self.limits = Limits(settings.requests_per_token, settings.requests_per_address)
        self.provider = provider.configured(settings)
        self._engines = (door, reports) if replica is None else (door, reports, replica)

    def note_use(self, token: Token, address: str) -> None:
        """Note that a token was used; that the record is busy is no reason to hold anybody up."""
        with suppress(OperationalError):
            self.reports.run(note_use, token.id, address, self.now())

    async def close(self) -> None:
        """Let go of every connection."""
        for engine in self._engines:
            if isinstance(engine, AsyncEngine):
                await engine.dispose()
                continue
            if engine.dialect.name == "postgresql":
                from app import postgres  # noqa: PLC0415 - its driver is not loaded where SQLite is used

                # threads of requests that were given up, or of what the service does by itself, may still wait
                await asyncio.to_thread(postgres.end_waiting, engine)
            engine.dispose()


def read_once(dependency: F) -> F:
    """Read what a dependency asks for now; FastAPI would read it again for each of the routes that depend on it."""
    dependency.__signature__ = inspect.signature(dependency, eval_str=True)  # type: ignore[attr-defined]
    return dependency


def service_of(request: Request) -> Service:
    """Return the service that a request came to."""
    service = request.app.state.service
    assert isinstance(service, Service)
    return service


def at_once(of: Callable[..., T]) -> Callable[..., Awaitable[T]]:
    """Return what makes a parameter there and then: FastAPI would start a thread for what is no coroutine."""

    async def made(**asked: Any) -> T:
        return of(**asked)

    signature = inspect.signature(of, eval_str=True)
    keyword = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in signature.parameters.values()]
    made.__signature__ = signature.replace(parameters=keyword)  # type: ignore[attr-defined]
    made.makes = of  # type: ignore[attr-defined]
    return made


@at_once
def _now(request: Request) -> datetime:
    return service_of(request).now()


ServiceAtHand = Annotated[Service, Depends(at_once(service_of))]
Now = Annotated[datetime, Depends(_now)]


Shown = Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)]


@read_once
async def admitted(request: Request, needed: SecurityScopes, shown: Shown) -> Token:
    """Return the token that a request shows; see ``_admitted``."""
    return await _admitted(request, needed, shown, reads=False)


@read_once
async def admitted_to_read(request: Request, needed: SecurityScopes, shown: Shown) -> Token:
    """Return the token that a request shows, found in the snapshot that it goes on to read; see ``_admitted``."""
    return await _admitted(request, needed, shown, reads=True)


async def _admitted(
    request: Request, needed: SecurityScopes, shown: HTTPAuthorizationCredentials | None, *, reads: bool
) -> Token:
    """Return the token that a request shows, if it is good for all scopes the operation needs.

    The gate learns of it as well, from ``TOKEN`` of the request's scope. Whoever ``reads`` finds their snapshot in
    ``READING``, and the gate closes it where nobody did.

    Raises:
        TokenInvalid: None is shown, or it is not valid.
        ScopeMissing: It is good for other things.
    """
    if shown is None:
        raise TokenInvalid("Send a token, as Authorization: Bearer vestry_…")
    service = service_of(request)
    if reads:
        begun = await service.door.begin_reading(service.known, shown.credentials, service.now())
        token, request.scope[READING] = begun
    else:
        token = await service.door.read(service.known, shown.credentials, service.now())
    request.scope[WHO], request.scope[TOKEN] = token.id, token
    missing = _missing(token, needed)
    if missing is not None:
        raise missing
    return token


def _missing(token: Token, needed: SecurityScopes) -> ScopeMissing | None:
    missing = [scope for scope in needed.scopes if not token.may(Scope(scope))]
    return ScopeMissing(f"This token lacks the scope {missing[0]}.") if missing else None


def admitted_with_any(scopes: Collection[Scope]) -> Callable[..., Awaitable[Token]]:
    """Return what lets in a token that is good for at least one of some scopes."""

    @read_once
    async def let_in(request: Request) -> Token:
        # asked for by hand: FastAPI knows no alternatives, and would describe a token with no scope as good enough
        token = await admitted(request, SecurityScopes(), await BEARER(request))
        if not any(token.may(scope) for scope in scopes):
            raise ScopeMissing(f"This token lacks the scope {' or '.join(scopes)}.")
        return token

    return let_in


def admitted_to_own(parameter: str, *, reads: bool = False) -> Callable[..., Awaitable[Token]]:
    """Return what lets in only whom the ``parameter`` of the path names, and notes whoever else tries.

    Another member learns nothing, not even whether there is such a person; who is no member is told that it is not for
    them. With ``reads``, as ``admitted_to_read``.
    """

    @read_once
    async def let_in(request: Request, needed: SecurityScopes, shown: Shown) -> Token:
        service = service_of(request)
        token = await _admitted(request, SecurityScopes(), shown, reads=reads)
        subject, missing = request.path_params[parameter], _missing(token, needed)
        if token.actor == subject and missing is None:
            return token
        refusal: Refusal | None = missing
        if refusal is None and await service.door.read(is_holder, token.actor):
            refusal = NotFound(f"There is no holder {subject!r} on record.", field=parameter)
        refusal = refusal or NotYours("This is for the person it is about, and for nobody else.")
        if token.actor != subject:
            status = problem_type(type(refusal)).status
            attempt = Attempt(token.id, token.actor, request.scope["route"].name, subject, status)
            await service.door.run(note_attempt, Act("system", "role:system", service.now()), attempt)
        raise refusal

    return let_in
