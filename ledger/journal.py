"""The journal: the only writer of entries, and the balances that follow from them.

A deed gathers facts, decides, and hands ``append`` what it decided; ``append`` numbers it, hashes it, and writes the
entry, its postings, the records it makes and the sealing head, all in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import heads, tables
from ledger.chains import lowest, read_chain
from ledger.entries import Draft, Entry, read_payload
from ledger.errors import NotFound, NotReversible
from ledger.merkle import CompactRange
from ledger.reading import every, of_the_record
from ledger.sessions.records import PeriodClose
from ledger.sessions.weeks import period_of
from ledger.tail import Tail
from ledger.types import Act, Cut

P = ParamSpec("P")
T = TypeVar("T")

LOCKED = "vestry.locked"
"""Where a session keeps the transaction that holds the lock already, so that it is asked for once."""

TAIL = "vestry.tail"
"""Where a session keeps the open end of the journal that it shares with others in one transaction."""

IN_TURN = "in_turn"
"""What a deed is marked with that begins by taking the lock."""

PRIOR_PERIOD = "prior_period"
"""What the body of an entry says that counts from a day of a month that was closed when it was written: which month."""

CHUNK = 1000
"""Entries (or bulk records) written at a time; a long import holds no more in memory."""


# built once: building a query costs SQLAlchemy more than asking it
_NEWEST_HEAD = select(tables.head.c.size, tables.head.c.root).order_by(tables.head.c.size.desc()).limit(1)
_SIZE = select(func.coalesce(func.max(tables.head.c.size), 0))


def lock(db: Session) -> None:
    """Wait until this transaction is the only writer.

    Must be the first statement of a writing transaction on PostgreSQL (READ COMMITTED), so that every fact read after
    it is the newest; harmless when repeated. On SQLite ``BEGIN IMMEDIATE`` has done it already.
    """
    if TAIL in db.info:
        return  # the transaction around it has begun with it
    root = db.get_transaction()
    if root is not None and db.info.get(LOCKED) is root:
        return
    heads.lock(db.connection())
    # a savepoint that is rolled back gives back what was locked in it
    if not db.in_nested_transaction():
        db.info[LOCKED] = db.get_transaction()


def join(db: Session, tail: Tail) -> None:
    """Let a session write to the journal together with others, whose transaction holds the lock."""
    db.info[TAIL] = tail


def in_turn(deed: Callable[Concatenate[Session, P], T]) -> Callable[Concatenate[Session, P], T]:
    """Let a deed begin by taking the lock; whoever runs it may carry out those that wait for it together."""

    @wraps(deed)
    def locked(db: Session, /, *args: P.args, **kwargs: P.kwargs) -> T:
        lock(db)
        return deed(db, *args, **kwargs)

    setattr(locked, IN_TURN, True)
    return locked


def is_in_turn(deed: Callable[..., Any]) -> bool:
    """Return whether a deed takes the lock before anything else."""
    return getattr(deed, IN_TURN, False)


def confirm(db: Session) -> None:
    """Let this transaction's commit wait until all that it can see is wherever a commit has to be.

    On PostgreSQL with a synchronous standby that says more than that it can be seen: a wait that was cut short leaves
    what was written on one machine. The lock is what makes the commit write, and so wait; on SQLite there is nothing to
    wait for.
    """
    db.execute(select(tables.head.c.size).order_by(tables.head.c.size.desc()).limit(1).with_for_update(key_share=True))


def size(db: Session) -> int:
    """Return how many entries there are: the number of the next one, and the ``known_at`` that knows all."""
    shared: Tail | None = db.info.get(TAIL)
    return int(db.connection().execute(_SIZE).scalar_one()) if shared is None else shared.next


def head_at(db: Session, known_at: int) -> CompactRange:
    """Return the tree over the first ``known_at`` entries.

    Raises:
        NotFound: There are fewer.
    """
    tree = heads.sealed(db.connection(), known_at)
    if tree.size < known_at:
        query = select(tables.entry.c.leaf).where(tables.entry.c.n >= tree.size, tables.entry.c.n < known_at)
        tree = tree.extended(db.execute(query.order_by(tables.entry.c.n)).scalars().all())
    if tree.size != known_at:
        raise _unknown(size(db), known_at)
    return tree


def known_size(db: Session, known_at: int | None) -> int:
    """Return how many entries are known at a cut; all that there are where it names none.

    Raises:
        NotFound: There are fewer.
    """
    there = size(db)
    if known_at is None:
        return there
    if not 0 <= known_at <= there:
        raise _unknown(there, known_at)
    return known_at


def _unknown(there: int, known_at: int) -> NotFound:
    return NotFound(f"The journal has {there:,} entries; it can't be known at {known_at:,}.", field="known_at")


def newest_head(db: Session) -> tuple[int, str] | None:
    """Return how many entries there are, and the root that stands for all of them, hex; None where there is none."""
    row = db.connection().execute(_NEWEST_HEAD).first()
    return None if row is None else (row.size, row.root.hex())


def size_of(db: Session, root: str) -> int | None:
    """Return of how many entries a root, hex, has stood for the record; None for one that never did."""
    head = tables.head.c
    return db.execute(select(head.size).where(head.root == bytes.fromhex(root)).limit(1)).scalar_one_or_none()


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
    shared: Tail | None = db.info.get(TAIL)
    if db.in_nested_transaction():
        db.connection()  # a session begins a savepoint with its first statement, and what is added now belongs into it
    tail = shared or Tail(db.connection())
    closed = _Closed(db, act)
    if count > CHUNK:
        return _append_many(act, tail, map(closed.marked, drafts), count)
    marked = [closed.marked(draft) for draft in drafts]
    with tail.whole():
        numbers = tuple(tail.add(act, draft) for draft in marked)
    if shared is None or tail.waiting > CHUNK:
        tail.write()
    return numbers


def _append_many(act: Act, tail: Tail, drafts: Iterable[Draft], count: int) -> tuple[int, ...]:
    tail.write()
    first = tail.next
    tail.announced = first + count
    # no savepoint around it: SQLite's undo log for one grows with each row, and a long import would take for ever
    try:
        for draft in drafts:
            tail.add(act, draft)
            if tail.waiting >= CHUNK:
                tail.write()
        tail.write()
    finally:
        tail.announced = None
    if tail.next != first + count:
        raise ValueError(f"{count} entries were announced, and {tail.next - first} came.")
    tail.seal()
    return tuple(range(first, first + count))


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


def balances(db: Session, paths: Sequence[str], cut: Cut | None = None) -> dict[str, int]:
    """Return what each of some accounts holds; see ``balance``. One that was never opened is left out."""
    posting, account = tables.posting, tables.account
    query = select(account.c.path, func.sum(posting.c.amount)).join(account, account.c.id == posting.c.account)
    query = query.where(account.c.path.in_(paths)).group_by(account.c.path)
    if cut is not None:
        query = query.where(posting.c.effective_on <= cut.as_of, posting.c.n < cut.known_at)
    return {path: int(amount) for path, amount in db.connection().execute(query)} if paths else {}


def lowest_from(db: Session, path: str, day: date) -> int:
    """Return the least that an account holds on ``day`` or any later day: what may be taken on ``day``."""
    chain = read_chain(db.connection(), path)
    return 0 if chain is None else lowest(db.connection(), chain, day)[0]
