"""Reports as workbooks: numbers are numbers, days are days, texts stay texts, and the bytes are the same every time."""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import BytesIO

from python_calamine import load_workbook

from app.reports.report import Amount, Number, Report, Source
from app.reports.xlsx import as_xlsx

SOURCE = Source(
    "iss_1",
    "=Lantern & Co",
    "America/New_York",
    "USD",
    date(2025, 12, 31),
    7,
    datetime(2026, 1, 2, tzinfo=UTC),
    "ab" * 32,
)


def written(*cells: object) -> list[object]:
    """Return what a spreadsheet reads in the cells of a row."""
    columns = tuple(f"c{place}" for place in range(len(cells)))
    made = as_xlsx(Report("summary", SOURCE, columns, (cells,)))  # type: ignore[arg-type] # cells of any kind
    return list(load_workbook(BytesIO(made)).get_sheet_by_name("summary").to_python()[1])


def test_numbers_and_days_are_what_they_are() -> None:
    told = written(Amount(1_234_567, 3), Amount(-5), Number("1500000.00"), 12, date(2025, 6, 30), None)
    assert told == [1234.567, -5.0, 1500000.0, 12.0, date(2025, 6, 30), ""]


def test_a_number_with_more_digits_than_a_spreadsheet_keeps_stays_exact_as_text() -> None:
    assert written(Amount(2**53 - 1), Number("1/3")) == ["9007199254740991", "1/3"]


def test_no_text_is_taken_for_a_formula_a_link_or_a_number() -> None:
    names = ['=HYPERLINK("http://evil.test")', "+1", "@SUM(A1)", "https://evil.test", "0012", "Zoë 🦊"]
    assert written(*names) == names


def test_the_same_report_is_the_same_bytes_and_says_where_it_comes_from() -> None:
    report = Report("summary", SOURCE, ("name",), (("Ana",),), ("Mind this.",))
    made = as_xlsx(report)
    assert made == as_xlsx(report)
    rows = load_workbook(BytesIO(made)).get_sheet_by_name("Context").to_python()
    context = {str(name): value for name, value in rows}
    assert context["As known at entry"] == "7"
    assert context["Company"] == "=Lantern & Co"
    assert context["Note"] == "Mind this."
