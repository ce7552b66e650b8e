"""The few statements that every write consists of, straight to the driver: on SQLite, SQLAlchemy costs more than they.

On PostgreSQL they go out together and their answers come back together, so all of them take one way there and back.
Nobody who listens for statements hears of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """What is asked of the driver.

    Attributes:
        text: With the driver's own marks for values.
        values: They; of each row where there are many.
        is_many: Whether it is carried out once for each row.
    """

    text: str
    values: Sequence[Any] = ()
    is_many: bool = False


def send(connection: Connection, statements: Sequence[Statement], *, and_commit: bool = False) -> Row | None:
    """Carry out statements in order, none after one that fails; return the first row that the last one finds.

    Args:
        connection: In a transaction.
        statements: What is to be done.
        and_commit: On PostgreSQL the driver commits in the same exchange; to commit again does nothing. On SQLite
            nothing is gained by it, and it is left to whoever began.

    Raises:
        DBAPIError: The database refuses one, or is out of reach. It names no statement where all were to be committed:
            they may be.
    """
    proxied, dialect = connection.connection, connection.dialect
    try:
        if dialect.name == "sqlite":
            return _in_turn(proxied.cursor(), statements)
        if dialect.is_async:
            found: Row | None = proxied.run_async(lambda driver: _together_async(driver, statements, and_commit))
            return found
        return _together(proxied.driver_connection, statements, and_commit)
    except dialect.loaded_dbapi.Error as error:
        raise _told(connection, None if and_commit else statements[-1].text, error) from error


def _in_turn(cursor: Any, statements: Sequence[Statement]) -> Row | None:  # noqa: ANN401 - as drivers have it
    for one in statements:
        (cursor.executemany if one.is_many else cursor.execute)(one.text, one.values)
    row: Row | None = cursor.fetchone() if cursor.description else None
    cursor.close()
    return row


def _together(driver: Any, statements: Sequence[Statement], and_commit: bool) -> Row | None:  # noqa: ANN401
    cursors = [driver.cursor() for _ in statements]
    with driver.pipeline():
        for cursor, one in zip(cursors, statements, strict=True):
            (cursor.executemany if one.is_many else cursor.execute)(one.text, one.values)
        if and_commit:
            driver.commit()
    row: Row | None = cursors[-1].fetchone() if cursors[-1].description else None
    return row


async def _together_async(driver: Any, statements: Sequence[Statement], and_commit: bool) -> Row | None:  # noqa: ANN401
    cursors = [driver.cursor() for _ in statements]
    async with driver.pipeline():
        for cursor, one in zip(cursors, statements, strict=True):
            await (cursor.executemany if one.is_many else cursor.execute)(one.text, one.values)
        if and_commit:
            await driver.commit()
    row: Row | None = await cursors[-1].fetchone() if cursors[-1].description else None
    return row


def _told(connection: Connection, text: str | None, error: Exception) -> BaseException:
    """Return an error of the driver as SQLAlchemy tells it, and let go of connections when one is lost."""
    dialect = connection.dialect
    driver = None if connection.invalidated else connection.connection.dbapi_connection
    is_lost = driver is None or dialect.is_disconnect(error, driver, None)  # type: ignore[arg-type]
    if is_lost and driver is not None:
        connection.invalidate(error)
        # those that wait to be used again were most likely lost with it
        connection.engine.dispose()
    return DBAPIError.instance(
        text,
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=is_lost,
        dialect=dialect,
    )
