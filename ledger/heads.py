"""Heads: the trees that seal the journal, and the lock under which the next one is made."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select

from ledger import tables
from ledger.merkle import CompactRange
from ledger.wire import Statement, send

LOCK = 0x76657374
"""The advisory lock that serialises writers on PostgreSQL: the letters "vest"."""

LOCKING = Statement(f"SELECT pg_advisory_xact_lock({LOCK})")
NEWEST = Statement("SELECT size, range FROM head ORDER BY size DESC LIMIT 1")

# built once: building a query costs SQLAlchemy more than asking it
_SEALED = (
    select(tables.head.c.size, tables.head.c.range)
    .where(tables.head.c.size <= bindparam("most"))
    .order_by(tables.head.c.size.desc())
    .limit(1)
)


def sealed(connection: Connection, known_at: int) -> CompactRange:
    """Return the newest tree that a head seals, of at most ``known_at`` entries."""
    row = connection.execute(_SEALED, {"most": known_at}).first()
    return CompactRange.decode(row.size, row.range) if row else CompactRange()


def lock(connection: Connection) -> None:
    """Wait until the transaction of this connection is the only writer; on SQLite it is from its beginning."""
    if connection.dialect.name == "postgresql":
        send(connection, [LOCKING])


def newest(connection: Connection, *first: Statement) -> CompactRange:
    """Return the tree that the newest head seals, after something that is to be done first."""
    row = send(connection, [*first, NEWEST])
    return CompactRange.decode(*row) if row else CompactRange()


def lock_newest(connection: Connection) -> CompactRange:
    """Wait until the transaction of this connection, which does nothing before, is the only writer; return the newest.

    Each statement sees what was committed before it began, so the second sees all that the lock waited for.
    """
    return newest(connection, LOCKING) if connection.dialect.name == "postgresql" else newest(connection)
