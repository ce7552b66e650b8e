"""What a vote comes to: quorums, thresholds, chambers, the cap on investors, elections; and what is told of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import count as numbers

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.audit_file import Vote, hidden_chambers, recount, summary, write
from governance.counting import Count, Question, count
from governance.records import Notice, Outcome, ProposalKind, RollCopied, RollLine
from governance.rules import Electorate, Ruleset, default_rules
from governance.tally.lot import commitment
from governance.tally.methods import Method
from ledger.types import Json
from tests.governance.hall import chamber, rules

SEED = bytes(range(32))
QUARTER, HALF, TWO_THIRDS, TENTH = Fraction(1, 4), Fraction(1, 2), Fraction(2, 3), Fraction(1, 10)
MEMBERS, PROVIDERS, INVESTORS = "members", "providers", "investors"


def roll(size: int, name: str = MEMBERS, part: str = "PROVIDER", first: int = 0) -> list[RollLine]:
    """So many people in a chamber, ``m0`` and so on."""
    return [RollLine("prp_1", name, f"m{number}", part, 1) for number in range(first, first + size)]


def said(first: int = 0, /, **words: int) -> dict[str, Json]:
    """Who said what: ``said(yes=2, no=1)`` is ``m0`` and ``m1`` for it, ``m2`` against."""
    number = numbers(first)
    return {f"m{next(number)}": word for word, times in words.items() for _ in range(times)}


def counted(of: Ruleset, lines: Sequence[RollLine], choices: Mapping[str, Json]) -> Count:
    return count(of, lines, choices, Question())


def simple(quorum: Fraction | None = None, threshold: Fraction = HALF) -> Ruleset:
    return rules(Method.MAJORITY, chamber(quorum=quorum, threshold=threshold))


@pytest.mark.parametrize(("ballots", "outcome"), [(60, Outcome.NO_QUORUM), (61, Outcome.PASSED)])
def test_a_quarter_of_243_is_61(ballots: int, outcome: Outcome) -> None:
    """Scenario 53."""
    assert counted(simple(QUARTER), roll(243), said(yes=ballots)).outcome is outcome


def test_abstentions_count_for_the_quorum_and_not_for_the_majority() -> None:
    """Scenario 54."""
    found = counted(simple(QUARTER), roll(243), said(yes=34, no=29, abstain=5))
    [members] = found.chambers
    assert (found.outcome, members.voters) == (Outcome.PASSED, 68)
    assert Fraction(members.votes.yes, members.votes.yes + members.votes.no) == Fraction(34, 63)


@pytest.mark.parametrize(("cast", "needed"), [(63, 42), (64, 43)])
def test_two_thirds_are_at_least_so_many(cast: int, needed: int) -> None:
    """Scenario 56."""
    of = simple(threshold=TWO_THIRDS)
    assert counted(of, roll(cast), said(yes=needed, no=cast - needed)).outcome is Outcome.PASSED
    assert counted(of, roll(cast), said(yes=needed - 1, no=cast - needed + 1)).outcome is Outcome.FAILED


@pytest.mark.parametrize("choices", [said(), said(abstain=9), said(yes=30, no=30), said(no=1)])
def test_nothing_passes_that_not_more_are_for_than_against(choices: dict[str, Json]) -> None:
    """Scenario 55 among others: a tie fails."""
    assert counted(simple(), roll(60), choices).outcome is Outcome.FAILED


def _dual() -> Ruleset:
    return rules(
        Method.MAJORITY,
        chamber(MEMBERS, cap=TENTH),
        chamber(PROVIDERS, Electorate.PROVIDERS),
    )


def test_investors_together_come_to_a_tenth_at_most() -> None:
    """Scenario 57."""
    lines = roll(63) + roll(12, part="INVESTOR", first=63) + roll(63, PROVIDERS)
    choices = said(yes=34, no=29) | said(63, yes=1, no=11)
    found = counted(_dual(), lines, choices)
    members, providers = found.chambers
    assert members.investor_weight == Fraction(7, 12)
    assert (members.votes.yes, members.votes.no) == (Fraction(415, 12), Fraction(425, 12))
    assert (members.verdict, providers.verdict, found.outcome) == ("failed", "passed", Outcome.FAILED)


def test_no_quorum_in_one_chamber_comes_before_anything_else() -> None:
    of = rules(Method.MAJORITY, chamber(quorum=QUARTER), chamber(PROVIDERS, Electorate.PROVIDERS, quorum=HALF))
    lines = roll(20) + roll(10, PROVIDERS)
    assert counted(of, lines, said(no=4) | said(15, no=9)).outcome is Outcome.NO_QUORUM


def test_where_no_share_has_a_vote_no_stockholder_has_to_agree() -> None:
    of = rules(
        Method.MAJORITY,
        chamber(),
        chamber("stockholders", Electorate.STOCKHOLDERS),
        kind=ProposalKind.CORPORATE_ACTION,
    )
    vote = vote_of(of, roll(20), said(yes=11, no=9))
    assert vote.count().outcome is Outcome.PASSED
    assert recount(write(vote, vote.count())).faults == ()
    held = [RollLine("prp_1", "stockholders", "m0", "STOCKHOLDER", 1)]
    assert counted(of, roll(20) + held, said(1, yes=11)).outcome is Outcome.FAILED


def test_a_class_of_two_is_told_only_as_passed_or_not() -> None:
    """Scenario 63."""
    of = rules(Method.MAJORITY, chamber(), chamber(INVESTORS, Electorate.INVESTORS))
    lines = roll(30) + roll(2, part="INVESTOR", first=30) + roll(2, INVESTORS, "INVESTOR", first=30)
    vote = vote_of(of, lines, said(yes=20, no=10) | said(30, yes=1, no=1))
    told = summary(vote.count())
    assert told["chambers"] == [
        {
            "name": MEMBERS,
            "verdict": "passed",
            "roll": 32,
            "voters": 32,
            "yes": "21",
            "no": "11",
            "abstain": "0",
            "said": {"no": 11, "yes": 21},
            "investor_weight": "1",
        },
        {"name": INVESTORS, "verdict": "failed", "hidden": True},
    ]
    data = write(vote, vote.count())
    assert data.count(b"INVESTOR") == data.count(b'"electorate":"INVESTORS"') == 1
    found = recount(data)
    assert (found.faults, found.hidden, found.outcome) == ((), (INVESTORS,), Outcome.FAILED)


def test_what_a_few_said_is_not_told_by_telling_all_the_others() -> None:
    lines = roll(40) + roll(3, part="STEWARD", first=40) + roll(40, PROVIDERS)
    found = counted(_dual(), lines, said(yes=30, no=10) | said(40, no=3))
    assert hidden_chambers(found.chambers) == {PROVIDERS}


def test_a_few_investors_whose_votes_are_capped_hide_the_count() -> None:
    lines = roll(9) + roll(4, part="INVESTOR", first=9)
    found = counted(rules(Method.MAJORITY, chamber(cap=TENTH)), lines, said(yes=9) | said(9, no=4))
    assert found.chambers[0].investor_weight == QUARTER
    assert hidden_chambers(found.chambers) == {MEMBERS}


def test_a_few_investors_whose_votes_weigh_in_full_are_not_told_apart() -> None:
    of = rules(Method.MAJORITY, chamber(cap=TENTH))
    vote = vote_of(of, roll(30) + roll(2, part="INVESTOR", first=30), said(yes=30) | said(30, no=2))
    data = write(vote, vote.count())
    assert b"INVESTOR" not in data
    assert recount(data).faults == ()


def test_a_small_cooperative_still_knows_how_it_voted() -> None:
    found = counted(_dual(), roll(5) + roll(4, PROVIDERS), said(yes=5))
    assert hidden_chambers(found.chambers) == {PROVIDERS}


def test_three_seats_from_eighty_ballots() -> None:
    """Scenario 67."""
    piles = {"ABC": 28, "ACB": 10, "BCA": 14, "CDB": 12, "DCB": 9, "DB": 7}
    number = numbers()
    choices: dict[str, Json] = {}
    for pile, times in piles.items():
        for _ in range(times):
            choices[f"m{next(number)}"] = [[key] for key in pile]
    of = rules(Method.STV, kind=ProposalKind.ELECTION)
    found = count(of, roll(80), choices, Question(("A", "B", "C", "D"), 3, ("A", "B", "C", "D")))
    assert found.result is not None
    assert found.winners == ("A", "B", "C")
    assert found.result.details["quota"] == 21
    elected: dict[str, str] = {}
    for step in found.result.rounds:
        elected |= {who: found.result.votes_text(step.votes[who]) for who in step.elected}
    assert elected == {"A": "38.00000", "B": "26.52608", "C": "21.99940"}


@pytest.mark.parametrize(("removing", "outcome"), [(89, Outcome.FAILED), (90, Outcome.PASSED)])
def test_a_director_goes_by_as_many_votes_as_elected_them(removing: int, outcome: Outcome) -> None:
    """Scenario 71."""
    recall = default_rules(ProposalKind.RECALL)
    of = Ruleset.from_json(recall.to_json() | {"least_for": 90})
    assert counted(of, roll(240), said(yes=removing, no=30)).outcome is outcome


def vote_of(of: Ruleset, lines: Sequence[RollLine], choices: Mapping[str, Json], options: tuple[str, ...] = ()) -> Vote:
    day = date(2026, 3, 2)
    announced = Notice("prp_1", 1, of.to_json(), "ab" * 32, day, "America/New_York", 1, 2, None, commitment(SEED), None)
    copied = RollCopied("prp_1", 1, 5, [{"key": key, "title": key} for key in options], {})
    return Vote(announced, "cd" * 32, copied, lines, choices, 1, SEED)


WORDS = st.sampled_from(["yes", "no", "abstain"])
PARTS = st.sampled_from(["PROVIDER", "INVESTOR", "STEWARD"])


@settings(max_examples=60)
@given(st.lists(st.tuples(PARTS, st.none() | WORDS), min_size=1, max_size=80))
def test_an_audit_file_counts_as_the_record_does(people: list[tuple[str, str | None]]) -> None:
    lines = [RollLine("prp_1", MEMBERS, f"m{at}", part, 1) for at, (part, _) in enumerate(people)]
    lines += [RollLine("prp_1", PROVIDERS, one.member, one.part, 1) for one in lines if one.part == "PROVIDER"]
    choices = {f"m{at}": word for at, (_, word) in enumerate(people) if word is not None}
    vote = vote_of(_dual(), lines, choices)
    found = vote.count()
    [members, _] = found.chambers
    if members.investors:
        decided = sum(1 for at, (part, word) in enumerate(people) if part == "INVESTOR" and word in {"yes", "no"})
        cast = members.votes.yes + members.votes.no
        assert decided * members.investor_weight <= TENTH * cast or cast == 0
    if len(hidden_chambers(found.chambers)) < 2:
        again = recount(write(vote, found))
        assert again.faults == ()
        assert again.outcome is found.outcome
