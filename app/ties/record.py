"""Checks of the record itself: hashes, and what came after a month's close (reconciliations 21 and 23)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

import orjson
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from app.ties.finding import Finding, found
from ledger import journal, tables
from ledger.equity.captable.summary import cap_table
from ledger.journal import PRIOR_PERIOD
from ledger.merkle import CompactRange, leaf_hash
from ledger.reading import known
from ledger.sessions.records import DeliveryRow, PeriodClose
from ledger.sessions.weeks import period_of
from ledger.sessions.weights import month_of
from ledger.types import Cut

PAGE = 1_000
"""Entries read at a time."""

SHORT = 16
"""Digits of a hash that a finding tells."""

MONTHS = 100
"""Months asked for at a time: databases take so many conditions."""


@dataclass(frozen=True, slots=True)
class Hashed:
    """What the journal hashes to, and a report.

    Attributes:
        entries: How many.
        misfits: Numbers of entries whose bytes do not have the hash beside them.
        root: Over their hashes, hex.
        sealed: The root that the journal's heads give, hex.
        report: SHA-256 of the cap table, hex.
        again: The same of one that was made anew, with nothing remembered.
    """

    entries: int
    misfits: tuple[int, ...]
    root: str
    sealed: str
    report: str
    again: str


def hashes(db: Session, cut: Cut) -> Finding:
    """Return whether all entries hash to the root, and a report made anew to the same bytes (21)."""
    tree, misfits = CompactRange(), []
    for page in _leaves(db, cut.known_at):
        misfits += [n for n, payload, leaf in page if leaf_hash(payload) != leaf]
        tree = tree.extended([leaf for _, _, leaf in page])
    # a session of its own on the same transaction: it sees the same record, and knows nothing of it yet
    with Session(bind=db.connection(), autoflush=False, join_transaction_mode="rollback_only") as anew:
        reports = [sha256(repr(cap_table(one, cut)).encode()).hexdigest() for one in (db, anew)]
    sealed = journal.head_at(db, cut.known_at).root().hex()
    return judged_hashes(Hashed(tree.size, tuple(misfits), tree.root().hex(), sealed, *reports))


def _leaves(db: Session, end: int) -> Iterable[Sequence[tuple[int, bytes, bytes]]]:
    entry = tables.entry.c
    query = select(entry.n, entry.payload, entry.leaf).where(entry.n < end).order_by(entry.n)
    for page in db.execute(query.execution_options(yield_per=PAGE)).partitions():
        yield [(n, payload, leaf) for n, payload, leaf in page]


def judged_hashes(of: Hashed) -> Finding:
    """Judge hashes."""
    off = [f"#{n}" for n in of.misfits]
    off += [of.sealed[:SHORT]] if of.root != of.sealed else []
    off += [of.again[:SHORT]] if of.report != of.again else []
    return found(21, "journal", off, entries=of.entries, root=of.root[:SHORT], report=of.report[:SHORT])


@dataclass(frozen=True, slots=True)
class Late:
    """An entry, or rows of sessions, that came for a month after its close."""

    name: str
    is_marked: bool


def closed_months(db: Session, cut: Cut) -> Finding:
    """Return whether all that came for a month after its close is marked as of a prior period (23)."""
    closes = {one.value.period: one.n for one in known(db, PeriodClose, cut)}
    return judged_closed_months([*_late_entries(db, closes, cut), *_late_rows(db, closes, cut)])


def _late_entries(db: Session, closes: dict[str, int], cut: Cut) -> list[Late]:
    entry, late, months = tables.entry.c, [], sorted(closes)
    for start in range(0, len(months), MONTHS):
        spans = [(month_of(month), closes[month]) for month in months[start : start + MONTHS]]
        came = [and_(entry.effective_on.between(span.monday, span.sunday), entry.n > n) for span, n in spans]
        query = select(entry.n, entry.effective_on, entry.payload).where(entry.n < cut.known_at, or_(*came))
        for n, on, payload in db.execute(query.order_by(entry.n)):
            marked = orjson.loads(payload)["body"].get(PRIOR_PERIOD)
            late.append(Late(f"#{n}", marked == period_of(on)))
    return late


def _late_rows(db: Session, closes: dict[str, int], cut: Cut) -> list[Late]:
    """Return the months to which rows of sessions were posted after their close: none, for they go to a later one."""
    rows = tables.table(DeliveryRow).c
    newest = select(rows.period, func.max(rows.n)).where(rows.n < cut.known_at).group_by(rows.period)
    found = db.execute(newest.order_by(rows.period))
    return [Late(period, is_marked=False) for period, n in found if n > closes.get(period, n)]


def judged_closed_months(late: Sequence[Late]) -> Finding:
    """Judge what came after a close."""
    off = [one.name for one in late if not one.is_marked]
    return found(23, "closed-months", off, late=len(late), marked=len(late) - len(off))
