"""How long the server waits for a client that sends or takes in slowly, before it lets go of the connection.

Each connection costs a place; a client that never finishes its headers, trickles a body byte by byte or does not read
its answer would hold one for ever (a slow loris). Uvicorn itself waits without end. A proxy in front does this too; a
small server without one is not worse off.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from app.operations.together import counting_together

HEAD_SECONDS = 10.0
"""From the connection, or from the first byte of a later request, to the end of the headers."""

BODY_SECONDS = 20.0
"""From the end of the headers to the end of the body, and one second more for each ``SLOWEST_BYTES`` that have come."""

SLOWEST_BYTES = 8 * 1024
"""A body that comes slower than this in a second, beyond the first ``BODY_SECONDS``, is not waited for."""

TAKING_SECONDS = 30.0
"""How long an answer waits for a client that takes in nothing of it."""

TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Patience(HttpToolsProtocol):
    """A connection that is given up when its client is too slow."""

    _incoming: asyncio.TimerHandle | None = None
    _outgoing: asyncio.TimerHandle | None = None
    _taken = 0
    _since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a first request."""
        super().connection_made(transport)
        self._await(HEAD_SECONDS, self._give_up)

    def on_message_begin(self) -> None:
        """Wait for the headers of a request."""
        super().on_message_begin()
        self._await(HEAD_SECONDS, self._give_up)

    def on_headers_complete(self) -> None:
        """Wait for the body."""
        super().on_headers_complete()
        self._taken, self._since = 0, self.loop.time()
        self._await(BODY_SECONDS, self._look_at_body)

    def on_body(self, body: bytes) -> None:
        """Count what has come."""
        self._taken += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Stop waiting: the request is whole."""
        self._stop_waiting()
        super().on_message_complete()

    def pause_writing(self) -> None:
        """Wait for the client to take in what was sent."""
        super().pause_writing()
        self._outgoing = self.loop.call_later(TAKING_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Stop waiting: the client takes in what it is sent."""
        self._stop_taking()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting: nobody is there any more."""
        self._stop_waiting()
        self._stop_taking()
        super().connection_lost(exc)

    def _await(self, seconds: float, then: Callable[[], None]) -> None:
        self._stop_waiting()
        self._incoming = self.loop.call_later(seconds, then)

    def _stop_waiting(self) -> None:
        if self._incoming is not None:
            self._incoming.cancel()
            self._incoming = None

    def _stop_taking(self) -> None:
        if self._outgoing is not None:
            self._outgoing.cancel()
            self._outgoing = None

    def _look_at_body(self) -> None:
        left = self._since + BODY_SECONDS + self._taken / SLOWEST_BYTES - self.loop.time()
        if left > 0:
            self._await(left, self._look_at_body)
        else:
            self._give_up()

    def _give_up(self) -> None:
        if self.transport.is_closing():
            return
        # where an answer is under way, its bytes are not mixed with another's
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None or cycle.response_complete or not cycle.response_started:
            self.transport.write(TOO_SLOW)
        self.transport.close()


def run(app: ASGIApp | str, host: str, port: int, **options: Any) -> None:
    """Serve an application, or the one that an import string names, until told to stop; ``options`` go to uvicorn.

    Uvicorn writes no line for each request: the box of secret votes may be one of its hosts, and of who comes there
    nothing is kept.
    """
    with counting_together(options.get("workers", 1)):
        uvicorn.run(
            app,
            host=host,
            port=port,
            http=Patience,
            ws="none",  # nothing here speaks it
            log_level="warning",
            access_log=False,
            server_header=False,
            **options,
        )
