"""The page at the box: static, the same for everybody, in each language; all it does is done by the voter's program."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from app.secret import program
from app.web import render
from app.web.words import LANGUAGES, language_of, words

POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; "
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


def _written(language: str, address: str) -> str:
    values = {"language": language, "_": words(language).say, "program": program.address(), "address": address}
    return render.environment().get_template("vote.html").render(values)


async def voting_page(request: Request) -> Response:
    """Show the page in one language."""
    language = request.path_params["language"]
    if language not in LANGUAGES:
        return Response(None, 404, HEADERS)
    text = _written(language, f"{request.url.scheme}://{request.url.netloc}")
    return Response(text, 200, HEADERS, media_type="text/html; charset=utf-8")


async def own_language(request: Request) -> Response:
    """Lead on to the language that the browser asks for."""
    language = language_of(None, request.headers.get("accept-language", ""))
    return RedirectResponse(f"/vote/{language}", 303, HEADERS)


async def style(request: Request) -> Response:
    """Serve the stylesheet of all our pages."""
    del request
    return Response((render.FOLDER / "static" / "style.css").read_bytes(), 200, HEADERS, media_type="text/css")


ROUTES = [
    Route("/vote", own_language, methods=["GET"]),
    Route("/vote/{language}", voting_page, methods=["GET"]),
    Route("/style.css", style, methods=["GET"]),
]
