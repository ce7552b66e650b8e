"""Reading records back: what counts, as a cut sees it, with what was reversed left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, wraps
from threading import Lock
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from ledger import tables
from ledger.base import Day
from ledger.errors import NotFound
from ledger.records import SPECS, Record, from_row
from ledger.types import Cut

R = TypeVar("R", bound=Record)
P = ParamSpec("P")
T = TypeVar("T")
Facts = Callable[Concatenate[Session, P], T]


@dataclass(frozen=True, slots=True)
class Known(Generic[R]):
    """A record with its two dates: the number of its entry (known since) and the day it counts from."""

    n: int
    on: date
    value: R


_UNDOING = tables.entry.alias("undoing")
# built once: building a query costs SQLAlchemy more than asking it
_NEWEST_HEAD = select(tables.head.c.size, tables.head.c.root).order_by(tables.head.c.size.desc()).limit(1)


def selection(of: type[Record], cut: Cut | None = None) -> Select[Any]:
    """Return the query for the rows of a class of record that count, oldest first, with ``on`` beside them.

    Without a cut: all that is on record, whatever day it counts from. What an entry made that was reversed (by then)
    does not count.
    """
    query = _selection(of.__spec__.name, cut is not None, ())
    return query if cut is None else query.params(as_of=cut.as_of, known_at=cut.known_at)


@lru_cache(maxsize=1024)
def _selection(of: str, is_cut: bool, names: tuple[str, ...]) -> Select[Any]:
    """Build the query once for each question: building costs SQLAlchemy more than asking."""
    rows, entry = tables.table(SPECS[of].record), tables.entry
    # asked row by row, through the unique index: a list of all reversals would be made by reading the whole journal
    undone = select(_UNDOING.c.n).where(_UNDOING.c.reverses == rows.c.n)
    query = select(rows, entry.c.effective_on.label("on")).join(entry, entry.c.n == rows.c.n)
    if is_cut:
        known_at = bindparam("known_at", type_=rows.c.n.type)
        query = query.where(entry.c.effective_on <= bindparam("as_of", type_=Day()), rows.c.n < known_at)
        undone = undone.where(_UNDOING.c.n < known_at)
    query = query.where(*(rows.c[name] == bindparam(f"is_{name}", type_=rows.c[name].type) for name in names))
    return query.where(~undone.correlate(rows).exists()).order_by(entry.c.effective_on, rows.c.n, rows.c.i)


SHELF = "vestry.shelf"
"""Where a session that reads one state of the record, and can't write, finds what is known of it (``Shelf``)."""

FEW, AGAIN = 150, 3
"""How many records of a class are few; after how many questions of one form they are read all at once."""

MOST_KEPT = 50_000
"""How many records are kept from one reading to the next; beyond, all is forgotten, and read anew when asked for."""


MOST_LASTING = 200
"""How many conclusions are kept beyond the next entry."""

MOST_LOOKED_THROUGH = 5_000
"""Through how many new entries it is looked for one that touches a conclusion; after more it is drawn anew."""


class Lasting:
    """Conclusions that hold until something is added that touches them: those asked for last, with how far they do."""

    def __init__(self) -> None:
        self._kept: dict[object, tuple[int, Any]] = {}
        self._turn = Lock()

    def find(self, key: object) -> tuple[int, Any] | None:
        """Return a conclusion, and how many entries it is known to hold for."""
        return self._kept.get(key)

    def keep(self, key: object, size: int, conclusion: object) -> None:
        """Keep a conclusion that holds for so many entries, unless it is known to hold for more."""
        with self._turn:
            earlier = self._kept.pop(key, None)
            if len(self._kept) >= MOST_LASTING:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = earlier if earlier is not None and earlier[0] > size else (size, conclusion)


class Snapshot:
    """What was read of one state of the record: asked for again, it is not read again.

    Of a class that is asked for one id after another, all is read at once where there are few: a page that goes through
    all proposals asks once for each class, and not once for each proposal.
    """

    def __init__(self, size: int = 0, lasting: Lasting | None = None) -> None:
        self.size, self.lasting = size, lasting
        self.kept = 0
        self._answers: dict[object, list[Any]] = {}
        self._asked: Counter[object] = Counter()
        self._sorted: dict[object, dict[object, list[Any]] | None] = {}
        self._concluded: dict[object, Any] = {}

    def known(self, db: Session, of: type[R], cut: Cut | None, equal: Mapping[str, object]) -> list[Known[R]]:
        """Return what ``known`` returns; lists are the caller's own."""
        key = (of, cut, *equal.items())
        found = self._answers.get(key)
        if found is None:
            found = self._answers[key] = self._found(db, of, cut, equal)
            self.kept += len(found) + 1
        return [*found]

    def concluded(self, key: object, conclude: Callable[[], T]) -> T:
        """Return what was concluded under a key, once it is concluded."""
        if key not in self._concluded:
            self._concluded[key] = conclude()
            self.kept += 1
        found: T = self._concluded[key]
        return found

    def _found(self, db: Session, of: type[R], cut: Cut | None, equal: Mapping[str, object]) -> list[Known[R]]:
        if len(equal) != 1:
            return _asked(db, of, cut, equal)
        [(name, value)] = equal.items()
        form = (of, cut, name)
        self._asked[form] += 1
        if self._asked[form] == AGAIN:
            self._sorted[form] = self._all(db, of, cut, name)
        found = self._sorted.get(form)
        return _asked(db, of, cut, equal) if found is None else found.get(value, [])

    def _all(self, db: Session, of: type[R], cut: Cut | None, name: str) -> dict[object, list[Any]] | None:
        """Return all records of a class by a field, or None where there are many."""
        rows = tables.table(of)
        few = select(func.count()).select_from(select(rows.c.n).limit(FEW + 1).subquery())
        if int(db.connection().execute(few).scalar_one()) > FEW:
            return None
        found: dict[object, list[Any]] = {}
        for one in self.known(db, of, cut, {}):
            found.setdefault(getattr(one.value, name), []).append(one)
        return found


class Shelf:
    """Keeps what was read of the record from one reading to the next, for as long as nothing is added to it.

    This is exact, not a guess: what is on record never changes, so two readings with the same head see the same record.
    A session asks for the head first, in the snapshot of the database that all its questions are answered from.
    """

    def __init__(self) -> None:
        self._head: tuple[int, bytes] | None = None
        self._lasting = Lasting()
        self._snapshot = Snapshot()

    def snapshot(self, db: Session) -> Snapshot:
        """Return what is known of the record as this session sees it."""
        row = db.connection().execute(_NEWEST_HEAD).one_or_none()
        seen = (0, b"") if row is None else (row.size, row.root)
        snapshot = self._snapshot
        if seen != self._head or snapshot.kept > MOST_KEPT:
            # a thread beside this one may put its own there at any moment
            snapshot = Snapshot(seen[0], self._lasting)
            self._head, self._snapshot = seen, snapshot
        return snapshot


def _snapshot(db: Session) -> Snapshot | None:
    """Return what is known of the record as a reading session sees it; nothing is kept of one that may write."""
    shelf = db.info.get(SHELF)
    if isinstance(shelf, Shelf):
        db.info[SHELF] = shelf = shelf.snapshot(db)
    assert shelf is None or isinstance(shelf, Snapshot)
    return shelf


@contextmanager
def read_once(db: Session) -> Iterator[None]:
    """Keep what is read within the block until its end, in a session that may write: nothing may be written in it."""
    if SHELF in db.info:
        yield
        return
    db.info[SHELF] = Snapshot()
    try:
        yield
    finally:
        del db.info[SHELF]


def of_the_record(facts: Facts[P, T]) -> Facts[P, T]:
    """Mark a function that concludes from the record alone: a reading session need not conclude the same thing twice.

    What it returns is shared, so it must be a value that nobody changes (a list is copied); what it is asked with must
    be hashable. It may look neither at the clock nor at what lies outside the journal: names, accounts, drafts.
    """

    @wraps(facts)
    def once(db: Session, /, *args: P.args, **kwargs: P.kwargs) -> T:
        snapshot = _snapshot(db)
        if snapshot is None:
            return facts(db, *args, **kwargs)
        found = snapshot.concluded((facts, args, *kwargs.items()), lambda: facts(db, *args, **kwargs))
        return copy(found) if isinstance(found, list) else found

    return once


def until_touched(db: Session, key: object, touched: Callable[[Session, int], bool], conclude: Callable[[], T]) -> T:
    """Return what is concluded from the record under a key; a reading session need not conclude it anew for each entry.

    What it returns is shared, so it must be a value that nobody changes.

    Args:
        db: The session, which answers from one snapshot of the database.
        key: What names the conclusion.
        touched: Returns whether an entry of this number or a later one bears on it; better too often than once too few.
        conclude: Draws it, from the record alone.
    """
    snapshot = _snapshot(db)
    if snapshot is None or snapshot.lasting is None:
        return conclude()
    found = snapshot.lasting.find(key)
    if found is not None:
        until, kept = found
        conclusion: T = kept
        if until == snapshot.size:
            return conclusion
        if 0 < snapshot.size - until <= MOST_LOOKED_THROUGH and not touched(db, until):
            snapshot.lasting.keep(key, snapshot.size, conclusion)
            return conclusion
    conclusion = conclude()
    snapshot.lasting.keep(key, snapshot.size, conclusion)
    return conclusion


def known_among(
    db: Session, of: type[R], cut: Cut | None, name: str, values: Sequence[object]
) -> dict[object, list[Known[R]]]:
    """Return the records that have one of some values in a field, by value: as ``known`` would for each, in one go."""
    column = tables.table(of).c[name]
    query = selection(of, cut).where(column.in_(values))
    found: dict[object, list[Known[R]]] = {value: [] for value in values}
    for row in db.connection().execute(query).mappings() if values else ():
        found[row[name]].append(Known(row["n"], row["on"], from_row(of, row)))
    return found


def known(db: Session, of: type[R], cut: Cut | None = None, **equal: object) -> list[Known[R]]:
    """Return the records whose fields equal ``equal``, by the day they count from, then by number."""
    snapshot = None if of.__spec__.is_bulk else _snapshot(db)
    return _asked(db, of, cut, equal) if snapshot is None else snapshot.known(db, of, cut, equal)


def _asked(db: Session, of: type[R], cut: Cut | None, equal: Mapping[str, object]) -> list[Known[R]]:
    query = _selection(of.__spec__.name, cut is not None, tuple(equal))
    values: dict[str, object] = {f"is_{name}": value for name, value in equal.items()}
    if cut is not None:
        values |= {"as_of": cut.as_of, "known_at": cut.known_at}
    rows = db.connection().execute(query, values).mappings()
    return [Known(row["n"], row["on"], from_row(of, row)) for row in rows]


def every(db: Session, of: type[R], cut: Cut | None = None, **equal: object) -> list[R]:
    """Return the records whose fields equal ``equal``; see ``known``."""
    return [item.value for item in known(db, of, cut, **equal)]


def newest(db: Session, of: type[R], cut: Cut | None = None, **equal: object) -> R | None:
    """Return the record that counts last among those whose fields equal ``equal``, or None."""
    found = every(db, of, cut, **equal)
    return found[-1] if found else None


def find(db: Session, of: type[R], id: str, cut: Cut | None = None) -> R:
    """Return the record with this id.

    Raises:
        NotFound: No entry (that counts) made it.
    """
    found = every(db, of, cut, id=id)
    if not found:
        raise NotFound(f"There is no {of.__spec__.name.replace('_', ' ')} {id!r} on record.", field=of.__spec__.name)
    return found[0]


def entry_rows() -> Select[Any]:
    """Return a query for entries as they are stored, each with the number of the entry that undid it, if one did."""
    entry, undoing = tables.entry, tables.entry.alias("undoing")
    query = select(entry.c.payload, entry.c.n, entry.c.leaf, undoing.c.n.label("reversed_by"))
    return query.outerjoin(undoing, undoing.c.reverses == entry.c.n)
