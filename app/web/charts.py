"""Pictures as SVG, made on the server: each with words for who can't see it, wide and narrow, and no style of its own.

What is drawn stands in a table beside it, too. Colours come from the stylesheet by class.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup, escape

from app.web.words import Words


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


@dataclass(frozen=True, slots=True)
class Step:
    """So many units in all from a day on."""

    on: date
    units: int


def staircase(steps: Sequence[Step], today: date, granted: int, words: Words) -> Markup:
    """Return the picture of units becoming somebody's: solid until today, dashed after, a dotted line at all granted.

    Args:
        steps: In the order of their days; each tells the total from its day on.
        today: The day it is.
        granted: All that was granted.
        words: The reader's language.
    """
    if not steps or not granted:
        return Markup()
    return Markup("").join(_staircase(frame, steps, today, granted, words) for frame in (WIDE, NARROW))


def _staircase(frame: Frame, steps: Sequence[Step], today: date, granted: int, words: Words) -> Markup:
    first, last = min(steps[0].on, today), max(steps[-1].on, today)
    span, top = max((last - first).days, 1), granted * 1.08

    def x(day: date) -> float:
        return round(frame.left + frame.inner * (day - first).days / span, 1)

    def y(units: int) -> float:
        return round(frame.floor - (frame.floor - frame.top) * units / top, 1)

    reached = max((one.units for one in steps if one.on <= today), default=0)
    done = _path([one for one in steps if one.on <= today], first, today, 0, x, y)
    coming = _path([one for one in steps if one.on > today], today, last, reached, x, y)
    title = words.say("Your units over time")
    told = words.say(
        "{reached} of {granted} units are yours on {today}; the rest comes step by step until {last}.",
        reached=words.number(reached),
        granted=words.number(granted),
        today=words.day(today),
        last=words.day(last),
    )
    name = f"st-{frame.kind}"
    ends_left = x(today) > frame.left + frame.inner * 0.75
    anchor, shift = ("end", -8) if ends_left else ("start", 8)
    parts = [
        f'<line class="axis" x1="{frame.left}" x2="{frame.left + frame.inner}" y1="{frame.floor}" y2="{frame.floor}"/>',
        f'<text x="{frame.left - 8}" y="{frame.floor + 4}" text-anchor="end">0</text>',
        f'<line class="cap" x1="{frame.left}" x2="{frame.left + frame.inner}" y1="{y(granted)}" y2="{y(granted)}"/>',
        f'<text x="{frame.left}" y="{y(granted) - 7}">'
        f"{escape(words.say('All granted: {units}', units=words.number(granted)))}</text>",
        f'<polygon class="area" points="{done} {x(today)},{frame.floor} {frame.left},{frame.floor}"/>',
        f'<polyline class="future" points="{coming}"/>' if coming else "",
        f'<polyline class="step" points="{done}"/>',
        f'<line class="today" x1="{x(today)}" x2="{x(today)}" y1="{frame.top}" y2="{frame.floor}"/>',
        f'<circle class="dot" cx="{x(today)}" cy="{y(reached)}" r="5"/>',
        f'<text class="t-strong" x="{x(today) + shift}" y="{max(y(reached) + 20, frame.top + 12)}" '
        f'text-anchor="{anchor}">'
        f"{escape(words.say('Today: {units}', units=words.number(reached)))}</text>",
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
    tick = ""
    if needed is not None and whole:
        at = round(width * needed / whole, 1)
        tick = f'<line class="tick" x1="{at}" x2="{at}" y1="0" y2="24"/>'
    return Markup(
        f'<svg class="meter" viewBox="0 0 {width} 24" role="img" aria-label="{escape(told)}">'
        f'<rect class="f4s" x="0" y="6" width="{width}" height="12" rx="6"/>'
        f'<rect class="f1" x="0" y="6" width="{filled}" height="12" rx="6"/>{tick}</svg>'
    )
