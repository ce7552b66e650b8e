"""Files with whole tax numbers: one person asks, another one approves, and then they may be taken for a day.

Who asked for what and why stands beside the journal, and no tax number with it. What is approved is bound by its hash:
a file that would hold anything else by now is asked for anew. Each copy says on it who took it, when and what for, and
is noted in the log of files.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.orm import Session

from app import reports
from app.people import accounts, vault
from app.people.exports import Taken
from app.people.tables import disclosure
from app.people.tax_numbers import tax_numbers
from app.reports.marked import HANDED_OUT, WHOLE, marked
from app.reports.ocf import export_package, write_zip
from ledger import journal
from ledger.errors import FourEyes, Invalid, NotAllowedNow, NotFound
from ledger.types import Act, Cut, micros_of, moment_at

OCF = "ocf"
FILES: Mapping[str, tuple[str, ...]] = {
    "1099-patr": tuple(reports.FORMATS),
    "iso-exercises": tuple(reports.FORMATS),
    OCF: ("zip",),
}
"""What may be asked for, and in which forms."""

WAITS = timedelta(days=7)
"""How long it waits for a second person."""

OPEN = timedelta(hours=24)
"""How long the file may be taken once somebody has approved it."""

LONGEST_REASON = 200


class DisclosureState(StrEnum):
    """Where it stands."""

    WAITING = "WAITING"
    """For a second person."""
    APPROVED = "APPROVED"
    """It may be taken."""
    DECLINED = "DECLINED"
    """Somebody said no, or it was withdrawn."""
    OVER = "OVER"
    """Its time is over."""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """A file with tax numbers that somebody asks for.

    Attributes:
        content: SHA-256 of what it would hold, hex.
        numbers: How many tax numbers that are.
        asked_at: Microseconds since 1970, as all moments here.
        decided_by: None while it waits.
        until: Until when it waits, or may be taken.
    """

    id: str
    report: str
    ending: str
    as_of: date
    known_at: int
    reason: str
    content: str
    numbers: int
    asked_by: str
    asked_at: int
    decided_by: str | None
    decided_at: int | None
    is_approved: bool
    until: int

    @property
    def cut(self) -> Cut:
        """The day and the entry that the figures are of."""
        return Cut(self.as_of, self.known_at)

    def state(self, now: datetime) -> DisclosureState:
        """Return where it stands at a moment."""
        if self.decided_by is not None and not self.is_approved:
            return DisclosureState.DECLINED
        if micros_of(now) >= self.until:
            return DisclosureState.OVER
        return DisclosureState.WAITING if self.decided_by is None else DisclosureState.APPROVED


@dataclass(frozen=True, slots=True)
class Copy:
    """A file as it is handed out, and what is noted of it."""

    data: bytes
    media_type: str
    name: str
    taken: Taken


def ask(db: Session, act: Act, report: str, ending: str, cut: Cut, *, reason: str) -> Disclosure:
    """Ask for a file with whole tax numbers; a second person decides.

    Raises:
        Invalid: There is no such file, or no reason is given, or too long a one.
        NotFound: No company is on record, or not so many entries.
        NotAllowedNow: It would hold no tax number.
    """
    journal.lock(db)
    if ending not in FILES.get(report, ()):
        raise Invalid(f"With tax numbers there are {', '.join(FILES)}; a package as zip, others not.", field="report")
    reason = " ".join(reason.split())
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid(f"Say what it is for, in {LONGEST_REASON} letters at most.", field="reason")
    content, numbers = _content(db, report, cut)
    if not numbers:
        text = "No tax number is on record of anybody in this file; take it from the reports, it holds the same."
        raise NotAllowedNow(text, field="report")
    row = {
        "id": act.new_id("dsc"),
        "report": report,
        "ending": ending,
        "as_of": cut.as_of,
        "known_at": cut.known_at,
        "reason": reason,
        "content": content,
        "numbers": numbers,
        "asked_by": act.actor,
        "asked_at": act.at,
        "until": micros_of(act.now + WAITS),
    }
    db.execute(insert(disclosure), [row])
    return find(db, str(row["id"]))


def decide(db: Session, act: Act, id: str, *, is_approved: bool) -> Disclosure:
    """Let somebody take what they asked for, for a day, or not; whoever asked may withdraw it.

    Raises:
        NotFound: Nobody asks for it.
        NotAllowedNow: It has been decided, or nobody did in time.
        FourEyes: Whoever asked approves it.
    """
    journal.lock(db)
    found = find(db, id)
    if found.state(act.now) is not DisclosureState.WAITING:
        raise NotAllowedNow("It has been decided, or its time is over.", field="disclosure")
    if is_approved and act.actor == found.asked_by:
        raise FourEyes("Tax numbers leave when two people say so: whoever asked does not approve it.")
    told = {"decided_by": act.actor, "decided_at": act.at, "is_approved": int(is_approved)}
    if is_approved:
        told["until"] = micros_of(act.now + OPEN)
    db.execute(update(disclosure).where(disclosure.c.id == id).values(told))
    return find(db, id)


def copy_of(db: Session, id: str, actor: str, now: datetime) -> Copy:
    """Return the file that was approved, as a copy of its own: it says who takes it, when and what for.

    Raises:
        NotFound: They did not ask for it.
        NotAllowedNow: It is not approved, its time is over, or it would hold something else by now.
    """
    found = find(db, id)
    if found.asked_by != actor:
        raise NotFound(f"You did not ask for a file {id!r}.", field="disclosure")
    if found.state(now) is not DisclosureState.APPROVED:
        raise NotAllowedNow("It is not approved, or its time is over; ask for it anew.", field="disclosure")
    if _content(db, found.report, found.cut)[0] != found.content:
        raise NotAllowedNow("What it would hold has changed since; ask for it anew.", field="disclosure")
    mark = mark_of(db, found, now)
    if found.report == OCF:
        files = export_package(db, found.cut, tax_numbers=True, mark=mark)
        data = _zipped(files)
        media, name = "application/zip", f"ocf{HANDED_OUT}_{sha256(data).hexdigest()[:8]}.ocf.zip"
    else:
        made = marked(reports.with_tax_numbers(db, found.report, found.cut), mark, found.ending)
        data = reports.FORMATS[found.ending](made)
        media, name = reports.MEDIA[found.ending], reports.file_name(made, data, found.ending)
    return Copy(data, media, name, Taken.of(f"{found.report}{HANDED_OUT}", found.ending, found.cut, data))


def mark_of(db: Session, found: Disclosure, now: datetime) -> str:
    """Return what stands on a copy: who took it, when, what for, on whose word, and what it is a copy of."""
    who, other = (called(db).get(actor or "", actor) for actor in (found.asked_by, found.decided_by))
    return (
        f"Handed out to {who} on {now:%Y-%m-%d at %H:%M:%S} UTC, for: {found.reason.rstrip('.')}. Approved by {other}. "
        f"It holds tax numbers: pass it on for nothing else. {found.id}, content {found.content[:8]}."
    )


def called(db: Session) -> dict[str, str]:
    """Return what everybody who may ask or approve is called, by who they act as."""
    found = accounts.accounts(db)
    return {one.actor: one.name for one in found} | vault.names(db, [one.holder for one in found if one.holder])


def find(db: Session, id: str) -> Disclosure:
    """Return what somebody asked for.

    Raises:
        NotFound: There is nothing with this id.
    """
    row = db.execute(select(disclosure).where(disclosure.c.id == id)).mappings().first()
    if row is None:
        raise NotFound(f"Nobody asks for a file {id!r}.", field="disclosure")
    return _disclosure(row)


def disclosures(db: Session, *, before: str | None = None, limit: int = 100) -> list[Disclosure]:
    """Return what was asked for, the newest first, from before an id."""
    query = select(disclosure).order_by(disclosure.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(disclosure.c.id < before)
    return [_disclosure(row) for row in db.execute(query).mappings()]


def waiting(db: Session, now: datetime) -> list[Disclosure]:
    """Return what waits for a second person, the oldest first."""
    columns = disclosure.c
    query = select(disclosure).where(columns.decided_by.is_(None), columns.until > micros_of(now))
    return [_disclosure(row) for row in db.execute(query.order_by(columns.id)).mappings()]


def moment_of(found: Disclosure) -> datetime:
    """Return until when it waits, or may be taken."""
    return moment_at(found.until)


def _content(db: Session, report: str, cut: Cut) -> tuple[str, int]:
    """Return the hash of what a file would hold, whatever its form, and how many tax numbers that are."""
    if report == OCF:
        files = export_package(db, cut, tax_numbers=True)
        sums = "".join(f"{sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items()))
        return sha256(sums.encode()).hexdigest(), len(tax_numbers(db, cut))
    made = reports.with_tax_numbers(db, report, cut)
    place = made.columns.index(WHOLE)
    return sha256(reports.as_json(made)).hexdigest(), len({row[place] for row in made.rows} - {None})


def _zipped(files: Mapping[str, bytes]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "package.ocf.zip"
        write_zip(path, files)
        return path.read_bytes()


def _disclosure(row: RowMapping) -> Disclosure:
    values = {name: row[name] for name in Disclosure.__dataclass_fields__}
    return Disclosure(**values | {"is_approved": bool(row["is_approved"])})
