"""``vestry get``: one request to the API without a server, for a look at the record from a shell."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.exits import CONFLICT, FAILURE, NOT_FOUND, REFUSED, USAGE, end

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from app.people.tokens import Token

CODES = {400: REFUSED, 404: NOT_FOUND, 409: CONFLICT, 412: CONFLICT, 422: REFUSED}
"""Status to exit code; any other refusal is a failure."""

OF_ALL = "proposals:read policies:read"
ROLES: Mapping[str, str] = {
    "steward": f"{OF_ALL} captable:read people:read events:read",
    "board": f"{OF_ALL} captable:read patronage:read board:write",
    "finance": f"{OF_ALL} captable:read people:read patronage:read patronage:pay sessions:totals periods:write",
    "auditor": f"{OF_ALL} captable:read patronage:read journal:read audit:read events:read",
    "council": f"{OF_ALL} disputes:council layoffs:council",
    "admin": "admin webhooks:write",
}
"""A role to what it may read; nothing is written by reading, whatever the scope."""


def get(
    path: Annotated[str, typer.Argument(help="What to read, such as /captable or /captable?as_of=2025-12-31.")],
    as_: Annotated[str, typer.Option("--as", help=f"A role: {', '.join(ROLES)}.")] = "auditor",
) -> None:
    """Read one thing from the API, as a role may, without a server; the answer goes to standard output.

    What is a member's own is told to no role. Where the API says no, this ends with the exit code for it.

    vestry get /captable --as finance

    vestry get "/captable?as_of=2025-12-31" --as auditor
    """
    import asyncio  # noqa: PLC0415

    from app.cli.database import open_engine  # noqa: PLC0415

    token = _token(as_)
    open_engine()  # ends the command where there is no database, or an older one
    address = path if path.startswith("/v1/") else f"/v1/{path.lstrip('/')}"
    status, body = asyncio.run(_answer(address, token))
    if status >= 400:
        told = json.loads(body)
        end(f"{told['detail']} ({told['code']})", CODES.get(status, FAILURE))
    sys.stdout.buffer.write(body if body.endswith(b"\n") else body + b"\n")


def _token(role: str) -> Token:
    """Return a token that is kept nowhere, for what a role may read."""
    from app import clock  # noqa: PLC0415
    from app.people.tokens import Scope, Token  # noqa: PLC0415

    if role not in ROLES:
        end(f"There is no role {role!r}; there are {', '.join(ROLES)}.", USAGE)
    scopes, now = frozenset(map(Scope, ROLES[role].split())), clock.now()
    return Token("tok_shell", f"usr_{role}", "vestry get", scopes, now, None, None, last_used_at=now)


async def _answer(address: str, token: Token) -> tuple[int, bytes]:
    """Return the status and the body of the answer to a GET, asked of the service in this process."""
    from app.main import create_app  # noqa: PLC0415

    app = create_app()
    app.state.service.known = lambda db, secret, now: token
    try:
        return await get_from(app, address, [(b"authorization", b"Bearer vestry_shell")])
    finally:
        app.state.secret_votes.close()
        await app.state.service.close()


async def get_from(app: ASGIApp, address: str, headers: Sequence[tuple[bytes, bytes]]) -> tuple[int, bytes]:
    """Return the status and the body of an application's answer to a GET, asked without a server between."""
    path, _, query = address.partition("?")
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"localhost"), *headers],
        "client": ("127.0.0.1", 0),
        "server": ("localhost", 80),
    }
    status, parts = 0, list[bytes]()

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        nonlocal status
        status = message.get("status", status)
        parts.append(message.get("body", b""))

    await app(scope, receive, send)
    return status, b"".join(parts)
