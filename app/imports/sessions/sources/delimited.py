"""Rows of text between commas, semicolons, tabs or bars, read by position.

``csv.DictReader`` is of no use here: of two columns with one name it silently keeps the last.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from app.imports.sessions.columns import Heading, Layout, lay_out, matches
from app.imports.sessions.findings import FileRefused, Finding
from app.imports.sessions.lines import FIELDS, Defect, Lines
from app.imports.sessions.reasons import Reason
from app.imports.sessions.sniff import Input

if TYPE_CHECKING:
    from _csv import Reader

DELIMITERS = ",;\t|"
MOST_COLUMNS = 500

_BLANK = ("",) * len(FIELDS)


def read_delimited(read: Input, encoding: str, heading: Heading) -> tuple[Layout, Lines]:
    """Return the layout of a text and its lines; the first row that is not blank is the header.

    Raises:
        FileRefused: The header lacks a required column or has one twice.
    """
    # the csv module splits lines itself, so that a line break inside a cell stays one
    text = read.text(encoding)
    before = list(_until_written(text))
    written = before[-1] if before else ""
    delimiter = max(DELIMITERS, key=lambda mark: (matches(_cells(written, mark), heading), written.count(mark)))
    rows = csv.reader(itertools.chain(before, text), delimiter=delimiter, strict=True)
    header = _header(rows)
    if not 0 < len(header) <= MOST_COLUMNS:
        raise FileRefused(
            Finding(Reason.COLUMN_MISSING, row=1, detail=f"“{heading.allowed[heading.required[0][0]][0]}”")
        )
    layout = lay_out(header, heading)
    return layout, _lines(rows, layout, len(before))


def _until_written(text: Iterator[str]) -> Iterator[str]:
    for line in text:
        yield line
        if line.strip():
            return


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _header(rows: Reader) -> list[str]:
    """Return the first row that is not blank; no cells if it can't be read."""
    try:
        return next((cells for cells in rows if cells), [])
    except csv.Error:
        return []


def _lines(rows: Reader, layout: Layout, row: int) -> Lines:
    """Yield the rows below the header, which was row number ``row``."""
    width, last = layout.width, rows.line_num
    pick: itemgetter[Any] = itemgetter(*layout.line_positions)
    while True:
        try:
            for cells in rows:
                row += 1
                last = rows.line_num
                if len(cells) != width:
                    if not any(cells):
                        continue
                    if any(cells[width:]) or len(cells) < width:
                        yield Defect(row, Reason.ROW_MALFORMED)
                        continue
                    del cells[width:]
                # a field that the file lacks is picked from here
                cells.append("")
                line = pick(cells)
                if line != _BLANK or any(cells):
                    yield (row, *line)
            return
        except csv.Error:
            row += 1
        # where the row that failed ran over several lines, it swallowed others
        if rows.line_num - last != 1:
            yield Defect(row, Reason.QUOTE_OPEN)
            return
        yield Defect(row, Reason.ROW_MALFORMED)
        last = rows.line_num
