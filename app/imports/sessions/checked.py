"""What a check hands on: rows that hold, counts that add up, and what became of every row."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from typing import NamedTuple

from app.imports.sessions.listing import Findings
from app.imports.sessions.sniff import Sniffed
from app.imports.sessions.sources import Source
from app.imports.sessions.table import Accepted, Fate, Record, Table


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows of a batch became what; they add up (E13 I13.1).

    Attributes:
        rejected: Not recorded, held ones among them.
        held: Not recorded until a person has looked.
        late: Accepted, but from before the lock window.
    """

    rows_read: int
    accepted: int
    collapsed: int
    duplicate: int
    rejected: int
    non_session: int
    held: int = 0
    late: int = 0

    def __post_init__(self) -> None:
        """Refuse to lose a row."""
        parts = self.accepted + self.collapsed + self.duplicate + self.rejected + self.non_session
        if self.rows_read != parts:
            raise ValueError(f"{self.rows_read} rows were read, {parts} are accounted for.")


class RowFate(NamedTuple):
    """What became of a row, as ``POST /v1/sessions:batch`` answers it; no fingerprint where it never came to one."""

    row: int
    fate: Fate
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found; iterate it for the accepted rows, in the order of the file.

    Attributes:
        system: What the rows come from, part of every fingerprint.
        sniffed: What the file is; nothing for rows that came without one.
        dropped: The columns that were dropped, by known name or by position.
        lock_from: The first day that is not late.
    """

    source: Source
    system: str
    counts: Counts
    findings: Findings
    sniffed: Sniffed | None
    dropped: tuple[str, ...]
    lock_from: date
    table: Table = field(repr=False)
    unread: tuple[array[int], array[int]] = field(repr=False)
    """The numbers of the rows that did not get into the table: rejected ones, and those that are no sessions."""

    def __iter__(self) -> Iterator[Accepted]:
        """Yield the accepted rows; each is made when it is asked for."""
        table, first = self.table, self.lock_from.toordinal()
        for at in table.having(Fate.ACCEPTED):
            yield Accepted(table.rows[at], table.delivery(at), table.days[at] < first)

    def records(self) -> Iterator[Record]:
        """Yield the accepted rows as plain values, for bulk loading."""
        return map(self.table.record, self.table.having(Fate.ACCEPTED))

    def present(self) -> Iterator[str]:
        """Yield the fingerprints of all sessions that the file tells of, recorded before or not.

        What is on record for the same system, providers and days and is not among them was changed or deleted at its
        source: propose to reverse it.
        """
        return map(self.table.fingerprint, self.table.having(Fate.ACCEPTED, Fate.DUPLICATE, Fate.CHANGED))

    def span(self) -> tuple[date, date] | None:
        """Return the first and the last day of the rows that hold each for itself; nothing if none does."""
        days = self.table.days
        return (date.fromordinal(min(days)), date.fromordinal(max(days))) if days else None

    def providers(self) -> tuple[str, ...]:
        """Return the holder ids of the clinicians whom the file names and the map knows."""
        return tuple(self.table.provider_ids)

    def fates(self) -> list[RowFate]:
        """Return what became of each row read, in the order of their numbers."""
        table = self.table
        settled = (
            RowFate(row, Fate(fate), table.fingerprint(at))
            for at, (row, fate) in enumerate(zip(table.rows, table.fates, strict=True))
        )
        rejected, not_sessions = self.unread
        unread = chain(
            (RowFate(row, Fate.REJECTED, "") for row in rejected),
            (RowFate(row, Fate.NOT_A_SESSION, "") for row in not_sessions),
        )
        return sorted(chain(settled, unread), key=lambda fate: fate.row)
