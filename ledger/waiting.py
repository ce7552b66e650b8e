"""Rows of entries that are numbered and hashed, and not written yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection

from ledger import tables
from ledger.chains import Chain
from ledger.loading import insertion
from ledger.merkle import CompactRange
from ledger.records import SPECS, Record
from ledger.wire import Row, Statement


@dataclass(slots=True, eq=False)
class Layer:
    """Rows that are not written yet, and what to go back to when they are never to be.

    Attributes:
        opened: How many accounts there were.
        tree: The tree over what was written before the savepoint.
        savepoint: What guards in the database what was written of it; None while nothing was.
        chains: The accounts touched since, as they were; None for one that was not there.
        entries: All but the head of each.
        rows: Of records, by the name of their class.
        batches: Bulk records of one class, with the number of their entry.
        leaves: The hashes of the entries.
        moved: What was added to each account, by its number.
        count: How many entries and bulk records wait.
    """

    opened: int
    tree: CompactRange | None = None
    savepoint: str | None = None
    chains: dict[str, Chain | None] = field(default_factory=dict)
    entries: list[Row] = field(default_factory=list)
    accounts: list[Row] = field(default_factory=list)
    postings: list[Row] = field(default_factory=list)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    batches: list[tuple[int, Sequence[Record]]] = field(default_factory=list)
    leaves: list[bytes] = field(default_factory=list)
    moved: dict[int, list[tuple[date, int]]] = field(default_factory=dict)
    count: int = 0

    def clear(self) -> None:
        """Let nothing wait any more."""
        self.entries, self.accounts, self.postings, self.rows = [], [], [], {}
        self.batches, self.leaves, self.moved, self.count = [], [], {}, 0

    def extend(self, later: Layer) -> None:
        """Add what waits in the layer above."""
        self.entries += later.entries
        self.accounts += later.accounts
        self.postings += later.postings
        self.batches += later.batches
        self.leaves += later.leaves
        self.count += later.count
        for name, rows in later.rows.items():
            self.rows.setdefault(name, []).extend(rows)
        for id, moved in later.moved.items():
            self.moved.setdefault(id, []).extend(moved)

    def statements(self, connection: Connection, head: int) -> Iterator[Statement]:
        """Yield what writes all but the batches, under the head of this size."""
        yield insertion(connection, tables.entry, [(*row, head) for row in self.entries])
        if self.accounts:
            yield insertion(connection, tables.account, self.accounts)
        if self.postings:
            yield insertion(connection, tables.posting, self.postings)
        # what is referred to comes first, as it does among the classes
        for name in self.rows if len(self.rows) == 1 else SPECS:
            if name in self.rows:
                yield insertion(connection, tables.table(SPECS[name].record), self.rows[name])


def taken(layers: Iterable[Layer], opened: int) -> Layer:
    """Return all that waits in some layers as one, and let nothing wait in them any more."""
    together = Layer(opened)
    for layer in layers:
        together.extend(layer)
        layer.clear()
    return together
