"""When capital accounts are paid out (cooperative-finance.md §2.5).

Notices revolve: those of a year are redeemed five years later, oldest first. Who leaves is paid in five equal yearly
instalments; after death, disability or in hardship all is due within twelve months. Redeeming touches the account,
never a vote; whether the cooperative can afford it is for the board to judge before.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

from ledger.apportionment import apportion
from ledger.equity.vesting.months import add_months
from ledger.errors import QuantityInvalid
from ledger.sessions.errors import BalanceTooLow, OutOfTurn
from ledger.sessions.weeks import last_day

REVOLVING_YEARS = 5
"""A notice of fiscal year Y is redeemed in Y + 5."""

INSTALMENTS = 5
"""Yearly payments to who leaves."""

FIRST_WITHIN = timedelta(days=90)
"""After the end of the fiscal year."""

ALL_WITHIN_MONTHS = 12
"""After death, disability or in hardship."""


class Instalment(NamedTuple):
    """A payment: the last day on which it is due, and its cents."""

    due_on: date
    cents: int


def due_in(notices: Mapping[int, int], fiscal_year: int) -> int:
    """Return how many cents of a member's notices are due for redemption by the end of a fiscal year.

    Args:
        notices: Fiscal year of issue to cents not redeemed yet.
        fiscal_year: The year.
    """
    return sum(cents for year, cents in notices.items() if year + REVOLVING_YEARS <= fiscal_year)


def redemption(
    notices: Mapping[int, int], cents: int, *, year: int | None = None, resolution: str | None = None
) -> dict[int, int]:
    """Return from which years' notices an amount is redeemed: the oldest first.

    Args:
        notices: Fiscal year of issue to cents not redeemed yet.
        cents: What is redeemed; the board may redeem more than is due.
        year: Redeem notices of this year only.
        resolution: What allows a year out of turn (E21 I21.2).

    Raises:
        OutOfTurn: Older notices are not redeemed, and no resolution says to leave them.
        BalanceTooLow: There are not so many.
        QuantityInvalid: Not above zero.
    """
    if cents < 1:
        raise QuantityInvalid("At least one cent is redeemed.", field="cents")
    older = [other for other, left in notices.items() if left and year is not None and other < year]
    if older and resolution is None:
        raise OutOfTurn(f"Notices of {min(older)} come before those of {year}.", field="year")
    chosen = {of: left for of, left in sorted(notices.items()) if year in {None, of}}
    if cents > sum(chosen.values()):
        raise BalanceTooLow(f"{sum(chosen.values()):,} cents are held; {cents:,} can't be redeemed.", field="cents")
    redeemed = {}
    for of, held in chosen.items():
        if part := min(held, cents):
            redeemed[of] = part
            cents -= part
    return redeemed


def exit_instalments(
    balance: int, left_on: date, *, year_end: str = "12-31", in_full: bool = False
) -> tuple[Instalment, ...]:
    """Return when and how an account is paid out to a member who leaves.

    $931.02 over five years are 186.21, 186.21, 186.20, 186.20 and 186.20.

    Args:
        balance: Cents, zero or more.
        left_on: The day they left.
        year_end: The last day of the company's fiscal year, ``MM-DD``.
        in_full: After death or disability, or in hardship: all at once, within twelve months.

    Raises:
        QuantityInvalid: The balance is below zero: there is nothing to pay out.
    """
    if balance < 0:
        raise QuantityInvalid("An account below zero is not paid out.", field="balance")
    if in_full:
        return (Instalment(add_months(left_on, ALL_WITHIN_MONTHS), balance),) if balance else ()
    year = left_on.year + (left_on > last_day(left_on.year, year_end))
    parts = apportion(balance, {str(n): 1 for n in range(INSTALMENTS)})
    return tuple(
        Instalment(last_day(year + int(n), year_end) + FIRST_WITHIN, cents) for n, cents in parts.items() if cents
    )
