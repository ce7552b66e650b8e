"""Equal options are told apart by the latest round in which they differed, and by the lot only if there is none."""

from __future__ import annotations

from governance.tally.earlier import EARLIER, highest, lowest
from governance.tally.result import LOT

NAMES = ("A", "B", "C", "D")
LOTS = ("D", "C", "B", "A")


def test_the_latest_round_in_which_they_differed_decides() -> None:
    history = [[5, 1, 2, 0], [2, 4, 3, 0]]
    assert (lowest([0, 1, 2], history, NAMES, LOTS).taken, highest([0, 1, 2], history, NAMES, LOTS).taken) == ("A", "B")


def test_rounds_in_which_they_were_equal_are_passed_over() -> None:
    tie = lowest([0, 1], [[3, 2, 0, 0], [4, 4, 0, 0]], NAMES, LOTS)
    assert (tie.options, tie.taken, tie.how) == (("A", "B"), "B", EARLIER)


def test_of_three_those_who_stay_equal_go_on_to_the_round_before() -> None:
    history = [[3, 2, 9, 0], [4, 4, 5, 0]]
    tie = lowest([0, 1, 2], history, NAMES, LOTS)
    assert (tie.options, tie.taken, tie.how) == (("A", "B", "C"), "B", EARLIER)


def test_the_lot_decides_among_those_who_were_never_apart() -> None:
    history = [[4, 4, 5, 0]]
    last = lowest([0, 1, 2], history, NAMES, LOTS)
    assert (last.taken, last.how) == ("A", LOT)
    assert highest([0, 1], history, NAMES, LOTS).taken == "B"
    assert lowest([2, 3], [], NAMES, LOTS).taken == "C"
