"""Reports as workbooks: real numbers and days, texts that no spreadsheet runs, totals that count; the same bytes.

The first sheet says where the figures come from, the second holds them. A spreadsheet keeps fifteen digits of a number;
a longer one stands there as text, exact.
"""

from __future__ import annotations

from datetime import UTC, date
from io import BytesIO
from typing import TYPE_CHECKING

from app.reports.report import Amount, Cell, Report, format_of
from app.reports.totals import PLAIN, text_of, totals

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

DIGITS = 15
"""Of a number that a spreadsheet keeps."""

WIDEST, NARROWEST = 40, 10
"""Of a column, in letters."""

MOST_PLACES = 10
"""After the decimal point, that a cell shows."""


def as_xlsx(report: Report) -> bytes:
    """Return the report as a workbook: the same bytes for the same report."""
    from xlsxwriter import Workbook  # noqa: PLC0415 - a service that makes no workbook is smaller without it

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
        *([("Handed out", report.mark)] if report.mark else []),
        ("Company", source.legal_name),
        ("Id of the company", source.issuer),
        ("Report", report.name),
        *([] if source.since is None else [("From", source.since.isoformat())]),
        ("As of", source.as_of.isoformat()),
        ("As known at entry", str(source.known_at)),
        ("Last entry written", source.recorded_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")),
        ("Root of the journal", source.root),
        ("Time zone of its days", source.time_zone),
        ("Currency", source.currency),
        ("Rows", str(len(report.rows))),
        ("Format", format_of("xlsx")),
        *(("Note", warning) for warning in report.warnings),
        *report.ties,
    ]
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 70)
    bold, wrapped = book.add_format({"bold": True, "valign": "top"}), book.add_format({"text_wrap": True})
    for row, (name, value) in enumerate(told):
        sheet.write_string(row, 0, name, bold)
        sheet.write_string(row, 1, value, wrapped)
    _print_mark(sheet, report)


def _print_mark(sheet: Worksheet, report: Report) -> None:
    """Print at the head of each page to whom the workbook was handed out."""
    if report.mark:
        # "&" begins a command there
        told = report.mark if len(report.mark) <= MOST_OF_MARK else f"{report.mark[:MOST_OF_MARK]}…"
        sheet.set_header(f"&L{told.replace('&', '&&')}")


MOST_OF_MARK = 120
"""Letters of it at the head of a printed page, where a workbook has room for 255."""


class _Sheet:
    """The sheet of a report's rows."""

    def __init__(self, book: Workbook, report: Report) -> None:
        self._report = report
        self._sheet: Worksheet = book.add_worksheet(report.name[:31])
        self._head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom"})
        self._day = book.add_format({"num_format": "yyyy-mm-dd"})
        self._total = book.add_format({"bold": True, "top": 1})
        self._numbers = [book.add_format(_shown(places)) for places in range(MOST_PLACES + 1)]
        self._sums = [book.add_format(_shown(places) | {"bold": True, "top": 1}) for places in range(MOST_PLACES + 1)]

    def write(self) -> None:
        """Write header, rows and totals."""
        columns, rows = self._report.columns, self._report.rows
        body = len(rows) - self._report.has_total
        self._sheet.freeze_panes(1, 0)
        self._sheet.repeat_rows(0)
        self._sheet.set_landscape()
        _print_mark(self._sheet, self._report)
        self._sheet.fit_to_pages(1, 0)
        self._sheet.autofilter(0, 0, max(1, body), len(columns) - 1)
        sums = {} if body < 1 else totals(self._report)
        for place in range(len(columns)):
            shown = [row[place] for row in rows[:200]] + [sums.get(place)]
            widest = max(len(text_of(cell)) for cell in shown)
            self._sheet.set_column(place, place, min(WIDEST, max(NARROWEST, widest + 3)))
        for place, name in enumerate(columns):
            self._sheet.write_string(0, place, name, self._head)
        for number, row in enumerate(rows[:body], 1):
            for place, cell in enumerate(row):
                if cell is not None:
                    self._cell(number, place, cell, self._numbers, None)
        self._totals(body, sums)

    def _totals(self, body: int, sums: dict[int, Amount]) -> None:
        """Write the last row: the report's own total, or one made of what adds up."""
        from xlsxwriter.utility import xl_col_to_name  # noqa: PLC0415

        if not sums and not self._report.has_total:
            return
        last: list[Cell] = list(self._report.rows[-1]) if self._report.has_total else [None] * len(self._report.columns)
        if not self._report.has_total and 0 not in sums:
            last[0] = "Total"
        for place, cell in enumerate(last):
            total = sums.get(place)
            if total is not None and self._counts(place, body, total):
                name = xl_col_to_name(place)
                # what it comes to is written with it, for programs that show a workbook and do not calculate
                shown = self._sums[min(total.decimals, MOST_PLACES)]
                told = float(total.text) if total.decimals else total.units
                self._sheet.write_formula(body + 1, place, f"=SUM({name}2:{name}{body + 1})", shown, told)
            elif cell is not None or total is not None:
                self._cell(body + 1, place, total if cell is None else cell, self._sums, self._total)

    def _counts(self, place: int, body: int, total: Amount) -> bool:
        """Return whether a spreadsheet that adds up the column comes to the same: no number of it stands as text."""
        return fits(total.text) and all(fits(text_of(row[place])) for row in self._report.rows[:body])

    def _cell(self, row: int, place: int, cell: Cell, numbers: list[Format], text_format: Format | None) -> None:
        text = text_of(cell)
        if isinstance(cell, date):
            self._sheet.write_datetime(row, place, cell, self._day)
        elif isinstance(cell, str) or not PLAIN.fullmatch(text) or not fits(text):
            self._sheet.write_string(row, place, text, text_format)
        else:
            _, _, fraction = text.partition(".")
            self._sheet.write_number(row, place, float(text), numbers[min(len(fraction), MOST_PLACES)])


def fits(text: str) -> bool:
    """Return whether a spreadsheet keeps every digit of a number."""
    return len(text.strip("-").replace(".", "")) <= DIGITS


def _shown(places: int) -> dict[str, object]:
    return {"num_format": "#,##0" + ("." + "0" * places if places else "")}
