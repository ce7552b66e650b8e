"""Reading vesting terms from JSON strictly: each field typed, none overlooked, every refusal naming its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

from ledger.equity.vesting.errors import VestingTermsInvalid

Choice = TypeVar("Choice", bound=StrEnum)

_NUMERIC = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,10})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Fields:
    """One JSON object, its fields taken one by one; what was not taken in the end is a field we do not understand."""

    def __init__(self, value: object, where: str) -> None:
        """Take hold of a JSON object.

        Args:
            value: What was decoded.
            where: How a message calls it: ``Condition cliff``.

        Raises:
            VestingTermsInvalid: It is not an object.
        """
        if not isinstance(value, Mapping):
            raise VestingTermsInvalid(f"{where}: an object is expected.")
        self.where = where
        self._values = value
        self._taken: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return self._values.get(key) is not None

    def refuse(self, what: str) -> VestingTermsInvalid:
        """Return a refusal that begins with this object's place."""
        return VestingTermsInvalid(f"{self.where}: {what}.")

    def take(self, key: str) -> object:
        """Return a field that must be there."""
        self._taken.add(key)
        if key not in self:
            raise self.refuse(f"“{key}” is missing")
        return self._values[key]

    def text(self, key: str) -> str:
        """Return a text that is not empty."""
        value = self.take(key)
        if not isinstance(value, str) or not value:
            raise self.refuse(f"“{key}” must be a text")
        return value

    def optional_text(self, key: str) -> str | None:
        """Return a text, empty ones included, or None where the field is absent."""
        self._taken.add(key)
        value = self._values.get(key)
        if value is not None and not isinstance(value, str):
            raise self.refuse(f"“{key}” must be a text")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts."""
        value = self.take(key)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.refuse(f"“{key}” must be a list of texts")
        return tuple(value)

    def optional_texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, empty where the field is absent."""
        self._taken.add(key)
        return self.texts(key) if key in self else ()

    def whole(self, key: str, *, least: int = 0) -> int:
        """Return a whole number, ``least`` or more; a JSON number, not a text."""
        value = self.take(key)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise self.refuse(f"“{key}” must be a whole number, {least} or more")
        return value

    def truth(self, key: str) -> bool:
        """Return a yes or no; no where the field is absent."""
        self._taken.add(key)
        value = self._values.get(key, False)
        if not isinstance(value, bool):
            raise self.refuse(f"“{key}” must be true or false")
        return value

    def numeric(self, key: str) -> Fraction:
        """Return an OCF Numeric, exactly: a text of digits with at most ten decimal places, never a JSON number."""
        value = self.take(key)
        if not isinstance(value, str) or not _NUMERIC.fullmatch(value):
            raise self.refuse(f"“{key}” must be a decimal number written as a text, with at most 10 decimal places")
        return Fraction(value)

    def day(self, key: str) -> date:
        """Return a calendar date written YYYY-MM-DD."""
        value = self.take(key)
        try:
            return date.fromisoformat(value if isinstance(value, str) and _DATE.fullmatch(value) else "")
        except ValueError:
            raise self.refuse(f"“{key}” must be a date, YYYY-MM-DD") from None

    def one_of(self, key: str, choices: type[Choice]) -> Choice:
        """Return one of a closed set of words."""
        value = self.take(key)
        try:
            return choices(str(value))
        except ValueError:
            raise self.refuse(f"“{key}” must be one of {', '.join(choices)}") from None

    def nested(self, key: str) -> Fields:
        """Return a nested object."""
        return Fields(self.take(key), f"{self.where}, {key}")

    def items(self, key: str) -> list[object]:
        """Return a list that is not empty."""
        value = self.take(key)
        if not isinstance(value, list) or not value:
            raise self.refuse(f"“{key}” must be a list of at least one")
        return value

    def finish(self, *, ignore_unknown: bool = False) -> None:
        """Refuse a field that nobody took: what is not understood may change what is promised.

        Raises:
            VestingTermsInvalid: A field is unknown and unknown ones are not to be ignored.
        """
        unknown = sorted(set(self._values) - self._taken)
        if unknown and not ignore_unknown:
            raise self.refuse(f"unknown field “{unknown[0]}”")


def numeric_text(value: Fraction) -> str:
    """Return an OCF Numeric in its shortest form: ``12``, ``0.25``.

    Raises:
        ValueError: More than ten decimal places would be needed; what :meth:`Fields.numeric` read never does.
    """
    scaled = value * 10**10
    if scaled.denominator != 1:
        raise ValueError(f"{value} has no exact decimal form of at most ten places.")
    whole, places = divmod(abs(scaled.numerator), 10**10)
    text = f"{whole}.{places:010d}".rstrip("0").rstrip(".")
    return f"-{text}" if value < 0 else text
