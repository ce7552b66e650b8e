"""Files of delivered sessions: checked, saved, looked up, undone."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from pydantic import BeforeValidator
from pydantic.json_schema import SkipJsonSchema
from sqlalchemy.orm import Session

from app.api.door import Door
from app.api.fields import Id, Line, Page, Told, check_flag, shown
from app.api.lists import PagingAsked, page_of
from app.api.session_rows import RowOut, rows_of
from app.api.uploads import Upload
from app.imports.sessions.checked import Counts
from app.imports.sessions.findings import FileRefused, Finding
from app.imports.sessions.mapfile import read_map
from app.imports.sessions.mapping import ImportMap, MapInvalid
from app.imports.sessions.reasons import Reason, Severity
from app.imports.sessions.saving import Handover, Mode, RowsRejected, Saved, nameless, save_file
from app.imports.sessions.sources import Source
from app.people.tokens import Scope
from ledger.errors import Invalid
from ledger.reading import find
from ledger.sessions.errors import UnknownZone
from ledger.sessions.records import SessionImport
from ledger.types import Act

door = Door("session-imports")

MOST_FINDINGS = 500
"""How many findings an answer tells; the counts tell how many there are."""

MOST_ROWS_TOLD = 10_000
"""Of how many rows an answer tells what became of each."""

COUNTS = {
    "rows_read": 120,
    "accepted": 97,
    "collapsed": 7,
    "duplicate": 12,
    "rejected": 1,
    "non_session": 3,
    "held": 0,
    "late": 2,
}
FINDING = {
    "severity": "rejected",
    "code": "time_skipped",
    "row": 17,
    "column": "Date of Service",
    "message": "The clocks skipped this time on that day.",
    "remedy": "Correct the time.",
}
IMPORT: dict[str, Any] = {
    "id": "imp_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "source": "simplepractice",
    "month": "2025-07",
    "counts": COUNTS,
}


class CountsOut(Told):
    """What became of the rows read: from `accepted` to `non_session` they add up to `rows_read`."""

    model_config = shown(COUNTS)

    rows_read: int
    accepted: int
    collapsed: int
    """Further rows of a group that another row tells of."""
    duplicate: int
    """On record already."""
    rejected: int
    """Not recorded; held ones among them."""
    non_session: int
    """Payments, cancellations and the like."""
    held: int
    """Not recorded until a person has looked."""
    late: int
    """Accepted, from before the lock window."""

    @classmethod
    def of(cls, counts: Counts) -> CountsOut:
        """Return counts as the API tells them."""
        return cls.model_validate(counts, from_attributes=True)


class FindingOut(Told):
    """Something found in a row; what stands in its cells is never repeated."""

    model_config = shown(FINDING)

    severity: Severity
    code: Reason
    row: int
    """As the spreadsheet counts, the header being row 1; 0 for the file as a whole."""
    column: str
    message: str
    remedy: str

    @classmethod
    def of(cls, finding: Finding) -> FindingOut:
        """Return a finding as the API tells it."""
        return cls.model_validate(finding.as_dict())


class ImportMade(Told):
    """What became of a file."""

    model_config = shown(
        {
            "import_id": "imp_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
            "earlier_import_id": None,
            "source": "simplepractice",
            "counts": COUNTS,
            "findings": [FINDING],
            "more_findings": 0,
            "rows": None,
        }
    )

    import_id: str | None
    """Null where there was nothing to add."""
    earlier_import_id: str | None
    """The import in which the very same file was handed in before."""
    source: str
    counts: CountsOut
    findings: list[FindingOut]
    """Without the names of clinicians who are not in the map: the row tells which."""
    more_findings: int
    """How many are not listed."""
    rows: list[RowOut] | None
    """What became of each row, where `rows=true` asks for it."""

    @classmethod
    def of(cls, saved: Saved, *, rows: bool = False) -> ImportMade:
        """Return what became of a file as the API tells it.

        Raises:
            Invalid: What became of each row is asked for, and there are too many.
        """
        checked = saved.checked
        if rows and checked.counts.rows_read > MOST_ROWS_TOLD:
            text = f"Of {MOST_ROWS_TOLD:,} rows at most an answer tells each. Send fewer, or ask for a job."
            raise Invalid(text, field="rows")
        listed = [FindingOut.of(each) for each in nameless(checked.findings, MOST_FINDINGS)]
        return cls(
            import_id=saved.made.id if saved.made else None,
            earlier_import_id=saved.earlier,
            source=checked.system,
            counts=CountsOut.of(checked.counts),
            findings=listed,
            more_findings=len(checked.findings) - len(listed),
            rows=list(rows_of(checked)) if rows else None,
        )


class ImportOut(Told):
    """An import on record."""

    model_config = shown(IMPORT)

    id: str
    source: str
    month: str
    """The month in which it was handed in."""
    counts: CountsOut

    @classmethod
    def of(cls, made: SessionImport) -> ImportOut:
        """Return an import as the API tells it."""
        return cls(id=made.id, source=made.source, month=made.period, counts=_counts(made))


class ImportInFull(ImportOut):
    """An import with how it was read."""

    model_config = shown(
        IMPORT
        | {
            "file_digest": "9f2c71ab04d8e6134b5f0a4a3e8a7a6f6f8a4c1ddc2d1a6f0f9be3e3d0f6a5b1",
            "map": {
                "codes": {},
                "columns": {},
                "month_first": False,
                "source": "simplepractice",
                "tz": "America/New_York",
            },
        }
    )

    file_digest: str
    """SHA-256 of the file, which is not kept."""
    map: dict[str, Any]
    """Columns, codes and minutes as they were applied, without names."""


def _counts(made: SessionImport) -> CountsOut:
    names = CountsOut.model_fields
    return CountsOut(**{name: made.counts.get(name, 0) for name in names})


@door.upload("/session-imports", Scope.SESSIONS_WRITE, refuses=[FileRefused, MapInvalid, RowsRejected, UnknownZone])
def import_sessions(
    db: Session,
    act: Act,
    upload: Upload,
    source: Annotated[Source, Query(description="Where the file comes from.")],
    tz: Annotated[
        Line | SkipJsonSchema[None],
        Query(description="Where providers work who have no zone in the map, such as America/New_York; the company's."),
    ] = None,
    mode: Annotated[
        Mode, Query(description="Whether one row that does not hold keeps all others out.")
    ] = Mode.BEST_EFFORT,
    rows: Annotated[
        bool, BeforeValidator(check_flag), Query(description="Tell what became of each row, of 10,000 at most.")
    ] = False,
) -> ImportMade:
    """Import a file of delivered sessions.

    The file as the body, or in a form beside a map in TOML. Every row is checked first; what holds is saved in one
    transaction, and what is on record already is not added again. Columns that could tell of a client are dropped while
    reading; better still, send rows that `vestry import strip` made of the file, so that they never leave your machine.
    """
    mapping = ImportMap() if upload.map is None else read_map(upload.map)
    return ImportMade.of(save_file(db, act, upload.content, Handover(source, mapping, tz, mode)), rows=rows)


@door.read("/session-imports", Scope.SESSIONS_WRITE)
def list_imports(db: Session, page: PagingAsked) -> Page[ImportOut]:
    """List imports; those that were undone are left out."""
    return page_of(db, SessionImport, page, lambda item: ImportOut.of(item.value))


@door.read("/session-imports/{import_id}", Scope.SESSIONS_WRITE)
def get_import(db: Session, import_id: Id) -> ImportInFull:
    """Get an import with the map that was applied."""
    made = find(db, SessionImport, import_id)
    plain = ImportOut.of(made).model_dump()
    return ImportInFull(**plain, file_digest=made.file_digest, map=made.mapping)
