"""A secret vote from its notice to its count, over HTTP, and what it refuses on the way."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import orjson

from app import verification
from app.web import standing
from app.web.render import FOLDER
from governance import closing
from governance.lifecycle import State
from governance.records import Outcome
from governance.secret import voter
from governance.secret.canonical import from_base64
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


def test_the_page_of_a_secret_vote_tells_at_each_step_what_to_do(precinct: Precinct) -> None:
    precinct.announce()
    member, path = precinct.members[0], f"/decisions/{precinct.proposal}"
    announced = precinct.see(member, path)
    assert "Announced" in announced
    assert "This is a secret vote. Passes are given out from" in announced
    precinct.issue()
    told = precinct.see(member, path)
    assert "Passes are given out" in told
    assert precinct.manifest.fingerprint in told
    assert "have voted" not in told
    passes = precinct.fetch_all()
    precinct.turn_to(OPENS - timedelta(hours=11))
    assert "12 passes were given out" in precinct.see(member, path)
    precinct.turn_to(OPENS + timedelta(minutes=1))
    assert "Vote with your pass" in precinct.see(member, path)
    assert "have voted" not in precinct.see(member, path)
    for held in passes:
        precinct.cast(held, "yes")
    precinct.turn_to(CLOSES + timedelta(minutes=1))
    assert "12" in precinct.see(member, path)


def test_every_state_has_words() -> None:
    states = (FOLDER / "templates" / "states.html").read_text()
    assert [state for state in State if f'"{state.value}":' not in states] == []
    assert [state for state in State if state not in standing.SAID] == []


def test_a_pass_is_fetched_by_hand_without_script(precinct: Precinct) -> None:
    precinct.announce().issue()
    member, path = precinct.members[0], f"/decisions/{precinct.proposal}/pass/by-hand"
    assert "blinded" in precinct.see(member, path)
    request = voter.request(precinct.manifest)
    told = precinct.send_by_hand(member, orjson.dumps(request.body()).decode())
    assert told.status_code == 200
    answer = orjson.loads(unescape(told.text.partition('<pre class="mono">')[2].partition("</pre>")[0]))
    voter.check_pass(
        precinct.manifest, voter.finish(precinct.manifest, request, [from_base64(one) for one in answer["blind_sigs"]])
    )
    wrong = precinct.send_by_hand(member, "not JSON")
    assert (wrong.status_code, "<title>Error:" in wrong.text, "not JSON" in wrong.text) == (422, True, True)
    other = precinct.send_by_hand(member, orjson.dumps(voter.request(precinct.manifest).body()).decode())
    assert (other.status_code, "another device" in other.text or "device" in other.text) == (409, True)
    assert precinct.registrar.get(path).status_code == 303
