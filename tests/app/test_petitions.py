"""Petitions by the registers: enough signatures announce the vote, whatever the board or anybody else does."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app import petitions, voting
from app.rolls import copy_roll
from app.verification import check_petitions
from governance import proposals, rolls, seats
from governance.errors import NotEntitled, TextFrozen
from governance.lifecycle import State, local_time
from governance.petitions import PetitionState
from governance.proposals import Content
from governance.records import Notice, Petition, ProposalKind
from ledger import journal, members
from ledger.errors import NotAllowedNow
from ledger.types import Act, Json
from tests import make
from tests.governance.hall import ZONE, at

TODAY = make.NOW.date()
QUESTION = Content("A question", "Should we?")


def act(actor: str, day: date = TODAY) -> Act:
    return make.act(actor, now=at(datetime.combine(day, datetime.min.time()).replace(hour=12)))


def cooperative(db: Session, size: int = 12) -> list[str]:
    """Twelve members, of whom two signatures are enough."""
    make.company(db)
    return [make.member(db) for _ in range(size)]


def opened(
    db: Session, author: str, kind: ProposalKind = ProposalKind.ADVISORY, content: Content = QUESTION
) -> Petition:
    made = voting.put_forward(db, act(author), kind, content, author=author)
    rules = voting.rules_today(db, made.id, make.NOW)
    proposals.publish(db, act(author), made.id, author=author, rules=rules, on=TODAY)
    return petitions.open_petition(db, act(author), made.id, author)


def state_of(db: Session, of: Petition, day: date = TODAY) -> State:
    rules = voting.rules_today(db, of.proposal, make.NOW)
    return proposals.state_of(db, of.proposal, act("system", day).at, rules)


def announced(db: Session, of: Petition) -> Notice:
    found = proposals.notice(db, of.proposal)
    assert found is not None
    return found


def test_enough_signatures_announce_the_vote_for_the_earliest_dates(db: Session) -> None:
    """Scenario 66: within 90 days, and as soon as the rule allows."""
    people = cooperative(db)
    petition = opened(db, people[0])
    assert (petition.needed, petition.expires_on) == (2, TODAY + timedelta(days=90))
    petitions.sign(db, act(people[1]), petition.id, people[1])
    assert state_of(db, petition) is State.IDEA
    petitions.sign(db, act(people[2]), petition.id, people[2])
    assert state_of(db, petition) is State.NOTICE
    made = announced(db, petition)
    opens, closes = (local_time(each, ZONE) for each in (made.opens_at, made.closes_at))
    assert opens.date() == TODAY + timedelta(days=7)
    assert closes - opens == timedelta(days=7)
    stands = petitions.standing(db, act("system"), petition.id)
    assert stands.state is PetitionState.REACHED
    assert stands.vote_by is not None
    assert opens.date() <= stands.vote_by == TODAY + timedelta(days=90)
    last = journal.entry_at(db, journal.size(db) - 1)
    assert (last.kind, last.actor, last.authority) == ("proposal.announced", "system", f"petition:{petition.id}")
    assert made.petition == petition.id
    assert check_petitions(db) is None


def test_nobody_joins_to_outvote_those_who_signed(db: Session) -> None:
    people = cooperative(db)
    petition = opened(db, people[0])
    for member in people[:2]:
        petitions.sign(db, act(member), petition.id, member)
    make.member(db, on=TODAY + timedelta(days=1))
    copy_roll(db, act("system", TODAY + timedelta(days=8)), petition.proposal)
    assert rolls.people(db, petition.proposal) == 12


def test_whoever_is_no_member_today_can_not_sign(db: Session) -> None:
    """I25.1."""
    people = cooperative(db)
    petition = opened(db, people[0])
    members.end_membership(db, act("usr_steward"), people[5], on=TODAY, reason="Moves away")
    petitions.sign(db, act(people[5]), petition.id, people[5])
    members.end_membership(db, act("usr_steward"), people[6], on=TODAY - timedelta(days=1), reason="Moved away")
    with pytest.raises(NotEntitled):
        petitions.sign(db, act(people[6]), petition.id, people[6])


def test_a_petition_that_was_not_signed_enough_ends_by_itself_and_once(db: Session) -> None:
    people = cooperative(db)
    petition = opened(db, people[0])
    petitions.sign(db, act(people[1]), petition.id, people[1])
    after = act("system", petition.expires_on + timedelta(days=1))
    assert petitions.carry_on(db, act("system", petition.expires_on)) == []
    assert petitions.pending(db, after) == [petition]
    assert petitions.carry_on(db, after) == [petition]
    assert petitions.carry_on(db, after) == []
    assert petitions.pending(db, after) == []
    assert petitions.standing(db, after, petition.id).signatures == 1
    assert check_petitions(db) is None


def test_a_clock_that_is_set_back_opens_no_petition_again(db: Session) -> None:
    people = cooperative(db)
    petition = opened(db, people[0])
    make.holder(db, engaged=None)
    after = petition.expires_on + timedelta(days=1)
    members.end_membership(db, act("usr_steward", after), people[9], on=TODAY, reason="Moves away")
    with pytest.raises(NotAllowedNow, match="EXPIRED"):
        petitions.sign(db, act(people[1]), petition.id, people[1])


def test_where_no_vote_can_be_held_the_last_signature_counts_all_the_same(db: Session) -> None:
    """A director who is to be recalled steps down: whoever signs last must not be the only one to be refused."""
    make.company(db)
    seat = seats.create_seat(
        db, make.act(), "Chair", reserved_for=None, term_months=24, on=make.BEGINNING, has_members=False
    )
    director = make.holder(db, engaged=None).id
    seats.name_first(db, make.act(), seat.id, director, on=date(2025, 6, 1), has_members=False)
    people = [make.member(db) for _ in range(12)]
    motion: dict[str, Json] = {"kind": "remove_director", "seat": seat.id, "member": director}
    petition = opened(db, people[0], ProposalKind.RECALL, Content("A recall", "For cause.", (motion,)))
    seats.vacate(db, make.act(), seat.id, on=TODAY, reason="Steps down")
    for member in people[:2]:
        petitions.sign(db, act(member), petition.id, member)
    assert petitions.standing(db, act("system"), petition.id).state is PetitionState.REACHED
    assert state_of(db, petition) is State.READY
    assert petitions.pending(db, act("system")) == [petition]
    assert petitions.carry_on(db, act("system")) == []


def test_what_members_signed_for_stays_as_it_is_and_comes_to_the_vote(db: Session) -> None:
    people = cooperative(db)
    petition = opened(db, people[0])
    for member in people[:2]:
        petitions.sign(db, act(member), petition.id, member)
    changed = Content("A question", "Should we, really?")
    with pytest.raises(TextFrozen, match="signed for exactly this text"):
        voting.amend(db, act(people[0]), petition.proposal, changed, author=people[0])
    rules = voting.rules_today(db, petition.proposal, make.NOW)
    with pytest.raises(NotAllowedNow, match="theirs to decide"):
        proposals.withdraw(
            db, act(people[0]), petition.proposal, author=people[0], reason="Never mind.", rules=rules, on=TODAY
        )
    assert state_of(db, petition) is State.NOTICE
    assert announced(db, petition).version == 1
