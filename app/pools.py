"""Plans and their pools, which belong to the members once there are any."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from governance.errors import ResolutionMissing
from ledger.equity import classes
from ledger.equity.classes import PlanOrder
from ledger.equity.values import Plan
from ledger.members import has_members
from ledger.types import Act


def adopt(db: Session, act: Act, order: PlanOrder, *, on: date) -> Plan:
    """Put a plan on record and reserve its pool.

    Raises:
        ResolutionMissing: There are members: a plan begins with an empty pool, and they pass what goes into it.
        AuthorisedExhausted: The charter leaves too few, then or later.
        AlreadyExists: The id or the name is taken.
    """
    if order.reserved:
        refuse_once_founded(db, field="reserved")
    return classes.adopt_plan(db, act, order, on=on)


def refuse_once_founded(db: Session, *, field: str) -> None:
    """Refuse to change a pool past the members.

    Raises:
        ResolutionMissing: There are members: what they pass changes pools, and nothing else.
    """
    if has_members(db):
        raise ResolutionMissing("Members decide how large a pool is; put forward a proposal.", field=field)
