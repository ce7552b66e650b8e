"""Which editions for members there are: one for each fiscal year, the same for everybody and for ever (R17).

Who could choose the days, or what was known, could tell by differences what became of one person in between.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.reports import SETTLES, settled
from ledger.equity.register import issuer
from ledger.equity.values import Issuer
from ledger.reading import known
from ledger.sessions.weeks import last_day
from ledger.types import Cut

MOST = 10
"""How many years back there are editions."""


class Edition(NamedTuple):
    """An edition: the fiscal year, named for the calendar year in which it ends, its first day, and its cut."""

    year: int
    since: date
    cut: Cut


def editions(db: Session, today: date) -> list[Edition]:
    """Return the editions that there are on a day, the newest first; a year's is out ninety days after its end."""
    company, found = issuer(db), []
    for year in range(today.year, today.year - MOST, -1):
        end, before = (last_day(each, company.fiscal_year_end) for each in (year, year - 1))
        if end + SETTLES > today:
            continue
        known_at = settled(db, end, company.time_zone)
        if not known(db, Issuer, Cut(end, known_at)):
            break
        found.append(Edition(year, before + timedelta(days=1), Cut(end, known_at)))
    return found
