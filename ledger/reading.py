"""Reading records back: what counts, as a cut sees it, with what was reversed left out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from ledger import tables
from ledger.base import Day
from ledger.errors import NotFound
from ledger.records import SPECS, Record, from_row
from ledger.types import Cut

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Known(Generic[R]):
    """A record with its two dates: the number of its entry (known since) and the day it counts from."""

    n: int
    on: date
    value: R


_UNDOING = tables.entry.alias("undoing")


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


def known(db: Session, of: type[R], cut: Cut | None = None, **equal: object) -> list[Known[R]]:
    """Return the records whose fields equal ``equal``, by the day they count from, then by number."""
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
