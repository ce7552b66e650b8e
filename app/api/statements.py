"""A provider's month: the statement, what they say of it, and what they dispute."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Query
from pydantic import Field, Strict
from pydantic.json_schema import SkipJsonSchema
from sqlalchemy.orm import Session

from app.api.disputes import DisputeOut
from app.api.door import Door
from app.api.fields import EntryNumber, Id, Month, Order, Page, Told, shown
from app.api.lists import PagingAsked, page_among
from app.api.service import Now
from app.people.tokens import Scope
from ledger.equity.register import company_day
from ledger.errors import NotAllowedNow, NotFound
from ledger.sessions import months
from ledger.sessions.credit import WeekCredit
from ledger.sessions.disputes import DisputeState
from ledger.sessions.errors import AlreadyAttested, NoPolicyInForce, StepRefused
from ledger.sessions.months import Statement
from ledger.sessions.records import DisputeAbout
from ledger.sessions.statements import Answer, StatementState, due_by
from ledger.sessions.weights import month_of
from ledger.types import Act

door = Door("statements")

NOTHING_MORE = Order()
"""What an order says that needs no body."""

STATEMENT = "/providers/{provider}/statements/{month}"


class WeekOut(Told):
    """What of a week's sessions counts."""

    week: date
    """Its Monday."""
    credited_sessions: str
    """Exact, such as `20` or `39/2`."""
    credited_minutes: int
    indirect_minutes: int
    """For notes and consultation."""
    plateau_minutes: int

    @classmethod
    def of(cls, week: date, credit: WeekCredit) -> WeekOut:
        """Return a week as the API tells it."""
        return cls(
            week=week,
            credited_sessions=str(credit.credited_sessions),
            credited_minutes=credit.credited_minutes,
            indirect_minutes=credit.indirect_minutes,
            plateau_minutes=credit.plateau_minutes,
        )


class LateOut(Told):
    """What was posted in a month for an earlier week."""

    week: date
    """Its Monday."""
    minutes: int
    """Of credit, with the limits of that week; below zero where sessions of it were reversed."""


class StatementOut(Told):
    """What a provider delivered in a month and what of it counts."""

    model_config = shown(
        {
            "provider": "hld_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
            "month": "2025-07",
            "known_at": 4812,
            "state": "ISSUED",
            "due_by": "2025-08-20",
            "sessions": 32,
            "minutes": 1600,
            "not_delivered": 1,
            "credited_sessions": "20",
            "credited_minutes": 1000,
            "late_minutes": -100,
            "late": [{"week": "2025-06-16", "minutes": -100}],
            "weeks": [
                {
                    "week": "2025-07-07",
                    "credited_sessions": "20",
                    "credited_minutes": 1000,
                    "indirect_minutes": 0,
                    "plateau_minutes": 0,
                }
            ],
        }
    )

    provider: str
    month: str
    known_at: int
    """The entries it was made from: with them anybody can make it again."""
    state: StatementState
    due_by: date
    sessions: int
    minutes: int
    not_delivered: int
    """No-shows and late cancellations."""
    credited_sessions: str
    credited_minutes: int
    """Indirect care and plateau included."""
    late_minutes: int
    """What sessions of months that were closed already add in this one, or take away; it counts as well."""
    late: list[LateOut]
    weeks: list[WeekOut]

    @classmethod
    def of(cls, told: Statement, state: StatementState) -> StatementOut:
        """Return a statement as the API tells it."""
        return cls(
            provider=told.provider,
            month=told.period,
            known_at=told.known_at,
            state=state,
            due_by=due_by(month_of(told.period).first),
            sessions=told.sessions,
            minutes=told.minutes,
            not_delivered=told.not_delivered,
            credited_sessions=str(told.credited_sessions),
            credited_minutes=told.credited,
            late_minutes=told.late_minutes,
            late=[LateOut(week=week, minutes=minutes) for week, minutes in sorted(told.late.items())],
            weeks=[WeekOut.of(week, credit) for week, credit in sorted(told.weeks.items())],
        )


class DisputeIn(Order):
    """What is wrong with a statement, from a closed list: there is no place for anybody's name."""

    model_config = shown({"about": "MISSING", "minutes": 100})

    about: DisputeAbout
    minutes: Annotated[int, Strict(), Field(ge=1, le=31 * 24 * 60)]
    """The most minutes of credit that it can change."""


@door.read(STATEMENT, Scope.SESSIONS_OWN, own="provider", refuses=[NoPolicyInForce])
def get_statement(
    db: Session,
    now: Now,
    provider: Id,
    month: Month,
    known_at: Annotated[
        EntryNumber | SkipJsonSchema[None], Query(description="From what was on record before this number of entries.")
    ] = None,
) -> StatementOut:
    """Get one's own statement of a month."""
    state = months.state_of(db, provider, month, company_day(db, now))
    return StatementOut.of(months.statement(db, provider, month, known_at=known_at), state)


@door.write(
    f"{STATEMENT}/attest", Scope.SESSIONS_OWN, own="provider", refuses=[AlreadyAttested, StepRefused, NoPolicyInForce]
)
def attest_statement(db: Session, act: Act, provider: Id, month: Month, order: Order = NOTHING_MORE) -> StatementOut:
    """Attest one's own statement: it is right.

    The figures are written down with it. A statement is attested once.
    """
    told = months.answer_statement(db, act, provider, month, Answer.ATTESTED, on=company_day(db, act.now))
    return StatementOut.of(told, StatementState.ATTESTED)


@door.write(f"{STATEMENT}/disputes", Scope.SESSIONS_OWN, own="provider", refuses=[NotAllowedNow, NoPolicyInForce])
def dispute_statement(db: Session, act: Act, provider: Id, month: Month, order: DisputeIn) -> DisputeOut:
    """Dispute one's own statement."""
    on = company_day(db, act.now)
    opened = months.open_dispute(db, act, provider, month, about=order.about, minutes=order.minutes, on=on)
    return DisputeOut.of(opened)


@door.read("/providers/{provider}/disputes", Scope.SESSIONS_OWN, own="provider")
def list_own_disputes(db: Session, provider: Id, page: PagingAsked) -> Page[DisputeOut]:
    """List one's own disputes."""
    found = [dispute for _, dispute in months.cases(db, provider=provider)]
    return page_among("own-disputes", found, page, DisputeOut.of, lambda one: one.id)


@door.write(
    "/providers/{provider}/disputes/{dispute}/appeal", Scope.SESSIONS_OWN, own="provider", refuses=[StepRefused]
)
def appeal_dispute(db: Session, act: Act, provider: Id, dispute: Id, order: Order = NOTHING_MORE) -> DisputeOut:
    """Appeal to the council against a rejection."""
    if months.dispute_by_id(db, dispute).provider != provider:
        raise NotFound(f"There is no dispute {dispute!r} on record.", field="dispute")
    return DisputeOut.of(months.step_dispute(db, act, dispute, DisputeState.APPEALED, on=company_day(db, act.now)))
