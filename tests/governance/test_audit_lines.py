"""An audit file that somebody changed: a line that can't be counted is refused by its number, the rest does not fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.audit_file import recount, write
from governance.audit_lines import read_audit
from governance.records import Outcome
from governance.rules import Electorate
from governance.tally.methods import Method
from ledger.errors import Invalid
from ledger.types import Json
from tests.governance.hall import chamber, rules
from tests.governance.test_counting import MEMBERS, PROVIDERS, roll, said, vote_of

Lines = list[dict[str, Any]]

FOR, AGAINST = 1, 2
"""The lines of the ballots for it and against it in a file of the two."""


def lines_of(data: bytes) -> Lines:
    return [json.loads(line) for line in data.splitlines()]


def joined(lines: Lines) -> bytes:
    return b"\n".join(json.dumps(line).encode() for line in lines)


@pytest.fixture(scope="module")
def yes_no() -> bytes:
    """Two chambers of which the smaller is hidden: twelve for it and eight against, three stewards among them."""
    of = rules(Method.MAJORITY, chamber(), chamber(PROVIDERS, Electorate.PROVIDERS))
    lines = roll(3, part="STEWARD") + roll(17, first=3) + roll(17, PROVIDERS, first=3)
    vote = vote_of(of, lines, said(yes=12, no=8))
    return write(vote, vote.count())


RANKED: tuple[tuple[Json, int], ...] = (([["a"], ["b"]], 6), ([["b"]], 5), ([["c"], ["b"]], 4), ("abstain", 2))


@pytest.fixture(scope="module")
def ranked() -> bytes:
    """An election of one among three by seventeen."""
    made = [choice for choice, times in RANKED for _ in range(times)]
    choices = {f"m{at}": choice for at, choice in enumerate(made)}
    vote = vote_of(rules(Method.IRV), roll(20), choices, ("a", "b", "c"))
    return write(vote, vote.count())


def test_what_a_small_chamber_said_is_neither_told_nor_counted(yes_no: bytes) -> None:
    found = recount(yes_no)
    assert (found.faults, found.hidden, found.outcome) == ((), (PROVIDERS,), Outcome.PASSED)
    assert [one.name for one in found.counted.chambers] == [MEMBERS]


def test_an_audit_file_holds_the_election_that_other_programs_count(ranked: bytes) -> None:
    election = read_audit(ranked).election
    assert election is not None
    assert election.groups == {((0,), (1,)): 6, ((1,),): 5, ((2,), (1,)): 4}
    assert (election.blank, election.options, election.seats) == (2, ("a", "b", "c"), 1)
    assert election.count().winners == ("b",)


def _winners(lines: Lines) -> None:
    lines[-1]["result"]["winners"] = ["a"]


def _round(lines: Lines) -> None:
    lines[-1]["result"]["count"]["rounds"][0]["votes"]["a"] = 7


def _seed(lines: Lines) -> None:
    lines[-1]["result"]["seed"] = "00" * 32


def _choice(lines: Lines) -> None:
    lines[2]["ballot"]["choice"] = "abstain"


def _times(lines: Lines) -> None:
    lines[1]["times"] += 1


def _outcome(lines: Lines) -> None:
    lines[-1]["result"]["outcome"] = "NO_QUORUM"


@pytest.mark.parametrize("change", [_winners, _round, _seed, _choice, _times, _outcome])
def test_whatever_is_changed_does_not_fit(ranked: bytes, change: Callable[[Lines], None]) -> None:
    lines = lines_of(ranked)
    assert recount(joined(lines)).faults == ()
    change(lines)
    assert recount(joined(lines)).faults


def test_a_chamber_that_failed_can_not_be_left_out(yes_no: bytes) -> None:
    lines = lines_of(yes_no)
    told = lines[-1]["result"]["chambers"]
    told[1]["verdict"] = "failed"
    assert "make it FAILED, not PASSED" in recount(joined(lines)).faults[0]
    del told[1]
    with pytest.raises(Invalid, match="other chambers than the rule"):
        recount(joined(lines))


@pytest.mark.parametrize(
    ("at", "path", "value", "complaint"),
    [
        (0, ["vote", "format"], "other", "no audit file of a vote"),
        (0, ["vote", "version"], 2, "Line 1: version 2"),
        (0, ["vote", "seats"], -1, "Line 1: what was voted on can't be read: seats"),
        (0, ["vote", "hidden"], ["nobody"], "Line 1: .* each chamber of the rule"),
        (0, ["vote", "rolls", MEMBERS, "people"], 30, "Line 1: .* the roll of members"),
        (0, ["vote", "rolls", MEMBERS], {"roll": 19, "people": 19}, "more ballots in members than its roll has"),
        (0, ["vote", "rule", "method"], "guess", "Line 1: what was voted on"),
        (0, ["vote", "lot"], None, "Line 1: .* text"),
        (AGAINST, ["ballot", "choice"], "maybe", "Line 3: Choose one of"),
        (AGAINST, ["ballot", "choice"], {"say": "no"}, "Line 3: Choose one of"),
        (AGAINST, ["ballot"], [], "Line 3: the ballot can't be counted"),
        (AGAINST, ["ballot", "in"], [], "Line 3: .* it counts in chambers"),
        (AGAINST, ["ballot", "in"], [[PROVIDERS, "", 1]], "Line 3: .* it counts in chambers"),
        (AGAINST, ["ballot", "in"], [[MEMBERS, "", 1], [MEMBERS, "", 1]], "Line 3: .* twice in one"),
        (AGAINST, ["ballot", "in"], [[MEMBERS, "", -5]], "Line 3: .* a weight is"),
        (AGAINST, ["ballot", "in"], [[MEMBERS, "STEWARD", 1]], "Line 3: .* a part is empty"),
        (FOR, ["times"], 0, "Line 2: .* 0 is not how often"),
        (FOR, ["times"], True, "Line 2: .* True is not how often"),
        (FOR, ["times"], 10**12, "Line 2: .* is not how often"),
        (FOR, ["times"], 10**7, "more than 10,000,000 ballots"),
        (-1, ["result", "outcome"], "WON", "Line 4: the result can't be read"),
        (-1, ["result", "seed"], "xyz", "Line 4: the result can't be read"),
        (-1, ["result", "chambers", 0, "verdict"], [], "Line 4: the result can't be read: a verdict is a word"),
        (-1, ["result", "chambers"], {}, "Line 4: the result can't be read"),
        (-1, ["result"], None, "no audit file of a vote"),
    ],
)
def test_a_line_that_can_not_be_counted_is_named(
    yes_no: bytes, at: int, path: list[str | int], value: object, complaint: str
) -> None:
    lines = lines_of(yes_no)
    place: Any = lines[at]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(Invalid, match=complaint):
        recount(joined(lines))


def test_a_ballot_with_a_rank_twice_is_refused(ranked: bytes) -> None:
    lines = lines_of(ranked)
    lines[1]["ballot"]["choice"] = [["a"], ["a"]]
    with pytest.raises(Invalid, match="Line 2: a stands twice"):
        recount(joined(lines))


@pytest.mark.parametrize("data", [b"", b"{}", b"{}\n[]", b"{}\n{", b'{"vote":{}}\n{"result":{}}', b"\xff\n\xfe"])
def test_what_is_no_audit_file_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        recount(data)


@settings(max_examples=60)
@given(st.data())
def test_any_change_to_any_field_is_noticed_or_refused(yes_no: bytes, data: st.DataObject) -> None:
    """The first line stands alone in the file: what it says is compared with the record, not with the ballots."""
    lines = lines_of(yes_no)
    body = lines[1:]
    path = data.draw(st.sampled_from(_paths(body)))
    place: Any = body
    for step in path[:-1]:
        place = place[step]
    before = place[path[-1]]
    place[path[-1]] = data.draw(st.sampled_from([None, "yes", "abstain", -1, 0, 99, [], {}, True, "x"]))
    try:
        found = recount(joined([lines[0], *body]))
    except Invalid:
        return
    assert found.faults or place[path[-1]] == before


def _paths(value: object) -> list[list[Any]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [[step, *rest] for step, inner in steps for rest in [[], *_paths(inner)]]
