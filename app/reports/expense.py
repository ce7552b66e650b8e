"""Equity-compensation expense as reports (reports.md R10): what each instalment cost, awards without a value, bookings.

Pure: the values come from ``ledger.equity.captable.expenses``. Method and day count stand in the report's name, in a
column of their own and in its first warning, so that no figure is read without them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from app.reports.report import Amount, Cell, Number, Report, Source
from ledger.equity.captable.expenses import Booking, Expensed, Expenses
from ledger.equity.captable.valued_awards import Unvalued
from ledger.equity.expense import Attribution, DayCount, Line, Recognised
from ledger.types import decimal_text

CENTS = 2
PLACES = 6
"""Decimal places of what is printed and no sum is made of: a value a share, a part in per cent."""

BASES: Mapping[str, tuple[Attribution, DayCount]] = {
    "expense": (Attribution.GRADED, DayCount.ELAPSED),
    "expense-inclusive": (Attribution.GRADED, DayCount.INCLUSIVE),
    "expense-straight": (Attribution.STRAIGHT, DayCount.ELAPSED),
    "expense-straight-inclusive": (Attribution.STRAIGHT, DayCount.INCLUSIVE),
}
"""Name of a report to the method and the day count it is made by."""

JOURNALS = {name.replace("expense", "expense-journal"): basis for name, basis in BASES.items()}
"""The same for the bookings of each month."""

EXPENSE = (
    "security_id",
    "award",
    "holder_id",
    "award_type",
    "grant_date",
    "tranche",
    "quantity",
    "fair_value_per_share",
    "total_fair_value",
    "service_start",
    "service_end",
    "service_days_done",
    "total_days",
    "percent_complete",
    "cumulative_expense",
    "prior_cumulative",
    "period_expense",
    "unamortised",
    "forfeited_fair_value",
    "status",
    "currency",
    "method",
    "day_count",
)
SUMS = ("cumulative_expense", "prior_cumulative", "period_expense", "unamortised")
"""Columns that add up; a straight-line award has the value of the whole in each row, so values do not."""

ERRORS = ("security_id", "award", "holder_id", "award_type", "grant_date", "error")
JOURNAL = ("month", "begins_on", "ends_on", "account", "debit", "credit", "currency", "method", "day_count")

DEBIT, CREDIT = "Compensation expense", "Additional paid-in capital"


def expense(of: Expenses, source: Source, name: str) -> Report:
    """Return what each instalment (or, straight-line, each award) cost in a period, in the order of the grants."""
    rows = [_row(each, line, of, source) for each in of.awards for line in each.lines]
    return Report(name, source, EXPENSE, tuple(rows), tuple(_warnings(of)), adds_up=SUMS)


def errors(of: Iterable[Unvalued], source: Source) -> Report:
    """Return the awards whose cost can't be told for want of a value; of a period that is closed there are none."""
    rows = [
        (one.security.id, one.security.label, one.security.holder, one.award_type.value, one.granted_on, one.told)
        for one in of
    ]
    return Report("expense-errors", source, ERRORS, tuple(rows))


def _row(of: Expensed, one: Recognised, told: Expenses, source: Source) -> tuple[Cell, ...]:
    award, line = of.award, one.line
    share = award.valued.value * line.weight / line.units * 10**award.decimals if line.units else None
    return (
        award.security.id,
        award.security.label,
        award.security.holder,
        award.award_type.value,
        award.granted_on,
        line.number,
        Amount(round(line.units), award.decimals),
        None if share is None else Number(decimal_of(share)),
        Amount(one.cost, CENTS),
        award.valued.service.begins_on,
        line.ends_on,
        line.done,
        line.total,
        _percent(line),
        Amount(one.cumulative, CENTS),
        Amount(one.prior, CENTS),
        Amount(one.period, CENTS),
        Amount(one.cost - one.lost - one.cumulative, CENTS),
        Amount(one.lost, CENTS),
        line.fate.value,
        source.currency,
        told.method.value,
        told.count.value,
    )


def _percent(line: Line) -> Number | None:
    """Return how much of a line is recognised, in per cent; by its days where it costs nothing."""
    if line.done is None or line.total is None:
        return None
    part = line.recognised / line.cost if line.cost else Fraction(line.done, line.total)
    return Number(decimal_of(part * 100))


def decimal_of(number: Fraction) -> str:
    """Return a number with up to six decimal places, two at least."""
    places = next((place for place in range(CENTS, PLACES) if (number * 10**place).denominator == 1), PLACES)
    return decimal_text(round(number * 10**places), places)


def _warnings(of: Expenses) -> Iterable[str]:
    yield f"Attribution: {of.method.value}; days: {of.count.value}; forfeitures as they occur (ASC 718)."
    for one in of.errors:
        yield f"{one.told} It is not in these figures."
    for each in of.awards:
        if each.award.repriced_on is not None:
            label = each.award.security.label
            on = each.award.repriced_on
            yield f"{label} was repriced on {on}; the extra value that gave it is not in these figures."
        if each.award.is_liability:
            yield f"{each.award.security.label} is paid in cash: record its value anew at each closing."


def journal(of: Iterable[Booking], source: Source, name: str) -> Report:
    """Return the bookings of each month that has one: expense against paid-in capital, or the other way round."""
    method, count = JOURNALS[name]
    rows: list[tuple[Cell, ...]] = []
    for one in (each for each in of if each.amount):
        sides = (DEBIT, CREDIT) if one.amount >= 0 else (CREDIT, DEBIT)
        amount = Amount(abs(one.amount), CENTS)
        for account, debit, credit in ((sides[0], amount, None), (sides[1], None, amount)):
            month = one.first.isoformat()[:7]
            rows.append(
                (
                    month,
                    one.first,
                    one.last,
                    account,
                    debit,
                    credit,
                    source.currency,
                    method.value,
                    count.value,
                )
            )
    return Report(name, source, JOURNAL, tuple(rows), adds_up=("debit", "credit"))
