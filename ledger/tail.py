"""The open end of the journal within one transaction: what was added to it and waits to be written.

Rows are written many at a time, under one head. A tail may be shared by deeds that one transaction carries out, each in
a savepoint of its own (``share``): then what waits is written before anything else is asked of the database, so every
statement finds what went before it, and a savepoint that is rolled back takes its entries with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import accumulate
from typing import Any

from sqlalchemy import Connection, Engine, Select, bindparam, event, func, insert, select

from ledger import tables
from ledger.entries import Draft, Posting, floor_of, payload_of
from ledger.errors import Overdrawn
from ledger.kinds import check_kind
from ledger.loading import write_batch, write_rows
from ledger.merkle import CompactRange, leaf_hash
from ledger.records import SPECS, Record, to_body, to_row
from ledger.types import MOST_UNITS, Act

MOST_CHAINS = 10_000
"""How many accounts are remembered from one transaction to the next; beyond, all are read anew when asked for."""


Moved = Iterable[tuple[date, int]]
"""Amounts and the days they count from."""

SAVEPOINT = "SAVEPOINT "
ENDS = ("RELEASE SAVEPOINT ", "ROLLBACK TO SAVEPOINT ")
"""How the statements begin that savepoints are made of; what waits is none of their business."""


@dataclass(slots=True)
class Chain:
    """The end of an account's chain of postings."""

    id: int
    floor: int | None
    version: int = 0
    after: int = 0
    latest: date = date.min


def _chain_query() -> Select[Any]:
    account, posting, other = tables.account, tables.posting, tables.posting.alias()
    # order by … limit 1 walks one step of the index; max(version) group by would scan a hot pool's whole chain
    latest = select(func.max(other.c.effective_on)).where(other.c.account == account.c.id).scalar_subquery()
    return (
        select(account.c.id, account.c.floor, posting.c.version, posting.c.after, latest.label("latest"))
        .join(posting, posting.c.account == account.c.id)
        .where(account.c.path == bindparam("path"))
        .order_by(posting.c.version.desc())
        .limit(1)
    )


# built once: building a query costs SQLAlchemy more than asking it
_HEAD = (
    select(tables.head.c.size, tables.head.c.range)
    .where(tables.head.c.size <= bindparam("most"))
    .order_by(tables.head.c.size.desc())
    .limit(1)
)
_CHAIN = _chain_query()


def sealed(connection: Connection, known_at: int = MOST_UNITS) -> CompactRange:
    """Return the newest tree that a head seals, of at most ``known_at`` entries."""
    row = connection.execute(_HEAD, {"most": known_at}).first()
    return CompactRange.decode(row.size, row.range) if row else CompactRange()


def read_chain(connection: Connection, path: str) -> Chain | None:
    """Return the end of an account's chain as it is written; None for one never opened."""
    row = connection.execute(_CHAIN, {"path": path}).first()
    return None if row is None else Chain(row.id, row.floor, row.version, row.after, row.latest)


def lowest(connection: Connection, chain: Chain, day: date, waiting: Moved = ()) -> tuple[int, date]:
    """Return the lowest balance from ``day`` on and the first day on which it stands.

    ``waiting`` is what the chain has and the database does not yet.
    """
    if chain.latest <= day:
        return chain.after, day
    posting = tables.posting
    moved = connection.execute(
        select(posting.c.effective_on, func.sum(posting.c.amount))
        .where(posting.c.account == chain.id, posting.c.effective_on > day)
        .group_by(posting.c.effective_on)
        .order_by(posting.c.effective_on)
    ).all()
    later = {row[0]: int(row[1]) for row in moved}
    for on, amount in waiting:
        if on > day:
            later[on] = later.get(on, 0) + amount
    days, amounts = [day, *sorted(later)], [later[on] for on in sorted(later)]
    balances = list(accumulate(amounts, initial=chain.after - sum(amounts)))
    least = min(balances)
    return least, days[balances.index(least)]


@dataclass(slots=True, eq=False)
class _Layer:
    """Rows that are not written yet, and what to go back to when they are never to be.

    Attributes:
        savepoint: What guards in the database what was written of it; None while nothing was.
        tree: The tree over what was written before.
        opened: How many accounts there were.
        chains: The accounts touched since, as they were; None for one that was not there.
    """

    tree: CompactRange
    opened: int
    savepoint: str | None = None
    chains: dict[str, Chain | None] = field(default_factory=dict)
    entries: list[dict[str, Any]] = field(default_factory=list)
    accounts: list[dict[str, Any]] = field(default_factory=list)
    postings: list[dict[str, Any]] = field(default_factory=list)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    batches: list[tuple[int, Sequence[Record]]] = field(default_factory=list)
    leaves: list[bytes] = field(default_factory=list)
    moved: dict[int, list[tuple[date, int]]] = field(default_factory=dict)
    count: int = 0

    def clear(self) -> None:
        """Let nothing wait any more."""
        self.entries, self.accounts, self.postings, self.rows = [], [], [], {}
        self.batches, self.leaves, self.moved, self.count = [], [], {}, 0

    def extend(self, later: _Layer) -> None:
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


class Tail:
    """Numbers, hashes and checks entries, and writes them when it must.

    Attributes:
        tree: The tree over what is written.
        announced: The head under which entries stand that are written before the last of them is known.
    """

    def __init__(self, connection: Connection) -> None:
        self.tree = sealed(connection)
        self.announced: int | None = None
        self._connection = connection
        self._chains: dict[str, Chain] = {}
        self._knows_all = not self.tree.size  # no account is there that is not among the chains
        self._opened = -1  # how many accounts there are; not asked yet
        self._layers = [_Layer(self.tree, -1)]
        self._busy = False  # with statements of its own

    @property
    def next(self) -> int:
        """The number of the next entry."""
        return self.tree.size + sum(len(layer.leaves) for layer in self._layers)

    @property
    def waiting(self) -> int:
        """How many entries and bulk records wait to be written."""
        return sum(layer.count for layer in self._layers)

    def add(self, act: Act, draft: Draft) -> int:
        """Number, hash and check one entry, and return its number.

        Raises:
            Overdrawn: An account would fall below its floor on the entry's day or a later one.
            Invalid: The entry is too large.
        """
        check_kind(draft.kind)
        n, layer = self.next, self._layers[-1]
        payload = payload_of(n, draft, act)
        leaf = leaf_hash(payload)
        layer.count += 1 + len(draft.bulk)
        layer.leaves.append(leaf)
        layer.entries.append(
            {
                "n": n,
                "kind": draft.kind,
                "effective_on": draft.effective_on,
                "recorded_at": act.at,
                "reverses": draft.reverses,
                "payload": payload,
                "leaf": leaf,
                "head": self.announced,
            }
        )
        for leg, item in enumerate(draft.postings):
            self._post(n, leg, item, draft.effective_on)
        # a bulk class has a table of its own, so its rows may count from 0 beside those of the body
        if draft.bulk:
            layer.batches.append((n, draft.bulk))
        for i, value in enumerate(draft.records):
            name, fields = to_body(value)
            assert isinstance(name, str)
            assert isinstance(fields, dict)
            layer.rows.setdefault(name, []).append({"n": n, "i": i, **to_row(name, fields)})
        return n

    def _post(self, n: int, leg: int, item: Posting, day: date) -> None:
        chain, layer = self._chain(n, item), self._layers[-1]
        if item.amount < 0 and chain.floor is not None:
            waiting = (one for layer in self._layers for one in layer.moved.get(chain.id, ()))
            with self._busily():
                least, worst = lowest(self._connection, chain, day, waiting)
            if least + item.amount < chain.floor:
                raise Overdrawn(item.account, least - chain.floor, -item.amount, worst)
        chain.version += 1
        chain.after += item.amount
        chain.latest = max(chain.latest, day)
        layer.moved.setdefault(chain.id, []).append((day, item.amount))
        layer.postings.append(
            {
                "account": chain.id,
                "version": chain.version,
                "n": n,
                "leg": leg,
                "effective_on": day,
                "amount": item.amount,
                "after": chain.after,
            }
        )

    def _chain(self, n: int, item: Posting) -> Chain:
        """Return the end of the chain that a posting extends; a new one for an account that is not there yet."""
        chain, layer = self._chains.get(item.account), self._layers[-1]
        if chain is None and not self._knows_all:
            with self._busily():
                chain = read_chain(self._connection, item.account)
        if item.account not in layer.chains and len(self._layers) > 1:
            layer.chains[item.account] = None if chain is None else replace(chain)
        if chain is None:
            chain = Chain(self._next_account(), floor_of(item.account))
            row = {"id": chain.id, "path": item.account, "asset": item.asset, "floor": chain.floor, "opened_n": n}
            layer.accounts.append(row)
        self._chains[item.account] = chain
        return chain

    def _next_account(self) -> int:
        if self._opened < 0:
            with self._busily():
                count = select(func.count()).select_from(tables.account)
                self._opened = self._connection.execute(count).scalar_one()
        self._opened += 1
        return self._opened - 1

    @contextmanager
    def _busily(self) -> Iterator[None]:
        """Ask something that does not depend on what waits, or write it."""
        before, self._busy = self._busy, True
        try:
            yield
        finally:
            self._busy = before

    def write(self, layers: Iterable[_Layer] | None = None) -> None:
        """Write what waits; the deferred key from entry to head holds until the head follows."""
        waiting = _Layer(self.tree, self._opened)
        for layer in self._layers if layers is None else layers:
            waiting.extend(layer)
            layer.clear()
        if not waiting.entries:
            return
        tree = self.tree.extended(waiting.leaves)
        if self.announced is None:
            for row in waiting.entries:
                row["head"] = tree.size
        with self._busily():
            for target, rows in (
                (tables.entry, waiting.entries),
                (tables.account, waiting.accounts),
                (tables.posting, waiting.postings),
                *((tables.table(SPECS[name].record), waiting.rows[name]) for name in SPECS if name in waiting.rows),
            ):
                if rows:
                    write_rows(self._connection, target, rows)
            for n, values in waiting.batches:
                write_batch(self._connection, n, values)
            self.tree = tree
            if self.announced is None:
                self.seal()

    def seal(self) -> None:
        """Write the head over all that is written."""
        row = {"size": self.tree.size, "range": self.tree.encode(), "root": self.tree.root()}
        with self._busily():
            self._connection.execute(insert(tables.head), [row])

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Keep all entries that are added in the block, or, when it fails, none."""
        layer = _Layer(self.tree, self._opened)
        self._layers.append(layer)
        try:
            yield
        except BaseException:
            while layer in self._layers:
                self._go_back()
            raise
        while layer in self._layers:
            self._go_on()

    def _go_back(self) -> None:
        layer = self._layers.pop()
        self.tree = layer.tree
        self._opened = layer.opened
        for path, chain in layer.chains.items():
            if chain is None:
                self._chains.pop(path, None)
            else:
                self._chains[path] = chain

    def _go_on(self) -> None:
        layer = self._layers.pop()
        below = self._layers[-1]
        below.extend(layer)
        below.chains = layer.chains | below.chains

    def settle(self) -> None:
        """Write what a deed has added, where it has a savepoint: what the database refuses of it then falls with it."""
        if self._layers[-1].savepoint is not None:
            self.write()

    def before(self) -> None:
        """Write what waits, before anything else is asked of the connection."""
        if not self._busy:
            self.write()

    def begun(self, name: str) -> None:
        """Let a savepoint guard what is added from now on."""
        top = self._layers[-1]
        if len(self._layers) > 1 and top.savepoint is None:
            # what the deed has added already comes into its savepoint, and what was before it does not
            self.write(self._layers[:-1])
        else:
            self.write()
            top = _Layer(self.tree, self._opened)
            self._layers.append(top)
        top.savepoint, top.tree = name, self.tree

    def rolled_back(self, name: str) -> None:
        """Forget what was added since a savepoint."""
        while any(layer.savepoint == name for layer in self._layers):
            self._go_back()

    def released(self, name: str) -> None:
        """Keep what was added since a savepoint."""
        self.write()
        while any(layer.savepoint == name for layer in self._layers):
            self._go_on()


def share(connection: Connection, earlier: Tail | None) -> Tail:
    """Return the tail for all deeds that one transaction carries out; the lock is held already.

    ``earlier`` is that of the transaction before, if it was committed: while nobody else has added to the journal, what
    it knows of accounts still holds. The engine must have been told (``follow``).
    """
    tail = Tail(connection)
    if earlier is not None and earlier.tree == tail.tree and len(earlier._chains) < MOST_CHAINS:
        tail._chains, tail._opened, tail._knows_all = earlier._chains, earlier._opened, earlier._knows_all
    connection.execution_options(vestry_tail=tail)
    return tail


def follow(engine: Engine) -> None:
    """Let the tails of an engine's connections write what waits, and go along with savepoints."""

    def tail_of(connection: Connection) -> Tail | None:
        return connection.get_execution_options().get("vestry_tail")

    def asked(connection: Connection, _: object, statement: str, *__: object) -> None:
        tail = tail_of(connection)
        if tail is None:
            return
        # the event of a savepoint that begins does not tell its name yet
        if statement.startswith(SAVEPOINT):
            tail.begun(statement.removeprefix(SAVEPOINT))
        elif not statement.startswith(ENDS):
            tail.before()

    def told(how: Callable[[Tail, str], None]) -> Callable[..., None]:
        def tell(connection: Connection, name: str, *_: object) -> None:
            if (tail := tail_of(connection)) is not None:
                how(tail, name)

        return tell

    event.listen(engine, "before_cursor_execute", asked)
    event.listen(engine, "rollback_savepoint", told(Tail.rolled_back))
    event.listen(engine, "release_savepoint", told(Tail.released))
