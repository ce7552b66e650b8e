"""Bars beside names, with a line at what is needed: how a round, a sum or a yes and no came out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from markupsafe import Markup, escape

from app.web.pictures.lettering import fitted, framed, words_at

TONES = ("f1", "f3", "f2", "f5")
"""Colours of options, in their order; who sees none still reads the names beside the bars."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar.

    Attributes:
        size: How long; None for what is out and has none.
        told: The number that stands beside it.
        gained: How much of it is new, drawn paler.
        more: What stands after the number: what it gained, that it goes out.
        is_strong: Whether it is one of those that the picture is about.
    """

    label: str
    size: Fraction | None
    told: str
    tone: str = "f1"
    gained: Fraction = Fraction(0)
    more: str = ""
    is_strong: bool = True


@dataclass(frozen=True, slots=True)
class Goal:
    """A line at what is needed, with words below it."""

    size: Fraction
    told: str


@dataclass(frozen=True, slots=True)
class _Frame:
    kind: str
    width: int
    left: int
    longest: int
    row: int
    thick: int
    letters: int


_WIDE = _Frame("wide", 700, 170, 370, 34, 22, 21)
_NARROW = _Frame("narrow", 360, 0, 215, 50, 18, 44)


def bars(name: str, title: str, rows: Sequence[Bar], goal: Goal | None = None) -> Markup:
    """Return bars in two variants; nothing where there is nothing to draw.

    Args:
        name: Unique on the page.
        title: What is drawn.
        rows: From top to bottom.
        goal: What is needed, if anything is.
    """
    longest = max(
        [one.size for one in rows if one.size is not None] + ([goal.size] if goal else []), default=Fraction(0)
    )
    if not rows or longest <= 0:
        return Markup()
    told = "; ".join(f"{one.label} {' '.join(filter(None, (one.told, one.more)))}" for one in rows)
    told += f"; {goal.told}" if goal else ""
    return Markup("").join(_drawn(frame, name, title, told, rows, goal, longest) for frame in (_WIDE, _NARROW))


def _drawn(
    frame: _Frame, name: str, title: str, told: str, rows: Sequence[Bar], goal: Goal | None, longest: Fraction
) -> Markup:
    def length(size: Fraction) -> float:
        return round(float(frame.longest * size / longest), 1)

    parts: list[str] = []
    for place, one in enumerate(rows):
        parts += _row(frame, one, frame.row * place + 6, length)
    height = frame.row * len(rows) + 10
    if goal is not None:
        at = frame.left + length(goal.size)
        parts.insert(0, f'<line class="goal" x1="{at:g}" x2="{at:g}" y1="2" y2="{height}"/>')
        # near an edge the words would be cut off in the middle
        room = len(goal.told) * 3.6
        anchor = "start" if at < room else "end" if at > frame.width - room else "middle"
        parts.append(words_at(at, height + 16, goal.told, anchor=anchor))
        height += 22
    return framed(name, frame.kind, frame.width, height, parts, title=title, told=told)


def _row(frame: _Frame, one: Bar, top: float, length) -> list[str]:  # type: ignore[no-untyped-def]  # noqa: ANN001
    strong = "t-strong" if one.is_strong else ""
    label = fitted(one.label, frame.letters)
    is_wide = frame.kind == "wide"
    bar_top = top if is_wide else top + 20
    middle = bar_top + frame.thick - 6
    parts = [
        words_at(frame.left - 12, middle, label, kind=strong, anchor="end")
        if is_wide
        else words_at(0, top + 13, label, kind=strong)
    ]
    if one.size is None:
        parts.append(words_at(frame.left + 4, middle, one.more or one.told))
        return parts
    whole, fresh = length(one.size), length(one.gained)
    kept = max(0, whole - fresh)
    if kept:
        parts.append(_rect(one.tone, frame.left, bar_top, kept, frame.thick))
    if fresh:
        parts.append(_rect(f"{one.tone} pale", frame.left + kept, bar_top, fresh, frame.thick))
    more = f'<tspan dx="6">{escape(one.more)}</tspan>' if one.more else ""
    parts.append(
        f'<text x="{frame.left + whole + 8:g}" y="{middle:g}">'
        f'<tspan class="t-strong">{escape(one.told)}</tspan>{more}</text>'
    )
    return parts


def _rect(kind: str, x: float, y: float, width: float, height: float) -> str:
    return f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="2"/>'
