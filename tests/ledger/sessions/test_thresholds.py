"""Own thresholds: set by the provider, from next Monday, under the ceiling of each week."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Invalid
from ledger.sessions.errors import AboveCeiling, OnlyTheProvider
from ledger.sessions.policy import CreditPolicy, in_force
from ledger.sessions.thresholds import NO_LIMITS, Limits, ThresholdSetting, limits_in, threshold_setting
from ledger.sessions.weeks import week_of

MONDAY = date(2025, 9, 1)

limits = st.builds(Limits, st.none() | st.integers(1, 12), st.none() | st.integers(1, 60))


def test_what_a_provider_sets_on_a_wednesday_counts_from_the_next_monday() -> None:
    before = ThresholdSetting("ana", Limits(5, 20), date(2025, 1, 6))
    raised = threshold_setting("ana", Limits(5, 22), actor="ana", on=date(2025, 9, 3), ceiling=NO_LIMITS)
    assert raised.from_week == date(2025, 9, 8)
    assert limits_in(MONDAY, [before, raised], NO_LIMITS) == Limits(5, 20)
    assert limits_in(date(2025, 9, 8), [before, raised], NO_LIMITS) == Limits(5, 22)


def test_of_two_settings_in_one_week_the_later_one_counts() -> None:
    settings = [
        threshold_setting("ana", Limits(week=most), actor="ana", on=MONDAY, ceiling=NO_LIMITS) for most in (18, 21)
    ]
    assert limits_in(date(2025, 9, 8), settings, NO_LIMITS) == Limits(week=21)


def test_a_ceiling_voted_lower_caps_a_threshold_from_its_first_week_on() -> None:
    policies = [
        CreditPolicy("res_1", date(2024, 12, 1), date(2024, 12, 30), Limits(week=25)),
        CreditPolicy("res_2", date(2025, 8, 1), MONDAY, Limits(week=22)),
    ]
    dan = [ThresholdSetting("dan", Limits(week=25), date(2025, 1, 6))]

    def most(week: date) -> int | None:
        return limits_in(week, dan, in_force(policies, week).ceiling).week

    assert most(date(2025, 8, 25)) == 25
    assert most(MONDAY) == most(date(2025, 12, 29)) == 22


def test_only_the_provider_sets_a_threshold() -> None:
    with pytest.raises(OnlyTheProvider):
        threshold_setting("ana", Limits(5, 20), actor="steward", on=MONDAY, ceiling=NO_LIMITS)


def test_a_threshold_above_the_ceiling_is_refused() -> None:
    with pytest.raises(AboveCeiling, match="22 sessions a week"):
        threshold_setting("ana", Limits(5, 23), actor="ana", on=MONDAY, ceiling=Limits(week=22))
    at_it = threshold_setting("ana", Limits(5, 22), actor="ana", on=MONDAY, ceiling=Limits(week=22))
    assert at_it.limits == Limits(5, 22)


def test_a_limit_is_at_least_one_session_and_a_setting_never_cuts_a_week_in_two() -> None:
    with pytest.raises(Invalid):
        Limits(day=0)
    with pytest.raises(ValueError, match="Monday"):
        ThresholdSetting("ana", Limits(), date(2025, 9, 2))


changes = st.lists(st.tuples(st.dates(date(2025, 1, 1), date(2025, 12, 31)), limits), max_size=6).map(
    lambda found: sorted(found, key=lambda change: change[0])
)


@given(changes, limits, st.dates(date(2025, 1, 1), date(2025, 12, 31)))
def test_limits_never_exceed_the_ceiling_and_no_later_setting_reaches_back(
    found: list[tuple[date, Limits]], ceiling: Limits, day: date
) -> None:
    settings = [threshold_setting("ana", own, actor="ana", on=on, ceiling=NO_LIMITS) for on, own in found]
    week = week_of(day)
    most = limits_in(week, settings, ceiling)
    assert most == most.within(ceiling)
    made_before = [setting for setting, (on, _) in zip(settings, found, strict=True) if on < week]
    assert most == limits_in(week, made_before, ceiling)
    assert all(setting.from_week > on for setting, (on, _) in zip(settings, found, strict=True))
    assert limits_in(week - timedelta(weeks=60), settings, ceiling) == ceiling
