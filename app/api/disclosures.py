"""Files with whole tax numbers: asked for by one person, approved by another, then taken for a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy.orm import Session

from app import disclosures, reports
from app.api.door import Door
from app.api.fields import Attachment, Day, EntryNumber, Id, Line, Order, Page, Told, shown
from app.api.lists import AsOf, PagingAsked, mark_of, page_of_found
from app.api.service import Now
from app.disclosures import Disclosure, DisclosureState
from app.people.tokens import Scope, Token
from ledger.errors import FourEyes, NotAllowedNow, NotFound
from ledger.types import Act, moment_at

door = Door("disclosures")


DISCLOSURE: dict[str, Any] = {
    "id": "dsc_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "report": "1099-patr",
    "format": "csv",
    "as_of": "2025-12-31",
    "known_at": 4812,
    "reason": "Filing the forms of 2025.",
    "content": "9f2c5a9d5d2f4b7f0c7d1c1f4a0f1e0b6f4a4f8f9f2c5a9d5d2f4b7f0c7d1c1f",
    "numbers": 12,
    "state": "WAITING",
    "asked_by": "usr_finance",
    "asked_at": "2026-03-02T15:30:00Z",
    "decided_by": None,
    "until": "2026-03-09T15:30:00Z",
}


class DisclosedReport(StrEnum):
    """What may be asked for."""

    PATR_FORMS = "1099-patr"
    """The figures of Form 1099-PATR, with the tax number of each member."""
    ISO_EXERCISES = "iso-exercises"
    """The figures of Form 3921, likewise."""
    OCF = "ocf"
    """The whole record as an Open Cap Format package, to be imported elsewhere."""


class DisclosedFormat(StrEnum):
    """In what form: a package as zip, figures as any other."""

    CSV = "csv"
    JSON = "json"
    XLSX = "xlsx"
    PDF = "pdf"
    ZIP = "zip"


class DisclosureIn(Order):
    """Which file, and what it is for."""

    model_config = shown(
        {"report": "1099-patr", "format": "csv", "as_of": "2025-12-31", "reason": "Filing the forms of 2025."}
    )

    report: DisclosedReport
    format: DisclosedFormat
    as_of: Day | None = None
    """Today, if left out; of forms, a day of the year they are for."""
    known_at: EntryNumber | None = None
    """Everything, if left out."""
    reason: Line
    """It stands on every copy."""


class DisclosureOut(Told):
    """Somebody asks for a file, and where that stands."""

    model_config = shown(DISCLOSURE)

    id: str
    report: DisclosedReport
    format: DisclosedFormat
    as_of: date
    known_at: int
    reason: str
    content: str
    """SHA-256 of what the file would hold: what is approved, and nothing else is handed out."""
    numbers: int
    """How many tax numbers that are."""
    state: DisclosureState
    asked_by: str
    asked_at: datetime
    decided_by: str | None
    until: datetime
    """Until when it waits, or may be taken."""

    @classmethod
    def of(cls, one: Disclosure, now: datetime) -> DisclosureOut:
        """Return it as the API tells it."""
        return cls(
            id=one.id,
            report=DisclosedReport(one.report),
            format=DisclosedFormat(one.ending),
            as_of=one.as_of,
            known_at=one.known_at,
            reason=one.reason,
            content=one.content,
            numbers=one.numbers,
            state=one.state(now),
            asked_by=one.asked_by,
            asked_at=moment_at(one.asked_at),
            decided_by=one.decided_by,
            until=moment_at(one.until),
        )


@dataclass(frozen=True, slots=True)
class DisclosedFile(Attachment):
    """A copy, in any of its forms."""

    described_as: ClassVar[str] = "application/octet-stream"


@door.write("/disclosures", Scope.DISCLOSURES_WRITE, refuses=[NotFound, NotAllowedNow])
def ask_for_disclosure(db: Session, act: Act, order: DisclosureIn) -> DisclosureOut:
    """Ask for a file with whole tax numbers.

    Somebody else approves it within seven days. Without one, files have the last four digits at most.
    """
    cut = AsOf(order.as_of, order.known_at).cut(db, act.now)
    reports.source_of(db, cut)
    made = disclosures.ask(db, act, order.report, order.format, cut, reason=order.reason)
    return DisclosureOut.of(made, act.now)


@door.read("/disclosures", Scope.CAPTABLE_READ)
def list_disclosures(db: Session, now: Now, page: PagingAsked) -> Page[DisclosureOut]:
    """List who asked for which file with tax numbers, what for, and who approved it, the newest first."""
    before = None if page.cursor is None else mark_of("disclosures", page.cursor)
    found = disclosures.disclosures(db, before=before, limit=page.limit + 1)
    return page_of_found("disclosures", found, page, lambda one: DisclosureOut.of(one, now), lambda one: one.id)


@door.write("/disclosures/{disclosure}/approve", Scope.DISCLOSURES_APPROVE, refuses=[NotAllowedNow, FourEyes])
def approve_disclosure(db: Session, act: Act, disclosure: Id) -> DisclosureOut:
    """Approve a file that somebody else asked for.

    They may take it for 24 hours, as long as it would hold what it holds now.
    """
    return DisclosureOut.of(disclosures.decide(db, act, disclosure, is_approved=True), act.now)


@door.write("/disclosures/{disclosure}/decline", Scope.DISCLOSURES_APPROVE, refuses=[NotAllowedNow])
def decline_disclosure(db: Session, act: Act, disclosure: Id) -> DisclosureOut:
    """Decline a file that somebody asked for."""
    return DisclosureOut.of(disclosures.decide(db, act, disclosure, is_approved=False), act.now)


@door.read("/disclosures/{disclosure}/file", Scope.DISCLOSURES_WRITE, long=True, refuses=[NotAllowedNow])
def get_disclosed_file(db: Session, token: Token, disclosure: Id, now: Now) -> DisclosedFile:
    """Take a file that was approved.

    For whoever asked for it. Each copy says who took it, when and what for, and is noted with its hash.
    """
    copy = disclosures.copy_of(db, disclosure, token.actor, now)
    return DisclosedFile(copy.data, copy.media_type, copy.name, copy.taken)
