"""Reports as CSV: UTF-8, one header row, ISO dates, exact numbers without separators, no cell that runs as a formula.

Where the figures come from stands in columns of every row, not in a block below: a row that is copied out of the file
still says what it is, and every program reads the file as a table. A block of ``#`` lines follows only where it is
asked for, or where there is no row that could say it.
"""

from __future__ import annotations

import csv
from datetime import date
from io import StringIO

from app.reports.report import Amount, Cell, Number, Report

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection)."""


def as_csv(report: Report, *, notes: bool = False, mark: bool = False) -> bytes:
    """Return the report as CSV: the same bytes for the same report.

    Args:
        report: What to write.
        notes: End with a block of ``#`` lines that say where it comes from, and its warnings.
        mark: Begin with a byte order mark, for spreadsheets that take a file without one for something else.
    """
    origin = _origin(report)
    own = {name: value for name, value in origin.items() if name not in report.columns}
    out = StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([_text(name) for name in (*report.columns, *own)])
    for row in report.rows:
        writer.writerow([_text(cell) for cell in (*row, *own.values())])
    if notes or not report.rows:
        writer.writerows([f"# {name}: {_text(value)}"] for name, value in origin.items())
        writer.writerows([f"# {warning}"] for warning in report.warnings)
    return out.getvalue().encode("utf-8-sig" if mark else "utf-8")


def _origin(report: Report) -> dict[str, Cell]:
    source = report.source
    since = {} if source.since is None else {"from": source.since}
    return {
        **since,
        "as_of": source.as_of,
        "known_at": source.known_at,
        "journal_root": source.root,
        "time_zone": source.time_zone,
    }


def _text(cell: Cell) -> str:
    """Return a cell as text that no spreadsheet runs; numbers are what they are, a minus sign in front included."""
    if cell is None:
        return ""
    if isinstance(cell, Amount | Number):
        return cell.text
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, int):
        return str(cell)
    return f"'{cell}" if cell.startswith(FORMULA) else cell
