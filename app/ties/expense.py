"""The check of equity-compensation expense (16): every grant has a value, periods add up, and nothing of it is lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from app.ties.finding import Finding, found, money
from ledger.equity.captable.expenses import Booking, Expenses, expenses, spans_between, spread
from ledger.equity.expense import LOST, Attribution, DayCount, Fate, Recognised
from ledger.equity.fair_values import FairValue
from ledger.reading import known
from ledger.types import Cut

QUARTER = 3
"""Months in it."""


def expense(db: Session, cut: Cut) -> Finding:
    """Check the expense of the year of the day, up to it: graded, elapsed days."""
    if not known(db, FairValue, cut):
        # who has recorded no value keeps the expense elsewhere
        return judged(None, ())
    basis = Attribution.GRADED, DayCount.ELAPSED
    first = date(cut.as_of.year, 1, 1)
    told = expenses(db, first, cut, *basis)
    return judged(told, spread(db, cut, *basis, spans_between(first, cut.as_of, QUARTER)))


def judged(told: Expenses | None, quarters: Sequence[Booking]) -> Finding:
    """Return what the check found; None where no value is on record."""
    if told is None:
        return found(16, "expense", (), year=money(0), quarters=money(0), parts=money(0), value=money(0), missing=0)
    quarterly = sum(one.amount for one in quarters)
    offenders = [one.security.label for one in told.errors]
    offenders += [each.award.security.label for each in told.awards if any(map(_is_off, each.lines))]
    offenders += [str(told.since)] if quarterly != told.period else []
    return found(
        16,
        "expense",
        offenders,
        year=money(told.period),
        quarters=money(quarterly),
        parts=money(told.cumulative + told.unamortised),
        value=money(told.cost - told.lost),
        missing=len(told.errors),
    )


def _is_off(one: Recognised) -> bool:
    """Return whether what has vested is not recognised in full, or anything of what is lost."""
    if one.line.fate in {Fate.VESTED, Fate.GONE}:
        return one.cumulative != one.cost
    return bool(one.cumulative) if one.line.fate in LOST else one.line.recognised > one.line.cost
