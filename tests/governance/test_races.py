"""Races: many voters at the deadline and several who close; whatever is told is what was taken."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app import voting
from app.db import Runner
from app.rolls import check_rolls
from app.verification import check_votes
from governance import ballots, closing
from governance.errors import VotingClosed
from governance.records import BallotCast, Closing, RollCopied
from ledger.errors import NotAllowedNow
from ledger.reading import every
from ledger.types import Act
from tests import make
from tests.governance.hall import CLOSES, OPENS, Hall, at, micros

VOTERS = 8
INSTANT = timedelta(microseconds=1)


@dataclass
class Clock:
    """A clock that all threads share; each look moves it on, so that it passes the deadline while they race."""

    now: datetime
    step: timedelta
    lock: threading.Lock = field(default_factory=threading.Lock)

    def look(self) -> datetime:
        with self.lock:
            self.now += self.step
            return self.now


def _announced(runner: Runner) -> tuple[Hall, list[str]]:
    def deed(db: Session) -> tuple[Hall, list[str]]:
        make.company(db)
        voters = [make.member(db) for _ in range(VOTERS)]
        return Hall(db, voters[0]).announce(), voters

    return runner.run(deed)


def _all_at_once(*works: Callable[[], None]) -> None:
    """Run every work in a thread of its own, all from the same moment on; a work that fails fails the test."""
    gate, failed = threading.Barrier(len(works)), []

    def enter(work: Callable[[], None]) -> None:
        gate.wait()
        try:
            work()
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=enter, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_casts_and_closes_race_at_the_deadline(engine: Engine) -> None:
    runner = Runner(engine)
    vote, voters = _announced(runner)
    # some 14 casts and 3 closers look at the clock; about half of them before the deadline
    clock = Clock(at(CLOSES) - 10 * INSTANT, INSTANT)
    taken: dict[str, ballots.Receipt] = {}
    closings: list[Closing] = []

    def voter(member: str) -> Callable[[], None]:
        def work() -> None:
            for choice in ("no", "yes"):
                act = Act(member, "role:proposals:own", clock.look())
                try:
                    taken[member] = runner.run(voting.cast, act, vote.id, member, choice)
                except VotingClosed:
                    return

        return work

    def closer() -> None:
        while True:
            try:
                closings.append(runner.run(closing.close, Act("system", "role:system", clock.look()), vote.id))
                return
            except NotAllowedNow:
                pass

    runner.run(voting.cast, Act(voters[0], "role:proposals:own", at(OPENS)), vote.id, voters[0], "abstain")
    _all_at_once(*(voter(member) for member in voters[1:]), closer, closer, closer)
    with Session(engine) as db:
        told = {one.member: one for one in closing.ballots_of(db, vote.id)}
        assert {member: told[member].revision for member in taken} == {m: one.revision for m, one in taken.items()}
        assert {member: told[member].choice for member in taken} == {m: one.choice for m, one in taken.items()}
        assert told.keys() == taken.keys() | {voters[0]}
        assert closings == every(db, Closing) * 3
        assert check_votes(db) is None


def test_a_ballot_that_waited_for_the_lock_past_the_close_is_not_taken(engine: Engine) -> None:
    """Its clock was read in time; what counts is what is on record when it is written."""
    runner = Runner(engine)
    vote, voters = _announced(runner)
    runner.run(voting.cast, Act(voters[0], "role:proposals:own", at(OPENS)), vote.id, voters[0], "yes")
    early = Act(voters[1], "role:proposals:own", at(CLOSES) - INSTANT)
    runner.run(closing.close, Act("system", "role:system", at(CLOSES)), vote.id)
    with pytest.raises(VotingClosed):
        runner.run(voting.cast, early, vote.id, voters[1], "no")


def test_the_same_ballot_from_many_windows_is_one(engine: Engine) -> None:
    runner = Runner(engine)
    vote, voters = _announced(runner)
    act = Act(voters[0], "role:proposals:own", at(OPENS))

    def click() -> None:
        runner.run(voting.cast, act, vote.id, voters[0], "yes")

    _all_at_once(*[click] * 8)
    with Session(engine) as db:
        assert [one.revision for one in every(db, BallotCast)] == [1]
        assert ballots.turnout(db, vote.id) == (1, VOTERS)
        assert len(every(db, RollCopied)) == 1
        assert check_rolls(db) is None


def test_a_vote_is_closed_and_counted_though_nobody_was_there(engine: Engine) -> None:
    """The server was off from the notice until long after the close: the roll is still that of the record date."""
    runner = Runner(engine)
    vote, voters = _announced(runner)
    late = Act("system", "role:system", at(CLOSES) + timedelta(days=30))
    assert late.at > micros(CLOSES)

    def worker() -> None:
        voting.carry_on_all(runner.run, late)

    _all_at_once(*[worker] * 3)
    with Session(engine) as db:
        [closed] = every(db, Closing)
        assert (closed.turnout, closed.outcome) == (0, "FAILED")
        assert ballots.turnout(db, vote.id) == (0, len(voters))
        assert check_votes(db) is None
        assert check_rolls(db) is None
