"""Lists, a page at a time, and the cut that a report is asked for."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeVar

import orjson
from fastapi import Depends, Query
from pydantic import StringConstraints
from pydantic.json_schema import SkipJsonSchema
from sqlalchemy import tuple_
from sqlalchemy.orm import Session

from app.api.fields import Day, EntryNumber, Page, Told
from app.api.service import at_once
from app.errors import CursorInvalid
from ledger import journal, tables
from ledger.equity.register import company_day
from ledger.reading import Known, selection
from ledger.records import Record, from_row
from ledger.types import MOST_UNITS, Cut

R = TypeVar("R", bound=Record)
T = TypeVar("T", bound=Told)


S = TypeVar("S")

NO_CURSOR = "This is not a cursor of this list; begin again without one."

CursorText = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern="^[A-Za-z0-9_-]+$")]


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page of a list is asked for."""

    limit: Annotated[int, Query(ge=1, le=500, description="How many at most.")] = 100
    cursor: Annotated[
        CursorText | SkipJsonSchema[None],
        Query(description="Where the page begins: the `next` of the page before."),
    ] = None


PagingAsked = Annotated[Paging, Depends(at_once(Paging))]


@dataclass(frozen=True, slots=True)
class AsOf:
    """Which cut of the record is asked for."""

    as_of: Annotated[
        Day | SkipJsonSchema[None],
        Query(description="Facts that count by the end of this day; today in the company's time zone."),
    ] = None
    known_at: Annotated[
        EntryNumber | SkipJsonSchema[None],
        Query(description="Facts on record before this number of entries; all by default."),
    ] = None

    def cut(self, db: Session, now: datetime) -> Cut:
        """Return the cut, with what was left out filled in.

        Raises:
            NotFound: The journal has fewer entries than ``known_at``.
        """
        return Cut(self.as_of or company_day(db, now), journal.known_size(db, self.known_at))


AsOfAsked = Annotated[AsOf, Depends(at_once(AsOf))]


def page_of(db: Session, of: type[R], asked: Paging, told: Callable[[Known[R]], T], **equal: object) -> Page[T]:
    """Return a page of the records that count and whose fields equal ``equal`` (where that is not None).

    They stand in the order of the journal, so a list read page by page shows each once, whatever is added meanwhile.

    Raises:
        CursorInvalid: The cursor is none of this list.
    """
    rows = tables.table(of)
    query = selection(of).order_by(None).order_by(rows.c.n, rows.c.i).limit(asked.limit + 1)
    query = query.where(*(rows.c[name] == value for name, value in equal.items() if value is not None))
    name = of.__spec__.name
    if asked.cursor is not None:
        query = query.where(tuple_(rows.c.n, rows.c.i) > tuple_(*place_of(name, asked.cursor, 2)))
    found = list(db.execute(query).mappings())
    shown, more = found[: asked.limit], len(found) > asked.limit
    following = cursor_at(name, shown[-1]["n"], shown[-1]["i"]) if more else None
    data = [told(Known(row["n"], row["on"], from_row(of, dict(row)))) for row in shown]
    return Page(data=data, next=following, has_more=more)


def page_among(
    name: str, found: Sequence[S], asked: Paging, told: Callable[[S], T], mark: Callable[[S], str]
) -> Page[T]:
    """Return a page of a list that is at hand, in its own order; ``mark`` tells one from every other.

    Raises:
        CursorInvalid: The cursor is none of this list, or what it stood at has left the list.
    """
    first = 0
    if asked.cursor is not None:
        last = mark_of(name, asked.cursor)
        first = next((place for place, one in enumerate(found, 1) if mark(one) == last), 0)
        if first == 0:
            raise CursorInvalid(NO_CURSOR, field="cursor")
    return page_of_found(name, found[first : first + asked.limit + 1], asked, told, mark)


def page_of_found(
    name: str, found: Sequence[S], asked: Paging, told: Callable[[S], T], mark: Callable[[S], str]
) -> Page[T]:
    """Return a page of what was found from its cursor on: one more than it may hold, where there is more."""
    listed, more = found[: asked.limit], len(found) > asked.limit
    following = cursor_at(name, mark(listed[-1])) if more else None
    return Page(data=[told(one) for one in listed], next=following, has_more=more)


def mark_of(name: str, cursor: str) -> str:
    """Return the mark at which a list's cursor stands.

    Raises:
        CursorInvalid: This list did not give it out.
    """
    match _parts(cursor):
        case [1, str(of), str(mark)] if of == name:
            return mark
    raise CursorInvalid(NO_CURSOR, field="cursor")


def cursor_at(name: str, *place: int | str) -> str:
    """Return the cursor of a place in a list: opaque, and of one version."""
    return urlsafe_b64encode(orjson.dumps([1, name, *place])).decode().rstrip("=")


def place_of(name: str, cursor: str, length: int) -> list[int]:
    """Return the place that ``cursor`` means in a list.

    Raises:
        CursorInvalid: This list did not give it out.
    """
    match _parts(cursor):
        case [1, str(of), *place] if (of, len(place)) == (name, length):
            numbers = [one for one in place if type(one) is int and 0 <= one <= MOST_UNITS]
            if len(numbers) == length:
                return numbers
    raise CursorInvalid(NO_CURSOR, field="cursor")


def _parts(cursor: str) -> object:
    """Return what a cursor is made of; None where it is none."""
    try:
        return orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        return None
