"""Who holds what, every grant, and what vests in which month: lists for finance, with names, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.people import vault
from app.people.roles import Role
from app.reports.captable import PERCENT_PLACES
from app.web.asked import asked_of
from app.web.sheets import sheet_of
from app.web.site import Here, Pages, View
from ledger.equity.captable.by_holder import HolderRow
from ledger.equity.captable.grant_register import Granted, grant_register
from ledger.equity.captable.holdings import holder_table
from ledger.equity.captable.promises import vesting_schedule
from ledger.equity.captable.vesting_months import VestingMonth, by_month
from ledger.types import decimal_text

pages = Pages()

PAST_MONTHS, COMING_MONTHS = 12, 24


@dataclass(frozen=True, slots=True)
class Held:
    """A holder as the list shows them; quantities as decimal text."""

    id: str
    name: str
    group: str
    outstanding: str
    awards: str
    vested: str
    unvested: str
    fully_diluted: str
    percentage: str


@pages.get("/finance/holders", Role.FINANCE, long=True)
def holders(db: Session, here: Here) -> View:
    """Every holder by name, A to Z, with what they hold."""
    asked, wanted = asked_of(db, here), here.query.get("name", "").strip()
    table, called = holder_table(db, asked.cut), vault.names(db)
    found = []
    for row in table.rows:
        name = called.get(row.holder, row.holder)
        if wanted.casefold() in name.casefold():
            found.append(_held(row, name, table.decimals))
    found.sort(key=lambda one: (one.name.casefold(), one.id))
    return View(
        "finance_holders.html",
        {
            "here": asked.here,
            "asked": asked,
            "wanted": wanted,
            "sheet": sheet_of(found, here, name=wanted, as_of=here.query.get("as_of", "")),
            "left": decimal_text(table.available.fully_diluted, table.decimals),
            "left_percentage": decimal_text(table.available.percentage or 0, PERCENT_PLACES),
            "total": decimal_text(table.total.fully_diluted, table.decimals),
        },
        asked.status,
    )


def _held(row: HolderRow, name: str, decimals: int) -> Held:
    return Held(
        row.holder,
        name,
        row.group,
        decimal_text(row.vested + row.unvested - row.awards, decimals),
        decimal_text(row.awards, decimals),
        decimal_text(row.vested, decimals),
        decimal_text(row.unvested, decimals),
        decimal_text(row.fully_diluted, decimals),
        decimal_text(row.percentage or 0, PERCENT_PLACES),
    )


@dataclass(frozen=True, slots=True)
class GrantLine:
    """A grant as the list shows it; quantities as decimal text."""

    of: Granted
    name: str
    quantity: str
    vested: str
    unvested: str
    left: str


@pages.get("/finance/grants", Role.FINANCE, long=True)
def grants(db: Session, here: Here) -> View:
    """Every grant, the newest first, with what has vested and what is left of it."""
    asked, wanted = asked_of(db, here), here.query.get("name", "").strip()
    is_waiting = here.query.get("show") == "waiting"
    register = grant_register(db, asked.cut)
    called = vault.names(db)
    shown = [
        GrantLine(
            one,
            called.get(one.holder, one.holder),
            *(decimal_text(units, one.decimals) for units in (one.quantity, one.vested, one.unvested, one.left)),
        )
        for one in reversed(register)
        if (one.waits or not is_waiting)
        and wanted.casefold() in f"{one.label} {called.get(one.holder, one.holder)}".casefold()
    ]
    kept = {"name": wanted, "as_of": here.query.get("as_of", ""), "show": "waiting" if is_waiting else ""}
    return View(
        "finance_grants.html",
        {
            "here": asked.here,
            "asked": asked,
            "wanted": wanted,
            "is_waiting": is_waiting,
            "waiting": sum(one.waits for one in register),
            "sheet": sheet_of(shown, here, **kept),
        },
        asked.status,
    )


@pages.get("/finance/vesting", Role.FINANCE, long=True)
def vesting(db: Session, here: Here) -> View:
    """What vests in which month: a year back, two years ahead, and the rest in one line each."""
    asked = asked_of(db, here)
    all_of_it = by_month(vesting_schedule(db, asked.cut))
    now = asked.cut.as_of.year * 12 + asked.cut.as_of.month
    near = [one for one in all_of_it.months if -PAST_MONTHS <= _index(one) - now <= COMING_MONTHS]
    before = sum(one.units for one in all_of_it.months if _index(one) - now < -PAST_MONTHS)
    after = sum(one.units for one in all_of_it.months if _index(one) - now > COMING_MONTHS)

    def text(units: int) -> str:
        return decimal_text(units, all_of_it.decimals)

    return View(
        "finance_vesting.html",
        {
            "here": asked.here,
            "asked": asked,
            "months": [(one, text(one.units), text(one.so_far), _index(one) - now) for one in near],
            "before": text(before),
            "after": text(after),
            "awaited": text(all_of_it.awaited),
            "forfeited": text(all_of_it.forfeited),
            "promised": text(all_of_it.promised),
        },
        asked.status,
    )


def _index(month: VestingMonth) -> int:
    return month.first.year * 12 + month.first.month
