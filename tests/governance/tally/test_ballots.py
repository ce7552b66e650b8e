"""A choice is read into one form, or refused with what is wrong and what to do."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.errors import BallotInvalid
from governance.tally.ballots import grouped, positions, read_choice, text_of
from governance.tally.methods import Method

OPTIONS = ["ann", "bob", "cyd"]
IN_ORDER = [Method.IRV, Method.STV, Method.MEEK]
WITH_SHARED_PLACES = [Method.SCHULZE, Method.RANKED_PAIRS, Method.BORDA]


@pytest.mark.parametrize("method", IN_ORDER + WITH_SHARED_PLACES)
def test_a_place_of_one_option_may_be_written_as_its_key(method: Method) -> None:
    assert read_choice(method, OPTIONS, ["cyd", ["ann"]]) == [["cyd"], ["ann"]]


@pytest.mark.parametrize("method", WITH_SHARED_PLACES)
def test_options_that_share_a_place_come_in_one_order(method: Method) -> None:
    assert read_choice(method, OPTIONS, [["cyd", "ann"], "bob"]) == [["ann", "cyd"], ["bob"]]


def test_approvals_come_in_one_order_and_may_be_none() -> None:
    assert read_choice(Method.APPROVAL, OPTIONS, ["cyd", "ann"]) == ["ann", "cyd"]
    assert read_choice(Method.APPROVAL, OPTIONS, []) == []


def test_scores_come_in_one_order_and_need_not_name_everybody() -> None:
    choice = read_choice(Method.SCORE, OPTIONS, {"cyd": 5, "ann": 0})
    assert text_of(choice) == '{"ann":0,"cyd":5}'
    assert positions(Method.SCORE, OPTIONS, choice) == (0, 0, 5)


def test_an_objection_comes_with_its_reason() -> None:
    said = {"say": "objection", "reason": "The fee falls on nights."}
    assert read_choice(Method.CONSENT, [], said) == said
    assert read_choice(Method.CONSENT, [], {"say": "consent"}) == read_choice(Method.CONSENT, [], "consent")


@pytest.mark.parametrize("method", [method for method in Method if method is not Method.CONSENT])
def test_anybody_may_abstain_and_that_chooses_nothing(method: Method) -> None:
    assert read_choice(method, OPTIONS, "abstain") == "abstain"
    assert positions(method, OPTIONS, "abstain") is None


REFUSED: list[tuple[Method, Any, str]] = [
    (Method.MAJORITY, "maybe", "one of yes, no, abstain"),
    (Method.MAJORITY, True, "one of yes, no, abstain"),
    (Method.MAJORITY, None, "one of yes, no, abstain"),
    (Method.MAJORITY, ["yes"], "one of yes, no, abstain"),
    (Method.CONSENT, "yes", "one of consent"),
    (Method.CONSENT, "block", "needs a reason"),
    (Method.CONSENT, {"say": "objection", "reason": "   "}, "needs a reason"),
    (Method.CONSENT, {"say": "consent", "reason": "x" * 2_001}, "at most 2,000"),
    (Method.CONSENT, {"say": "consent", "client": "J. D."}, "what you say, and the reason"),
    (Method.IRV, [], "at least one option"),
    (Method.IRV, "ann", "at least one option"),
    (Method.IRV, {"ann": 1}, "at least one option"),
    (Method.IRV, ["ann", "dan"], "'dan' can't be chosen here; possible are ann, bob, cyd"),
    (Method.IRV, ["ann", "bob", "ann"], "ann stands twice"),
    (Method.IRV, ["ann", 2], "not a text can't be chosen"),
    (Method.STV, [["ann", "bob"]], "share a place"),
    (Method.SCHULZE, [["ann", "bob"], "bob"], "bob stands twice"),
    (Method.SCHULZE, [["ann", "ann"]], "ann stands twice"),
    (Method.SCHULZE, [["ann"], []], "place in the ranking is empty"),
    (Method.APPROVAL, "ann", "as a list"),
    (Method.APPROVAL, ["dan"], "can't be chosen"),
    (Method.APPROVAL, ["ann", "ann"], "stands twice"),
    (Method.SCORE, ["ann"], "a score for each option"),
    (Method.SCORE, {"ann": 6}, "from 0 to 5"),
    (Method.SCORE, {"ann": -1}, "from 0 to 5"),
    (Method.STAR, {"ann": 2.5}, "from 0 to 5"),
    (Method.STAR, {"ann": True}, "from 0 to 5"),
    (Method.STAR, {"dan": 1}, "can't be chosen"),
]


@pytest.mark.parametrize(("method", "raw", "told"), REFUSED)
def test_what_cannot_be_counted_is_refused_with_what_to_do(method: Method, raw: object, told: str) -> None:
    with pytest.raises(BallotInvalid, match=told) as refusal:
        read_choice(method, OPTIONS, raw)
    assert refusal.value.field == "choice"


def test_a_refusal_does_not_repeat_a_letter_written_in_place_of_an_option() -> None:
    with pytest.raises(BallotInvalid) as refusal:
        read_choice(Method.IRV, OPTIONS, ["x" * 10_000])
    assert len(str(refusal.value)) < 200


def test_a_scale_of_scores_may_be_longer() -> None:
    assert read_choice(Method.SCORE, OPTIONS, {"ann": 10}, most_score=10) == {"ann": 10}


some_json = st.recursive(
    st.sampled_from([*OPTIONS, "dan", "yes", "abstain", "objection", "say", "", 0, 3, 6, -1, True, None, 1.5]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*OPTIONS, "say", "reason"]), inner),
    max_leaves=6,
)


@given(st.sampled_from(Method), some_json)
def test_whatever_is_sent_is_refused_or_read_and_read_again_it_stays_the_same(method: Method, raw: object) -> None:
    try:
        choice = read_choice(method, OPTIONS, raw)
    except BallotInvalid:
        return
    assert read_choice(method, OPTIONS, choice) == choice
    assert grouped([positions(method, OPTIONS, choice)] * 2) == {positions(method, OPTIONS, choice): 2}


@given(st.permutations(OPTIONS), st.permutations(OPTIONS))
def test_one_choice_has_one_text(one: list[str], other: list[str]) -> None:
    for method in (Method.APPROVAL, Method.SCHULZE):
        first, second = (one, other) if method is Method.APPROVAL else ([one], [other])
        assert text_of(read_choice(method, OPTIONS, first)) == text_of(read_choice(method, OPTIONS, second))


def test_equal_choices_are_counted_together() -> None:
    assert grouped(["yes", "no", "yes"]) == {"yes": 2, "no": 1}
