"""What a check found: whether it holds, the two figures that must agree, and what does not.

A check is two functions: one gathers facts as a cut shows them, a pure one judges them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.ties.wording import SENTENCES, TITLES
from ledger.types import MOST_DECIMALS, decimal_text

MOST_NAMED = 5
"""How many offenders a finding names."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Attributes:
        number: From 1 to 23, as auditors count them.
        name: As on the command line and in the API.
        figures: The values of the sentence, decimal text or words, by the names of its places.
        offenders: Labels, days or entries that do not fit: the first few.
        others: How many more there are.
    """

    number: int
    name: str
    holds: bool
    figures: tuple[tuple[str, str], ...]
    offenders: tuple[str, ...] = ()
    others: int = 0

    @property
    def title(self) -> str:
        """What is claimed."""
        return TITLES[self.name]

    @property
    def sentence(self) -> str:
        """The figures in words, with places for them."""
        return SENTENCES[self.name]

    @property
    def told(self) -> str:
        """The figures in a sentence, numbers with separators."""
        return self.sentence.format(**{name: separated(value) for name, value in self.figures})

    @property
    def line(self) -> tuple[str, str]:
        """What a report's file says of it: its number, and how it came out with its figures."""
        told = f"{'holds' if self.holds else 'WRONG'}: {self.title}. {self.told}."
        more = f" and {self.others:,} more" if self.others else ""
        return f"Check {self.number}", told if self.holds else f"{told} Off: {', '.join(self.offenders)}{more}."


def found(number: int, name: str, offenders: Sequence[str], **figures: str | int) -> Finding:
    """Return what a check found: it holds where nothing offends."""
    named = tuple(dict.fromkeys(offenders))
    values = tuple((place, str(value)) for place, value in figures.items())
    return Finding(number, name, not named, values, named[:MOST_NAMED], max(0, len(named) - MOST_NAMED))


def is_number(text: str) -> bool:
    """Return whether a figure is a number in plain decimal text."""
    return text.removeprefix("-").replace(".", "", 1).isdecimal()


def separated(text: str) -> str:
    """Return a figure with separators, where it is a number."""
    if not is_number(text):
        return text
    whole, point, rest = text.partition(".")
    return f"{int(whole):,}{point}{rest}"


def shares(parts: Iterable[tuple[int, int]]) -> str:
    """Return the sum of units, each with the decimal places of its class, as plain decimal text."""
    text = decimal_text(sum(units * 10 ** (MOST_DECIMALS - decimals) for units, decimals in parts), MOST_DECIMALS)
    return text.rstrip("0").rstrip(".")


def money(cents: int) -> str:
    """Return cents as decimal text."""
    return decimal_text(cents, 2)
