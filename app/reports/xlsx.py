"""Reports as workbooks: real numbers and days, texts that no spreadsheet runs, the header in sight; the same bytes.

The first sheet says where the figures come from, the second holds them. A spreadsheet keeps fifteen digits of a number;
a longer one stands there as text, exact.
"""

from __future__ import annotations

import re
from datetime import UTC, date
from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from app.reports.report import Amount, Cell, Number, Report

DIGITS = 15
"""Of a number that a spreadsheet keeps."""

WIDEST, NARROWEST = 40, 10
"""Of a column, in letters."""

PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)


def as_xlsx(report: Report) -> bytes:
    """Return the report as a workbook: the same bytes for the same report."""
    out = BytesIO()
    # rows are written as they come and not kept; nothing in a text is taken for a formula, a link or a number
    book = Workbook(
        out,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_date_format": "yyyy-mm-dd",
        },
    )
    source = report.source
    # without a moment of its own a workbook tells when it was made, and no two are the same
    book.set_properties({"title": f"{source.legal_name}: {report.name}", "created": source.recorded_at.astimezone(UTC)})
    _context(book, report)
    _Sheet(book, report).write()
    book.close()
    return out.getvalue()


def _context(book: Workbook, report: Report) -> None:
    """Write where the figures come from."""
    source, sheet = report.source, book.add_worksheet("Context")
    told: list[tuple[str, str]] = [
        ("Company", source.legal_name),
        ("Report", report.name),
        *([] if source.since is None else [("From", source.since.isoformat())]),
        ("As of", source.as_of.isoformat()),
        ("As known at entry", str(source.known_at)),
        ("Last entry written", source.recorded_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")),
        ("Root of the journal", source.root),
        ("Time zone of its days", source.time_zone),
        ("Currency", source.currency),
        *(("Note", warning) for warning in report.warnings),
        *report.ties,
    ]
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 70)
    bold = book.add_format({"bold": True})
    for row, (name, value) in enumerate(told):
        sheet.write_string(row, 0, name, bold)
        sheet.write_string(row, 1, value)


class _Sheet:
    """The sheet of a report's rows."""

    def __init__(self, book: Workbook, report: Report) -> None:
        self._report = report
        self._sheet: Worksheet = book.add_worksheet(report.name[:31])
        self._bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom"})
        self._numbers: dict[int, Format] = {
            places: book.add_format({"num_format": "#,##0" + ("." + "0" * places if places else "")})
            for places in range(11)
        }
        self._day = book.add_format({"num_format": "yyyy-mm-dd"})

    def write(self) -> None:
        """Write header and rows."""
        columns, rows = self._report.columns, self._report.rows
        self._sheet.freeze_panes(1, 0)
        self._sheet.autofilter(0, 0, max(1, len(rows)), len(columns) - 1)
        for place in range(len(columns)):
            widest = max((len(_text(row[place])) for row in rows[:200]), default=0)
            self._sheet.set_column(place, place, min(WIDEST, max(NARROWEST, widest + 3)))
        for place, name in enumerate(columns):
            self._sheet.write_string(0, place, name, self._bold)
        for number, row in enumerate(rows, 1):
            for place, cell in enumerate(row):
                self._cell(number, place, cell)

    def _cell(self, row: int, place: int, cell: Cell) -> None:
        text = _text(cell)
        if cell is None:
            return
        if isinstance(cell, date):
            self._sheet.write_datetime(row, place, cell, self._day)
        elif isinstance(cell, str) or not PLAIN.fullmatch(text) or len(text.strip("-").replace(".", "")) > DIGITS:
            self._sheet.write_string(row, place, text)
        else:
            _, _, fraction = text.partition(".")
            self._sheet.write_number(row, place, float(text), self._numbers[min(len(fraction), 10)])


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Amount | Number):
        return cell.text
    return cell.isoformat() if isinstance(cell, date) else str(cell)
