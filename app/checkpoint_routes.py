"""Where anybody reads checkpoints, and the key to check them with: they tell a number and a hash."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.witnesses import Cosigned
from ledger.errors import NotFound

HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def _answer(of: Callable[[Cosigned], str]) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        cosigned: Cosigned = request.app.state.service.cosigned
        try:
            return Response(of(cosigned), 200, HEADERS, media_type="text/plain")
        except NotFound as none:
            return Response(f"{none}\n", 404, HEADERS, media_type="text/plain")

    return answer


def _route(path: str, of: Callable[[Cosigned], str]) -> Route:
    return Route(path, _answer(of), methods=["GET"], include_in_schema=False)


ROUTES = [
    _route("/checkpoint", lambda cosigned: cosigned.newest()[0]),
    _route("/checkpoint/witnessed", Cosigned.quorate),
    _route("/checkpoint/key", lambda cosigned: f"{cosigned.signer.verifier()}\n"),
]
