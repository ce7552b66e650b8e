"""Whether a file is one of ours, unaltered: by what was noted when it was handed out, else by making it again.

A file says of itself which report it is, of which day, and known at which entry; the same report is made from the
record and held against it, byte for byte and, where they differ, cell by cell.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from io import BytesIO, StringIO
from itertools import zip_longest

import orjson
from python_calamine import CalamineError
from sqlalchemy.orm import Session

from app import reports
from app.imports.sessions.findings import FileRefused
from app.imports.sessions.sources.workbook import open_workbook
from app.people.exports import Noted, taken_as
from app.reports.marked import HANDED_OUT
from ledger import journal
from ledger.errors import Invalid, Refusal
from ledger.types import Cut

Table = Sequence[Sequence[str]]
"""The header and the rows of a file, as text."""

KEYWORDS = re.compile(
    rb"report=([a-z0-9-]+), as_of=([0-9-]+), (?:from=([0-9-]+), )?known_at=([0-9]+), root=([0-9a-f]+)"
)
"""What a paper says of itself."""

NOTHING_OF_OURS = "This is no report of ours: it says neither which report it is, nor of which day and entry."


@dataclass(frozen=True, slots=True)
class Claim:
    """What a file says it is.

    Attributes:
        report: Its name; None where the file does not say, and only its columns tell.
        table: Its cells; None where they can't be read out of it.
    """

    report: str | None
    ending: str
    as_of: date
    known_at: int
    since: date | None
    root: str
    table: Table | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of the check.

    Attributes:
        claim: What the file says it is; None where it says nothing, and is known by its hash alone.
        noted: When the very same file was handed out, the latest first.
        is_made_again: Whether the record gives the same bytes today.
        told: What differs, in a sentence; empty if nothing does.
    """

    sha256: str
    claim: Claim | None
    noted: tuple[Noted, ...]
    is_made_again: bool
    told: str

    @property
    def holds(self) -> bool:
        """Whether the file is one of ours, unaltered."""
        return bool(self.noted) or self.is_made_again


def check(db: Session, data: bytes, name: str = "") -> Verdict:
    """Return whether a file is one of ours, unaltered.

    Args:
        db: The session.
        data: The file.
        name: What it is called; it may tell which report it is where nothing in it does.

    Raises:
        Invalid: It was never handed out, and is no report at all.
    """
    digest = sha256(data).hexdigest()
    noted = tuple(taken_as(db, digest))
    try:
        claim = claim_of(data, name)
    except Invalid:
        if not noted:
            raise
        return Verdict(digest, None, noted, is_made_again=False, told="")
    if claim.report is not None and claim.report.endswith(HANDED_OUT):
        # each copy is made for one person and one moment, and no other is the same
        told = "" if noted else "No such copy was handed out: with tax numbers, the log of files knows each."
        return Verdict(digest, claim, noted, is_made_again=False, told=told)
    is_same, told = _made_again(db, claim, data)
    return Verdict(digest, claim, noted, is_same, told)


def claim_of(data: bytes, name: str = "") -> Claim:
    """Return what a file says it is.

    Raises:
        Invalid: It says nothing that a report of ours would.
    """
    try:
        if data.startswith(b"PK"):
            return _of_workbook(data)
        if data.startswith(b"%PDF"):
            return _of_paper(data)
        if data.lstrip().startswith(b"{"):
            return _of_object(data)
        return _of_table(data, name)
    except (ValueError, KeyError, TypeError, IndexError, csv.Error, CalamineError, FileRefused) as error:
        raise Invalid(NOTHING_OF_OURS, field="file") from error


def _of_workbook(data: bytes) -> Claim:
    book, _ = open_workbook(BytesIO(data))
    context = {str(row[0]): str(row[1]) for row in book.get_sheet_by_name("Context").to_python()}
    table = [[str(cell) for cell in row] for row in book.get_sheet_by_name(book.sheet_names[1]).to_python()]
    return _claim(
        context["Report"],
        "xlsx",
        context["As of"],
        context["As known at entry"],
        context.get("From"),
        context["Root of the journal"],
        table,
    )


def _of_paper(data: bytes) -> Claim:
    found = KEYWORDS.search(data)
    if found is None:
        raise ValueError
    report, as_of, since, known_at, root = (None if part is None else part.decode() for part in found.groups())
    assert as_of is not None
    assert known_at is not None
    return _claim(report, "pdf", as_of, known_at, since, root or "", None)


def _of_object(data: bytes) -> Claim:
    told = orjson.loads(data)
    columns = [str(name) for name in told["columns"]]
    rows = [["" if row.get(name) is None else str(row[name]) for name in columns] for row in told["rows"]]
    since = told.get("from")
    return _claim(
        str(told["report"]),
        "json",
        str(told["as_of"]),
        str(told["known_at"]),
        since,
        str(told["journal_root"]),
        [columns, *rows],
    )


def _of_table(data: bytes, name: str) -> Claim:
    table = list(csv.reader(StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    said = dict(zip(table[0], table[1], strict=True)) if len(table) > 1 and len(table[1]) == len(table[0]) else {}
    for row in table[1:]:
        label, _, value = row[0].removeprefix("# ").partition(": ") if row else ("", "", "")
        if row and row[0].startswith("# ") and value:
            said[label] = value
    called = next((part for part in name.split("_") if part in reports.REPORTS), None)
    root = said["journal_root"]
    return _claim(called, "csv", said["as_of"], said["known_at"], said.get("from"), root, table)


def _claim(
    report: str | None, ending: str, as_of: str, known_at: str, since: str | None, root: str, table: Table | None
) -> Claim:
    if not (known_at.isdecimal() and known_at.isascii() and len(known_at) < 16):
        raise ValueError(known_at)
    start = None if since is None else date.fromisoformat(since)
    return Claim(report, ending, date.fromisoformat(as_of), int(known_at), start, root, table)


def _made_again(db: Session, claim: Claim, data: bytes) -> tuple[bool, str]:
    """Return whether the record gives the same bytes, and what differs."""
    size = journal.size(db)
    if not 0 < claim.known_at <= size:
        return False, f"It says it was known at entry {claim.known_at:,}; the record has {size:,} entries."
    root = journal.head_at(db, claim.known_at).root().hex()
    if claim.root != root:
        return False, f"It says the root of the journal at entry {claim.known_at:,} is {claim.root}; it is {root}."
    told = "No report of ours has these columns."
    for report in [claim.report] if claim.report is not None else list(reports.REPORTS):
        if report not in reports.REPORTS or claim.ending not in reports.FORMATS:
            return False, f"There is no report {report!r} in the form of {claim.ending}."
        try:
            made = reports.build(db, report, Cut(claim.as_of, claim.known_at), since=claim.since, format=claim.ending)
        except Refusal as refusal:
            if claim.report is not None:
                return False, str(refusal)
            continue
        ours = reports.FORMATS[claim.ending](made)
        if ours == data:
            return True, ""
        if claim.report is not None or _is_headed(claim, made.columns):
            told = _difference(claim, ours)
    return False, told


def _is_headed(claim: Claim, columns: Sequence[str]) -> bool:
    return claim.table is not None and list(claim.table[0][: len(columns)]) == list(columns)


def _difference(claim: Claim, ours: bytes) -> str:
    """Return the first thing that differs, in a sentence."""
    if claim.table is None:
        return "The record gives another paper, and what differs can't be read out of one; take the same as csv."
    table = claim_of(ours, claim.report or "").table
    assert table is not None
    found = next(_differences(claim.table, table), None)
    if found is None:
        return "Every cell agrees; the file was saved anew by another program, or is of another version of the format."
    return found


def _differences(theirs: Table, ours: Table) -> Iterator[str]:
    for number, (their, our) in enumerate(zip_longest(theirs, ours), 1):
        if their is None:
            yield f"Row {number} is missing; in the record it is {', '.join(our)}."
        elif our is None:
            yield f"Row {number} is not in the record: {', '.join(their)}."
        else:
            for place, (cell, kept) in enumerate(zip_longest(their, our)):
                if cell != kept:
                    column = ours[0][place] if place < len(ours[0]) else f"column {place + 1}"
                    yield f"Row {number}, {column}: the file says {cell!r}, the record {kept!r}."
