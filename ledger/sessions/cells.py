"""Which figures about groups of people are withheld, so that nobody can be picked out (sessions.md §5.3).

A figure about 1 to 10 people is not shown; one about nobody is. As the total would tell a single withheld figure, more
are withheld, smallest group first, until what the total tells of them leaves each open. Where there are not enough
groups for that, the whole table is withheld. It holds against a reader who knows this very rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

LEAST_PEOPLE = 11
"""The fewest people that a figure may be about."""


@dataclass(frozen=True, slots=True)
class Table:
    """What is shown of figures by group, in the order of the groups: None where a figure is withheld."""

    rows: Mapping[str, int | None]
    total: int | None


def shown(people: Mapping[str, int], figures: Mapping[str, int] | None = None, *, least: int = LEAST_PEOPLE) -> Table:
    """Return a table of what may be shown.

    Of 96, 58, 31, 7 and 48 people the 7 are withheld, and so are the 31, which with the total would tell the 7.

    This protects one table. Who shows several about the same people divides them in the same groups each time: groups
    that lie within each other, or change by one person from month to month, tell by their difference.

    Args:
        people: Group to how many people are in it; nobody is in two.
        figures: Group to the figure, such as sessions; the number of people itself where none are given.
        least: The fewest people that a figure may be about, 3 or more.

    Raises:
        ValueError: People or figures are missing for a group, or negative; or ``least`` would hide nothing.
    """
    figures = people if figures is None else figures
    if people.keys() != figures.keys() or min([*people.values(), *figures.values()], default=0) < 0:
        raise ValueError("Each group needs its people and its figure, zero or more.")
    if least < 3:
        raise ValueError("Where fewer than three people are too few, a withheld figure is known to be one.")
    hidden = _withheld(people, least)
    # a total that leaves nothing for the withheld figures would tell each of them
    if hidden and not (_is_open(hidden, people, least) and any(figures[group] for group in hidden)):
        return Table(dict.fromkeys(people), None)
    return Table({group: None if group in hidden else figures[group] for group in people}, sum(figures.values()))


def _withheld(people: Mapping[str, int], least: int) -> frozenset[str]:
    """Return the groups that are too small, and as many of the next smallest as it takes to hide them."""
    hidden = frozenset(group for group, count in people.items() if 0 < count < least)
    others = sorted((group for group, count in people.items() if count >= least), key=people.__getitem__)
    # groups of one size go together: which of them was taken would tell that another is not that size
    for _, alike in groupby(others, key=people.__getitem__):
        if not hidden or _is_open(hidden, people, least):
            break
        hidden |= frozenset(alike)
    return hidden


def _is_open(hidden: frozenset[str], people: Mapping[str, int], least: int) -> bool:
    """Return whether the sum of hidden groups, which the total tells, leaves each of them open.

    It must be a sum that may be shown, and neither the one of all the smallest sizes nor that of all the largest ones
    that are too small.
    """
    together, groups = sum(people[group] for group in hidden), len(hidden)
    # a single group that is too small fails the first of these
    return together >= least and together not in {groups, groups * (least - 1)}
