"""The findings of a check, packed: a million rejected rows take 20 MB, each finding is made when it is asked for."""

from __future__ import annotations

import csv
from array import array
from collections.abc import Iterator
from typing import TextIO

from app.imports.sessions.findings import SAID, Finding
from app.imports.sessions.reasons import Reason, Severity

MOST_NAMES = 1_000
"""How many different clinicians who are not in the map are named; more would be no help."""

_REASONS = tuple(Reason)
_INDEX = {reason: index for index, reason in enumerate(_REASONS)}


class Findings:
    """Findings in the order of their rows, those about the whole file first.

    Iterating makes them anew each time, so keep what you need.
    """

    def __init__(self) -> None:
        """Start with none."""
        self._whole: list[Finding] = []
        self._rows = array("I")
        self._reasons = array("B")
        self._columns = array("H")
        self._others = array("I")
        self._names = array("H")
        self._labels: dict[str, int] = {"": 0}
        self._known_names: dict[str, int] = {"": 0}

    def about_file(self, finding: Finding) -> None:
        """Add a finding about the file as a whole."""
        self._whole.append(finding)

    def add(self, row: int, reason: Reason, column: str = "", *, other: int = 0, name: str = "") -> None:
        """Add a finding about a row."""
        names = self._known_names
        self._rows.append(row)
        self._reasons.append(_INDEX[reason])
        self._columns.append(self._labels.setdefault(column, len(self._labels)))
        self._others.append(other)
        self._names.append(names.setdefault(name, len(names)) if name in names or len(names) < MOST_NAMES else 0)

    def hide_names(self) -> None:
        """Forget the names of unknown clinicians: what stands in that column may be something else."""
        self._known_names = {"": 0}
        self._names = array("H", bytes(2 * len(self._names)))

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._whole) + len(self._rows)

    def __iter__(self) -> Iterator[Finding]:
        """Yield them in the order of their rows."""
        yield from self._whole
        labels, names = list(self._labels), list(self._known_names)
        # sorting is stable: two findings about a row stay in the order in which they were made
        for at in sorted(range(len(self._rows)), key=self._rows.__getitem__):
            reason = _REASONS[self._reasons[at]]
            column, name = labels[self._columns[at]], names[self._names[at]]
            yield Finding(reason, self._rows[at], column, self._others[at], name)

    def __repr__(self) -> str:
        """Say how many there are, and nothing of what is in them."""
        return f"<{len(self)} findings>"

    def count(self, reason: Reason) -> int:
        """Return how many rows have a reason."""
        return self._reasons.count(_INDEX[reason])

    def of(self, *severities: Severity) -> int:
        """Return how many findings about rows have one of these severities."""
        return sum(self.count(reason) for reason in _REASONS if SAID[reason].severity in severities)

    def rows(self) -> array[int]:
        """Return the numbers of the rows that something was found about, in the order of finding."""
        return self._rows[:]


def write_errors(findings: Findings, file: TextIO) -> None:
    """Write what is wrong as CSV: row, column, reason, remedy; safe to open in a spreadsheet.

    Args:
        findings: Of a check; those that need nothing done are left out.
        file: Text, opened with ``newline=""``.
    """
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(("row", "column", "reason", "remedy"))
    for finding in findings:
        if finding.severity is not Severity.INFO:
            cells = (str(finding.row or ""), finding.column, finding.message, finding.remedy)
            writer.writerow([inert(cell) for cell in cells])


def inert(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula (a leading apostrophe, as OWASP advises)."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") and cell else cell
