"""SQLite as it is used here: a release that keeps what it commits, waiting for the disk, and two kinds of connections.

Those that write and those that only read are kept apart. What makes a connection refuse to write is a pragma after
which SQLite compiles each of its statements anew; to turn it off and on again costs more than the statements.
"""

from __future__ import annotations

from typing import TypeVar, cast
from weakref import WeakKeyDictionary

import pysqlite3.dbapi2 as sqlite
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.wire import Statement, send

E = TypeVar("E", bound=Engine | AsyncEngine)

SAFE = (3, 51, 3)
"""The first release without the WAL-reset race, in which 3.7.0 to 3.51.2 can lose or corrupt committed pages."""

BUSY_TIMEOUT_MS = 2_000
"""How long one try waits for another process's transaction. On the event loop nobody else is served meanwhile."""

CACHE_KIB, READING_CACHE_KIB = 64 * 1024, 2 * 1024
"""How much of the database a connection that writes, and one that reads, may keep in memory; it takes what it needs.

A long import would otherwise write half-filled index pages to the log and read them back, again and again. Readers are
many, the system keeps the file in memory for all of them, and what each kept itself would be a part of the process for
good: with 8 MiB a worker grew by a sixth and no report was made sooner.
"""

READER_BEGINS, WRITER_BEGINS = [Statement("BEGIN")], [Statement("BEGIN IMMEDIATE")]

READ_ONLY = "vestry_readonly"
"""The option of a transaction that can't write."""


class UnsafeDatabase(RuntimeError):
    """The database engine at hand can lose what it has committed, so nothing is started on it."""


def refuse_unsafe(version: tuple[int, ...]) -> None:
    """Let only releases pass that keep what they commit.

    Raises:
        UnsafeDatabase: ``version`` is older than ``SAFE``.
    """
    if version < SAFE:
        found, needed = (".".join(map(str, parts)) for parts in (version, SAFE))
        raise UnsafeDatabase(
            f"SQLite {found} can lose committed data (the WAL-reset race); {needed} or later is needed. "
            "Install the package pysqlite3, which brings its own."
        )


_reading_of: WeakKeyDictionary[Engine, Engine] = WeakKeyDictionary()
"""The engine for what only reads, beside each that writes."""


def make(url: URL, *, echo: bool) -> Engine:
    """Return an engine for ``sqlite:///…``.

    Raises:
        UnsafeDatabase: The SQLite library is one that can lose committed pages.
    """
    refuse_unsafe(sqlite.sqlite_version_info)
    engine, reading = _engine(url, echo=echo), _engine(url, echo=echo)
    _reading_of[engine] = reading
    event.listen(engine, "engine_disposed", lambda _: reading.dispose())
    return engine


def _engine(url: URL, *, echo: bool) -> Engine:
    # what is in a statement that failed may name people; it has no place in a log
    engine = create_engine(url, module=sqlite, echo=echo, hide_parameters=True)
    set_up(engine)
    return engine


def set_up(engine: Engine) -> None:
    """Let the connections of an engine wait for the disk, hold keys, and begin as readers or writers."""
    event.listen(engine, "connect", _connected)
    event.listen(engine, "begin", _begin)


def reading(engine: E) -> E:
    """Return the engine beside this one whose connections only read; itself where it is none of those made here."""
    return cast(E, _reading_of.get(engine, engine)) if isinstance(engine, Engine) else engine


def _connected(connection: sqlite.Connection, _record: object) -> None:
    # the driver would begin transactions by itself, too late and deferred; _begin does it instead
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: Connection) -> None:
    readonly = connection.get_execution_options().get(READ_ONLY, False)
    if connection.info.get(READ_ONLY) is not readonly:
        # straight to the driver: nothing of it can fail
        cursor = connection.connection.cursor()
        cursor.execute(f"PRAGMA query_only = {'ON' if readonly else 'OFF'}")
        cursor.execute(f"PRAGMA cache_size = -{READING_CACHE_KIB if readonly else CACHE_KIB}")
        connection.info[READ_ONLY] = readonly
    # a writer that began by reading could find its snapshot stale and fail half-way; it takes the lock at once
    send(connection, READER_BEGINS if readonly else WRITER_BEGINS)
