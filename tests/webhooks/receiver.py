"""A program that receives webhooks over HTTP, and checks them with somebody else's library."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook


@dataclass
class Receiver:
    """What it was sent, and what it answers.

    Attributes:
        port: Where it listens, on 127.0.0.1.
        got: Path, headers and body of each request.
        answers: Status and headers of the next answers; 204 when there is none left.
        says: What it says with each.
        waits: Seconds before it answers.
    """

    port: int = 0
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    says: bytes = b""
    waits: float = 0.0

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}/hooks"

    def events(self, secret: str) -> list[dict[str, Any]]:
        """Return what came that is truly from whoever has the secret, each id once; raises if anything is not."""
        seen = {}
        for _, headers, body in self.got:
            seen[headers["webhook-id"]] = Webhook(secret).verify(body, headers)
        return list(seen.values())


@contextmanager
def receiver(context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Yield a receiver that listens; over TLS with a context."""
    mine = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            mine.got.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            status, headers = mine.answers.pop(0) if mine.answers else (204, {})
            with suppress(OSError):
                time.sleep(mine.waits)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(mine.says)

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    mine.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield mine
    finally:
        server.shutdown()
        server.server_close()
