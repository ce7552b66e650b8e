"""The company's equity as a report for any member: plans from day to day, nobody picked out (reports.md R17).

Pure. What is withheld is an empty cell, and its row says so.
"""

from __future__ import annotations

from app.reports.report import Amount, Cell, Report, Source
from ledger.equity.captable.for_members import Line, MembersEdition

EDITION = ("what", "name", "people", "opening", "change", "closing", "note")
RESERVED, GIVEN, AVAILABLE = "plan: set aside", "plan: given out", "plan: available"
TOTAL = "Total, fully diluted"
WITHHELD = "withheld: it is about fewer than 11 people, or would tell of them"


def edition(of: MembersEdition, source: Source) -> Report:
    """Return what any member may see (R17): plans by name, and the total where it tells of nobody."""
    rows: list[tuple[Cell, ...]] = []
    for plan in of.plans:
        name, given = plan.given.name, plan.given
        left = [
            None if units is None else set_aside - units
            for set_aside, units in zip(plan.reserved, (given.opening, given.closing), strict=True)
        ]
        rows.append(_row(RESERVED, Line(name, None, *plan.reserved), plan.decimals))
        rows.append(_row(GIVEN, given, plan.decimals))
        rows.append(_row(AVAILABLE, Line(name, None, *left), plan.decimals))
    rows.append(_row("total", Line(TOTAL, None, of.opening, of.closing), of.decimals))
    return Report("members-edition", source, EDITION, tuple(rows))


def _row(what: str, line: Line, decimals: int) -> tuple[Cell, ...]:
    opening, closing = line.opening, line.closing
    is_open = opening is not None and closing is not None
    return (
        what,
        line.name,
        line.people,
        None if opening is None else Amount(opening, decimals),
        None if opening is None or closing is None else Amount(closing - opening, decimals),
        None if closing is None else Amount(closing, decimals),
        None if is_open else WITHHELD,
    )
