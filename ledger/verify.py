"""The verifier: the tree over every entry, and every row rebuilt from its entry and compared.

It reads the database once, in the order of the journal, and stops at the first thing that does not fit. Someone who
holds the database can still rewrite all of it consistently; only a root noted elsewhere shows that, so ``verify`` takes
one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Table, func, select
from sqlalchemy.orm import Session

from ledger import tables, tiles
from ledger.bulk import row_leaf
from ledger.entries import Entry, floor_of, read_payload
from ledger.errors import Refusal, Tampered
from ledger.kinds import check_kind
from ledger.merkle import EMPTY_ROOT, CompactRange, leaf_hash, root_of
from ledger.partitions import PRINTS, is_place_missing
from ledger.records import SPECS, from_row, to_row

PAGE = 1000
"""Rows fetched at a time."""


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that does not fit.

    Attributes:
        table: Where it stands.
        n: The entry it belongs to, if it belongs to one.
        message: What is wrong, in words.
    """

    table: str
    n: int | None
    message: str

    def __str__(self) -> str:
        """Return where and what, in one line."""
        place = self.table if self.n is None else f"{self.table} of entry {self.n}"
        return f"{place}: {self.message}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the verifier found.

    Attributes:
        entries: How many entries fit, up to the first fault.
        postings: How many postings fit.
        records: Rows that equal what their entries say, by table.
        root: Root of the tree over the entries that fit, hex.
        fault: The first thing that does not fit, or None.
    """

    entries: int
    postings: int
    records: Mapping[str, int]
    root: str
    fault: Fault | None


class _Misfit(Exception):
    """Carries the first fault out of the walk."""

    def __init__(self, table: str, n: int | None, message: str) -> None:
        super().__init__(message)
        self.fault = Fault(table, n, message)


def verify(db: Session, *, known_root: tuple[int, str] | None = None) -> Verdict:
    """Check the whole record and return what was found, the first fault included.

    Args:
        db: A session that sees one state of the database.
        known_root: Size and root (hex) that someone noted earlier: the record must still begin with exactly those
            entries.

    Returns:
        The verdict; ``fault`` is None when everything fits.
    """
    walk = _Walk(db, known_root)
    fault: Fault | None = None
    try:
        walk.journal()
        walk.leftovers()
        walk.floors()
        walk.tiles()
        walk.places()
    except _Misfit as misfit:
        fault = misfit.fault
    finally:
        for cursor in walk.cursors.values():
            cursor.close()
    root = walk.tree.root() if walk.tree.size else EMPTY_ROOT
    return Verdict(walk.tree.size, walk.postings, walk.records, root.hex(), fault)


class _Cursor:
    """Rows of one table in the order of their entries, looked at one ahead."""

    def __init__(self, db: Session, of: Table, *order: ColumnElement[Any]) -> None:
        self.name = of.name
        self._result = db.execute(select(of).order_by(*order).execution_options(yield_per=PAGE))
        self._rows: Iterator[RowMapping] = iter(self._result.mappings())
        self.next: RowMapping | None = self._fetch()

    def _fetch(self) -> RowMapping | None:
        try:
            row = next(self._rows, None)
        except ValueError as error:  # a date that is none
            raise _Misfit(self.name, None, f"a row can't be read: {error}") from None
        return row

    def close(self) -> None:
        """Let go of the database's cursor."""
        self._result.close()

    def walk(self) -> Iterator[RowMapping]:
        """Yield every row."""
        while self.next is not None:
            yield self.next
            self.next = self._fetch()

    def take(self, key: str, value: int) -> list[RowMapping]:
        """Return the rows whose ``key`` is at most ``value``, and move past them."""
        taken = []
        while self.next is not None and self.next[key] <= value:
            taken.append(self.next)
            self.next = self._fetch()
        return taken


@dataclass(slots=True)
class _Walk:
    """The state of one pass."""

    db: Session
    known_root: tuple[int, str] | None
    tree: CompactRange = field(default_factory=CompactRange)
    postings: int = 0
    records: dict[str, int] = field(default_factory=dict)
    accounts: dict[str, tuple[int, str]] = field(default_factory=dict)
    chains: dict[int, tuple[int, int]] = field(default_factory=dict)
    undone: set[int] = field(default_factory=set)
    cursors: dict[str, _Cursor] = field(default_factory=dict)

    def journal(self) -> None:
        """Walk the entries from 0, with every table beside them."""
        entry, posting, account, head = tables.entry, tables.posting, tables.account, tables.head
        self.cursors = {
            "posting": _Cursor(self.db, posting, posting.c.n, posting.c.leg),
            "account": _Cursor(self.db, account, account.c.id),
            "head": _Cursor(self.db, head, head.c.size),
            "entry": _Cursor(self.db, entry, entry.c.n),
        }
        for name, spec in SPECS.items():
            rows = tables.table(spec.record)
            self.cursors[name] = _Cursor(self.db, rows, rows.c.n, rows.c.i)
            self.records[name] = 0
        for row in self.cursors["entry"].walk():
            self._entry(row)

    def _entry(self, row: RowMapping) -> None:
        n = self.tree.size
        if row["n"] != n:
            raise _Misfit("entry", n, f"it is missing; the next one is {row['n']}")
        if leaf_hash(row["payload"]) != row["leaf"]:
            raise _Misfit("entry", n, "the payload does not have the hash stored beside it")
        said = self._read(n, row)
        self._same("entry", n, "n", said.n, n)
        self._same("entry", n, "kind", row["kind"], said.kind)
        self._same("entry", n, "effective_on", row["effective_on"], said.effective_on)
        self._same("entry", n, "recorded_at", row["recorded_at"], said.at)
        self._same("entry", n, "reverses", row["reverses"], said.reverses)
        self._postings(said)
        self._reversal(said)
        self._records(said)
        self.tree = self.tree.extended([row["leaf"]])
        self._head(n, row["head"])
        self._noted(n)

    def _read(self, n: int, row: RowMapping) -> Entry:
        try:
            said = read_payload(row["payload"])
            check_kind(said.kind)
        except Tampered as refusal:
            raise _Misfit("entry", n, str(refusal)) from None
        return said

    def _postings(self, said: Entry) -> None:
        rows = self.cursors["posting"].take("n", said.n)
        if len(rows) != len(said.postings):
            raise _Misfit("posting", said.n, f"there are {len(rows)} rows for {len(said.postings)} postings")
        balance: dict[str, int] = {}
        for leg, (row, posting) in enumerate(zip(rows, said.postings, strict=True)):
            number = self._account(said.n, posting.account, posting.asset)
            version, after = self.chains.get(number, (0, 0))
            version, after = version + 1, after + posting.amount
            self.chains[number] = (version, after)
            expected = {
                "account": number,
                "version": version,
                "n": said.n,
                "leg": leg,
                "effective_on": said.effective_on,
                "amount": posting.amount,
                "after": after,
            }
            self._row("posting", said.n, row, expected)
            balance[posting.asset] = balance.get(posting.asset, 0) + posting.amount
        if any(balance.values()):
            raise _Misfit("entry", said.n, "its postings do not cancel out")
        self.postings += len(rows)

    def _account(self, n: int, path: str, asset: str) -> int:
        if path not in self.accounts:
            number = len(self.accounts)
            rows = self.cursors["account"].take("id", number)
            if len(rows) != 1:
                raise _Misfit("account", n, f"account {number}, {path}, is missing or doubled")
            try:
                floor = floor_of(path)
            except Tampered as refusal:
                raise _Misfit("account", n, str(refusal)) from None
            expected = {"id": number, "path": path, "asset": asset, "floor": floor, "opened_n": n}
            self._row("account", n, rows[0], expected)
            self.accounts[path] = (number, asset)
        number, counted_in = self.accounts[path]
        self._same("account", n, "asset", counted_in, asset)
        return number

    def _reversal(self, said: Entry) -> None:
        if said.reverses is None:
            return
        if not 0 <= said.reverses < said.n or said.reverses in self.undone:
            raise _Misfit("entry", said.n, f"it reverses {said.reverses}, which can't be (again)")
        original = self._stored(said.reverses)
        opposite = [(p.account, p.asset, -p.amount) for p in original.postings]
        if opposite != [(p.account, p.asset, p.amount) for p in said.postings]:
            raise _Misfit("entry", said.n, f"it is not the opposite of entry {said.reverses}")
        if original.effective_on != said.effective_on or original.reverses is not None:
            raise _Misfit("entry", said.n, f"it can't reverse entry {said.reverses}: another day, or a reversal itself")
        self.undone.add(said.reverses)

    def _stored(self, n: int) -> Entry:
        payload = self.db.execute(select(tables.entry.c.payload).where(tables.entry.c.n == n)).scalar_one()
        return read_payload(payload)

    def _records(self, said: Entry) -> None:
        made: dict[str, list[dict[str, Any]]] = {}
        for i, (name, fields) in enumerate(_rows_of(said)):
            try:
                expected = to_row(name, fields)
            except (Refusal, ValueError, TypeError, AttributeError) as error:
                raise _Misfit("entry", said.n, f"record {i} can't be read: {error}") from None
            made.setdefault(name, []).append({"n": said.n, "i": i, **expected})
        batch = _batch_of(said)
        for name, spec in SPECS.items():
            rows, expected_rows = self.cursors[name].take("n", said.n), made.get(name, [])
            if spec.is_bulk:
                self._batch(said.n, name, rows, batch if batch and batch["of"] == name else None)
                continue
            if len(rows) != len(expected_rows):
                raise _Misfit(name, said.n, f"there are {len(rows)} rows; the entry makes {len(expected_rows)}")
            for row, wanted in zip(rows, expected_rows, strict=True):
                self._row(name, said.n, row, wanted)
            self.records[name] += len(rows)

    def _batch(self, n: int, name: str, rows: list[RowMapping], batch: dict[str, Any] | None) -> None:
        if len(rows) != (batch["count"] if batch else 0):
            raise _Misfit(name, n, f"there are {len(rows)} rows; the entry makes {batch['count'] if batch else 0}")
        for i, row in enumerate(rows):
            self._same(name, n, "i", row["i"], i)
        try:
            leaves = [row_leaf(from_row(SPECS[name].record, row)) for row in rows]
        except (Refusal, ValueError, TypeError) as error:
            raise _Misfit(name, n, f"a row can't be read: {error}") from None
        if batch and root_of(leaves).hex() != batch["root"]:
            raise _Misfit(name, n, "its rows are not those whose root the entry holds")
        self.records[name] += len(rows)

    def _head(self, n: int, named: int) -> None:
        following = self.cursors["head"].next
        if following is None:
            raise _Misfit("head", n, "no head seals this entry")
        self._same("entry", n, "head", named, following["size"])
        if following["size"] > n + 1:
            return
        self.cursors["head"].take("size", n + 1)
        expected = {"size": self.tree.size, "range": self.tree.encode(), "root": self.tree.root()}
        self._row("head", n, following, expected)

    def _noted(self, n: int) -> None:
        if self.known_root is not None and self.known_root[0] == n + 1 and self.tree.root().hex() != self.known_root[1]:
            raise _Misfit("entry", None, f"the first {n + 1} entries are not those noted earlier: another root")

    def leftovers(self) -> None:
        """Refuse rows that no entry made, and a record shorter than one noted earlier."""
        for name, cursor in self.cursors.items():
            if cursor.next is not None:
                raise _Misfit(name, cursor.next.get("n"), f"a row that no entry made: {_brief(cursor.next)}")
        if self.known_root is not None and self.known_root[0] > self.tree.size:
            text = f"{self.known_root[0]} entries were noted earlier; only {self.tree.size} are left"
            raise _Misfit("entry", None, text)

    def tiles(self) -> None:
        """Refuse a root that is kept for proofs and is not that of its entries."""
        found = tiles.misfit(self.db)
        if found is not None:
            level, k = found
            raise _Misfit(
                "tile", None, f"root {k} of level {level} is not that of its entries; without it, proofs hold"
            )

    def places(self) -> None:
        """Refuse a session row that would not be known again by its fingerprint."""
        if is_place_missing(self.db.connection()):
            raise _Misfit(PRINTS, None, "it does not tell where each session stands, so one may be taken twice")

    def floors(self) -> None:
        """Refuse an account that is below its floor at the end of any day."""
        posting, account = tables.posting, tables.account
        daily = (
            select(
                posting.c.account,
                posting.c.effective_on,
                func.sum(func.sum(posting.c.amount))
                .over(partition_by=posting.c.account, order_by=posting.c.effective_on)
                .label("held"),
            )
            .group_by(posting.c.account, posting.c.effective_on)
            .subquery()
        )
        query = (
            select(account.c.path, daily.c.effective_on, daily.c.held)
            .join(daily, daily.c.account == account.c.id)
            .where(daily.c.held < account.c.floor)
            .order_by(daily.c.effective_on, account.c.id)
            .limit(1)
        )
        low = self.db.execute(query).first()
        if low is not None:
            raise _Misfit("account", None, f"{low.path} holds {low.held} on {low.effective_on}, below its floor")

    def _row(self, table: str, n: int, row: RowMapping, expected: Mapping[str, Any]) -> None:
        for name, value in expected.items():
            self._same(table, n, name, row[name], value)

    @staticmethod
    def _same(table: str, n: int, name: str, stored: object, said: object) -> None:
        if stored != said:
            raise _Misfit(table, n, f"{name} is {_short(stored)}; the journal says {_short(said)}")


def _rows_of(said: Entry) -> Sequence[tuple[str, dict[str, Any]]]:
    rows = said.body.get("rows", [])
    if not isinstance(rows, list) or not all(isinstance(row, list) and len(row) == 2 for row in rows):
        raise _Misfit("entry", said.n, "its records can't be read")
    return [(str(name), fields) for name, fields in rows]


def _batch_of(said: Entry) -> dict[str, Any] | None:
    batch = said.body.get("batch")
    if batch is None:
        return None
    if not isinstance(batch, dict) or batch.keys() != {"of", "count", "root"} or batch["of"] not in SPECS:
        raise _Misfit("entry", said.n, "its batch can't be read")
    return batch


def _short(value: object) -> str:
    text = value.hex() if isinstance(value, bytes) else repr(value)
    return text if len(text) <= 80 else f"{text[:77]}…"


def _brief(row: RowMapping) -> str:
    return ", ".join(f"{name}={_short(value)}" for name, value in list(row.items())[:4])
