"""Calendar months counted from an anchor day, each clipped to its own month's end.

Months are numbered from year 0 (``year × 12 + month − 1``), so that adding is adding; the day is applied last. A start
on the 31st gives 28 February, 31 March, 30 April: a short month clips itself, never the ones after it (equity.md §3.4).
"""

from calendar import isleap
from datetime import MAXYEAR, date, timedelta

from ledger.equity.vesting.errors import ScheduleTooLong

LAST_DAY_OF_MONTH = 31
"""As the day of :func:`month_day`: whatever the month's last day is."""

_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FEBRUARY = 1
_MONTHS_END = (MAXYEAR + 1) * 12


def month_number(day: date) -> int:
    """Return the number of the month that ``day`` is in."""
    return day.year * 12 + day.month - 1


def month_day(month: int, day: int) -> date:
    """Return day 1…31 of a numbered month, or the month's last day where it is shorter.

    Raises:
        ScheduleTooLong: The month is past the year 9999 (or before year 1).
    """
    if not 12 <= month < _MONTHS_END:
        raise ScheduleTooLong("The schedule runs past the end of the calendar, the year 9999.")
    year, index = divmod(month, 12)
    if day > 28:
        day = min(day, 29 if index == _FEBRUARY and isleap(year) else _LENGTHS[index])
    return date(year, index + 1, day)


def add_months(anchor: date, months: int) -> date:
    """Return ``anchor`` moved by whole months, forwards or back, clipped to the month's end."""
    return month_day(month_number(anchor) + months, anchor.day)


def add_days(day: date, days: int) -> date:
    """Return ``day`` moved by ``days``.

    Raises:
        ScheduleTooLong: The day is outside the calendar.
    """
    try:
        return day + timedelta(days)
    except OverflowError as error:
        raise ScheduleTooLong("The schedule runs past the end of the calendar, the year 9999.") from error


def months_elapsed(start: date, on: date) -> int:
    """Return how many whole months from ``start`` have passed at the end of ``on``; negative before the start.

    It is the largest k with ``add_months(start, k) <= on``, so the last day of a short month completes it.
    """
    months = month_number(on) - month_number(start)
    return months if month_day(month_number(on), start.day) <= on else months - 1


def calendar_period(from_: date, until: date) -> tuple[int, int]:
    """Return the months and days from one day to a later one, the last day not counted.

    2024-09-01 to 2024-12-01 is (3, 0); 2025-06-10 to 2025-07-01 is (0, 21).
    """
    months = months_elapsed(from_, until)
    return months, (until - add_months(from_, months)).days


def month_dates(start: date, first: int, last: int, every: int) -> tuple[date, ...]:
    """Return the dates ``first``, ``first + every`` … ``last`` months after ``start``."""
    base, day = month_number(start), start.day
    return tuple([month_day(base + months, day) for months in range(first, last + 1, every)])


def toll(day: date, anchor_day: int, months: int, days: int) -> date:
    """Return a day of a monthly schedule moved by months and then by days.

    Months move the schedule's own anchor, not the clipped day: with the 31st as anchor, 28 February moved by three
    months is 31 May (equity.md §3.4 rule 7). A day off the anchor, because an earlier pause added days, keeps its
    distance.

    Args:
        day: The day to move.
        anchor_day: Day of the month the schedule is counted from, 1…31.
        months: Whole months, forwards or back.
        days: Days added after the months.
    """
    month = month_number(day)
    if month_day(month, anchor_day) > day:
        month -= 1
    return add_days(month_day(month + months, anchor_day), (day - month_day(month, anchor_day)).days + days)
