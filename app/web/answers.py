"""What a page answers, as a browser gets it: pages, files, addresses to go on to, and the cookies that go along."""

from __future__ import annotations

import secrets
from http import HTTPStatus

from starlette.responses import RedirectResponse, Response

from app.errors import problem_type
from app.people import accounts
from app.web import refusals, render
from app.web.visit import Answer, Data, File, Go, Here, View
from ledger.errors import Refusal

COOKIE, LANGUAGE, NOTE, TRIP = "vestry_session", "vestry_language", "vestry_note", "vestry_trip"
TRIP_SECONDS = 600


def shown(here: Here, told: Answer) -> Response:
    """Return what a page answered, for the browser."""
    if isinstance(told, Go):
        return _gone(told)
    if isinstance(told, File):
        headers = {"Content-Disposition": f'attachment; filename="{told.name}"'}
        if told.cache:
            headers["Cache-Control"] = told.cache
        return Response(told.content, 200, headers, media_type=told.media_type)
    if isinstance(told, Data):
        return Response(told.text, 200, {"Cache-Control": "no-store"}, media_type="application/json")
    text = render.page(told.template, here, told.values, form_key=secrets.token_urlsafe(12))
    response = Response(text, told.status, {**render.HEADERS, **told.headers}, media_type="text/html; charset=utf-8")
    if here.note:
        response.delete_cookie(NOTE)
    return response


def _gone(told: Go) -> Response:
    response = RedirectResponse(told.to, HTTPStatus.SEE_OTHER)
    if told.note:
        response.set_cookie(NOTE, render.packed(told.note), max_age=60, httponly=True, samesite="lax")
    if told.cookie:
        longest = accounts.LONGEST_DAYS * 86_400
        response.set_cookie(COOKIE, told.cookie, max_age=longest, httponly=True, samesite="lax", secure=render.SECURE)
    elif told.cookie is not None:
        response.delete_cookie(COOKIE)
    if told.language is not None:
        response.set_cookie(LANGUAGE, told.language, max_age=31_536_000, httponly=True, samesite="lax")
    if told.trip:
        # "lax" comes along when somebody is sent back from elsewhere
        response.set_cookie(TRIP, told.trip, max_age=TRIP_SECONDS, httponly=True, samesite="lax", secure=render.SECURE)
    elif told.trip is not None:
        response.delete_cookie(TRIP)
    return response


def refused(here: Here, refusal: Refusal) -> Response:
    """Return the page that says why something was not done."""
    status = problem_type(type(refusal)).status
    template = "no_such_page.html" if status == HTTPStatus.NOT_FOUND else "refused.html"
    return shown(here, View(template, {"what": refusals.told(here.words, str(refusal))}, status))
