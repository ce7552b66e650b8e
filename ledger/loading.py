"""Batches on their way into the database, by its fastest road.

SQLAlchemy would look at each value of a million rows.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Table
from sqlalchemy.orm import Session

from ledger import tables
from ledger.bulk import rows_of
from ledger.records import Record


def write_batch(db: Session, n: int, values: Sequence[Record]) -> None:
    """Write the rows of a batch of entry ``n``, all of one bulk class."""
    connection, target = db.connection(), tables.table(type(values[0]))
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
