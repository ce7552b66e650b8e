"""What every format owes to whoever files it: the same bytes, a version of its own, and totals that mean something."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from io import BytesIO

import pytest
from python_calamine import load_workbook

from app import reports
from app.reports.pdf import MOST_ROWS, as_pdf, fingerprint_of
from app.reports.report import VERSIONS, Amount, Cell, Number, Report, Source
from app.reports.totals import totals
from app.reports.xlsx import as_xlsx
from ledger.errors import Invalid

SOURCE = Source(
    "iss_1",
    "Lanternleaf Care Cooperative",
    "America/New_York",
    "USD",
    date(2025, 12, 31),
    44,
    datetime(2026, 1, 10, 9, tzinfo=UTC),
    "ab" * 32,
)
ROWS: tuple[tuple[Cell, ...], ...] = (
    ("ES-1", "Ana", date(2025, 6, 30), Amount(41_250), Number("0.31")),
    ("ES-2", "=1+1", None, Amount(1_318_400, 1), None),
    ("ES-3", "שרה לוי", date(2025, 7, 1), None, Number("1500000.00")),
)
REPORT = Report("grants", SOURCE, ("label", "holder", "on", "quantity", "price"), ROWS, ("Mind this.",), ("quantity",))

BYTES = {
    ("csv", 1): "54773057a24938e05e5ea49c54e721c4695a06c4da77c44de0c3f749a2a566c2",
    ("json", 1): "dff92de4faf5dcc43058f80bacaa2d61fd8ffe2cab9103a54baa82965d2471f7",
    ("pdf", 1): "868d423a4cfad271c115d8bcea650a63258da472c5ec26c35d8b260b26ae1f37",
    ("xlsx", 2): "9c817f80ed28d89a6bdf29cbfbc322b4419484470a2a3db1bfd5f2cf11243184",
}
"""Format and version to what the report above hashes to in it."""


def sheet(report: Report) -> list[list[object]]:
    return [list(row) for row in load_workbook(BytesIO(as_xlsx(report))).get_sheet_by_name(report.name).to_python()]


def formulas(report: Report) -> list[tuple[str, str]]:
    """The formulas of a workbook, each with what it comes to."""
    with zipfile.ZipFile(BytesIO(as_xlsx(report))) as book:
        return re.findall(r"<f>(.*?)</f><v>(.*?)</v>", book.read("xl/worksheets/sheet2.xml").decode())


def test_whoever_changes_a_byte_of_a_format_gives_it_another_version() -> None:
    found = {(format, VERSIONS[format]): sha256(write(REPORT)).hexdigest() for format, write in reports.FORMATS.items()}
    assert found == BYTES
    assert set(VERSIONS) == set(reports.FORMATS) == set(reports.MEDIA)


def test_a_workbook_adds_up_what_adds_up_and_says_what_it_comes_to() -> None:
    assert formulas(REPORT) == [("SUM(D2:D4)", "173090.0")]
    assert sheet(REPORT)[-1] == ["Total", "", "", 173090.0, ""]


def test_a_total_that_the_report_has_is_made_live_and_stays_what_it_is() -> None:
    rows = (("Common", Amount(6_000), Amount(333_333, 4)), ("Seed", Amount(4_000), Amount(666_666, 4)))
    total = ("Total", Amount(10_000), Amount(1_000_000, 4))
    report = Report("summary", SOURCE, ("name", "units", "pct"), (*rows, total), (), ("units", "pct"), has_total=True)
    # the percentages were rounded apart and come to another sum: that one is no formula
    assert formulas(report) == [("SUM(B2:B3)", "10000")]
    assert sheet(report)[-1] == ["Total", 10000.0, 100.0]


@pytest.mark.parametrize(
    "cells",
    [
        (Number("600.00; 12.00"), Number("1.00")),
        (Number("1/3"), Amount(1)),
        ("text", Amount(1)),
        (None, None),
    ],
)
def test_nothing_is_added_up_that_is_no_number(cells: tuple[Cell, Cell]) -> None:
    report = Report("summary", SOURCE, ("x",), tuple((cell,) for cell in cells), adds_up=("x",))
    assert totals(report) == {}
    assert formulas(report) == []


def test_numbers_that_a_spreadsheet_would_round_are_added_up_here_and_not_there() -> None:
    report = Report("summary", SOURCE, ("name", "x"), (("a", Amount(2**53 + 1)), ("b", Amount(1))), adds_up=("x",))
    assert formulas(report) == []
    assert sheet(report)[-1] == ["Total", "9007199254740994"]


def test_the_context_says_the_version_and_how_the_record_ties_out() -> None:
    made = as_xlsx(replace(REPORT, ties=(("Tie 1", "holds"),)))
    rows = load_workbook(BytesIO(made)).get_sheet_by_name("Context").to_python()
    context = {str(name): value for name, value in rows}
    assert (context["Format"], context["Tie 1"], context["Note"]) == ("vestry-xlsx/2", "holds", "Mind this.")


def test_a_paper_says_what_it_is_of_and_has_the_hash_of_its_data_for_a_fingerprint() -> None:
    made = as_pdf(REPORT)
    assert made == as_pdf(REPORT)
    assert b"report=grants, as_of=2025-12-31, known_at=44" in made
    assert fingerprint_of(REPORT) == sha256(reports.as_json(REPORT)).hexdigest()


def test_a_report_that_nobody_prints_is_offered_as_a_workbook() -> None:
    with pytest.raises(Invalid, match="Take it as xlsx"):
        as_pdf(replace(REPORT, rows=ROWS[:1] * (MOST_ROWS + 1)))


def test_a_report_of_nothing_is_a_file_in_every_format() -> None:
    empty = replace(REPORT, rows=())
    assert all(write(empty) for write in reports.FORMATS.values())
    assert formulas(empty) == []
