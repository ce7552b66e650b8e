"""The journal: the only writer of entries, and the balances that follow from them.

A deed gathers facts, decides, and hands ``append`` what it decided; ``append`` numbers it, hashes it, and writes the
entry, its postings, the records it makes and the sealing head, all in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import accumulate
from typing import Any

from sqlalchemy import Select, bindparam, func, insert, select, text
from sqlalchemy.orm import Session

from ledger import tables
from ledger.entries import Draft, Entry, Posting, floor_of, payload_of, read_payload
from ledger.errors import NotFound, NotReversible, Overdrawn
from ledger.kinds import check_kind
from ledger.loading import write_batch
from ledger.merkle import CompactRange, leaf_hash
from ledger.reading import every, of_the_record
from ledger.records import SPECS, Record, to_body, to_row
from ledger.sessions.records import PeriodClose
from ledger.sessions.weeks import period_of
from ledger.types import MOST_UNITS, Act, Cut

LOCK = 0x76657374
"""The advisory lock that serialises writers on PostgreSQL: the letters "vest"."""

LOCKED = "vestry.locked"
"""Where a session keeps the transaction that holds the lock already, so that it is asked for once."""

PRIOR_PERIOD = "prior_period"
"""What the body of an entry says that counts from a day of a month that was closed when it was written: which month."""

CHUNK = 1000
"""Entries (or bulk records) written at a time; a long import holds no more in memory."""


def lock(db: Session) -> None:
    """Wait until this transaction is the only writer.

    Must be the first statement of a writing transaction on PostgreSQL (READ COMMITTED), so that every fact read after
    it is the newest; harmless when repeated. On SQLite ``BEGIN IMMEDIATE`` has done it already.
    """
    if db.get_bind().dialect.name != "postgresql":
        return
    root = db.get_transaction()
    if root is not None and db.info.get(LOCKED) is root:
        return
    db.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    # a savepoint that is rolled back gives back what was locked in it
    if not db.in_nested_transaction():
        db.info[LOCKED] = db.get_transaction()


def size(db: Session) -> int:
    """Return how many entries there are: the number of the next one, and the ``known_at`` that knows all."""
    return int(db.connection().execute(_SIZE).scalar_one())


def head_at(db: Session, known_at: int) -> CompactRange:
    """Return the tree over the first ``known_at`` entries.

    Raises:
        NotFound: There are fewer.
    """
    tree = _sealed(db, known_at)
    if tree.size < known_at:
        query = select(tables.entry.c.leaf).where(tables.entry.c.n >= tree.size, tables.entry.c.n < known_at)
        tree = tree.extended(db.execute(query.order_by(tables.entry.c.n)).scalars().all())
    if tree.size != known_at:
        raise NotFound(f"The journal has {size(db):,} entries; it can't be known at {known_at:,}.", field="known_at")
    return tree


def newest_head(db: Session) -> tuple[int, str] | None:
    """Return how many entries there are, and the root that stands for all of them, hex; None where there is none."""
    head = tables.head.c
    row = db.execute(select(head.size, head.root).order_by(head.size.desc()).limit(1)).first()
    return None if row is None else (row.size, row.root.hex())


def size_of(db: Session, root: str) -> int | None:
    """Return of how many entries a root, hex, has stood for the record; None for one that never did."""
    head = tables.head.c
    return db.execute(select(head.size).where(head.root == bytes.fromhex(root)).limit(1)).scalar_one_or_none()


def _sealed(db: Session, known_at: int) -> CompactRange:
    """Return the newest tree that a head seals, of at most ``known_at`` entries."""
    row = db.connection().execute(_HEAD, {"most": known_at}).first()
    return CompactRange.decode(row.size, row.range) if row else CompactRange()


def append(db: Session, act: Act, *drafts: Draft) -> tuple[int, ...]:
    """Write entries, and return their numbers.

    All stand under one head. Each posting is checked against the lowest balance of its account from its day on, so a
    backdated entry can't overdraw a later day.

    Raises:
        Overdrawn: An account would fall below its floor on the entry's day or a later one.
        Invalid: An entry is too large.
    """
    return append_all(db, act, drafts)


def append_all(db: Session, act: Act, drafts: Iterable[Draft], count: int | None = None) -> tuple[int, ...]:
    """Write any number of entries under one head, a thousand at a time; see ``append``.

    Up to a thousand, all are checked before the first is written, so a refusal leaves nothing even where the caller
    goes on. Of more, some may stand when one is refused: without their head they can't be committed, only rolled back.

    Args:
        db: The session.
        act: Who, on whose authority, when.
        drafts: The entries; with ``count`` they may come one by one and need not all stand in memory.
        count: How many there are.
    """
    if count is None:
        drafts = tuple(drafts)
        count = len(drafts)
    if not count:
        return ()
    lock(db)
    tree = _sealed(db, MOST_UNITS)
    first = tree.size
    closed = _Closed(db, act)
    page = _Page(db, act, tree=tree, head=first + count, is_first=not first)
    # no savepoint around it: SQLite's undo log for one grows with each row, and a long import would take for ever
    for n, draft in enumerate(drafts, first):
        page.add(n, closed.marked(draft))
        if page.waiting >= CHUNK:
            page.flush()
    page.flush()
    tree = page.tree
    if tree.size != page.head:
        raise ValueError(f"{count} entries were announced, and {tree.size - first} came.")
    row = {"size": tree.size, "range": tree.encode(), "root": tree.root()}
    db.connection().execute(insert(tables.head), [row])
    return tuple(range(first, page.head))


@dataclass(slots=True)
class _Closed:
    """Which months are closed; asked for by the first draft that goes back to a month before this one."""

    db: Session
    act: Act
    months: frozenset[str] | None = None

    def marked(self, draft: Draft) -> Draft:
        """Return a draft that says so where it counts from a day of a month that is closed."""
        month = period_of(draft.effective_on)
        if month >= period_of(self.act.now.date()):
            return draft
        if self.months is None:
            self.months = frozenset(one.period for one in every(self.db, PeriodClose))
        if month not in self.months:
            return draft
        return replace(draft, facts={**(draft.facts or {}), PRIOR_PERIOD: month})


def reverse(db: Session, act: Act, n: int, *, reason: str) -> int:
    """Undo entry ``n`` by an entry of the opposite postings, and return its number.

    It counts from the same day as the entry it undoes, so a report as of any day no longer shows that entry, and a
    report with an older ``known_at`` still does. Whether anything rests on the entry is for the caller to know
    (``ledger.equity.reversals``); balances are checked here.

    Raises:
        NotFound: There is no such entry.
        NotReversible: It is a reversal itself, or reversed already.
        Overdrawn: The units it moved have moved on.
    """
    lock(db)
    original = entry_at(db, n)
    if original.reverses is not None or original.kind == "journal.reversed":
        raise NotReversible("A reversal can't be reversed; do the thing again instead.")
    if db.execute(select(tables.entry.c.n).where(tables.entry.c.reverses == n)).first():
        raise NotReversible(f"Entry {n} has been reversed already.")
    opposite = tuple(replace(posting, amount=-posting.amount) for posting in original.postings)
    draft = Draft("journal.reversed", original.effective_on, (), opposite, {"reason": reason}, reverses=n)
    return append(db, act, draft)[0]


def entry_at(db: Session, n: int) -> Entry:
    """Return entry ``n``.

    Raises:
        NotFound: There is none.
    """
    payload = db.execute(select(tables.entry.c.payload).where(tables.entry.c.n == n)).scalar()
    if payload is None:
        raise NotFound(f"There is no entry {n} in the journal.")
    return read_payload(payload)


@of_the_record
def recorded_at(db: Session, n: int) -> int:
    """Return when an entry was written, in microseconds since 1970.

    Raises:
        NoResultFound: There is no such entry.
    """
    return int(db.execute(select(tables.entry.c.recorded_at).where(tables.entry.c.n == n)).scalar_one())


def entries_between(db: Session, first: int, end: int) -> Iterator[Entry]:
    """Yield the entries from number ``first`` up to, not including, ``end``."""
    query = select(tables.entry.c.payload).where(tables.entry.c.n >= first, tables.entry.c.n < end)
    for payload in db.execute(query.order_by(tables.entry.c.n)).scalars():
        yield read_payload(payload)


def payloads_between(db: Session, first: int, end: int) -> Iterator[Sequence[bytes]]:
    """Yield the exact bytes of the entries from ``first`` up to, not including, ``end``, a page at a time."""
    query = select(tables.entry.c.payload).where(tables.entry.c.n >= first, tables.entry.c.n < end)
    yield from db.execute(query.order_by(tables.entry.c.n)).scalars().partitions(CHUNK)


def balance(db: Session, path: str, cut: Cut | None = None) -> int:
    """Return what an account holds: all that is known, or as a cut sees it; zero for one never opened."""
    posting, account = tables.posting, tables.account
    query = select(func.coalesce(func.sum(posting.c.amount), 0)).join(account, account.c.id == posting.c.account)
    query = query.where(account.c.path == path)
    if cut is not None:
        query = query.where(posting.c.effective_on <= cut.as_of, posting.c.n < cut.known_at)
    return int(db.execute(query).scalar_one())


def lowest_from(db: Session, path: str, day: date) -> int:
    """Return the least that an account holds on ``day`` or any later day: what may be taken on ``day``."""
    chain = _read_chain(db, path)
    return 0 if chain is None else _lowest(db, chain, day)[0]


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
_SIZE = select(func.coalesce(func.max(tables.head.c.size), 0))
_HEAD = (
    select(tables.head.c.size, tables.head.c.range)
    .where(tables.head.c.size <= bindparam("most"))
    .order_by(tables.head.c.size.desc())
    .limit(1)
)
_CHAIN = _chain_query()


@dataclass(slots=True)
class _Chain:
    """The end of an account's chain of postings."""

    id: int
    floor: int | None
    version: int = 0
    after: int = 0
    latest: date = date.min
    waiting: list[tuple[date, int]] = field(default_factory=list)  # postings that are not written yet


def _read_chain(db: Session, path: str) -> _Chain | None:
    row = db.connection().execute(_CHAIN, {"path": path}).first()
    return None if row is None else _Chain(row.id, row.floor, row.version, row.after, row.latest)


def _lowest(db: Session, chain: _Chain, day: date) -> tuple[int, date]:
    """Return the lowest balance from ``day`` on and the first day on which it stands."""
    if chain.latest <= day:
        return chain.after, day
    posting = tables.posting
    moved = db.execute(
        select(posting.c.effective_on, func.sum(posting.c.amount))
        .where(posting.c.account == chain.id, posting.c.effective_on > day)
        .group_by(posting.c.effective_on)
        .order_by(posting.c.effective_on)
    ).all()
    later = {row[0]: int(row[1]) for row in moved}
    for on, amount in chain.waiting:
        if on > day:
            later[on] = later.get(on, 0) + amount
    days, amounts = [day, *sorted(later)], [later[on] for on in sorted(later)]
    balances = list(accumulate(amounts, initial=chain.after - sum(amounts)))
    lowest = min(balances)
    return lowest, days[balances.index(lowest)]


@dataclass(slots=True)
class _Page:
    """Rows waiting to be written, and the ends of the chains they extend."""

    db: Session
    act: Act
    tree: CompactRange
    head: int
    is_first: bool  # nothing was written before, so no account can be there already
    entries: list[dict[str, Any]] = field(default_factory=list)
    accounts: list[dict[str, Any]] = field(default_factory=list)
    postings: list[dict[str, Any]] = field(default_factory=list)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    batches: list[tuple[int, Sequence[Record]]] = field(default_factory=list)
    leaves: list[bytes] = field(default_factory=list)
    chains: dict[str, _Chain] = field(default_factory=dict)
    touched: list[_Chain] = field(default_factory=list)
    opened: int = -1
    waiting: int = 0

    def add(self, n: int, draft: Draft) -> None:
        """Number, hash and check one entry."""
        check_kind(draft.kind)
        self.waiting += 1 + len(draft.bulk)
        payload = payload_of(n, draft, self.act)
        leaf = leaf_hash(payload)
        self.leaves.append(leaf)
        self.entries.append(
            {
                "n": n,
                "kind": draft.kind,
                "effective_on": draft.effective_on,
                "recorded_at": self.act.at,
                "reverses": draft.reverses,
                "payload": payload,
                "leaf": leaf,
                "head": self.head,
            }
        )
        for leg, item in enumerate(draft.postings):
            self._post(n, leg, item, draft.effective_on)
        # a bulk class has a table of its own, so its rows may count from 0 beside those of the body
        if draft.bulk:
            self.batches.append((n, draft.bulk))
        for i, value in enumerate(draft.records):
            name, fields = to_body(value)
            assert isinstance(name, str)
            assert isinstance(fields, dict)
            self.rows.setdefault(name, []).append({"n": n, "i": i, **to_row(name, fields)})

    def _post(self, n: int, leg: int, item: Posting, day: date) -> None:
        chain = self._chain(n, item)
        if item.amount < 0 and chain.floor is not None:
            lowest, worst = _lowest(self.db, chain, day)
            if lowest + item.amount < chain.floor:
                raise Overdrawn(item.account, lowest - chain.floor, -item.amount, worst)
        chain.version += 1
        chain.after += item.amount
        chain.latest = max(chain.latest, day)
        chain.waiting.append((day, item.amount))
        self.touched.append(chain)
        self.postings.append(
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

    def _chain(self, n: int, item: Posting) -> _Chain:
        chain = self.chains.get(item.account)
        if chain is None and not self.is_first:
            chain = _read_chain(self.db, item.account)
        if chain is None:
            if self.opened < 0:
                self.opened = self.db.execute(select(func.count()).select_from(tables.account)).scalar_one()
            chain = _Chain(self.opened, floor_of(item.account))
            self.opened += 1
            row = {"id": chain.id, "path": item.account, "asset": item.asset, "floor": chain.floor, "opened_n": n}
            self.accounts.append(row)
        self.chains[item.account] = chain
        return chain

    def flush(self) -> None:
        """Write what waits; the deferred key from entry to head holds until the head follows."""
        for target, rows in (
            (tables.entry, self.entries),
            (tables.account, self.accounts),
            (tables.posting, self.postings),
            *((tables.table(spec.record), self.rows[name]) for name, spec in SPECS.items() if name in self.rows),
        ):
            if rows:
                self.db.connection().execute(insert(target), rows)
                rows.clear()
        for n, values in self.batches:
            write_batch(self.db, n, values)
        self.batches.clear()
        for chain in self.touched:
            chain.waiting.clear()
        self.touched.clear()
        self.tree = self.tree.extended(self.leaves)
        self.leaves.clear()
        self.waiting = 0
