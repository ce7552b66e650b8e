"""Layoff protection: what vests when the cooperative, not the provider, ends the engagement (equity.md §3.5, §3.6)."""

from datetime import date

from ledger.equity.vesting.closed_form import earned_months
from ledger.equity.vesting.months import months_elapsed, toll
from ledger.equity.vesting.plain import PlainTerms
from ledger.equity.vesting.table import Mark, Table, is_vested, vested


def layoff_units(
    quantity: int, terms: PlainTerms, start: date, on: date, *, extra_months: int, waive_cliff: bool
) -> int:
    """Return the units vested on a layoff under plain terms that nothing has changed since.

    The provider stands as if they had stayed ``extra_months`` longer.

    Args:
        quantity: Minor units in the grant.
        terms: Its plain terms.
        start: The vesting start.
        on: The last day.
        extra_months: Months that the policy adds.
        waive_cliff: Whether what has accrued vests even before the cliff.
    """
    return quantity * _protected_months(terms, months_elapsed(start, on) + extra_months, waive_cliff) // terms.months


def _protected_months(terms: PlainTerms, elapsed: int, waive_cliff: bool) -> int:
    """Return the months that count, the cliff waived or not."""
    without_cliff = PlainTerms(terms.months, every_months=terms.every_months)
    return earned_months(without_cliff if waive_cliff else terms, elapsed)


def layoff_units_of(
    table: Table, on: date, *, vesting_start: date, extra_months: int, waive_cliff_of: PlainTerms | None = None
) -> int:
    """Return the units vested on a layoff by a table, whatever has happened to it: those of extra months included.

    A row counts if it would have vested by ``on`` were it ``extra_months`` earlier, its months counted as
    ``later.resume`` counts them. Without pauses and accelerations the answer is :func:`layoff_units`'s.

    Args:
        table: The grant's table.
        on: The last day.
        vesting_start: The day the schedule's months are counted from.
        extra_months: Months that the policy adds.
        waive_cliff_of: The plain terms whose cliff is waived: while not even the row of the cliff counts, the months
            since it began to accrue do. None where the policy waives no cliff.
    """
    held = vested(table, on)
    ahead = [row for row in table if row.mark in {Mark.SCHEDULED, Mark.PAUSED} and not is_vested(row, on)]
    day = vesting_start.day
    counted = sum(row.quantity for row in ahead if toll(row.date, day, -extra_months, 0) <= on)
    if held or counted or not ahead or waive_cliff_of is None:
        return held + counted
    accrues_from = toll(ahead[0].date, day, -waive_cliff_of.first_month, 0)
    quantity = sum(row.quantity for row in ahead)
    return layoff_units(quantity, waive_cliff_of, accrues_from, on, extra_months=extra_months, waive_cliff=True)
