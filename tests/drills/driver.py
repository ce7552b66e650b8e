"""As much of Python's database interface over ``apsw`` as SQLAlchemy asks for, so that our own code runs on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import apsw

paramstyle = "qmark"
sqlite_version_info = tuple(map(int, apsw.sqlite_lib_version().split(".")))
sqlite_version = apsw.sqlite_lib_version()

Error = DatabaseError = InterfaceError = DataError = apsw.Error
OperationalError = ProgrammingError = InternalError = NotSupportedError = apsw.Error
IntegrityError = apsw.ConstraintError
Binary = bytes

Rows = list[tuple[Any, ...]]


class Cursor:
    """A statement and what it found, all of it read at once."""

    arraysize = 1

    def __init__(self, database: apsw.Connection) -> None:
        self._database, self._cursor = database, database.cursor()
        self._cursor.exec_trace = self._before
        self.description: Sequence[tuple[Any, ...]] | None = None
        self.rowcount, self.lastrowid = -1, 0
        self._rows: Rows = []

    def _before(self, cursor: apsw.Cursor, statement: str, bindings: object) -> bool:
        # asked for while the statement is still there; afterwards one without rows has none
        told = cursor.get_description()
        self.description = [(*one, None, None, None, None, None)[:7] for one in told] or None
        return True

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Cursor:
        """Carry out a statement."""
        self.description = None
        self._rows = list(self._cursor.execute(statement, tuple(parameters)))
        self.rowcount, self.lastrowid = self._database.changes(), self._database.last_insert_rowid()
        return self

    def executemany(self, statement: str, many: Sequence[Sequence[Any]]) -> Cursor:
        """Carry out a statement once for each of the parameters."""
        self.description = None
        self._cursor.executemany(statement, [tuple(one) for one in many])
        self.rowcount = len(many)
        return self

    def fetchone(self) -> tuple[Any, ...] | None:
        """Return the next row."""
        return self._rows.pop(0) if self._rows else None

    def fetchmany(self, size: int = 1) -> Rows:
        """Return the next rows."""
        found, self._rows = self._rows[:size], self._rows[size:]
        return found

    def fetchall(self) -> Rows:
        """Return the rows that are left."""
        found, self._rows = self._rows, []
        return found

    def close(self) -> None:
        """Let go of the statement."""
        self._cursor.close()


class Connection:
    """One connection, which begins no transaction by itself."""

    isolation_level: str | None = None

    def __init__(self, path: str, vfs: str) -> None:
        self.database = apsw.Connection(path, vfs=vfs)

    def cursor(self) -> Cursor:
        """Return a cursor."""
        return Cursor(self.database)

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Cursor:
        """Carry out a statement."""
        return self.cursor().execute(statement, parameters)

    def commit(self) -> None:
        """End the transaction, if there is one, and keep it."""
        if self.database.in_transaction:
            self.execute("COMMIT")

    def rollback(self) -> None:
        """End the transaction, if there is one, and forget it."""
        if self.database.in_transaction:
            self.execute("ROLLBACK")

    def create_function(self, name: str, arguments: int, function: Callable[..., Any], **options: bool) -> None:
        """Add a function to SQL."""
        self.database.create_scalar_function(name, function, arguments, **options)

    def close(self) -> None:
        """Close it as a process that is gone would: what is in the log stays there."""
        self.database.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        self.database.close()
