"""A report as a value: named columns in order, rows of plain cells, and where they come from."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import TypeAlias

from ledger.types import Cut, decimal_text


@dataclass(frozen=True, slots=True)
class Amount:
    """An exact decimal number: ``units`` × 10^-``decimals``."""

    units: int
    decimals: int = 0

    @property
    def text(self) -> str:
        """The number as a decimal string, without separators."""
        return decimal_text(self.units, self.decimals)


@dataclass(frozen=True, slots=True)
class Number:
    """A number already written out, such as a sum of money or a ratio: ``"1500000.00"``."""

    text: str


VERSIONS = {"csv": 1, "json": 1, "pdf": 1, "xlsx": 2}
"""Ending of a file to the version of its format: raised with whatever changes a byte, so that a file of an older one is
told as such, and not as an altered one. Workbooks of version 1 do not say so, and have no totals of their own."""


def format_of(ending: str) -> str:
    """Return the name of a file's format, such as ``vestry-xlsx/2``."""
    return f"vestry-{ending}/{VERSIONS[ending]}"


Cell: TypeAlias = str | int | date | Amount | Number | None
"""A text, a count, a day, a number, or nothing."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where the figures come from: with the name of the report, all that decides what is in it.

    Attributes:
        issuer: Id of the company.
        time_zone: IANA name; the days of the report begin there.
        known_at: Entries of the journal that were known.
        recorded_at: When the last of them was written down, in UTC.
        root: Of the journal's tree over those entries, hex.
        since: The first day, where the report covers a period.
    """

    issuer: str
    legal_name: str
    time_zone: str
    currency: str
    as_of: date
    known_at: int
    recorded_at: datetime
    root: str
    since: date | None = None

    @property
    def cut(self) -> Cut:
        """The day and the entry that the figures are of."""
        return Cut(self.as_of, self.known_at)


@dataclass(frozen=True, slots=True)
class Report:
    """One report.

    Attributes:
        name: As in the file name and on the command line.
        warnings: What a reader must know to read the numbers right.
        adds_up: The columns whose numbers are of one unit or one currency, so that their sum means something.
        has_total: Whether the last row is the total of those above.
        ties: What was reconciled and how it came out, in a sentence each.
        mark: To whom it was handed out, when and for what; empty where that stands in no file.
    """

    name: str
    source: Source
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    warnings: tuple[str, ...] = ()
    adds_up: tuple[str, ...] = ()
    has_total: bool = False
    ties: tuple[tuple[str, str], ...] = ()
    mark: str = ""

    def __post_init__(self) -> None:
        """Refuse rows that do not fit their columns: a bug."""
        if any(len(row) != len(self.columns) for row in self.rows) or len(set(self.columns)) != len(self.columns):
            raise ValueError(f"The rows of {self.name} do not fit its columns.")
        if set(self.adds_up) - set(self.columns) or (self.has_total and not self.rows):
            raise ValueError(f"The totals of {self.name} do not fit its columns.")


def file_name(report: Report, data: bytes, ending: str) -> str:
    """Return the name of the file that holds a report: whose, which, as of when, known when, and what it hashes to.

    Such as ``lanternleaf-care-cooperative_summary_asof-2025-12-31_known-20260110T090000Z_1f0c3a2b.csv``.
    """
    source = report.source
    parts = [_slug(source.legal_name) or source.issuer, report.name, f"asof-{source.as_of}"]
    if source.since is not None:
        parts.append(f"from-{source.since}")
    parts.append(f"known-{source.recorded_at.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    return "_".join([*parts, sha256(data).hexdigest()[:8]]) + f".{ending}"


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
