"""Petitions over HTTP: opened, signed in secret, reached, and the vote announced."""

from __future__ import annotations

from hashlib import sha256

import pytest
from sqlalchemy.orm import Session

from app.people.tokens import Scope
from tests import make
from tests.api.client import Body, Office, Person, problem


def _founded(db: Session) -> list[str]:
    make.company(db)
    return [make.member(db) for _ in range(12)]


class Idea:
    """Twelve members, of whom two signatures are enough, and an idea of one of them."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.people = office.runner.run(_founded)
        author = self.own(self.people[0])
        path = f"/members/{self.people[0]}/proposals"
        body = {"kind": "ADVISORY", "title": "A question", "text": "Should we?"}
        self.proposal = author.done(path, body)["id"]
        author.done(f"{path}/{self.proposal}/publish", {})
        self.reader = office.person("usr_reader", Scope.PROPOSALS_READ)

    def own(self, member: str) -> Person:
        return self.office.person(member, Scope.PROPOSALS_OWN)

    def opened(self) -> str:
        ana = self.people[1]
        return str(self.own(ana).done(f"/members/{ana}/petitions", {"proposal": self.proposal})["id"])

    def sign(self, petition: str, member: str) -> Body:
        return self.own(member).done(f"/members/{member}/signatures/{petition}")


@pytest.fixture
def idea(office: Office) -> Idea:
    return Idea(office)


def test_enough_signatures_force_a_vote_and_until_then_nobody_learns_anything(idea: Idea) -> None:
    """Scenario 66."""
    petition = idea.opened()
    first = idea.own(idea.people[2]).post(f"/members/{idea.people[2]}/signatures/{petition}")
    assert first.json()["entries"] == []
    told = idea.reader.told(f"/petitions/{petition}")
    assert (told["needed"], told["state"], told["signatures"], told["vote_by"]) == (2, "RUNNING", None, None)
    assert idea.reader.told(f"/proposals/{idea.proposal}")["state"] == "IDEA"
    idea.sign(petition, idea.people[3])
    told = idea.reader.told(f"/petitions/{petition}")
    assert (told["state"], told["signatures"], told["vote_by"]) == ("REACHED", 2, "2026-05-31")
    assert idea.reader.told(f"/proposals/{idea.proposal}")["state"] == "NOTICE"
    assert idea.reader.told("/petitions", proposal=idea.proposal)["data"] == [told]


def test_whoever_signed_has_what_proves_it_and_nobody_else_sees_it(idea: Idea) -> None:
    petition, ana, bo = idea.opened(), idea.people[4], idea.people[5]
    made = idea.sign(petition, ana)
    path = f"/members/{ana}/signatures/{petition}"
    assert idea.own(ana).told(path) == made
    sealed = bytes.fromhex(made["salt"]) + f"\0{petition}\0{ana}".encode()
    assert sha256(sealed).hexdigest() == made["seal"]
    problem(idea.own(bo).get(path), 404, "not_found")
    problem(idea.own(bo).get(f"/members/{bo}/signatures/{petition}"), 404, "not_found")
    problem(idea.own(bo).post(path), 404, "not_found")
    problem(idea.office.person("usr_founder").get(path), 403, "not_yours")


def test_what_can_not_be_signed_is_refused(idea: Idea) -> None:
    petition, ana = idea.opened(), idea.people[4]
    idea.sign(petition, ana)
    problem(idea.own(ana).post(f"/members/{ana}/signatures/{petition}"), 409, "already_exists")
    guest = idea.office.runner.run(make.holder).id
    problem(idea.own(guest).post(f"/members/{guest}/signatures/{petition}"), 403, "not_entitled")
    problem(idea.own(guest).post(f"/members/{guest}/petitions", {"proposal": idea.proposal}), 403, "not_entitled")
    problem(idea.own(ana).post(f"/members/{ana}/petitions", {"proposal": idea.proposal}), 409, "already_exists")
    problem(idea.own(ana).post(f"/members/{ana}/signatures/pet_none"), 404, "not_found")
    problem(idea.reader.get("/petitions/pet_none"), 404, "not_found")
    idea.sign(petition, idea.people[5])
    late = idea.people[6]
    problem(idea.own(late).post(f"/members/{late}/signatures/{petition}"), 409, "not_allowed_now")


def test_no_entry_and_no_answer_tells_who_signed(idea: Idea) -> None:
    petition, signers = idea.opened(), idea.people[9:11]
    first = len(idea.office.person("usr_auditor").told("/entries", limit=500)["data"])
    for member in signers:
        idea.sign(petition, member)
    entries = idea.office.person("usr_auditor").told("/entries", limit=500)["data"][first:]
    assert [one["kind"] for one in entries] == ["petition.reached", "proposal.announced"]
    assert {one["actor"] for one in entries} == {"system"}
    told = f"{entries} {idea.reader.told(f'/petitions/{petition}')} {idea.reader.told(f'/proposals/{idea.proposal}')}"
    assert not any(member in told for member in signers)
