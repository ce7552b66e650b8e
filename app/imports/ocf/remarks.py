"""What the format has no words for, in comments that are read back: lines that begin with ``vestry: ``.

Nothing that an export knows may be lost on the way through a version of the format that can't say it. So it goes into
the last comment of its item, as one line of JSON:

- our own facts (``{"licensed": true}``), which stand in the field ``vestry`` of an item inside the program;
- ``put``: values by JSON pointer, for fields that the version does not know or would not accept;
- ``bare``: the item has no comments of its own;
- ``filled``: fields that are only there because the version requires them.

An item that the version does not know at all stands whole in a comment of the manifest, ``{"item": …, "list": …}``, and
an item that only stands in for such a one says so (``stands_for``) and is left out when it is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, TypeAlias

import msgspec

Object: TypeAlias = dict[str, Any]
"""A parsed JSON object; fractions are ``Decimal``."""

PREFIX = "vestry: "
FIELD = "vestry"
"""The field of an item that holds our own facts about it, inside the program."""

RECORD = "VESTRY_RECORD"
"""The type of an item of our own, for facts that the format has no type for: records of the ledger, as they are."""

OPEN_TRIGGER = "unspecified"
"""The id of the trigger that an export of ours writes where an instrument names none."""

_WORDS = ("put", "bare", "filled", "stands_for", "item", "list")
_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number", order="sorted")


def encoded(value: object) -> bytes:
    """Return JSON with its keys in order and its numbers digit for digit."""
    return _encoder.encode(value)


def remark(said: Object) -> str:
    """Return the comment that says something of ours."""
    return PREFIX + encoded(said).decode()


def read_remark(comment: object) -> Object | None:
    """Return what a comment of ours says, or None for anybody else's."""
    if not isinstance(comment, str) or not comment.startswith(PREFIX):
        return None
    try:
        said = _decoder.decode(comment[len(PREFIX) :])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def last_remark(item: Object) -> Object | None:
    """Return what the last comment of an item says, if it is one of ours."""
    comments = item.get("comments")
    return read_remark(comments[-1]) if isinstance(comments, list) and comments else None


def restored(item: Object) -> Object | None:
    """Return an item as it was before it was made to fit: None for one that only stood in for another.

    A remark that does not fit its item is left where it is.
    """
    said = last_remark(item)
    if said is None:
        return item
    if "stands_for" in said:
        return None
    filled = said.get("filled", [])
    made = {name: value for name, value in item.items() if name not in filled}
    made["comments"] = item["comments"][:-1]
    if said.get("bare"):
        del made["comments"]
    puts = said.get("put", {})
    places = {pointer: _place(made, pointer) for pointer in puts} if isinstance(puts, dict) else {"": None}
    if None in places.values():
        return item
    for pointer, place in places.items():
        if place is not None:
            place[pointed(pointer)[-1]] = puts[pointer]
    ours = {name: value for name, value in said.items() if name not in _WORDS}
    return {**made, FIELD: ours} if ours else made


def said_of(item: Object) -> Object:
    """Return what stands in the field of our own facts about an item, if anything does."""
    said = item.get(FIELD)
    return said if isinstance(said, dict) else {}


def set_aside(comments: list[Any]) -> Iterator[tuple[str, Object]]:
    """Yield the items that stand whole in comments of the manifest, each with the list it belongs to."""
    for comment in comments:
        said = read_remark(comment)
        if said is not None and is_set_aside(said):
            yield said["list"], said["item"]


def is_set_aside(said: Object) -> bool:
    """Return whether a remark is a whole item."""
    return isinstance(said.get("item"), dict) and isinstance(said.get("list"), str)


def with_remark(item: Object, said: Object) -> Object:
    """Return an item with a last comment that says something of ours."""
    comments = item.get("comments")
    if comments is None:
        return {**item, "comments": [remark({**said, "bare": True})]}
    return {**item, "comments": [*comments, remark(said)]}


def pointed(pointer: str) -> list[str]:
    """Return the steps of a JSON pointer (RFC 6901)."""
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def _place(item: Object, pointer: str) -> Object | None:
    """Return the object in an item that holds what a pointer points to, or None where it leads nowhere."""
    inside: Any = item if pointer.startswith("/") else None
    for step in pointed(pointer)[:-1]:
        if isinstance(inside, list):
            inside = inside[int(step)] if step.isdecimal() and int(step) < len(inside) else None
        else:
            inside = inside.get(step) if isinstance(inside, dict) else None
    return inside if isinstance(inside, dict) else None
