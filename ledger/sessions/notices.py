"""Money and written notice: in which parts an allocation reaches a member, and what is told to the tax office.

A notice is qualified when the member consented to be taxed on it and at least 20 % of the allocation is paid in money,
for each member and not on average (cooperative-finance.md §2.3). Form 1099-PATR reports both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from math import ceil

from ledger.equity.vesting.months import add_months
from ledger.errors import Invalid
from ledger.sessions.errors import CashTooLow
from ledger.sessions.weeks import last_day

LEAST_CASH = Fraction(1, 5)
"""Of a qualified allocation, the part that is paid in money at least (IRC §1388(c))."""

REPORTED_FROM = 1_000
"""Cents from which Form 1099-PATR is filed."""

PAYMENT_MONTHS = 9
"""The payment period ends on the 15th of the ninth month after the fiscal year (IRC §1382(d))."""

CASHED_WITHIN = timedelta(days=90)
"""A qualified check that is cashed later than this after the payment period makes no qualified notice (§1388(c))."""


class NoticeKind(StrEnum):
    """Who is taxed on the part that is not paid out."""

    QUALIFIED = "QUALIFIED"
    """The member, now."""
    NONQUALIFIED = "NONQUALIFIED"
    """The cooperative now, the member when it is redeemed."""


@dataclass(frozen=True, slots=True)
class Notice:
    """An allocation in its two parts, in cents: ``cash`` and ``retained`` add up to ``allocated`` (E20 I20.5)."""

    kind: NoticeKind
    allocated: int
    cash: int

    def __post_init__(self) -> None:
        """Refuse parts that don't add up, and a qualified notice with too little money."""
        if not 0 <= self.cash <= self.allocated:
            raise Invalid("Money is from nothing to all of an allocation.", field="cash")
        least = cash_part(self.allocated)
        if self.kind is NoticeKind.QUALIFIED and self.cash < least:
            raise CashTooLow(
                f"Of {_dollars(self.allocated)}, at least {_dollars(least)} must be money; "
                f"{_dollars(self.cash)} is less than 20 %.",
                field="cash",
            )

    @property
    def retained(self) -> int:
        """What is credited to the member's capital account."""
        return self.allocated - self.cash


@dataclass(frozen=True, slots=True)
class Form1099Patr:
    """The boxes of a member's Form 1099-PATR, in cents.

    Attributes:
        dividends: Box 1: patronage dividends in money and qualified notices.
        non_patronage: Box 2.
        retains: Box 3: per-unit retains.
        withheld: Box 4: income tax withheld.
        redeemed: Box 5: nonqualified notices redeemed.
    """

    dividends: int = 0
    non_patronage: int = 0
    retains: int = 0
    withheld: int = 0
    redeemed: int = 0

    @property
    def is_due(self) -> bool:
        """Whether it must be filed: for $10.00 or more, or where tax was withheld."""
        return self.dividends + self.non_patronage + self.retains + self.redeemed >= REPORTED_FROM or self.withheld > 0


def cash_part(allocated: int, rate: Fraction = LEAST_CASH) -> int:
    """Return a share of an allocation, rounded up to the cent: of $1,234.57, $246.92."""
    return ceil(allocated * rate)


def notice(allocated: int, *, has_consented: bool, cash: int | None = None) -> Notice:
    """Return the notice for an allocation.

    Args:
        allocated: Cents.
        has_consented: Whether the member's consent to be taxed is on file; without it the notice is nonqualified.
        cash: Cents paid in money; the least a qualified notice needs where it is not given.

    Raises:
        CashTooLow: Less than 20 % of a qualified allocation.
        Invalid: Below nothing, or more than the allocation.
    """
    kind = NoticeKind.QUALIFIED if has_consented else NoticeKind.NONQUALIFIED
    return Notice(kind, allocated, cash_part(allocated) if cash is None else cash)


def payment_period_end(fiscal_year: int, year_end: str = "12-31") -> date:
    """Return the last day on which a year's patronage is paid: for 2025, 2026-09-15."""
    return add_months(last_day(fiscal_year, year_end).replace(day=15), PAYMENT_MONTHS)


def last_day_to_cash(fiscal_year: int, year_end: str = "12-31") -> date:
    """Return the last day on which cashing a qualified check is consent: for 2025, 2026-12-14."""
    return payment_period_end(fiscal_year, year_end) + CASHED_WITHIN


def nonqualified_part(notices: Iterable[Notice], before: int, redeemed: int) -> int:
    """Return how much of a redemption was of nonqualified notices: that part is the member's income now (box 5).

    Args:
        notices: Of one fiscal year, oldest first; the oldest are redeemed first.
        before: Cents of them redeemed before.
        redeemed: Cents redeemed now.
    """
    part, start = 0, 0
    for paper in notices:
        end = start + paper.retained
        if paper.kind is NoticeKind.NONQUALIFIED:
            part += max(0, min(end, before + redeemed) - max(start, before))
        start = end
    return part


def form_1099_patr(
    notices: Iterable[Notice], *, redeemed: int = 0, non_patronage: int = 0, retains: int = 0, withheld: int = 0
) -> Form1099Patr:
    """Return a member's form for a year; ``is_due`` tells whether it is filed.

    Args:
        notices: The year's.
        redeemed: Nonqualified notices of earlier years paid out, in cents; qualified ones were taxed when issued.
        non_patronage: Paid from other income.
        retains: Fixed per unit, without reference to net earnings.
        withheld: Income tax.
    """
    dividends = sum(paper.allocated if paper.kind is NoticeKind.QUALIFIED else paper.cash for paper in notices)
    return Form1099Patr(dividends, non_patronage, retains, withheld, redeemed)


def _dollars(cents: int) -> str:
    return f"${cents // 100:,}.{cents % 100:02}"
