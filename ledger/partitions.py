"""Rows that PostgreSQL keeps in one table a month: sessions, by the month they are posted to.

A month gets its table with its first row, in the transaction that writes it and under the journal's lock, so no row is
ever without one, and two writers never make the same. SQLite keeps all of them in one table.

Where a session stands that is known by its fingerprint, ``delivery_print`` tells for all months at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, text

from ledger.wire import Statement

BY_MONTH = {"delivery": "period"}
"""Tables to the column that names the month."""

PRINTS, PRINTS_INDEX = "delivery_print", "ix_delivery_fingerprint"
"""The table that tells where rows stand, and the index that it takes the place of."""

_IS = text("SELECT EXISTS (SELECT 1 FROM pg_class WHERE oid = to_regclass(:name) AND relkind = 'p')")
_ALL = text(
    "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'"
    " AND relnamespace = current_schema()::regnamespace"
)
_LOOSE = text(
    "SELECT relname FROM pg_class WHERE relname ~ ('^' || :of || '_[0-9]{4}_[0-9]{2}$') AND NOT relispartition"
    " AND relkind = 'r' AND relnamespace = current_schema()::regnamespace ORDER BY relname"
)

_PLACES = f"""
    SELECT period, n, i FROM {PRINTS}
    WHERE key = ANY (ARRAY(SELECT hashtextextended(one, 0) FROM unnest(%s::text[]) AS one))
"""
_MISSING = f"""
    SELECT hashtextextended(d.fingerprint, 0), d.n, d.i, d.period FROM delivery d
    WHERE NOT EXISTS (SELECT 1 FROM {PRINTS} p
        WHERE p.n = d.n AND p.i = d.i AND p.period = d.period AND p.key = hashtextextended(d.fingerprint, 0))
"""


def making_months(table: str, months: Iterable[str]) -> Statement:
    """Return what makes the tables for rows of these months that have none yet (PostgreSQL).

    Adding one locks out nobody who reads or writes (migrations/months.py).
    """
    return Statement(f"SELECT vestry_{table}_months(%s::text[])", (sorted(set(months)),))


def is_by_month(connection: Connection, table: str) -> bool:
    """Return whether a table is kept in one a month here; an older state of the record kept all in one."""
    return connection.dialect.name == "postgresql" and bool(connection.execute(_IS, {"name": table}).scalar_one())


def beside(connection: Connection) -> frozenset[str]:
    """Return the tables that are none of their own: those of single months, and what tells where their rows stand.

    Whoever reads the whole table reads them, too, and they are made anew with it.
    """
    if connection.dialect.name != "postgresql":
        return frozenset()
    return frozenset([*connection.execute(_ALL).scalars(), PRINTS])


class Place(NamedTuple):
    """Where a row stands."""

    month: str
    n: int
    i: int


def places(connection: Connection, prints: Sequence[str]) -> list[Place]:
    """Return where rows with these fingerprints stand (PostgreSQL), and very few others: it goes by their hashes."""
    return [Place(*row) for row in connection.exec_driver_sql(_PLACES, (list(prints),))]


def tell_places(connection: Connection) -> None:
    """Note where all rows stand that were written past the guards, which do so otherwise."""
    connection.exec_driver_sql(f"INSERT INTO {PRINTS} (key, n, i, period) {_MISSING}")


def is_place_missing(connection: Connection) -> bool:
    """Return whether there is a row that would not be found by its fingerprint."""
    if connection.dialect.name != "postgresql":
        return False
    return bool(connection.exec_driver_sql(f"SELECT EXISTS ({_MISSING})").scalar_one())


def loose_months(connection: Connection) -> list[str]:
    """Return the tables of single months that were detached, so that their rows are on record nowhere."""
    if connection.dialect.name != "postgresql":
        return []
    return [name for table in BY_MONTH for name in connection.execute(_LOOSE, {"of": table}).scalars()]


def whole_of(part: str) -> str:
    """Return the table that the table of a month belongs to: of ``delivery_2025_07`` it is ``delivery``."""
    return part[: -len("_2025_07")]


def attaching(part: str) -> str:
    """Return the statement that puts a month back which was detached."""
    year, month = int(part[-7:-3]), int(part[-2:])
    after = f"{year + month // 12}-{month % 12 + 1:02}"
    return f"ALTER TABLE {whole_of(part)} ATTACH PARTITION {part} FOR VALUES FROM ('{year}-{month:02}') TO ('{after}');"
