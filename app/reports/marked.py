"""Reports with a column for tax numbers, and the mark that says to whom a file with whole ones was handed out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from app.reports.report import Report

LAST_FOUR, WHOLE = "tin_last4", "tin"
"""The column, where it has last digits only and where it has all of them."""

MARK = "handed_out"
"""The column of a table that says, in every row, to whom it was handed out."""

IDS = {"holder_id": "holder", "member_id": "name"}
"""Column with whom a row is about, and the one with their name, after which their tax number stands."""


def identified(report: Report, column: str, numbers: Mapping[str, str | None]) -> Report:
    """Return a report with tax numbers, or what is shown of them, beside the names."""
    [ids] = [name for name in IDS if name in report.columns]
    who, after = report.columns.index(ids), report.columns.index(IDS[ids]) + 1
    rows = tuple((*row[:after], numbers.get(str(row[who])), *row[after:]) for row in report.rows)
    return replace(report, columns=(*report.columns[:after], column, *report.columns[after:]), rows=rows)


def marked(report: Report, mark: str, ending: str) -> Report:
    """Return a report that says to whom it was handed out: in each row where it is a table, else once or on each page.

    A row that is copied out of a table still says so.
    """
    made = replace(report, name=f"{report.name}{HANDED_OUT}", mark=mark)
    if ending not in {"csv", "xlsx"}:
        return made
    return replace(made, columns=(*report.columns, MARK), rows=tuple((*row, mark) for row in report.rows))


HANDED_OUT = "-with-tax-numbers"
"""What the name of such a report ends with."""
