"""Splitting a declared pool: the worked table of cooperative-finance.md §2.6, and what holds of any split."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.sessions.errors import NobodyToShare, PolicyInvalid, PoolTooLarge
from ledger.sessions.patronage import Declaration, declaration

WORKED = {"A": 61_250, "B": 48_300, "C": 48_300, "D": 37_905, "E": 22_410, "F": 9_135, "G": 0}
MUCH = 10**15


def split(pool: int, weights: dict[str, int], alpha: Fraction = Fraction(0), disputed: int = 0) -> Declaration:
    return declaration(pool, weights, available=MUCH, alpha=alpha, disputed=disputed)


def test_the_worked_hundred_thousand_dollars_come_out_to_the_cent() -> None:
    assert split(10_000_000, WORKED).amounts == {
        "A": 2_694_676,
        "B": 2_124_945,
        "C": 2_124_945,
        "D": 1_667_620,
        "E": 985_922,
        "F": 401_892,
        "G": 0,
    }


def test_each_share_tells_how_it_came_about() -> None:
    shares = {share.member: share for share in split(10_000_000, WORKED).shares}
    assert shares["D"].exact == Fraction(10_000_000 * 37_905, 227_300)
    assert sorted(shares, key=lambda id: shares[id].remainder_rank)[:4] == ["D", "F", "E", "A"]


def test_of_equal_remainders_the_larger_credit_comes_first_and_then_the_lower_id() -> None:
    # exact shares of half a cent and of one and a half
    shares = split(4, {"a": 1, "b": 3, "c": 1, "d": 3}).shares
    assert [(share.member, share.amount) for share in shares] == [("a", 0), ("b", 2), ("c", 0), ("d", 2)]
    assert [share.remainder_rank for share in shares] == [3, 1, 4, 2]


def test_a_hundred_dollars_among_three_equals_are_split_by_id_and_the_same_each_time() -> None:
    equals = {"c": 50, "a": 50, "b": 50}
    assert split(10_000, equals).amounts == {"a": 3_334, "b": 3_333, "c": 3_333}
    assert split(10_000, dict(sorted(equals.items()))) == split(10_000, equals)


def test_units_are_split_like_cents() -> None:
    assert split(10_000, {"ana": 1_000, "ben": 900, "cy": 500, "dee": 600}).amounts == {
        "ana": 3_333,
        "ben": 3_000,
        "cy": 1_667,
        "dee": 2_000,
    }


def test_an_equal_slice_goes_to_everybody_who_was_a_member() -> None:
    weights = {"a": 300, "b": 100, "c": 0}
    # a fifth of 300 equally, 20 each; four fifths by credit
    assert split(300, weights, Fraction(1, 5)).amounts == {"a": 200, "b": 80, "c": 20}
    assert split(300, weights, Fraction(1)).amounts == {"a": 100, "b": 100, "c": 100}


def test_what_is_disputed_is_held_back_as_if_someone_had_it() -> None:
    found = split(10_000, {"a": 600, "b": 100}, disputed=300)
    assert (found.held_back, found.amounts) == (3_000, {"a": 6_000, "b": 1_000})


def test_the_equal_slice_is_not_held_back() -> None:
    found = split(1_000, {"a": 100, "b": 100}, Fraction(1, 2), disputed=200)
    assert (found.held_back, found.amounts) == (250, {"a": 375, "b": 375})


def test_more_than_there_is_can_not_be_declared() -> None:
    assert declaration(54_390_000, WORKED, available=54_390_000).held_back == 0
    with pytest.raises(PoolTooLarge, match="54,390,001"):
        declaration(54_390_001, WORKED, available=54_390_000)


def test_who_owes_minutes_has_no_part_and_changes_nobodys() -> None:
    shares = split(200, {"a": -200, "b": 300, "c": 100}, Fraction(1, 2)).shares
    assert [(share.member, share.weight, share.amount) for share in shares] == [
        ("a", -200, 0),
        ("b", 300, 50 + 75),
        ("c", 100, 50 + 25),
    ]
    with pytest.raises(NobodyToShare):
        split(1, {"a": -200})


def test_a_pool_needs_credit_to_be_split_by_and_an_equal_slice_that_is_one() -> None:
    with pytest.raises(NobodyToShare):
        split(1, {"a": 0})
    assert split(0, {"a": 0}).amounts == {"a": 0}
    with pytest.raises(PolicyInvalid):
        split(1, WORKED, Fraction(6, 5))


ids = st.text("abcdef", min_size=1, max_size=4)
weights = st.dictionaries(ids, st.integers(0, 10**7), min_size=1).filter(lambda found: any(found.values()))
alphas = st.sampled_from([Fraction(0), Fraction(0), Fraction(1, 10), Fraction(1, 3), Fraction(1)])


@given(st.integers(0, 10**12), weights, alphas, st.integers(0, 10**6))
def test_nothing_is_lost_no_share_is_off_by_one_and_equals_are_at_most_one_apart(
    pool: int, found: dict[str, int], alpha: Fraction, disputed: int
) -> None:
    result = split(pool, found, alpha, disputed)
    amounts = result.amounts
    assert sum(amounts.values()) + result.held_back == pool
    assert all(abs(share.amount - share.exact) < 1 for share in result.shares)
    assert sum(share.exact for share in result.shares) == pool - result.held_back
    assert all(abs(amounts[a] - amounts[b]) <= 1 for a in found for b in found if found[a] == found[b])
    assert all(
        one.amount >= other.amount for one in result.shares for other in result.shares if one.exact > other.exact
    )


@given(st.integers(0, 10**12), weights, alphas)
def test_the_exact_share_is_the_equal_slice_and_the_part_by_credit(
    pool: int, found: dict[str, int], alpha: Fraction
) -> None:
    whole = sum(found.values())
    for share in split(pool, found, alpha).shares:
        assert share.exact == pool * (alpha / len(found) + (1 - alpha) * Fraction(found[share.member], whole))


@given(st.integers(0, 10**6), weights)
def test_leftovers_go_out_in_the_order_of_the_ranks(pool: int, found: dict[str, int]) -> None:
    shares = sorted(split(pool, found).shares, key=lambda share: share.remainder_rank)
    extra = [share.amount - share.exact.__floor__() for share in shares]
    assert [share.remainder_rank for share in shares] == list(range(1, len(found) + 1))
    assert extra == sorted(extra, reverse=True)
