"""The voting page of the box: the same for everybody, with no sign-in and nothing that tells one visit from another."""

from __future__ import annotations

from functools import cache
from hashlib import sha384

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.web.render import FOLDER, environment
from app.web.words import LANGUAGES, words

CLIENT = FOLDER / "static" / "vote.js"
POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; form-action 'none'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


@cache
def client() -> bytes:
    """Return the voter's program, as it is served and hashed."""
    return CLIENT.read_bytes()


def client_sha384() -> str:
    """Return the hash of the voter's program, hex, as manifests name it."""
    return sha384(client()).hexdigest()


async def show(request: Request) -> Response:
    """Show the page, in the language that its address names."""
    language = request.path_params.get("language", "en")
    if language not in LANGUAGES:
        return Response(None, 404, HEADERS)
    said = words(language)
    text = environment().get_template("vote.html").render({"_": said.say, "words": said})
    return Response(text, 200, HEADERS, media_type="text/html; charset=utf-8")


async def program(request: Request) -> Response:
    """Serve the voter's program under the name that its hash gives it."""
    if request.path_params["hash"] != client_sha384()[:16]:
        return Response(None, 404, HEADERS)
    return Response(client(), 200, HEADERS, media_type="text/javascript")


async def style(request: Request) -> Response:
    """Serve the stylesheet."""
    del request
    return Response((FOLDER / "static" / "style.css").read_bytes(), 200, HEADERS, media_type="text/css")


ROUTES = [
    Route("/vote", show, methods=["GET"]),
    Route("/vote/{language}", show, methods=["GET"]),
    Route("/vote.{hash}.js", program, methods=["GET"]),
    Route("/style.css", style, methods=["GET"]),
]
