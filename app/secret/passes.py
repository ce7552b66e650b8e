"""The registrar's doors: a pass for whoever is signed in and on the roll, and what it publishes for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import orjson
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.api.service import Service
from app.errors import problem_type
from app.people import accounts
from app.secret import published
from app.secret.links import OtherUnfit, OtherUnreachable
from app.secret.signing import Signer
from app.web.site import COOKIE, is_our_own
from governance.secret import polls, registrar
from governance.secret.canonical import from_base64, to_base64
from governance.secret.errors import NotCanonical, PollUnsound
from governance.secret.registrar import Reservation
from ledger.errors import NotFound, Refusal
from ledger.types import Act

MOST_BODY = 64 * 1024
WITNESS_DOWN = "The witness does not answer. Try again later with the same request."
WITNESS_UNFIT = (
    "The council's witness refuses, or signs with a wrong key. Tell the council; try again with this request."
)
HEADERS = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
"""The page that is signed in must not tell the box where a voter comes from."""


async def fetch_pass(request: Request) -> Response:
    """Sign a pass for whoever is signed in: once, and the same again for the same request."""
    if not is_our_own(request):
        return _told("forbidden", "This request did not come from one of our own pages.", 403)
    service: Service = request.app.state.service
    now = service.now()
    try:
        member = await service.door.read(_member, request.cookies.get(COOKIE), now)
        signed = await signed_for(request, request.path_params["poll"], await request.body(), member, now)
    except Refusal as refusal:
        return _told(refusal.code, str(refusal), problem_type(type(refusal)).status)
    except OtherUnfit:
        return _told("witness_unfit", WITNESS_UNFIT, 503)
    except OtherUnreachable:
        # what was asked for is reserved: the same request gets its answer once the witness is there
        return _told("witness_down", WITNESS_DOWN, 503)
    return JSONResponse({"blind_sigs": [to_base64(one) for one in signed]}, headers=HEADERS)


async def signed_for(request: Request, poll: str, body: bytes, member: str, now: datetime) -> Sequence[bytes]:
    """Return the signatures of a member's pass, which is reserved first.

    Args:
        request: What came, for the service that it came to.
        poll: Hash of the vote's manifest, hex.
        body: What is to be signed, as JSON.
        member: Holder id of whoever is signed in.
        now: The time.
    """
    service: Service = request.app.state.service
    signer: Signer = request.app.state.secret_votes.signer
    act = Act(member, "role:member", now)
    reserved, sealed = await service.door.run(_reserve, act, poll, _blinded(body))
    return reserved.signed or await _sign(service, signer, reserved, sealed)


async def _sign(service: Service, signer: Signer, reserved: Reservation, sealed: bytes | None) -> Sequence[bytes]:
    """Sign a reserved pass outside of any transaction, and keep what was signed first."""
    if sealed is None:
        raise PollUnsound("The key of this vote is gone.", field="poll")
    signed = await run_in_threadpool(signer.sign, sealed, reserved)
    return await service.door.run(registrar.keep, reserved.proposal, reserved.number, signed)


def _blinded(body: bytes) -> list[bytes]:
    if len(body) > MOST_BODY:
        raise PollUnsound("This is too long.", field="blinded")
    try:
        raw = orjson.loads(body)["blinded"]
        return [from_base64(one) for one in raw]
    except (ValueError, KeyError, TypeError, NotCanonical):
        raise PollUnsound('Send {"blinded": [base64]}, one value a registrar.', field="blinded") from None


def _member(db: Session, cookie: str | None, now: datetime) -> str:
    found = accounts.session_of(db, cookie, now) if cookie else None
    account = None if found is None else accounts.find_account(db, found.account)
    if account is None or account.ended or account.holder is None:
        raise NotFound("Sign in first: passes are for members.")
    return account.holder


def _reserve(db: Session, act: Act, poll: str, blinded: list[bytes]) -> tuple[Reservation, bytes | None]:
    proposal = polls.find_poll(db, poll).proposal
    reserved = registrar.reserve(db, act, proposal, act.actor, blinded)
    return reserved, registrar.sealed_key(db, proposal)


async def publish(request: Request) -> Response:
    """Tell what the registrar publishes."""
    service: Service = request.app.state.service
    path = request.url.path
    found = await service.door.read(published.by_registrar, path)
    if found is None:
        return Response(None, 404, HEADERS)
    headers = HEADERS | {"Access-Control-Allow-Origin": "*"}
    return Response(found, 200, headers, media_type=published.kind_of(path))


def _told(code: str, detail: str, status: int) -> Response:
    told = {"type": f"urn:vestry:{code}", "title": code.replace("_", " "), "status": status, "detail": detail}
    return JSONResponse(told, status, HEADERS, media_type="application/problem+json")


ROUTES = [
    Route("/polls/{poll}/pass", fetch_pass, methods=["POST"], include_in_schema=False),
    Route("/polls/index.json", publish, methods=["GET"], include_in_schema=False),
    Route("/polls/{poll}/{name}", publish, methods=["GET"], include_in_schema=False),
]
