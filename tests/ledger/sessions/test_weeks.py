"""Days, weeks and years of sessions: where the provider was, by the clock there."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.sessions.errors import InTheFuture, NoSuchTime, UnknownZone
from ledger.sessions.weeks import (
    fiscal_year,
    last_day,
    local_date,
    next_monday,
    require_delivered,
    today,
    week_name,
    week_of,
)

NEW_YORK, LOS_ANGELES = "America/New_York", "America/Los_Angeles"

days = st.dates(date(1970, 1, 1), date(2100, 1, 1))


def test_a_week_begins_on_monday_and_the_next_one_a_week_later() -> None:
    assert week_of(date(2025, 9, 7)) == week_of(date(2025, 9, 1)) == date(2025, 9, 1)
    assert next_monday(date(2025, 9, 3)) == date(2025, 9, 8)
    assert next_monday(date(2025, 9, 1)) == date(2025, 9, 8)


def test_a_week_is_named_as_iso_8601_names_it() -> None:
    assert week_name(date(2024, 12, 30)) == "2025-W01"
    assert week_name(date(2020, 12, 28)) == "2020-W53"


@pytest.mark.parametrize(
    ("week", "year_end", "year"),
    [
        (date(2024, 12, 30), "12-31", 2025),  # Thursday 2025-01-02
        (date(2025, 12, 29), "12-31", 2026),  # Thursday 2026-01-01
        (date(2026, 12, 28), "12-31", 2026),  # Thursday 2026-12-31
        (date(2025, 6, 23), "06-30", 2025),  # Thursday 2025-06-26
        (date(2025, 6, 30), "06-30", 2026),  # Thursday 2025-07-03
        (date(2024, 2, 26), "02-28", 2024),  # Thursday 2024-02-29, the last day of that February
    ],
)
def test_a_week_belongs_to_the_fiscal_year_of_its_thursday(week: date, year_end: str, year: int) -> None:
    assert fiscal_year(week, year_end) == year


def test_a_fiscal_year_to_the_end_of_february_has_its_leap_day() -> None:
    assert last_day(2024, "02-28") == date(2024, 2, 29)
    assert last_day(2025, "02-28") == date(2025, 2, 28)


def test_a_session_over_midnight_belongs_to_the_day_it_began_and_not_to_the_one_in_greenwich() -> None:
    assert local_date(datetime(2025, 12, 31, 23, 30), LOS_ANGELES) == date(2025, 12, 31)
    assert local_date(datetime(2026, 1, 1, 7, 30, tzinfo=UTC), LOS_ANGELES) == date(2025, 12, 31)


def test_a_time_that_the_clocks_skipped_is_refused_with_the_one_that_may_be_meant() -> None:
    with pytest.raises(NoSuchTime, match=r"2025-03-09 02:30 never was in America/New_York.* at 03:30\?"):
        local_date(datetime(2025, 3, 9, 2, 30), NEW_YORK)


def test_a_day_that_a_whole_country_skipped_is_refused() -> None:
    with pytest.raises(NoSuchTime, match="2011-12-31 09:00"):
        local_date(datetime(2011, 12, 30, 9, 0), "Pacific/Apia")


@pytest.mark.parametrize("fold", [0, 1])
@pytest.mark.parametrize(
    "start", [datetime(2025, 3, 9, 1, 59), datetime(2025, 3, 9, 3, 0), datetime(2025, 11, 2, 1, 30)]
)
def test_times_beside_the_gap_and_times_that_came_twice_are_fine(start: datetime, fold: int) -> None:
    assert local_date(start.replace(fold=fold), NEW_YORK) == start.date()


@pytest.mark.parametrize("zone", ["", "America", "Mars/Olympus", "../etc/passwd", "a\0b", "x" * 300, f"{NEW_YORK}\n"])
def test_what_is_not_a_zone_is_refused(zone: str) -> None:
    with pytest.raises(UnknownZone):
        local_date(datetime(2025, 1, 1), zone)


def test_tomorrow_is_refused_by_the_clock_where_the_provider_is() -> None:
    now = datetime(2026, 1, 1, 6, 0, tzinfo=UTC)
    assert today(now, LOS_ANGELES) == date(2025, 12, 31)
    require_delivered(date(2026, 1, 1), NEW_YORK, now)
    with pytest.raises(InTheFuture, match="2025-12-31"):
        require_delivered(date(2026, 1, 1), LOS_ANGELES, now)


@given(days)
def test_every_day_is_in_one_week_and_every_week_in_one_year(day: date) -> None:
    week = week_of(day)
    assert week.weekday() == 0
    assert timedelta() <= day - week < timedelta(days=7)
    assert next_monday(day) == week + timedelta(days=7)
    assert fiscal_year(week) == day.isocalendar().year


@given(st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1)), st.sampled_from([NEW_YORK, LOS_ANGELES, "Asia/Tokyo"]))
def test_a_moment_and_the_local_time_it_has_are_on_one_day(naive: datetime, zone: str) -> None:
    moment = naive.replace(tzinfo=UTC)
    assert local_date(moment, zone) == today(moment, zone)
