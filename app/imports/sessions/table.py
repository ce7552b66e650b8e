"""Rows that hold, packed in columns: 40 bytes each, so that ten million fit where a million objects would not."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import TypeAlias

from app.imports.sessions.fingerprints import LENGTH
from app.imports.sessions.kinds import Kind
from ledger.sessions.values import Attendance, Category, Delivery, Modality

NO_PRINT = bytes(LENGTH)
"""Stands where there is no fingerprint."""


class Fate(IntEnum):
    """What became of a row."""

    ACCEPTED = 0
    """A session to be recorded."""
    COLLAPSED = 1
    """One more row of a group that another row tells of."""
    DUPLICATE = 2
    """On record already, the same in every detail."""
    REJECTED = 3
    """Not recorded; a finding says why."""
    CHANGED = 4
    """On record already, with other details: a conflict that a person resolves. Counted as rejected."""
    NOT_A_SESSION = 5
    """A payment, a cancellation, an add-on."""


Record: TypeAlias = tuple[int, str, date, Category, Modality, Attendance, int, int, str]
"""An accepted row as plain values, for bulk loading: its number, then the fields of ``Delivery`` in their order."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """An accepted row.

    Attributes:
        row: As the spreadsheet counts.
        is_late: Whether its day is before the lock window, so that it counts in the current period.
    """

    row: int
    delivery: Delivery
    is_late: bool


class Table:
    """The rows of a batch that hold each for itself, in the order of the file."""

    def __init__(self) -> None:
        """Start empty."""
        self.rows = array("I")
        self.providers = array("I")
        self.days = array("I")
        self.clocks = array("h")
        """Minute of the day at which it began; below zero where the row tells only the day."""
        self.kinds = array("I")
        self.fates = bytearray()
        self.prints = bytearray()
        """Fingerprints, 16 bytes a row; empty until they are made."""
        self.external_prints = bytearray()
        """Fingerprints of external ids, 16 bytes a row, zeros where there is none; empty if no row has one."""
        self.place_prints = bytearray()
        """Fingerprints that rows with an external id would have without it; zeros, and empty, likewise."""
        self.kind_list: list[Kind] = []
        self.provider_ids: list[str] = []

    def __len__(self) -> int:
        """Return how many rows hold."""
        return len(self.rows)

    def __repr__(self) -> str:
        """Say how many there are, and nothing of what is in them."""
        return f"<{len(self)} rows>"

    def set_external(self, at: int, fingerprint: bytes) -> None:
        """Keep the fingerprint of the external id of the row that will be at an index, later than any before."""
        self.external_prints.extend(bytes(at * LENGTH - len(self.external_prints)))
        self.external_prints += fingerprint

    def external_print(self, at: int) -> bytes:
        """Return the fingerprint of the external id of the row at an index; empty if it has none."""
        found = bytes(self.external_prints[at * LENGTH : (at + 1) * LENGTH])
        return b"" if found == NO_PRINT else found

    def place_print(self, at: int) -> str:
        """Return what the row at an index would be known by without its external id, hex; empty if it has none."""
        found = self.place_prints[at * LENGTH : (at + 1) * LENGTH]
        return "" if found in (b"", NO_PRINT) else found.hex()

    def fingerprint(self, at: int) -> str:
        """Return the fingerprint of the row at an index, as 32 hex digits; empty if it never came to one."""
        found = self.prints[at * LENGTH : (at + 1) * LENGTH]
        return "" if found == NO_PRINT else found.hex()

    def delivery(self, at: int) -> Delivery:
        """Return what the row at an index tells."""
        return Delivery(*self.record(at)[1:])

    def record(self, at: int) -> Record:
        """Return the row at an index as plain values."""
        kind = self.kind_list[self.kinds[at]]
        return (
            self.rows[at],
            self.provider_ids[self.providers[at]],
            date.fromordinal(self.days[at]),
            kind.category,
            kind.modality,
            kind.attendance,
            kind.count,
            kind.minutes,
            self.fingerprint(at),
        )

    def having(self, *fates: Fate) -> Iterator[int]:
        """Yield the indices of rows with one of these fates, in the order of the file."""
        return (at for at, fate in enumerate(self.fates) if fate in fates)
