"""Largest remainder: nothing is lost, nobody is off by one, and ties are settled the same way each time."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.apportionment import HUNDRED_PER_CENT, apportion, percentages

Weights = dict[str, int]

weights = st.dictionaries(st.text("abcdef", min_size=1, max_size=4), st.integers(0, 10**12), min_size=1).filter(
    lambda found: any(found.values())
)


def test_what_is_left_over_goes_to_the_largest_remainders() -> None:
    # exact shares of 10: 4.7, 3.2, 2.1
    assert apportion(10, {"a": 47, "b": 32, "c": 21}) == {"a": 5, "b": 3, "c": 2}


def test_equal_remainders_go_to_the_larger_weight_and_then_to_the_lower_id() -> None:
    assert apportion(2, {"small": 1, "large": 3}) == {"small": 0, "large": 2}
    assert apportion(100, {"c": 1, "a": 1, "b": 1}) == {"c": 33, "a": 34, "b": 33}


def test_the_order_of_the_weights_is_kept() -> None:
    assert list(apportion(7, {"z": 1, "a": 2, "m": 3})) == ["z", "a", "m"]


def test_the_five_rows_of_the_worked_summary_have_these_percentages() -> None:
    rows = {"founders": 6_000_000, "units": 41_250, "seed": 2_000_000, "awards": 1_318_400, "available": 640_350}
    assert percentages(rows) == {
        "founders": 600_000,
        "units": 4_125,
        "seed": 200_000,
        "awards": 131_840,
        "available": 64_035,
    }


def test_nothing_has_no_percentages() -> None:
    assert percentages({"a": 0, "b": 0}) is None
    assert percentages({}) is None
    assert apportion(0, {"a": 0}) == {"a": 0}


def test_something_needs_a_weight_to_be_split_by() -> None:
    with pytest.raises(ValueError, match="nobody"):
        apportion(1, {"a": 0})
    with pytest.raises(ValueError, match="zero or more"):
        apportion(1, {"a": 2, "b": -1})


@given(st.integers(0, 10**12), weights)
def test_nothing_is_lost_and_no_share_is_off_by_one_or_more(total: int, found: Weights) -> None:
    shares = apportion(total, found)
    assert sum(shares.values()) == total
    assert all(abs(shares[id] - Fraction(total * found[id], sum(found.values()))) < 1 for id in found)


@given(weights)
def test_percentages_add_up_to_exactly_100_and_a_larger_weight_never_has_the_smaller_one(found: Weights) -> None:
    shares = percentages(found)
    assert shares is not None
    assert sum(shares.values()) == HUNDRED_PER_CENT
    assert all(shares[a] >= shares[b] for a in found for b in found if found[a] > found[b])
