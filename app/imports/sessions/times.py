"""When a session began, out of a cell: the day and the minute, by the clock of the place where the provider was.

A million rows have few different days and times, so each text is read once and remembered. What is remembered is
bounded and lives as long as one check.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from ledger.sessions.errors import NoSuchTime
from ledger.sessions.weeks import local_date

MOST_REMEMBERED = 20_000
"""How many different texts are remembered; what comes beyond is read anew each time."""

DAY_MINUTES = 1_440

UNREADABLE = -1
"""Stands for a day or a minute that no text made sense of."""

UNTIMED = -2
"""Stands for the minute of a row that tells only a day."""

Clock: TypeAlias = "tuple[int, int | None]"
"""A minute of the day (or one of the two above) and the minutes that its zone is ahead of UTC; ``None``: local time."""

_US_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(
    r"[T ]?\s*(\d{1,2}):(\d\d)(?::\d\d(?:\.\d{1,9})?)?\s*(?:([AaPp])\.?[Mm]\.?)?\s*(?:([Zz])|([+-])(\d\d):?(\d\d))?",
    re.ASCII,
)


def split(text: str) -> tuple[str, str]:
    """Return the part of a text that tells the day and the part that tells the time: ``6/1/2025 9:00`` at the blank."""
    if text[4:5] == "-":
        return text[:10], text[10:]
    day, _, clock = text.partition(" ")
    return day, clock


class Days(dict[str, int]):
    """Texts of dates to proleptic ordinals, ``UNREADABLE`` for what is no date."""

    def __init__(self, *, month_first: bool) -> None:
        """Read ``2025-06-01``, and ``6/1/2025`` too where the source writes the month first."""
        super().__init__()
        self._month_first = month_first

    def __missing__(self, text: str) -> int:
        """Read a text that was not met before."""
        day = self._read(text.strip())
        if len(self) < MOST_REMEMBERED:
            self[text] = day
        return day

    def _read(self, text: str) -> int:
        try:
            if _ISO_DATE.fullmatch(text):
                return date.fromisoformat(text).toordinal()
            found = _US_DATE.fullmatch(text) if self._month_first else None
            return date(int(found[3]), int(found[1]), int(found[2])).toordinal() if found else UNREADABLE
        except ValueError:
            return UNREADABLE


class Clocks(dict[str, Clock]):
    """Texts of times to minutes of the day: ``T10:00``, ``9:05 PM``, ``17:00:00Z``, ``10:00-07:00``.

    Seconds fall away.
    """

    def __missing__(self, text: str) -> Clock:
        """Read a text that was not met before."""
        clock = self._read(text.strip())
        if len(self) < MOST_REMEMBERED:
            self[text] = clock
        return clock

    def _read(self, text: str) -> Clock:
        if not text:
            return UNTIMED, None
        found = _TIME.fullmatch(text)
        if found is None:
            return UNREADABLE, None
        hour, minute, half, utc, sign = int(found[1]), int(found[2]), found[3], found[4], found[5]
        if half and not 1 <= hour <= 12:
            return UNREADABLE, None
        if half:
            hour = hour % 12 + (12 if half in "Pp" else 0)
        if hour > 23 or minute > 59:
            return UNREADABLE, None
        offset = (int(found[6]) * 60 + int(found[7])) * (-1 if sign == "-" else 1) if sign else None
        if offset is not None and abs(offset) >= DAY_MINUTES:
            return UNREADABLE, None
        return hour * 60 + minute, 0 if utc else offset


class Offsets(dict[int, int | None]):
    """Days to the minutes by which a zone is ahead of UTC; ``None`` around a day on which that changes."""

    def __init__(self, info: ZoneInfo) -> None:
        """Ask a zone."""
        super().__init__()
        self._info = info

    def __missing__(self, day: int) -> int | None:
        """Look at the noons of the day and of the ones before and after it."""
        noon = _moment(day, DAY_MINUTES // 2)
        around = {(noon + timedelta(days=days)).replace(tzinfo=self._info).utcoffset() for days in (-1, 0, 1)}
        ahead = around.pop()
        # zones of before 1972 may be ahead by odd seconds; those are asked moment by moment
        even = not around and ahead is not None and not ahead % timedelta(minutes=1)
        self[day] = ahead // timedelta(minutes=1) if even and ahead is not None else None
        return self[day]


class Place:
    """Where a provider works, asked about many moments.

    Attributes:
        zone: IANA name.
        today: The day it is there, the last one on which a session can have been delivered (E14 I14.4).
        offsets: Days to what the clocks there are ahead of UTC.
    """

    def __init__(self, zone: str, today: date) -> None:
        """Load the zone, on a day.

        Raises:
            UnknownZone: There is no such zone.
        """
        local_date(datetime(2000, 1, 1), zone)  # refuses a zone that is none
        self.today = today.toordinal()
        self.zone = zone
        self._info = ZoneInfo(zone)
        self.offsets = Offsets(self._info)

    def skips(self, day: int, minute: int) -> bool:
        """Return whether the clocks skipped this minute of the day there."""
        if self.offsets[day] is not None:
            return False
        try:
            local_date(_moment(day, minute), self.zone)
        except NoSuchTime:
            return True
        return False

    def local(self, day: int, minute: int, offset: int) -> tuple[int, int]:
        """Return the local day and minute of a moment that was told ``offset`` minutes ahead of UTC."""
        utc = day * DAY_MINUTES + minute - offset
        ahead = self.offsets[utc // DAY_MINUTES]
        if ahead is not None:
            return divmod(utc + ahead, DAY_MINUTES)
        there = _moment(*divmod(utc, DAY_MINUTES)).replace(tzinfo=UTC).astimezone(self._info)
        return there.toordinal(), there.hour * 60 + there.minute


def _moment(day: int, minute: int) -> datetime:
    return datetime.combine(date.fromordinal(day), time(minute // 60, minute % 60))
