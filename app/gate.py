"""What every request passes first: it gets an id, and a limit to what it may send."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import clock, errors, problems
from app.api import superseded
from app.api.service import READING, TOKEN, Service
from app.people.tokens import Token
from ledger.types import Act

MOST_BODY_BYTES = 1024 * 1024
"""No order comes near it; files have doors of their own."""

MOST_FILE_BYTES = 32 * 1024 * 1024
"""How large a file may be that is sent here. A larger one is for the command line, which reads it as a stream."""

API = "/v1/"
"""Where what programs ask begins."""

TAKE_FILES = ("/v1/ocf-imports", "/v1/session-imports", "/upload")
"""How the addresses end that take files."""


class Gate:
    """Gives each request an id (``X-Request-Id``), and refuses those that are too many or whose bodies are too large.

    No answer is kept on the way unless it says so itself. ``HEAD`` is answered as ``GET`` is, without the body.
    Starlette's own limit answers in plain text, and so late that it overrules any other answer.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = scope["vestry_request_id"] = Act("system", "role:system", clock.now()).new_id("req")
        request = Request(scope)
        of_api = scope["path"].startswith(API)
        inner = {**scope, "method": "GET"} if of_api and scope["method"] == "HEAD" else scope
        counted = Counted(request) if of_api else None

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                headers["X-Content-Type-Options"] = "nosniff"
                headers.setdefault("Cache-Control", "no-store")
                if counted is not None:
                    counted.learn(inner, message["status"])
                    headers.update(counted.headers())
                    for name, value in superseded.headers_of(inner):
                        headers.append(name, value)
            elif inner is not scope:
                message = {**message, "body": b""}
            await send(message)

        refusal = _refusal(request, counted)
        if refusal is not None:
            await refusal(scope, receive, send_with_id)
            return
        try:
            await self._app(inner, _limited(receive, _most(request)), send_with_id)
            if counted is not None and TOKEN in inner:
                # the answer is out: nobody waits for it
                await counted.note_use(inner[TOKEN])
        finally:
            if READING in inner:
                await inner.pop(READING).close()
            if inner is not scope:
                # whoever notes the request wants to know where it was led
                scope.update({**inner, "method": scope["method"]})


class Counted:
    """A request to the API, and how whoever sends it stands."""

    def __init__(self, request: Request) -> None:
        self._service: Service = request.app.state.service
        self._limits = self._service.limits
        self._shown = request.headers.get("authorization")
        self._address = request.client.host if request.client is not None else ""
        self.standing = self._limits.take(self._shown, self._address)

    def learn(self, scope: Scope, status: int) -> None:
        """Learn from the answer whether what was shown is a good token."""
        if self._shown is None or self.standing is None:
            return
        if TOKEN in scope:
            self._limits.good(self._shown)
        elif status == HTTPStatus.UNAUTHORIZED:
            self._limits.wrong(self._shown, self._address)

    async def note_use(self, token: Token) -> None:
        """Note that the token was used, now and then."""
        if token.is_use_due(self._service.now()):
            await run_in_threadpool(self._service.note_use, token, self._address)

    def headers(self) -> dict[str, str]:
        """Return what the answer says of it."""
        return {} if self.standing is None else self.standing.headers()


def _refusal(request: Request, counted: Counted | None) -> Response | None:
    """Return the answer to a request that is refused here."""
    standing = None if counted is None else counted.standing
    if standing is not None and standing.wait:
        text = f"This is more than {standing.quota:,} requests a minute; come again in {standing.wait} s."
        return problems.answer(request, errors.TOO_MANY_REQUESTS, text, headers={"Retry-After": str(standing.wait)})
    announced = request.headers.get("content-length", "")
    most = _most(request)
    if announced.isdecimal() and int(announced) > most:
        return problems.answer(request, errors.BODY_TOO_LARGE, _too_large(most))
    return None


def _most(request: Request) -> int:
    return MOST_FILE_BYTES if request.scope["path"].endswith(TAKE_FILES) else MOST_BODY_BYTES


def _too_large(most: int) -> str:
    return f"The body may have {most:,} bytes at most."


def _limited(receive: Receive, most: int) -> Receive:
    """Return a ``receive`` that refuses a body that grows too large on the way, whatever length it announced."""
    taken = 0

    async def receive_some() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise HTTPException(errors.BODY_TOO_LARGE.status, _too_large(most))
        return message

    return receive_some
