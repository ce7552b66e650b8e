"""Schulze and ranked pairs: whoever beats everybody wins; circles are cut where they are weakest."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, permutations

import pytest
from hypothesis import given, settings

from governance.tally.counting import count_options
from governance.tally.methods import Method
from governance.tally.pairwise import Pairs, condorcet_winner, pairs_of
from governance.tally.ranked_pairs import ranked_pairs
from governance.tally.schulze import Strength, schulze, widest_paths
from tests.governance.tally.strategies import OPTIONS, Tiers, lots, shared, tiers

METHODS = [Method.SCHULZE, Method.RANKED_PAIRS]
ABC = OPTIONS[:3]
CIRCLE = shared("4 A>B>C", "3 B>C>A", "2 C>A>B")
"""A beats B by 6, B beats C by 7, C beats A by 5 of 9."""
EVEN_CIRCLE = shared("1 A>B>C", "1 B>C>A", "1 C>A>B")


def _place_of(one: int, ballot: Tiers) -> int:
    return next((at for at, place in enumerate(ballot) if one in place), len(ballot))


def _beaten(pairs: Pairs, one: int) -> set[int]:
    return {other for other in range(len(pairs)) if pairs[one][other] > pairs[other][one]}


def test_unranked_options_stand_below_ranked_ones_and_equal_to_each_other() -> None:
    assert pairs_of(3, shared("2 A", "1 B=C")) == [[0, 2, 2], [1, 0, 0], [1, 0, 0]]


@pytest.mark.parametrize("method", METHODS)
def test_a_circle_is_cut_at_its_weakest_majority(method: Method) -> None:
    result = count_options(method, ABC, CIRCLE, lot=("C", "B", "A"))
    assert result.order == (("A",), ("B",), ("C",))
    assert (result.winners, result.ties, result.details["condorcet_winner"]) == (("A",), (), None)


def test_ranked_pairs_tell_what_was_locked_and_what_was_left() -> None:
    assert [step.event for step in ranked_pairs(ABC, CIRCLE, None).rounds] == [
        "lock B over C",
        "lock A over B",
        "leave C over A: it would close a circle",
    ]


def test_without_a_lot_a_perfect_circle_leaves_all_undefeated() -> None:
    assert schulze(ABC, EVEN_CIRCLE, None).winners == ABC


@pytest.mark.parametrize("lot", [("A", "B", "C"), ("B", "C", "A"), ("C", "A", "B")])
def test_a_perfect_circle_is_cut_by_the_lot_and_that_is_told(lot: tuple[str, ...]) -> None:
    drawn = schulze(ABC, EVEN_CIRCLE, lot)
    assert (drawn.winners, [(tie.taken, tie.how) for tie in drawn.ties]) == ((lot[0],), [(lot[0], "lot")])
    locked = ranked_pairs(ABC, EVEN_CIRCLE, lot)
    assert locked.winners == (lot[0],)
    assert [(tie.taken, tie.how) for tie in locked.ties] == [(f"{lot[2]} over {lot[0]}", "lot")]
    assert set(locked.ties[0].options) == {"A over B", "B over C", "C over A"}


def test_a_pair_that_stronger_ones_leave_out_is_no_matter_of_the_lot() -> None:
    # B over C and A over B are stronger than C over A, and equal to each other
    groups = shared("4 A>B>C", "2 B>C>A", "3 B=C>A", "4 C>A>B")
    assert all(not ranked_pairs(ABC, groups, lot).ties for lot in permutations(ABC))


@pytest.mark.parametrize("method", METHODS)
def test_without_ballots_all_stay_equal(method: Method) -> None:
    assert count_options(method, ABC, {}, lot=None).winners == ABC


@given(tiers)
def test_pairs_are_what_comparing_place_with_place_gives(groups: dict[Tiers, int]) -> None:
    count = len(OPTIONS)
    assert pairs_of(count, groups) == [
        [
            sum(weight for ballot, weight in groups.items() if _place_of(a, ballot) < _place_of(b, ballot))
            for b in range(count)
        ]
        for a in range(count)
    ]


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=60)
@given(tiers, lots)
def test_who_beats_everybody_wins_and_nobody_wins_from_outside_the_smallest_unbeaten_set(
    method: Method, groups: dict[Tiers, int], lot: Sequence[str]
) -> None:
    result = count_options(method, OPTIONS, groups, lot=lot)
    pairs = pairs_of(len(OPTIONS), groups)
    best = condorcet_winner(OPTIONS, pairs)
    assert best is None or result.order[0] == (best,)
    [winner] = result.winners
    assert OPTIONS.index(winner) in _smith(pairs)


def _smith(pairs: Pairs) -> set[int]:
    """Return the smallest set whose members beat everybody outside it: they beat more than anybody else does."""
    everybody = set(range(len(pairs)))
    ranked = sorted(everybody, key=lambda one: -len(_beaten(pairs, one)))
    for size in range(1, len(pairs) + 1):
        inside = set(ranked[:size])
        if all(everybody - inside <= _beaten(pairs, one) for one in inside):
            return inside
    return everybody


@settings(max_examples=40)
@given(tiers)
def test_widest_paths_are_those_found_by_walking_all(groups: dict[Tiers, int]) -> None:
    pairs = pairs_of(len(OPTIONS), groups)
    for strength in Strength:
        links = widest_paths(pairs, strength)
        for a, b in permutations(range(len(OPTIONS)), 2):
            assert links[a][b] == _widest(pairs, strength, a, b)


def _widest(pairs: Pairs, strength: Strength, start: int, end: int) -> int:
    def link(a: int, b: int) -> int:
        mine, theirs = pairs[a][b], pairs[b][a]
        return 0 if mine <= theirs else mine if strength is Strength.WINNING else mine - theirs

    between = [one for one in range(len(pairs)) if one not in {start, end}]
    walks = [(start, *via, end) for size in range(len(between) + 1) for via in permutations(between, size)]
    return max(min(link(a, b) for a, b in pairwise(walk)) for walk in walks)


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=60)
@given(tiers, lots, lots)
def test_without_a_tie_the_lot_changes_nothing(
    method: Method, groups: dict[Tiers, int], lot: Sequence[str], other: Sequence[str]
) -> None:
    result = count_options(method, OPTIONS, groups, lot=lot)
    if not result.ties:
        assert count_options(method, OPTIONS, groups, lot=other).order == result.order
