"""Closing: once, after the deadline, counted from the ballots that were cast, and countable again by anyone."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, text
from sqlalchemy.orm import Session

from app.db import make_engine
from app.rolls import check_rolls
from app.verification import check_votes, verify_all
from governance import audit_file, ballots, closing, recount
from governance.records import Ballot, BallotCast, Closing, Outcome, ProposalKind
from governance.tables import ballot_choice
from governance.tally.lot import commitment, lot_order
from governance.tally.methods import Method
from ledger import journal
from ledger.entries import Draft
from ledger.errors import NotAllowedNow, NotFound
from ledger.reading import every
from tests import make
from tests.governance.hall import CLOSES, hall, late, rules

OPTIONS = {"a": "The first", "b": "The second", "c": "The third"}


def test_a_vote_is_closed_once_and_not_before_its_time(db: Session) -> None:
    make.company(db)
    ana = make.member(db)
    vote = hall(db, [ana])
    vote.cast(ana, "yes")
    with pytest.raises(NotAllowedNow):
        closing.close(db, late(CLOSES - timedelta(microseconds=1)), vote.id)
    closed = vote.close()
    size = journal.size(db)
    assert closing.close(db, late(CLOSES + timedelta(days=3)), vote.id) == closed
    assert (journal.size(db), len(every(db, Closing))) == (size, 1)


def test_what_is_not_closed_tells_nothing(db: Session) -> None:
    make.company(db)
    ana = make.member(db)
    vote = hall(db, [ana])
    vote.cast(ana, "yes")
    with pytest.raises(NotFound):
        closing.audit_file(db, vote.id)
    assert every(db, Ballot) == []


@pytest.mark.parametrize("choices", [[], ["abstain", "abstain", "abstain"], ["yes", "no"], ["no"]])
def test_without_more_for_it_than_against_nothing_passes(db: Session, choices: list[str]) -> None:
    """Nobody voted, all abstain, a tie."""
    make.company(db)
    voters = [make.member(db) for _ in range(3)]
    vote = hall(db, voters)
    for voter, choice in zip(voters, choices, strict=False):
        vote.cast(voter, choice)
    assert vote.close().outcome is Outcome.FAILED


@pytest.mark.parametrize("method", [Method.STV, Method.MEEK, Method.IRV, Method.SCHULZE, Method.APPROVAL, Method.STAR])
@pytest.mark.parametrize("choice", [None, "abstain"])
def test_nobody_is_chosen_by_nobody(db: Session, method: Method, choice: str | None) -> None:
    make.company(db)
    ana = make.member(db)
    vote = hall(db, [ana], rules(method), options=OPTIONS)
    if choice is not None:
        vote.cast(ana, choice)
    closed = vote.close()
    assert (closed.outcome, closed.winners) == (Outcome.FAILED, [])
    assert recount.misfit(db) is None


def test_one_option_is_chosen_by_whoever_chooses_it(db: Session) -> None:
    make.company(db)
    ana = make.member(db)
    vote = hall(db, [ana], rules(Method.STV), options={"a": "The only one"})
    vote.cast(ana, ["a"])
    assert vote.close().winners == ["a"]


def test_an_election_without_candidates_chooses_nobody(db: Session) -> None:
    make.company(db)
    ana = make.member(db)
    vote = hall(db, [ana], rules(Method.STV, kind=ProposalKind.ELECTION))
    vote.cast(ana, "abstain")
    closed = vote.close()
    assert (closed.outcome, closed.winners) == (Outcome.FAILED, [])


def test_a_tie_is_decided_by_the_lot_that_was_fixed_before(db: Session) -> None:
    make.company(db)
    ana, bo = make.member(db), make.member(db)
    vote = hall(db, [ana, bo], rules(Method.APPROVAL), options=OPTIONS)
    vote.cast(ana, ["a"])
    vote.cast(bo, ["b"])
    closed = vote.close()
    announced = closing.closed_vote(db, vote.id).announced
    assert commitment(bytes.fromhex(closed.seed)) == announced.lot
    lot = lot_order(bytes.fromhex(closed.seed), OPTIONS)
    assert closed.winners == [min(("a", "b"), key=lot.index)]


def test_anyone_can_count_the_audit_file_again(db: Session) -> None:
    make.company(db)
    voters = [make.member(db) for _ in range(5)]
    vote = hall(db, voters, rules(Method.IRV), options=OPTIONS)
    for voter, choice in zip(voters, (["a", "b"], ["b"], ["c", "b"], ["a"], "abstain"), strict=True):
        vote.cast(voter, choice)
    closed = vote.close()
    data = closing.audit_file(db, vote.id)
    assert sha256(data).hexdigest() == closed.audit
    assert data == closing.audit_file(db, vote.id)
    found = audit_file.recount(data)
    assert (found.faults, found.outcome, list(found.counted.winners)) == ((), closed.outcome, closed.winners)
    assert not any(voter.encode() in data for voter in voters)


def test_an_audit_file_that_was_changed_does_not_hold(db: Session) -> None:
    make.company(db)
    voters = [make.member(db) for _ in range(3)]
    vote = hall(db, voters)
    for voter in voters:
        vote.cast(voter, "yes")
    vote.close()
    data = closing.audit_file(db, vote.id)
    lines = [orjson.loads(line) for line in data.splitlines()]
    lines[1]["ballot"]["choice"] = "no"
    assert audit_file.recount(b"\n".join(orjson.dumps(line) for line in lines)).faults


def test_a_ballot_that_is_recorded_too_late_is_found(db: Session) -> None:
    make.company(db)
    ana = make.member(db)
    vote = hall(db, [ana])
    # what no deed would do: an entry and a choice beside it after the deadline
    choice, salt = '"yes"', bytes(16)
    db.execute(
        insert(ballot_choice), [{"proposal": vote.id, "member": ana, "revision": 1, "salt": salt, "choice": choice}]
    )
    forged = BallotCast(vote.id, ana, 1, ballots.digest_of(salt, choice))
    journal.append(db, late(CLOSES), Draft(ballots.BallotEntry.CAST, CLOSES.date(), (forged,)))
    vote.close()
    fault = check_votes(db)
    assert fault is not None
    assert "after the deadline" in fault.message


def _closed(engine: Engine) -> str:
    with Session(engine) as db, db.begin():
        make.company(db)
        ana, bo = make.member(db), make.member(db)
        vote = hall(db, [ana, bo])
        vote.cast(ana, "no")
        vote.cast(ana, "yes")
        vote.cast(bo, "abstain")
        vote.close()
        return vote.id


def test_a_closed_vote_verifies(engine: Engine) -> None:
    _closed(engine)
    with Session(engine) as db:
        assert verify_all(db).fault is None


@given(st.lists(st.sampled_from(["yes", "no", "abstain"]), min_size=1, max_size=8))
@settings(max_examples=10)
def test_what_is_told_is_what_was_cast_last(sqlite_template: object, choices: list[str]) -> None:
    engine = make_engine(f"sqlite:///{sqlite_template}")
    with Session(engine) as db:
        make.company(db)
        voters = [make.member(db) for _ in range(3)]
        vote = hall(db, voters)
        last: dict[str, str] = {}
        for number, choice in enumerate(choices):
            voter = voters[number % 3]
            vote.cast(voter, choice)
            last[voter] = choice
        closed = vote.close()
        told = {one.member: orjson.loads(one.choice) for one in closing.ballots_of(db, vote.id)}
        assert recount.misfit(db) is None
        db.rollback()
    engine.dispose()
    assert told == last
    said = list(last.values())
    assert closed.turnout == len(last) <= 3
    assert (closed.outcome is Outcome.PASSED) == (said.count("yes") > said.count("no"))


def _unguarded(engine: Engine, *statements: str) -> None:
    """Do what a database administrator can, guards or not."""
    with engine.begin() as connection:
        for table in ("ballot", "closing", "roll"):
            if engine.dialect.name == "sqlite":
                connection.execute(text(f"DROP TRIGGER {table}_no_update"))
            else:
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        for statement in statements:
            assert connection.execute(text(statement)).rowcount == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("UPDATE ballot SET choice = '\"no\"' WHERE choice = '\"yes\"'", "not the one they cast"),
        ("UPDATE ballot SET revision = 1 WHERE revision = 2", "not the one they cast"),
        ("UPDATE closing SET outcome = 'FAILED'", "comes to something else"),
        ("UPDATE closing SET audit = 'ab'", "audit file"),
        ("UPDATE closing SET seed = 'abcd'", "seed"),
    ],
)
def test_a_count_that_was_tampered_with_is_found(engine: Engine, change: str, told: str) -> None:
    _closed(engine)
    _unguarded(engine, change)
    with Session(engine) as db:
        fault = check_votes(db)
    assert fault is not None
    assert told in fault.message


def test_a_roll_that_was_tampered_with_is_found(engine: Engine) -> None:
    id = _closed(engine)
    weigh = "UPDATE roll SET weight = 2 WHERE member = (SELECT min(member) FROM roll)"
    _unguarded(engine, weigh)
    with Session(engine) as db:
        fault = check_rolls(db)
    assert fault is not None
    assert id in fault.message
