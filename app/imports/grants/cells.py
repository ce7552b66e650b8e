"""Cells of a spreadsheet of grants, read as days, units, prices, kinds and schedules: pure, and never guessing."""

from __future__ import annotations

import re
from datetime import date, datetime

from app.imports.grants.troubles import Trouble
from ledger.equity.values import AwardType
from ledger.equity.vesting.templates import TEMPLATES
from ledger.errors import Invalid
from ledger.types import Price, parse_units

AT_ONCE = "at once"
"""What stands for a grant of which nothing has to vest."""

_SLASHES = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})", re.ASCII)
_WRITTEN = ("%d %B %Y", "%d %b %Y", "%B %d %Y", "%b %d %Y", "%d-%b-%Y", "%Y/%m/%d")

KINDS = {
    "nso": AwardType.NSO,
    "nonqualified stock option": AwardType.NSO,
    "option": AwardType.NSO,
    "options": AwardType.NSO,
    "stock option": AwardType.NSO,
    "option nso": AwardType.NSO,
    "option (nso)": AwardType.NSO,
    "iso": AwardType.ISO,
    "option iso": AwardType.ISO,
    "option (iso)": AwardType.ISO,
    "incentive stock option": AwardType.ISO,
    "rsu": AwardType.RSU,
    "share unit": AwardType.RSU,
    "share unit (rsu)": AwardType.RSU,
    "restricted stock unit": AwardType.RSU,
    "rsa": AwardType.RSA,
    "restricted stock": AwardType.RSA,
    "restricted shares": AwardType.RSA,
    "restricted stock award": AwardType.RSA,
}
"""What spreadsheets call the kinds of grants that are offered."""

SCHEDULES = {re.sub(r"[\s_-]+", " ", name).casefold(): name for name in (*TEMPLATES, AT_ONCE)} | {
    "4 years 1 year cliff": "4y/1y/monthly",
    "4 years monthly 1 year cliff": "4y/1y/monthly",
    "4 years monthly nothing before 1 year": "4y/1y/monthly",
    "48 months 12 months cliff": "4y/1y/monthly",
    "1/48 monthly 1 year cliff": "4y/1y/monthly",
    "4 years monthly": "4y/0/monthly",
    "4 years no cliff": "4y/0/monthly",
    "2 years 6 months cliff": "2y/6m/monthly",
    "2 years monthly 6 months cliff": "2y/6m/monthly",
    "2 years monthly nothing before 6 months": "2y/6m/monthly",
    "2 years monthly": "2y/0/monthly",
    "2 years no cliff": "2y/0/monthly",
    "1 year every 3 months": "1y quarterly",
    "1 year quarterly": "1y quarterly",
    "immediate": AT_ONCE,
    "immediately": AT_ONCE,
    "fully vested": AT_ONCE,
    "all at once": AT_ONCE,
    "none": AT_ONCE,
}
"""What spreadsheets call the schedules that have a name, without commas and hyphens."""


class Unread(Exception):
    """A cell that can't be read, and why."""

    def __init__(self, trouble: Trouble, detail: str = "") -> None:
        """Keep why."""
        super().__init__(trouble.value)
        self.trouble, self.detail = trouble, detail


def _plain(text: str) -> str:
    return re.sub(r"[\s_-]+", " ", text).strip().casefold()


def day_of(text: str) -> date:
    """Return a day: ISO, with the month in letters, or in figures where it can only mean one day.

    Raises:
        Unread: It is none, or 3/4/2026, which is March to some and April to others.
    """
    try:
        return date.fromisoformat(text[:10]) if text[4:5] == "-" else _other_day(text)
    except ValueError:
        raise Unread(Trouble.DAY) from None


def _other_day(text: str) -> date:
    found = _SLASHES.fullmatch(text)
    if found:
        first, second, year = (int(part) for part in found.groups())
        if first != second and first <= 12 and second <= 12:
            raise Unread(Trouble.DAY_TWOFOLD)
        return date(year, first, second) if first <= 12 else date(year, second, first)
    plain = text.replace(",", " ").replace(".", " ")
    plain = " ".join(plain.split())
    for shape in _WRITTEN:
        try:
            return datetime.strptime(plain, shape).date()
        except ValueError:
            continue
    raise ValueError(text)


def units_of(text: str, decimals: int) -> int:
    """Return a number of units in minor units; separators of thousands are left out.

    Raises:
        Unread: It is no number above zero, or has too many places.
    """
    plain = re.sub(r"(?<=\d),(?=\d{3}(\D|$))", "", text).replace(" ", "").replace("\u00a0", "")
    try:
        return parse_units(plain, decimals)
    except Invalid:
        raise Unread(Trouble.UNITS) from None


def price_of(text: str, currency: str) -> Price | None:
    """Return a price, or None for an empty cell.

    Raises:
        Unread: It is no decimal number.
    """
    plain = text.removeprefix("$").removeprefix(currency).removesuffix(currency).strip()
    try:
        return Price.parse(plain, currency) if text else None
    except Invalid:
        raise Unread(Trouble.PRICE) from None


def kind_of(text: str) -> AwardType:
    """Return the kind of grant that a spreadsheet calls so.

    Raises:
        Unread: None that is offered is called so.
    """
    found = KINDS.get(_plain(text))
    if found is None:
        raise Unread(Trouble.KIND)
    return found


def schedule_of(text: str) -> str:
    """Return the name of a schedule, or ``AT_ONCE``: by its name, or in words such as ``4 years, 1-year cliff``.

    Raises:
        Unread: No schedule that has a name is meant.
    """
    found = SCHEDULES.get(re.sub(r"[,;]", "", _plain(text)))
    if found is None:
        raise Unread(Trouble.SCHEDULE)
    return found
