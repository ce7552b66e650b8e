"""Members and votes over HTTP: one's own ballot, turnout and nothing else before the close, the result after."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from fastapi import FastAPI

from app.people.tokens import Scope
from governance.audit_file import recount
from tests import make
from tests.api.client import Body, Office, Person, problem
from tests.governance.hall import CLOSES, OPENS, TODAY, Hall, at

HOUR = timedelta(hours=1)


class Votes:
    """A cooperative whose members vote, on a clock that the test turns."""

    def __init__(self, service: FastAPI, office: Office) -> None:
        self.service, self.office = service, office
        self.company = office.runner.run(lambda db: make.company(db).legal_name)
        self.steward = office.person("usr_steward")
        made = (office.runner.run(make.holder).id for _ in range(3))
        self.ana, self.bo, self.cy = made
        for member in (self.ana, self.bo, self.cy):
            self.admit(member)
        self.id = office.runner.run(lambda db: Hall(db, self.ana).announce().id)
        self.path = f"/proposals/{self.id}"

    def admit(self, member: str, on: str = "2025-09-01") -> Body:
        return self.steward.done("/memberships", {"member": member, "member_class": "PROVIDER", "on": on})

    def turn_to(self, local: datetime) -> None:
        self.service.state.service.now = lambda: at(local)

    def own(self, member: str) -> Person:
        return self.office.person(member, Scope.PROPOSALS_OWN)

    def cast(self, member: str, choice: object) -> Body:
        return self.own(member).done(f"/members/{member}/ballots/{self.id}", {"choice": choice})


@pytest.fixture
def votes(service: FastAPI, office: Office) -> Votes:
    return Votes(service, office)


def test_a_vote_from_the_first_ballot_to_the_file_that_anybody_counts(votes: Votes) -> None:
    votes.turn_to(OPENS + HOUR)
    votes.cast(votes.ana, "no")
    made = votes.cast(votes.ana, "yes")
    votes.cast(votes.bo, "yes")
    assert made["revision"] == 2
    told = votes.steward.told(f"{votes.path}/turnout")
    assert (told["voted"], told["may_vote"], told["is_closed"]) == (2, 3, False)
    votes.turn_to(CLOSES)
    closed = votes.steward.done(f"{votes.path}/close")
    assert (closed["outcome"], closed["turnout"]) == ("PASSED", 2)
    assert closed["chambers"][0]["yes"] == "2"
    assert votes.steward.told(f"{votes.path}/result") == closed
    assert votes.steward.done(f"{votes.path}/close") == closed
    file = votes.steward.get(f"{votes.path}/audit-file")
    assert file.headers["content-type"] == "application/x-ndjson"
    assert sha256(file.content).hexdigest() == closed["audit_sha256"]
    assert recount(file.content).faults == ()
    assert votes.steward.told("/verify")["ok"] is True


def test_nobody_is_told_how_a_vote_goes(votes: Votes) -> None:
    """Scenario 62."""
    votes.turn_to(OPENS + HOUR)
    votes.cast(votes.ana, "yes")
    founder = votes.office.person("usr_founder")
    for moment in (OPENS + HOUR, CLOSES):
        votes.turn_to(moment)
        for what in ("result", "audit-file"):
            problem(founder.get(f"{votes.path}/{what}"), 403, "tally_hidden")
    told = founder.told(f"{votes.path}/turnout")
    assert set(told) == {"proposal", "opens_at", "closes_at", "voted", "may_vote", "is_closed"}
    votes.turn_to(CLOSES - HOUR)
    problem(founder.post(f"{votes.path}/close"), 409, "not_allowed_now")


def test_a_ballot_is_for_its_voter_alone(votes: Votes) -> None:
    votes.turn_to(OPENS + HOUR)
    votes.cast(votes.ana, "yes")
    path = f"/members/{votes.ana}/ballots/{votes.id}"
    mine = votes.own(votes.ana).told(path)
    assert sha256(bytes.fromhex(mine["salt"]) + mine["choice"].encode()).hexdigest() == mine["digest"]
    problem(votes.own(votes.bo).get(path), 404, "not_found")
    problem(votes.own(votes.bo).post(path, {"choice": "no"}), 404, "not_found")
    problem(votes.office.person("usr_founder").post(path, {"choice": "no"}), 403, "not_yours")
    problem(votes.own(votes.cy).get(f"/members/{votes.cy}/ballots/{votes.id}"), 404, "not_found")


def test_whoever_leaves_still_finds_the_vote_that_is_theirs(votes: Votes) -> None:
    """Scenario 58."""
    votes.turn_to(OPENS + HOUR)
    votes.cast(votes.ana, "yes")
    votes.steward.done(f"/memberships/{votes.bo}/end", {"on": OPENS.date().isoformat(), "reason": "Moves away."})
    [mine] = votes.own(votes.bo).told(f"/members/{votes.bo}/ballots")["data"]
    assert (mine["proposal"], mine["chambers"], mine["is_open"], mine["has_voted"]) == (
        votes.id,
        ["members"],
        True,
        False,
    )
    votes.cast(votes.bo, "no")
    votes.turn_to(CLOSES)
    [mine] = votes.own(votes.bo).told(f"/members/{votes.bo}/ballots")["data"]
    assert (mine["is_open"], mine["has_voted"]) == (False, True)
    problem(votes.own(votes.bo).get(f"/members/{votes.ana}/ballots"), 404, "not_found")


def test_the_answer_that_is_kept_for_repetition_tells_no_choice(votes: Votes) -> None:
    votes.turn_to(OPENS + HOUR)
    path = f"/members/{votes.ana}/ballots/{votes.id}"
    answers = [votes.own(votes.ana).post(path, {"choice": "yes"}) for _ in range(2)]
    assert [answer.json()["data"]["revision"] for answer in answers] == [1, 1]
    assert [len(answer.json()["entries"]) for answer in answers] == [2, 0]
    assert "yes" not in answers[0].text


def test_ballots_outside_the_hours_off_the_roll_or_unreadable_are_refused(votes: Votes) -> None:
    path = f"/members/{votes.ana}/ballots/{votes.id}"
    problem(votes.own(votes.ana).post(path, {"choice": "yes"}), 409, "voting_not_open")
    votes.turn_to(OPENS + HOUR)
    joined = votes.office.runner.run(make.holder).id
    votes.admit(joined, TODAY.isoformat())
    problem(votes.own(joined).post(f"/members/{joined}/ballots/{votes.id}", {"choice": "yes"}), 403, "not_entitled")
    unreadable: dict[str, list[Any]] = {
        "ballot_invalid": ["perhaps", ["yes"], {"yes": 1}, {"say": "yes"}],
        "invalid": [1, None, 0.5, [[["yes"]]], {"a": 0.5}, True],
    }
    for code, choices in unreadable.items():
        for choice in choices:
            problem(votes.own(votes.ana).post(path, {"choice": choice}), 422, code)
    votes.turn_to(CLOSES)
    problem(votes.own(votes.ana).post(path, {"choice": "yes"}), 409, "voting_closed")


def test_the_register_tells_who_is_a_member_and_when(votes: Votes) -> None:
    told = votes.steward.told("/memberships", as_of="2025-09-01")
    assert [one["member"] for one in told["data"]] == [votes.ana, votes.bo, votes.cy]
    assert votes.steward.told("/memberships", as_of="2025-08-31")["data"] == []
    ended = votes.steward.done(f"/memberships/{votes.cy}/end", {"on": "2026-02-28", "reason": "Moves away."})
    assert (ended["number"], ended["ended_on"]) == (3, "2026-02-28")
    assert len(votes.steward.told("/memberships")["data"]) == 2
    [mine] = votes.steward.told(f"/memberships/{votes.cy}")["data"]
    assert mine == ended
    problem(votes.steward.get("/memberships/hld_nobody"), 404, "not_found")
    again = {"member": votes.ana, "member_class": "STAFF", "on": "2026-03-02"}
    problem(votes.steward.post("/memberships", again), 409, "conflict")
    fee = {
        "member": votes.cy,
        "member_class": "STAFF",
        "on": "2026-03-02",
        "buy_in_due": {"amount": "1.00", "currency": "EUR"},
    }
    problem(votes.steward.post("/memberships", fee), 422, "invalid")
    paid = votes.steward.done("/memberships", fee | {"buy_in_due": {"amount": "250.00", "currency": "USD"}})
    assert (paid["number"], paid["buy_in_due"]["amount"]) == (4, "250.00")
