"""What a reader hands on: the allowed cells of a row, as text, and nothing else of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from app.imports.sessions.reasons import Reason

Cell: TypeAlias = str | int | None
"""A cell of an allowed column. Empty and absent are alike: ``""``, or ``None`` in JSON."""

Text: TypeAlias = str | None
"""A cell of a column that holds text only."""

Line: TypeAlias = tuple[int, Cell, Text, Text, Text, Cell, Cell, Text, Text, Text, Cell]
"""The row, as the spreadsheet counts, and the cells in the order of ``FIELDS``.

A plain tuple because a million of them are made: a named one costs as much as everything else that is done to a row.
"""

FIELDS = (
    "external_id",
    "provider",
    "date",
    "start",
    "minutes",
    "code",
    "category",
    "modality",
    "attendance",
    "count",
)
"""All that may be known of a session, and the columns of our own format. The last six say what kind it is."""


@dataclass(frozen=True, slots=True)
class Defect:
    """A row that is no line: malformed, not a session, or the end of what can be read.

    Attributes:
        row: As the spreadsheet counts.
        reason: One that refuses the file ends the reading.
        column: Name of the column, where one is concerned.
    """

    row: int
    reason: Reason
    column: str = ""


Lines: TypeAlias = Iterator[Line | Defect]
