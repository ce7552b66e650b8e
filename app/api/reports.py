"""Every report of finance over HTTP: which there are, and any of them as the very file that the pages hand out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from fastapi import Query
from pydantic.json_schema import SkipJsonSchema
from sqlalchemy.orm import Session

from app import reports
from app.api.captable import OF_PAYMENTS, ReportName, ReportOut, refuse_payments
from app.api.door import Door
from app.api.fields import Attachment, Day, Told, shown
from app.api.lists import AsOfAsked
from app.api.service import Now
from app.people.exports import Taken
from app.people.tokens import Scope, Token
from app.reports.catalogue import PURPOSES
from app.reports.titles import title_of
from ledger.errors import DatesOutOfOrder, Invalid, NotFound
from ledger.types import Cut

door = Door("reports")


class FileFormat(StrEnum):
    """In what form."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    PDF = "pdf"


@dataclass(frozen=True, slots=True)
class ReportFile(Attachment):
    """A report in any of its forms."""

    beside_json: ClassVar[tuple[str, ...]] = tuple(
        media.partition(";")[0] for ending, media in reports.MEDIA.items() if ending != FileFormat.JSON
    )


class ReportListed(Told):
    """A report that can be asked for."""

    name: ReportName
    title: str
    purpose: str
    """What it is for; empty where it is another report by another method."""
    of_period: bool
    """Whether it covers a period: `since` says the first day of it."""
    scopes: list[Scope]
    """What a token needs; with `people:read` holders appear by name."""


class ReportsListed(Told):
    """All reports."""

    model_config = shown(
        {
            "data": [
                {
                    "name": "summary",
                    "title": "Cap table by class",
                    "purpose": "What is authorised, outstanding and fully diluted, and what was paid in, by class.",
                    "of_period": False,
                    "scopes": ["captable:read"],
                }
            ],
            "formats": ["json", "csv", "xlsx", "pdf"],
        }
    )

    data: list[ReportListed]
    formats: list[FileFormat]
    """In what forms each is handed out."""


@door.read("/reports", Scope.CAPTABLE_READ)
def list_reports(db: Session) -> ReportsListed:
    """List the reports."""
    del db
    listed = [
        ReportListed(
            name=name,
            title=title_of(name),
            purpose=PURPOSES.get(name, ""),
            of_period=name in reports.OF_PERIODS,
            scopes=[Scope.CAPTABLE_READ, *([Scope.PATRONAGE_PAY] if name in OF_PAYMENTS else [])],
        )
        for name in ReportName
    ]
    return ReportsListed(data=listed, formats=list(FileFormat))


@door.read("/reports/{report}", Scope.CAPTABLE_READ, long=True, refuses=[NotFound, Invalid, DatesOutOfOrder])
def get_report(
    db: Session,
    token: Token,
    report: ReportName,
    asked: AsOfAsked,
    now: Now,
    format: Annotated[FileFormat, Query(description="In what form.")] = FileFormat.JSON,
    since: Annotated[
        Day | SkipJsonSchema[None],
        Query(description="The first day, of a report that covers a period; others are of one day."),
    ] = None,
) -> ReportOut | ReportFile:
    """Get a report as a file.

    For a token with `people:read` it is, byte for byte, the file that the pages hand out; for others holders appear by
    their ids. The same `as_of` and `known_at` give the same bytes for ever; `ETag` is their hash. That it was taken is
    noted with it: `vestry report verify FILE` knows it again. Reports that tell what is whose in money ask for
    `patronage:pay` as well.
    """
    return report_for(db, token, report, asked.cut(db, now), format, since=since)


def report_for(
    db: Session, token: Token, report: ReportName, cut: Cut, format: FileFormat, *, since: date | None
) -> ReportFile:
    """Return a report as a file, as far as a token goes.

    Raises:
        ScopeMissing: It tells what is whose in money, and the token is not for that.
        Invalid: It covers no period, or is too long for paper.
        DatesOutOfOrder: The period begins after it ends, or none is given where one has to be.
        NotFound: No company is on record, or not so many entries.
    """
    refuse_payments(token, report)
    names: reports.Names | None = None if token.may(Scope.PEOPLE_READ) else {}
    made = reports.build(db, report, cut, since=since, format=format, names=names)
    data = reports.FORMATS[format](made)
    taken = Taken.of(made.name, format.value, cut, data, since=since)
    return ReportFile(data, reports.MEDIA[format], reports.file_name(made, data, format), taken)
