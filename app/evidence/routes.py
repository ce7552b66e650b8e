"""Where anybody gets the program that verifies evidence: it needs nothing else of this service."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Disposition": 'attachment; filename="verify_evidence.py"',
}


async def verifier(request: Request) -> Response:
    """Serve the program."""
    del request
    return Response(_program(), 200, HEADERS, media_type="text/plain")


@cache
def _program() -> bytes:
    return Path(__file__).with_name("verify_evidence.py").read_bytes()


ROUTES = [Route("/verify_evidence.py", verifier, methods=["GET"], include_in_schema=False)]
