"""The feed: entries of the journal as events, by their numbers, which have no gap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.events.types import kinds_of, type_of
from ledger import journal, tables
from ledger.types import moment_at


@dataclass(frozen=True, slots=True)
class Event:
    """An entry, as anybody may be told of it who may hear of events.

    Attributes:
        type: One of ``app.events.types``.
        at: When the entry was written.
        id: Of the thing it is about; None where none is told.
        n: The entry's number.
        reverses: The number of the entry that counts no more because of it.
    """

    type: str
    at: datetime
    id: str | None
    n: int
    reverses: int | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Events that follow on a number.

    Attributes:
        last: The number up to which everything was looked at: go on after it. None where there is no entry at all.
        has_more: Whether there is more already.
    """

    events: list[Event]
    last: int | None
    has_more: bool


def events_after(
    db: Session, after: int | None, *, limit: int, types: frozenset[str] = frozenset(), until: int | None = None
) -> Stretch:
    """Return the events of the entries after a number, oldest first.

    Args:
        db: The session.
        after: The number; None for from the beginning.
        limit: How many at most.
        types: Of these types only; of all where it is empty.
        until: Of entries before this number only; of all where it is None.
    """
    columns = tables.entry.c
    first, size = 0 if after is None else after + 1, journal.size(db)
    size = size if until is None else min(size, until)
    query = select(columns.n, columns.payload).where(columns.n >= first, columns.n < size)
    if types:
        query = query.where(columns.kind.in_(kinds_of(types)))
    rows = db.execute(query.order_by(columns.n).limit(limit + 1)).all()
    events = [_event(row.payload) for row in rows[:limit]]
    if len(rows) > limit:
        return Stretch(events, events[-1].n, has_more=True)
    return Stretch(events, size - 1 if size > first else after, has_more=False)


def event_of(db: Session, n: int) -> Event:
    """Return the event of entry ``n``, which is there."""
    return _event(db.execute(select(tables.entry.c.payload).where(tables.entry.c.n == n)).scalar_one())


def _event(payload: bytes) -> Event:
    entry = orjson.loads(payload)
    told = type_of(entry["kind"])
    return Event(told.name, moment_at(entry["at"]), _id(entry, told.id_of), entry["n"], entry["reverses"])


def _id(entry: Mapping[str, Any], where: str) -> str | None:
    place, _, name = where.partition(".")
    body = entry["body"]
    if place == "facts":
        return _text(body.get(name))
    if place == "account":
        begins = f"{name}:"
        paths = (path for path, _, _ in entry["postings"] if path.startswith(begins))
        return next((path.removeprefix(begins) for path in paths), None)
    return next((_text(fields.get(name)) for of, fields in body.get("rows", ()) if of == place), None)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
