"""What forms send, read as days, moments, choices and amounts; what can't be read is told at its field."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

from app.web.site import Here
from ledger.errors import Conflict, Invalid
from ledger.types import Price, parse_units

E = TypeVar("E", bound=StrEnum)

CENTS = 2


def line_in(here: Here, name: str) -> str:
    """Return a line of text, without the spaces around it.

    Raises:
        Invalid: It is empty.
    """
    text = here.form.get(name, "").strip()
    if not text:
        raise Invalid(here.words.say("Write something here."), field=name)
    return text


def file_in(here: Here, name: str) -> bytes:
    """Return the file that was chosen.

    Raises:
        Invalid: None was, or there is nothing in it.
    """
    content = here.files.get(name)
    if content is None:
        raise Invalid(here.words.say("Choose a file."), field=name)
    if not content:
        raise Invalid(here.words.say("There is nothing in this file."), field=name)
    return content


def still(here: Here, current: str, changed: str) -> None:
    """Refuse a form that was filled in while somebody else changed what it is about.

    Args:
        here: The visit; its form has what stood there when it was opened, in the field ``seen`` (``parts.seen``).
        current: What stands there now: a digest, a version, a number of an entry.
        changed: One sentence about what has changed, to read before sending it again.

    Raises:
        Conflict: Something else stands there now.
    """
    if here.form.get("seen", current) != current:
        raise Conflict(changed)


def day_in(here: Here, name: str) -> date:
    """Return a day, as a browser's date field sends it.

    Raises:
        Invalid: There is none, or no such day.
    """
    try:
        return date.fromisoformat(here.form.get(name, ""))
    except ValueError:
        raise Invalid(here.words.say("Write a day, such as 2026-03-02."), field=name) from None


def local_time_in(here: Here, name: str) -> datetime:
    """Return what a clock on the wall shows, without a zone.

    Raises:
        Invalid: There is none, or no such moment.
    """
    try:
        return datetime.fromisoformat(here.form.get(name, "")).replace(tzinfo=None, second=0, microsecond=0)
    except ValueError:
        raise Invalid(here.words.say("Write a day and a time, such as 2026-03-02T09:00."), field=name) from None


def choice_in(here: Here, name: str, of: type[E]) -> E:
    """Return what was chosen of a closed list.

    Raises:
        Invalid: Nothing, or something that is not in it.
    """
    try:
        return of(here.form.get(name, ""))
    except ValueError:
        raise Invalid(here.words.say("Choose one of the list."), field=name) from None


def price_in(here: Here, name: str, currency: str) -> Price | None:
    """Return a price, or None where the field is empty.

    Raises:
        Invalid: It is no decimal number.
    """
    text = here.form.get(name, "").strip()
    try:
        return Price.parse(text, currency) if text else None
    except Invalid:
        raise Invalid(here.words.say("Write a price, such as 0.31."), field=name) from None


def cents_in(here: Here, name: str) -> int:
    """Return an amount of money in cents; nothing where the field is empty or says zero.

    Raises:
        QuantityInvalid: It is no amount, or has more than two places.
    """
    text = here.form.get(name, "").strip()
    return parse_units(text.replace(",", ""), CENTS, field=name) if text.strip("0.") else 0


def share_in(here: Here, name: str) -> Fraction:
    """Return a part of a whole: a percentage, or a fraction such as 3/10; nothing where the field is empty.

    Raises:
        Invalid: It is neither, or more than the whole.
    """
    text = here.form.get(name, "").strip().removesuffix("%").strip()
    try:
        share = (Fraction(text) if "/" in text else Fraction(text) / 100) if text and len(text) <= 20 else Fraction(0)
    except (ValueError, ZeroDivisionError):
        raise Invalid(
            here.words.say("Write a percentage, such as 30, or a fraction, such as 3/10."), field=name
        ) from None
    if not 0 <= share <= 1 or len(text) > 20:
        raise Invalid(here.words.say("Write a percentage, such as 30, or a fraction, such as 3/10."), field=name)
    return share


def whole_in(here: Here, name: str, *, least: int = 0, most: int = 10**12) -> int:
    """Return a whole number; separators of thousands are left out.

    Raises:
        Invalid: It is none, or too small or too large.
    """
    text = here.form.get(name, "").strip().replace(",", "")
    if not (text.isdecimal() and text.isascii() and len(text) <= 15 and least <= int(text) <= most):
        raise Invalid(here.words.say("Write a whole number."), field=name)
    return int(text)


def units_in(here: Here, name: str, decimals: int) -> int:
    """Return a number of shares in minor units; separators of thousands are left out.

    Raises:
        QuantityInvalid: It is no number above zero, or has too many places.
    """
    return parse_units(here.form.get(name, "").strip().replace(",", ""), decimals, field=name)
