"""The record of a secret vote that is over, as one file for members to hand to whoever recounts it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.api.service import Service
from app.secret import record
from app.secret.links import OtherUnreachable
from app.secret.setup import SecretVotes
from app.web import admission
from app.web.answers import shown
from app.web.site import Own, View
from governance.secret import polls
from ledger.errors import NotFound, Refusal

HEADERS = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}


async def record_file(request: Request) -> Response:
    """Hand out the record of a secret vote: it holds the roll, by ids, so it is for members."""
    service: Service = request.app.state.service
    votes: SecretVotes = request.app.state.secret_votes
    now = service.now()
    here = await service.door.read(admission.visit, request, now)
    kept_out = admission.keep_out(here, Own, early=False)
    if kept_out is not None:
        return shown(here, kept_out)
    try:
        poll = await service.door.read(polls.poll_of, request.path_params["proposal"])
        if poll is None:
            raise NotFound("This is no secret vote, or no passes were given out for it.", field="proposal")
        files = await run_in_threadpool(lambda: votes.runner.read(record.files_of, poll.hash, votes.other_box()))
    except NotFound as refusal:
        return shown(here, View("no_such_page.html", {"what": str(refusal)}, 404))
    except (Refusal, OtherUnreachable) as refusal:
        return shown(here, View("refused.html", {"what": str(refusal)}, 503))
    name = f'attachment; filename="vestry-secret-vote-{poll.hash[:20]}.zip"'
    return Response(packed(files), 200, HEADERS | {"Content-Disposition": name}, media_type="application/zip")


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return files as a zip, the same bytes for the same files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


ROUTES = [Route("/decisions/{proposal}/record.zip", record_file, methods=["GET"], include_in_schema=False)]
