"""What is on record where a session is handed in: under its fingerprint, and on its provider's day."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Any

import orjson
from sqlalchemy import ColumnElement, any_, func, literal, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from ledger import tables
from ledger.base import Whole, Words
from ledger.errors import NotFound
from ledger.partitions import Place, places
from ledger.records import from_row
from ledger.sessions.deliveries import Placed, counting
from ledger.sessions.records import DeliveryRow, RowKind
from ledger.sessions.values import Delivery


def recorded(db: Session, fingerprints: Sequence[str]) -> dict[str, Delivery]:
    """Return what is on record under those of the fingerprints that are known.

    A row that was reversed is forgotten, so that it can be handed in again; one that was corrected is known as what it
    was corrected to. Ask about some thousands at a time.
    """
    found = _standing(db, fingerprints)
    known = {fingerprint: _told(placed.row) for fingerprint, placed in found.items() if placed.row.count > 0}
    reversals = {fingerprint: placed for fingerprint, placed in found.items() if placed.row.count < 0}
    for fingerprint, instead in _corrections(db, reversals):
        # corrected once more, it stands under yet another fingerprint
        last = recorded(db, [instead])
        if last:
            known[fingerprint] = last[instead]
    return known


def minutes_on_record(
    db: Session, providers: Collection[str], first: date, last: date, least: int
) -> dict[tuple[str, date], int]:
    """Return the minutes of these providers' days from ``first`` to ``last``, where they have at least ``least``."""
    rows = tables.table(DeliveryRow).c
    minutes = func.sum(rows.minutes)
    query = (
        counting()
        .with_only_columns(rows.provider, rows.local_date, minutes)
        .where(_among(db, rows.provider, sorted(providers)), rows.local_date.between(first, last))
        .group_by(rows.provider, rows.local_date)
        .having(minutes >= least)
    )
    return {(provider, day): int(total) for provider, day, total in db.execute(query)}


def standing_row(db: Session, fingerprint: str) -> Placed:
    """Return the row that counts under a fingerprint, and where it stands.

    Raises:
        NotFound: None was handed in, or it was reversed.
    """
    placed = _standing(db, [fingerprint]).get(fingerprint)
    if placed is None or placed.row.count < 0:
        raise NotFound(f"There is no session {fingerprint!r} on record.", field="session")
    return placed


def _standing(db: Session, fingerprints: Sequence[str]) -> dict[str, Placed]:
    """Return the row that counts under each fingerprint or, where it was reversed, the newest reversal."""
    rows = tables.table(DeliveryRow)
    query = counting().where(_among(db, rows.c.fingerprint, fingerprints))
    if db.get_bind().dialect.name == "postgresql":
        found_at = places(db.connection(), fingerprints)
        if not found_at:
            return {}
        query = query.where(*_at(db, found_at))
    found = db.execute(query.order_by(rows.c.fingerprint, rows.c.n, rows.c.i)).mappings()
    placed = [Placed(row["n"], row["i"], from_row(DeliveryRow, row)) for row in found]
    return {fingerprint: _last(list(group)) for fingerprint, group in groupby(placed, attrgetter("row.fingerprint"))}


def _at(db: Session, found: Sequence[Place]) -> tuple[ColumnElement[bool], ...]:
    """Return that a row stands at one of these places; the tables of other months are not looked at."""
    rows = tables.table(DeliveryRow).c
    numbers = (literal([each.n for each in found], ARRAY(Whole)), literal([each.i for each in found], ARRAY(Whole)))
    at = func.unnest(*numbers).table_valued("n", "i").render_derived()
    months = sorted({each.month for each in found})
    return _among(db, rows.period, months), tuple_(rows.n, rows.i).in_(select(at.c.n, at.c.i))


def _last(placed: Sequence[Placed]) -> Placed:
    undone = {(each.row.undoes_n, each.row.undoes_i) for each in placed}
    standing = [each for each in placed if each.row.count > 0 and (each.n, each.i) not in undone]
    return (standing or placed)[-1]


def _corrections(db: Session, reversals: dict[str, Placed]) -> Iterator[tuple[str, str]]:
    """Yield the fingerprint of each reversed row and of what it was corrected to, in the same entry."""
    rows = tables.table(DeliveryRow).c
    for fingerprint, placed in reversals.items():
        query = select(rows.fingerprint).where(rows.n == placed.n, rows.kind == RowKind.ADJUSTMENT)
        yield from ((fingerprint, instead) for instead in db.execute(query).scalars() if instead != fingerprint)


def _among(db: Session, column: ColumnElement[Any], values: Iterable[str]) -> ColumnElement[bool]:
    """Return that a column is one of thousands of values, as one parameter: each by itself takes SQLAlchemy longer."""
    if db.get_bind().dialect.name == "postgresql":
        return column == any_(literal(list(values), ARRAY(Words)))
    listed = func.json_each(orjson.dumps(list(values)).decode()).table_valued("value")
    return column.in_(select(listed.c.value))


def _told(row: DeliveryRow) -> Delivery:
    return Delivery(
        row.provider,
        row.local_date,
        row.category,
        row.modality,
        row.attendance,
        row.count,
        row.minutes,
        row.fingerprint,
    )
