"""When so much does not fit that the file itself must be wrong: shifted columns, or names that are no clinicians'.

A shifted file would put clients where clinicians are expected, so nothing is said of its rows but how many there are.
"""

from __future__ import annotations

from app.imports.sessions.findings import FileRefused, Finding
from app.imports.sessions.reading import Reading
from app.imports.sessions.reasons import Reason

MOST_MISFITS_PERCENT = 20
"""The share of rows without a readable date, or with too many cells, above which columns are taken for shifted."""

FEWEST_ROWS = 5
"""In a file of fewer rows each one is reported by itself."""

MOST_STRANGERS = 20
"""How many unknown clinicians may come, each once or twice, before they are taken for clients."""

MISFITS = (Reason.ROW_MALFORMED, Reason.DATE_MISSING, Reason.DATE_UNREADABLE)


def require_in_place(rows: int, misfits: int) -> None:
    """Refuse a file of which too many rows do not fit their columns.

    Raises:
        FileRefused: More than a fifth does not.
    """
    if rows >= FEWEST_ROWS and misfits * 100 > rows * MOST_MISFITS_PERCENT:
        raise FileRefused(Finding(Reason.COLUMNS_SHIFTED, detail=f"{misfits:,} of {rows:,}"))


def require_few_strangers(rows: int, strangers: int, of_strangers: int) -> None:
    """Refuse a file whose column of clinicians names ever new people.

    Args:
        rows: How many there are.
        strangers: How many different clinicians the map does not know.
        of_strangers: How many rows are theirs.

    Raises:
        FileRefused: There are more than twenty, and more than one for five rows.
    """
    if strangers > MOST_STRANGERS and strangers * 100 > rows * MOST_MISFITS_PERCENT:
        raise FileRefused(Finding(Reason.COLUMNS_SHIFTED, detail=f"{of_strangers:,} of {rows:,}"))


def require_plausible(reading: Reading, *, names_clinicians: bool) -> None:
    """Refuse a file whose columns seem shifted, and forget names that may be a client's.

    Args:
        reading: The first pass, done.
        names_clinicians: Whether providers are told by names that repeat from row to row.

    Raises:
        FileRefused: Rows do not fit their columns, or the clinicians' column names ever new people.
    """
    findings, people = reading.findings, reading.people
    rows = reading.rows_read - len(reading.not_sessions)
    require_in_place(rows, sum(map(findings.count, MISFITS)))
    if names_clinicians:
        require_few_strangers(rows, len(people.unknown), findings.count(Reason.PROVIDER_UNKNOWN))
    if reading.mapping.providers and not people.ids:
        # the map knows clinicians, and not one of them is here: this may be another column
        findings.hide_names()
