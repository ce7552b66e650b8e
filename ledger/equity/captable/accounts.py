"""How accounts and records are asked for: roles and subjects out of paths, and short lists, on both databases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from ledger import journal, tables
from ledger.entries import Role
from ledger.equity.values import Security
from ledger.reading import Known, of_the_record
from ledger.records import Record, from_row
from ledger.types import Cut

R = TypeVar("R", bound=Record)

ACCOUNT, POSTING, ENTRY = tables.account, tables.posting, tables.entry
ORIGINAL = tables.entry.alias("original")
"""The entry that another one undoes."""

UNDOING = tables.entry.alias("undoing")
"""An entry that undoes another one."""

SECURITY = tables.table(Security)


def refuse_unknown(db: Session, cut: Cut) -> None:
    """Refuse a cut at an entry that is not written yet.

    Raises:
        NotFound: The journal has fewer entries.
    """
    journal.known_size(db, cut.known_at)


def few(db: Session, of: type[R], cut: Cut) -> list[Known[R]]:
    """Return the records of a class of which a company has a handful, by the day they count from, then by number."""
    rows = db.execute(standing(of, cut)).mappings().all()
    ordered = sorted(rows, key=lambda row: (row["on"], row["n"], row["i"]))
    return [Known(row["n"], row["on"], from_row(of, row)) for row in ordered]


def standing(of: type[Record], cut: Cut) -> Select[Any]:
    """Return the query for the rows of a class of record that a cut sees, in no order, with ``on`` beside them.

    It asks what ``ledger.reading.selection`` asks, but of one row after the other: on what day does this row's entry
    count, and was it reversed? Where conditions leave a few rows of a long journal, no database is then tempted to
    begin with all its entries.
    """
    rows, entry = tables.table(of), tables.entry.alias()
    day = select(entry.c.effective_on).where(entry.c.n == rows.c.n).correlate(rows).scalar_subquery()
    undone = select(UNDOING.c.n).where(UNDOING.c.reverses == rows.c.n, UNDOING.c.n < cut.known_at)
    return select(rows, day.label("on")).where(
        rows.c.n < cut.known_at, day <= cut.as_of, undone.correlate(rows).scalar_subquery().is_(None)
    )


def counted(cut: Cut) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions for postings that a cut sees."""
    return POSTING.c.effective_on <= cut.as_of, POSTING.c.n < cut.known_at


def balances(cut: Cut) -> Select[tuple[int, int]]:
    """Return the query for what every account holds, as ``account`` and ``units``; it reads one index in its order."""
    units = func.sum(POSTING.c.amount).label("units")
    return select(POSTING.c.account, units).where(*counted(cut)).group_by(POSTING.c.account)


def is_of(role: Role) -> ColumnElement[bool]:
    """Return the condition for accounts of a role."""
    prefix = f"{role}:"
    return func.substr(ACCOUNT.c.path, 1, len(prefix)) == prefix


def subject_of(*roles: Role) -> ColumnElement[str | None]:
    """Return what an account of one of these roles belongs to, or NULL."""
    return case(*((is_of(role), func.substr(ACCOUNT.c.path, len(role) + 2)) for role in roles))


def role_of(*roles: Role) -> ColumnElement[str | None]:
    """Return the role of an account that has one of these, or NULL."""
    return case(*((is_of(role), role.value) for role in roles))


@of_the_record
def remains(db: Session, cut: Cut) -> Mapping[str, int]:
    """Return what is left of each grant and certificate, by its id."""
    each, holds = balances(cut).subquery(), (Role.AWARD, Role.CERTIFICATE)
    query = (
        select(subject_of(*holds), each.c.units)
        .select_from(ACCOUNT)
        .join(each, each.c.account == ACCOUNT.c.id)
        .where(role_of(*holds).is_not(None))
    )
    return {security: int(units) for security, units in db.execute(query)}
