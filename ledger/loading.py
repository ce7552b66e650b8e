"""Batches on their way into the database, by its fastest road.

SQLAlchemy would look at each value of a million rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table, insert
from sqlalchemy.dialects import postgresql

from ledger import tables
from ledger.bulk import rows_of
from ledger.records import Record

DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def write_rows(connection: Connection, target: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows with the same columns; on PostgreSQL as one statement, so that guards look at all of them once."""
    if connection.dialect.name != "postgresql" or len(rows) == 1:
        connection.execute(insert(target), rows)
        return
    names = tuple(rows[0])
    connection.exec_driver_sql(_unnesting(target, names), tuple([row[name] for row in rows] for name in names))


@lru_cache(maxsize=1024)
def _unnesting(target: Table, names: tuple[str, ...]) -> str:
    """Return the statement that takes an array for each column."""
    arrays = (f"%s::{target.c[name].type.compile(DIALECT)}[]" for name in names)
    return f"INSERT INTO {target.name} ({', '.join(names)}) SELECT * FROM unnest({', '.join(arrays)})"


def write_batch(connection: Connection, n: int, values: Sequence[Record]) -> None:
    """Write the rows of a batch of entry ``n``, all of one bulk class."""
    target = tables.table(type(values[0]))
    if connection.dialect.name == "postgresql" and not connection.dialect.is_async:
        _copy(connection, target, n, values)
        return
    # behind the event loop there is no COPY, and batches are small there
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    marks = ", ".join([mark] * len(target.columns))
    rows = list(rows_of(n, values, days_as_text=connection.dialect.name == "sqlite"))
    connection.exec_driver_sql(f"INSERT INTO {target.name} ({_columns(target)}) VALUES ({marks})", rows)


def _copy(connection: Connection, target: Table, n: int, values: Sequence[Record]) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None
    with driver.cursor() as cursor, cursor.copy(f"COPY {target.name} ({_columns(target)}) FROM STDIN") as copy:
        for row in rows_of(n, values, days_as_text=False):
            copy.write_row(row)


def _columns(target: Table) -> str:
    return ", ".join(column.name for column in target.columns)
