"""What one version of a proposal says otherwise than another: its text line by line, its motions field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from governance.records import Version
from ledger.records import canonical
from ledger.types import Json


class Mark(StrEnum):
    """What became of a line."""

    SAME = "SAME"
    """It stands in both."""
    REMOVED = "REMOVED"
    """It stood in the earlier version."""
    ADDED = "ADDED"
    """It stands in the later one."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the text, and in which version it stands."""

    mark: Mark
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """A field that says something else.

    Attributes:
        field: Where it stands: ``title``, ``seats``, ``motions[0].value.fees[1].percent``.
        before: JSON text; None where the field was not there.
        after: The same, of the later version.
    """

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Differences:
    """What two versions say otherwise.

    Attributes:
        fields: Title, seats, options and motions, in the order of their names; only what differs.
        lines: The whole text, so that a reader sees where something was changed.
    """

    fields: tuple[Change, ...]
    lines: tuple[Line, ...]


def differences(before: Version, after: Version) -> Differences:
    """Return what the version ``after`` says otherwise than ``before``; either may be the newer one."""
    return Differences(changed_fields(_fields(before), _fields(after)), changed_lines(before.text, after.text))


def _fields(version: Version) -> dict[str, Json]:
    return {
        "title": version.title,
        "seats": version.seats,
        "options": version.options,
        "motions": version.motions,
    }


def changed_fields(before: Mapping[str, Json], after: Mapping[str, Json]) -> tuple[Change, ...]:
    """Return the fields that differ, down to the single number or word, by name."""
    old, new = dict(_leaves("", dict(before))), dict(_leaves("", dict(after)))
    differing = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    return tuple(Change(name, old.get(name), new.get(name)) for name in differing)


def _leaves(name: str, value: Json) -> Iterator[tuple[str, str]]:
    """Yield each single value with where it stands, as JSON text: 1, "1" and true are three things."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(f"{name}.{key}" if name else key, inner)
    elif isinstance(value, list) and value:
        for place, inner in enumerate(value):
            yield from _leaves(f"{name}[{place}]", inner)
    else:
        yield name, canonical(value).decode()


def changed_lines(before: str, after: str) -> tuple[Line, ...]:
    """Return both texts as one: lines that stand in both once, and what was removed before what was added."""
    old, new = before.splitlines(), after.splitlines()
    found: list[Line] = []
    for _, i, j, k, m in SequenceMatcher(None, old, new).get_opcodes():
        if old[i:j] == new[k:m]:
            found += (Line(Mark.SAME, text) for text in old[i:j])
            continue
        found += (Line(Mark.REMOVED, text) for text in old[i:j])
        found += (Line(Mark.ADDED, text) for text in new[k:m])
    return tuple(found)
