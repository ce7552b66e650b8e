"""Signing in at another service and coming back (OpenID Connect), where one is configured."""

from __future__ import annotations

import secrets
from hmac import compare_digest

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from app.api.service import Service
from app.errors import ElsewhereRefused
from app.people import elsewhere, round_trips
from app.people.provider import REFUSED, Journey, Known, Provider
from app.people.round_trips import Purpose, RoundTrip
from app.web.admission import local
from app.web.answers import TRIP
from app.web.door import arrived, sign_in
from app.web.settings import settings
from app.web.site import Anybody, Go, Here, Pages, Signed
from ledger.errors import NotFound
from ledger.types import Act

pages = Pages(early=True)

VISITOR, AUTHORITY = "visitor", "role:member"


@pages.asking("/sign-in/elsewhere", Anybody, again=sign_in)
async def go_elsewhere(request: Request, service: Service, here: Here) -> Go:
    """Send somebody to the other service."""
    del request
    provider = _provider(service)
    secret = secrets.token_urlsafe
    journey = Journey(secret(32), secret(32), secret(48), _back(here))
    address = await run_in_threadpool(provider.address, journey, here.now)
    kept = {"nonce": journey.nonce, "verifier": journey.verifier, "next": local(here.query.get("next", ""))}
    await service.door.run(_send_out, Act(VISITOR, AUTHORITY, here.now), journey.state, kept)
    return Go(address, trip=journey.state)


@pages.asking("/sign-in/back", Anybody, again=sign_in)
async def come_back(request: Request, service: Service, here: Here) -> Go:
    """Let somebody in who has signed in at the other service."""
    provider = _provider(service)
    state, code = here.query.get("state", ""), here.query.get("code", "")
    # the cookie shows that it is the browser that was sent out: nobody is signed in as somebody else by a link
    if not compare_digest(state.encode(), request.cookies.get(TRIP, "").encode()):
        raise ElsewhereRefused(REFUSED)
    act = Act(VISITOR, AUTHORITY, here.now)
    trip = await service.door.run(_take_back, act, state)
    if trip is None or not code:
        raise ElsewhereRefused(REFUSED)
    journey = Journey(state, trip.kept["nonce"], trip.kept["verifier"], _back(here))
    known = await run_in_threadpool(provider.whoever_brings, code, journey, here.now)
    return await service.door.run(_let_in, act, here, known, trip.kept["next"])


def _provider(service: Service) -> Provider:
    if service.provider is None:
        raise NotFound("No other service is set up to sign in with.")
    return service.provider


def _back(here: Here) -> str:
    return f"{here.origin}/sign-in/back"


def _send_out(db: Session, act: Act, state: str, kept: dict[str, str]) -> None:
    round_trips.send_out(db, act, Purpose.PROVIDER, state, kept=kept)


def _take_back(db: Session, act: Act, state: str) -> RoundTrip | None:
    return round_trips.take_back(db, act, Purpose.PROVIDER, state)


def _let_in(db: Session, act: Act, here: Here, known: Known, to: str) -> Go:
    account, cookie = elsewhere.sign_in(db, act, known)
    return arrived(db, act, here, account, cookie, to=to)


@pages.post("/settings/elsewhere", Signed, again=settings)
def forget(db: Session, act: Act, here: Here) -> Go:
    """Let somebody come in from the other service no more."""
    assert here.account is not None
    elsewhere.forget(db, act, here.account.id, here.form.get("issuer", ""))
    return Go("/settings", here.words.say("You come in from there no more."))
