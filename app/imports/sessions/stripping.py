"""Rows of our own out of another system's export, made where the export is, so that the export need not go anywhere.

What comes out is NDJSON with nothing but the allowed columns, and of these only cells that are what they should be: a
date, a code, a number, a word of ours, a clinician. Any other cell becomes ``"?"``; the check of the rows refuses that
and names the row as the spreadsheet counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from app.imports.sessions.codes import billing_code, looks_like_a_code
from app.imports.sessions.doubts import MISFITS, require_few_strangers, require_in_place
from app.imports.sessions.findings import SAID, FileRefused, Finding
from app.imports.sessions.lines import FIELDS, Cell, Defect, Line, Lines
from app.imports.sessions.mapping import ImportMap
from app.imports.sessions.people import MOST_UNKNOWN, shown
from app.imports.sessions.reasons import Reason, Severity
from app.imports.sessions.sniff import opened, sniff
from app.imports.sessions.sources import FORMS, Source, read_lines
from app.imports.sessions.times import UNREADABLE, Clocks, Days, split
from app.imports.sessions.words import CATEGORIES, MODALITIES, STATUSES, word

UNFIT = "?"
"""Stands for a cell that is not what it should be."""

_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_HOLDER = re.compile(r"[a-z]{2,8}_[A-Za-z0-9]{1,40}")
_NUMBER = re.compile(r"\d{1,9}(\.0)?", re.ASCII)

Stripped = dict[str, str | int]


def strip_file(
    data: Path | bytes, source: Source, mapping: ImportMap | None = None, *, keeps_ids: bool = False
) -> Iterator[bytes]:
    """Return the rows of an export as lines of NDJSON, to be checked as of the same source.

    Rows that are no sessions, such as payments, are left out.

    Args:
        data: The file or its bytes; it is read three times.
        source: Where it comes from.
        mapping: The map, if there is one; it knows clinicians, codes and statuses that nothing else tells.
        keeps_ids: Whether external ids with blanks or signs in them are kept; otherwise they are left out.

    Raises:
        FileRefused: It is not a file of this source, or its columns are shifted; before the first line comes out.
    """
    strip = _Strip(source, mapping or ImportMap(), keeps_ids=keeps_ids)
    refused = strip.survey(data)
    if refused is not None:
        # raised here, where no cell is near: a traceback may be logged with all that its frames hold
        raise FileRefused(refused)
    return strip.lines(data)


@dataclass(slots=True)
class _Survey:
    """How far the rows of a file fit their columns."""

    rows: int = 0
    misfits: int = 0
    of_known: int = 0
    of_strangers: int = 0
    strangers: set[str] = field(default_factory=set)

    def defect(self, defect: Defect) -> None:
        if SAID[defect.reason].severity is Severity.REFUSED:
            raise FileRefused(Finding(defect.reason, defect.row, defect.column))
        self.rows += defect.reason is not Reason.NOT_A_SESSION
        self.misfits += defect.reason in MISFITS

    def line(self, line: Line, has_day: bool, mapping: ImportMap) -> None:
        name = line[2] or ""
        self.rows += 1
        self.misfits += not has_day
        if mapping.provider(name) is not None:
            self.of_known += 1
        elif name:
            self.of_strangers += 1
            if len(self.strangers) < MOST_UNKNOWN:
                self.strangers.add(name)


class _Strip:
    def __init__(self, source: Source, mapping: ImportMap, *, keeps_ids: bool) -> None:
        self._source, self._mapping, self._keeps_ids = source, mapping, keeps_ids
        self._days = Days(month_first=mapping.month_first or FORMS[source].month_first)
        self._clocks = Clocks()
        self._trusts_names = True

    @contextmanager
    def _opened(self, data: Path | bytes) -> Iterator[Lines]:
        with opened(data) as file:
            heading = FORMS[self._source].heading.with_columns(self._mapping.columns)
            yield read_lines(file, sniff(file), self._source, heading)[1]

    def survey(self, data: Path | bytes) -> Finding | None:
        """Return why a file must not be stripped."""
        survey = _Survey()
        try:
            with self._opened(data) as lines:
                for line in lines:
                    if isinstance(line, Defect):
                        survey.defect(line)
                    else:
                        survey.line(line, self._has_day(line), self._mapping)
            require_in_place(survey.rows, survey.misfits)
            if FORMS[self._source].names_clinicians:
                require_few_strangers(survey.rows, len(survey.strangers), survey.of_strangers)
        except FileRefused as refusal:
            return refusal.finding
        self._trusts_names = survey.of_known > 0 or not self._mapping.providers
        return None

    def lines(self, data: Path | bytes) -> Iterator[bytes]:
        """Yield the lines of a file that was surveyed."""
        with self._opened(data) as lines:
            for line in lines:
                if not isinstance(line, Defect):
                    yield msgspec.json.encode(self._stripped(line)) + b"\n"
                elif line.reason is not Reason.NOT_A_SESSION:
                    yield msgspec.json.encode({"row": line.row, "start": UNFIT}) + b"\n"

    def _has_day(self, line: Line) -> bool:
        date_cell, start = line[3], line[4]
        return any(self._days[split(cell)[0]] != UNREADABLE for cell in (start, date_cell) if cell)

    def _stripped(self, line: Line) -> Stripped:
        row, external, name, *_ = line
        told = dict(zip(FIELDS, line[1:], strict=True))
        kept: Stripped = {"row": row}
        for column in ("date", "start", "minutes", "code", "category", "modality", "attendance", "count"):
            if told[column] not in (None, ""):
                kept[column] = self._fitting(column, told[column])
        if external and (self._keeps_ids or _ID.fullmatch(str(external))):
            kept["external_id"] = external
        if name:
            # where a neighbour is not what it should be, this may not be the clinician either
            kept["provider"] = UNFIT if UNFIT in kept.values() else self._clinician(name)
        return kept

    def _fitting(self, column: str, cell: Cell) -> str | int:
        text = str(cell).strip()
        if column in ("date", "start"):
            return text if self._is_moment(text, alone=column == "date") else UNFIT
        if column in ("minutes", "count"):
            return text if _NUMBER.fullmatch(text) else UNFIT
        if column == "code":
            return self._code(text)
        known = {"category": CATEGORIES, "modality": MODALITIES}.get(column, {**STATUSES, **self._mapping.statuses})
        return word(text) if word(text) in known else UNFIT

    def _is_moment(self, text: str, *, alone: bool) -> bool:
        day, clock = split(text)
        is_time = not alone and self._clocks[text][0] >= 0
        return is_time or (self._days[day] != UNREADABLE and self._clocks[clock][0] != UNREADABLE)

    def _code(self, text: str) -> str:
        if text.upper() in self._mapping.codes:
            return text.upper()
        return billing_code(text) if looks_like_a_code(text) else UNFIT

    def _clinician(self, name: str) -> str:
        if self._mapping.provider(name) is not None:
            return name
        by_id = not FORMS[self._source].names_clinicians and _HOLDER.fullmatch(name.strip())
        return (name if by_id else shown(name) or UNFIT) if self._trusts_names else UNFIT
