"""A secret vote from its notice to its count, over HTTP, and what it refuses on the way."""

from __future__ import annotations

from datetime import timedelta

from app import verification
from governance import closing
from governance.records import Outcome
from governance.secret import voter
from tests.secret.precinct import CLOSES, ISSUING, OPENS, Precinct


def test_members_vote_and_nobody_can_tell_how(precinct: Precinct) -> None:
    precinct.announce().issue()
    passes = precinct.fetch_all()
    precinct.turn_to(OPENS - timedelta(hours=11))
    assert precinct.send(voter.make_record(precinct.manifest, passes[0], "yes").padded()).status_code == 409
    precinct.turn_to(OPENS + timedelta(minutes=1))
    for number, held in enumerate(passes):
        precinct.cast(held, ("yes", "no", "abstain")[number % 3])
    precinct.turn_to(CLOSES + timedelta(minutes=1))
    told = precinct.runner.read(closing.closing, precinct.proposal)
    assert told is not None
    [chamber] = told.result["chambers"]
    assert (chamber["yes"], chamber["no"], chamber["abstain"], chamber["roll"]) == ("4", "4", "4", 24)
    assert precinct.runner.read(verification.verify_all).fault is None


def test_with_too_few_passes_a_vote_is_void(precinct: Precinct) -> None:
    precinct.announce().issue()
    held = precinct.fetch_all(9)[0]
    precinct.turn_to(OPENS + timedelta(minutes=1))
    assert precinct.send(voter.make_record(precinct.manifest, held, "yes").padded()).status_code == 409
    precinct.turn_to(CLOSES + timedelta(minutes=1))
    told = precinct.runner.read(closing.closing, precinct.proposal)
    assert told is not None
    assert told.outcome is Outcome.NO_QUORUM
    assert precinct.runner.read(verification.verify_all).fault is None
    assert ISSUING < OPENS
