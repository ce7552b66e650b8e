"""Ballots: one counted for each on the roll, the last one, and never outside the hours."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from governance import ballots, proposals
from governance.errors import BallotInvalid, NotEntitled, TextFrozen, VotingClosed, VotingNotOpen
from governance.records import BallotCast, Outcome
from governance.tables import ballot_choice
from governance.tally.methods import Method
from ledger import journal, members, tables
from ledger.errors import Conflict
from ledger.reading import every
from tests import make
from tests.governance.hall import CLOSES, OPENS, TODAY, Hall, hall, late, rules

OPTIONS = {"a": "The first", "b": "The second", "c": "The third"}


def test_the_last_ballot_counts_and_the_voter_counts_once(db: Session) -> None:
    """Scenario 65."""
    make.company(db)
    ana, bo = make.member(db), make.member(db)
    vote = hall(db, [ana, bo])
    assert vote.cast(ana, "no").revision == 1
    assert vote.cast(ana, "yes").revision == 2
    vote.cast(bo, "abstain")
    assert ballots.turnout(db, vote.id) == (2, 2)
    closed = vote.close()
    assert (closed.outcome, closed.turnout) == (Outcome.PASSED, 2)
    assert closed.result["chambers"][0]["yes"] == "1"
    assert closed.result["chambers"][0]["no"] == "0"


def test_the_same_ballot_twice_is_one(db: Session) -> None:
    make.company(db)
    ana = make.member(db)
    vote = hall(db, [ana])
    first = vote.cast(ana, "yes")
    size = journal.size(db)
    again = vote.cast(ana, "yes")
    assert (again.revision, again.digest, again.salt) == (1, first.digest, first.salt)
    assert journal.size(db) == size


def test_a_receipt_proves_the_choice_that_the_journal_does_not_tell(db: Session) -> None:
    make.company(db)
    ana = make.member(db)
    vote = hall(db, [ana])
    receipt = vote.cast(ana, "yes")
    assert ballots.receipt(db, vote.id, ana) == receipt
    assert receipt.entry is not None
    entry = journal.entry_at(db, receipt.entry)
    assert entry.body["rows"] == [
        ["ballot_cast", {"digest": receipt.digest, "member": ana, "proposal": vote.id, "revision": 1}]
    ]
    assert sha256(bytes.fromhex(receipt.salt) + receipt.choice.encode()).hexdigest() == receipt.digest
    assert ballots.receipt(db, vote.id, "hld_nobody") is None


def test_while_a_vote_is_open_no_entry_and_no_record_tells_a_choice(db: Session) -> None:
    make.company(db)
    voters = [make.member(db) for _ in range(3)]
    vote = hall(db, voters)
    before = journal.size(db)
    for voter, choice in zip(voters, ("yes", "no", "abstain"), strict=True):
        vote.cast(voter, choice)
    payloads = db.execute(select(tables.entry.c.payload).where(tables.entry.c.n >= before)).scalars().all()
    assert len(payloads) == 3
    for payload in payloads:
        assert not any(word in payload for word in (b'"yes"', b'"no"', b'"abstain"'))
    digests = {one.digest for one in every(db, BallotCast)}
    assert len(digests) == 3


def test_the_hours_are_half_open(db: Session) -> None:
    make.company(db)
    ana, bo = make.member(db), make.member(db)
    vote = hall(db, [ana, bo])
    vote.cast(ana, "no", OPENS)
    vote.cast(ana, "yes", CLOSES - timedelta(microseconds=1))
    with pytest.raises(VotingClosed):
        vote.cast(bo, "yes", CLOSES)
    assert ballots.turnout(db, vote.id) == (1, 2)


def test_a_vote_that_is_not_open_yet_takes_no_ballots(db: Session) -> None:
    make.company(db)
    ana = make.member(db)
    vote = Hall(db, ana).announce()
    with pytest.raises(VotingNotOpen, match="2026-03-16 at 09:00"):
        vote.cast(ana, "yes", OPENS - timedelta(microseconds=1))


def test_the_deadline_counts_whether_or_not_anybody_closed(db: Session) -> None:
    make.company(db)
    ana = make.member(db)
    vote = hall(db, [ana])
    with pytest.raises(VotingClosed):
        vote.cast(ana, "yes", CLOSES + timedelta(days=400))
    assert vote.close().turnout == 0


def test_a_clock_that_is_set_back_opens_no_vote_again(db: Session) -> None:
    make.company(db)
    ana, bo = make.member(db), make.member(db)
    vote = hall(db, [ana, bo])
    vote.cast(ana, "yes")
    members.end_membership(db, late(CLOSES + timedelta(hours=1)), bo, on=TODAY, reason="The clock is right here")
    for _ in range(2):
        with pytest.raises(VotingClosed):
            vote.cast(bo, "no", OPENS + timedelta(days=1))
        # something else is recorded by the clock that was set back, and still no vote is open again
        make.holder(db)
    assert vote.close().turnout == 1


def test_after_the_close_nothing_is_taken_even_by_a_clock_set_back(db: Session) -> None:
    make.company(db)
    ana, bo = make.member(db), make.member(db)
    vote = hall(db, [ana, bo])
    vote.cast(ana, "yes")
    closed = vote.close()
    with pytest.raises(VotingClosed):
        vote.cast(bo, "no", OPENS + timedelta(days=1))
    assert vote.close() == closed


def test_whoever_is_not_on_the_roll_does_not_vote(db: Session) -> None:
    """Scenario 58, for those who join."""
    make.company(db)
    ana = make.member(db)
    vote = hall(db, [ana])
    joined = make.member(db, on=TODAY)
    for stranger in (joined, "hld_nobody"):
        with pytest.raises(NotEntitled):
            vote.cast(stranger, "yes")
    assert ballots.turnout(db, vote.id) == (0, 1)


def test_whoever_leaves_keeps_the_vote(db: Session) -> None:
    """Scenario 58."""
    make.company(db)
    ana, bo = make.member(db), make.member(db)
    vote = hall(db, [ana, bo])
    members.end_membership(db, make.act(), bo, on=TODAY, reason="Let go")
    vote.cast(bo, "no")
    assert vote.close().outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("method", "choice"),
    [
        (Method.MAJORITY, "maybe"),
        (Method.MAJORITY, None),
        (Method.MAJORITY, ["yes"]),
        (Method.IRV, ["a", "d"]),
        (Method.IRV, ["a", "a"]),
        (Method.IRV, []),
        (Method.IRV, [["a", "b"]]),
        (Method.SCHULZE, [["a"], []]),
        (Method.APPROVAL, "a"),
        (Method.APPROVAL, ["a", "a"]),
        (Method.SCORE, {"a": 6}),
        (Method.SCORE, {"a": "5"}),
        (Method.SCORE, {"d": 1}),
        (Method.CONSENT, "objection"),
        (Method.CONSENT, {"say": "consent", "name": "Ana"}),
    ],
)
def test_a_ballot_that_can_not_be_counted_is_refused(db: Session, method: Method, choice: object) -> None:
    make.company(db)
    ana = make.member(db)
    options = None if method in {Method.MAJORITY, Method.CONSENT} else OPTIONS
    vote = hall(db, [ana], rules(method), options=options)
    size = journal.size(db)
    with pytest.raises(BallotInvalid):
        vote.cast(ana, choice)
    assert journal.size(db) == size
    assert db.execute(select(ballot_choice)).first() is None


def test_nobody_changes_a_ballot_for_ever(db: Session) -> None:
    make.company(db)
    ana = make.member(db)
    vote = hall(db, [ana])
    for number in range(ballots.MOST_REVISIONS):
        vote.cast(ana, "yes" if number % 2 else "no")
    with pytest.raises(Conflict):
        vote.cast(ana, "abstain")
    assert vote.close().result["chambers"][0]["yes"] == "1"


def test_a_proposal_is_not_changed_once_voting_has_begun(db: Session) -> None:
    make.company(db)
    ana = make.member(db)
    vote = hall(db, [ana])
    content = proposals.Content("Another question", "Should we not?")
    with pytest.raises(TextFrozen):
        proposals.amend(db, late(OPENS), vote.id, content, author=ana, rules=rules(), on=TODAY)
