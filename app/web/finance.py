"""The cap table of any day and whether it ties out, four totals, and the files to take away."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from markupsafe import Markup
from sqlalchemy.orm import Session

from app import reports
from app.people.exports import Taken, note_export
from app.people.roles import Role
from app.reports.report import Report
from app.web import charts
from app.web.asked import asked_of, cut_in
from app.web.charts import SLICE_TONES, Slice
from app.web.checks import ties
from app.web.site import File, Here, Pages, View
from app.web.words import Words
from ledger.apportionment import HUNDRED_PER_CENT, apportion
from ledger.equity.captable.by_class import CapTable, ClassRow, Line, Piece, rescaled
from ledger.equity.captable.by_holder import HolderTable
from ledger.equity.captable.holdings import holder_table
from ledger.equity.captable.movements import pool_balances
from ledger.equity.captable.pools import PoolBalance
from ledger.equity.captable.summary import cap_table
from ledger.errors import NotFound, Tampered
from ledger.types import Cut, decimal_text

pages = Pages()


@dataclass(frozen=True, slots=True)
class Totals:
    """The four totals, as decimal text.

    Attributes:
        authorised: Of the classes of shares; None where one of them has no maximum.
        people: Group to how many holders are in it.
    """

    outstanding: str
    granted: str
    fully_diluted: str
    authorised: str | None
    people: tuple[tuple[str, int], ...]

    @property
    def holders(self) -> int:
        """How many hold anything."""
        return sum(count for _, count in self.people)


@dataclass(frozen=True, slots=True)
class Classed:
    """A row of the cap table; quantities as decimal text.

    Attributes:
        tenths: Of all fully diluted, in tenths of a per cent; together they are exactly 1,000.
        change: Of fully diluted since the day compared with, signed; None where nothing is compared.
    """

    row: ClassRow
    authorised: str | None
    outstanding: str
    awards: str
    available: str | None
    fully_diluted: str
    tenths: int
    change: str | None


@pages.get("/finance/cap-table", Role.FINANCE, long=True)
def cap_table_page(db: Session, here: Here) -> View:
    """The cap table by class, as of a day and as known at an entry, beside that of an earlier day."""
    asked = asked_of(db, here)
    table, balances = cap_table(db, asked.cut), pool_balances(db, asked.cut)
    before = cap_table(db, Cut(asked.compare, asked.cut.known_at)) if asked.compare is not None else None
    return View(
        "cap_table.html",
        {
            "here": asked.here,
            "asked": asked,
            "rows": classed(table, before),
            "total": classed_total(table, before),
            "warnings": table.warnings,
            "picture": picture_of(table, here.words),
            "pools": [pool_line(each) for each in balances],
            "ties": ties(db, asked.cut, here.words),
            "source": reports.source_of(db, asked.cut),
        },
        asked.status,
    )


@pages.get("/finance/reports/{name}", (Role.FINANCE, Role.AUDITOR), long=True)
def report_file(db: Session, here: Here, name: str) -> File:
    """A report as a file: the same bytes for the same day and the same entry, for ever; who takes it is noted."""
    report, _, ending = name.rpartition(".")
    if report not in reports.REPORTS or ending not in reports.FORMATS:
        raise NotFound("There is no such file.")
    made = reports.build(db, report, cut_in(db, here), since=since_in(here, report), format=ending)
    return report_as_file(made, ending)


def report_as_file(made: Report, ending: str) -> File:
    """Return a report as a file in a form; who takes it is noted."""
    data = reports.FORMATS[ending](made)
    taken = Taken.of(made.name, ending, made.source.cut, data, since=made.source.since)
    return File(data, reports.MEDIA[ending], reports.file_name(made, data, ending), partial(note_export, file=taken))


def since_in(here: Here, report: str) -> date | None:
    """Return the first day of a roll-forward: the one after the day compared with; None for any other report."""
    if report not in reports.OF_PERIODS:
        return None
    try:
        return date.fromisoformat(here.query.get("compare", "")) + timedelta(days=1)
    except (ValueError, OverflowError):
        raise NotFound("A roll-forward needs the day it is compared with.", field="compare") from None


def holders_of(db: Session, cut: Cut) -> HolderTable | None:
    """Return the holders, or None where they do not add up."""
    try:
        return holder_table(db, cut)
    except Tampered:
        return None


def totals_of(table: CapTable, holders: HolderTable | None) -> Totals:
    """Return the four totals."""
    limits = [(row.authorised, row.decimals) for row in table.rows if row.line is Line.SHARE_CLASS]
    known = [rescaled(units, decimals, table.decimals) for units, decimals in limits if units is not None]
    groups = Counter(row.group for row in holders.rows) if holders is not None else Counter[str]()
    return Totals(
        decimal_text(table.total.outstanding, table.decimals),
        decimal_text(table.total.awards, table.decimals),
        decimal_text(table.total.fully_diluted, table.decimals),
        decimal_text(sum(known), table.decimals) if len(known) == len(limits) else None,
        tuple(sorted(groups.items())),
    )


def classed(table: CapTable, before: CapTable | None) -> list[Classed]:
    """Return the rows of the table as its page shows them; rounding leaves their percentages at exactly 100.0."""
    weights = {str(place): row.fully_diluted for place, row in enumerate(table.rows)}
    tenths = apportion(1_000, weights) if any(weights.values()) else dict.fromkeys(weights, 0)
    earlier = {} if before is None else {(row.line, row.id): row.fully_diluted for row in before.rows}
    return [
        _classed(row, table, tenths[str(place)], None if before is None else earlier.get((row.line, row.id), 0))
        for place, row in enumerate(table.rows)
    ]


def classed_total(table: CapTable, before: CapTable | None) -> Classed:
    """Return the totals of the table."""
    tenths = 1_000 if table.total.percentage == HUNDRED_PER_CENT else 0
    return _classed(table.total, table, tenths, None if before is None else before.total.fully_diluted)


def _classed(row: ClassRow, table: CapTable, tenths: int, before: int | None) -> Classed:
    return Classed(
        row,
        None if row.authorised is None else decimal_text(row.authorised, row.decimals),
        decimal_text(row.outstanding, row.decimals),
        decimal_text(row.awards, row.decimals),
        None if row.available is None else decimal_text(row.available, row.decimals),
        decimal_text(row.fully_diluted, table.decimals),
        tenths,
        None if before is None else signed(row.fully_diluted - before, table.decimals),
    )


def signed(units: int, decimals: int) -> str:
    """Return a change with its sign, as decimal text; nothing has none."""
    text = decimal_text(abs(units), decimals)
    return text if not units else f"{'+' if units > 0 else '−'}{text}"


def picture_of(table: CapTable, words: Words) -> tuple[Markup, list[tuple[Slice, int]]]:
    """Return the donut of fully diluted shares, and its slices with their tenths of a per cent."""
    parts = [(label, units) for label, units in _parts(table, words) if units]
    most = len(SLICE_TONES)
    if len(parts) > most:
        rest = sum(units for _, units in parts[most - 1 :])
        parts = [*parts[: most - 1], (words.say("Everything else"), rest)]
    slices = [Slice(label, units, tone) for (label, units), tone in zip(parts, SLICE_TONES, strict=False)]
    if not slices:
        return Markup(), []
    tenths = apportion(1_000, {str(place): one.units for place, one in enumerate(slices)})
    shown = [(one, tenths[str(place)]) for place, one in enumerate(slices)]
    told = "; ".join(f"{one.label} {decimal_text(part, 1)}%" for one, part in shown)
    middle = words.number(decimal_text(table.total.fully_diluted, table.decimals))
    return charts.donut(slices, told, middle, words.say("fully diluted")), shown


def _parts(table: CapTable, words: Words) -> list[tuple[str, int]]:
    """Return what fully diluted shares fall into: classes with their shares, plans with what is granted and left."""
    found = []
    for row in table.rows:
        if row.line is Line.SHARE_CLASS:
            found.append((row.name, row.fully_diluted))
        elif row.line is Line.EQUITY_PLAN:
            left = table.converted[Piece.pool(row.id)]
            found.append((words.say("{plan}, granted", plan=row.name), row.fully_diluted - left))
            found.append((words.say("{plan}, not yet granted", plan=row.name), left))
    return found


def pool_line(of: PoolBalance) -> dict[str, str | None]:
    """Return a plan's balance (R5) as its page shows it."""
    names = ("reserved", "granted", "exercised", "settled", "outstanding", "available")
    numbers = {name: getattr(of, name) for name in names}
    numbers["returned"] = of.forfeited_returned + of.expired_returned + of.cancelled_returned + of.repurchased_returned
    told = {name: None if units is None else decimal_text(units, of.decimals) for name, units in numbers.items()}
    return told | {"name": of.plan.name}
