"""The board: seats, terms, and how a term ends early.

Members fill seats by election and empty them by recall. Only before anybody is a member may the founders name the first
directors. Which seats are reserved for a class, providers above all, the bylaws say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy.orm import Session

from governance.errors import ResolutionMissing
from governance.records import Seat, SeatTerm, SeatVacated
from ledger import journal
from ledger.entries import Draft
from ledger.errors import AlreadyExists, Conflict, DatesOutOfOrder, Invalid, NotAllowedNow, NotFound
from ledger.kinds import declare_final
from ledger.reading import every, find, newest
from ledger.types import Act

MOST_MONTHS = 72


@declare_final
class SeatEntry(StrEnum):
    """The kinds of entry about the board."""

    CREATED = "seat.created"
    """The board has another seat."""
    FILLED = "seat.filled"
    """Somebody sits on a seat."""
    VACATED = "seat.vacated"
    """Somebody no longer does."""


@dataclass(frozen=True, slots=True)
class Director:
    """Who sits where."""

    seat: Seat
    term: SeatTerm


def create_seat(
    db: Session, act: Act, name: str, *, reserved_for: str | None, term_months: int, on: date, has_members: bool
) -> Seat:
    """Add a seat to the board, before anybody is a member.

    Raises:
        ResolutionMissing: There are members: they pass bylaws.
        AlreadyExists: The name is taken.
        Invalid: A term of no length, or of more than six years.
    """
    journal.lock(db)
    if has_members:
        raise ResolutionMissing("The board's seats belong to the members; put forward a proposal.", field="name")
    return add_seat(db, act, name, reserved_for=reserved_for, term_months=term_months, on=on)


def add_seat(db: Session, act: Act, name: str, *, reserved_for: str | None, term_months: int, on: date) -> Seat:
    """Add a seat to the board, as passed.

    Raises:
        AlreadyExists: The name is taken.
        Invalid: A term of no length, or of more than six years.
    """
    journal.lock(db)
    if not 1 <= term_months <= MOST_MONTHS:
        raise Invalid(f"A term is 1 to {MOST_MONTHS} months.", field="term_months")
    if not name.strip() or any(seat.name == name for seat in seats(db)):
        raise AlreadyExists(f"There is a seat {name!r} already, or it has no name.", field="name")
    made = Seat(act.new_id("sea"), name, reserved_for, term_months)
    journal.append(db, act, Draft(SeatEntry.CREATED, on, (made,)))
    return made


def seats(db: Session) -> list[Seat]:
    """Return all seats, in the order in which they were created."""
    return every(db, Seat)


def director_of(db: Session, seat: str, day: date) -> SeatTerm | None:
    """Return the term that runs on a seat on a day, or None while it is free."""
    for term in every(db, SeatTerm, seat=seat):
        left = newest(db, SeatVacated, term=term.id)
        last = term.ends_on if left is None else min(term.ends_on, date.fromordinal(left.free_from.toordinal() - 1))
        if term.starts_on <= day <= last:
            return term
    return None


def directors(db: Session, day: date) -> list[Director]:
    """Return who sits on the board on a day."""
    found = [(seat, director_of(db, seat.id, day)) for seat in seats(db)]
    return [Director(seat, term) for seat, term in found if term is not None]


def name_first(db: Session, act: Act, seat: str, member: str, *, on: date, has_members: bool) -> SeatTerm:
    """Name a founding director, before anybody is a member.

    Raises:
        ResolutionMissing: There are members: they elect.
        NotFound: No such seat.
        Conflict: The seat is taken, or they sit on another.
    """
    journal.lock(db)
    if has_members:
        raise ResolutionMissing("Members elect their directors; put forward an election.", field="member")
    found = find(db, Seat, seat)
    if director_of(db, seat, on) is not None:
        raise Conflict(f"{found.name} is taken.", field="seat")
    if _sits(db, member, on):
        raise Conflict(f"{member} sits on the board already.", field="member")
    made = _term(act, found, member, on)
    journal.append(db, act, Draft(SeatEntry.FILLED, on, (made,)))
    return made


def fill(db: Session, act: Act, elected: Mapping[str, tuple[str, str]], *, on: date, proposal: str) -> list[SeatTerm]:
    """Seat whoever was elected, and return their terms.

    Where a term still runs on a seat, the next begins the day after. Whoever sits on another seat by then leaves theirs
    free.

    Args:
        db: The session.
        act: On the authority of the election.
        elected: Seat to the holder id of whoever was elected to it, with what it took to elect them.
        on: Their first day at the earliest.
        proposal: The election.

    Raises:
        NotFound: No such seat, or nobody takes one.
    """
    journal.lock(db)
    made = []
    for id, (member, votes) in elected.items():
        seat, starts_on = find(db, Seat, id), _free_from(db, id, on)
        if not _sits(db, member, starts_on):
            made.append(_term(act, seat, member, starts_on, votes, proposal))
    if not made:
        raise NotFound("Nobody was elected who can sit on the board.", field="seats")
    journal.append(db, act, Draft(SeatEntry.FILLED, on, tuple(made)))
    return made


def _sits(db: Session, member: str, on: date) -> bool:
    return any(one.term.member == member for one in directors(db, on))


def _free_from(db: Session, seat: str, on: date) -> date:
    """Return the first day from ``on`` on which nobody sits on a seat."""
    term = director_of(db, seat, on)
    while term is not None:
        on = date.fromordinal(term.ends_on.toordinal() + 1)
        term = director_of(db, seat, on)
    return on


def _term(
    act: Act, seat: Seat, member: str, on: date, votes: str | None = None, proposal: str | None = None
) -> SeatTerm:
    return SeatTerm(act.new_id("trm"), seat.id, member, on, _months_on(on, seat.term_months), votes, proposal)


def _months_on(day: date, months: int) -> date:
    """Return the last day of a term: from 2025-03-01 for 24 months it is 2027-02-28."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            same = date(year, month + 1, last)
        except ValueError:
            continue
        return date.fromordinal(same.toordinal() - 1)
    raise AssertionError("every month has 28 days")


def step_down(db: Session, act: Act, seat: str, member: str, *, on: date, reason: str) -> SeatTerm:
    """End a director's own term, as they ask, and return it.

    Raises:
        NotFound: No such seat.
        NotAllowedNow: They do not sit there.
    """
    journal.lock(db)
    find(db, Seat, seat)
    term = director_of(db, seat, on)
    if term is None or term.member != member:
        raise NotAllowedNow("You do not sit on this seat.", field="seat")
    vacate(db, act, seat, on=on, reason=reason)
    return term


def vacate(db: Session, act: Act, seat: str, *, on: date, reason: str, proposal: str | None = None) -> SeatVacated:
    """End the running term of a seat: from ``on`` it is free.

    Raises:
        NotFound: No such seat, or nobody sits on it.
        DatesOutOfOrder: Before the term began.
    """
    journal.lock(db)
    find(db, Seat, seat)
    term = director_of(db, seat, on)
    if term is None:
        raise NotFound("Nobody sits on this seat.", field="seat")
    if on < term.starts_on:
        raise DatesOutOfOrder(f"The term began on {term.starts_on}.", field="on")
    made = SeatVacated(term.id, on, reason, proposal)
    journal.append(db, act, Draft(SeatEntry.VACATED, on, (made,)))
    return made
