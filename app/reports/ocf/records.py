"""Facts that the format has no type for, as records of the ledger in an item of our own.

Leaves that pause vesting, what leaving means for options, engagements and their ends, total assets: they come out as
they are on record, under the ids of the package, and are read back as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from app.imports.ocf.remarks import RECORD, Object
from app.reports.ocf.book import Book
from app.reports.ocf.items import item
from ledger.equity.leaving import LeavingEntry
from ledger.equity.values import (
    CauseDecision,
    CompanyFigure,
    Engagement,
    EngagementEnd,
    EventKind,
    Schedule,
    ScheduleCause,
    SecurityEvent,
)
from ledger.equity.vesting.table import encode
from ledger.equity.vesting_changes import VestingEntry
from ledger.records import Record, to_body

UNSAID = (EventKind.LEFT, EventKind.PAUSED, EventKind.RESUMED, EventKind.SUSPENDED, EventKind.REINSTATED)
"""What may happen to a security without a word of the format for it."""

MOVES = frozenset(
    {
        ScheduleCause.EVENT,
        ScheduleCause.PAUSED,
        ScheduleCause.RESUMED,
        ScheduleCause.SUSPENDED,
        ScheduleCause.REINSTATED,
    }
)
"""Why instalments move without a transaction of the format that would say so."""


def is_unsaid(record: Record) -> bool:
    """Return whether a record can only come out as it is."""
    if isinstance(record, SecurityEvent):
        is_nothing = record.kind is EventKind.FORFEITED and not record.quantity
        return record.kind in UNSAID or record.kind is EventKind.MILESTONE or is_nothing
    if isinstance(record, Schedule):
        return record.cause in MOVES
    return isinstance(record, Engagement | EngagementEnd | CauseDecision | CompanyFigure)


def record_item(id: str, on: date, kind: str, bodies: Sequence[Any]) -> Object:
    """Return the item for records of one entry."""
    return item(RECORD, id, date=on, kind=kind, records=list(bodies))


def carried_item(book: Book, id: str, on: date, event: SecurityEvent, since: date) -> Object:
    """Return the item for an event that still holds of a security, which goes on under another id from ``on``."""
    kind = VestingEntry.PAUSED if event.kind is EventKind.PAUSED else LeavingEntry.LEFT
    return {**record_item(id, on, kind, [body_of(book, event, on)]), "since": since.isoformat()}


def body_of(book: Book, record: Record, on: date) -> list[Any]:
    """Return a record as an entry holds it, under the ids of the package."""
    name, fields = to_body(record)
    assert isinstance(fields, dict)
    renamed: dict[str, Any] = dict(fields)
    if isinstance(record, Schedule):
        renamed["instalments"] = encode(book.held[record.security].schedule(on))
    for field in ("security", "holder"):
        if field in renamed:
            renamed[field] = book.name(renamed[field])
    return [name, renamed]
