"""What passes: thresholds, quorums, consent and the cap on investors, in whole numbers and fractions."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.errors import RuleInvalid
from governance.tally.rule import (
    Basis,
    ConsentRule,
    Counts,
    Quorum,
    Verdict,
    YesNo,
    YesNoRule,
    consent_verdict,
    investor_weight,
)

HALF, TWO_THIRDS, THREE_QUARTERS = Fraction(1, 2), Fraction(2, 3), Fraction(3, 4)

shares = st.fractions(0, 1, max_denominator=12).filter(bool)
quorums = st.none() | st.builds(Quorum, shares, st.sampled_from(Counts))
rules = st.builds(YesNoRule, shares.filter(lambda share: share < 1), st.booleans(), st.sampled_from(Basis), quorums)
votes = st.builds(YesNo, st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))


@pytest.mark.parametrize(
    ("rule", "cast", "yes"),
    [
        (YesNoRule(HALF), 63, 32),
        (YesNoRule(HALF), 64, 33),
        (YesNoRule(TWO_THIRDS, strict=False), 63, 42),
        (YesNoRule(TWO_THIRDS, strict=False), 64, 43),
        (YesNoRule(THREE_QUARTERS), 63, 48),
        (YesNoRule(THREE_QUARTERS), 64, 49),
    ],
)
def test_so_many_votes_for_it_are_the_least_that_pass(rule: YesNoRule, cast: int, yes: int) -> None:
    assert rule.verdict(YesNo(yes, cast - yes), 100) is Verdict.PASSED
    assert rule.verdict(YesNo(yes - 1, cast - yes + 1), 100) is Verdict.FAILED


def test_an_abstention_is_a_no_among_those_present_and_among_all_and_nothing_among_votes_cast() -> None:
    said = YesNo(yes=5, no=4, abstain=3)
    assert YesNoRule(basis=Basis.CAST).verdict(said, 12) is Verdict.PASSED
    assert YesNoRule(basis=Basis.PRESENT).verdict(said, 12) is Verdict.FAILED
    assert YesNoRule(basis=Basis.ELIGIBLE).verdict(said, 9) is Verdict.PASSED
    assert YesNoRule(basis=Basis.ELIGIBLE).verdict(said, 12) is Verdict.FAILED


@pytest.mark.parametrize(
    ("roll", "share", "needed"), [(243, Fraction(1, 4), 61), (240, Fraction(1, 10), 24), (3, 1, 3)]
)
def test_a_quorum_is_rounded_up(roll: int, share: Fraction, needed: int) -> None:
    rule = YesNoRule(quorum=Quorum(Fraction(share)))
    assert Quorum(Fraction(share)).needed(roll) == needed
    assert rule.verdict(YesNo(needed), roll) is Verdict.PASSED
    assert rule.verdict(YesNo(needed - 1), roll) is Verdict.NO_QUORUM


@pytest.mark.parametrize(
    ("counts", "verdict"),
    [
        (Counts.ALL, Verdict.PASSED),
        (Counts.DECIDED, Verdict.PASSED),
        (Counts.NOT_AGAINST, Verdict.NO_QUORUM),
        (Counts.FOR, Verdict.NO_QUORUM),
    ],
)
def test_the_quorum_says_who_counts_for_it(counts: Counts, verdict: Verdict) -> None:
    rule = YesNoRule(quorum=Quorum(HALF, counts))
    assert rule.verdict(YesNo(yes=30, no=25, abstain=10), 100) is verdict


@pytest.mark.parametrize("share", [Fraction(0), Fraction(-1, 4), Fraction(11, 10)])
def test_a_quorum_of_nothing_or_of_more_than_all_is_refused(share: Fraction) -> None:
    with pytest.raises(RuleInvalid):
        Quorum(share)


@pytest.mark.parametrize(
    ("threshold", "strict"), [(Fraction(0), True), (Fraction(0), False), (Fraction(1), True), (Fraction(3, 2), False)]
)
def test_a_threshold_that_nobody_meets_or_everybody_is_refused(threshold: Fraction, strict: bool) -> None:
    with pytest.raises(RuleInvalid):
        YesNoRule(threshold, strict)


GOOD: dict[str, Any] = {"basis": "cast", "num": 1, "den": 2, "strict": True}


@pytest.mark.parametrize(
    "change",
    [
        {"basis": "everybody"},
        {"num": "1"},
        {"num": 1.0},
        {"num": True},
        {"den": 0},
        {"num": -1},
        {"num": 3},
        {"strict": 1},
        {"quorum": {"num": 11, "den": 10}},
        {"quorum": {"num": 1, "den": 4, "counts": "yes+maybe"}},
        {"quorum": 25},
        {"treshold": 1},
    ],
)
def test_a_rule_that_can_not_be_read_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(RuleInvalid):
        YesNoRule.from_json(GOOD | change)


@pytest.mark.parametrize("field", GOOD)
def test_a_rule_without_a_field_is_refused(field: str) -> None:
    with pytest.raises(RuleInvalid):
        YesNoRule.from_json({name: value for name, value in GOOD.items() if name != field})


@given(rules)
def test_a_rule_comes_back_from_its_json(rule: YesNoRule) -> None:
    assert YesNoRule.from_json(rule.to_json()) == rule


@given(rules, votes, st.integers(0, 60))
def test_a_no_turned_yes_never_loses_it_and_nothing_passes_that_nobody_is_for(
    rule: YesNoRule, said: YesNo, silent: int
) -> None:
    roll = int(said.all) + silent
    before = rule.verdict(said, roll)
    if said.no:
        turned = YesNo(said.yes + 1, said.no - 1, said.abstain)
        assert before is not Verdict.PASSED or rule.verdict(turned, roll) is Verdict.PASSED
    assert rule.verdict(YesNo(0, said.no, said.abstain), roll) is not Verdict.PASSED


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ({"consent": 9, "stand_aside": 1}, Verdict.PASSED),
        ({"consent": 9, "concern": 1}, Verdict.PASSED),
        ({"consent": 9}, Verdict.NO_QUORUM),
        ({"consent": 5, "objection": 4, "abstain": 1}, Verdict.OBJECTED),
        ({"consent": 8, "objection": 1, "block": 1}, Verdict.BLOCKED),
    ],
)
def test_by_consent_one_objection_is_enough(said: dict[str, int], verdict: Verdict) -> None:
    assert consent_verdict(said, 20, ConsentRule(Quorum(HALF))) is verdict


def test_a_rule_of_consent_may_stand_some_objections() -> None:
    rule = ConsentRule(most_objections=1)
    assert consent_verdict({"objection": 1}, 20, rule) is Verdict.PASSED
    assert consent_verdict({"objection": 2}, 20, rule) is Verdict.OBJECTED
    assert ConsentRule.from_json(rule.to_json()) == rule
    assert ConsentRule.from_json({"quorum": {"num": 0, "den": 1}}) == ConsentRule()


@pytest.mark.parametrize(
    "raw",
    [
        {"max_objection": -1},
        {"max_block": 0.5},
        {"quorum": {"num": 2, "den": 1}},
        {"quorum": {"num": 1, "den": 2, "counts": "yes"}},
        {"quorum": 1},
        {"veto": 1},
    ],
)
def test_a_rule_of_consent_that_can_not_be_read_is_refused(raw: dict[str, Any]) -> None:
    with pytest.raises(RuleInvalid):
        ConsentRule.from_json(raw)


def test_twelve_investors_beside_sixty_three_weigh_seven_twelfths() -> None:
    each = investor_weight(Fraction(1, 10), 63, 12)
    assert each == Fraction(7, 12)
    assert (34 + each, 29 + 11 * each) == (Fraction(415, 12), Fraction(425, 12))


@pytest.mark.parametrize(("others", "investors"), [(63, 7), (63, 0), (0, 0)])
def test_few_investors_weigh_as_everybody_does(others: int, investors: int) -> None:
    assert investor_weight(Fraction(1, 10), others, investors) == 1


@given(st.fractions("1/20", "19/20", max_denominator=20), st.integers(0, 200), st.integers(1, 200))
def test_investors_come_to_the_cap_exactly_or_weigh_in_full(cap: Fraction, others: int, investors: int) -> None:
    each = investor_weight(cap, others, investors)
    together = each * investors
    assert 0 <= each <= 1
    assert together <= cap * (others + together)
    assert each == 1 or together == cap * (others + together)
