"""Lists that are at hand, a page at a time: each once, and no cursor of another list."""

from __future__ import annotations

import pytest

from app.api.fields import Page, Told
from app.api.lists import Paging, cursor_at, page_among
from app.errors import CursorInvalid


class Word(Told):
    """A word."""

    word: str


def page(found: list[str], cursor: str | None = None) -> Page[Word]:
    """Return two of them."""
    return page_among("words", found, Paging(2, cursor), lambda one: Word(word=one), lambda one: one)


def test_each_is_told_once_whatever_is_added_meanwhile() -> None:
    told: list[str] = []
    found, cursor = ["a", "b", "c"], None
    while True:
        one = page(found, cursor)
        told += [each.word for each in one.data]
        if not one.has_more:
            break
        found, cursor = [*found, "d"][:4], one.next
    assert (told, one.next) == (["a", "b", "c", "d"], None)
    assert page([]).model_dump() == {"data": [], "next": None, "has_more": False}
    assert page(["a", "b"]).has_more is False


@pytest.mark.parametrize(
    "cursor", [cursor_at("others", "a"), cursor_at("words", "gone"), cursor_at("words", 1), "x", cursor_at("words")]
)
def test_what_no_page_gave_out_is_refused(cursor: str) -> None:
    with pytest.raises(CursorInvalid, match="begin again"):
        page(["a", "b", "c"], cursor)
