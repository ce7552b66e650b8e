"""What a declaration could not take away: corrections that come to more than a provider's credit of its period.

July is declared, and in August 600 minutes of it turn out never to have been, of a provider with 400 minutes in August.
So August counts nothing of theirs, and the 200 that are left are taken from the next declaration's minutes. They stand
on record as that provider's part of the declaration: a weight below zero, and no money or units.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from ledger import journal, tables
from ledger.errors import NotApproved
from ledger.reading import every, find, selection
from ledger.sessions.records import Allocation, PatronageDeclaration, PatronageDraft
from ledger.sessions.weights import Span
from ledger.types import Cut


def shortfalls(db: Session, span: Span, plan_id: str | None, *, known_at: int) -> dict[str, int]:
    """Return what the declaration before could not take away: provider to minutes, all below zero.

    That is the newest one of the same kind, money or units of the same plan, as known before an entry. One of the very
    same months is passed over: two pools split by the same minutes take in the same.
    """
    cut = Cut(date.max, known_at)
    for declared in reversed(every(db, PatronageDeclaration, cut)):
        draft = find(db, PatronageDraft, declared.draft)
        if draft.plan_id == plan_id and (draft.first_day, draft.last_day) != (span.first, span.last):
            parts = tables.table(Allocation).c
            query = selection(Allocation, cut).where(parts.declaration == draft.id, parts.weight < 0)
            return {row.member: row.weight for row in db.execute(query)}
    return {}


def require_nothing_new(db: Session, draft: PatronageDraft) -> None:
    """Refuse a preview that was made before another declaration left something to be taken away.

    Raises:
        NotApproved: It was.
    """
    span = Span(draft.first_day, draft.last_day)
    previewed, now = (shortfalls(db, span, draft.plan_id, known_at=at) for at in (draft.known_at, journal.size(db)))
    if previewed != now:
        raise NotApproved("Another declaration left corrections to be taken from this one; preview it anew.")
