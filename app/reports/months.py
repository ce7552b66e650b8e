"""Months of sessions that are closed, as a report: when and by whom; nobody's own counts."""

from __future__ import annotations

from collections.abc import Iterable

from app.reports.report import Report, Source
from ledger.sessions.records import PeriodClose

COLUMNS = ("month", "closed_at_entry", "holdback_minutes", "requester", "approver")


def periods(closes: Iterable[PeriodClose], source: Source) -> Report:
    """Return the months that are closed, the earliest first."""
    listed = sorted(closes, key=lambda each: each.period)
    rows = tuple((each.period, each.known_at, each.holdback, each.requester, each.approver) for each in listed)
    return Report("periods", source, COLUMNS, rows)
