"""A pass fetched without script: the request is pasted into a form, and the answer copied from the next page."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from urllib.parse import parse_qs

import orjson
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.api.service import Service
from app.errors import problem_type
from app.secret.links import OtherUnfit, OtherUnreachable
from app.secret.passes import MOST_BODY, WITNESS_DOWN, WITNESS_UNFIT, signed_for
from app.web import admission
from app.web.answers import shown
from app.web.site import Own, View, is_our_own
from governance import proposals
from governance.secret import polls
from governance.secret.canonical import to_base64
from governance.secret.records import Poll
from ledger.errors import NotFound, Refusal


async def by_hand(request: Request) -> Response:
    """Show the form, or the answer to what was pasted into it."""
    service: Service = request.app.state.service
    now = service.now()
    here = await service.door.read(admission.visit, request, now)
    here = replace(here, origin=service.settings.public_url.rstrip("/"))
    kept_out = admission.keep_out(here, Own, early=False)
    if kept_out is not None:
        return shown(here, kept_out)
    if request.method == "POST" and not is_our_own(request):
        return shown(here, View("not_from_here.html", {}, HTTPStatus.FORBIDDEN))
    proposal, answer, status = request.path_params["proposal"], "", 200
    try:
        title, poll = await service.door.read(_poll, proposal)
    except NotFound as refusal:
        return shown(here, View("no_such_page.html", {"what": str(refusal)}, HTTPStatus.NOT_FOUND))
    if request.method == "POST":
        body = await request.body()
        pasted = parse_qs(body.decode("utf-8", "replace")).get("request", [""])[0] if len(body) <= 2 * MOST_BODY else ""
        here = replace(here, form={"request": pasted})
        try:
            signed = await signed_for(request, poll.hash, pasted.encode(), here.me, now)
            answer = orjson.dumps({"blind_sigs": [to_base64(one) for one in signed]}).decode()
        except Refusal as refusal:
            here, status = replace(here, wrong={"request": str(refusal)}), problem_type(type(refusal)).status
        except OtherUnfit:
            here, status = replace(here, wrong={"request": WITNESS_UNFIT}), 503
        except OtherUnreachable:
            here, status = replace(here, wrong={"request": WITNESS_DOWN}), 503
    values = {"title": title, "proposal": proposal, "poll": poll.hash, "answer": answer}
    response = shown(here, View("pass_by_hand.html", values, status))
    # the box must not learn where a voter comes from
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _poll(db: Session, proposal: str) -> tuple[str, Poll]:
    found = polls.poll_of(db, proposals.shown(db, proposal).id)
    if found is None:
        raise NotFound("No passes are given out for this vote.", field="proposal")
    return proposals.version(db, proposal).title, found


ROUTES = [Route("/decisions/{proposal}/pass/by-hand", by_hand, methods=["GET", "POST"], include_in_schema=False)]
