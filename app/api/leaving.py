"""Leaving: an engagement ends, for one reason and on one day, or becomes another one."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field
from sqlalchemy.orm import Session

from app import layoffs
from app.api.door import Door
from app.api.fields import Day, Id, Line, Told, shown
from app.api.holders import ENGAGEMENT, EngagementOut
from app.api.securities import STANDING, OnDay, SecurityInFull, WithReason, stands
from app.people.tokens import Scope
from governance.errors import LayoffCaseMissing
from ledger.equity import leaving, register
from ledger.equity.values import EngagementKind, LeavingReason, Security
from ledger.errors import Conflict, DatesOutOfOrder, FourEyes, LaterChangeExists, NotAllowedNow
from ledger.reading import every
from ledger.types import Act

door = Door("leaving")


class LeavingIn(OnDay):
    """Someone leaves: the last day, and the reason."""

    model_config = shown({"reason": "INVOLUNTARY_OTHER", "on": "2026-05-20"})

    reason: LeavingReason
    kinds: Annotated[list[EngagementKind], Field(min_length=1, max_length=4)] | None = None
    """The engagements that end; all service by default."""
    second_approver: Line | None = None
    """With cause only: who decided it beside the caller."""
    appeal_until: Day | None = None
    """With cause only: the last day to appeal, 30 days later or more."""


class Departure(Told):
    """A holder's engagements and securities after the change, as they stand on the day."""

    model_config = shown({"engagements": [ENGAGEMENT], "securities": [STANDING]})

    engagements: list[EngagementOut]
    securities: list[SecurityInFull]


class EngagementChangeIn(OnDay):
    """What an engagement becomes."""

    model_config = shown({"to": "C1099", "on": "2026-07-01"})

    to: EngagementKind


def _departure(db: Session, holder: str, on: date) -> Departure:
    return Departure(
        engagements=[EngagementOut.of(one, end) for one, end in register.engagements(db, holder)],
        securities=[stands(db, each.id, on) for each in every(db, Security, holder=holder)],
    )


@door.write(
    "/holders/{holder}/leave",
    Scope.EQUITY_WRITE,
    refuses=[NotAllowedNow, FourEyes, LaterChangeExists, LayoffCaseMissing, DatesOutOfOrder],
)
def end_engagement(db: Session, act: Act, holder: Id, order: LeavingIn) -> Departure:
    """Record that someone leaves.

    Unvested units are forfeited, vested options stay exercisable for as long as the grant says for this reason. A
    dismissal for cause only suspends, until the appeal is decided. Whoever is laid off (`INVOLUNTARY_OTHER`) has what
    the members' policy `layoff_protection` adds; five providers or more within thirty days need a layoff case.
    """
    kinds = None if order.kinds is None else frozenset(order.kinds)
    wanted = leaving.LeavingOrder(holder, order.reason, order.on, kinds, order.second_approver, order.appeal_until)
    layoffs.leave(db, act, wanted)
    return _departure(db, holder, order.on)


@door.write("/holders/{holder}/cause/confirm", Scope.EQUITY_WRITE, refuses=[NotAllowedNow, LaterChangeExists])
def confirm_cause(db: Session, act: Act, holder: Id, order: OnDay) -> Departure:
    """Record that a dismissal for cause stands."""
    leaving.confirm_cause(db, act, holder, on=order.on)
    return _departure(db, holder, order.on)


@door.write(
    "/holders/{holder}/cause/overturn",
    Scope.EQUITY_WRITE,
    refuses=[NotAllowedNow, DatesOutOfOrder, LaterChangeExists],
)
def overturn_cause(db: Session, act: Act, holder: Id, order: WithReason) -> Departure:
    """Record that a dismissal for cause is overturned.

    The engagement goes on without a gap, and so does vesting.
    """
    leaving.overturn_cause(db, act, holder, on=order.on, reason=order.reason)
    return _departure(db, holder, order.on)


@door.write("/engagements/{engagement_id}/change", Scope.REGISTER_WRITE, refuses=[NotAllowedNow, Conflict])
def change_engagement(db: Session, act: Act, engagement_id: Id, order: EngagementChangeIn) -> EngagementOut:
    """Record that someone is engaged otherwise.

    An employee becomes a contractor, or the other way round; vesting does not notice.
    """
    return EngagementOut.of(leaving.change_engagement(db, act, engagement_id, to=order.to, on=order.on))
