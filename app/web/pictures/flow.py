"""Where votes moved from round to round, read from left to right: a column a round, a band for what stays or moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from app.web.pictures.bars import TONES
from app.web.pictures.lettering import fitted, framed, words_at

WIDTH, NODE, TOP, GAP = 700, 14, 30, 18
MOST_ROUNDS, MOST_OPTIONS = 8, 12
LOST = ""
"""The key of votes that have no further choice."""

Columns = Sequence[Mapping[str, int]]
"""Round by round, what each option has; what is lost stands under ``LOST``."""


@dataclass(frozen=True, slots=True)
class Move:
    """Votes that went from one option to another, or stayed."""

    source: str
    target: str
    votes: int


def moves(before: Mapping[str, int], after: Mapping[str, int]) -> list[Move] | None:
    """Return where votes went between two rounds; None where several options gave some, so that nobody can tell.

    Whoever loses votes gives them to all that gain; of only one giver that is exact.
    """
    keys = list({**before, **after})
    changes: dict[str, int] = {key: after.get(key, 0) - before.get(key, 0) for key in keys}
    givers = [key for key in keys if changes[key] < 0]
    if len(givers) > 1 or sum(changes.values()) != 0:
        return None
    found = [Move(key, key, min(before.get(key, 0), after.get(key, 0))) for key in keys]
    found += [Move(givers[0], key, changes[key]) for key in keys if changes[key] > 0 and givers]
    return [one for one in found if one.votes]


def flow(title: str, told: str, columns: Columns, names: Mapping[str, str], numbers: Mapping[int, str]) -> Markup:
    """Return the picture; nothing where it could not be read, or votes can't be told apart.

    Args:
        title: What it is.
        told: The same in words.
        columns: Round by round.
        names: Key to name, that of ``LOST`` too.
        numbers: Votes to how they are written.
    """
    options = list(names)
    steps = [moves(one, other) for one, other in pairwise(columns)]
    if not 2 <= len(columns) <= MOST_ROUNDS or len(options) > MOST_OPTIONS or None in steps:
        return Markup()
    whole = sum(columns[0].values())
    if whole <= 0:
        return Markup()
    scale = 250 / whole
    tops = [_tops(column, options, scale) for column in columns]
    parts = [
        band
        for at, step in enumerate(steps)
        if step is not None
        for band in _bands(at, step, tops, options, scale, len(columns))
    ]
    for at, column in enumerate(columns):
        parts += _column(at, column, tops[at], names, numbers, scale, len(columns))
    height = max(top[key] + column[key] * scale for column, top in zip(columns, tops, strict=True) for key in top) + 8
    return framed("flow", "wide", WIDTH, round(height), parts, title=title, told=told, more=" flows")


def _x(at: int, count: int) -> float:
    return round(4 + (WIDTH - 8 - NODE) * at / (count - 1), 1)


def _tops(column: Mapping[str, int], options: Sequence[str], scale: float) -> dict[str, float]:
    found, y = {}, float(TOP)
    for key in options:
        if column.get(key, 0):
            found[key] = y
            y += column[key] * scale + GAP
    return found


def _bands(
    at: int, step: Sequence[Move], tops: Sequence[Mapping[str, float]], options: Sequence[str], scale: float, count: int
) -> list[str]:
    leaving, coming = dict(tops[at]), dict(tops[at + 1])
    x1, x2 = _x(at, count) + NODE, _x(at + 1, count)
    middle = (x1 + x2) / 2
    parts = []
    for one in sorted(step, key=lambda move: (options.index(move.source), options.index(move.target))):
        deep = one.votes * scale
        y1, y2 = leaving[one.source], coming[one.target]
        leaving[one.source] += deep
        coming[one.target] += deep
        parts.append(
            f'<path class="flow {tone(one.source, options)}" d="M{x1:g} {y1:.1f}C{middle:g} {y1:.1f} {middle:g} '
            f"{y2:.1f} {x2:g} {y2:.1f}V{y2 + deep:.1f}C{middle:g} {y2 + deep:.1f} {middle:g} {y1 + deep:.1f} "
            f'{x1:g} {y1 + deep:.1f}Z"/>'
        )
    return parts


def tone(key: str, options: Sequence[str]) -> str:
    """Return the colour of an option; grey for what is lost."""
    return "f4" if key == LOST else TONES[[one for one in options if one != LOST].index(key) % len(TONES)]


def _column(
    at: int,
    column: Mapping[str, int],
    top: Mapping[str, float],
    names: Mapping[str, str],
    numbers: Mapping[int, str],
    scale: float,
    count: int,
) -> list[str]:
    x, is_last, options = _x(at, count), at == count - 1, list(names)
    anchor = "start" if at == 0 else "end" if is_last else "middle"
    heading = WIDTH - 4 if is_last else 4 if at == 0 else x + NODE / 2
    parts = [words_at(heading, 16, str(at + 1), kind="t-strong", anchor=anchor)]
    letters = max(6, int((WIDTH / (count - 1) - 60) / 7))
    for key, y in top.items():
        deep = column[key] * scale
        parts.append(
            f'<rect class="{tone(key, options)}" x="{x:g}" y="{y:.1f}" width="{NODE}" height="{max(deep, 1):.1f}"/>'
        )
        number = numbers[column[key]]
        # between many columns there is no room for names
        said = f"{fitted(names[key], letters)} {number}" if at in {0, count - 1} or count <= 3 else number
        place = (x - 8, "end") if is_last else (x + NODE + 8, "start")
        parts.append(words_at(place[0], y + deep / 2 + 4, said, anchor=place[1]))
    return parts
