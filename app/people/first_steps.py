"""How far a new cooperative is set up: what is there, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.people import accounts, administration, roles
from app.people.administration import FIRST_NAME
from app.people.roles import Holding, Role
from ledger.equity.values import Holder, Issuer, Plan, ShareClass
from ledger.reading import every


@dataclass(frozen=True, slots=True)
class Progress:
    """What is there.

    Attributes:
        is_named: Whether nobody is called as the service calls whoever sets it up.
        stewards: The names of those who have the role.
        waiting: Steward roles that wait for a second person's approval, with the name of whoever would have it.
        people: How many may sign in.
        holders: How many are on record.
    """

    is_named: bool
    stewards: tuple[str, ...]
    waiting: tuple[tuple[Holding, str], ...]
    company: str | None
    classes: tuple[str, ...]
    plans: tuple[str, ...]
    people: int
    holders: int

    @property
    def is_complete(self) -> bool:
        """Whether grants can be drafted: the rest is daily work."""
        return bool(self.company and self.plans)


def progress(db: Session, now: datetime) -> Progress:
    """Return how far a cooperative is set up."""
    everybody = {one.id: one for one in accounts.accounts(db) if not one.ended}
    given = [one for one in roles.all_holdings(db, now) if one.role is Role.STEWARD and one.account in everybody]
    issuers = every(db, Issuer)
    return Progress(
        is_named=all(one.name != FIRST_NAME for one in everybody.values()),
        stewards=tuple(everybody[one.account].name for one in given if one.approved_by is not None),
        waiting=tuple((one, everybody[one.account].name) for one in given if one.approved_by is None),
        company=issuers[0].legal_name if issuers else None,
        classes=tuple(one.name for one in every(db, ShareClass)),
        plans=tuple(one.name for one in every(db, Plan)),
        people=len(everybody),
        holders=len(every(db, Holder)),
    )


def administrators_beside(db: Session, now: datetime, actor: str) -> bool:
    """Return whether somebody else could approve a role that ``actor`` gives."""
    return any(one.actor != actor for one in administration.administrators(db, now))
