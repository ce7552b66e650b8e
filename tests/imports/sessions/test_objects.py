"""JSON of our own: one object a line, a list, or rows parsed already; the three are read alike."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.imports.sessions.check import check_file, check_rows
from app.imports.sessions.checked import Checked
from app.imports.sessions.findings import FileRefused
from app.imports.sessions.reasons import Reason
from app.imports.sessions.sources import Source, objects
from app.imports.sessions.table import Fate
from tests.imports.sessions.files import ANA, rules

ROW = {"provider": ANA, "start": "2025-06-02T10:00", "minutes": 50, "category": "INDIVIDUAL", "modality": "VIDEO"}

Rows = Sequence[object]


def ndjson(rows: Rows) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def listed(rows: Rows) -> bytes:
    return json.dumps(rows).encode()


def pretty(rows: Rows) -> bytes:
    return json.dumps(rows, indent=2, separators=(" ,\n", " : ")).encode()


def three_ways(rows: Rows) -> list[Checked]:
    return [check_file(form(rows), Source.PLAIN, rules()) for form in (ndjson, listed, pretty)] + [
        check_rows(rows, rules())
    ]


def rows_found(checked: Checked) -> list[tuple[int, str, Reason]]:
    return [(one.row, one.column, one.reason) for one in checked.findings if one.row]


def test_rows_are_read_alike_whichever_way_they_come() -> None:
    rows = [
        ROW,
        {**ROW, "start": "2025-06-02T11:00", "minutes": "50"},
        {**ROW, "provider": None},
        {**ROW, "minutes": 900},
    ]
    for checked in three_ways(rows):
        assert [one.row for one in checked] == [1, 2]
        assert rows_found(checked) == [
            (3, "provider", Reason.PROVIDER_MISSING),
            (4, "minutes", Reason.MINUTES_OUT_OF_RANGE),
        ]
        assert [one.fate for one in checked.fates()] == [Fate.ACCEPTED] * 2 + [Fate.REJECTED] * 2
        assert [bool(one.fingerprint) for one in checked.fates()] == [True, True, False, False]


@pytest.mark.parametrize(
    "bad",
    [1, "text", [], None, {"minutes": 50.5}, {"minutes": True}, {"provider": 7}, {"date": {"a": 1}}, {"count": []}],
)
def test_what_is_no_flat_object_is_refused_by_itself(bad: object) -> None:
    for checked in three_ways([ROW, {**ROW, **bad} if isinstance(bad, dict) else bad]):
        assert rows_found(checked) == [(2, "", Reason.ROW_MALFORMED)]
        assert checked.counts.accepted == 1


def test_lines_count_as_an_editor_counts_them() -> None:
    good = json.dumps(ROW)
    data = "\n\n".join(["", good, "{", good.replace("10:00", "11:00") + good, "  "]).encode()
    checked = check_file(data.lstrip(), Source.PLAIN, rules())
    assert [one.row for one in checked] == [1]
    assert rows_found(checked) == [(3, "", Reason.ROW_MALFORMED), (5, "", Reason.ROW_MALFORMED)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_json_may_be_written_in_other_encodings(encoding: str) -> None:
    named = {**ROW, "provider": "Ana Díaz, LCSW"}
    for text in (json.dumps(named, ensure_ascii=False), json.dumps([named], ensure_ascii=False)):
        assert check_file(text.encode(encoding), Source.PLAIN, rules()).counts.accepted == 1


def test_what_a_row_has_besides_is_passed_over_and_named_if_known() -> None:
    more = {**ROW, "client": "x", "Jo Smith": 1, "notes": {"deep": [1, {"er": 2}]}}
    for checked in three_ways([more])[:3]:
        assert checked.counts.accepted == 1
        assert checked.dropped == ("Client", "field 7", "Notes")


@given(
    st.lists(st.sampled_from(["},{", "}", "{", "},", "\\", '"', "]", "\u2028", "x" * 40]), max_size=30),
    st.integers(16, 400),
)
def test_a_list_is_read_alike_wherever_its_blocks_end(texts: list[str], block: int) -> None:
    rows: list[dict[str, Any]] = [
        {**ROW, "start": f"2025-06-{1 + n % 28:02}", "note": text} for n, text in enumerate(texts)
    ]
    before = objects._BLOCK
    try:
        objects._BLOCK = block
        for form in (ndjson, listed, pretty):
            if rows:
                assert check_file(form(rows), Source.PLAIN, rules()).counts.accepted == len(rows)
    finally:
        objects._BLOCK = before


def test_an_endless_object_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "_BLOCK", 64)
    monkeypatch.setattr(objects, "_MOST_PIECE", 1_000)
    for opening in (b'{"note":"', b'[{"note":"'):
        with pytest.raises(FileRefused) as refused:
            check_file(opening + b"x" * 2_000 + b'"}', Source.PLAIN, rules())
        assert refused.value.finding.reason is Reason.JSON_BROKEN


def test_deep_nesting_is_refused_and_does_not_crash() -> None:
    deep = b"[" * 100_000
    with pytest.raises(FileRefused, match="not JSON"):
        check_file(deep, Source.PLAIN, rules())
    with pytest.raises(FileRefused, match="not JSON"):
        check_file(b'{"a":' * 100_000, Source.PLAIN, rules())
