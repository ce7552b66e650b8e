"""Reading records back: what counts, as a cut sees it, with what was reversed left out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ledger import tables
from ledger.errors import NotFound
from ledger.records import Record, from_row
from ledger.types import Cut

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Known(Generic[R]):
    """A record with its two dates: the number of its entry (known since) and the day it counts from."""

    n: int
    on: date
    value: R


def selection(of: type[Record], cut: Cut | None = None) -> Select[Any]:
    """Return the query for the rows of a class of record that count, oldest first, with ``on`` beside them.

    Without a cut: all that is on record, whatever day it counts from. What an entry made that was reversed (by then)
    does not count.
    """
    rows, entry = tables.table(of), tables.entry
    undoing = tables.entry.alias("undoing")
    undone = select(undoing.c.reverses).where(undoing.c.reverses.is_not(None))
    query = select(rows, entry.c.effective_on.label("on")).join(entry, entry.c.n == rows.c.n)
    if cut is not None:
        query = query.where(entry.c.effective_on <= cut.as_of, rows.c.n < cut.known_at)
        undone = undone.where(undoing.c.n < cut.known_at)
    return query.where(rows.c.n.not_in(undone)).order_by(entry.c.effective_on, rows.c.n, rows.c.i)


def known(db: Session, of: type[R], cut: Cut | None = None, **equal: object) -> list[Known[R]]:
    """Return the records whose fields equal ``equal``, by the day they count from, then by number."""
    rows = tables.table(of)
    query = selection(of, cut).where(*(rows.c[name] == value for name, value in equal.items()))
    return [Known(row["n"], row["on"], from_row(of, dict(row))) for row in db.execute(query).mappings()]


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
