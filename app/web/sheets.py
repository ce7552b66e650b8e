"""Long lists, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from app.web.site import Here

T = TypeVar("T")

PAGE = 60
"""How many rows a page of a list shows: a page stays under 100 KB."""


@dataclass(frozen=True, slots=True)
class Sheet(Generic[T]):
    """One page of a list.

    Attributes:
        rows: What is on it.
        count: How many are in the whole list.
        number: Which page it is, from 1.
        last: How many pages there are, at least one.
        query: The rest of the address, to which ``page`` is added.
    """

    rows: Sequence[T]
    count: int
    number: int
    last: int
    query: str


def sheet_of(rows: Sequence[T], here: Here, **kept: str) -> Sheet[T]:
    """Return the page that the address asks for; the nearest one where there is no such page.

    Args:
        rows: The whole list.
        here: The visit; its address says ``page``.
        kept: What else the address says and the next page is asked for with, too.
    """
    last = max(1, -(-len(rows) // PAGE))
    text = here.query.get("page", "1")
    number = min(max(int(text), 1), last) if text.isdecimal() and text.isascii() and len(text) < 10 else 1
    query = urlencode({name: value for name, value in kept.items() if value})
    return Sheet(rows[(number - 1) * PAGE : number * PAGE], len(rows), number, last, query)
