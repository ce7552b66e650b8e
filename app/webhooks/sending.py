"""A webhook on the wire: one request to an address that was judged, no redirect, and little kept of the answer."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse
from importlib.metadata import version

from app.webhooks.targets import Target

CONNECT_SECONDS, ALL_SECONDS = 5.0, 15.0
MOST_BYTES = 1_024
MOST_ANSWER = 300
"""Characters kept of an answer."""


class Trouble(StrEnum):
    """Why an event could not be delivered."""

    REFUSED = "REFUSED"
    """The address is one that webhooks do not go to."""
    NAME = "NAME"
    """The name leads nowhere."""
    CONNECTION = "CONNECTION"
    """Nobody answers there, or they hung up."""
    TLS = "TLS"
    """Their certificate is not valid for the name."""
    TIMEOUT = "TIMEOUT"
    """It took too long."""
    STATUS = "STATUS"
    """They answered, but not that they have it."""
    SECRET = "SECRET"
    """The secret can't be read any more: the key file is another."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request.

    Attributes:
        trouble: None where it was taken.
        status: None where nothing was answered.
        text: The first of what was said, in printable characters.
        retry_after: How many seconds they ask to wait.
    """

    trouble: Trouble | None
    status: int | None = None
    text: str = ""
    retry_after: int | None = None


class _Pinned(HTTPConnection):
    """Connects to addresses that were judged, whatever the name means meanwhile."""

    def __init__(self, target: Target, addresses: Sequence[str], context: ssl.SSLContext) -> None:
        super().__init__(target.host, target.port, timeout=CONNECT_SECONDS)
        self._to, self._context = addresses, context if target.scheme == "https" else None
        self.line: socket.socket | None = None
        self.is_over = False

    def connect(self) -> None:
        """Connect, and keep a second handle by which the line can be cut from another thread."""
        plain = self._reached()
        plain.settimeout(ALL_SECONDS)
        self.sock, self.line = plain, plain.dup()
        if self.is_over:
            raise TimeoutError
        if self._context is not None:
            self.sock = self._context.wrap_socket(plain, server_hostname=self.host)

    def _reached(self) -> socket.socket:
        *others, last = self._to
        for one in others:
            with suppress(OSError):
                return socket.create_connection((one, self.port), CONNECT_SECONDS)
        return socket.create_connection((last, self.port), CONNECT_SECONDS)

    def cut(self) -> None:
        """End whatever is going on, or is about to begin."""
        self.is_over = True
        with suppress(OSError):
            if self.line is not None:
                self.line.shutdown(socket.SHUT_RDWR)

    def hang_up(self) -> None:
        """Close both handles."""
        self.close()
        if self.line is not None:
            self.line.close()


@cache
def _usual_context() -> ssl.SSLContext:
    return ssl.create_default_context()


def post(
    target: Target,
    addresses: Sequence[str],
    body: bytes,
    headers: Mapping[str, str],
    *,
    context: ssl.SSLContext | None = None,
    seconds: float = ALL_SECONDS,
) -> Answer:
    """Send a message, and return what came of it, within ``seconds`` and those it takes to connect.

    Args:
        target: Where it goes by name.
        addresses: Those of that name, which were judged; the first that answers is taken.
        body: JSON.
        headers: Beside those that every message has.
        context: Whose certificates are believed; as usual where it is None.
        seconds: How long they have.
    """
    connection = _Pinned(target, addresses, context or _usual_context())
    begun = time.monotonic()
    timer = threading.Timer(seconds, connection.cut)
    timer.daemon = True
    timer.start()
    try:
        sent = {"Content-Type": "application/json", "User-Agent": f"Vestry/{version('vestry')}", "Connection": "close"}
        connection.request("POST", target.path, body, {**sent, **headers})
        return _read(connection.getresponse())
    except ssl.SSLCertVerificationError:
        return Answer(Trouble.TLS)
    except (OSError, HTTPException, ValueError) as error:
        is_late = isinstance(error, TimeoutError) or time.monotonic() - begun >= seconds
        return Answer(Trouble.TIMEOUT if is_late else Trouble.CONNECTION)
    finally:
        timer.cancel()
        connection.hang_up()


def _read(response: HTTPResponse) -> Answer:
    said = b""
    with suppress(OSError, HTTPException, ValueError):
        # whoever took it and then says no more has taken it
        said = response.read(MOST_BYTES)
    text = " ".join(said.decode("utf-8", "replace").split())
    kept = "".join(one for one in text if one.isprintable())[:MOST_ANSWER]
    after = response.headers.get("Retry-After", "")
    wait = int(after) if after.isascii() and after.isdecimal() and len(after) < 7 else None
    return Answer(None if 200 <= response.status < 300 else Trouble.STATUS, response.status, kept, wait)
