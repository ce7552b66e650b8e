"""Credit policies: what they may say, and since when they count."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.sessions.errors import NoPolicyInForce, PolicyInvalid
from ledger.sessions.policy import CreditPolicy, in_force
from ledger.sessions.values import Category

PASSED, FROM = date(2024, 12, 1), date(2025, 1, 1)


def policy(**terms: Any) -> CreditPolicy:
    known: dict[str, Any] = {"resolution": "res_1", "passed_on": PASSED, "effective_from": FROM}
    return CreditPolicy(**(known | terms))


@pytest.mark.parametrize(
    "terms",
    [
        {"effective_from": PASSED},
        {"factors": {Category.GROUP: Fraction(3, 2)}},
        {"factors": {Category.GROUP: Fraction(-1)}},
        {"no_show_factor": Fraction(1, 3)},
        {"indirect_minutes_per_hour": 61},
        {"council_minutes_per_week": -1},
        {"leave_weeks": -1},
        {"leave_mean_weeks": 0},
        {"plateau": Fraction(0)},
        {"plateau": Fraction(5, 4)},
        {"alpha": Fraction(3, 2)},
    ],
)
def test_a_policy_that_reaches_back_or_out_of_range_is_refused(terms: dict[str, Any]) -> None:
    with pytest.raises(PolicyInvalid):
        policy(**terms)


def test_no_policy_applies_to_a_week_that_began_before_it() -> None:
    first = policy()
    with pytest.raises(NoPolicyInForce, match="2024-12-30"):
        in_force([first], date(2024, 12, 30))
    assert in_force([first], date(2025, 1, 6)) is first


def test_of_two_policies_from_one_day_the_later_one_counts() -> None:
    first, second = (policy(resolution=id) for id in ("res_1", "res_2"))
    assert in_force([first, second], FROM) is second


@given(st.lists(st.dates(FROM, date(2026, 1, 1)), min_size=1), st.dates(FROM, date(2026, 12, 31)))
def test_the_newest_policy_that_has_begun_is_in_force(begins: list[date], day: date) -> None:
    policies = [policy(effective_from=begin) for begin in begins]
    begun = [begin for begin in begins if begin <= day]
    if not begun:
        with pytest.raises(NoPolicyInForce):
            in_force(policies, day)
    else:
        assert in_force(policies, day).effective_from == max(begun)
