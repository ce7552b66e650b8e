"""How an answer is put: what was read with its tag, so that nobody is sent again what they have; what was done."""

from __future__ import annotations

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from app.api.beside import ACCEPTED, place_of
from app.api.conditions import etag_of, unchanged
from app.api.fields import Attachment, Page, Written
from app.api.idempotency import Answer

JSON = "application/json"

# whoever asked may keep it, for this token alone, and asks whether it still is the answer
KEPT = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}


def read(told: BaseModel | Attachment, request: Request) -> Response:
    """Return the answer to a read: 304 where ``If-None-Match`` names just these bytes."""
    content = told.content if isinstance(told, Attachment) else told.model_dump_json().encode()
    tag = told.tag if isinstance(told, Written) else None
    headers = {"ETag": tag or etag_of(content)} | KEPT
    if unchanged(request, headers["ETag"]):
        return Response(None, 304, headers)
    if isinstance(told, Attachment):
        if told.name is not None:
            headers["Content-Disposition"] = f'attachment; filename="{told.name}"'
        return Response(content, 200, headers, media_type=told.media_type)
    if isinstance(told, Page) and told.next is not None:
        url = request.url.include_query_params(cursor=told.next)
        headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
    return Response(content, 200, headers, media_type=JSON)


def done(answer: Answer, replayed: bool) -> Response:
    """Return the answer to a write, marked where it is that of an earlier request."""
    headers = {"Idempotency-Replayed": "true"} if replayed else {}
    if answer.status == ACCEPTED:  # the first time it was asked for as a job
        headers["Location"] = place_of(answer)
    return Response(answer.body, answer.status, headers, media_type=JSON)
