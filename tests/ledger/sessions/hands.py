"""Builders for sessions on record: what providers delivered, a policy, a closed month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import count

from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Draft
from ledger.sessions import choices, months
from ledger.sessions.deliveries import ImportOrder, keep_import
from ledger.sessions.policy import CreditPolicy
from ledger.sessions.records import SessionImport
from ledger.sessions.thresholds import Limits
from ledger.sessions.values import Attendance, Category, Delivery, Modality
from tests import make

MONDAY = date(2025, 7, 7)
JULY = "2025-07"
AFTER_JULY, AUGUST = date(2025, 8, 10), date(2025, 8, 20)
_numbers = count(1)


def delivered(provider: str, day: date, sessions: int = 1, minutes: int = 50, **changes: object) -> Delivery:
    """A day's tally of individual sessions by video, each of so many minutes."""
    row = {"category": Category.INDIVIDUAL, "modality": Modality.VIDEO, "attendance": Attendance.DELIVERED} | changes
    fingerprint = f"{next(_numbers):032x}"
    return Delivery(provider, day, count=sessions, minutes=sessions * minutes, fingerprint=fingerprint, **row)  # type: ignore[arg-type]


def week(provider: str, sessions: Sequence[int], monday: date = MONDAY) -> list[Delivery]:
    """So many sessions of 50 minutes on each day of a week."""
    return [delivered(provider, monday + timedelta(days=n), each) for n, each in enumerate(sessions) if each]


def handed_in(
    db: Session, rows: Sequence[Delivery], *, on: date = AFTER_JULY, digest: str | None = None
) -> SessionImport:
    """An import of these rows."""
    counts = {"rows_read": len(rows), "accepted": len(rows)}
    order = ImportOrder("csv", digest or f"{next(_numbers):064x}", {}, counts, len(rows))
    return keep_import(db, make.act(), order, rows, on=on)


def policy(db: Session, ceiling: Limits | None = None, *, effective_from: date = date(2024, 1, 1)) -> None:
    """A credit policy without indirect care, so that the numbers are those of the worked examples."""
    rule = CreditPolicy(
        "res:1",
        effective_from - timedelta(days=20),
        effective_from,
        ceiling or Limits(),
        indirect_minutes_per_hour=0,
    )
    on = effective_from - timedelta(days=10)
    act = make.act()
    journal.append(db, act, Draft("sessions.policy_set", on, (choices.credit_rule(rule, act.new_id("pol"), on=on),)))


def closed(db: Session, period: str = JULY, *, on: date = AFTER_JULY) -> None:
    """A month closed by two people."""
    months.close_period(db, make.act("usr_board"), period, requester="usr_finance", on=on)


def worked(db: Session, minutes: Mapping[str, int], *, day: date = MONDAY) -> None:
    """So many minutes in all for each provider, spread over days of a week in sessions of at most eight hours."""
    rows = []
    for provider, total in minutes.items():
        for n, left in enumerate(range(total, 0, -40_000)):
            part = min(left, 40_000)
            rows.append(_tally(provider, day + timedelta(days=n), part))
    handed_in(db, rows)


def _tally(provider: str, day: date, minutes: int) -> Delivery:
    sessions = -(-minutes // 480)
    video, individual = Modality.VIDEO, Category.INDIVIDUAL
    fingerprint = f"{next(_numbers):032x}"
    return Delivery(provider, day, individual, video, Attendance.DELIVERED, sessions, minutes, fingerprint)
