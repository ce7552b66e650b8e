"""Cases with known answers are read, checked, and compared with what they come to."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from governance.tally.case_file import Capped, Case, disagreements, read_case, together
from governance.tally.elections import Election
from governance.tally.rule import Verdict
from governance.tally.weights import can_be_capped_afterwards, capped_by_the_total
from ledger.errors import Invalid
from tests.cases import cases_dir

RULE = {"basis": "cast", "num": 1, "den": 2, "strict": True}
VOTE: dict[str, Any] = {
    "id": "v",
    "method": "majority",
    "rule": RULE,
    "tally": {"yes": 3, "no": 2, "abstain": 0},
    "eligible": 9,
    "expected": {"outcome": "passed"},
}
ELECTION: dict[str, Any] = {
    "id": "e",
    "method": "irv",
    "candidates": ["A", "B"],
    "ballots": [{"w": 2, "b": [["A"]]}, {"w": 1, "b": ["B", "A"]}, {"w": 1, "b": []}, {"w": 2, "b": "abstain"}],
    "expected": {"winners": ["A"]},
}


def compared(raw: dict[str, Any]) -> tuple[list[str], list[str]]:
    case = read_case(raw)
    return disagreements(case, case.what.count() if isinstance(case.what, Election) else None)


@pytest.mark.parametrize("path", sorted((cases_dir() / "tally").glob("*.json")), ids=lambda path: path.stem)
def test_no_case_claims_something_else_than_it_comes_to(path: Path) -> None:
    claims, wrong = compared(json.loads(path.read_bytes()))
    assert wrong == []
    assert claims or path.stem in {"irv_tie_for_last_exhaustion", "score_sum_vs_mean"}


@pytest.mark.parametrize(
    ("raw", "claims", "complaint"),
    [
        (VOTE, {"outcome": "failed"}, "outcome: the file says failed, the count says passed"),
        (ELECTION, {"winners": ["B"]}, "winners: the file says ['B'], the count says ['A']"),
        (ELECTION, {"final": {"A": 1, "B": 2}}, "final: the file says {'A': 1, 'B': 2}, the count says"),
    ],
)
def test_a_claim_that_does_not_come_out_is_told(raw: dict[str, Any], claims: dict[str, Any], complaint: str) -> None:
    [wrong] = compared(raw | {"expected": claims})[1]
    assert wrong.startswith(complaint)


def test_an_empty_ranking_is_a_blank_ballot_and_a_place_may_be_a_bare_name() -> None:
    what = read_case(ELECTION).what
    assert isinstance(what, Election)
    assert (what.groups, what.blank, what.ballots) == ({((0,),): 2, ((1,), (0,)): 1}, 3, 6)


@pytest.mark.parametrize(
    ("verdicts", "outcome"),
    [
        ([Verdict.PASSED, Verdict.PASSED], Verdict.PASSED),
        ([Verdict.PASSED, Verdict.FAILED], Verdict.FAILED),
        ([Verdict.FAILED, Verdict.NO_QUORUM], Verdict.NO_QUORUM),
        ([], Verdict.FAILED),
    ],
)
def test_all_chambers_have_to_pass_it(verdicts: list[Verdict], outcome: Verdict) -> None:
    assert together(verdicts) is outcome


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        ([], "one object"),
        ({"method": "majority"}, "no tally"),
        (VOTE | {"eligible": 4}, "More voted (5) than could (4)"),
        (VOTE | {"eligible": "9"}, "'9' is no whole number"),
        (VOTE | {"tally": {"maybe": 1}}, "yes, no and abstain"),
        (VOTE | {"tally": 5}, "not of the form"),
        (VOTE | {"rule": RULE | {"quorum": {"num": 11, "den": 10}}}, "at most 100 %"),
        ({"method": "chambers", "chambers": {}}, "no chamber"),
        (ELECTION | {"method": "dictator"}, "no method 'dictator'"),
        ({key: value for key, value in ELECTION.items() if key != "ballots"}, "no ballots"),
        (ELECTION | {"candidates": [], "ballots": []}, "nothing to choose from"),
        (ELECTION | {"candidates": ["A", "A"], "ballots": []}, "the same name"),
        (ELECTION | {"candidates": ["A", 5]}, "names"),
        (ELECTION | {"seats": 0}, "one seat or more"),
        (ELECTION | {"lot": ["A"]}, "each candidate once"),
        (ELECTION | {"ballots": [{"w": 1, "b": ["C"]}]}, "Ballot 1: 'C' can't be chosen"),
        (ELECTION | {"ballots": [{"w": 1, "b": ["A", "A"]}]}, "Ballot 1: A stands twice"),
        (ELECTION | {"ballots": [{"w": 1, "b": [["A", "B"]]}]}, "Ballot 1: Two options share a place"),
        (ELECTION | {"ballots": [{"w": -1, "b": ["A"]}]}, "-1 is no whole number"),
        (ELECTION | {"expected": 5}, "expected is an object"),
        (ELECTION | {"expected": {"stages": [{"tally": {"A": "1/0"}}]}}, "expected.stages can't be read"),
        (ELECTION | {"expected": {"winners": 5}}, "expected.winners can't be read"),
    ],
)
def test_a_case_that_can_not_be_read_is_refused(raw: dict[str, Any], complaint: str) -> None:
    with pytest.raises(Invalid) as refused:
        compared(raw)
    assert complaint in str(refused.value)


def test_two_readings_of_a_cap_on_weights() -> None:
    raw, quarter = {"a": 900, "b": 60, "c": 30, "d": 10}, Fraction(1, 4)
    weights = capped_by_the_total(raw, quarter)
    assert weights == {"a": 250, "b": 60, "c": 30, "d": 10}
    assert Fraction(weights["a"], sum(weights.values())) == Fraction(5, 7)
    assert Case("", Capped(raw, quarter)).verdict is None
    assert can_be_capped_afterwards(raw, quarter)
    assert not can_be_capped_afterwards(raw, Fraction(1, 5))
