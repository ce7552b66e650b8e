"""The open end of the journal within one transaction: what was added to it and waits to be written.

Rows are written many at a time, under one head. A tail may be shared by deeds that one transaction carries out
(``ledger.sharing``): then what waits is written before anything else is asked of the database, so every statement finds
what went before it, and a deed that fails takes its entries with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError

from ledger import tables
from ledger.chains import Chain, lowest, read_chain
from ledger.entries import Draft, Posting, floor_of, payload_of
from ledger.errors import Overdrawn
from ledger.heads import newest
from ledger.kinds import check_kind
from ledger.loading import batch, copies, copy, insertion, room
from ledger.merkle import CompactRange, leaf_hash
from ledger.records import to_body, to_row
from ledger.types import Act
from ledger.waiting import Layer, taken
from ledger.wire import Statement, send

DEED = "deed"
"""The savepoint of a deed that shares its transaction."""


class Sunk(Exception):
    """What earlier deeds of the transaction added was refused; whose it was can't be said."""


class Tail:
    """Numbers, hashes and checks entries, and writes them when it must.

    Attributes:
        tree: The tree over what is written.
        announced: The head under which entries stand that are written before the last of them is known.
        is_sunk: Whether the transaction can't be committed any more, whatever its deeds say.
    """

    def __init__(self, connection: Connection, tree: CompactRange | None = None) -> None:
        self.tree = newest(connection) if tree is None else tree
        self.announced: int | None = None
        self.is_sunk = False
        self._connection = connection
        self._chains: dict[str, Chain] = {}
        self._knows_all = not self.tree.size  # no account is there that is not among the chains
        self._opened = -1  # how many accounts there are; not asked yet
        self._layers = [Layer(-1)]
        self._deed: Layer | None = None
        self._busy = False  # with statements of its own

    @property
    def next(self) -> int:
        """The number of the next entry."""
        return self.tree.size + sum(len(layer.leaves) for layer in self._layers)

    @property
    def waiting(self) -> int:
        """How many entries and bulk records wait to be written."""
        return sum(layer.count for layer in self._layers)

    def know_of(self, earlier: Tail) -> None:
        """Take over what the tail of the transaction before knows of accounts, if nobody has written since."""
        if earlier.tree == self.tree:
            self._chains, self._opened, self._knows_all = earlier._chains, earlier._opened, earlier._knows_all

    @property
    def known(self) -> int:
        """How many accounts it knows."""
        return len(self._chains)

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
        layer.entries.append((n, draft.kind, draft.effective_on, act.at, draft.reverses, payload, leaf))
        for leg, item in enumerate(draft.postings):
            self._post(n, leg, item, draft.effective_on)
        # a bulk class has a table of its own, so its rows may count from 0 beside those of the body
        if draft.bulk:
            layer.batches.append((n, draft.bulk))
        for i, value in enumerate(draft.records):
            name, fields = to_body(value)
            assert isinstance(name, str)
            assert isinstance(fields, dict)
            layer.rows.setdefault(name, []).append((n, i, *to_row(name, fields).values()))
        return n

    def _post(self, n: int, leg: int, item: Posting, day: date) -> None:
        chain, layer = self._chain(n, item), self._layers[-1]
        if item.amount < 0 and chain.floor is not None:
            least, worst = self._lowest(chain, day)
            if least + item.amount < chain.floor:
                raise Overdrawn(item.account, least - chain.floor, -item.amount, worst)
        chain.version += 1
        chain.after += item.amount
        chain.latest = max(chain.latest, day)
        layer.moved.setdefault(chain.id, []).append((day, item.amount))
        layer.postings.append((chain.id, chain.version, n, leg, day, item.amount, chain.after))

    def _lowest(self, chain: Chain, day: date) -> tuple[int, date]:
        if chain.latest <= day:
            return chain.after, day
        waiting = (one for layer in self._layers for one in layer.moved.get(chain.id, ()))
        with self._busily():
            return lowest(self._connection, chain, day, waiting)

    def _chain(self, n: int, item: Posting) -> Chain:
        """Return the end of the chain that a posting extends; a new one for an account that is not there yet."""
        chain, layer = self._chains.get(item.account), self._layers[-1]
        if chain is None and not self._knows_all:
            with self._busily():
                chain = read_chain(self._connection, item.account)
        if item.account not in layer.chains and len(self._layers) > 1:
            layer.chains[item.account] = None if chain is None else chain.copy()
        if chain is None:
            chain = Chain(self._next_account(), floor_of(item.account))
            layer.accounts.append((chain.id, item.account, item.asset, chain.floor, n))
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
        """Ask something that does not depend on what waits."""
        before, self._busy = self._busy, True
        try:
            yield
        finally:
            self._busy = before

    def write(self) -> None:
        """Write what waits; the deferred key from entry to head holds until the head follows."""
        if self._deed is not None and self._deed.savepoint is None:
            if not any(layer.count for layer in self._layers[1:]):
                self._write_of_others()
                return
            self._guard()
        self._write(self._layers)

    def commit(self) -> None:
        """Write what waits, as the last thing of a transaction; on PostgreSQL that commits it, if anything did."""
        self._write(self._layers, and_commit=True)

    def _write(self, layers: Sequence[Layer], *more: Statement, and_commit: bool = False) -> None:
        """Write what waits in some layers, then do something more."""
        statements: list[Statement] = []
        if any(layer.count for layer in layers):
            waiting = taken(layers, self._opened)
            self.tree = self.tree.extended(waiting.leaves)
            head = self.tree.size if self.announced is None else self.announced
            statements += waiting.statements(self._connection, head)
            statements += (one for _, values in waiting.batches for one in room(self._connection, values))
            if waiting.batches and copies(self._connection):
                send(self._connection, statements)
                for n, values in waiting.batches:
                    copy(self._connection, n, values)
                statements = []
            else:
                statements += (batch(self._connection, n, values) for n, values in waiting.batches)
            if self.announced is None:
                statements.append(self._sealing())
        statements += more
        if statements:
            send(self._connection, statements, and_commit=and_commit)

    def _sealing(self) -> Statement:
        row = (self.tree.size, self.tree.encode(), self.tree.root())
        return insertion(self._connection, tables.head, [row])

    def seal(self) -> None:
        """Write the head over all that is written."""
        send(self._connection, [self._sealing()])

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Keep all entries that are added in the block, or, when it fails, none; nothing is written meanwhile."""
        self._layers.append(Layer(self._opened))
        try:
            yield
        except BaseException:
            self._go_back()
            raise
        self._go_on()

    @contextmanager
    def deed(self) -> Iterator[None]:
        """Carry out one of several deeds: of one that fails nothing is left.

        It begins a savepoint when it writes anything; a deed that only reads and appends to the journal needs none, for
        its entries wait.
        """
        layer = self._deed = Layer(self._opened)
        self._layers.append(layer)
        try:
            yield
            if layer.savepoint is not None:
                # what the database refuses of it falls with it
                self._write(self._layers, Statement(f"RELEASE SAVEPOINT {DEED}"))
        except BaseException as error:
            while layer in self._layers:
                self._go_back()
            self._undo(layer, error)
            raise
        finally:
            self._deed = None
        while layer in self._layers:
            self._go_on()

    def _undo(self, layer: Layer, error: BaseException) -> None:
        refusal = error if isinstance(error, DBAPIError) else None
        if layer.savepoint is None:
            # a query that fails leaves PostgreSQL in a transaction that can only be rolled back
            self.is_sunk |= refusal is not None
        elif refusal is None or not refusal.connection_invalidated:
            send(self._connection, [Statement(f"ROLLBACK TO SAVEPOINT {DEED}")])

    def _guard(self) -> None:
        """Let a savepoint be there for what the deed writes; what waits of others does not come into it."""
        if self._deed is None or self._deed.savepoint is not None:
            return
        self._write_of_others(Statement(f"SAVEPOINT {DEED}"))
        self._deed.savepoint, self._deed.tree = DEED, self.tree

    def _write_of_others(self, *more: Statement) -> None:
        try:
            self._write(self._layers[:1], *more)
        except DBAPIError as error:
            self.is_sunk = True
            raise Sunk from error

    def _go_back(self) -> None:
        layer = self._layers.pop()
        if layer.tree is not None:
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

    def before(self, *, reading: bool) -> None:
        """Write what waits, before anything else is asked of the connection."""
        if self._busy:
            return
        if not reading:
            self._guard()
        self.write()

    def begun(self, name: str) -> None:
        """Let a savepoint guard what is added from now on."""
        self._guard()
        self.write()
        self._layers.append(Layer(self._opened, self.tree, name))

    def rolled_back(self, name: str) -> None:
        """Forget what was added since a savepoint."""
        while any(layer.savepoint == name for layer in self._layers):
            self._go_back()

    def released(self, name: str) -> None:
        """Keep what was added since a savepoint."""
        self.write()
        while any(layer.savepoint == name for layer in self._layers):
            self._go_on()
