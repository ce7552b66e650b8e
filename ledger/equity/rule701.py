"""Rule 701 (17 CFR §230.701): how much a company that does not report may grant to those who work for it.

In any twelve months in a row, sales may come to the greatest of three limits: $1,000,000, 15 % of total assets, 15 % of
the outstanding shares of the class. It is enough that one of the three tests holds. The limits are absolute; over
$10,000,000 the exemption asks for disclosure besides (§230.701(e)). Pure: what was sold is handed in
(``ledger.equity.exemptions``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from math import ceil, floor

from ledger.equity.vesting.months import add_months
from ledger.types import decimal_text

EXEMPTION = "RULE_701"
"""How a security names this exemption."""

MOST_SALES = 1_000_000
PERCENT = 15
DISCLOSED_FROM = 10_000_000

WINDOW_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Sale:
    """Securities granted under the rule on one day.

    Attributes:
        class_id: The class they are of, or give.
        units: Minor units that have not been cancelled, forfeited or retracted since.
        amount: Their price: of options and bought shares the price to pay, of others the fair value on the day of the
            grant; in whole units of the company's currency, exactly.
    """

    sold_on: date
    class_id: str
    units: int
    amount: Fraction

    def __post_init__(self) -> None:
        """Refuse less than nothing."""
        if self.units < 0 or self.amount < 0:
            raise ValueError("A sale is of zero units or more, for zero or more.")


@dataclass(frozen=True, slots=True)
class Basis:
    """What the limits are a share of, at the newest balance sheet.

    Attributes:
        total_assets: In whole units of the currency; None where no balance sheet is on record: then that test fails.
        outstanding: Minor units of the class.
    """

    total_assets: Fraction | None
    outstanding: int


class LimitTest(StrEnum):
    """The three tests; one is enough."""

    MILLION = "million"
    """Sales of at most $1,000,000."""
    ASSETS = "assets"
    """Sales of at most 15 % of total assets."""
    CLASS = "class"
    """At most 15 % of the outstanding shares of the class."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How twelve months of sales stand against the three limits.

    Attributes:
        window: First and last day, both included.
        sales: Price of all that was sold, of whatever class.
        units: Minor units sold of the class that is judged.
        assets_limit: 15 % of total assets, or None where no balance sheet is on record.
        class_limit: 15 % of the class outstanding, exactly.
    """

    window: tuple[date, date]
    sales: Fraction
    units: int
    assets_limit: Fraction | None
    class_limit: Fraction

    @property
    def passed(self) -> tuple[LimitTest, ...]:
        """The tests that hold."""
        held = {
            LimitTest.MILLION: self.sales <= MOST_SALES,
            LimitTest.ASSETS: self.assets_limit is not None and self.sales <= self.assets_limit,
            LimitTest.CLASS: self.units <= self.class_limit,
        }
        return tuple(test for test, holds in held.items() if holds)

    @property
    def is_exempt(self) -> bool:
        """Whether the sales are within the exemption."""
        return bool(self.passed)

    @property
    def needs_disclosure(self) -> bool:
        """Whether the exemption asks for the enhanced disclosure of §230.701(e)."""
        return self.sales > DISCLOSED_FROM

    def text(self, decimals: int) -> str:
        """Return the three tests in words, each with what it counts and its limit; ``decimals`` are the class's."""
        first, last = self.window
        sales, assets = _money(ceil(self.sales * 100)), "but no balance sheet is on record"
        if self.assets_limit is not None:
            assets = _money(floor(self.assets_limit * 100))
        units, most = decimal_text(self.units, decimals), decimal_text(floor(self.class_limit), decimals)
        return (
            f"from {first} to {last}, (1) sales of {sales}, at most {MOST_SALES:,}; "
            f"(2) the same sales, at most {PERCENT} % of total assets, {assets}; "
            f"(3) {units} shares of the class, at most {PERCENT} % of those outstanding, {most}"
        )

    @property
    def headroom(self) -> int:
        """Units of the class that may still be sold under the third test alone; zero or more."""
        return max(floor(self.class_limit) - self.units, 0)


def _money(cents: int) -> str:
    return f"{cents // 100:,}.{cents % 100:02}"


def standing(sales: Iterable[Sale], basis: Basis, class_id: str, ends_on: date) -> Standing:
    """Return how the sales of the twelve months that end on a day stand.

    Args:
        sales: Any; those outside the window do not count.
        basis: What the limits are a share of.
        class_id: The class whose shares the third test counts.
        ends_on: Last day of the window.
    """
    window = window_ending(ends_on)
    counted = [sale for sale in sales if window[0] <= sale.sold_on <= window[1]]
    return Standing(
        window,
        sum((sale.amount for sale in counted), Fraction(0)),
        sum(sale.units for sale in counted if sale.class_id == class_id),
        None if basis.total_assets is None else basis.total_assets * PERCENT / 100,
        Fraction(basis.outstanding * PERCENT, 100),
    )


def window_ending(day: date) -> tuple[date, date]:
    """Return the first and last day of the twelve months that end with a day."""
    return add_months(day, -WINDOW_MONTHS) + timedelta(days=1), day


def windows_with(sold_on: date, sales: Iterable[Sale]) -> tuple[date, ...]:
    """Return the last days of the windows that a sale may push over a limit.

    A window is fullest on a day of sale: the sale's own, and each later one whose twelve months reach back to it. So a
    grant that is recorded late can't hide behind those that came after.
    """
    later = {sale.sold_on for sale in sales if sale.sold_on > sold_on and window_ending(sale.sold_on)[0] <= sold_on}
    return (sold_on, *sorted(later))
