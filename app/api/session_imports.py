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
from app.api.session_jobs import BESIDE, map_in
from app.api.session_rows import COUNTS, CountsOut, ImportMade
from app.api.uploads import Upload
from app.imports.sessions.findings import FileRefused
from app.imports.sessions.mapping import MapInvalid
from app.imports.sessions.saving import Handover, Mode, RowsRejected, save_file
from app.imports.sessions.sources import Source
from app.people.tokens import Scope
from ledger.reading import find
from ledger.sessions.errors import UnknownZone
from ledger.sessions.records import SessionImport
from ledger.types import Act

door = Door("session-imports")

IMPORT: dict[str, Any] = {
    "id": "imp_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "source": "simplepractice",
    "month": "2025-07",
    "counts": COUNTS,
}


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


@door.upload(
    "/session-imports",
    Scope.SESSIONS_WRITE,
    beside=BESIDE,
    refuses=[FileRefused, MapInvalid, RowsRejected, UnknownZone],
)
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

    A large file takes a while: with `Prefer: respond-async` the answer is a job. Until it ends, the rows to be read are
    kept, without the dropped columns and without what is no session; the file is not.
    """
    handover = Handover(source, map_in(upload.map), tz, mode)
    return ImportMade.of(save_file(db, act, upload.content, handover), rows=rows)


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
