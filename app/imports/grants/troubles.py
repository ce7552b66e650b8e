"""The closed list of what can be wrong with a spreadsheet of grants."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ledger.errors import Invalid


class Trouble(StrEnum):
    """Every kind of problem; the first ones are of the whole file, the others of one row."""

    EMPTY = "empty"
    """Not one row."""
    NO_TABLE = "no_table"
    """Neither text nor a workbook."""
    PROTECTED = "protected"
    """A workbook with a password, or of the kind that Excel wrote before 2007."""
    BROKEN = "broken"
    """A workbook that can't be opened."""
    TOO_LARGE = "too_large"
    """More bytes, cells or rows than a batch may have, or a workbook that swells."""
    OF_CLIENTS = "of_clients"
    """A column that looks like one about clients."""
    COLUMN_MISSING = "column_missing"
    """A column that every batch needs is not there."""
    COLUMN_TWICE = "column_twice"
    """Two columns mean the same."""
    QUOTE_OPEN = "quote_open"
    """A quotation mark that is opened and never closed, so that rows run into each other."""

    ROW_MALFORMED = "row_malformed"
    """More cells than the first row."""
    HOLDER_MISSING = "holder_missing"
    """Nobody is named."""
    HOLDER_UNKNOWN = "holder_unknown"
    """Nobody on record is called so."""
    HOLDER_TWICE = "holder_twice"
    """Two people on record are called so."""
    UNITS = "units"
    """No number of units above zero, or with too many places."""
    DAY = "day"
    """No day."""
    DAY_TWOFOLD = "day_twofold"
    """A day that means one thing to some and another to others: 3/4/2026."""
    DAY_MISSING = "day_missing"
    """No day where one is needed."""
    PRICE = "price"
    """No decimal number."""
    KIND = "kind"
    """No kind of grant that is offered."""
    SCHEDULE = "schedule"
    """No schedule that has a name."""
    PLAN = "plan"
    """No plan is called so."""
    TERMS = "terms"
    """The terms contradict each other, or the law."""
    TWICE = "twice"
    """The same grant stands in the file twice."""
    LABEL_TAKEN = "label_taken"
    """The label is on another grant."""
    ALIKE = "alike"
    """A grant of as many units to the same person from the same day is on record with other terms."""
    POOL = "pool"
    """The pool has too little left for this row and those above it."""


OF_FILE = frozenset(list(Trouble)[:9])
"""What concerns the file as a whole."""


@dataclass(frozen=True, slots=True)
class Found:
    """One problem.

    Attributes:
        row: As the spreadsheet counts, the header being row 1; 0 for the file as a whole.
        column: As the file calls it.
        detail: What the sentence about it has a place for: a name out of the register, a number, a refusal.
        other: Another row that is concerned, or 0.
    """

    trouble: Trouble
    row: int = 0
    column: str = ""
    detail: str = ""
    other: int = 0


class SheetRefused(Invalid):
    """Not a spreadsheet of grants that can be read; nothing of it was recorded."""

    code = "grants_file_refused"

    def __init__(self, found: Found) -> None:
        """Keep what is wrong with it."""
        super().__init__(found.trouble.value, field="file")
        self.found = found
