"""All reports on one page: what each is for, and its files as of the day, the entry and the period asked for."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app import reports
from app.people.roles import Role
from app.reports.catalogue import CATALOGUE, Listed
from app.web.asked import asked_of
from app.web.site import Here, Pages, View

pages = Pages()

CALLED = {"csv": "CSV", "xlsx": "Excel", "json": "JSON", "pdf": "PDF"}
"""Ending of a file to what people call it."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A group of reports: its title and what is in it."""

    title: str
    listed: tuple[Listed, ...]


@pages.get("/finance/reports", (Role.FINANCE, Role.AUDITOR))
def all_reports(db: Session, here: Here) -> View:
    """Every report, and what it is for; those of a period begin after a day, a year's last by default."""
    asked = asked_of(db, here, compared=True)
    return View(
        "reports.html",
        {
            "here": asked.here,
            "asked": asked,
            "shelves": [Shelf(title, listed) for title, listed in CATALOGUE],
            "periods": reports.OF_PERIODS,
            "formats": [(ending, CALLED.get(ending, ending.upper())) for ending in reports.FORMATS],
        },
        asked.status,
    )
