"""Candidates: of their own accord, until the vote opens."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from governance import candidacies
from governance.errors import NotEntitled
from governance.records import ProposalKind
from ledger.errors import AlreadyExists, Invalid, NotAllowedNow, NotFound
from ledger.members import members_on
from tests import make
from tests.governance.hall import TODAY, at
from tests.governance.test_proposals import START, Author, author

OPENS = START + timedelta(days=30)


def stands(vote: Author, member: str, statement: str = "I listen.") -> None:
    """Somebody stands, by the clock of the vote."""
    members = members_on(vote.db, TODAY)
    act = make.act(member, now=at(vote.now))
    candidacies.stand(vote.db, act, vote.id, member, statement, members=members, on=vote.on)


def stands_down(vote: Author, member: str) -> None:
    """Somebody no longer does."""
    candidacies.stand_down(vote.db, make.act(member, now=at(vote.now)), vote.id, member, on=vote.on)


def test_members_stand_until_the_vote_opens_and_may_stand_down_for_good(db: Session) -> None:
    vote = author(db, ProposalKind.ELECTION).ready()
    bo, cy = make.member(db), make.member(db)
    stands(vote, bo)
    vote.notice(OPENS, days=14)
    stands(vote, cy)
    with pytest.raises(AlreadyExists):
        stands(vote, cy)
    stands_down(vote, bo)
    with pytest.raises(NotAllowedNow):
        stands_down(vote, bo)
    with pytest.raises(AlreadyExists):
        stands(vote, bo)
    assert [one.member for one in candidacies.statements(db, vote.id)] == [cy]
    vote.now = OPENS
    with pytest.raises(NotAllowedNow):
        stands(vote, vote.member)
    with pytest.raises(NotAllowedNow):
        stands_down(vote, cy)


def test_only_members_stand_and_each_says_something(db: Session) -> None:
    vote = author(db, ProposalKind.ELECTION).ready()
    with pytest.raises(NotEntitled):
        stands(vote, make.holder(db).id)
    for statement in ("", "x" * 5_001):
        with pytest.raises(Invalid):
            stands(vote, vote.member, statement)


def test_nobody_stands_where_nothing_is_elected(db: Session) -> None:
    question = author(db).ready()
    with pytest.raises(NotAllowedNow):
        stands(question, question.member)
    draft = Author(db, question.member, question.of).draft()
    with pytest.raises(NotFound):
        stands(draft, draft.member)
