"""What the columns of a report come to: exact sums, of nothing but numbers that add up."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from app.reports.report import Amount, Cell, Number, Report

PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
"""A number that is one: no fraction, and not several sums of money in one cell."""


def totals(report: Report) -> dict[int, Amount]:
    """Return the place of each column that adds up to its sum: over all rows, or those above the total.

    A column is left out where a cell holds no plain number, where it holds none at all, and where the report's own
    total says something else: a share of everything, say, when it is rounded.
    """
    rows = report.rows[:-1] if report.has_total else report.rows
    found = {}
    for place in sorted(report.columns.index(name) for name in report.adds_up):
        total = summed(row[place] for row in rows)
        if total is None or (report.has_total and not _same(total, report.rows[-1][place])):
            continue
        found[place] = total
    return found


def summed(cells: Iterable[Cell]) -> Amount | None:
    """Return the sum of cells, nothing counting as nothing; None where one is no plain number, or all are nothing."""
    parts = [scaled(cell) for cell in cells if cell is not None]
    if not parts or None in parts:
        return None
    known = [part for part in parts if part is not None]
    places = max(part.decimals for part in known)
    return Amount(sum(part.units * 10 ** (places - part.decimals) for part in known), places)


def scaled(cell: Cell) -> Amount | None:
    """Return a cell as an exact decimal number, or None if it is none."""
    if isinstance(cell, Amount) or cell is None:
        return cell
    if isinstance(cell, int):
        return Amount(cell)
    if isinstance(cell, date | str) or not PLAIN.fullmatch(cell.text):
        return None
    whole, _, fraction = cell.text.partition(".")
    return Amount(int(whole + fraction), len(fraction))


def text_of(cell: Cell) -> str:
    """Return a cell as text: numbers without separators, days as ISO has them."""
    if cell is None:
        return ""
    if isinstance(cell, Amount | Number):
        return cell.text
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _same(total: Amount, cell: Cell) -> bool:
    other = scaled(cell)
    places = max(total.decimals, 0 if other is None else other.decimals)
    return other is not None and _units(total, places) == _units(other, places)


def _units(amount: Amount, places: int) -> int:
    return amount.units * int(10 ** (places - amount.decimals))
