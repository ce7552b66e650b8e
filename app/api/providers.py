"""What is a provider's own: their sessions, thresholds and leaves. Nobody else gets in, and tries are noted."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import Query
from pydantic import Field, Strict
from pydantic.json_schema import SkipJsonSchema
from sqlalchemy.orm import Session

from app.api.door import Door
from app.api.fields import Day, Id, Order, Page, Told, shown
from app.api.lists import PagingAsked, cursor_at, page_among, place_of
from app.api.service import Now
from app.people.tokens import Scope
from ledger.equity.register import company_day
from ledger.errors import Conflict, DatesOutOfOrder, FourEyes, Invalid
from ledger.reading import every
from ledger.sessions import choices
from ledger.sessions.deliveries import Placed, rows_of
from ledger.sessions.errors import AboveCeiling, NoPolicyInForce
from ledger.sessions.leave_credit import ProtectedLeave
from ledger.sessions.records import LeaveTaken, RowKind
from ledger.sessions.thresholds import Limits, ThresholdSetting
from ledger.sessions.values import Attendance, Category, Modality
from ledger.sessions.weeks import week_of
from ledger.types import Act

door = Door("providers")

A_MONTH, A_YEAR = timedelta(days=30), timedelta(days=366)

SESSION: dict[str, Any] = {
    "session": "8d0bd5e3f0b0f4a3e8a7a6f6f8a4c1dd",
    "local_date": "2025-07-07",
    "category": "INDIVIDUAL",
    "modality": "VIDEO",
    "attendance": "DELIVERED",
    "count": 1,
    "minutes": 50,
    "month": "2025-07",
    "kind": "ORIGINAL",
    "entry": 4811,
    "place": 17,
}


class SessionOut(Told):
    """A session or a day's tally as it stands in the record; below zero where it undoes another."""

    model_config = shown(SESSION)

    session: str
    """Its fingerprint: what it is called here."""
    local_date: date
    category: Category
    modality: Modality
    attendance: Attendance
    count: int
    minutes: int
    month: str
    """The month it is posted to: a later one for what came after a close."""
    kind: RowKind
    entry: int
    """The journal entry it stands in, and its place there: for a proof."""
    place: int

    @classmethod
    def of(cls, placed: Placed) -> SessionOut:
        """Return a row as the API tells it."""
        row = placed.row
        return cls(
            session=row.fingerprint,
            local_date=row.local_date,
            category=row.category,
            modality=row.modality,
            attendance=row.attendance,
            count=row.count,
            minutes=row.minutes,
            month=row.period,
            kind=row.kind,
            entry=placed.n,
            place=placed.i,
        )


MostSessions = Annotated[int, Strict(), Field(ge=1, le=1_000)]


class ThresholdIn(Order):
    """How many sessions count, at most; what is left out is limited by the members' ceiling alone."""

    model_config = shown({"day": 5, "week": 20})

    day: MostSessions | None = None
    week: MostSessions | None = None


class ThresholdOut(Told):
    """How many sessions count, from a Monday on."""

    model_config = shown({"from_week": "2025-07-14", "day": 5, "week": 20})

    from_week: date
    day: int | None
    week: int | None

    @classmethod
    def of(cls, setting: ThresholdSetting) -> ThresholdOut:
        """Return a setting as the API tells it."""
        return cls(from_week=setting.from_week, day=setting.limits.day, week=setting.limits.week)


class LeaveIn(Order):
    """A protected leave, first and last day included; what for is nobody's business."""

    model_config = shown({"first_day": "2025-07-07", "last_day": "2025-09-28"})

    first_day: Day
    last_day: Day


class LeaveOut(Told):
    """A protected leave on record."""

    model_config = shown({"id": "lvt_01KJQ3YT5RWX6M1YFV0B1WJ6Q8", "first_day": "2025-07-07", "last_day": "2025-09-28"})

    id: str
    first_day: date
    last_day: date

    @classmethod
    def of(cls, taken: LeaveTaken) -> LeaveOut:
        """Return a leave as the API tells it."""
        return cls(id=taken.id, first_day=taken.first_day, last_day=taken.last_day)


class ServiceIn(Order):
    """Service on council or committees in the week of a day."""

    model_config = shown({"day": "2025-07-09", "minutes": 90})

    day: Day
    minutes: Annotated[int, Strict(), Field(ge=1, le=3_600)]


class ServiceOut(Told):
    """Recorded."""

    model_config = shown({"week": "2025-07-07", "minutes": 90})

    week: date
    minutes: int


FirstDay = Annotated[
    Day | SkipJsonSchema[None], Query(description="The first day; 30 days before the last by default.")
]
LastDay = Annotated[Day | SkipJsonSchema[None], Query(description="The last day; today by default.")]


@door.read("/providers/{provider}/sessions", Scope.SESSIONS_OWN, own="provider")
def list_own_sessions(
    db: Session, now: Now, provider: Id, page: PagingAsked, first: FirstDay = None, last: LastDay = None
) -> Page[SessionOut]:
    """List one's own sessions, by day.

    Every row as it was handed in, with what corrected it.
    """
    end = last or company_day(db, now)
    begin = first or end - A_MONTH
    if not begin <= end <= begin + A_YEAR:
        raise Invalid("Ask for a year at most, the first day before the last.", field="first")
    found = rows_of(db, provider, begin, end)
    if page.cursor is not None:
        after = tuple(place_of("sessions", page.cursor, 3))
        found = [placed for placed in found if _place(placed) > after]
    more = len(found) > page.limit
    listed = found[: page.limit]
    following = cursor_at("sessions", *_place(listed[-1])) if more else None
    return Page(data=[SessionOut.of(placed) for placed in listed], next=following, has_more=more)


def _place(placed: Placed) -> tuple[int, int, int]:
    return placed.row.local_date.toordinal(), placed.n, placed.i


@door.read("/providers/{provider}/thresholds", Scope.SESSIONS_OWN, own="provider")
def list_own_thresholds(db: Session, provider: Id, page: PagingAsked) -> Page[ThresholdOut]:
    """List the thresholds that one ever set."""
    found = [ThresholdOut.of(each) for each in choices.settings_of(db, provider)]
    return page_among("thresholds", found, page, lambda one: one, lambda one: str(one.from_week))


@door.write(
    "/providers/{provider}/thresholds", Scope.SESSIONS_OWN, own="provider", refuses=[AboveCeiling, NoPolicyInForce]
)
def set_threshold(db: Session, act: Act, provider: Id, order: ThresholdIn) -> ThresholdOut:
    """Set how many sessions count.

    From next Monday on, and never for a week that has begun.
    """
    limits = Limits(order.day, order.week)
    return ThresholdOut.of(choices.set_threshold(db, act, provider, limits, on=company_day(db, act.now)))


@door.read("/providers/{provider}/leaves", Scope.SESSIONS_OWN, own="provider")
def list_own_leaves(db: Session, provider: Id, page: PagingAsked) -> Page[LeaveOut]:
    """List one's own protected leaves."""
    taken = sorted(every(db, LeaveTaken, provider=provider), key=lambda one: one.first_day)
    return page_among("leaves", taken, page, LeaveOut.of, lambda one: one.id)


@door.write("/providers/{provider}/leaves", Scope.SESSIONS_WRITE, refuses=[Conflict, DatesOutOfOrder])
def take_leave(db: Session, act: Act, provider: Id, order: LeaveIn) -> LeaveOut:
    """Record a protected leave.

    It is credited at the mean of the weeks before it, for as long as the policy says.
    """
    leave = ProtectedLeave(order.first_day, order.last_day)
    return LeaveOut.of(choices.take_leave(db, act, provider, leave, on=company_day(db, act.now)))


@door.write("/providers/{provider}/council-service", Scope.SESSIONS_WRITE, refuses=[FourEyes])
def serve_council(db: Session, act: Act, provider: Id, order: ServiceIn) -> ServiceOut:
    """Record service on council or committees."""
    choices.serve_council(db, act, provider, order.day, order.minutes, on=company_day(db, act.now))
    return ServiceOut(week=week_of(order.day), minutes=order.minutes)
