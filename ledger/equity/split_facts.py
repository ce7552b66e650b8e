"""What a split must know of a class: every balance, every promise, and whether anything rests on a later day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from ledger import tables
from ledger.entries import Role, unit
from ledger.equity.values import (
    ClassRatio,
    ClassSplit,
    EventKind,
    Schedule,
    Security,
    SecurityEvent,
    ShareClass,
)
from ledger.equity.vesting.table import Table, decode
from ledger.reading import every, known, selection
from ledger.records import Record, from_row


@dataclass(frozen=True, slots=True)
class Holding:
    """What an account of a class holds, and whose it is.

    Attributes:
        path: The account.
        units: Its balance in minor units, above zero.
        security: The certificate or grant it belongs to; None for a pool, the treasury and the like.
        table: The security's instalments; empty when it does not vest.
        used: Units of a grant that were exercised, settled or expired.
    """

    path: str
    units: int
    security: str | None = None
    table: Table = ()
    used: int = 0


def holdings_of(db: Session, class_id: str) -> Iterator[Holding]:
    """Yield every account of a class that holds anything, by path; not the charter, whose balance is negative."""
    tables_now, used = _tables_of(db, class_id), _used_of(db, class_id)
    for path, units in balances_of(db, class_id).items():
        role, _, subject = path.partition(":")
        if role in {Role.AWARD, Role.CERTIFICATE}:
            table = decode(tables_now[subject].instalments) if subject in tables_now else ()
            yield Holding(path, units, subject, table, used.get(subject, 0))
        elif role != Role.CHARTER:
            yield Holding(path, units)


def balances_of(db: Session, class_id: str) -> dict[str, int]:
    """Return what each account of a class holds where it holds anything, by path."""
    account, posting = tables.account, tables.posting
    balance = func.sum(posting.c.amount)
    query = (
        select(account.c.path, balance)
        .join(posting, posting.c.account == account.c.id)
        .where(account.c.asset == unit(class_id))
        .group_by(account.c.path)
        .having(balance != 0)
    )
    # sorted here: databases order text each in its own way, and a split must come out the same on all
    return {path: int(units) for path, units in sorted(tuple(row) for row in db.execute(query))}


def _of_class(of: type[Record], class_id: str) -> Select[Any]:
    """Return the query for records about securities of a class."""
    security, rows = tables.table(Security), tables.table(of)
    return selection(of).join(security, security.c.id == rows.c.security).where(security.c.class_id == class_id)


def _tables_of(db: Session, class_id: str) -> dict[str, Schedule]:
    """Return the newest schedule of each security of a class that has any."""
    rows = db.execute(_of_class(Schedule, class_id)).mappings()
    return {row["security"]: from_row(Schedule, dict(row)) for row in rows}


def _used_of(db: Session, class_id: str) -> dict[str, int]:
    """Return how many units of each grant of a class were exercised, settled or expired."""
    used: dict[str, int] = {}
    kinds = [EventKind.EXERCISED.value, EventKind.SETTLED.value, EventKind.EXPIRED.value]
    query = _of_class(SecurityEvent, class_id).where(tables.table(SecurityEvent).c.kind.in_(kinds))
    for row in db.execute(query).mappings():
        used[row["security"]] = used.get(row["security"], 0) + row["quantity"]
    return used


def latest_change(db: Session, class_id: str) -> date | None:
    """Return the newest day on which anything about a class counts: its shares, its promises, its splits and ratios."""
    days = [_latest_posting(db, class_id)]
    for of in (SecurityEvent, Schedule):
        newest = _of_class(of, class_id).order_by(None).with_only_columns(func.max(tables.entry.c.effective_on))
        days.append(db.execute(newest).scalar())
    related = [class_id, *(each.id for each in every(db, ShareClass, converts_to=class_id))]
    for each in related:
        days += [item.on for item in known(db, ClassRatio, class_id=each)]
    days += [item.on for item in known(db, ClassSplit, class_id=class_id)]
    return max((day for day in days if day is not None), default=None)


def _latest_posting(db: Session, class_id: str) -> date | None:
    """Return the newest day of a posting in a class, those undone and those that undo left out."""
    account, posting, entry = tables.account, tables.posting, tables.entry
    undone = select(entry.c.reverses).where(entry.c.reverses.is_not(None))
    query = (
        select(func.max(posting.c.effective_on))
        .join(account, account.c.id == posting.c.account)
        .join(entry, entry.c.n == posting.c.n)
        .where(account.c.asset == unit(class_id), entry.c.reverses.is_(None), entry.c.n.not_in(undone))
    )
    found: date | None = db.execute(query).scalar()
    return found
