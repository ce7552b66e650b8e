"""How accounts are asked for: their role and what they belong to, out of their path, in SQL of both databases."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from ledger import journal, tables
from ledger.entries import Role
from ledger.equity.values import Security
from ledger.errors import NotFound
from ledger.types import Cut

ACCOUNT, POSTING, ENTRY = tables.account, tables.posting, tables.entry
ORIGINAL = tables.entry.alias("original")
"""The entry that another one undoes."""

SECURITY = tables.table(Security)


def refuse_unknown(db: Session, cut: Cut) -> None:
    """Refuse a cut at an entry that is not written yet.

    Raises:
        NotFound: The journal has fewer entries.
    """
    size = journal.size(db)
    if not 0 <= cut.known_at <= size:
        raise NotFound(f"The journal has {size:,} entries; it can't be known at {cut.known_at:,}.", field="known_at")


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
