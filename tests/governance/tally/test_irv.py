"""Instant runoff: each round is what counting afresh without the excluded gives; the last goes out; a majority wins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import given, settings

from governance.tally.irv import irv
from tests.governance.tally.strategies import OPTIONS, Strict, lots, rankings, written

ABC = OPTIONS[:3]


def _afresh(groups: Mapping[Strict, int], out: set[str]) -> tuple[dict[str, int], int]:
    """Return what each has when those who are out are struck from every ballot, and how many have nobody left."""
    votes, lost = {one: 0 for one in OPTIONS if one not in out}, 0
    for ranking, weight in groups.items():
        left = [OPTIONS[one] for one in ranking if OPTIONS[one] not in out]
        if left:
            votes[left[0]] += weight
        else:
            lost += weight
    return votes, lost


def test_who_has_a_majority_of_first_preferences_wins_at_once() -> None:
    result = irv(ABC, written("6 AB", "5 BC"), ABC)
    assert (result.winners, len(result.rounds)) == (("A",), 1)


def test_votes_of_the_excluded_move_to_the_next_on_their_ballots() -> None:
    result = irv(ABC, written("4 A", "3 BC", "2 CB"), ABC)
    assert result.winners == ("B",)
    assert [dict(step.votes) for step in result.rounds] == [{"A": 4, "B": 3, "C": 2}, {"A": 4, "B": 5}]
    assert result.order == (("B",), ("A",), ("C",))


def test_a_majority_is_of_the_ballots_that_still_have_an_option_left() -> None:
    # 4 of 9 is no majority of all, but 4 of 7 is one of those that are left
    result = irv(ABC, written("4 A", "3 B", "2 C"), ABC)
    assert (result.winners, result.rounds[-1].lost) == (("A",), 2)


def test_of_equal_last_ones_goes_out_who_had_fewer_votes_before() -> None:
    # D goes out and makes C equal to B, who had one more before
    result = irv(OPTIONS[:4], written("6 A", "4 B", "3 CA", "1 DC"), OPTIONS[:4])
    assert [step.excluded for step in result.rounds] == [(), ("D",), ("C",)]
    assert [(tie.options, tie.taken, tie.how) for tie in result.ties] == [(("B", "C"), "C", "earlier round")]


def test_the_lot_decides_only_between_those_who_were_always_equal() -> None:
    groups = written("4 A", "4 B")
    assert irv(OPTIONS[:2], groups, ("A", "B")).winners == ("A",)
    swapped = irv(OPTIONS[:2], groups, ("B", "A"))
    assert (swapped.winners, [tie.is_by_lot for tie in swapped.ties]) == (("B",), [True])


def test_nobody_is_elected_by_nobody() -> None:
    assert irv(ABC, {}, ABC).winners == ()


def test_a_single_option_needs_one_vote() -> None:
    assert irv(("A",), {(0,): 1}, ("A",)).winners == ("A",)
    assert irv(("A",), {}, ("A",)).winners == ()


@settings(max_examples=60)
@given(rankings, lots)
def test_every_round_can_be_counted_afresh(groups: dict[Strict, int], lot: Sequence[str]) -> None:
    result = irv(OPTIONS, groups, lot)
    out: set[str] = set()
    before: Mapping[str, int] = {}
    for step in result.rounds:
        if step.excluded:
            [gone] = step.excluded
            assert before[gone] == min(before.values())
            assert 2 * max(before.values()) <= sum(before.values())
            out.add(gone)
        assert (dict(step.votes), step.lost) == _afresh(groups, out)
        before = step.votes
    [winner] = result.winners
    assert 2 * before[winner] > sum(before.values()) or len(before) == 1


@settings(max_examples=60)
@given(rankings, lots, lots)
def test_without_a_tie_by_lot_the_lot_changes_nothing(
    groups: dict[Strict, int], lot: Sequence[str], other: Sequence[str]
) -> None:
    result = irv(OPTIONS, groups, lot)
    if not any(tie.is_by_lot for tie in result.ties):
        assert irv(OPTIONS, groups, other).rounds == result.rounds
