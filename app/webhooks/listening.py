"""A receiver of webhooks for whoever builds one: on this machine alone, it checks each signature and tells what came.

It keeps nothing, takes one request after the other, and gives up on one that is slow or too large.
"""

from __future__ import annotations

import hmac
import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.message import Message
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from app.webhooks.signing import PREFIX, signature

HOST = "127.0.0.1"
TOLERANCE = timedelta(minutes=5)
"""How old, or how far ahead, a message may say it is (Standard Webhooks 1.0)."""

MOST_BODY_BYTES = 65_536
PATIENCE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that came.

    Attributes:
        id: As its sender calls it; empty where it says none.
        wrong: Why it is not to be believed; empty where it is.
        event: What it says; None where it is not to be believed.
    """

    id: str
    wrong: str = ""
    event: Any = None


def is_secret(text: str) -> bool:
    """Return whether this can be a webhook's secret."""
    try:
        return text.startswith(PREFIX) and len(b64decode(text.removeprefix(PREFIX), validate=True)) > 0
    except ValueError:
        return False


def heard(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> Heard:
    """Return a message, checked by the receiver's secret, at ``now`` in seconds since 1970."""
    id, said = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    signatures = headers.get("webhook-signature", "").split()
    if not id or not said or not signatures:
        return Heard(id, "it has no webhook-id, webhook-timestamp and webhook-signature")
    if not (said.isascii() and said.isdecimal() and len(said) < 16) or abs(now - int(said)) > TOLERANCE.total_seconds():
        return Heard(id, f"its webhook-timestamp {said[:16]!r} is more than five minutes from now")
    wanted = signature(secret, id, int(said), body).encode()
    if not any(hmac.compare_digest(wanted, one.encode("utf-8", "replace")) for one in signatures):
        return Heard(id, "no webhook-signature is by this secret")
    try:
        return Heard(id, event=json.loads(body))
    except ValueError:
        return Heard(id, "its body is not JSON")


class _Quiet(HTTPServer):
    """A server that says nothing of a client that is too slow or hangs up."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Go on to the next."""


class Listener:
    """Listens, and hands on what it hears.

    Args:
        secret: ``whsec_…``, as the webhook was added.
        port: 0 for any that is free.
        tell: Is handed each message.
        now: Seconds since 1970.
    """

    def __init__(self, secret: str, port: int, tell: Callable[[Heard], object], now: Callable[[], float]) -> None:
        """Take the port.

        Raises:
            OSError: Another program has it.
        """
        self.messages = 0
        mine = self

        class Handler(BaseHTTPRequestHandler):
            timeout = PATIENCE_SECONDS

            def do_POST(self) -> None:
                length = self.headers.get("Content-Length", "")
                if not length.isdecimal() or len(length) > 9 or int(length) > MOST_BODY_BYTES:
                    self.send_error(413)
                    return
                message = heard(secret, _plain(self.headers), self.rfile.read(int(length)), now())
                mine.messages += 1
                self.send_response(401 if message.wrong else 204)
                self.send_header("Content-Length", "0")
                self.end_headers()
                tell(message)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing of what came but what is told."""

        self._server = _Quiet((HOST, port), Handler)

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://{HOST}:{self._server.server_port}/"

    def listen(self, messages: int | None) -> None:
        """Listen until so many messages came, or for ever."""
        with self._server:
            while messages is None or self.messages < messages:
                self._server.handle_request()


def _plain(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
