"""Pictures as SVG, made on the server: each with words for who can't see it, wide and narrow, and no style of its own.

What is drawn stands in a table beside it, too. Colours come from the stylesheet by class.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import cos, pi, sin

from markupsafe import Markup, escape

from app.web.words import Words
from ledger.types import decimal_text


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a chart is drawn: its size and margins."""

    kind: str
    width: int
    height: int
    left: int
    right: int
    top: int = 34
    bottom: int = 30

    @property
    def inner(self) -> int:
        """The width of what is drawn."""
        return self.width - self.left - self.right

    @property
    def floor(self) -> int:
        """Where zero is."""
        return self.height - self.bottom


WIDE = Frame("wide", 740, 300, 60, 92)
NARROW = Frame("narrow", 360, 280, 48, 14)

LETTER = 9
"""How wide a letter of a label is at most, on average."""


@dataclass(frozen=True, slots=True)
class Step:
    """So many units in all from a day on."""

    on: date
    units: int


def staircase(steps: Sequence[Step], today: date, granted: int, words: Words, decimals: int = 0) -> Markup:
    """Return the picture of units becoming somebody's: solid until today, dashed after, a dotted line at all granted.

    Args:
        steps: In the order of their days; each tells the total from its day on.
        today: The day it is.
        granted: All that was granted.
        words: The reader's language.
        decimals: Places of the units, which are minor ones.
    """
    if not steps or not granted:
        return Markup()
    return Markup("").join(_staircase(frame, steps, today, granted, words, decimals) for frame in (WIDE, NARROW))


def _staircase(frame: Frame, steps: Sequence[Step], today: date, granted: int, words: Words, decimals: int) -> Markup:
    first, last = min(steps[0].on, today), max(steps[-1].on, today)
    span, top = max((last - first).days, 1), granted * 1.08

    def x(day: date) -> float:
        return round(frame.left + frame.inner * (day - first).days / span, 1)

    def y(units: int) -> float:
        return round(frame.floor - (frame.floor - frame.top) * units / top, 1)

    def told_units(units: int) -> str:
        return words.number(decimal_text(units, decimals))

    reached = max((one.units for one in steps if one.on <= today), default=0)
    done = _path([one for one in steps if one.on <= today], first, today, 0, x, y)
    coming = _path([one for one in steps if one.on > today], today, last, reached, x, y)
    title = words.say("Your units over time")
    told = words.say(
        "{reached} of {granted} units are yours on {today}; the rest comes step by step until {last}.",
        reached=told_units(reached),
        granted=told_units(granted),
        today=words.day(today),
        last=words.day(last),
    )
    name = f"st-{frame.kind}"
    says_today = words.say("Today: {units}", units=told_units(reached))
    says_all = words.say("All granted: {units}", units=told_units(granted))
    # beside the line of today where there is room to the edge; all that was granted where that line does not cross it
    fits_right = x(today) + 8 + len(says_today) * LETTER <= frame.width
    anchor, shift = ("start", 8) if fits_right else ("end", -8)
    is_clear = x(today) > frame.left + len(says_all) * LETTER
    cap_at, cap_anchor = (frame.left, "start") if is_clear else (frame.left + frame.inner, "end")
    parts = [
        f'<line class="axis" x1="{frame.left}" x2="{frame.left + frame.inner}" y1="{frame.floor}" y2="{frame.floor}"/>',
        f'<text x="{frame.left - 8}" y="{frame.floor + 4}" text-anchor="end">0</text>',
        f'<line class="cap" x1="{frame.left}" x2="{frame.left + frame.inner}" y1="{y(granted)}" y2="{y(granted)}"/>',
        f'<text x="{cap_at}" y="{y(granted) - 7}" text-anchor="{cap_anchor}">{escape(says_all)}</text>',
        f'<polygon class="area" points="{done} {x(today)},{frame.floor} {frame.left},{frame.floor}"/>',
        f'<polyline class="future" points="{coming}"/>' if coming else "",
        f'<polyline class="step" points="{done}"/>',
        f'<line class="today" x1="{x(today)}" x2="{x(today)}" y1="{frame.top}" y2="{frame.floor}"/>',
        f'<circle class="dot" cx="{x(today)}" cy="{y(reached)}" r="5"/>',
        f'<text class="t-strong" x="{x(today) + shift}" y="{max(y(reached) + 20, frame.top + 12)}" '
        f'text-anchor="{anchor}">'
        f"{escape(says_today)}</text>",
        *(
            f'<text x="{x(day)}" y="{frame.floor + 20}" text-anchor="{place}">{escape(words.month(day))}</text>'
            for day, place in ((first, "start"), (last, "end"))
        ),
    ]
    return Markup(
        f'<svg class="chart {frame.kind}" viewBox="0 0 {frame.width} {frame.height}" role="img" '
        f'aria-labelledby="{name}-t {name}-d"><title id="{name}-t">{escape(title)}</title>'
        f'<desc id="{name}-d">{escape(told)}</desc>{"".join(parts)}</svg>'
    )


def _path(steps: Sequence[Step], first: date, last: date, units: int, x, y) -> str:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """Return real steps: level until a day, then up."""
    points = [f"{x(first)},{y(units)}"]
    for one in steps:
        points += [f"{x(one.on)},{y(units)}", f"{x(one.on)},{y(one.units)}"]
        units = one.units
    points.append(f"{x(last)},{y(units)}")
    return " ".join(points)


def meter(part: int, whole: int, needed: int | None, words: Words) -> Markup:
    """Return a bar of how many took part, with a mark where a quorum is met."""
    width = 320
    filled = round(width * part / whole, 1) if whole else 0
    told = words.say("{part} of {whole} have voted.", part=words.number(part), whole=words.number(whole))
    if needed is not None:
        told += " " + words.say("{needed} are needed.", needed=words.number(needed))
    tick, height = "", 24
    if needed is not None and whole:
        at, height = round(width * needed / whole, 1), 46
        said = words.say("{needed} needed", needed=words.number(needed))
        # near an edge the words would be cut off in the middle
        anchor = "start" if at < 44 else "end" if at > width - 44 else "middle"
        tick = (
            f'<line class="tick" x1="{at}" x2="{at}" y1="0" y2="26"/>'
            f'<text class="t-strong" x="{at}" y="41" text-anchor="{anchor}">{escape(said)}</text>'
        )
    return Markup(
        f'<svg class="chart meter" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(told)}">'
        f'<rect class="f4s" x="0" y="6" width="{width}" height="12" rx="6"/>'
        f'<rect class="f1" x="0" y="6" width="{filled}" height="12" rx="6"/>{tick}</svg>'
    )


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of a whole: its name, its units, and the class of its colour."""

    label: str
    units: int
    tone: str


SLICE_TONES = ("f1", "f3", "f2", "f5", "f0 edge-on")
"""Colours of a donut's slices; there are never more slices than colours."""


def donut(slices: Sequence[Slice], told: str, middle: str, under: str) -> Markup:
    """Return a ring cut into parts, clockwise from the top; numbers stand beside it, for everybody.

    Args:
        slices: In the order wanted; those of nothing are not drawn.
        told: The same in words, for who can't see it.
        middle: What stands in the middle, such as the whole.
        under: A word below that.
    """
    whole = sum(one.units for one in slices)
    if not whole:
        return Markup()
    parts, begun = [], 0
    for one in slices:
        if one.units:
            parts.append(f'<path class="{one.tone} rule" d="{_arc(begun / whole, (begun + one.units) / whole)}"/>')
            begun += one.units
    return Markup(
        '<svg class="chart donut" viewBox="0 0 200 200" role="img" aria-labelledby="donut-t">'
        f'<title id="donut-t">{escape(told)}</title>{"".join(parts)}<circle class="edge" cx="100" cy="100" r="92"/>'
        f'<text class="t-strong" x="100" y="98" text-anchor="middle">{escape(middle)}</text>'
        f'<text x="100" y="116" text-anchor="middle">{escape(under)}</text></svg>'
    )


def _arc(start: float, end: float) -> str:
    """Return the path of a ring's part between two fractions of the whole."""
    # a part that ends where it begins would be drawn as nothing
    end = min(end, start + 0.9999)
    large = int(end - start > 0.5)
    (x1, y1), (x2, y2), (x3, y3), (x4, y4) = (
        _on_circle(at, radius) for at, radius in ((start, 92), (end, 92), (end, 58), (start, 58))
    )
    return f"M{x1} {y1}A92 92 0 {large} 1 {x2} {y2}L{x3} {y3}A58 58 0 {large} 0 {x4} {y4}Z"


def _on_circle(at: float, radius: int) -> tuple[float, float]:
    angle = 2 * pi * at
    return round(100 + radius * sin(angle), 2), round(100 - radius * cos(angle), 2)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a whole, as a bar shows it.

    Attributes:
        told: Its size as it is written beside the bar.
        ink: The stylesheet's class for its colour.
    """

    label: str
    units: int
    told: str
    ink: str


def bar(name: str, parts: Sequence[Part]) -> Markup:
    """Return one bar cut into parts, each as long as its units; the key and the table beside it name them.

    Args:
        name: What the bar is, for whoever can't see it.
        parts: From left to right; those of no units are left out.
    """
    whole = sum(one.units for one in parts)
    if whole <= 0:
        return Markup()
    told = f"{name}: " + "; ".join(f"{one.label} {one.told}" for one in parts)
    width, before, drawn = 740, 0, []
    for one in parts:
        left, right = width * before // whole, width * (before + one.units) // whole
        drawn.append(f'<rect class="{one.ink} edge-on" x="{left}" y="1" width="{right - left}" height="38"/>')
        before += one.units
    return Markup(
        f'<svg class="chart bars" viewBox="0 0 {width} 40" role="img" aria-label="{escape(told)}">'
        f"{''.join(drawn)}</svg>"
    )
