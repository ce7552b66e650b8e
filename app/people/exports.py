"""Who took which report away, of which day and as known when, with what the file hashes to.

Copies outside are beyond control; so each is noted, beside the journal, for whoever has to answer for them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256

from sqlalchemy import RowMapping, insert, select
from sqlalchemy.orm import Session

from app.people.tables import export_log
from ledger.types import Act, Cut


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that was handed out.

    Attributes:
        report: Which report, as in the file's name.
        ending: In what form, such as ``csv``.
        as_of: The day the figures are of; the last one of a period.
        known_at: How many entries were known to it.
        since: The first day of a period; None for the figures of one day.
        sha256: Of the file, hex.
        size: In bytes.
    """

    report: str
    ending: str
    as_of: date
    known_at: int
    since: date | None
    sha256: str
    size: int

    @classmethod
    def of(cls, report: str, ending: str, cut: Cut, data: bytes, *, since: date | None = None) -> Taken:
        """Return what is to be noted of a file with its bytes."""
        return cls(report, ending, cut.as_of, cut.known_at, since, sha256(data).hexdigest(), len(data))


@dataclass(frozen=True, slots=True)
class Noted:
    """A file, who took it, and when.

    Attributes:
        recorded_at: Microseconds since 1970.
        authority: The role in which they acted.
    """

    id: str
    recorded_at: int
    actor: str
    authority: str
    file: Taken


def note_export(db: Session, act: Act, file: Taken) -> None:
    """Note that somebody took a file away."""
    row = {"id": act.new_id("exp"), "recorded_at": act.at, "actor": act.actor, "authority": act.authority}
    db.execute(insert(export_log), [row | asdict(file)])


def note_once(db: Session, act: Act, file: Taken) -> None:
    """Note that a program took a file away; one that asks for the same file again and again is noted once."""
    if all(one.actor != act.actor for one in taken_as(db, file.sha256)):
        note_export(db, act, file)


def exports(db: Session, *, as_of: date | None = None, before: str = "", limit: int = 100) -> list[Noted]:
    """Return the files that were taken, the newest first: all, or those of one day; from below an id."""
    columns = export_log.c
    query = select(export_log).order_by(columns.id.desc()).limit(limit)
    if as_of is not None:
        query = query.where(columns.as_of == as_of)
    if before:
        query = query.where(columns.id < before)
    return [_noted(row) for row in db.execute(query).mappings()]


def taken_as(db: Session, sha256: str) -> list[Noted]:
    """Return when the file with a hash was taken, the latest first."""
    query = select(export_log).where(export_log.c.sha256 == sha256).order_by(export_log.c.id.desc())
    return [_noted(row) for row in db.execute(query).mappings()]


def _noted(row: RowMapping) -> Noted:
    file = Taken(**{name: row[name] for name in Taken.__dataclass_fields__})
    return Noted(row["id"], row["recorded_at"], row["actor"], row["authority"], file)
