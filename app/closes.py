"""Months of sessions closed: as ``ledger.sessions.months`` does it, and only while every check of the record holds."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from app.errors import ChecksFail
from app.ties import findings
from ledger import journal
from ledger.reading import find
from ledger.sessions import months
from ledger.sessions.records import CloseRequest, PeriodClose
from ledger.types import Act, Cut


def ask_close(db: Session, act: Act, period: str, *, on: date, holdback: int | None = None) -> CloseRequest:
    """Record that somebody asks for a month to be closed; see ``months.ask_close``.

    Raises:
        ChecksFail: A check of the record does not hold; nobody can do without.
    """
    journal.lock(db)
    months.refuse_unclosable(db, period, on, holdback)
    _refuse_failing(db, period, on)
    return months.ask_close(db, act, period, on=on, holdback=holdback)


def approve_close(db: Session, act: Act, request_id: str, *, on: date) -> PeriodClose:
    """Close a month that somebody else asked to close; see ``months.approve_close``.

    Raises:
        ChecksFail: A check of the record does not hold; nobody can do without.
    """
    journal.lock(db)
    request = find(db, CloseRequest, request_id)
    months.refuse_unclosable(db, request.period, on, request.holdback)
    _refuse_failing(db, request.period, on)
    return months.approve_close(db, act, request_id, on=on)


def _refuse_failing(db: Session, period: str, on: date) -> None:
    failing = [one for one in findings(db, Cut(on, journal.size(db))) if not one.holds]
    if failing:
        names = ", ".join(f"{one.number} {one.name}" for one in failing)
        raise ChecksFail(f"{period} can't be closed while these checks do not hold: {names}.", field="period")
