"""Differences between versions: lines of the text, fields of the motions."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from governance.differences import Change, Line, Mark, changed_fields, changed_lines, differences
from governance.records import Version

FEES = {"fees": [{"name": "platform", "percent": "13"}, {"name": "claims", "percent": "2"}]}
texts = st.lists(st.sampled_from(["Why?", "Because", "", "  so "])).map("\n".join)


def version(number: int, text: str, percent: str, **changes: object) -> Version:
    """A version with one motion, about a fee."""
    motion = {"kind": "set_policy", "key": "fees", "value": {"fees": [{"name": "platform", "percent": percent}]}}
    said: dict[str, object] = {"title": "A lower fee", "motions": [motion], "options": [], "seats": 1} | changes
    return Version("prp_1", number, text=text, author="hld_1", digest="00", **said)  # type: ignore[arg-type]


def test_a_number_in_a_motion_and_a_line_of_the_text_are_named() -> None:
    before, after = version(1, "Why?\nBecause.\nEnd", "13"), version(2, "Why?\nIt is full.\nEnd", "12.5")
    found = differences(before, after)
    assert found.fields == (Change("motions[0].value.fees[0].percent", '"13"', '"12.5"'),)
    assert found.lines == (
        Line(Mark.SAME, "Why?"),
        Line(Mark.REMOVED, "Because."),
        Line(Mark.ADDED, "It is full."),
        Line(Mark.SAME, "End"),
    )


def test_what_was_not_there_has_no_value() -> None:
    assert changed_fields({"a": [1]}, {"a": [1, {"b": None}]}) == (Change("a[1].b", None, "null"),)
    assert changed_fields({"options": []}, {"options": ["x"]}) == (
        Change("options", "[]", None),
        Change("options[0]", None, '"x"'),
    )


def test_a_number_is_not_its_text() -> None:
    assert changed_fields({"a": 1}, {"a": "1"}) == (Change("a", "1", '"1"'),)
    assert changed_fields({"a": True}, {"a": 1}) == (Change("a", "true", "1"),)


@settings(max_examples=50)
@given(texts, texts)
def test_both_texts_can_be_read_off_their_differences(before: str, after: str) -> None:
    lines = changed_lines(before, after)
    assert [one.text for one in lines if one.mark is not Mark.ADDED] == before.splitlines()
    assert [one.text for one in lines if one.mark is not Mark.REMOVED] == after.splitlines()
