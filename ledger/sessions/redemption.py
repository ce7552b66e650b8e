"""When capital accounts are paid out (cooperative-finance.md §2.5).

Notices revolve: those of a year are redeemed five years later, oldest first. Who leaves is paid in five equal yearly
instalments; after death, disability or in hardship all is due within twelve months. Redeeming touches the account,
never a vote; whether the cooperative can afford it is for the board to state before (``solvency``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

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


class ExitCause(StrEnum):
    """Why an account is paid out as a whole."""

    LEFT = "LEFT"
    """They left: in five yearly instalments."""
    DEATH = "DEATH"
    """They died: within twelve months."""
    DISABILITY = "DISABILITY"
    """They can no longer work: within twelve months."""
    HARDSHIP = "HARDSHIP"
    """They are in need, and may still be a member: within twelve months, as the board resolved."""

    @property
    def is_in_full(self) -> bool:
        """Whether all is due at once, within twelve months."""
        return self is not ExitCause.LEFT


class Instalment(NamedTuple):
    """A payment: the first day on which it is its turn, the last day on which it is due, and its cents."""

    opens_on: date
    due_on: date
    cents: int


def fiscal_year_of(day: date, year_end: str = "12-31") -> int:
    """Return the fiscal year that a day lies in, named for the calendar year in which it ends."""
    return day.year + (day > last_day(day.year, year_end))


def due_in(notices: Mapping[int, int], fiscal_year: int) -> int:
    """Return how many cents of a member's notices are due for redemption by the end of a fiscal year.

    Args:
        notices: Fiscal year of issue to cents not redeemed yet.
        fiscal_year: The year.
    """
    return sum(cents for year, cents in notices.items() if year + REVOLVING_YEARS <= fiscal_year)


def revolving(fiscal_year: int, cents: int, year_end: str = "12-31") -> Instalment:
    """Return when the notices of a year are redeemed: in the fiscal year that ends five years later."""
    year = fiscal_year + REVOLVING_YEARS
    return Instalment(last_day(year - 1, year_end) + timedelta(days=1), last_day(year, year_end), cents)


def left_by_losses(notices: Mapping[int, int], balance: int) -> dict[int, int]:
    """Return what losses have left of a member's notices: they wear away the newest first.

    Args:
        notices: Fiscal year of issue to cents not redeemed yet.
        balance: What the account holds; capital that was paid in bears a loss before any notice does.
    """
    left = {}
    for year, cents in sorted(notices.items()):
        if (part := min(cents, balance)) > 0:
            left[year] = part
            balance -= part
    return left


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
        return (Instalment(left_on, add_months(left_on, ALL_WITHIN_MONTHS), balance),) if balance else ()
    year = fiscal_year_of(left_on, year_end)
    parts = apportion(balance, {str(n): 1 for n in range(INSTALMENTS)})
    ends = {n: last_day(year + int(n), year_end) for n in parts}
    return tuple(Instalment(ends[n], ends[n] + FIRST_WITHIN, cents) for n, cents in parts.items() if cents)


def unpaid(instalments: Sequence[Instalment], paid: int) -> tuple[Instalment, ...]:
    """Return what is left of instalments after ``paid`` cents, which make up for the first of them first."""
    left = []
    for instalment in instalments:
        covered = min(paid, instalment.cents)
        paid -= covered
        if instalment.cents > covered:
            left.append(instalment._replace(cents=instalment.cents - covered))
    return tuple(left)


def exit_payment(
    instalments: Sequence[Instalment],
    paid: int,
    cents: int | None,
    *,
    on: date,
    balance: int,
    resolution: str | None = None,
) -> int:
    """Return how many cents of a promised exit are paid on a day.

    Args:
        instalments: As they were promised.
        paid: Cents paid of them before.
        cents: What is to be paid; all whose turn it is, as far as the account reaches, where it is not given.
        on: The day of payment.
        balance: What the account holds: losses after the promise may have made it smaller.
        resolution: What allows to pay an instalment before its turn.

    Raises:
        OutOfTurn: It is no instalment's turn yet, or not that of so much, and no resolution says to pay earlier.
        BalanceTooLow: More than is promised and not paid, or more than the account holds.
        QuantityInvalid: Not above zero.
    """
    left = unpaid(instalments, paid)
    promised = sum(each.cents for each in left)
    if not promised or balance < 1:
        raise BalanceTooLow(f"{promised:,} cents are promised and {balance:,} held: there is nothing to pay.")
    opened = sum(each.cents for each in left if each.opens_on <= on)
    if not opened and resolution is None:
        raise OutOfTurn(f"The next instalment is paid from {left[0].opens_on} to {left[0].due_on}.", field="on")
    due = cents if cents is not None else min(opened or left[0].cents, balance)
    if due > min(promised, balance):
        text = f"{promised:,} cents are promised and {balance:,} held; {due:,} can't be paid."
        raise BalanceTooLow(text, field="cents")
    if due < 1:
        raise QuantityInvalid("At least one cent is paid.", field="cents")
    if due > opened and resolution is None:
        raise OutOfTurn(f"It is the turn of {opened:,} cents; paying more needs a resolution.", field="cents")
    return due


def encode(instalments: Sequence[Instalment]) -> list[list[Any]]:
    """Return instalments as a record holds them: from, to, cents."""
    return [[each.opens_on.isoformat(), each.due_on.isoformat(), each.cents] for each in instalments]


def decode(table: Sequence[Sequence[Any]]) -> tuple[Instalment, ...]:
    """Return the instalments that a record holds."""
    return tuple(Instalment(date.fromisoformat(start), date.fromisoformat(end), cents) for start, end, cents in table)
