"""The Scottish count: every stage is what moving single ballots by hand gives; groups as large as quotas get seats."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.tally.meek import meek
from governance.tally.result import Result
from governance.tally.stv import ONE, quota_of, stv
from tests.governance.tally.strategies import OPTIONS, Strict, lots, rankings, written

BOARD = ("28 ABC", "10 ACB", "14 BCA", "12 CDB", "9 DCB", "7 DB")
"""The board election that the rules are explained with: three seats, 80 ballots."""

Count = Callable[[Sequence[str], Mapping[Strict, int], int, Sequence[str]], Result]


@dataclass(slots=True)
class Paper:
    """One ballot paper, moved by hand."""

    ranking: Strict
    value: int = ONE

    def holder(self, running: set[str]) -> str | None:
        """Return who gets it when only those are running."""
        return next((OPTIONS[one] for one in self.ranking if OPTIONS[one] in running), None)


def _votes(piles: Mapping[str, list[Paper]]) -> dict[str, int]:
    return {one: sum(paper.value for paper in papers) for one, papers in piles.items()}


def _by_hand(groups: Mapping[Strict, int], seats: int, result: Result) -> None:
    """Move single papers as the events of a result tell, and compare every stage."""
    valid = sum(groups.values())
    quota, running = quota_of(valid, seats) * ONE, set(OPTIONS)
    piles: dict[str, list[Paper]] = {one: [] for one in OPTIONS}
    kept = dict.fromkeys(OPTIONS, 0)
    waiting: set[str] = set()

    def hand_out(papers: list[Paper]) -> None:
        for paper in papers:
            holder = paper.holder(running)
            if holder is not None:
                piles[holder].append(paper)

    hand_out([Paper(ranking) for ranking, weight in groups.items() for _ in range(weight)])
    for step in result.rounds:
        votes = _votes(piles)
        if step.event.startswith("surplus of "):
            moved = step.event.removeprefix("surplus of ")
            assert votes[moved] == max(votes[one] for one in waiting), "the largest surplus first"
            waiting.remove(moved)
            papers, piles[moved], kept[moved] = piles[moved], [], quota
            for paper in papers:
                paper.value = paper.value * (votes[moved] - quota) // votes[moved]
            hand_out(papers)
        for out in step.excluded:
            assert not waiting, "nobody goes out while a surplus waits"
            assert votes[out] == min(votes[one] for one in running)
            papers, piles[out] = piles[out], []
            running.discard(out)
            hand_out(papers)
        votes = {one: own + kept[one] for one, own in _votes(piles).items()}
        assert dict(step.votes) == votes
        assert step.lost == valid * ONE - sum(votes.values())
        assert {one for one in running if votes[one] >= quota} <= set(step.elected)
        running -= set(step.elected)
        waiting |= {one for one in step.elected if votes[one] > quota}


def test_the_worked_example_of_the_rules_comes_out_to_the_last_digit() -> None:
    result = stv(OPTIONS[:4], written(*BOARD), 3, OPTIONS)
    told = [
        (step.event, step.elected, {one: result.votes_text(step.votes[one]) for one in step.elected})
        for step in result.rounds
    ]
    assert result.details["quota"] == 21
    assert told[0] == ("first preferences", ("A",), {"A": "38.00000"})
    assert told[1] == ("surplus of A", ("B",), {"B": "26.52608"})
    assert (result.winners, told[-1][2]) == (("A", "B", "C"), {"C": "21.99940"})


def test_a_quota_is_the_least_number_that_only_so_many_can_reach() -> None:
    assert [quota_of(80, 3), quota_of(79, 3), quota_of(100, 1), quota_of(0, 2)] == [21, 20, 51, 1]


def test_with_fewer_candidates_than_seats_all_who_stand_are_elected() -> None:
    assert sorted(stv(OPTIONS[:2], written("5 A"), 3, OPTIONS).winners) == ["A", "B"]


def test_without_ballots_nobody_is_elected() -> None:
    assert stv(OPTIONS, {}, 2, OPTIONS).winners == ()
    assert meek(OPTIONS, {}, 2, OPTIONS).winners == ()


def test_the_lot_says_who_of_the_always_equal_goes_out() -> None:
    groups = written("5 A", "2 B", "2 C")
    first, second = (stv(OPTIONS[:3], groups, 2, lot) for lot in (("A", "B", "C"), ("A", "C", "B")))
    assert (first.winners, second.winners) == (("A", "B"), ("A", "C"))
    assert [tie.taken for tie in first.ties if tie.is_by_lot] == ["C"]


@settings(max_examples=60)
@given(rankings, st.integers(1, 5), lots)
def test_every_stage_is_what_moving_single_papers_gives(
    groups: dict[Strict, int], seats: int, lot: Sequence[str]
) -> None:
    result = stv(OPTIONS, groups, seats, lot)
    _by_hand(groups, seats, result)
    assert len(set(result.winners)) == len(result.winners) == seats


@pytest.mark.parametrize("count", [stv, meek])
@settings(max_examples=60)
@given(rankings, st.integers(1, 4), st.integers(1, 4), st.integers(1, 4), lots)
def test_a_group_as_large_as_several_quotas_gets_as_many_seats(
    count: Count, others: dict[Strict, int], seats: int, quotas: int, size: int, lot: Sequence[str]
) -> None:
    """Whoever puts the same candidates first, in whatever order, gets a seat for each quota of theirs."""
    quotas = min(quotas, seats)
    loyal, rest = tuple(range(size)), tuple(range(size, len(OPTIONS)))
    weight = sum(others.values())
    # so many that even after rounding they are `quotas` of the quotas of all
    needed = quotas * (weight + seats + 1) // (seats + 1 - quotas) + quotas + 1
    groups = dict(others)
    for ranking, each in ((loyal + rest, needed // 2), (loyal[::-1] + rest, needed - needed // 2)):
        groups[ranking] = groups.get(ranking, 0) + each
    assert needed > quotas * quota_of(sum(groups.values()), seats)
    elected = count(OPTIONS, groups, seats, lot).winners
    assert len(set(elected) & set(OPTIONS[:size])) >= min(quotas, size)


@pytest.mark.parametrize("count", [stv, meek])
@settings(max_examples=60)
@given(rankings, st.integers(1, 5), lots, lots)
def test_without_a_tie_by_lot_the_lot_changes_nobody(
    count: Count, groups: dict[Strict, int], seats: int, lot: Sequence[str], other: Sequence[str]
) -> None:
    result = count(OPTIONS, groups, seats, lot)
    if not any(tie.is_by_lot for tie in result.ties):
        again = count(OPTIONS, groups, seats, other)
        assert sorted(again.winners) == sorted(result.winners)
        assert [step.votes for step in again.rounds] == [step.votes for step in result.rounds]
