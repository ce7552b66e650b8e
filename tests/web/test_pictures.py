"""Pictures of decisions: they say in words what they draw, and names of any length stay inside."""

from __future__ import annotations

import re
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from app.web.charts import meter
from app.web.pictures.bars import Bar, Goal, bars
from app.web.pictures.flow import LOST, flow, moves
from app.web.pictures.lettering import fitted
from app.web.pictures.timeline import Stage, timeline
from app.web.words import words

ENGLISH = words("en")
VOTES = st.dictionaries(st.sampled_from(["a", "b", "c", LOST]), st.integers(0, 50), min_size=1)


def test_a_long_name_is_cut_to_what_fits_and_a_short_one_stays() -> None:
    assert fitted("Juniper  Health", 20) == "Juniper Health"
    assert fitted("x" * 300, 20) == "x" * 19 + "…"
    assert fitted("漢字" * 20, 9) == "漢字漢字…"


@given(st.text(max_size=300), st.integers(2, 40))
def test_a_name_is_never_longer_than_what_fits(name: str, most: int) -> None:
    assert len(fitted(name.encode("ascii", "ignore").decode(), most)) <= most
    assert "\n" not in fitted(name, most)


def test_bars_say_in_words_what_they_draw_twice_for_wide_and_narrow_screens() -> None:
    rows = [
        Bar("Juniper", Fraction(20), "20", "f1", Fraction(7), "+7"),
        Bar("Clarity", Fraction(16), "16", "f3"),
        Bar("Later", None, "", more="out"),
    ]
    drawn = bars("r3", "Round 3", rows, Goal(Fraction(19), "19 needed to win"))
    assert re.findall(r'class="chart (\w+)"', drawn) == ["wide", "narrow"]
    assert drawn.count("<title") == drawn.count("<desc") == 2
    assert "Juniper 20 +7; Clarity 16; Later out; 19 needed to win" in drawn
    assert drawn.count("pale") == 2
    assert "style=" not in drawn
    [kept, gained] = [float(width) for width in re.findall(r'class="f1[^"]*"[^>]* width="([\d.]+)"', drawn)[:2]]
    assert abs(gained / (kept + gained) - 7 / 20) < 0.01


def test_bars_of_nothing_are_not_drawn() -> None:
    assert bars("x", "x", [], None) == ""
    assert bars("x", "x", [Bar("a", Fraction(0), "0")]) == ""


@given(VOTES, VOTES)
def test_votes_that_move_come_from_one_option_and_none_are_lost_or_made(
    before: dict[str, int], after: dict[str, int]
) -> None:
    found = moves(before, after)
    if found is None:
        return
    for key in {*before, *after}:
        assert sum(one.votes for one in found if one.source == key) == before.get(key, 0)
        assert sum(one.votes for one in found if one.target == key) == after.get(key, 0)


def test_a_flow_that_nobody_could_tell_is_not_drawn() -> None:
    names, numbers = {"a": "A", "b": "B", "c": "C", LOST: "None"}, {number: str(number) for number in range(99)}
    clear = [{"a": 5, "b": 4, "c": 2}, {"a": 7, "b": 4, LOST: 0}]
    assert 'aria-labelledby="flow-wide-t"' in flow("Moves", "Told", clear, names, numbers)
    assert flow("Moves", "Told", [{"a": 5, "b": 4, "c": 2}, {"a": 9, "b": 2, "c": 0}], names, numbers) == ""
    assert flow("Moves", "Told", [clear[0]] * 9, names, numbers) == ""


def test_the_steps_tell_which_one_it_is_at() -> None:
    stages = [Stage("Put forward", ("5 Jan 2026",)), Stage("Voting", ("until Mon 30 Nov 2026,", "5:00 PM EST"))]
    drawn = timeline("Where it is", stages, 1, "now")
    assert "1: Put forward, 5 Jan 2026. 2: Voting (now), until Mon 30 Nov 2026, 5:00 PM EST" in drawn
    assert drawn.count('class="stop now"') == drawn.count('class="stop done"') == 2


def test_a_quorum_is_a_mark_upon_the_bar_with_its_number() -> None:
    drawn = meter(28, 45, 23, ENGLISH)
    assert 'aria-label="28 of 45 have voted. 23 are needed."' in drawn
    assert ">23 needed</text>" in drawn
    assert "tick" not in meter(28, 45, None, ENGLISH)
