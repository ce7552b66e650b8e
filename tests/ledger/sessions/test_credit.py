"""Credited minutes: the worked weeks of sessions.md §5.6, and what holds of any week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from math import floor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.apportionment import apportion
from ledger.sessions.credit import (
    Tally,
    WeekCredit,
    council_credit,
    credit_of_each,
    credited_weeks,
    late_credit,
    week_credit,
)
from ledger.sessions.errors import NoPolicyInForce
from ledger.sessions.policy import CreditPolicy
from ledger.sessions.thresholds import NO_LIMITS, Limits, ThresholdSetting
from ledger.sessions.values import Attendance, Category

MONDAY = date(2025, 9, 1)
HALF = Fraction(1, 2)


def policy(**terms: Any) -> CreditPolicy:
    return CreditPolicy("res_1", date(2024, 12, 1), date(2024, 12, 30), **({"indirect_minutes_per_hour": 0} | terms))


def tally(
    weekday: int,
    sessions: int,
    minutes: int,
    category: Category = Category.INDIVIDUAL,
    attendance: Attendance = Attendance.DELIVERED,
    provider: str = "ana",
    week: date = MONDAY,
) -> Tally:
    return Tally(provider, week + timedelta(days=weekday), attendance, category, sessions, minutes)


def fifties(*sessions: int, provider: str = "ana", week: date = MONDAY) -> list[Tally]:
    """Sessions of 50 minutes, from Monday on."""
    return [tally(day, count, count * 50, provider=provider, week=week) for day, count in enumerate(sessions) if count]


def credited(tallies: Sequence[Tally], limits: Limits, **terms: Any) -> int:
    return week_credit(tallies, limits, policy(**terms)).credited_minutes


WORKED = {
    "ana": (fifties(7, 8, 7, 6, 4), Limits(5, 20), 1_000),
    "ben": (fifties(4, 4, 4, 4, 2), Limits(5, 20), 900),
    "cy": (fifties(9, 9), Limits(5, 20), 500),
    "dee": (fifties(3, 3, 3, 3), Limits(3, 12), 600),
}


@pytest.mark.parametrize("name", WORKED)
def test_the_worked_weeks_come_out_to_the_minute(name: str) -> None:
    tallies, limits, minutes = WORKED[name]
    assert credited(tallies, limits) == minutes


def test_ana_is_credited_twenty_sessions() -> None:
    assert week_credit(fifties(7, 8, 7, 6, 4), Limits(5, 20), policy()) == WeekCredit(Fraction(20), 1_000, 0, 0)


def test_their_shares_of_ten_thousand_are_the_worked_ones() -> None:
    assert apportion(10_000, {name: credited(tallies, limits) for name, (tallies, limits, _) in WORKED.items()}) == {
        "ana": 3_333,
        "ben": 3_000,
        "cy": 1_667,
        "dee": 2_000,
    }
    # what they would be without limits; 12 × 50 minutes are Dee's in any case
    assert apportion(10_000, {name: credited(tallies, NO_LIMITS) for name, (tallies, _, _) in WORKED.items()}) == {
        "ana": 4_000,
        "ben": 2_250,
        "cy": 2_250,
        "dee": 1_500,
    }


def test_single_sessions_and_a_tally_of_them_are_credited_alike() -> None:
    one_by_one = [tally(0, 1, minutes) for minutes in (50, 38, 53, 60, 50, 45, 50)]
    assert credited(one_by_one, Limits(5, 20)) == credited([tally(0, 7, 346)], Limits(5, 20)) == 247  # 346 × 5/7


def test_there_is_one_rounding_a_week_and_not_one_a_day() -> None:
    # 100 × 2/3 + 100 × 2/3 is 133 and a third; rounded by day it would be 132
    assert credited([tally(0, 3, 100), tally(1, 3, 100)], Limits(day=2)) == 133


def test_a_group_counts_its_minutes_once_by_the_factor_that_was_voted() -> None:
    group = [tally(0, 1, 60, Category.GROUP)]
    assert credited(group, NO_LIMITS) == 60
    assert credited(group, NO_LIMITS, factors={Category.GROUP: Fraction(1, 3)}) == 20


@pytest.mark.parametrize(("factor", "minutes"), [(Fraction(0), 50), (HALF, 75), (Fraction(1), 100)])
@pytest.mark.parametrize("attendance", [Attendance.NO_SHOW, Attendance.LATE_CANCEL])
def test_a_no_show_counts_as_far_as_the_members_decided(factor: Fraction, minutes: int, attendance: Attendance) -> None:
    week = [*fifties(1), tally(0, 1, 50, attendance=attendance)]
    assert credited(week, NO_LIMITS, no_show_factor=factor) == minutes


def test_who_is_at_the_limit_loses_nothing_by_a_no_show() -> None:
    week = [*fifties(5), tally(0, 1, 50, attendance=Attendance.NO_SHOW)]
    found = week_credit(week, Limits(5, 20), policy(no_show_factor=HALF))
    assert found == WeekCredit(Fraction(5), 250, 0, 0)


def test_indirect_care_is_ten_minutes_for_each_delivered_hour_within_the_limits() -> None:
    found = week_credit(fifties(7, 8, 7, 6, 4), Limits(5, 20), policy(indirect_minutes_per_hour=10))
    assert (found.credited_minutes, found.indirect_minutes, found.minutes) == (1_000, 166, 1_166)


def test_indirect_care_follows_what_was_delivered_and_neither_no_shows_nor_factors() -> None:
    week = [tally(0, 2, 120, Category.GROUP), tally(1, 1, 60, attendance=Attendance.NO_SHOW)]
    terms = policy(indirect_minutes_per_hour=10, no_show_factor=Fraction(1), factors={Category.GROUP: HALF})
    assert week_credit(week, NO_LIMITS, terms) == WeekCredit(Fraction(3), 120, 20, 0)


def test_a_plateau_fills_up_to_the_own_threshold_from_its_share_on() -> None:
    terms = policy(plateau=Fraction(4, 5))
    assert week_credit(fifties(5, 5, 5), Limits(5, 20), terms).plateau_minutes == 0
    assert week_credit(fifties(4, 4, 4, 4), Limits(5, 20), terms) == WeekCredit(Fraction(16), 800, 0, 200)
    assert week_credit(fifties(5, 5, 5, 5), Limits(5, 20), terms) == WeekCredit(Fraction(20), 1_000, 0, 0)
    assert week_credit(fifties(4, 4, 4, 4), Limits(5), terms).plateau_minutes == 0


def test_council_service_is_credited_up_to_two_hours_a_week() -> None:
    assert [council_credit(served, policy()) for served in (0, 90, 120, 500)] == [0, 90, 120, 120]


def test_late_rows_add_only_what_the_thresholds_of_their_week_leave() -> None:
    closed = fifties(4, 4, 4, 4, 2)
    late = [*closed, *fifties(1, 1, 1, 1)]
    added = late_credit(closed, late, Limits(5, 20), policy())
    assert added == WeekCredit(Fraction(2), 100, 0, 0)


def test_a_row_reversed_after_the_close_takes_its_credit_back() -> None:
    terms = policy(indirect_minutes_per_hour=6)
    assert late_credit(fifties(4, 2), fifties(4), NO_LIMITS, terms) == WeekCredit(Fraction(-2), -100, -10, 0)


def test_each_week_has_the_limits_and_the_policy_of_its_own() -> None:
    policies = [policy(ceiling=Limits(week=25)), CreditPolicy("res_2", date(2025, 8, 1), MONDAY, Limits(week=22))]
    own = [ThresholdSetting("dan", Limits(week=25), date(2025, 1, 6))]
    before = MONDAY - timedelta(weeks=1)
    weeks = credited_weeks([*fifties(5, 5, 5, 5, 5), *fifties(5, 5, 5, 5, 5, week=before)], own, policies)
    assert [(week, credit.credited_minutes) for week, credit in weeks.items()] == [(before, 1_250), (MONDAY, 1_100)]
    with pytest.raises(NoPolicyInForce):
        credited_weeks(fifties(1), own, policies[:0])


def test_many_providers_are_credited_like_one_and_come_together() -> None:
    ana, ben = fifties(7, 8, 7, 6, 4), fifties(4, 4, 4, 4, 2, provider="ben")
    settings = {"ana": [ThresholdSetting("ana", Limits(5, 20), MONDAY)]}
    found = {
        provider: weeks[MONDAY].credited_minutes for provider, weeks in credit_of_each(ana + ben, settings, [policy()])
    }
    assert found == {"ana": 1_000, "ben": 900}
    with pytest.raises(ValueError, match="not together"):
        list(credit_of_each([*ana, *ben, *ana], settings, [policy()]))


tallies = st.builds(
    lambda day, count, longest, category, attendance: tally(day, count, count * longest, category, attendance),
    st.integers(0, 6),
    st.integers(1, 12),
    st.integers(1, 120),
    st.sampled_from(Category),
    st.sampled_from(Attendance),
)
weeks = st.lists(tallies, max_size=14)
limits = st.builds(Limits, st.none() | st.integers(1, 10), st.none() | st.integers(1, 40))
factors = st.fractions(0, 1, max_denominator=7)
terms = st.builds(
    lambda by_category, no_show, indirect: policy(
        factors=by_category, no_show_factor=no_show, indirect_minutes_per_hour=indirect
    ),
    st.dictionaries(st.sampled_from(Category), factors),
    st.sampled_from([Fraction(0), HALF, Fraction(1)]),
    st.integers(0, 60),
)


def by_the_formula(week: Sequence[Tally], most: Limits, rule: CreditPolicy) -> tuple[Fraction, Fraction]:
    """The sentence of §5.6, word for word: credited sessions and minutes before rounding."""
    sessions: dict[date, Fraction] = {}
    minutes: dict[date, Fraction] = {}
    for row in week:
        attended = Fraction(1) if row.attendance == Attendance.DELIVERED else rule.no_show_factor
        factor = rule.factors.get(Category(row.category), Fraction(1))
        sessions[row.local_date] = sessions.get(row.local_date, Fraction(0)) + attended * row.sessions
        minutes[row.local_date] = minutes.get(row.local_date, Fraction(0)) + attended * factor * row.minutes
    a = {day: min(count, Fraction(most.day or 10**9)) for day, count in sessions.items()}
    total = sum(a.values())
    scale = min(Fraction(1), Fraction(most.week or 10**9) / total) if total else Fraction(1)
    return scale * total, scale * sum((minutes[day] * a[day] / sessions[day] for day in a if a[day]), Fraction(0))


@given(weeks, limits, terms)
def test_credit_is_the_formula_rounded_once(week: list[Tally], most: Limits, rule: CreditPolicy) -> None:
    found, (sessions, minutes) = week_credit(week, most, rule), by_the_formula(week, most, rule)
    assert (found.credited_sessions, found.credited_minutes) == (sessions, floor(minutes))


@given(weeks, limits, terms)
def test_nobody_is_credited_more_than_they_delivered_or_than_the_limits(
    week: list[Tally], most: Limits, rule: CreditPolicy
) -> None:
    found = week_credit(week, most, rule)
    delivered = sum(row.minutes for row in week if row.attendance == Attendance.DELIVERED)
    missed = sum(row.minutes for row in week) - delivered
    assert 0 <= found.credited_minutes <= delivered + missed * rule.no_show_factor
    assert found.indirect_minutes * 60 <= delivered * rule.indirect_minutes_per_hour
    assert found.credited_sessions <= min(most.week or 10**9, 7 * (most.day or 10**9))


@given(weeks.flatmap(lambda week: st.tuples(st.just(week), st.permutations(week))), limits, terms)
def test_the_order_of_rows_changes_nothing(
    pair: tuple[list[Tally], list[Tally]], most: Limits, rule: CreditPolicy
) -> None:
    assert week_credit(pair[0], most, rule) == week_credit(pair[1], most, rule)


@given(weeks, weeks, limits, terms)
def test_rows_and_their_negation_cancel_out(
    week: list[Tally], undone: list[Tally], most: Limits, rule: CreditPolicy
) -> None:
    negation = [row._replace(sessions=-row.sessions, minutes=-row.minutes) for row in undone]
    assert week_credit([*undone, *week, *negation], most, rule) == week_credit(week, most, rule)


@given(weeks, limits, terms, st.integers(0, 13), st.integers(0, 300))
def test_longer_sessions_never_lower_the_credit(
    week: list[Tally], most: Limits, rule: CreditPolicy, place: int, more: int
) -> None:
    longer = [row._replace(minutes=row.minutes + more) if n == place else row for n, row in enumerate(week)]
    assert week_credit(longer, most, rule).minutes >= week_credit(week, most, rule).minutes


@given(weeks, limits, terms, st.integers(1, 20))
def test_a_higher_weekly_threshold_never_lowers_the_credit(
    week: list[Tally], most: Limits, rule: CreditPolicy, more: int
) -> None:
    higher = Limits(most.day, None if most.week is None else most.week + more)
    assert week_credit(week, higher, rule).minutes >= week_credit(week, most, rule).minutes


@given(st.lists(st.integers(0, 12), min_size=7, max_size=7), st.integers(0, 6), limits, limits)
def test_with_sessions_of_one_length_neither_more_sessions_nor_higher_thresholds_lower_the_credit(
    week: list[int], day: int, one: Limits, other: Limits
) -> None:
    tighter = one.within(other)
    more = [count + (place == day) for place, count in enumerate(week)]
    assert credited(fifties(*week), tighter) <= credited(fifties(*more), tighter)
    assert credited(fifties(*week), tighter) <= credited(fifties(*week), one)


@given(weeks, weeks, limits, terms)
def test_a_close_and_what_came_late_add_up_to_the_credit_of_the_whole_week(
    closed: list[Tally], late: list[Tally], most: Limits, rule: CreditPolicy
) -> None:
    added = late_credit(closed, closed + late, most, rule)
    whole = week_credit(closed + late, most, rule)
    assert week_credit(closed, most, rule).minutes + added.minutes == whole.minutes
