"""Elections that chance makes: few options and few voters, so that ties and circles are frequent."""

from __future__ import annotations

from typing import TypeAlias

from hypothesis import strategies as st

OPTIONS = ("A", "B", "C", "D", "E")

Strict: TypeAlias = tuple[int, ...]
Tiers: TypeAlias = tuple[tuple[int, ...], ...]

orders = st.permutations(range(len(OPTIONS))).flatmap(
    lambda order: st.integers(1, len(order)).map(lambda length: tuple(order[:length]))
)
"""Rankings of one option at least, without shared places."""

rankings = st.dictionaries(orders, st.integers(1, 6), min_size=1, max_size=12)
"""How many made each."""

lots = st.permutations(OPTIONS)


@st.composite
def _tiers(draw: st.DrawFn) -> Tiers:
    places: dict[int, list[int]] = {}
    for option in range(len(OPTIONS)):
        place = draw(st.integers(0, len(OPTIONS)))
        if place:
            places.setdefault(place, []).append(option)
    return tuple(tuple(places[place]) for place in sorted(places))


tiers = st.dictionaries(_tiers(), st.integers(1, 6), min_size=1, max_size=10)
"""How many made each ranking in which several may share a place, and some have none."""


def written(*lines: str) -> dict[Strict, int]:
    """Return rankings as a reader writes them: ``28 ABC`` for 28 ballots that rank A, B, C in this order."""
    groups: dict[Strict, int] = {}
    for line in lines:
        weight, order = line.split()
        groups[tuple(OPTIONS.index(option) for option in order)] = int(weight)
    return groups


def shared(*lines: str) -> dict[Tiers, int]:
    """Return rankings with shared places: ``3 A=B>C``."""
    groups: dict[Tiers, int] = {}
    for line in lines:
        weight, order = line.split()
        groups[tuple(tuple(OPTIONS.index(one) for one in place.split("=")) for place in order.split(">"))] = int(weight)
    return groups
