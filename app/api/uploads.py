"""Files that come as a request's body: as they are, or in a form beside a map.

They stay in memory and are never put on a disk: an export may tell of clients until its columns are dropped.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser

from app.errors import MALFORMED
from ledger.errors import Invalid

FORM = "multipart/form-data"
PARTS = ("file", "map")
BINARY = {"schema": {"type": "string", "format": "binary"}}

DESCRIBED: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The file as it is, or a form with the file and a map in TOML.",
        "content": {
            FORM: {
                "schema": {
                    "type": "object",
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "map": {"type": "string", "description": "Clinicians and codes, in TOML."},
                    },
                    "required": ["file"],
                    "additionalProperties": False,
                },
            },
            "text/csv": BINARY,
            "application/x-ndjson": BINARY,
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": BINARY,
        },
    }
}
"""The body, in OpenAPI's words."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file, and the map that came with it if one did; the file's name is forgotten, it may be a client's."""

    content: bytes = field(repr=False)
    map: str | None = field(default=None, repr=False)


async def sent(request: Request) -> Upload:
    """Return the file in a request's body.

    Raises:
        HTTPException: A form that can't be read.
        Invalid: A form without a file, or with more than a file and a map.
    """
    body = await request.body()
    if not request.headers.get("content-type", "").lower().startswith(FORM):
        return Upload(body)
    parts = {part.name: part.content for part in await parts_of(request, body, most=len(PARTS))}
    if set(parts) - set(PARTS) or "file" not in parts:
        raise Invalid("A form has a part named file, may have one named map, and nothing else.", field="file")
    told = parts.get("map")
    try:
        return Upload(parts["file"], None if told is None else told.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Invalid("The map is not written in UTF-8.", field="map") from None


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a form.

    Attributes:
        is_file: Whether a file was chosen for it; without one a browser sends a file with no name and no content.
    """

    name: str
    content: bytes = field(repr=False)
    is_file: bool


async def parts_of(request: Request, body: bytes, *, most: int) -> list[Part]:
    """Return the parts of a form that has files in it, at most so many files and so many others.

    Raises:
        HTTPException: It can't be read, or has more parts.
    """

    async def whole() -> AsyncGenerator[bytes, None]:
        yield body
        yield b""

    parser = MultiPartParser(request.headers, whole(), max_files=most, max_fields=most, max_part_size=len(body))
    # never rolled over to a temporary file
    parser.spool_max_size = len(body) + 1
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError):
        raise HTTPException(MALFORMED.status, "The form can't be read.") from None
    try:
        return [
            Part(name, await value.read(), bool(value.filename))
            if isinstance(value, UploadFile)
            else Part(name, value.encode(), is_file=False)
            for name, value in form.multi_items()
        ]
    finally:
        await form.close()
