"""Delivered sessions on record: handed in by batches, put right by reversal, never changed, never with a client."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import islice
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from ledger import journal, tables
from ledger.entries import Draft
from ledger.errors import AlreadyExists, Invalid, NotAllowedNow, NotFound, NotReversible
from ledger.kinds import declare
from ledger.reading import every, find, selection
from ledger.records import from_row
from ledger.sessions.credit import Tally
from ledger.sessions.records import DeliveryRow, PeriodClose, RowKind, SessionImport
from ledger.sessions.values import Attendance, Delivery
from ledger.sessions.weeks import period_of, week_of
from ledger.types import Act, Cut

BATCH = 10_000
"""Rows of one batch, one entry: enough that the entry costs nothing a row, few enough to hold in memory."""

TALLIED = ("provider", "local_date", "attendance", "category")
"""What rows have in common that credit counts together, in the order in which it wants them."""


@declare
class SessionEntry(StrEnum):
    """The kinds of entry about delivered sessions."""

    IMPORTED = "sessions.imported"
    """A file was handed in and read."""
    DELIVERED = "sessions.delivered"
    """A batch of rows of an import."""
    CORRECTED = "sessions.corrected"
    """A row is reversed and, where it was not all wrong, told anew."""


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """An import that has been checked and is to be kept.

    Attributes:
        accepted: How many deliveries will come.
        counts: Of the rows read, what became of them.
        is_again: Whether the same file was handed in before, and rows of it could not be read then.
    """

    source: str
    file_digest: str
    mapping: dict[str, Any]
    counts: dict[str, int]
    accepted: int
    is_again: bool = False

    def __post_init__(self) -> None:
        """Refuse counts that do not add up (I13.1)."""
        told = ("accepted", "collapsed", "duplicate", "rejected", "non_session")
        if self.counts.get("rows_read") != sum(self.counts.get(name, 0) for name in told):
            raise Invalid("The counts of the rows read do not add up.", field="counts")


def keep_import(
    db: Session, act: Act, order: ImportOrder, deliveries: Iterable[Delivery], *, on: date
) -> SessionImport:
    """Write an import and its rows: one entry for the import, one for each ten thousand rows, all or nothing.

    Rows of a month that is closed are posted to the month of ``on`` (late rows); all others to their own.

    Raises:
        AlreadyExists: The same file is on record; handing it in again changes nothing.
        Invalid: Another number of rows came than was announced.
    """
    journal.lock(db)
    if not order.is_again and every(db, SessionImport, file_digest=order.file_digest):
        raise AlreadyExists("This file has been imported already; nothing was added.", field="file")
    made = SessionImport(
        act.new_id("imp"), order.source, order.file_digest, order.mapping, dict(order.counts), period_of(on)
    )
    closed = closed_periods(db)
    rows = (posted(delivery, made.id, closed, made.period) for delivery in deliveries)
    batches = -(-order.accepted // BATCH)
    drafts = _drafts(made, rows, on)
    journal.append_all(db, act, drafts, 1 + batches)
    return made


def _drafts(made: SessionImport, rows: Iterator[DeliveryRow], on: date) -> Iterator[Draft]:
    yield Draft(SessionEntry.IMPORTED, on, (made,))
    while batch := tuple(islice(rows, BATCH)):
        yield Draft(SessionEntry.DELIVERED, on, facts={"import": made.id}, bulk=batch)


def posted(delivery: Delivery, import_id: str | None, closed: frozenset[str], current: str) -> DeliveryRow:
    """Return a delivery as the row it becomes: posted to its own month, or to the current one if that is closed.

    Raises:
        NotAllowedNow: The clock is wrong.
    """
    own = period_of(delivery.local_date)
    return DeliveryRow(
        delivery.provider,
        delivery.local_date,
        delivery.category,
        delivery.modality,
        delivery.attendance,
        delivery.count,
        delivery.minutes,
        delivery.fingerprint,
        _open_month(own, closed, current),
        RowKind.ORIGINAL,
        import_id,
    )


def _open_month(month: str, closed: frozenset[str], current: str) -> str:
    if month not in closed:
        return month
    if current < month:
        raise NotAllowedNow(
            f"{month} is closed, and by the clock of this service it has not begun. Set the clock right."
        )
    return current


def closed_periods(db: Session, cut: Cut | None = None) -> frozenset[str]:
    """Return the months that are closed."""
    return frozenset(close.period for close in every(db, PeriodClose, cut))


def counting(cut: Cut | None = None) -> Select[Any]:
    """Return the query for all rows of batches that were not reversed as a whole."""
    rows = tables.table(DeliveryRow)
    return select(rows).where(rows.c.n.not_in(_undone(cut)))


# made once: naming every column of the journal anew takes longer than the rest of the query
_UNDOING = tables.entry.alias("undoing_batch")


def _undone(cut: Cut | None = None) -> Select[Any]:
    query = select(_UNDOING.c.reverses).where(_UNDOING.c.reverses.is_not(None))
    return query if cut is None else query.where(_UNDOING.c.n < cut.known_at)


def tallies(
    db: Session,
    *,
    known_at: int,
    first: date,
    last: date,
    provider: str | None = None,
    posted_through: str | None = None,
) -> Iterator[Tally]:
    """Yield what credit needs to know of the days from ``first`` to ``last``, a provider's together, by day.

    What counts is what was on record before entry ``known_at``: reversed rows and batches left out, and what comes to
    nothing on a day. With ``posted_through``, what was posted to later periods is left out as well.
    """
    table = tables.table(DeliveryRow)
    counting = select(table).where(table.c.local_date.between(first, last), table.c.n < known_at)
    counting = counting.where(table.c.n.not_in(_undone(Cut(last, known_at))))
    if provider is not None:
        counting = counting.where(table.c.provider == provider)
    if posted_through is not None:
        counting = counting.where(table.c.period <= posted_through)
    if provider is None and db.get_bind().dialect.name == "sqlite":
        # put in order first, by the index, a day at a time; to group, SQLite would put all rows in order in memory
        counting = counting.order_by(*(table.c[name] for name in TALLIED))
    rows = counting.subquery().c
    kinds = [rows[name] for name in TALLIED]
    query = (
        select(*kinds, func.sum(rows.count), func.sum(rows.minutes))
        .group_by(*kinds)
        .having(func.sum(rows.count) > 0)
        .order_by(*kinds)
        .execution_options(yield_per=5_000)
    )
    for row in db.execute(query):
        yield Tally(row[0], row[1], row[2], row[3], int(row[4]), int(row[5]))


def delivered_by_each(db: Session, period: str, *, known_at: int) -> dict[str, tuple[int, int]]:
    """Return the sessions and minutes delivered that each provider has in a month, as posted, in the order of ids."""
    rows = tables.table(DeliveryRow).c
    query = (
        select(rows.provider, func.sum(rows.count), func.sum(rows.minutes))
        .where(rows.period == period, rows.attendance == Attendance.DELIVERED, rows.n < known_at)
        .where(rows.n.not_in(_undone(Cut(date.max, known_at))))
        .group_by(rows.provider)
        .having(func.sum(rows.count) > 0)
        .order_by(rows.provider)
    )
    return {provider: (int(count), int(minutes)) for provider, count, minutes in db.execute(query)}


def late_weeks(
    db: Session, *, known_at: int, before: date, first_period: str, last_period: str, provider: str | None = None
) -> list[tuple[str, date]]:
    """Return the providers and weeks before a day for which rows were posted to the periods given, both included."""
    rows = tables.table(DeliveryRow).c
    query = (
        select(rows.provider, rows.local_date)
        .where(rows.local_date < before, rows.period.between(first_period, last_period), rows.n < known_at)
        .where(rows.n.not_in(_undone(Cut(before, known_at))))
        .distinct()
    )
    if provider is not None:
        query = query.where(rows.provider == provider)
    return sorted({(row.provider, week_of(row.local_date)) for row in db.execute(query)})


@dataclass(frozen=True, slots=True)
class Placed:
    """A row on record and where it stands: entry and position."""

    n: int
    i: int
    row: DeliveryRow


def rows_of(db: Session, provider: str, first: date, last: date) -> list[Placed]:
    """Return a provider's rows of the days from ``first`` to ``last``, with what corrected them, by day."""
    rows = tables.table(DeliveryRow)
    query = selection(DeliveryRow).where(rows.c.provider == provider, rows.c.local_date.between(first, last))
    found = db.execute(query.order_by(None).order_by(rows.c.local_date, rows.c.n, rows.c.i)).mappings()
    return [Placed(row["n"], row["i"], from_row(DeliveryRow, row)) for row in found]


def correct_row(
    db: Session, act: Act, n: int, i: int, *, instead: Delivery | None, on: date
) -> tuple[DeliveryRow, ...]:
    """Reverse one row exactly and, with ``instead``, write what it should have said.

    Raises:
        NotFound: There is no such row (any more).
        NotReversible: It is a reversal, or reversed already.
        Invalid: ``instead`` is another provider's.
    """
    journal.lock(db)
    placed = _row_at(db, n, i)
    if placed.kind is RowKind.REVERSAL:
        raise NotReversible("A reversal can't be reversed; write the row anew instead.")
    # its provider and day are those of the reversal, too, and the two are looked for by an index
    if every(db, DeliveryRow, undoes_n=n, undoes_i=i, provider=placed.provider, local_date=placed.local_date):
        raise NotReversible("This row has been reversed already.")
    if instead is not None and instead.provider != placed.provider:
        raise Invalid("A correction stays with the provider; reverse the row and hand it in for the other one.")
    closed, current = closed_periods(db), period_of(on)
    period = _open_month(placed.period, closed, current)
    undone = replace(
        placed,
        count=-placed.count,
        minutes=-placed.minutes,
        period=period,
        kind=RowKind.REVERSAL,
        undoes_n=n,
        undoes_i=i,
    )
    told = [undone]
    if instead is not None:
        told.append(replace(posted(instead, placed.import_id, closed, current), kind=RowKind.ADJUSTMENT))
    journal.append(db, act, Draft(SessionEntry.CORRECTED, on, bulk=tuple(told)))
    return tuple(told)


def _row_at(db: Session, n: int, i: int) -> DeliveryRow:
    rows = tables.table(DeliveryRow)
    found = db.execute(selection(DeliveryRow).where(and_(rows.c.n == n, rows.c.i == i))).mappings().first()
    if found is None:
        raise NotFound(f"There is no session row {i} in entry {n}.", field="row")
    return from_row(DeliveryRow, found)


def undo_import(db: Session, act: Act, import_id: str, *, reason: str) -> tuple[int, ...]:
    """Undo a whole import: every batch of it is reversed, and the same file may be handed in again.

    Raises:
        NotFound: There is no such import (any more).
        NotReversible: A row of it has been corrected, or a month it was posted to is closed.
    """
    journal.lock(db)
    made = find(db, SessionImport, import_id)
    rows = tables.table(DeliveryRow).c
    numbers = list(db.execute(select(rows.n).where(rows.import_id == import_id).distinct().order_by(rows.n)).scalars())
    periods = set(db.execute(select(rows.period).where(rows.import_id == import_id).distinct()).scalars())
    if closed := sorted(periods & closed_periods(db)):
        raise NotReversible(
            f"Rows of this import were posted to {closed[0]}, which is closed; correct them one by one."
        )
    if db.execute(select(rows.n).where(rows.import_id == import_id, rows.undoes_n.in_(numbers)).limit(1)).first():
        raise NotReversible("Rows of this import have been corrected; undo those corrections first.")
    entry = tables.entry.c
    query = select(tables.table(SessionImport).c.n).where(tables.table(SessionImport).c.id == made.id)
    first = db.execute(query).scalar_one()
    undone = set(db.execute(select(entry.reverses).where(entry.reverses.in_([first, *numbers]))).scalars())
    wanted = [n for n in (*reversed(numbers), first) if n not in undone]
    return tuple(journal.reverse(db, act, n, reason=reason) for n in wanted)
