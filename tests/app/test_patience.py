"""Clients that are too slow are let go, and those who are merely not fast are served."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from app import patience

LARGE = 64 * 1024 * 1024
"""More than the buffers between two processes hold."""


async def _count(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def _fill(_: Request) -> Response:
    return Response(b"x" * LARGE)


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    """Yield where a server listens that has little patience."""
    for name in ("HEAD_SECONDS", "BODY_SECONDS", "TAKING_SECONDS"):
        monkeypatch.setattr(patience, name, 0.3)
    app = Starlette(routes=[Route("/count", _count, methods=["POST"]), Route("/fill", _fill)])
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, http=patience.Patience, log_level="critical"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield listening.getsockname()
    server.should_exit = True
    thread.join()


def _heard(client: socket.socket) -> bytes:
    client.settimeout(10)
    told = b""
    while some := client.recv(65536):
        told += some
    return told


@pytest.mark.parametrize("begun", [b"", b"POST /count HTTP/1.1\r\nHost: a\r\n", b"P"])
def test_headers_that_never_end_are_not_waited_for(address: tuple[str, int], begun: bytes) -> None:
    with socket.create_connection(address) as client:
        client.sendall(begun)
        assert _heard(client).startswith(b"HTTP/1.1 408 ")


def test_a_body_that_trickles_is_not_waited_for(address: tuple[str, int]) -> None:
    with socket.create_connection(address) as client:
        client.sendall(b"POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
        begun = time.monotonic()
        with contextlib.suppress(OSError):
            while time.monotonic() - begun < 10:
                client.sendall(b"x")
                time.sleep(0.05)
        assert time.monotonic() - begun < 10


def test_a_body_in_pieces_is_waited_for_while_it_comes(address: tuple[str, int]) -> None:
    with socket.create_connection(address) as client:
        client.sendall(b"POST /count HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 80000\r\n\r\n")
        for _ in range(8):
            client.sendall(b"x" * 10_000)
            time.sleep(0.1)
        assert _heard(client).endswith(b"80000")


def test_an_answer_that_nobody_takes_in_is_given_up(address: tuple[str, int]) -> None:
    with socket.create_connection(address) as client:
        client.sendall(b"GET /fill HTTP/1.1\r\nHost: a\r\n\r\n")
        time.sleep(1)
        told = 0
        with contextlib.suppress(ConnectionResetError):
            while some := len(client.recv(1 << 20)):
                told += some
        assert 0 < told < LARGE


def test_a_connection_is_used_again_and_again(address: tuple[str, int]) -> None:
    with socket.create_connection(address) as client:
        for _ in range(3):
            client.sendall(b"POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
            time.sleep(0.1)
            assert client.recv(1000).endswith(b"3")
