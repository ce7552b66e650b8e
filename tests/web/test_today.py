"""The sample cooperative goes on after its story, whichever day it is built on."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from app import verification, voting
from app.demo.build import live_on
from governance import proposals
from governance.lifecycle import State
from ledger.types import micros_of
from tests.web.browser import Site

DAYS = ((2026, 3, 2), (2028, 2, 29))


@pytest.mark.parametrize("day", DAYS)
def test_votes_are_open_and_all_of_it_verifies(sample: Site, day: tuple[int, int, int]) -> None:
    now = datetime(*day, 20, tzinfo=UTC)
    sample.runner.run(live_on, now)

    def states(db: Session) -> list[State]:
        return [
            proposals.state_of(db, one.id, micros_of(now), voting.rules_today(db, one.id, now))
            for one in proposals.proposals(db)
        ]

    found = sample.runner.read(states)
    # the election waits until the terms of the first board end
    assert found.count(State.OPEN) == (3 if now.year == 2026 and now.month < 11 else 4)
    assert {State.NOTICE, State.IDEA, State.READY, State.ISSUING, State.NO_QUORUM} <= {*found}
    assert sample.runner.read(verification.verify_all).fault is None
