"""What is withheld of figures about few people: the worked example, and that nothing withheld can be worked out."""

from __future__ import annotations

from collections import defaultdict
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.sessions.cells import Table, shown

STATES = {"NY": 96, "NJ": 58, "CT": 31, "VT": 7, "NH": 48}


def test_vermont_is_withheld_and_so_is_connecticut_which_would_tell_it() -> None:
    assert shown(STATES) == Table({"NY": 96, "NJ": 58, "CT": None, "VT": None, "NH": 48}, 240)


def test_every_figure_of_a_small_group_is_withheld_not_only_its_size() -> None:
    sessions = {"NY": 70_000, "NJ": 40_000, "CT": 22_000, "VT": 5_000, "NH": 33_000}
    assert shown(STATES, sessions) == Table({"NY": 70_000, "NJ": 40_000, "CT": None, "VT": None, "NH": 33_000}, 170_000)


def test_groups_of_eleven_and_of_nobody_are_shown() -> None:
    assert shown({"a": 11, "b": 0, "c": 12}) == Table({"a": 11, "b": 0, "c": 12}, 23)
    assert shown({}) == Table({}, 0)


def test_two_small_groups_hide_each_other_when_they_are_eleven_together() -> None:
    assert shown({"a": 5, "b": 6, "c": 40}) == Table({"a": None, "b": None, "c": 40}, 51)
    assert shown({"a": 5, "b": 5, "c": 40, "d": 50}) == Table({"a": None, "b": None, "c": None, "d": 50}, 100)


def test_what_would_tell_by_its_sum_that_all_are_ten_is_hidden_by_one_more() -> None:
    assert shown({"a": 10, "b": 10, "c": 40, "d": 50}) == Table({"a": None, "b": None, "c": None, "d": 50}, 110)


def test_groups_of_one_size_are_withheld_together() -> None:
    assert shown({"a": 7, "b": 31, "c": 31, "d": 50}) == Table({"a": None, "b": None, "c": None, "d": 50}, 119)


@pytest.mark.parametrize("people", [{"a": 7}, {"a": 7, "b": 0}, {"a": 4, "b": 5}, dict.fromkeys("abcdefghijk", 1)])
def test_where_nothing_is_left_to_hide_behind_the_whole_table_is_withheld(people: dict[str, int]) -> None:
    assert shown(people) == Table(dict.fromkeys(people), None)


def test_a_total_that_leaves_nothing_for_the_withheld_figures_is_withheld_too() -> None:
    disputes = {"NY": 3, "NJ": 1, "CT": 0, "VT": 0, "NH": 2}
    assert shown(STATES, disputes) == Table(dict.fromkeys(STATES), None)


def test_figures_and_people_are_of_the_same_groups() -> None:
    with pytest.raises(ValueError, match="its people and its figure"):
        shown({"a": 20}, {"b": 1})
    with pytest.raises(ValueError, match="zero or more"):
        shown({"a": -1})
    with pytest.raises(ValueError, match="fewer than three"):
        shown({"a": 20}, least=2)


@pytest.mark.parametrize(
    ("least", "groups", "most"), [(3, 2, 20), (3, 3, 16), (3, 4, 14), (4, 3, 20), (4, 4, 15), (5, 3, 24)]
)
def test_no_withheld_group_can_be_worked_out_even_by_who_knows_the_rule(least: int, groups: int, most: int) -> None:
    # every table there is of so many people at most, sorted by what of it is shown
    alike: dict[tuple[int | None, ...], list[tuple[int, ...]]] = defaultdict(list)
    for sizes in product(range(most + 1), repeat=groups):
        if sum(sizes) <= most:
            table = shown({str(n): size for n, size in enumerate(sizes)}, least=least)
            alike[(*table.rows.values(), table.total)].append(sizes)
    hidden = [(seen, place) for seen in alike for place in range(groups) if seen[place] is None]
    assert hidden
    assert all(len({sizes[place] for sizes in alike[seen]}) > 1 for seen, place in hidden)


tables = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=2), st.integers(0, 60), max_size=8)


@given(tables)
def test_small_groups_are_withheld_and_what_the_total_tells_of_the_withheld_is_about_eleven_or_more(
    people: dict[str, int],
) -> None:
    table = shown(people)
    hidden = [group for group, figure in table.rows.items() if figure is None]
    assert all(table.rows[group] is None for group, count in people.items() if 0 < count < 11)
    assert all(figure in {None, people[group]} for group, figure in table.rows.items())
    if table.total is None:
        assert hidden == list(people)
    elif hidden:
        left = table.total - sum(figure for figure in table.rows.values() if figure is not None)
        assert left == sum(people[group] for group in hidden) >= 11
        assert len(hidden) > 1


@given(st.permutations(sorted(STATES)))
def test_the_order_of_groups_changes_nothing(order: list[str]) -> None:
    assert shown({state: STATES[state] for state in order}).rows == shown(STATES).rows
