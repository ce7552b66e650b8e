"""The last day of an 83(b) election."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.equity.elections import election_due, is_working_day, legal_holidays


def test_a_transfer_on_the_last_of_january_2025_is_due_on_the_third_of_march() -> None:
    """Scenario 19: the thirtieth day, 2025-03-02, is a Sunday."""
    assert election_due(date(2025, 1, 31)) == date(2025, 3, 3)


@pytest.mark.parametrize(
    ("transferred_on", "due", "because"),
    [
        (date(2025, 3, 3), date(2025, 4, 2), "an ordinary Wednesday"),
        (date(2024, 12, 2), date(2025, 1, 2), "New Year's Day"),
        (date(2021, 12, 1), date(2022, 1, 3), "Friday 2021-12-31 keeps the New Year's Day that is a Saturday"),
        (date(2016, 3, 16), date(2016, 4, 18), "Friday 2016-04-15 keeps Emancipation Day"),
        (date(2021, 5, 19), date(2021, 6, 21), "Juneteenth, a Saturday, is kept on Friday the 18th"),
        (date(2024, 12, 21), date(2025, 1, 21), "Monday is both Inauguration Day and Dr King's"),
        (date(2024, 10, 29), date(2024, 11, 29), "Thanksgiving"),
    ],
)
def test_weekends_and_holidays_move_the_last_day(transferred_on: date, due: date, because: str) -> None:
    assert election_due(transferred_on) == due, because


def test_the_holidays_of_2025_are_the_ones_the_government_publishes() -> None:
    days = [(1, 1), (1, 20), (2, 17), (4, 16), (5, 26), (6, 19), (7, 4), (9, 1), (10, 13), (11, 11), (11, 27), (12, 25)]
    assert legal_holidays(2025) == {date(2025, month, day) for month, day in days}


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_the_last_day_is_the_first_working_day_from_the_thirtieth_on(transferred_on: date) -> None:
    due, thirtieth = election_due(transferred_on), transferred_on + timedelta(days=30)
    assert is_working_day(due)
    assert thirtieth <= due <= thirtieth + timedelta(days=4)
    assert not any(is_working_day(thirtieth + timedelta(days=n)) for n in range((due - thirtieth).days))
