"""What a vote came to, told: the numbers on the page are those of the count, whatever the method and the names."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.web import outcome, render
from app.web.count_told import Counted
from app.web.outcome import Told
from app.web.round_words import counted
from app.web.site import Here
from app.web.words import words
from governance.audit_file import summary
from governance.counting import Count, Question, count
from governance.records import Closing, ProposalKind, RollLine
from governance.rules import Chamber, Electorate, Ruleset
from governance.tally.counting import count_options
from governance.tally.methods import Form, Method
from governance.tally.rule import Quorum, YesNoRule
from tests.make import NOW

ENGLISH, SPANISH = words("en"), words("es")
RANKED = [one for one in Method if one.form is Form.RANKING]


def rules(method: Method, *chambers: Chamber) -> Ruleset:
    """All members, a simple majority, no quorum."""
    one = Chamber("members", Electorate.MEMBERS, YesNoRule())
    return Ruleset(ProposalKind.ADVISORY, method, chambers or (one,), 14, objection_days=0)


def lines(number: int, chamber: str = "members") -> list[RollLine]:
    """A roll of so many, each with one vote."""
    return [RollLine("prp", chamber, f"m{at}", "PROVIDER", 1) for at in range(number)]


def told(of: Ruleset, roll: list[RollLine], choices: dict[str, Any], names: dict[str, str] | None = None) -> Told:
    """What a vote comes to, as a page tells it."""
    found: Count = count(of, roll, choices, Question(tuple(names or ()), 1, tuple(names or ())))
    done = Closing("prp", found.outcome, list(found.winners), len(choices), summary(found), "00", "00")
    return outcome.outcome(done, found, of, names or {}, ENGLISH)


def votes(**said: int) -> dict[str, str]:
    """Member to what they say: so many of each."""
    every = [word for word, times in said.items() for _ in range(times)]
    return {f"m{at}": word for at, word in enumerate(every)}


def page(of: Counted) -> str:
    """The page's part that tells a count, as HTML."""
    here = Here(ENGLISH, NOW, "/", {})
    environment = render.environment()
    spoken = {"_": ENGLISH.say, "several": ENGLISH.several, "number": ENGLISH.number, "here": here}
    template = environment.from_string(
        '{% import "result.html" as results with context %}{{ results.count(of, none) }}'
    )
    return template.render({**spoken, "of": of})


def test_one_plain_sentence_has_the_numbers_of_a_yes_and_no() -> None:
    made = told(rules(Method.MAJORITY), lines(100), votes(yes=34, no=29, abstain=5))
    assert made.heading == "It passed"
    assert made.sentence == (
        "34 yes, 29 no and 5 abstentions. It passes with more than half of the yes and no votes: 32 here. "
        "68 of 100 voted."
    )


@pytest.mark.parametrize(
    ("rule", "needed"),
    [
        (YesNoRule(), 32),
        (YesNoRule(Fraction(2, 3), strict=False), 42),
        (YesNoRule(Fraction(3, 4), strict=True), 48),
    ],
)
def test_how_many_yes_votes_it_takes_is_told_as_the_rule_counts_it(rule: YesNoRule, needed: int) -> None:
    of = rules(Method.MAJORITY, Chamber("members", Electorate.MEMBERS, rule))
    for yes in (needed - 1, needed):
        made = told(of, lines(100), votes(yes=yes, no=63 - yes))
        assert f": {needed} here" in made.sentence
        assert made.bodies[0].is_passed is (yes >= needed)


def test_too_few_is_a_state_of_its_own_with_how_many_took_part_and_had_to() -> None:
    half = YesNoRule(quorum=Quorum(Fraction(1, 2)))
    of = rules(Method.MAJORITY, Chamber("members", Electorate.MEMBERS, half))
    made = told(of, lines(45), votes(yes=19))
    assert made.heading == "Not valid: too few took part"
    assert made.sentence == "Members: 19 of the 23 needed took part."


def test_nothing_is_told_of_a_body_in_which_too_few_vote() -> None:
    of = rules(
        Method.MAJORITY,
        Chamber("members", Electorate.MEMBERS, YesNoRule()),
        Chamber("board", Electorate.BOARD, YesNoRule()),
    )
    roll = [*lines(30), *lines(7, "board")]
    made = told(of, roll, votes(yes=23, no=4))
    assert made.sentence == "Each body has to pass it. Members: passed (23–4); Board: passed."
    board = made.bodies[1]
    assert (board.is_hidden, board.figures, board.sentence, str(board.picture), str(board.meter)) == (
        True,
        (),
        "",
        "",
        "",
    )


def test_by_consent_the_answers_are_counted() -> None:
    made = told(rules(Method.CONSENT), lines(20), votes(consent=12, concern=2, objection=1))
    assert made.heading == "It did not pass"
    assert "Consent 12" in made.sentence
    assert "15 of 20 voted" in made.sentence


BALLOTS = st.lists(
    st.permutations(range(4)).flatmap(lambda order: st.integers(1, 4).map(lambda length: tuple(order[:length]))),
    max_size=40,
)


@settings(max_examples=40, deadline=None)
@given(BALLOTS, st.sampled_from(RANKED), st.integers(1, 3))
def test_whatever_is_voted_the_table_adds_up_and_every_round_is_told_in_both_languages(
    ballots: list[tuple[int, ...]], method: Method, seats: int
) -> None:
    options = ("a", "b", "c", "d")
    groups: dict[Any, int] = {}
    for one in ballots:
        ranking = tuple((place,) for place in one)
        groups[ranking] = groups.get(ranking, 0) + 1
    result = count_options(method, options, groups, seats=seats, lot=options)
    names = {key: key.upper() for key in options}
    for made in (counted(result, names, ENGLISH), counted(result, names, SPANISH)):
        assert len(made.rounds) in {0, len(result.rounds)}
        assert all(one.heading for one in made.rounds)
        assert set(made.whole) <= {ENGLISH.number(len(ballots))}
        assert page(made)


NAMES = {
    "a": "<script>alert('x')</script>",
    "b": "👩‍👩‍👧 " + "long " * 60,
    "c": "مرحبا بالعالم",
    "d": 'A "quoted" & more',
}


@pytest.mark.parametrize("method", RANKED)
def test_names_of_any_script_and_length_are_text_and_never_markup(method: Method) -> None:
    groups = {((0,), (1,)): 5, ((1,), (2,)): 4, ((2,), (3,)): 3, ((3,), (0,)): 2}
    result = count_options(method, tuple(NAMES), groups, seats=2, lot=tuple(NAMES))
    html = page(counted(result, NAMES, ENGLISH))
    assert "<script>" not in html
    assert NAMES["b"].strip() in html
    for label in re.findall(r"<text[^>]*>([^<]*)</text>", html):
        assert len(label) < 90


@pytest.mark.parametrize("method", [Method.STV, Method.IRV, Method.SCHULZE])
def test_a_count_of_forty_options_stays_a_page_that_loads(method: Method) -> None:
    names = {f"k{at}": f"Candidate number {at}" for at in range(40)}
    groups: dict[Any, int] = {((at,), ((at * 7 + 3) % 40,)): 1 + at % 5 for at in range(40) if (at * 7 + 3) % 40 != at}
    result = count_options(method, tuple(names), groups, seats=3, lot=tuple(names))
    html = page(counted(result, names, ENGLISH))
    assert len(html.encode()) < 95_000
    assert html.count("<svg") >= (0 if method is Method.SCHULZE else 4)
