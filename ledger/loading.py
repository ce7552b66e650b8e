"""Rows on their way into the database, by its fastest road.

SQLAlchemy would look at each value of a million rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from operator import attrgetter

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql

from ledger import tables
from ledger.base import Day
from ledger.bulk import rows_of
from ledger.partitions import BY_MONTH, making_months
from ledger.records import Record
from ledger.wire import Row, Statement

DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def insertion(connection: Connection, target: Table, rows: Sequence[Row]) -> Statement:
    """Return what writes whole rows; on PostgreSQL one statement for all, so that guards look at them once."""
    if connection.dialect.name == "postgresql":
        return Statement(_unnesting(target), tuple(map(list, zip(*rows, strict=True))))
    days = _days(target)
    ready = [_with_text(row, days) for row in rows] if days else rows
    return Statement(_each(target, "?"), ready, is_many=True)


def batch(connection: Connection, n: int, values: Sequence[Record]) -> Statement:
    """Return what writes the rows of a batch of entry ``n``, all of one bulk class, where ``copies`` is false."""
    target, on_sqlite = tables.table(type(values[0])), connection.dialect.name == "sqlite"
    rows = list(rows_of(n, values, days_as_text=on_sqlite))
    return Statement(_each(target, "?"), rows, is_many=True) if on_sqlite else insertion(connection, target, rows)


def room(connection: Connection, values: Sequence[Record]) -> list[Statement]:
    """Return what makes the tables of months that the rows of a batch need (PostgreSQL)."""
    name = tables.table(type(values[0])).name
    if name not in BY_MONTH or connection.dialect.name != "postgresql":
        return []
    return [making_months(name, map(attrgetter(BY_MONTH[name]), values))]


def copies(connection: Connection) -> bool:
    """Tell whether batches are copied; behind the event loop there is no COPY, and batches are small there."""
    return connection.dialect.name == "postgresql" and not connection.dialect.is_async


def copy(connection: Connection, n: int, values: Sequence[Record]) -> None:
    """Write the rows of a batch of entry ``n`` by COPY."""
    target, driver = tables.table(type(values[0])), connection.connection.driver_connection
    assert driver is not None
    with driver.cursor() as cursor, cursor.copy(f"COPY {target.name} ({_columns(target)}) FROM STDIN") as stream:
        for row in rows_of(n, values, days_as_text=False):
            stream.write_row(row)


@lru_cache(maxsize=1024)
def _unnesting(target: Table) -> str:
    """Return the statement that takes an array for each column."""
    arrays = (f"%s::{column.type.compile(DIALECT)}[]" for column in target.columns)
    return f"INSERT INTO {target.name} ({_columns(target)}) SELECT * FROM unnest({', '.join(arrays)})"


@lru_cache(maxsize=1024)
def _each(target: Table, mark: str) -> str:
    """Return the statement that takes one row."""
    return f"INSERT INTO {target.name} ({_columns(target)}) VALUES ({', '.join([mark] * len(target.columns))})"


@lru_cache(maxsize=1024)
def _days(target: Table) -> tuple[int, ...]:
    """Return which columns hold days."""
    return tuple(at for at, column in enumerate(target.columns) if isinstance(column.type, Day))


def _with_text(row: Row, days: Iterable[int]) -> Row:
    """Return a row as SQLite keeps it: days are text there."""
    values = list(row)
    for at in days:
        if values[at] is not None:
            values[at] = values[at].isoformat()
    return tuple(values)


def _columns(target: Table) -> str:
    return ", ".join(column.name for column in target.columns)
