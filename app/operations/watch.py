"""What is noted of every request: one line in the log, and the counts of the metrics.

Each names the route as it is declared (``/v1/securities/{security}``) and never the address that was asked for. The box
of secret votes stands outside: of what comes to it nothing is noted at all.
"""

from __future__ import annotations

import logging
from time import perf_counter

from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.operations import metrics
from app.operations.logs import FACTS

WHO = "vestry_who"
"""Where a request's scope says which token or account it came with: an id, never a name."""

OTHER = "other"
"""The route of what leads nowhere, and of files."""

QUIET = frozenset({"/livez", "/readyz", "/metrics", "/healthz"})
"""What machines ask every few seconds: counted, not logged."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

log = logging.getLogger("vestry.access")


class Watch:
    """Notes each request when its answer is out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._paths: dict[int, str] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and note it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = 500, perf_counter()

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            _note(scope, self._route(scope), status, perf_counter() - began)

    def _route(self, scope: Scope) -> str:
        """Return the path of the route that a request was led to, as it is declared."""
        if not self._paths:
            found = [route for route in scope["app"].routes if isinstance(route, Route)]
            self._paths = {id(route.endpoint): route.path for route in found}
        return self._paths.get(id(scope.get("endpoint")), OTHER)


def _note(scope: Scope, route: str, status: int, seconds: float) -> None:
    # whatever else is sent for a method would make a series, and a line, of its own
    method = scope["method"] if scope["method"] in METHODS else OTHER
    metrics.count(route, method, status, seconds)
    if route in QUIET:
        return
    facts = {
        "request": scope.get("vestry_request_id"),
        "method": method,
        "route": route,
        "status": status,
        "ms": round(seconds * 1000, 1),
        "who": scope.get(WHO),
    }
    log.info("answered", extra={FACTS: facts})
