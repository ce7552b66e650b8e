"""Roles: what somebody may do beside what is their own, given by one person, approved by another, for 90 days at most.

Some roles exclude each other in one person (E31): whoever runs finance does not approve grants, a teller does not count
an election they stand in, an auditor writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import RowMapping, Select, bindparam, insert, select, update
from sqlalchemy.orm import Session

from app.people import own_causes, tables
from ledger.equity.register import company_day
from ledger.errors import Conflict, FourEyes, Invalid, NotAllowedNow, NotFound
from ledger.types import Act, micros_of, moment_at

MOST_DAYS = 90


class Role(StrEnum):
    """What somebody may do beside what is their own."""

    STEWARD = "STEWARD"
    """Drafts grants and proposals, keeps the registers; approves nothing of theirs, sees no ballot and no session."""
    BOARD = "BOARD"
    """Approves grants to the letter, closes months, answers proposals."""
    FINANCE = "FINANCE"
    """Cap tables, periods, imports, patronage; sees no single provider's sessions."""
    AUDITOR = "AUDITOR"
    """Reads and verifies everything that is on record; writes nothing."""
    COUNCIL = "COUNCIL"
    """Decides appeals of disputes, sees layoff cases first."""
    TELLER = "TELLER"
    """Checks petitions and counts."""
    ADMIN = "ADMIN"
    """Accounts; nothing in the ledger."""


EXCLUDED: Mapping[Role, frozenset[Role]] = {
    Role.FINANCE: frozenset({Role.BOARD, Role.AUDITOR}),
    Role.BOARD: frozenset({Role.FINANCE, Role.AUDITOR}),
    Role.STEWARD: frozenset({Role.AUDITOR}),
    Role.COUNCIL: frozenset({Role.AUDITOR}),
    Role.TELLER: frozenset({Role.AUDITOR}),
    Role.ADMIN: frozenset({Role.AUDITOR}),
    Role.AUDITOR: frozenset(role for role in Role if role is not Role.AUDITOR),
}
"""Role to those that the same person can't have beside it (E31 I31.1)."""


_ROLE = tables.account_role
_OF_ACCOUNT = (
    select(_ROLE).where(_ROLE.c.account == bindparam("account"), _ROLE.c.ended_at.is_(None)).order_by(_ROLE.c.id)
)


@dataclass(frozen=True, slots=True)
class Holding:
    """A role that somebody has, or will have once it is approved."""

    id: str
    account: str
    role: Role
    given_by: str
    approved_by: str | None
    until: datetime


def give(db: Session, act: Act, account: str, role: Role, *, days: int = MOST_DAYS, is_first: bool = False) -> Holding:
    """Give somebody a role; it counts once somebody else has approved it.

    Args:
        db: The session.
        act: Who gives it.
        account: To whom.
        role: Which.
        days: For how long, 90 at most.
        is_first: Whether there is nobody yet who could approve it: the operator's own, when the service is set up.

    Raises:
        Invalid: For no time, or too long.
        Conflict: They have it, or one that excludes it; or they would be teller in a cause of their own.
    """
    if not 1 <= days <= MOST_DAYS:
        raise Invalid(f"A role is given for 1 to {MOST_DAYS} days.", field="days")
    for other in holdings(db, account, act.now):
        if other.role is role:
            raise Conflict(f"They have the role {role.value} until {other.until:%Y-%m-%d}, or it waits.", field="role")
        if other.role in EXCLUDED[role]:
            raise Conflict(f"Nobody is {role.value} and {other.role.value} at once.", field="role")
    _refuse_in_own_cause(db, act, account, role)
    row = {
        "id": act.new_id("rol"),
        "account": account,
        "role": role.value,
        "given_by": act.actor,
        "given_at": act.at,
        "approved_by": act.actor if is_first else None,
        "approved_at": act.at if is_first else None,
        "until": micros_of(act.now + timedelta(days=days)),
        "ended_at": None,
    }
    db.execute(insert(tables.account_role), [row])
    return find(db, str(row["id"]))


def find(db: Session, id: str) -> Holding:
    """Return a role that was given.

    Raises:
        NotFound: There is none with this id.
    """
    row = db.execute(select(tables.account_role).where(tables.account_role.c.id == id)).mappings().first()
    if row is None:
        raise NotFound(f"There is no role {id!r}.", field="role")
    return _holding(row)


def approve(db: Session, act: Act, id: str) -> Holding:
    """Approve a role that somebody else gave.

    Raises:
        NotFound: There is none with this id.
        FourEyes: Whoever gave it, or would have it, approves it.
        NotAllowedNow: It is approved, was taken back, or its time is over.
        Conflict: They would be teller in a cause that they have made theirs since.
    """
    found = find(db, id)
    if found.approved_by is not None:
        raise NotAllowedNow("It has been approved.", field="role")
    if found.id not in {one.id for one in waiting(db, act.now)}:
        raise NotAllowedNow("It was taken back, or its time is over.", field="role")
    if act.actor in {found.given_by, *_actors(db, found.account)}:
        raise FourEyes("A role is approved by somebody else than who gave it or has it.", field="role")
    _refuse_in_own_cause(db, act, found.account, found.role)
    columns = tables.account_role.c
    db.execute(update(tables.account_role).where(columns.id == id).values(approved_by=act.actor, approved_at=act.at))
    return find(db, id)


def _refuse_in_own_cause(db: Session, act: Act, account: str, role: Role) -> None:
    columns = tables.account.c
    holder = db.execute(select(columns.holder).where(columns.id == account)).scalar()
    if role is Role.TELLER and holder is not None:
        own_causes.refuse_teller(db, holder, company_day(db, act.now))


def refuse_tellers(db: Session, act: Act, holder: str) -> None:
    """Refuse a cause of one's own to whoever is a teller: they give that role back first.

    Raises:
        Conflict: They are.
    """
    columns = tables.account.c
    account = db.execute(select(columns.id).where(columns.holder == holder)).scalar()
    if account is not None and Role.TELLER in roles_of(db, account, act.now):
        raise Conflict("You are a teller. Give that role back first: nobody counts in a cause of their own.")


def _actors(db: Session, account: str) -> set[str]:
    """Return under which words somebody may act: whoever holds something acts as that holder."""
    columns = tables.account.c
    holder = db.execute(select(columns.holder).where(columns.id == account)).scalar()
    return {account} if holder is None else {account, holder}


def take(db: Session, act: Act, id: str) -> None:
    """Take a role back, at once.

    Raises:
        NotFound: There is none with this id.
    """
    find(db, id)
    columns = tables.account_role.c
    db.execute(update(tables.account_role).where(columns.id == id, columns.ended_at.is_(None)).values(ended_at=act.at))


def holdings(db: Session, account: str, now: datetime) -> list[Holding]:
    """Return the roles that somebody has or that wait for approval, as given."""
    return _running(db, _OF_ACCOUNT.params(account=account), now)


def all_holdings(db: Session, now: datetime) -> list[Holding]:
    """Return everybody's roles, given or waiting, as given."""
    columns = tables.account_role.c
    return _running(db, select(tables.account_role).where(columns.ended_at.is_(None)).order_by(columns.id), now)


def _running(db: Session, query: Select[Any], now: datetime) -> list[Holding]:
    found = [_holding(row) for row in db.execute(query).mappings()]
    return [one for one in found if one.until > now]


def roles_of(db: Session, account: str, now: datetime) -> tuple[Role, ...]:
    """Return the roles in which somebody may act now."""
    return tuple(one.role for one in holdings(db, account, now) if one.approved_by is not None)


def accounts_in(db: Session, role: Role, now: datetime) -> list[str]:
    """Return the accounts that may act in a role now, as given."""
    return [one.account for one in all_holdings(db, now) if one.role is role and one.approved_by is not None]


def waiting(db: Session, now: datetime) -> list[Holding]:
    """Return the roles that wait for somebody's approval, oldest first."""
    columns = tables.account_role.c
    query = select(tables.account_role).where(columns.approved_by.is_(None), columns.ended_at.is_(None))
    return _running(db, query.order_by(columns.id), now)


def _holding(row: RowMapping) -> Holding:
    until = moment_at(row["until"])
    return Holding(row["id"], row["account"], Role(row["role"]), row["given_by"], row["approved_by"], until)
