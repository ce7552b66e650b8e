"""Checks that go beyond rebuilding rows: what a grant's entry promised is what its terms come to."""

from __future__ import annotations

from datetime import date
from itertools import accumulate

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import tables
from ledger.equity.promises import promised, read_terms
from ledger.equity.values import Award, Schedule, ScheduleCause, Security
from ledger.equity.vesting.closed_form import vested_units
from ledger.equity.vesting.plain import PlainTerms
from ledger.equity.vesting.table import Table, decode
from ledger.errors import Refusal
from ledger.records import from_row
from ledger.verify import Fault

PAGE = 1000
"""Rows fetched at a time."""


def check_promises(db: Session) -> Fault | None:
    """Return the first grant whose written instalments are not what its terms come to, or None.

    Two ways to the same number: the table from the terms, and for plain terms the closed form on every date of it.
    """
    award, security, schedule = (tables.table(of) for of in (Award, Security, Schedule))
    query = (
        select(award, security.c.quantity, tables.entry.c.effective_on, schedule.c.instalments, schedule.c.cause)
        .join(security, security.c.id == award.c.security)
        .join(tables.entry, tables.entry.c.n == award.c.n)
        .join(schedule, (schedule.c.n == award.c.n) & (schedule.c.security == award.c.security))
        .order_by(award.c.n, award.c.i)
        .execution_options(yield_per=PAGE)
    )
    with db.execute(query) as rows:
        for row in rows.mappings():
            written = decode(from_row(Schedule, {**row, "security": ""}).instalments)
            message = _misfit(from_row(Award, row), row["quantity"], row["effective_on"], written)
            if row["cause"] == ScheduleCause.GRANTED and message is not None:
                return Fault("schedule", row["n"], message)
    return None


def _misfit(award: Award, quantity: int, issued_on: date, written: Table) -> str | None:
    if sum(row.quantity for row in written) != quantity:
        return f"the instalments do not add up to the {quantity:,} units granted"
    if award.vestings_given:
        return None
    events = {name: date.fromisoformat(day) for name, day in (award.events or {}).items()}
    try:
        expected = promised(
            award.vesting,
            quantity,
            issued_on,
            start=award.vesting_start,
            events=events,
            held_to_grant_date=award.held_to_grant_date,
        )
    except Refusal as refusal:
        return f"the terms can't be read: {refusal}"
    if expected != written:
        return "the instalments are not what the terms come to"
    return None if _closed_form_agrees(award, quantity, written) else "the closed form gives another number"


def _closed_form_agrees(award: Award, quantity: int, written: Table) -> bool:
    if award.vesting is None or award.vesting_start is None or award.held_to_grant_date:
        return True
    terms, start = read_terms(award.vesting), award.vesting_start
    if not isinstance(terms, PlainTerms):
        return True
    running = accumulate(row.quantity for row in written)
    return all(
        vested_units(quantity, terms, start, row.date) == so_far for row, so_far in zip(written, running, strict=True)
    )
