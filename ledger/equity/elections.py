"""The 83(b) election: who receives shares that are not vested may choose, within 30 days, to be taxed now.

The thirty days are IRC §83(b)(2); a last day on a weekend or a legal holiday moves to the next working day (IRC §7503),
where a legal holiday is one in the District of Columbia (Treas. Reg. §301.7503-1(b), D.C. Code §28-2701).
"""

from __future__ import annotations

from datetime import date, timedelta

ELECTION_DAYS = 30

SATURDAY, SUNDAY = 5, 6
MONDAY, THURSDAY = 0, 3


def election_due(transferred_on: date) -> date:
    """Return the last day to mail an 83(b) election for shares transferred on a day.

    The day of the transfer is not counted: a transfer on 2025-01-31 has its thirtieth day on Sunday 2025-03-02 and is
    due on Monday 2025-03-03.
    """
    return next_working_day(transferred_on + timedelta(days=ELECTION_DAYS))


def next_working_day(day: date) -> date:
    """Return a day, or the first working day after it."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def is_working_day(day: date) -> bool:
    """Return whether a day is neither on a weekend nor a legal holiday in the District of Columbia."""
    if day.weekday() in {SATURDAY, SUNDAY}:
        return False
    # a New Year's Day on a Saturday is kept on the Friday before, in the old year
    return day not in legal_holidays(day.year) | legal_holidays(day.year + 1)


def legal_holidays(year: int) -> frozenset[date]:
    """Return the days on which a year's legal holidays are kept (5 U.S.C. §6103, D.C. Code §28-2701).

    Each counts in the years since it was made one for this purpose: Emancipation Day from 2007, Juneteenth from 2021.
    """
    fixed = [date(year, 1, 1), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25)]
    if year >= 2007:
        fixed.append(date(year, 4, 16))
    if year >= 2021:
        fixed.append(date(year, 6, 19))
    moving = [
        _nth(year, 1, MONDAY, 3),  # Martin Luther King, Jr.
        _nth(year, 2, MONDAY, 3),  # Washington
        _nth(year, 6, MONDAY, 1) - timedelta(days=7),  # Memorial Day: the last Monday of May
        _nth(year, 9, MONDAY, 1),  # Labor Day
        _nth(year, 10, MONDAY, 2),  # Columbus Day
        _nth(year, 11, THURSDAY, 4),  # Thanksgiving
    ]
    return frozenset([*map(_kept_on, fixed), *moving, *_inauguration(year)])


def _nth(year: int, month: int, weekday: int, nth: int) -> date:
    """Return the nth Monday (or other weekday) of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _kept_on(holiday: date) -> date:
    """Return the weekday on which a holiday is kept: Friday for Saturday, Monday for Sunday."""
    return holiday + timedelta(days={SATURDAY: -1, SUNDAY: 1}.get(holiday.weekday(), 0))


def _inauguration(year: int) -> tuple[date, ...]:
    """Return the day a President takes office, every fourth year; on a Sunday, the Monday after."""
    if year % 4 != 1:
        return ()
    day = date(year, 1, 20)
    return (day + timedelta(days=1) if day.weekday() == SUNDAY else day,)
