"""Months of sessions: how far one is, asked to be closed by one person and closed by another."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, Strict
from sqlalchemy.orm import Session

from app import closes
from app.api.door import Door
from app.api.fields import Id, Month, Order, Told, shown
from app.errors import ChecksFail
from app.people.tokens import Scope
from ledger.equity.register import company_day
from ledger.errors import AlreadyExists, FourEyes, NotAllowedNow
from ledger.sessions import months
from ledger.sessions.disputes import holdback_needed
from ledger.sessions.errors import DisputesOpen
from ledger.sessions.records import CloseRequest, PeriodClose
from ledger.sessions.weights import month_of
from ledger.types import Act

door = Door("periods")

NOTHING_MORE = Order()
"""What an order says that needs no body."""

REQUEST = {
    "request": "clo_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "month": "2025-07",
    "holdback_minutes": 300,
    "requester": "usr_finance",
}


class CloseIn(Order):
    """A month to be closed."""

    model_config = shown({"holdback_minutes": 300})

    holdback_minutes: Annotated[int, Strict(), Field(ge=0, le=1_000_000_000)] | None = None
    """Credited minutes to hold back for open disputes; where none is open, leave it out."""


class CloseRequestOut(Told):
    """Somebody asks for a month to be closed."""

    model_config = shown(REQUEST)

    request: str
    month: str
    holdback_minutes: int
    requester: str

    @classmethod
    def of(cls, asked: CloseRequest) -> CloseRequestOut:
        """Return a request as the API tells it."""
        return cls(request=asked.id, month=asked.period, holdback_minutes=asked.holdback, requester=asked.requester)


class CloseOut(Told):
    """A month is closed."""

    model_config = shown(
        {
            "month": "2025-07",
            "known_at": 4812,
            "holdback_minutes": 300,
            "requester": "usr_finance",
            "approver": "usr_board",
        }
    )

    month: str
    known_at: int
    """The entries known when it was closed: late sessions are reckoned against them."""
    holdback_minutes: int
    requester: str
    approver: str

    @classmethod
    def of(cls, close: PeriodClose) -> CloseOut:
        """Return a close as the API tells it."""
        return cls(
            month=close.period,
            known_at=close.known_at,
            holdback_minutes=close.holdback,
            requester=close.requester,
            approver=close.approver,
        )


class PeriodOut(Told):
    """How far a month is."""

    model_config = shown(
        {
            "month": "2025-07",
            "first_day": "2025-06-30",
            "last_day": "2025-08-03",
            "open_disputes": 1,
            "disputed_minutes": 300,
            "close": None,
        }
    )

    month: str
    first_day: str
    """Of its first week."""
    last_day: str
    """Of its last week; it can be closed after that."""
    open_disputes: int
    disputed_minutes: int
    """What they may come to at most: to be held back at a close."""
    close: CloseOut | None


@door.read("/periods/{month}", Scope.PERIODS_WRITE)
def get_period(db: Session, month: Month) -> PeriodOut:
    """Get how far a month is."""
    span, close = month_of(month), months.close_of(db, month)
    disputes = [dispute for dispute in months.disputes_of(db, month) if dispute.state.is_open]
    return PeriodOut(
        month=month,
        first_day=span.monday.isoformat(),
        last_day=span.sunday.isoformat(),
        open_disputes=len(disputes),
        disputed_minutes=holdback_needed(disputes),
        close=None if close is None else CloseOut.of(close),
    )


@door.write(
    "/periods/{month}/close-requests",
    Scope.PERIODS_WRITE,
    refuses=[AlreadyExists, NotAllowedNow, DisputesOpen, ChecksFail],
)
def ask_close(db: Session, act: Act, month: Month, order: CloseIn) -> CloseRequestOut:
    """Ask for a month to be closed.

    Someone else has to approve. What is handed in for it afterwards counts in the current month. While a check of the
    record does not hold (`GET /v1/checks`), no month is closed.
    """
    asked = closes.ask_close(db, act, month, on=company_day(db, act.now), holdback=order.holdback_minutes)
    return CloseRequestOut.of(asked)


@door.write(
    "/close-requests/{request}/approve",
    Scope.PERIODS_APPROVE,
    refuses=[FourEyes, AlreadyExists, NotAllowedNow, DisputesOpen, ChecksFail],
)
def approve_close(db: Session, act: Act, request: Id, order: Order = NOTHING_MORE) -> CloseOut:
    """Close a month that someone else asked to close."""
    return CloseOut.of(closes.approve_close(db, act, request, on=company_day(db, act.now)))
