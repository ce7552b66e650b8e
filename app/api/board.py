"""The board: its seats, and who sits on them by election until when."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import Query
from pydantic import Field, Strict
from pydantic.json_schema import SkipJsonSchema
from sqlalchemy.orm import Session

from app.api.door import Door
from app.api.fields import Day, Id, Line, Order, Page, Told, shown
from app.api.lists import PagingAsked, page_among
from app.api.service import Now
from app.people.tokens import Scope
from governance import seats
from governance.errors import ResolutionMissing
from governance.records import Seat, SeatTerm, SeatVacated
from governance.seats import MOST_MONTHS
from ledger.equity.register import company_day
from ledger.equity.values import Holder
from ledger.errors import AlreadyExists, Conflict, NotAllowedNow
from ledger.members import MemberClass, has_members
from ledger.reading import every, find, newest
from ledger.types import Act

door = Door("board")

MEMBER = "hld_01KJQ3YT5RWX6M1YFV0B1WJ6Q8"
TERM: dict[str, Any] = {
    "id": "trm_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "seat": "sea_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "member": MEMBER,
    "starts_on": "2025-06-10",
    "ends_on": "2027-06-09",
    "votes": "90",
    "proposal": "prp_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "free_from": None,
    "ended_because": None,
}
SEAT: dict[str, Any] = {
    "id": "sea_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "name": "Providers 1",
    "reserved_for": "PROVIDER",
    "term_months": 24,
}


class SeatIn(Order):
    """A seat on the board, before anybody is a member."""

    model_config = shown({"name": "Providers 1", "reserved_for": "PROVIDER", "term_months": 24})

    name: Line
    reserved_for: MemberClass | None = None
    """The class of members that alone may sit on it; null for all."""
    term_months: Annotated[int, Strict(), Field(ge=1, le=MOST_MONTHS)]


class DirectorIn(Order):
    """A founding director."""

    model_config = shown({"member": MEMBER})

    member: Id


class SteppingDown(Order):
    """Why a director steps down."""

    model_config = shown({"reason": "Moves to another state."})

    reason: Line


class SeatTermOut(Told):
    """Somebody sits on a seat, or did."""

    model_config = shown(TERM)

    id: str
    seat: str
    member: str
    starts_on: date
    ends_on: date
    """The last day of the term."""
    votes: str | None
    """What it took to elect them, and what it takes to recall them; null for a founding director."""
    proposal: str | None
    """The election."""
    free_from: date | None
    """The first day on which the seat was free, where the term ended early."""
    ended_because: str | None

    @classmethod
    def of(cls, db: Session, term: SeatTerm) -> SeatTermOut:
        """Return a term as the API tells it."""
        left = newest(db, SeatVacated, term=term.id)
        return cls(
            id=term.id,
            seat=term.seat,
            member=term.member,
            starts_on=term.starts_on,
            ends_on=term.ends_on,
            votes=term.votes,
            proposal=term.proposal,
            free_from=None if left is None else left.free_from,
            ended_because=None if left is None else left.reason,
        )


class SeatOut(Told):
    """A seat."""

    model_config = shown(SEAT)

    id: str
    name: str
    reserved_for: str | None
    term_months: int

    @classmethod
    def of(cls, made: Seat) -> SeatOut:
        """Return a seat as the API tells it."""
        return cls.model_validate(made, from_attributes=True)


class SeatTaken(SeatOut):
    """A seat and who sits on it."""

    model_config = shown(SEAT | {"director": TERM})

    director: SeatTermOut | None
    """Null while it is free."""


class Board(Told):
    """The board on a day."""

    model_config = shown({"on": "2026-03-02", "seats": [SEAT | {"director": TERM}]})

    on: date
    seats: list[SeatTaken]


@door.write("/board/seats", Scope.REGISTER_WRITE, refuses=[ResolutionMissing, AlreadyExists])
def create_seat(db: Session, act: Act, order: SeatIn) -> SeatOut:
    """Add a seat to the board, before anybody is a member; later the bylaws do, by a vote."""
    made = seats.create_seat(
        db,
        act,
        order.name,
        reserved_for=order.reserved_for,
        term_months=order.term_months,
        on=company_day(db, act.now),
        has_members=has_members(db),
    )
    return SeatOut.of(made)


@door.write("/board/seats/{seat}/director", Scope.REGISTER_WRITE, refuses=[ResolutionMissing, Conflict])
def name_founding_director(db: Session, act: Act, seat: Id, order: DirectorIn) -> SeatTermOut:
    """Name a founding director, before anybody is a member; later members elect."""
    who = find(db, Holder, order.member).id
    made = seats.name_first(db, act, seat, who, on=company_day(db, act.now), has_members=has_members(db))
    return SeatTermOut.of(db, made)


@door.write("/members/{member}/seats/{seat}/step-down", Scope.PROPOSALS_OWN, own="member", refuses=[NotAllowedNow])
def step_down(db: Session, act: Act, member: Id, seat: Id, order: SteppingDown) -> SeatTermOut:
    """Give one's own seat up; it is free from today."""
    term = seats.step_down(db, act, seat, member, on=company_day(db, act.now), reason=order.reason)
    return SeatTermOut.of(db, term)


@door.read("/board", Scope.PROPOSALS_READ)
def get_board(
    db: Session,
    now: Now,
    on: Annotated[
        Day | SkipJsonSchema[None], Query(description="As of this day; today in the company's time zone.")
    ] = None,
) -> Board:
    """Get the board: its seats, and who sits on them."""
    day = on or company_day(db, now)
    found = [(seat, seats.director_of(db, seat.id, day)) for seat in seats.seats(db)]
    return Board(
        on=day,
        seats=[
            SeatTaken(**dict(SeatOut.of(seat)), director=None if term is None else SeatTermOut.of(db, term))
            for seat, term in found
        ],
    )


@door.read("/board/seats/{seat}/terms", Scope.PROPOSALS_READ)
def list_terms(db: Session, seat: Id, page: PagingAsked) -> Page[SeatTermOut]:
    """List who has sat on a seat."""
    find(db, Seat, seat)
    found = every(db, SeatTerm, seat=seat)
    return page_among("seat-terms", found, page, lambda one: SeatTermOut.of(db, one), lambda one: one.id)
