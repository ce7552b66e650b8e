"""The board: elected to seats, from term to term, recalled by as many votes as it took to elect."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.motions import electable
from app.verification import verify_all
from governance import candidacies, proposals, seats
from governance.errors import MotionInvalid, NotEntitled, ResolutionMissing
from governance.records import EnactmentOutcome, Outcome, ProposalKind, Seat, SeatTerm
from ledger import journal
from ledger.entries import Draft
from ledger.errors import AlreadyExists, Conflict, DatesOutOfOrder, Invalid, NotAllowedNow, NotFound
from ledger.members import MemberClass, end_membership
from ledger.types import Json
from tests import make
from tests.governance.assembly import TODAY, act, announced, effect, passed, voted


def seat(db: Session, name: str, reserved_for: MemberClass | None = None) -> Seat:
    """A seat from the founding, with terms of two years."""
    return seats.create_seat(
        db, make.act(), name, reserved_for=reserved_for, term_months=24, on=TODAY, has_members=False
    )


def election(db: Session, *of: Seat, candidates: list[str]) -> str:
    """An election to some seats for which some members stand."""
    motion: dict[str, Any] = {"kind": "seat_directors", "seats": [one.id for one in of]}

    def stand(id: str) -> None:
        for who in candidates:
            members = electable(db, id, TODAY)
            candidacies.stand(db, act(who, NOON), id, who, "I would.", members=members, on=TODAY)

    return announced(db, ProposalKind.ELECTION, motion, author=candidates[0], seats=len(of), stand=stand)


NOON = datetime.combine(TODAY, datetime.min.time()).replace(hour=13)


def elected(db: Session, id: str, ballots: dict[str, Any]) -> None:
    assert voted(db, id, ballots).outcome is Outcome.PASSED
    made = effect(db, id)
    assert made is not None
    assert made.outcome is EnactmentOutcome.ENACTED, made.reason


def on_board(db: Session, day: date) -> dict[str, str]:
    return {one.seat.name: one.term.member for one in seats.directors(db, day)}


def test_whoever_is_elected_sits_from_the_day_of_the_effect_for_a_term(db: Session) -> None:
    make.company(db)
    first, second = seat(db, "First"), seat(db, "Second")
    members = [make.member(db) for _ in range(9)]
    ana, bo, cy, *others = members
    id = election(db, first, second, candidates=[ana, bo, cy])
    ballots = {who: [ana, cy, bo] for who in [ana, cy, *others[:2]]} | {key: [bo, cy, ana] for key in [bo, *others[2:]]}
    elected(db, id, ballots)
    notice = proposals.notice(db, id)
    assert notice is not None
    day = notice.effective_on
    assert day is not None
    assert on_board(db, day - timedelta(days=1)) == {}
    # five for one, four for the other: the quota of nine for two seats is four
    assert on_board(db, day) == {"First": bo, "Second": ana}
    terms = [one.term for one in seats.directors(db, day)]
    assert {one.votes for one in terms} == {"4"}
    assert {one.ends_on for one in terms} == {date(day.year + 2, day.month, day.day) - timedelta(days=1)}
    assert verify_all(db).fault is None


def test_a_seat_is_for_those_for_whom_it_is_reserved(db: Session) -> None:
    make.company(db)
    reserved = seat(db, "Providers 1", MemberClass.PROVIDER)
    provider, steward = make.member(db), make.member(db, MemberClass.STEWARD)
    id = election(db, reserved, candidates=[provider])
    with pytest.raises(NotEntitled):
        candidacies.stand(db, act(steward, NOON), id, steward, "I would.", members=electable(db, id, TODAY), on=TODAY)


def test_an_election_is_to_seats_of_one_kind_each_named_once(db: Session) -> None:
    make.company(db)
    one, other = seat(db, "Providers 1", MemberClass.PROVIDER), seat(db, "General 1")
    ana = make.member(db)
    for mixed in ((one, other), (one, one)):
        with pytest.raises(MotionInvalid, match="same members"):
            election(db, *mixed, candidates=[ana])


def test_whoever_has_left_since_the_vote_leaves_the_seat_free(db: Session) -> None:
    make.company(db)
    first, second = seat(db, "First"), seat(db, "Second")
    ana, bo, *others = [make.member(db) for _ in range(6)]
    id = election(db, first, second, candidates=[ana, bo])
    voted(db, id, {who: [ana, bo] for who in [ana, *others]} | {bo: [bo, ana]})
    end_membership(db, make.act(now=make.NOW + timedelta(days=36)), ana, on=TODAY + timedelta(days=35), reason="Moves")
    made = effect(db, id)
    assert made is not None
    assert made.outcome is EnactmentOutcome.ENACTED, made.reason
    assert list(on_board(db, TODAY + timedelta(days=60)).values()) == [bo]


def test_the_next_term_begins_when_the_running_one_ends(db: Session) -> None:
    make.company(db)
    chair = seat(db, "Chair")
    founder = make.holder(db).id
    running = seats.name_first(db, make.act(), chair.id, founder, on=TODAY, has_members=False)
    ana, bo = make.member(db), make.member(db)
    elected(db, election(db, chair, candidates=[ana]), {ana: [ana], bo: [ana]})
    assert on_board(db, running.ends_on) == {"Chair": founder}
    assert on_board(db, running.ends_on + timedelta(days=1)) == {"Chair": ana}


def test_a_recall_takes_as_many_votes_as_the_director_was_elected_with(db: Session) -> None:
    """Scenario 71: elected by 90 votes; 89 for removal leave the director, 90 do not."""
    make.company(db)
    chair, director = seat(db, "Chair"), make.holder(db).id
    term = SeatTerm("trm_1", chair.id, director, TODAY, date(2028, 3, 1), "90", None)
    journal.append(db, make.act(), Draft(seats.SeatEntry.FILLED, TODAY, (term,)))
    members = [make.member(db) for _ in range(90)]
    removal: dict[str, Json] = {"kind": "remove_director", "seat": chair.id, "member": director}
    stays = announced(db, ProposalKind.RECALL, removal, author=members[0])
    assert voted(db, stays, dict.fromkeys(members[:89], "yes")).outcome is Outcome.FAILED
    effect(db, stays)
    assert on_board(db, TODAY + timedelta(days=40)) == {"Chair": director}
    goes = announced(db, ProposalKind.RECALL, removal, author=members[0], today=TODAY + timedelta(days=40))
    assert voted(db, goes, dict.fromkeys(members, "yes")).outcome is Outcome.PASSED
    effect(db, goes)
    assert on_board(db, TODAY + timedelta(days=80)) == {}


def test_a_director_who_has_gone_already_is_not_recalled(db: Session) -> None:
    make.company(db)
    chair, founder = seat(db, "Chair"), make.holder(db).id
    seats.name_first(db, make.act(), chair.id, founder, on=TODAY, has_members=False)
    members = [make.member(db) for _ in range(3)]
    removal = {"kind": "remove_director", "seat": chair.id, "member": founder}
    id = passed(db, ProposalKind.RECALL, removal, members=members)
    seats.step_down(db, make.act(founder), chair.id, founder, on=TODAY + timedelta(days=3), reason="Tired")
    made = effect(db, id)
    assert made is not None
    assert made.outcome is EnactmentOutcome.LAPSED


def test_bylaws_add_a_seat(db: Session) -> None:
    make.company(db)
    members = [make.member(db) for _ in range(3)]
    motion: dict[str, Json] = {"kind": "add_seat", "name": "Staff 1", "reserved_for": "STAFF", "term_months": 12}
    made = effect(db, passed(db, ProposalKind.BYLAWS, motion, members=members))
    assert made is not None
    assert made.outcome is EnactmentOutcome.ENACTED, made.reason
    assert [(one.name, one.reserved_for, one.term_months) for one in seats.seats(db)] == [("Staff 1", "STAFF", 12)]


def test_founders_fill_seats_only_while_nobody_is_a_member(db: Session) -> None:
    make.company(db)
    chair, other = seat(db, "Chair"), seat(db, "Other")
    founder = make.holder(db).id
    with pytest.raises(ResolutionMissing):
        seats.name_first(db, make.act(), chair.id, founder, on=TODAY, has_members=True)
    with pytest.raises(ResolutionMissing):
        seats.create_seat(db, make.act(), "X", reserved_for=None, term_months=12, on=TODAY, has_members=True)
    seats.name_first(db, make.act(), chair.id, founder, on=TODAY, has_members=False)
    with pytest.raises(Conflict, match="taken"):
        seats.name_first(db, make.act(), chair.id, make.holder(db).id, on=TODAY, has_members=False)
    with pytest.raises(Conflict, match="already"):
        seats.name_first(db, make.act(), other.id, founder, on=TODAY, has_members=False)
    with pytest.raises(AlreadyExists):
        seat(db, "Chair")
    with pytest.raises(Invalid):
        seats.create_seat(db, make.act(), "Y", reserved_for=None, term_months=0, on=TODAY, has_members=False)


def test_only_a_director_gives_up_their_seat_and_not_before_the_term(db: Session) -> None:
    make.company(db)
    chair, founder = seat(db, "Chair"), make.holder(db).id
    seats.name_first(db, make.act(), chair.id, founder, on=TODAY, has_members=False)
    with pytest.raises(NotAllowedNow):
        seats.step_down(db, make.act(), chair.id, "hld_other", on=TODAY, reason="Not mine")
    with pytest.raises((NotFound, DatesOutOfOrder)):
        seats.vacate(db, make.act(), chair.id, on=TODAY - timedelta(days=1), reason="Too early")
    seats.step_down(db, make.act(), chair.id, founder, on=TODAY + timedelta(days=9), reason="Moves away")
    assert on_board(db, TODAY + timedelta(days=8)) == {"Chair": founder}
    assert on_board(db, TODAY + timedelta(days=9)) == {}
