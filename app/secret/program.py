"""The voter's program for secret votes, under the name that its hash gives it: what manifests name, anybody reads."""

from __future__ import annotations

from functools import cache
from hashlib import sha384
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.web.render import FOLDER
from governance.secret import audit_poll

CLIENT = FOLDER / "static" / "vote.js"
HEADERS = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


@cache
def client() -> bytes:
    """Return the voter's program, as it is served and hashed."""
    return CLIENT.read_bytes()


def client_sha384() -> str:
    """Return the hash of the voter's program, hex, as manifests name it."""
    return sha384(client()).hexdigest()


def address() -> str:
    """Return under which path the voter's program is served."""
    return f"/vote.{client_sha384()[:16]}.js"


async def program(request: Request) -> Response:
    """Serve the voter's program under the name that its hash gives it."""
    if request.path_params["hash"] != client_sha384()[:16]:
        return Response(None, 404, HEADERS)
    return Response(client(), 200, HEADERS, media_type="text/javascript")


async def audit_tool(request: Request) -> Response:
    """Serve the auditor's program, which needs nothing else of this service."""
    del request
    headers = HEADERS | {"Content-Disposition": 'attachment; filename="audit_poll.py"'}
    return Response(_tool(), 200, headers, media_type="text/plain")


@cache
def _tool() -> bytes:
    return Path(audit_poll.__file__).read_bytes()


ROUTES = [
    Route("/vote.{hash}.js", program, methods=["GET"], include_in_schema=False),
    Route("/audit_poll.py", audit_tool, methods=["GET"], include_in_schema=False),
]
