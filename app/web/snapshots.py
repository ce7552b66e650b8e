"""The record as it stood: what root stood for it at the end of each month, and what a day looked like then and now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app import reports
from app.people.roles import Role
from app.web.member import today_of
from app.web.site import Here, Pages, View
from ledger import journal
from ledger.equity.captable.by_class import CapTable
from ledger.equity.captable.summary import cap_table
from ledger.equity.values import Issuer
from ledger.reading import every, of_the_record
from ledger.types import Cut, decimal_text

pages = Pages()

MONTHS = 36
"""How many month-ends the list goes back."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The record at the end of a day.

    Attributes:
        size: How many entries it had.
        root: What stands for all of them, hex.
    """

    on: date
    size: int
    root: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A class of the cap table of one day, as known then and as known later; quantities as decimal text."""

    name: str
    then: str
    now: str

    @property
    def is_same(self) -> bool:
        """Whether nothing about it has been learned since."""
        return self.then == self.now


@pages.get("/audit/snapshots", Role.AUDITOR, long=True)
def snapshots(db: Session, here: Here) -> View:
    """Roots to compare with noted ones, and the cap table of a day as it was known then and is known now."""
    today = today_of(db, here)
    found = [one for one in (_at_end_of(db, on) for on in _month_ends(today)) if one.size]
    asked, wrong = here.query.get("as_of", ""), {}
    try:
        on = date.fromisoformat(asked) if asked else (found[0].on if found else today)
    except ValueError:
        on, wrong = today, {"as_of": here.words.say("Write a day, such as 2026-03-02.")}
    if on > today:
        on, wrong = today, {"as_of": here.words.say("This day has not come yet.")}
    then, size = _at_end_of(db, on), journal.size(db)
    return View(
        "snapshots.html",
        {
            "here": replace(here, wrong=wrong),
            "snapshots": found,
            "on": on,
            "then": then,
            "size": size,
            "compared": _compared(cap_table(db, Cut(on, then.size)), cap_table(db, Cut(on, size))) if then.size else [],
        },
        422 if wrong else 200,
    )


def _month_ends(today: date) -> list[date]:
    found: list[date] = []
    first = today.replace(day=1)
    while len(found) < MONTHS:
        found.append(first - timedelta(days=1))
        first = found[-1].replace(day=1)
    return found


def _zone(db: Session) -> ZoneInfo:
    issuers = every(db, Issuer)
    return ZoneInfo(issuers[0].time_zone if issuers else "UTC")


@of_the_record
def _at_end_of(db: Session, on: date) -> Snapshot:
    end = datetime.combine(on + timedelta(days=1), time(), _zone(db)).astimezone(UTC)
    size = reports.known_by(db, end - timedelta(microseconds=1))
    return Snapshot(on, size, journal.head_at(db, size).root().hex() if size else "")


def _compared(then: CapTable, now: CapTable) -> list[Compared]:
    """Return class by class what was issued and granted, as known then and now, and the total."""

    def figures(table: CapTable) -> dict[str, str]:
        rows = {row.name: decimal_text(row.outstanding + row.awards, row.decimals) for row in table.rows}
        return rows | {"": decimal_text(table.total.fully_diluted, table.decimals)}

    before, after = figures(then), figures(now)
    names = [*after, *(name for name in before if name not in after)]
    return [Compared(name, before.get(name, "0"), after.get(name, "0")) for name in sorted(names, key=lambda n: not n)]
