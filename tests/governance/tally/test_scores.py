"""Approval, score and STAR: sums that a member can add up, and ties as published."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from governance.tally.scores import approval, means, score, star

OPTIONS = ("A", "B", "C", "D")
LOT = ("C", "D", "A", "B")

scores = st.dictionaries(st.tuples(*[st.integers(0, 5)] * 4), st.integers(1, 5), min_size=1, max_size=8)
approvals = st.dictionaries(
    st.sets(st.integers(0, 3)).map(lambda chosen: tuple(sorted(chosen))), st.integers(1, 5), min_size=1, max_size=8
)
lots = st.permutations(OPTIONS)


def test_whoever_most_approve_of_is_chosen_and_a_blank_ballot_chooses_nobody() -> None:
    result = approval(OPTIONS, {(0, 1): 5, (1,): 2, (2,): 1, (): 4}, 1, LOT)
    assert (result.winners, result.rounds[0].votes) == (("B",), {"A": 5, "B": 7, "C": 1, "D": 0})
    assert (result.details["cast"], result.details["blank"]) == (12, 4)


def test_two_seats_go_to_the_two_highest_and_a_tie_for_the_last_to_the_lot() -> None:
    result = approval(OPTIONS, {(0,): 5, (1,): 3, (2,): 3}, 2, LOT)
    assert result.winners == ("A", "C")
    assert [(tie.options, tie.taken, tie.is_by_lot) for tie in result.ties] == [(("B", "C"), "C", True)]


def test_without_a_lot_all_that_stay_equal_are_chosen() -> None:
    assert approval(OPTIONS, {(0,): 3, (1,): 3}, 1, None).winners == ("A", "B")


def test_an_option_without_a_score_has_none_of_that_voter() -> None:
    """The mean of those who scored it would choose another."""
    result = score(OPTIONS, {(3, 0, 0, 0): 6, (0, 5, 0, 0): 2}, 1, LOT)
    assert (result.winners, result.rounds[0].votes["A"], result.rounds[0].votes["B"]) == (("A",), 18, 10)
    ballots = [(6, {"A": 3}), (2, {"B": 5})]
    assert means(ballots, OPTIONS) == {"A": Fraction(3), "B": Fraction(5)}


def test_star_asks_who_of_the_two_highest_more_voters_prefer() -> None:
    """A has the highest sum of a few who love it; more voters score B above it."""
    result = star(OPTIONS, {(5, 0, 0, 0): 3, (1, 2, 0, 0): 4}, LOT)
    assert result.rounds[0].votes == {"A": 19, "B": 8, "C": 0, "D": 0}
    assert (result.rounds[1].votes, result.winners) == ({"A": 3, "B": 4}, ("B",))


def test_an_even_runoff_goes_to_the_higher_sum_then_to_more_top_scores_then_to_the_lot() -> None:
    by_sum = star(OPTIONS, {(5, 1, 0, 0): 1, (1, 2, 0, 0): 1}, LOT)
    assert (by_sum.winners, by_sum.ties[-1].how) == (("A",), "higher sum")
    by_tops = star(OPTIONS, {(5, 3, 0, 0): 1, (1, 3, 0, 0): 1}, LOT)
    assert (by_tops.winners, by_tops.ties[-1].how) == (("A",), "more top scores")
    by_lot = star(OPTIONS, {(5, 0, 0, 0): 1, (0, 5, 0, 0): 1}, LOT)
    assert (by_lot.winners, by_lot.ties[-1].is_by_lot) == (("A",), True)
    assert star(OPTIONS, {(5, 0, 0, 0): 1, (0, 5, 0, 0): 1}, None).winners == ("A", "B")


@settings(max_examples=50)
@given(approvals, lots, st.integers(1, 4))
def test_nobody_left_out_has_more_approvals_than_somebody_chosen(
    ballots: dict[tuple[int, ...], int], lot: list[str], seats: int
) -> None:
    result = approval(OPTIONS, ballots, seats, lot)
    votes = result.rounds[0].votes
    out = [votes[one] for one in OPTIONS if one not in result.winners]
    assert len(result.winners) == (seats if any(votes.values()) else 0)
    assert min([votes[one] for one in result.winners], default=0) >= max(out, default=0) or not result.winners


@settings(max_examples=50)
@given(scores, lots)
def test_star_chooses_one_of_the_two_highest_sums_that_no_majority_prefers_the_other_to(
    ballots: dict[tuple[int, ...], int], lot: list[str]
) -> None:
    result = star(OPTIONS, ballots, lot)
    [winner] = result.winners
    runoff = result.rounds[1].votes
    [other] = set(runoff) - {winner}
    sums = result.rounds[0].votes
    assert runoff[winner] >= runoff[other]
    assert sum(runoff.values()) + result.rounds[1].lost == sum(ballots.values())
    rest = [sums[one] for one in OPTIONS if one not in runoff]
    assert min(sums[winner], sums[other]) >= max(rest)
