"""What every request passes first: it gets an id, and a limit to what it may send."""

from __future__ import annotations

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import clock, errors, problems
from ledger.types import Act

MOST_BODY_BYTES = 1024 * 1024
"""No order comes near it; files have doors of their own."""

MOST_FILE_BYTES = 32 * 1024 * 1024
"""How large a file may be that is sent here. A larger one is for the command line, which reads it as a stream."""

TAKE_FILES = ("/v1/ocf-imports", "/v1/session-imports", "/upload")
"""How the addresses end that take files."""


class Gate:
    """Gives each request an id (``X-Request-Id``), refuses bodies that are too large, and lets no answer be kept.

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

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                headers["X-Content-Type-Options"] = "nosniff"
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        request = Request(scope)
        most = MOST_FILE_BYTES if request.url.path.endswith(TAKE_FILES) else MOST_BODY_BYTES
        announced = request.headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > most:
            refusal = problems.answer(request, errors.BODY_TOO_LARGE, _too_large(most))
            await refusal(scope, receive, send_with_id)
            return
        await self._app(scope, _limited(receive, most), send_with_id)


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
