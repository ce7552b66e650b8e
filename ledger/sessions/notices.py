"""Money and written notice: in which parts an allocation reaches a member, and what is told to the tax office.

A notice is qualified when the member consented to be taxed on it and at least 20 % of the allocation is paid in money,
for each member and not on average (cooperative-finance.md §2.3). Form 1099-PATR reports both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import ceil

from ledger.errors import Invalid
from ledger.sessions.errors import CashTooLow

LEAST_CASH = Fraction(1, 5)
"""Of a qualified allocation, the part that is paid in money at least (IRC §1388(c))."""

REPORTED_FROM = 1_000
"""Cents from which Form 1099-PATR is filed."""


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
