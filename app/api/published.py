"""The API's description as it is published: a file of the package, made from the routes and compared with them.

``./dev openapi`` writes it anew after a route has changed.
``vestry openapi`` prints it, and it stands at ``/v1/openapi.json``.
"""

from __future__ import annotations

import json
import sys
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.api import describe, routers
from app.api.conditions import unchanged
from app.api.open import VERSION

FILE = Path(__file__).with_name("openapi.json")

RENEW = "./dev openapi"
"""The one command that makes the file current."""

DESCRIPTION = """
Who holds what, since when, and on whose word.

**Quantities** are decimal strings (`"4800"`, `"12.5"`), never JSON numbers; **money** is
`{"amount": "0.31", "currency": "USD"}`; legal **days** are `2026-03-02`, in the company's time zone.

**Writes** answer a receipt with the numbers of the journal entries they made. Each carries an `Idempotency-Key`, a
word of your own, so that it can be repeated safely: without one it is refused (400). `?dry_run=true` tells the result
and stores nothing, and needs no key.

**Reads** take `as_of` (facts that count by that day) and `known_at` (facts on record before that number of entries).

Each answer to a read has an `ETag`: sent as `If-None-Match`, it is answered with 304 as long as nothing has changed;
sent as `If-Match` with a write about what was read, the write is carried out on that state, or refused with 412. Writes
only ever add to the record, so none has to have it.

**Limits**: `RateLimit-Policy` and `RateLimit` say how many requests a token has in a minute and has left; one too many
is answered with 429 and `Retry-After`.

**Problems** have one shape, `application/problem+json` (RFC 9457); `type` leads to an explanation.
"""


def bare(**more: Any) -> FastAPI:
    """Return an application that says what this API is, without routes."""
    return FastAPI(
        title="Vestry",
        version=VERSION,
        summary="The equity record of a cooperative.",
        description=DESCRIPTION.strip(),
        servers=[{"url": "/", "description": "This service."}],
        openapi_url=None,  # served from the file: to make it takes a second
        openapi_tags=routers.TAGS,
        docs_url=None,  # the page loads scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        **more,
    )


def written() -> str:
    """Return the description as the routes have it: what the file should hold."""
    app = bare()
    routers.describe_all(app)
    describe.describe_itself(app)
    return json.dumps(app.openapi(), indent=1, ensure_ascii=False) + "\n"


@cache
def _published() -> tuple[bytes, str]:
    content = FILE.read_bytes()
    return content, f'"{sha256(content).hexdigest()}"'


def _answer(request: Request) -> Response:
    content, etag = _published()
    headers = {"ETag": etag, "Cache-Control": "public, no-cache"}
    if unchanged(request, etag):
        return Response(None, 304, headers)
    return Response(content, 200, headers, media_type="application/json")


ROUTES = [Route("/v1/openapi.json", _answer, methods=["GET"], include_in_schema=False)]


if __name__ == "__main__":
    sys.stdout.write(written())
