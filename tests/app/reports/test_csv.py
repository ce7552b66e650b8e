"""CSV that every program reads alike, and in which no cell runs."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC, date, datetime
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.reports.csv import FORMULA, as_csv
from app.reports.report import Amount, Cell, Number, Report, Source

SOURCE = Source(
    "iss",
    "Lanternleaf",
    "America/New_York",
    "USD",
    date(2025, 12, 31),
    44,
    datetime(2026, 1, 10, tzinfo=UTC),
    "e6" * 32,
)
TRAILING = ["2025-12-31", "44", "e6" * 32, "America/New_York"]


def a_report(*cells: Cell) -> Report:
    return Report("test", SOURCE, tuple(f"c{place}" for place in range(len(cells))), (cells,))


def read(data: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(data.decode(), newline="")))


def test_rows_say_where_they_come_from() -> None:
    assert read(as_csv(a_report("Ana"))) == [
        ["c0", "as_of", "known_at", "journal_root", "time_zone"],
        ["Ana", *TRAILING],
    ]


def test_a_period_names_its_first_day_and_a_column_of_the_report_is_not_doubled() -> None:
    report = Report("test", replace(SOURCE, since=date(2025, 1, 1)), ("as_of",), ((date(2025, 12, 31),),))
    assert read(as_csv(report)) == [
        ["as_of", "from", "known_at", "journal_root", "time_zone"],
        ["2025-12-31", "2025-01-01", *TRAILING[1:]],
    ]


@pytest.mark.parametrize("text", ['=HYPERLINK("http://evil.example","pay")', "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_a_text_that_looks_like_a_formula_opens_as_text(text: str) -> None:
    """Scenario 25."""
    assert read(as_csv(a_report(text)))[1][0] == f"'{text}"


def test_numbers_stay_numbers_whatever_their_sign() -> None:
    cells = read(as_csv(a_report(Amount(-38_350), Amount(-1_250, 2), Number("0.31"), 7, date(2025, 1, 2), None)))[1]
    assert cells[:6] == ["-38350", "-12.50", "0.31", "7", "2025-01-02", ""]


def test_a_header_that_looks_like_a_formula_is_made_safe_too() -> None:
    assert read(as_csv(Report("test", SOURCE, ("=1+1",), (("x",),))))[0][0] == "'=1+1"


def test_notes_come_last_where_they_are_asked_for_or_nothing_else_could_say_it() -> None:
    report = Report("test", SOURCE, ("c0",), (("x",),), ("Common: 900 held by the company itself.",))
    assert b"#" not in as_csv(report)
    noted = as_csv(report, notes=True).decode().splitlines()
    assert noted[2:4] == ["# as_of: 2025-12-31", "# known_at: 44"]
    assert noted[-1] == "# Common: 900 held by the company itself."
    assert b"# journal_root: " in as_csv(Report("test", SOURCE, ("c0",), ()))


def test_names_are_utf_8_and_begin_with_a_mark_where_one_is_asked_for() -> None:
    assert "Lucía Ferrer, 李".encode() in as_csv(a_report("Lucía Ferrer, 李"))
    assert as_csv(a_report("x"), mark=True) == b"\xef\xbb\xbf" + as_csv(a_report("x"))


def test_rows_that_do_not_fit_their_columns_are_a_bug() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        Report("test", SOURCE, ("a", "b"), (("x",),))
    with pytest.raises(ValueError, match="do not fit"):
        Report("test", SOURCE, ("a", "a"), ())


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1))
def test_no_text_begins_a_formula_and_every_text_is_read_back(texts: list[str]) -> None:
    cells = read(as_csv(a_report(*texts)))[1][: len(texts)]
    assert not any(cell.startswith(FORMULA) for cell in cells)
    assert [
        cell.removeprefix("'") if text.startswith(FORMULA) else cell for cell, text in zip(cells, texts, strict=True)
    ] == texts
