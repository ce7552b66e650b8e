"""Which column is which: the allow-list of a source, matched against the first row of a file.

Only columns on the list are looked at in the rows below. All others are dropped: named where the name is one of our
own, else by position only, because an unknown header may itself be a client's name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from app.imports.sessions.findings import FileRefused, Finding
from app.imports.sessions.lines import FIELDS
from app.imports.sessions.reasons import Reason


@dataclass(frozen=True, slots=True)
class Heading:
    """The columns that a source's files have.

    Attributes:
        allowed: Field to the headers it may stand under, as we print them.
        dropped: Headers that are known and dropped, as we print them.
        required: Fields without which a file is not of this source; alternatives stand in one group.
    """

    allowed: Mapping[str, tuple[str, ...]]
    dropped: tuple[str, ...]
    required: tuple[tuple[str, ...], ...]

    def with_columns(self, columns: Mapping[str, str]) -> Heading:
        """Return the heading with a map's own headers in the place of ours."""
        return Heading(
            {**self.allowed, **{field: (header,) for field, header in columns.items()}}, self.dropped, self.required
        )


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the allowed columns are in one file.

    Attributes:
        width: How many cells a row has.
        positions: Field to position, from 0; the rest of a row is never looked at.
        labels: Field to the header it stands under, in our own spelling.
        dropped: The dropped columns, by known name or by position.
    """

    width: int
    positions: Mapping[str, int]
    labels: Mapping[str, str]
    dropped: tuple[str, ...] = ()

    @property
    def line_positions(self) -> list[int]:
        """The position of each of ``FIELDS``; ``width``, one beyond the last cell, for those that the file lacks."""
        return [self.positions.get(field, self.width) for field in FIELDS]


def normal(header: str) -> str:
    """Return a header as we compare it: case, blanks, underscores and hyphens do not matter."""
    return re.sub(r"[\s_-]+", " ", header.strip().lstrip("\ufeff")).strip().casefold()


def lay_out(header: Sequence[str], heading: Heading) -> Layout:
    """Return where the allowed columns are.

    Headers may stand twice, as SimplePractice writes ``Charge``, ``Paid`` and ``Unpaid``; so columns are told by
    position from here on.

    Raises:
        FileRefused: A required column is missing, or an allowed one stands twice.
    """
    found: dict[str, list[int]] = {}
    for position, name in enumerate(map(normal, header)):
        found.setdefault(name, []).append(position)
    positions, labels = _allowed(found, heading)
    for group in heading.required:
        if not any(field in positions for field in group):
            names = [heading.allowed[field][0] for field in group]
            raise FileRefused(Finding(Reason.COLUMN_MISSING, row=1, detail=_wanted(names, header)))
    return Layout(len(header), positions, labels, _dropped(header, heading, set(positions.values())))


def _wanted(names: Sequence[str], header: Sequence[str]) -> str:
    """Return the names of a column that is missing, and where one stands that may be meant."""
    wanted, present = " or ".join(f"“{name}”" for name in names), [normal(name) for name in header]
    for name in names:
        for near in get_close_matches(normal(name), present, 1, 0.75):
            return f"{wanted} (column {present.index(near) + 1} is spelled nearly so)"
    return wanted


def matches(header: Sequence[str], heading: Heading) -> int:
    """Return how many of the allowed columns a first row has."""
    present = set(map(normal, header))
    return sum(any(normal(name) in present for name in names) for names in heading.allowed.values())


def _allowed(found: Mapping[str, list[int]], heading: Heading) -> tuple[dict[str, int], dict[str, str]]:
    positions: dict[str, int] = {}
    labels: dict[str, str] = {}
    for field, names in heading.allowed.items():
        places = [(place, name) for name in names for place in found.get(normal(name), ())]
        if len(places) > 1:
            raise FileRefused(Finding(Reason.COLUMN_TWICE, row=1, detail=f"“{places[0][1]}”"))
        for place, name in places:
            positions[field], labels[field] = place, name
    return positions, labels


def _dropped(header: Sequence[str], heading: Heading, kept: set[int]) -> tuple[str, ...]:
    ours = {normal(name): name for name in heading.dropped}
    return tuple(
        ours.get(normal(name), f"column {position + 1}") for position, name in enumerate(header) if position not in kept
    )
