"""What the form of a proposal asks for: fields in groups, each with what stands there now; and how answers are read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from app.web.rule_words import percent
from app.web.site import Here
from ledger.errors import Invalid

MOST_ROWS = 60
MORE_ROWS = 3


class As(StrEnum):
    """How a field is asked for; the template knows each."""

    LINE = "line"
    NUMBER = "number"
    AREA = "area"
    DAY = "day"
    CHOOSE = "choose"
    TICK = "tick"
    """Yes or no."""
    MANY = "many"
    """Any number of a list."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that is asked.

    Attributes:
        value: What stands in it at first.
        now: What counts now, to be read beside it.
        options: What can be chosen: key and words.
        unit: What a number counts, as its hint.
    """

    name: str
    label: str
    value: str = ""
    how: As = As.LINE
    hint: str = ""
    now: str = ""
    options: tuple[tuple[str, str], ...] = ()
    is_needed: bool = True


@dataclass(frozen=True, slots=True)
class Block:
    """Fields that belong together.

    Attributes:
        legend: What they are together; empty for fields that stand for themselves.
        rows: How many rows of a list there are, where this is the last of one; more can be asked for then.
    """

    fields: tuple[Field, ...]
    legend: str = ""
    rows: int = 0


def rows_of(here: Here, existing: int) -> int:
    """Return how many rows a list has in the form: two empty ones at first, more when somebody asks for them."""
    posted = here.form.get("rows", "")
    rows = int(posted) if posted.isascii() and posted.isdecimal() and len(posted) < 4 else existing + 2
    return min(rows + (MORE_ROWS if here.form.get("more") else 0), MOST_ROWS)


def text_in(here: Here, name: str) -> str:
    """Return what was written, without spaces around it."""
    return here.form.get(name, "").strip()


def whole_in(here: Here, name: str, least: int, most: int) -> int:
    """Return a whole number.

    Raises:
        Invalid: It is none, or out of range.
    """
    text = text_in(here, name)
    if text.isascii() and text.isdecimal() and len(text) < 10 and least <= int(text) <= most:
        return int(text)
    raise Invalid(
        here.words.say("Write a whole number from {least} to {most}.", least=least, most=here.words.number(most)),
        field=name,
    )


def percent_in(here: Here, name: str) -> str:
    """Return a percentage as decimal text.

    Raises:
        Invalid: It is none, is above 100, or has more than four places.
    """
    text = text_in(here, name).removesuffix("%").strip()
    text = text.replace(",", ".") if "." not in text else text
    if re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,4})?", text) and Fraction(text) <= 100:
        return text
    raise Invalid(here.words.say("Write a percentage from 0 to 100, such as 12.5."), field=name)


def share_in(here: Here, name: str) -> str:
    """Return a percentage, or a fraction such as 1/3, as a share: ``1/8``.

    Raises:
        Invalid: It is neither.
    """
    text = text_in(here, name).replace(" ", "")
    if re.fullmatch(r"[0-9]{1,4}/[1-9][0-9]{0,3}", text) and Fraction(text) <= 1:
        return str(Fraction(text))
    return str(Fraction(percent_in(here, name)) / 100)


def share_text(share: str | Fraction) -> str:
    """Return a share as it stands in its field: ``12.5``, or ``1/3``."""
    return percent(Fraction(share)).removesuffix(" %")


def lines_in(here: Here, name: str) -> list[str]:
    """Return the lines of a text, without empty ones."""
    return [line.strip() for line in here.form.get(name, "").split("\n") if line.strip()]


def chosen_in(here: Here, name: str, among: tuple[tuple[str, str], ...]) -> str:
    """Return what was chosen of a list.

    Raises:
        Invalid: Nothing, or something that is not in it.
    """
    chosen = here.form.get(name, "")
    if chosen not in {key for key, _ in among}:
        raise Invalid(here.words.say("Choose one of the list."), field=name)
    return chosen


def ticked_in(here: Here, name: str, among: tuple[tuple[str, str], ...]) -> list[str]:
    """Return what was ticked of a list, in its order.

    Raises:
        Invalid: Nothing was.
    """
    ticked = set(here.lists.get(name, ()))
    found = [key for key, _ in among if key in ticked]
    if not found:
        raise Invalid(here.words.say("Tick at least one."), field=name)
    return found
