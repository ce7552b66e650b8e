"""The ledger's small values: ids, quantities, prices, the act behind an entry, the cut of a report."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias

from ledger.errors import Invalid, QuantityInvalid

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | bool | None"
"""What a canonical payload may hold: no floats."""

MOST_UNITS = 2**53 - 1
"""The largest quantity and the largest integer in a payload: exact in every JSON reader."""

MOST_DECIMALS = 6
"""A share class counts in steps of 10^-decimals; six is the finest."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def micros_of(moment: datetime) -> int:
    """Return an aware moment in microseconds since 1970, UTC: the form in which every moment is kept."""
    return (moment - EPOCH) // MICROSECOND


def moment_at(micros: int) -> datetime:
    """Return the moment that many microseconds after 1970, in UTC."""
    return EPOCH + micros * MICROSECOND


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something, on whose authority and when it is written down: what every entry carries.

    Attributes:
        actor: Opaque id of the person or machine, never a name: ``usr_…``, ``token:…``, ``system``.
        authority: What gives the right: ``board:2026-08``, ``proposal:…``, ``import:ocf``, ``role:steward``.
        now: The moment of writing, aware, in UTC.
        entropy: Source of the random bytes in ids and nonces; another only where a record must come out the same twice
            (the demo).
    """

    actor: str
    authority: str
    now: datetime
    entropy: Callable[[int], bytes] = field(default=secrets.token_bytes, compare=False)

    def __post_init__(self) -> None:
        """Refuse a clock without a zone and an empty actor or authority."""
        if self.now.utcoffset() is None:
            raise ValueError("An act needs an aware moment.")
        if not self.actor or not self.authority:
            raise Invalid("An entry needs an actor and an authority.", field="authority")

    @property
    def at(self) -> int:
        """The moment of writing in microseconds since 1970, UTC."""
        return micros_of(self.now)

    def new_id(self, prefix: str) -> str:
        """Return a new id: the prefix and a ULID, so ids sort by time and tell nothing else (``grt_01J…``)."""
        number = ((self.at // 1000) << 80) | int.from_bytes(self.entropy(10), "big")
        return f"{prefix}_" + "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))


@dataclass(frozen=True, slots=True)
class Cut:
    """What a report sees: facts that count by the end of ``as_of`` and were on record before entry ``known_at``."""

    as_of: date
    known_at: int


@dataclass(frozen=True, slots=True)
class Price:
    """An exact price or amount of money: ``amount`` × 10^-``scale`` of ``currency`` (ISO 4217)."""

    amount: int
    scale: int
    currency: str

    def __post_init__(self) -> None:
        """Refuse negative prices, wild scales and currencies that are not three capitals."""
        if not 0 <= self.amount <= MOST_UNITS or not 0 <= self.scale <= 12:
            raise Invalid("A price is zero or more, with at most 12 decimal places.", field="price")
        if not (len(self.currency) == 3 and self.currency.isascii() and self.currency.isupper()):
            raise Invalid(f"{self.currency!r} is not a currency code such as USD.", field="currency")

    @classmethod
    def parse(cls, amount: str, currency: str) -> Price:
        """Read a decimal string such as ``"0.31"``; trailing zeros are kept, they are part of what was written.

        Raises:
            Invalid: Not a plain decimal number, or out of range.
        """
        whole, _, fraction = amount.removeprefix("+").partition(".")
        if (
            not whole.isdecimal()
            or not whole.isascii()
            or (fraction and not (fraction.isdecimal() and fraction.isascii()))
        ):
            raise Invalid(f"{amount!r} is not a price; write it like 0.31.", field="price")
        return cls(int(whole + fraction), len(fraction), currency)

    @property
    def text(self) -> str:
        """The amount as a decimal string, without the currency."""
        return decimal_text(self.amount, self.scale)

    def at_least(self, other: Price) -> bool:
        """Return whether this price is at or above ``other``.

        Raises:
            Invalid: The currencies differ.
        """
        if self.currency != other.currency:
            raise Invalid(f"{self.currency} and {other.currency} can't be compared.", field="currency")
        mine, theirs = self.amount * 10**other.scale, other.amount * 10**self.scale
        return bool(mine >= theirs)

    def times(self, units: int, decimals: int) -> tuple[int, int]:
        """Return the exact value of ``units`` minor units of a class as (numerator, 10^n denominator exponent)."""
        return self.amount * units, self.scale + decimals

    def encode(self) -> list[Json]:
        """Return the price as a payload holds it."""
        return [self.amount, self.scale, self.currency]

    @classmethod
    def decode(cls, data: list[int | str]) -> Price:
        """Read what ``encode`` wrote."""
        amount, scale, currency = data
        return cls(int(amount), int(scale), str(currency))


def decimal_text(units: int, decimals: int) -> str:
    """Return minor units as an exact decimal string: ``decimal_text(1250, 2)`` is ``"12.50"``."""
    if decimals == 0:
        return str(units)
    sign, digits = ("-" if units < 0 else ""), str(abs(units)).rjust(decimals + 1, "0")
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"


def parse_units(text: str, decimals: int, *, field: str = "quantity") -> int:
    """Read a decimal string as minor units of a class with ``decimals`` places.

    Zeros beyond the class's places are fine (``"100.00"`` of whole shares); any other digit there is refused, never
    rounded.

    Raises:
        QuantityInvalid: Not a plain decimal, too many places, not above zero, or above 2^53 - 1 minor units.
    """
    if not isinstance(text, str):
        raise QuantityInvalid('Write quantities as strings, such as "4800", so that no digit is lost.', field=field)
    whole, dot, fraction = text.removeprefix("+").partition(".")
    if not (whole.isdecimal() and whole.isascii()) or (dot and not (fraction.isdecimal() and fraction.isascii())):
        raise QuantityInvalid(f"{text!r} is not a quantity; write a positive number such as 4800.", field=field)
    kept, extra = fraction[:decimals].ljust(decimals, "0"), fraction[decimals:]
    if extra.strip("0"):
        raise QuantityInvalid(f"{text!r} has more than {decimals} decimal places.", field=field)
    return check_units(int(whole + kept), field=field)


def check_units(units: int, *, field: str = "quantity", least: int = 1) -> int:
    """Return ``units`` if they are a whole number from ``least`` to 2^53 - 1.

    Raises:
        QuantityInvalid: They are not.
    """
    if isinstance(units, bool) or not isinstance(units, int):
        raise QuantityInvalid("A quantity is a whole number of the class's smallest units.", field=field)
    if units < least:
        raise QuantityInvalid(f"A quantity must be {least} or more; this one is {units}.", field=field)
    if units > MOST_UNITS:
        raise QuantityInvalid(f"A quantity must be at most {MOST_UNITS:,}.", field=field)
    return units
