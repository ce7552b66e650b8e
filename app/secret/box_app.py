"""The box as an application of its own: no sign-in, no cookie, no log of who came, nothing that tells one from another.

It stands on another host name than the service, so that a browser brings nothing along. Ballots come padded to one
length; the answer is a signed receipt that does not say what was chosen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.db import Runner
from app.errors import problem_type
from app.secret import program, published, voting_page
from governance.secret import box, box_files
from governance.secret.formats import LINE_BYTES
from ledger.errors import Refusal

HEADERS: Mapping[str, str] = {
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Access-Control-Allow-Origin": "*",
}


@dataclass(frozen=True, slots=True)
class BoxDoor:
    """What the box answers with."""

    runner: Runner
    key: ec.EllipticCurvePrivateKey
    public: bytes

    async def cast(self, request: Request) -> Response:
        """Take a ballot."""
        line = await request.body()
        try:
            return JSONResponse(await run_in_threadpool(self._taken, request.path_params["poll"], line), 202, HEADERS)
        except Refusal as refusal:
            status = 413 if len(line) > LINE_BYTES else problem_type(type(refusal)).status
            told = {"type": f"urn:vestry:{refusal.code}", "status": status, "detail": str(refusal)}
            return JSONResponse(told, status, HEADERS, media_type="application/problem+json")

    def _taken(self, poll: str, line: bytes) -> dict[str, object]:
        record, batch = self.runner.run(box.cast, poll, line)
        return {**box_files.sign_receipt(self.key, bytes.fromhex(poll), record, batch).to_json()}

    async def publish(self, request: Request) -> Response:
        """Tell what the box publishes."""
        path = request.url.path
        found = await run_in_threadpool(self.runner.read, published.by_box, path)
        if found is None:
            return Response(None, 404, HEADERS)
        return Response(found, 200, HEADERS, media_type=published.kind_of(path))

    async def tell_key(self, request: Request) -> Response:
        """Tell the key that receipts are signed with."""
        del request
        return Response(self.public, 200, HEADERS, media_type="application/octet-stream")


def create_box(door: BoxDoor) -> Starlette:
    """Return the application; nothing of a request is kept beyond the ballot itself."""
    routes = [
        Route("/polls/{poll}/ballots", door.cast, methods=["POST"]),
        Route("/polls/{poll}/{name:path}", door.publish, methods=["GET"]),
        Route("/box-key", door.tell_key, methods=["GET"]),
        *program.ROUTES,
        *voting_page.ROUTES,
    ]
    return Starlette(routes=routes)
