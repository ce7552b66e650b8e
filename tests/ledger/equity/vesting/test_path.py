"""The rulings where the Open Cap Format is silent; what it says itself is in the shared cases."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from ledger.equity.vesting.errors import ScheduleTooLong, UnknownCondition, VestingTermsInvalid
from ledger.equity.vesting.schedule import instalments
from ledger.equity.vesting.terms import AllocationType, Condition, VestingTerms
from ledger.equity.vesting.triggers import (
    AbsoluteTrigger,
    EventTrigger,
    Period,
    PeriodUnit,
    Portion,
    RelativeTrigger,
    StartTrigger,
    Trigger,
)

START = date(2025, 1, 31)


def terms(*conditions: Condition, allocation: AllocationType = AllocationType.CUMULATIVE_ROUND_DOWN) -> VestingTerms:
    return VestingTerms(allocation, conditions)


def part(name: str, trigger: Trigger, share: tuple[int, int], *next_ids: str, rest: bool = False) -> Condition:
    return Condition(name, trigger, Portion(Fraction(share[0]), Fraction(share[1]), rest), next_ids)


def monthly(after: str, times: int, length: int = 1, **period: Any) -> RelativeTrigger:
    return RelativeTrigger(after, Period(length, PeriodUnit.MONTHS, times, **period))


BEGIN = Condition("begin", StartTrigger(), Fraction(0), ("next", "other"))


def test_an_event_before_the_step_it_follows_counts_on_that_steps_day() -> None:
    early = terms(part("begin", StartTrigger(), (1, 4), "sale"), part("sale", EventTrigger(), (3, 4)))
    assert instalments(early, 400, start=START, events={"sale": date(2024, 6, 1)}) == ((START, 400, "scheduled"),)


def test_on_one_day_the_condition_written_first_is_met() -> None:
    both = terms(BEGIN, part("next", EventTrigger(), (1, 4)), part("other", AbsoluteTrigger(date(2025, 6, 1)), (1, 1)))
    [row] = instalments(both, 400, start=START, events={"next": date(2025, 6, 1)})
    assert row.quantity == 100
    [row] = instalments(both, 400, start=START, events={"next": date(2025, 6, 2)})
    assert row.quantity == 400


def test_of_what_is_met_already_the_condition_written_first_is_taken() -> None:
    both = terms(BEGIN, part("next", EventTrigger(), (1, 4)), part("other", EventTrigger(), (1, 1)))
    [row] = instalments(both, 400, start=START, events={"next": date(2024, 12, 1), "other": date(2024, 1, 1)})
    assert row == (START, 100, "scheduled")


def test_what_follows_a_repeated_condition_starts_at_its_last_occurrence() -> None:
    chained = terms(
        Condition("begin", StartTrigger(), Fraction(0), ("first",)),
        part("first", monthly("begin", 2), (1, 4), "second"),
        part("second", monthly("first", 2), (1, 4)),
    )
    found = [row.date for row in instalments(chained, 400, start=START)]
    assert found == [date(2025, 2, 28), date(2025, 3, 31), date(2025, 4, 30), date(2025, 5, 31)]


def test_a_condition_with_a_cliff_is_met_no_earlier_than_the_cliff() -> None:
    gated = terms(
        BEGIN, part("next", monthly("begin", 4, cliff_installment=3), (1, 4)), part("other", EventTrigger(), (1, 1))
    )
    [row] = instalments(gated, 400, start=START, events={"other": date(2025, 4, 1)})
    assert row == (date(2025, 4, 1), 400, "scheduled")
    late = instalments(gated, 400, start=START, events={"other": date(2025, 5, 1)})
    assert late == ((date(2025, 4, 30), 300, "scheduled"), (date(2025, 5, 31), 100, "scheduled"))


def test_without_a_vesting_start_months_are_counted_from_the_day_they_are_relative_to() -> None:
    milestone = terms(part("sale", EventTrigger(), (1, 2), "after"), part("after", monthly("sale", 2), (1, 4)))
    found = instalments(milestone, 400, events={"sale": date(2025, 12, 31)})
    assert [row.date for row in found] == [date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 28)]


def test_days_are_counted_from_the_clipped_date() -> None:
    after_cliff = terms(
        Condition("begin", StartTrigger(), Fraction(0), ("cliff",)),
        part("cliff", monthly("begin", 1), (1, 2), "days"),
        part("days", RelativeTrigger("cliff", Period(10, PeriodUnit.DAYS, 2)), (1, 4)),
    )
    found = [row.date for row in instalments(after_cliff, 400, start=START)]
    assert found == [date(2025, 2, 28), date(2025, 3, 10), date(2025, 3, 20)]


def test_a_start_that_is_not_known_yet_lets_nothing_vest() -> None:
    begun = terms(part("begin", StartTrigger(), (1, 1)))
    assert instalments(begun, 400) == ()
    assert instalments(begun, 400, start=date.max) == ()


def test_fixed_units_vest_before_shares_of_the_rest_and_never_more_than_the_grant() -> None:
    fixed = terms(
        Condition("begin", StartTrigger(), Fraction(300), ("rest",)),
        part("rest", monthly("begin", 2), (1, 2), "more", rest=True),
        Condition("more", monthly("rest", 3), Fraction(40)),
    )
    assert [row.quantity for row in instalments(fixed, 400, start=START)] == [300, 50, 25, 25]
    assert [row.quantity for row in instalments(fixed, 250, start=START)] == [250]


def test_no_more_than_the_whole_grant_vests_by_portions() -> None:
    thrice = terms(part("begin", StartTrigger(), (1, 2), "next"), part("next", monthly("begin", 3), (1, 3)))
    for allocation in AllocationType:
        over = VestingTerms(allocation, thrice.conditions)
        assert [row.quantity for row in instalments(over, 600, start=START)] == [300, 200, 100]


def test_terms_that_would_fill_the_memory_are_refused() -> None:
    daily = RelativeTrigger("begin", Period(0, PeriodUnit.DAYS, 30_000))
    begin = Condition("begin", StartTrigger(), Fraction(0), ("next",))
    twice = terms(
        begin,
        Condition("next", daily, Fraction(1), ("more",)),
        Condition("more", daily, Fraction(1)),
    )
    with pytest.raises(ScheduleTooLong):
        instalments(twice, 400, start=START)
    with pytest.raises(VestingTermsInvalid, match="common denominator"):
        instalments(terms(begin, part("next", daily, (1, 3), rest=True)), 400, start=START)


def test_an_event_for_a_condition_that_waits_for_none_is_refused() -> None:
    begun = terms(part("begin", StartTrigger(), (1, 1), "next"), part("next", monthly("begin", 1), (0, 1)))
    with pytest.raises(UnknownCondition, match="no condition sale"):
        instalments(begun, 400, start=START, events={"sale": START})
    with pytest.raises(UnknownCondition, match="no condition next"):
        instalments(begun, 400, start=START, events={"next": START})
