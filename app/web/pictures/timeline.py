"""Where a decision is: five fixed steps, those behind it filled in, the one that it is at marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from app.web.pictures.lettering import fitted, framed, words_at

COLUMN, LETTERS = 160, 24


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of a decision.

    Attributes:
        lines: What is known of it: days and times, one or two short lines.
    """

    label: str
    lines: tuple[str, ...] = ()


def timeline(title: str, stages: Sequence[Stage], reached: int, here: str) -> Markup:
    """Return the steps in two variants.

    Args:
        title: What it is of.
        stages: In their order.
        reached: The place of the one it is at, from 0; as many as there are if all is done.
        here: The word for the one it is at.
    """
    told = ". ".join(
        f"{place}: {one.label}{f' ({here})' if place - 1 == reached else ''}{', ' if one.lines else ''}"
        f"{' '.join(one.lines)}"
        for place, one in enumerate(stages, 1)
    )
    return _wide(title, stages, reached, told) + _narrow(title, stages, reached, told)


def _wide(title: str, stages: Sequence[Stage], reached: int, told: str) -> Markup:
    parts: list[str] = []
    rows = max(len(one.lines) for one in stages)
    for place, one in enumerate(stages):
        x = COLUMN * place + 9
        if place + 1 < len(stages):
            parts.append(f'<line class="{_path(place, reached)}" x1="{x}" x2="{x + COLUMN}" y1="10" y2="10"/>')
        parts.append(_dot(x, 10, place, reached))
        parts.append(words_at(x - 9, 38, fitted(one.label, LETTERS), kind=_weight(place, reached)))
        parts += [words_at(x - 9, 56 + 17 * row, fitted(line, LETTERS)) for row, line in enumerate(one.lines)]
    # what lies behind is drawn first, so that dots stand upon their line
    parts.sort(key=lambda part: not part.startswith("<line"))
    return framed(
        "steps", "wide", COLUMN * len(stages), 44 + 17 * rows, parts, title=title, told=told, more=" steps-of"
    )


def _narrow(title: str, stages: Sequence[Stage], reached: int, told: str) -> Markup:
    parts: list[str] = []
    y = 12
    for place, one in enumerate(stages):
        deep = 26 + 18 * len(one.lines)
        if place + 1 < len(stages):
            parts.append(f'<line class="{_path(place, reached)}" x1="11" x2="11" y1="{y}" y2="{y + deep}"/>')
        parts.append(_dot(11, y, place, reached))
        parts.append(words_at(32, y + 5, fitted(one.label, 42), kind=_weight(place, reached)))
        parts += [words_at(32, y + 23 + 18 * row, fitted(line, 42)) for row, line in enumerate(one.lines)]
        y += deep
    parts.sort(key=lambda part: not part.startswith("<line"))
    return framed("steps", "narrow", 360, y, parts, title=title, told=told)


def _path(place: int, reached: int) -> str:
    return "way done" if place < reached else "way"


def _weight(place: int, reached: int) -> str:
    return "t-strong" if place <= reached else ""


def _dot(x: float, y: float, place: int, reached: int) -> str:
    kind = "stop done" if place < reached else "stop now" if place == reached else "stop"
    return f'<circle class="{kind}" cx="{x:g}" cy="{y:g}" r="{8 if place == reached else 6}"/>'
