"""Which day, week and fiscal year a session belongs to (sessions.md §5.5).

The day is the one on which it began, by the clock of the place where the provider was. A week is an ISO week, named by
its Monday; it belongs to the fiscal year of its Thursday.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from ledger.sessions.errors import InTheFuture, NoSuchTime, UnknownZone

_THURSDAY = 3


def week_of(day: date) -> date:
    """Return the Monday of a day's ISO week."""
    return day - timedelta(days=day.weekday())


@lru_cache(maxsize=4096)
def period_of(day: date) -> str:
    """Return the posting period of a day, ``2025-07``: the month of its week's Thursday; no week is cut in two."""
    return f"{week_of(day) + timedelta(days=_THURSDAY):%Y-%m}"


def next_monday(day: date) -> date:
    """Return the Monday of the week after a day's own; on a Monday, that of a week later."""
    return week_of(day) + timedelta(days=7)


def week_name(week: date) -> str:
    """Return how ISO 8601 writes a week: the one of Monday 2024-12-30 is ``2025-W01``."""
    year, number, _ = week.isocalendar()
    return f"{year}-W{number:02}"


def fiscal_year(week: date, year_end: str = "12-31") -> int:
    """Return the fiscal year of a week, by its Thursday; a fiscal year is named after the year it ends in.

    Args:
        week: The Monday.
        year_end: The last day of the company's fiscal year, ``MM-DD``.
    """
    thursday = week + timedelta(days=_THURSDAY)
    return thursday.year + (thursday > last_day(thursday.year, year_end))


def last_day(year: int, year_end: str = "12-31") -> date:
    """Return the last day of a fiscal year; one that ends on 28 February ends on the 29th of a leap year."""
    if year_end == "02-28":
        return date(year, 3, 1) - timedelta(days=1)
    return date.fromisoformat(f"{year:04}-{year_end}")


def local_date(start: datetime, zone: str) -> date:
    """Return the day on which a session began where the provider was.

    A session from 23:30 to 00:20 belongs to the day it began. A local time that came twice, when the clocks went back,
    is fine: both are on one day.

    Args:
        start: Local time without a zone, or a moment with one, which is brought to ``zone``.
        zone: IANA name of where the provider was.

    Raises:
        UnknownZone: There is no such zone.
        NoSuchTime: The clocks skipped this local time; the message gives the time that may be meant.
    """
    place = _zone(zone)
    if start.utcoffset() is not None:
        return start.astimezone(place).date()
    there = start.replace(tzinfo=place, fold=0)
    # inside a gap, and only there, the offset before the change is the smaller one (PEP 495)
    if there.utcoffset() < there.replace(fold=1).utcoffset():  # type: ignore[operator] # an aware time has an offset
        raise NoSuchTime(
            f"{start:%Y-%m-%d %H:%M} never was in {zone}: the clocks went forward over it. "
            f"Did the session begin at {_shown(there)}?",
            field="start",
        )
    return start.date()


def today(now: datetime, zone: str) -> date:
    """Return the day it is in a zone at a moment.

    Raises:
        UnknownZone: There is no such zone.
    """
    return now.astimezone(_zone(zone)).date()


def require_delivered(day: date, zone: str, now: datetime) -> None:
    """Refuse a day that has not begun where the provider is.

    Raises:
        InTheFuture: It is tomorrow or later there.
    """
    if day > (latest := today(now, zone)):
        raise InTheFuture(f"{day} is in the future: in {zone} it is {latest}.", field="local_date")


def _shown(moment: datetime) -> str:
    """Return the local time of a moment as the clocks there really showed it."""
    shown = moment.astimezone(UTC).astimezone(moment.tzinfo)
    return f"{shown:%H:%M}" if shown.date() == moment.date() else f"{shown:%Y-%m-%d %H:%M}"


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    # besides its own KeyError, odd names and names of folders get as far as the file system
    except (KeyError, ValueError, OSError):
        raise UnknownZone(f"{name[:60]!r} is not a time zone; write it like America/New_York.", field="tz") from None
