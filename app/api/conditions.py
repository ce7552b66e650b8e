"""Whether what somebody has is still what there is: ``ETag``, ``If-None-Match`` and ``If-Match`` (RFC 9110, 13.1)."""

from __future__ import annotations

import re
from hashlib import sha256

from starlette.requests import Request

TAG = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')


def etag_of(content: bytes) -> str:
    """Return the strong tag of an answer: its bytes' hash, so that equal tags mean equal bytes."""
    return f'"{sha256(content).hexdigest()}"'


def unchanged(request: Request, etag: str) -> bool:
    """Return whether ``If-None-Match`` names the tag of what would be answered; weak tags count as well."""
    asked = request.headers.get("if-none-match")
    return asked is not None and (asked.strip() == "*" or any(tag == etag for _, tag in TAG.findall(asked)))


def still_matches(asked: str, etag: str) -> bool:
    """Return whether an ``If-Match`` names the tag of what is there now; weak tags never do."""
    return asked.strip() == "*" or any(tag == etag and not weak for weak, tag in TAG.findall(asked))
