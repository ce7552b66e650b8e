"""Whether what was added to the record bears on what somebody holds, asked of the new entries alone."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, exists, or_, select
from sqlalchemy.orm import Session

from ledger import tables
from ledger.entries import Role, account
from ledger.equity.values import Award, ClassSplit, Issuer, Schedule, Security, SecurityEvent, ShareClass
from ledger.records import Record

_SECURITY = tables.table(Security).c
_SINCE = bindparam("since", type_=_SECURITY.n.type)
_IS_THEIRS = _SECURITY.holder == bindparam("holder", type_=_SECURITY.holder.type)


def _touching() -> Select[Any]:
    theirs = select(_SECURITY.id).where(_IS_THEIRS)
    return select(
        or_(
            exists().where(_SECURITY.n >= _SINCE, _IS_THEIRS),
            *(_added(of, tables.table(of).c.security.in_(theirs)) for of in (Schedule, SecurityEvent, Award)),
            *(_added(of) for of in (ShareClass, ClassSplit, Issuer)),
            _moved(),
            # whatever it undoes: that is rare
            exists().where(tables.entry.c.n >= _SINCE, tables.entry.c.reverses.is_not(None)),
        )
    )


def _added(of: type[Record], *which: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(tables.table(of).c.n >= _SINCE, *which)


def _moved() -> ColumnElement[bool]:
    """Return whether units moved in or out of the account of a security of theirs."""
    posting, kept = tables.posting.c, tables.account.c
    paths = [select(account(role, "") + _SECURITY.id).where(_IS_THEIRS) for role in (Role.AWARD, Role.CERTIFICATE)]
    accounts = select(kept.id).where(or_(*(kept.path.in_(each) for each in paths)))
    return exists().where(posting.n >= _SINCE, posting.account.in_(accounts))


_TOUCHING = _touching()


def is_touched(db: Session, since: int, *, holder: str) -> bool:
    """Return whether an entry of this number or a later one bears on what somebody holds, or on the company's day."""
    return bool(db.connection().execute(_TOUCHING, {"holder": holder, "since": since}).scalar_one())
