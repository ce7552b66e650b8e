"""Credit for protected leave: the usual week, for twelve weeks."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import DatesOutOfOrder
from ledger.sessions.leave_credit import ProtectedLeave, leave_credit
from ledger.sessions.policy import CreditPolicy

POLICY = CreditPolicy("res_1", date(2023, 12, 1), date(2024, 1, 1))
MONDAY = date(2025, 6, 2)
LONG_AGO = date(2020, 1, 1)


def week(number: int) -> date:
    """A Monday so many weeks after the leave begins; negative before it."""
    return MONDAY + timedelta(weeks=number)


SIX_HUNDRED = {week(-n): 600 for n in range(1, 14)}


def test_a_provider_on_protected_leave_is_credited_their_usual_week_for_twelve_weeks() -> None:
    leave = ProtectedLeave(MONDAY, week(16))
    assert leave_credit(leave, SIX_HUNDRED, POLICY, joined_on=LONG_AGO) == {week(n): 600 for n in range(12)}


def test_the_mean_is_of_the_thirteen_weeks_before_and_a_week_without_sessions_is_one_of_them() -> None:
    credit = {week(-1): 1_300, week(-13): 13, week(-14): 9_999}
    found = leave_credit(ProtectedLeave(MONDAY, week(1)), credit, POLICY, joined_on=LONG_AGO)
    assert found[MONDAY] == 101


def test_who_began_lately_has_the_mean_of_the_weeks_since() -> None:
    credit = {week(-1): 400, week(-2): 600}
    leave = ProtectedLeave(MONDAY, MONDAY + timedelta(days=6))
    assert leave_credit(leave, credit, POLICY, joined_on=week(-2) + timedelta(days=3)) == {MONDAY: 500}
    assert leave_credit(leave, credit, POLICY, joined_on=MONDAY) == {}


def test_a_week_in_part_on_leave_is_credited_by_days_and_not_above_the_usual_one() -> None:
    leave = ProtectedLeave(week(0) + timedelta(days=3), week(1) + timedelta(days=1))
    assert leave_credit(leave, SIX_HUNDRED, POLICY, joined_on=LONG_AGO) == {week(0): 342, week(1): 171}
    worked = SIX_HUNDRED | {week(0): 500, week(1): 800}
    assert leave_credit(leave, worked, POLICY, joined_on=LONG_AGO) == {week(0): 100}


def test_members_may_decide_that_leave_is_not_credited() -> None:
    none = CreditPolicy("res_1", date(2023, 12, 1), date(2024, 1, 1), leave_weeks=0)
    assert leave_credit(ProtectedLeave(MONDAY, week(2)), SIX_HUNDRED, none, joined_on=LONG_AGO) == {}


def test_a_leave_ends_no_earlier_than_it_begins() -> None:
    with pytest.raises(DatesOutOfOrder):
        ProtectedLeave(MONDAY, MONDAY - timedelta(days=1))


@given(
    st.dictionaries(st.integers(-15, 15).map(week), st.integers(0, 3_000)),
    st.integers(0, 6),
    st.integers(0, 150),
    st.integers(0, 20),
)
def test_no_week_is_lifted_above_the_mean_and_no_more_than_twelve_weeks_are_credited(
    credit: dict[date, int], offset: int, days: int, weeks_since_joined: int
) -> None:
    first_day = MONDAY + timedelta(days=offset)
    leave = ProtectedLeave(first_day, first_day + timedelta(days=days))
    found = leave_credit(leave, credit, POLICY, joined_on=week(-weeks_since_joined))
    before = [credit.get(week(-n), 0) for n in range(1, 14) if n <= weeks_since_joined]
    mean = sum(before) // len(before) if before else 0
    assert all(minutes > 0 and minutes + credit.get(monday, 0) <= mean for monday, minutes in found.items())
    assert sum(found.values()) <= 12 * (mean + 1)
    assert all(monday - timedelta(days=6) <= leave.last_day and monday >= MONDAY for monday in found)
