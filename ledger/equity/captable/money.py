"""Sums of money in reports: exact, each in its own currency, never added across currencies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from ledger.types import Price, decimal_text

CENTS = 2
MOST_PLACES = 18
"""A price may have twelve decimal places and a class six: more are not needed to be exact."""


@dataclass(frozen=True, slots=True)
class Money:
    """So much of one currency (ISO 4217), exactly."""

    amount: Fraction
    currency: str

    @property
    def text(self) -> str:
        """The amount as a decimal number, with cents at least.

        Exact, but for what no decimal number can say (a third of a price, after a split): that is rounded to the cent,
        halves up.
        """
        for places in range(CENTS, MOST_PLACES + 1):
            scaled = self.amount * 10**places
            if scaled.denominator == 1:
                return decimal_text(int(scaled), places)
        return decimal_text(int(self.amount * 100 + Fraction(1, 2)), CENTS)


def paid_for(price: Price, units: int, decimals: int) -> Money:
    """Return what minor units of a class cost at a price a share."""
    amount, places = price.times(units, decimals)
    return Money(Fraction(amount, 10**places), price.currency)


def summed(money: Iterable[Money]) -> tuple[Money, ...]:
    """Return one sum for each currency, in the order of their codes."""
    sums: dict[str, Fraction] = {}
    for each in money:
        sums[each.currency] = sums.get(each.currency, Fraction(0)) + each.amount
    return tuple(Money(sums[currency], currency) for currency in sorted(sums))
