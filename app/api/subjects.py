"""What a write is about, and whether it still is as whoever writes has seen it: ``If-Match``.

Writes are orders, ``POST /grant-drafts/{draft_id}/approve``; what they are about is what can be read at the longest
beginning of the address, ``GET /grant-drafts/{draft_id}``. Whoever sends the ``ETag`` of that answer with the order has
it carried out on just this state, or not at all. It is compared under the journal's lock, in the order's own
transaction, so nothing comes in between.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from fastapi import Request, params
from sqlalchemy.orm import Session

from app.api.conditions import etag_of, still_matches
from app.api.fields import Attachment, Page
from app.errors import PreconditionFailed
from app.people.tokens import Token
from ledger.errors import Refusal

TEXT = "The `ETag` with which `{path}` was read: the order is carried out on that state, or not at all."

HANDED = {"token", "now"}
"""What a reading may ask for beside what stands in its address."""

Facts = Callable[..., Any]

HEADER: dict[str, Any] = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "pattern": r'^\*$|^"[!#-~]*"(, *"[!#-~]*")*$', "examples": ["*"]},
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What can be read at an address, and what the reading is handed.

    Attributes:
        facts: What reads it.
        named: What the request says: parts of the address, who asks, and when.
        made: What is made of parameters that are all left out, such as a day.
    """

    facts: Facts
    named: tuple[str, ...]
    made: Mapping[str, Callable[[], Any]]

    def tag(self, db: Session, handed: Mapping[str, Any]) -> str:
        """Return the tag of what ``GET`` would answer, with its parameters left out."""
        arguments = {name: handed[name] for name in self.named} | {name: make() for name, make in self.made.items()}
        told = self.facts(db, **arguments)
        return etag_of(told.content if isinstance(told, Attachment) else told.model_dump_json().encode())


READ: dict[str, Facts] = {}
"""What reads each address, long reports left out; a door adds what it reads."""


@cache
def _subject_at(path: str) -> Subject | None:
    """Return what can be read there where the address alone says how; lists that come in pages are left out."""
    facts = READ.get(path)
    if facts is None:
        return None
    hints = get_type_hints(facts, include_extras=True)
    if inspect.isclass(hints["return"]) and issubclass(hints["return"], Page):
        return None
    parameters = dict(list(inspect.signature(facts).parameters.items())[1:])
    named = tuple(name for name in parameters if name in HANDED or f"{{{name}}}" in path)
    made = {name: make for name in parameters if name not in named and (make := _made(hints[name])) is not None}
    needed = {name for name, parameter in parameters.items() if parameter.default is inspect.Parameter.empty}
    return Subject(facts, named, made) if needed <= {*named, *made} else None


@cache
def subject_of(path: str) -> str | None:
    """Return the address of what a write at ``path`` is about; None where nothing can be read of it."""
    while path and _subject_at(path) is None:
        path = path.rpartition("/")[0]
    return path or None


def expected(
    request: Request, path: str, token: Token, now: datetime, asked: Mapping[str, Any]
) -> Callable[[Session], None] | None:
    """Return what refuses a write whose subject is not as ``If-Match`` says; None where it says nothing."""
    wanted = request.headers.get("if-match")
    if wanted is None:
        return None
    handed = {name: asked.get(name, said) for name, said in request.path_params.items()}
    handed |= {"token": token, "now": now}
    return partial(_refuse_changed, wanted, subject_of(path), handed)


def _refuse_changed(wanted: str, path: str | None, handed: Mapping[str, Any], db: Session) -> None:
    """Let only pass what was seen as it is.

    Raises:
        PreconditionFailed: It is not there, or is another by now.
    """
    subject = None if path is None else _subject_at(path)
    if subject is None:
        raise PreconditionFailed("Nothing can be read of what this is about, so If-Match never holds here.")
    try:
        tag = subject.tag(db, handed)
    except Refusal as none:
        raise PreconditionFailed("What this is about is not there.") from none
    if not still_matches(wanted, tag):
        raise PreconditionFailed("This has changed since you read it; read it again, and decide anew.")


def _made(hint: Any) -> Callable[[], Any] | None:  # noqa: ANN401 - an annotation
    """Return what makes a parameter that FastAPI puts together of others, all of them left out; None if it is none."""
    if get_origin(hint) is Annotated:
        for one in get_args(hint)[1:]:
            if isinstance(one, params.Depends) and inspect.isclass(made := getattr(one.dependency, "makes", None)):
                return made
    return None
