"""A spreadsheet as rows of text, numbered as the spreadsheet numbers them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app.imports.grants.troubles import Found, SheetRefused, Trouble
from app.imports.sessions.findings import FileRefused
from app.imports.sessions.reasons import Reason
from app.imports.sessions.sniff import Container, Sniffed, opened, sniff
from app.imports.sessions.sources.workbook import open_sheet, open_workbook

MOST_BYTES = 2 << 20
"""A batch of grants is a page or two, not a register."""

MOST_ROWS = 150
"""So that a page with all of them stays small."""
MOST_COLUMNS = 60
MOST_CELL = 500
"""Letters of a cell that are read; nothing that a grant says is longer."""

_WHY = {
    Reason.FILE_EMPTY: Trouble.EMPTY,
    Reason.FILE_PROTECTED: Trouble.PROTECTED,
    Reason.FILE_TOO_LARGE: Trouble.TOO_LARGE,
    Reason.WORKBOOK_BROKEN: Trouble.BROKEN,
}


@dataclass(frozen=True, slots=True)
class Row:
    """A row that has something in it, and its number in the spreadsheet."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file holds: its first row with anything in it, and the rows below that have.

    Attributes:
        encoding: As Python names it; ``binary`` for a workbook.
    """

    header: Row
    rows: tuple[Row, ...]
    encoding: str


def read_sheet(data: bytes) -> Sheet:
    """Return what stands in a CSV file or in the first sheet of a workbook.

    Raises:
        SheetRefused: It is neither, too large, or holds nothing.
    """
    if len(data) > MOST_BYTES:
        raise SheetRefused(Found(Trouble.TOO_LARGE))
    try:
        with opened(data) as file:
            sniffed = sniff(file)
        rows = list(_some(_rows(data, sniffed)))
    except FileRefused as refusal:
        raise SheetRefused(Found(_WHY.get(refusal.finding.reason, Trouble.NO_TABLE))) from None
    if len(rows) < 2:
        raise SheetRefused(Found(Trouble.EMPTY))
    return Sheet(rows[0], tuple(rows[1:]), sniffed.encoding)


def _rows(data: bytes, sniffed: Sniffed) -> Iterator[Row]:
    if sniffed.container is Container.XLSX:
        yield from _of_workbook(data)
    elif sniffed.container is Container.CSV:
        yield from _of_text(data.decode(sniffed.encoding).lstrip("\ufeff"))
    else:
        raise SheetRefused(Found(Trouble.NO_TABLE))


def _some(rows: Iterator[Row]) -> Iterator[Row]:
    """Yield the rows with anything in them, as long as there are not too many."""
    count = 0
    for row in rows:
        if any(row.cells):
            count += 1
            if count > MOST_ROWS + 1 or len(row.cells) > MOST_COLUMNS:
                raise SheetRefused(Found(Trouble.TOO_LARGE))
            yield row


def _of_text(text: str) -> Iterator[Row]:
    first = next((line for line in text.splitlines() if line.strip()), "")
    mark = max(",;\t|", key=first.count)
    # a spreadsheet counts a record as one row, whatever line ends its cells hold
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    number = 0
    while True:
        number += 1
        try:
            cells = next(rows, None)
        except csv.Error:
            raise SheetRefused(Found(Trouble.QUOTE_OPEN, number)) from None
        if cells is None:
            return
        yield Row(number, _trimmed([cell.strip()[:MOST_CELL] for cell in cells]))


def _of_workbook(data: bytes) -> Iterator[Row]:
    try:
        name = _first_sheet(data)
        sheet = open_sheet(io.BytesIO(data), name)
    except FileRefused as refusal:
        # a sheet that is listed and can't be had
        if refusal.finding.reason is Reason.SHEET_MISSING:
            raise SheetRefused(Found(Trouble.BROKEN)) from None
        raise
    for number, cells in enumerate(sheet.rows, 1):
        yield Row(number, _trimmed([_text(cell) for cell in cells]))


def _first_sheet(data: bytes) -> str:
    workbook, _ = open_workbook(io.BytesIO(data))
    if not workbook.sheet_names:
        raise SheetRefused(Found(Trouble.EMPTY))
    return str(workbook.sheet_names[0])


def _text(cell: Any) -> str:  # noqa: ANN401 - whatever a workbook holds
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        # a workbook knows no whole numbers; what it shows has at most fifteen digits
        return str(int(cell)) if cell.is_integer() else f"{cell:.15g}"
    return str(cell).strip()[:MOST_CELL]


def _trimmed(cells: Sequence[str]) -> tuple[str, ...]:
    """Return cells without the empty ones at the end."""
    kept = list(cells)
    while kept and not kept[-1]:
        kept.pop()
    return tuple(kept)
