"""Days and minutes out of cells, and the clocks of places."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.imports.sessions.times import MOST_REMEMBERED, UNREADABLE, UNTIMED, Clocks, Days, Place, split
from ledger.sessions.errors import UnknownZone

TODAY = date(2025, 7, 1)
ZONES = ["America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "America/Sao_Paulo", "UTC"]


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("", (UNTIMED, None)),
        ("T10:00", (600, None)),
        (" 10:00:59.123", (600, None)),
        ("9:05 PM", (21 * 60 + 5, None)),
        ("12:00am", (0, None)),
        ("12:30 p.m.", (750, None)),
        ("T17:00Z", (1020, 0)),
        ("T17:00:00-07:00", (1020, -420)),
        ("T17:00+0545", (1020, 345)),
        ("24:00", (UNREADABLE, None)),
        ("10:60", (UNREADABLE, None)),
        ("13:00 PM", (UNREADABLE, None)),
        ("0:30 AM", (UNREADABLE, None)),
        ("T10:00+24:00", (UNREADABLE, None)),
        ("\u0661\u0660:\u0660\u0660", (UNREADABLE, None)),
        ("noon", (UNREADABLE, None)),
    ],
)
def test_times_of_day(text: str, clock: tuple[int, int | None]) -> None:
    assert Clocks()[text] == clock


@pytest.mark.parametrize("text", ["2025-06-01", " 2025-06-01 "])
def test_days_the_iso_way(text: str) -> None:
    assert Days(month_first=False)[text] == date(2025, 6, 1).toordinal()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "20250601",
        "2025-6-1",
        "2025-W22-7",
        "06/01/25",
        "2025-02-30",
        "13/01/2025",
        "\u0662\u0660\u0662\u0665-\u0660\u0666-\u0660\u0661",
    ],
)
def test_what_is_no_day(text: str) -> None:
    assert Days(month_first=True)[text] == UNREADABLE


def test_days_with_the_month_first_only_where_that_is_agreed() -> None:
    assert Days(month_first=True)["6/1/2025"] == Days(month_first=True)["06/01/2025"] == date(2025, 6, 1).toordinal()
    assert Days(month_first=False)["6/1/2025"] == UNREADABLE


def test_a_cell_is_split_where_its_day_ends() -> None:
    assert split("2025-06-01T10:00") == ("2025-06-01", "T10:00")
    assert split("6/1/2025 9:00 AM") == ("6/1/2025", "9:00 AM")
    assert split("6/1/2025") == ("6/1/2025", "")


def test_what_is_remembered_is_bounded() -> None:
    days, clocks = Days(month_first=False), Clocks()
    for number in range(MOST_REMEMBERED + 10):
        assert days[f"x{number}"] == UNREADABLE
        assert clocks[f"x{number}"] == (UNREADABLE, None)
    assert len(days) == len(clocks) == MOST_REMEMBERED


@pytest.mark.parametrize(
    ("zone", "day", "first", "last"),
    [
        ("America/New_York", date(2025, 3, 9), 120, 179),
        ("America/Sao_Paulo", date(2018, 11, 4), 0, 59),
        ("Australia/Lord_Howe", date(2025, 10, 5), 120, 149),
        ("Pacific/Apia", date(2011, 12, 30), 0, 1439),
    ],
)
def test_the_minutes_that_the_clocks_skipped(zone: str, day: date, first: int, last: int) -> None:
    place = Place(zone, TODAY)
    skipped = [minute for minute in range(1440) if place.skips(day.toordinal(), minute)]
    assert (skipped[0], skipped[-1], len(skipped)) == (first, last, last - first + 1)
    around = [day + timedelta(days=days) for days in (-1, 1)]
    assert not any(place.skips(near.toordinal(), minute) for near in around for minute in range(0, 1440, 10))


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1)),
    st.integers(-14 * 60, 14 * 60),
)
def test_a_moment_of_another_zone_is_where_the_clocks_show_it(zone: str, told: datetime, offset: int) -> None:
    day, minute = Place(zone, TODAY).local(told.toordinal(), told.hour * 60 + told.minute, offset)
    moment = told.replace(second=0, microsecond=0, tzinfo=UTC) - timedelta(minutes=offset)
    there = moment.astimezone(ZoneInfo(zone))
    assert (day, minute) == (there.toordinal(), there.hour * 60 + there.minute)


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../etc/passwd", "America"])
def test_a_place_that_is_none_is_refused(zone: str) -> None:
    with pytest.raises(UnknownZone):
        Place(zone, TODAY)
