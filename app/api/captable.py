"""The cap table and its companions, as of any day and as known before any entry: the same bytes for ever."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Query
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema
from sqlalchemy.orm import Session

from app import reports
from app.api.door import Door
from app.api.entries import HASH
from app.api.fields import Attachment, Day, Told, shown
from app.api.lists import AsOfAsked
from app.api.service import Now
from app.errors import ScopeMissing
from app.people.exports import Taken
from app.people.tokens import Scope, Token
from ledger.errors import DatesOutOfOrder, Invalid, NotFound

door = Door("captable")


class ReportName(StrEnum):
    """Which report."""

    SUMMARY = "summary"
    """By class (R1)."""
    HOLDERS = "holders"
    """By holder (R2)."""
    POOL = "pool"
    """The balance of every plan (R5)."""
    POOL_EVENTS = "pool-events"
    """What happened to every pool (R6)."""
    VESTING = "vesting"
    """Every instalment promised (R7)."""
    GRANTS = "grants"
    """The register of grants (R4)."""
    VESTING_MONTHS = "vesting-months"
    """What vests in which month."""
    PERIODS = "periods"
    """The months of sessions that are closed."""
    ROLL_FORWARD = "roll-forward"
    """From one day to another (R8)."""
    HOLDER_ROLL_FORWARD = "holder-roll-forward"
    """The same by holder."""
    SECURITIES = "securities"
    """Everything ever issued (R3)."""
    RETURNED = "returned"
    """What was taken back or transferred (R9)."""
    ISO_EXERCISES = "iso-exercises"
    """The figures of Form 3921 for the year (R12)."""
    EXPENSE = "expense"
    """Equity-compensation expense (R10), graded, elapsed days."""
    EXPENSE_INCLUSIVE = "expense-inclusive"
    """The same with the first day counted."""
    EXPENSE_STRAIGHT = "expense-straight"
    """The same straight-line over each award, elapsed days."""
    EXPENSE_STRAIGHT_INCLUSIVE = "expense-straight-inclusive"
    """The same with the first day counted."""
    EXPENSE_JOURNAL = "expense-journal"
    """What of it is booked month by month: graded, elapsed days."""
    EXPENSE_JOURNAL_INCLUSIVE = "expense-journal-inclusive"
    """The same with the first day counted."""
    EXPENSE_JOURNAL_STRAIGHT = "expense-journal-straight"
    """The same straight-line over each award, elapsed days."""
    EXPENSE_JOURNAL_STRAIGHT_INCLUSIVE = "expense-journal-straight-inclusive"
    """The same with the first day counted."""
    EXPENSE_ERRORS = "expense-errors"
    """Awards without a fair value; there must be none."""
    PATRONAGE = "patronage"
    """Every member's part of every declaration (R14), for a token with `patronage:pay`."""
    CAPITAL_ACCOUNTS = "capital-accounts"
    """Members' capital accounts from one day to another (R15), for a token with `patronage:pay`."""
    MEMBERS = "members"
    """The register of members: who may vote, with the day as record date (R16)."""
    PATR_FORMS = "1099-patr"
    """The figures of Form 1099-PATR for the year (R13), for a token with `patronage:pay`."""
    RULE_701 = "rule-701"
    """Grants of twelve months against the limits of Rule 701 (R11)."""
    MEMBERS_EDITION = "members-edition"
    """What any member may see of a period: what plans gave out and have left, nobody picked out (R17)."""


class Format(StrEnum):
    """In what form."""

    JSON = "json"
    CSV = "csv"


class ReportIssuer(Told):
    """The company that a report is about."""

    id: str
    legal_name: str
    time_zone: str
    currency: str


class ReportOut(Told):
    """A report: where its figures come from, and its rows."""

    model_config = shown(
        {
            "report": "summary",
            "issuer": {
                "id": "iss_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
                "legal_name": "Lanternleaf Care Cooperative",
                "time_zone": "America/New_York",
                "currency": "USD",
            },
            "as_of": "2025-12-31",
            "known_at": 4812,
            "recorded_at": "2026-01-10T09:00:00.000000Z",
            "journal_root": HASH,
            "warnings": [],
            "columns": ["class_name", "outstanding", "fully_diluted_pct"],
            "rows": [{"class_name": "Common", "outstanding": "6000000", "fully_diluted_pct": "60.0000"}],
        }
    )

    report: str
    issuer: ReportIssuer
    begins_on: date | None = Field(default=None, alias="from")
    """The first day, where the report covers a period."""
    as_of: date
    known_at: int
    """Entries of the journal that were known."""
    recorded_at: datetime
    """When the last of them was written."""
    journal_root: str
    """Root of the journal's tree over those entries, hex."""
    warnings: list[str]
    """What a reader must know to read the numbers right."""
    columns: list[str]
    rows: list[dict[str, Any]]
    """Quantities and money are decimal strings."""


OF_PAYMENTS = frozenset({ReportName.PATRONAGE, ReportName.CAPITAL_ACCOUNTS, ReportName.PATR_FORMS})
"""Reports that tell what is whose in money: for those who may read payments."""


def refuse_payments(token: Token, report: ReportName) -> None:
    """Refuse what is whose in money to a token that is not for it.

    Raises:
        ScopeMissing: The report tells that.
    """
    if report in OF_PAYMENTS and not token.may(Scope.PATRONAGE_PAY):
        raise ScopeMissing(
            f"This report tells what is whose in money; the token lacks the scope {Scope.PATRONAGE_PAY}."
        )


@door.read("/captable", Scope.CAPTABLE_READ, long=True, refuses=[NotFound, Invalid, DatesOutOfOrder])
def get_captable(
    db: Session,
    token: Token,
    asked: AsOfAsked,
    now: Now,
    report: Annotated[ReportName, Query(description="Which report.")] = ReportName.SUMMARY,
    format: Annotated[Format, Query(description="In what form.")] = Format.JSON,
    since: Annotated[
        Day | SkipJsonSchema[None],
        Query(description="The first day of a roll-forward or an expense; other reports are of one day."),
    ] = None,
) -> ReportOut | Attachment:
    """Get the cap table or one of its companions.

    The same `as_of` and `known_at` give the same bytes for ever, whatever is recorded later; `ETag` is their hash.
    Holders appear by name for a token with `people:read`, by id for others. That a file was taken is noted, with its
    hash: `vestry report verify FILE` knows it again.
    """
    refuse_payments(token, report)
    cut = asked.cut(db, now)
    names: reports.Names | None = None if token.may(Scope.PEOPLE_READ) else {}
    made = reports.build(db, report, cut, since=since, names=names)
    data = reports.FORMATS[format](made)
    taken = Taken.of(made.name, format.value, cut, data, since=since)
    name = None if format is Format.JSON else reports.file_name(made, data, format)
    return Attachment(data, reports.MEDIA[format], name, taken)
