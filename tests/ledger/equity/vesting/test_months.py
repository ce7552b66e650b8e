from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.equity.vesting.errors import ScheduleTooLong
from ledger.equity.vesting.months import (
    add_days,
    add_months,
    calendar_period,
    month_dates,
    months_elapsed,
    toll,
)
from tests.ledger.equity.vesting.strategies import days, starts

JANUARY_31 = date(2025, 1, 31)


def test_a_short_month_clips_itself_and_not_the_next() -> None:
    assert month_dates(JANUARY_31, 1, 4, 1) == (
        date(2025, 2, 28),
        date(2025, 3, 31),
        date(2025, 4, 30),
        date(2025, 5, 31),
    )


def test_a_leap_day_is_kept_in_leap_years_only() -> None:
    assert add_months(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert add_months(date(2024, 2, 29), 48) == date(2028, 2, 29)
    assert add_months(date(1999, 12, 31), 2) == date(2000, 2, 29)
    assert add_months(date(2099, 12, 31), 2) == date(2100, 2, 28)


def test_the_last_day_of_a_short_month_completes_it() -> None:
    assert months_elapsed(JANUARY_31, date(2025, 2, 27)) == 0
    assert months_elapsed(JANUARY_31, date(2025, 2, 28)) == 1
    assert months_elapsed(JANUARY_31, date(2025, 1, 30)) == -1


@given(starts, days)
def test_elapsed_months_are_the_most_that_fit(start: date, on: date) -> None:
    elapsed = months_elapsed(start, on)
    assert add_months(start, elapsed) <= on < add_months(start, elapsed + 1)


def test_a_period_counts_months_and_then_days() -> None:
    assert calendar_period(date(2024, 9, 1), date(2024, 12, 1)) == (3, 0)
    assert calendar_period(date(2025, 6, 10), date(2025, 7, 1)) == (0, 21)
    assert calendar_period(date(2025, 1, 31), date(2025, 3, 1)) == (1, 1)


@given(starts, st.integers(0, 400), st.integers(0, 36), st.integers(0, 27))
def test_tolling_moves_the_anchor_and_then_adds_days(start: date, count: int, months: int, extra: int) -> None:
    row = add_months(start, count)
    assert toll(row, start.day, months, extra) == add_days(add_months(start, count + months), extra)


def test_a_day_that_an_earlier_pause_moved_keeps_its_distance_from_the_anchor() -> None:
    moved = toll(date(2025, 1, 29), 29, 0, 2)
    assert moved == date(2025, 1, 31)
    assert toll(moved, 29, 1, 0) == date(2025, 3, 2)  # 28 February and two days
    assert toll(date(2025, 7, 6), 15, 3, 0) == date(2025, 10, 6)


def test_no_date_is_past_the_calendar() -> None:
    with pytest.raises(ScheduleTooLong, match="year 9999"):
        add_months(date(9999, 12, 1), 1)
    with pytest.raises(ScheduleTooLong, match="year 9999"):
        add_days(date(9999, 12, 31), 1)
