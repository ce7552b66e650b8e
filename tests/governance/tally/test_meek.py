"""Meek's count: an elected candidate keeps no more than a quota, and no vote is lost or made on the way."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from governance.tally.meek import ONE, meek
from governance.tally.stv import stv
from tests.governance.tally.strategies import OPTIONS, Strict, lots, rankings, written


def test_what_is_above_the_quota_moves_on() -> None:
    # of 90 ballots and two seats the quota is 30: A keeps half of each of 60 votes, C is too few
    result = meek(OPTIONS[:3], written("60 AB", "10 B", "20 C"), 2, OPTIONS)
    assert result.winners == ("A", "B")
    last = {one: round(Fraction(votes, ONE), 6) for one, votes in result.rounds[-1].votes.items()}
    assert last == {"A": 30, "B": 40, "C": 20}


def test_a_transfer_goes_also_to_who_is_elected_already_and_that_may_elect_another() -> None:
    # By the Scottish rules the ballots of A jump over B, who is elected, to C: 15 and 15 make C the third. By Meek's
    # they count for B too, who passes on 21 of 46 votes, A's and their own alike: C has 15 + 15×21/46, D 14 + 31×21/46.
    groups = written("40 ABC", "31 BD", "15 C", "14 D")
    assert stv(OPTIONS[:4], groups, 3, OPTIONS).winners == ("A", "B", "C")
    result = meek(OPTIONS[:4], groups, 3, OPTIONS)
    assert result.winners == ("A", "B", "D")
    assert {one: round(Fraction(result.rounds[0].votes[one], ONE), 4) for one in "CD"} == {
        "C": Fraction(218478, 10_000),
        "D": Fraction(281522, 10_000),
    }


def test_the_quota_falls_as_ballots_run_out() -> None:
    # when C and D are out, 10 ballots have nobody left: half of 70 is enough
    result = meek(OPTIONS[:4], written("36 A", "34 B", "6 C", "4 D"), 1, OPTIONS)
    assert result.winners == ("A",)
    assert result.details["quota"] == "35.000000001"


@settings(max_examples=60)
@given(rankings, st.integers(1, 5), lots)
def test_in_every_round_all_votes_are_somewhere_and_all_seats_are_filled_in_the_end(
    groups: dict[Strict, int], seats: int, lot: Sequence[str]
) -> None:
    result = meek(OPTIONS, groups, seats, lot)
    for step in result.rounds:
        assert sum(step.votes.values()) + step.lost == sum(groups.values()) * ONE
        assert min(step.votes.values()) >= 0 <= step.lost
    assert len(set(result.winners)) == len(result.winners) == seats
    assert [one for step in result.rounds for one in step.elected] == list(result.winners)


@settings(max_examples=60)
@given(rankings, st.integers(1, 5), lots)
def test_counting_every_ballot_twice_elects_the_same(groups: dict[Strict, int], seats: int, lot: Sequence[str]) -> None:
    twice = {ranking: 2 * weight for ranking, weight in groups.items()}
    assert meek(OPTIONS, twice, seats, lot).winners == meek(OPTIONS, groups, seats, lot).winners
