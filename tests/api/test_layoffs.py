"""Layoffs over HTTP: a wave under a case, and those let go still vote and see what is theirs."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy.orm import Session

from app.people.tokens import Scope
from ledger import members
from ledger.members import MemberClass
from tests import make
from tests.api.client import Body, Office, Person, problem
from tests.governance.hall import CLOSES, OPENS, Hall, at

WAVE = "2026-03-18"
"""While the vote is open."""
CASE: Body = {"reason": "A payer leaves.", "notice_on": "2026-03-03", "last_day": WAVE, "handover_days": 5}


def _founded(db: Session, size: int) -> list[str]:
    make.company(db)
    people = [make.holder(db).id for _ in range(size)]
    for member in people:
        members.admit(db, make.act(), member, MemberClass.PROVIDER, on=make.BEGINNING)
    return people


class Wave:
    """Providers who are members, a board, a council, and a clock that the test turns."""

    def __init__(self, service: FastAPI, office: Office, size: int = 3) -> None:
        self.service, self.office = service, office
        self.people = office.runner.run(_founded, size)
        self.steward = office.person("usr_steward")
        self.board = office.person("usr_board", Scope.BOARD_WRITE)
        self.council = office.person("usr_council", Scope.LAYOFFS_COUNCIL)

    def turn_to(self, local: datetime) -> None:
        self.service.state.service.now = lambda: at(local)

    def own(self, member: str) -> Person:
        return self.office.person(member, Scope.PROPOSALS_OWN, Scope.PATRONAGE_OWN)

    def filed(self, *affected: str) -> str:
        made = self.board.done("/layoff-cases", CASE | {"affected": list(affected)})
        return str(made["id"])


@pytest.fixture
def wave(service: FastAPI, office: Office) -> Wave:
    return Wave(service, office)


def test_eighteen_are_let_go_under_a_case_only_and_still_vote_and_see_their_record(
    service: FastAPI, office: Office
) -> None:
    """Scenario 70."""
    wave = Wave(service, office, 18)
    vote = office.runner.run(lambda db: Hall(db, wave.people[0]).announce().id)
    order = {"reason": "INVOLUNTARY_OTHER", "on": WAVE}
    for member in wave.people[:4]:
        wave.steward.done(f"/holders/{member}/leave", order)
    refused = wave.steward.post(f"/holders/{wave.people[4]}/leave", order)
    problem(refused, 409, "layoff_case_missing")
    case = wave.filed(*wave.people[4:])
    wave.turn_to(OPENS + timedelta(days=2))
    for member in wave.people[4:]:
        left = wave.steward.done(f"/holders/{member}/leave", order)
        assert left["engagements"][0]["ended_on"] == WAVE
    wave.turn_to(CLOSES - timedelta(hours=1))
    gone = wave.people[17]
    end = {"on": WAVE, "reason": "Laid off"}
    wave.steward.done(f"/memberships/{gone}/end", end)
    own = wave.own(gone)
    assert own.done(f"/members/{gone}/ballots/{vote}", {"choice": "yes"})["revision"] == 1
    assert own.told(f"/members/{gone}/allocations")["data"] == []
    assert [one["id"] for one in own.told(f"/members/{gone}/layoff-cases")["data"]] == [case]


def test_the_council_sees_a_case_at_once_and_those_concerned_from_the_day_of_notice(wave: Wave) -> None:
    ana, bo = wave.people[:2]
    case = wave.filed(ana, bo)
    seen = wave.council.told(f"/layoff-cases/{case}")
    assert (seen["affected"], seen["filed_on"], seen["views"]) == (sorted([ana, bo]), "2026-03-02", [])
    said = wave.council.done(f"/layoff-cases/{case}/views", {"text": "We ask for the hand-over in full."})
    assert said["views"] == ["We ask for the hand-over in full."]
    path = f"/members/{ana}/layoff-cases"
    assert wave.own(ana).told(path)["data"] == []
    wave.turn_to(datetime(2026, 3, 3, 8))
    [told] = wave.own(ana).told(path)["data"]
    assert told["views"] == said["views"]
    assert "affected" not in told
    assert wave.own(wave.people[2]).told(f"/members/{wave.people[2]}/layoff-cases")["data"] == []
    problem(wave.own(bo).get(path), 404, "not_found")


def test_whoever_files_a_case_does_not_speak_for_the_council(wave: Wave) -> None:
    case = wave.filed(wave.people[0])
    both = wave.office.person("usr_board", Scope.BOARD_WRITE, Scope.LAYOFFS_COUNCIL)
    problem(both.post(f"/layoff-cases/{case}/views", {"text": "The council agrees."}), 403, "four_eyes")
    problem(wave.council.post("/layoff-cases", CASE | {"affected": [wave.people[0]]}), 403, "scope_missing")


def test_a_case_that_comes_after_the_fact_or_names_nobody_is_refused(wave: Wave) -> None:
    late = CASE | {"affected": [wave.people[0]], "notice_on": "2026-03-02"}
    told = problem(wave.board.post("/layoff-cases", late), 422, "dates_out_of_order")
    assert told["errors"][0]["pointer"] == "/notice_on"
    for affected in ([], ["hld_nobody"]):
        problem(wave.board.post("/layoff-cases", CASE | {"affected": affected}), 422, "invalid")
    assert wave.council.told("/layoff-cases")["data"] == []


def test_a_case_is_withdrawn_for_a_reason_and_once(wave: Wave) -> None:
    case = wave.filed(wave.people[0])
    done = wave.board.done(f"/layoff-cases/{case}/withdraw", {"reason": "The payer stays."})
    assert (done["is_withdrawn"], done["withdrawn_because"]) == (True, "The payer stays.")
    problem(wave.board.post(f"/layoff-cases/{case}/withdraw", {"reason": "Again"}), 409, "not_allowed_now")
    problem(wave.board.post("/layoff-cases/lay_none/withdraw", {"reason": "None"}), 404, "not_found")


def test_nobody_takes_the_way_in_from_whoever_a_case_names(wave: Wave) -> None:
    """I27.2."""
    ana = wave.people[0]
    own = wave.own(ana)
    [token] = [one["id"] for one in wave.steward.told("/tokens")["data"] if one["actor"] == ana]
    wave.filed(ana)
    problem(wave.steward.post(f"/tokens/{token}/revoke"), 409, "not_allowed_now")
    assert own.get(f"/members/{ana}/layoff-cases").status_code == 200
    wave.own(ana)
    assert wave.steward.done(f"/tokens/{token}/revoke")["revoked_at"] is not None
    problem(own.get(f"/members/{ana}/layoff-cases"), 401, "token_invalid")
