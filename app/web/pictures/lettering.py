"""Text in pictures: names of any length and script, cut to what fits, and the frame that every picture has."""

from __future__ import annotations

from unicodedata import category, combining, east_asian_width

from markupsafe import Markup, escape

ZERO_WIDTH_JOINER = "\u200d"


def fitted(text: str, most: int) -> str:
    """Return a name in one line, at most ``most`` letters wide, cut with an ellipsis; the whole stands beside it."""
    line = " ".join(text.split())
    if sum(map(_width, line)) <= most:
        return line
    kept, used = "", 0
    for letter in line:
        used += _width(letter)
        if used > most - 1:
            break
        kept += letter
    return kept.rstrip(f" {ZERO_WIDTH_JOINER}") + "…"


def _width(letter: str) -> int:
    """Return about how many Latin letters a letter is wide."""
    if combining(letter) or category(letter) in {"Cf", "Mn", "Me"}:
        return 0
    return 2 if east_asian_width(letter) in {"W", "F"} else 1


def words_at(x: float, y: float, text: str, *, kind: str = "", anchor: str = "") -> str:
    """Return a line of text; what it says is escaped, and its direction is its own."""
    classes = f' class="{kind}"' if kind else ""
    place = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text{classes} x="{x:g}" y="{y:g}"{place}>{escape(text)}</text>'


def framed(
    name: str, kind: str, width: int, height: float, parts: list[str], *, title: str, told: str, more: str = ""
) -> Markup:
    """Return a picture with its title and the same in words.

    Args:
        name: Unique on the page.
        kind: ``wide`` or ``narrow``: which of two variants it is.
        width: Of its own units.
        height: The same.
        parts: What is drawn.
        title: What it is of.
        told: What it shows, in words, for who can't see it.
        more: Other classes.
    """
    return Markup(
        f'<svg class="chart {kind}{more}" viewBox="0 0 {width} {height:g}" role="img" '
        f'aria-labelledby="{name}-{kind}-t" aria-describedby="{name}-{kind}-d">'
        f'<title id="{name}-{kind}-t">{escape(title)}</title><desc id="{name}-{kind}-d">{escape(told)}</desc>'
        f"{''.join(parts)}</svg>"
    )
