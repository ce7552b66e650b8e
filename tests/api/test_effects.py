"""What members pass takes effect, end to end over HTTP: a fee, a pool, a board; and nobody gets round them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from app.people.tokens import Scope
from tests import make
from tests.api.client import Body, Office, Person, problem
from tests.api.test_proposals import dates
from tests.governance.hall import at

START = datetime(2026, 3, 2, 12)
FEES: Body = {"fees": [{"name": "Platform", "percent": "12.5", "amount": None, "per": "payment"}]}
LOWER: Body = {"fees": [{"name": "Platform", "percent": "11", "amount": None, "per": "payment"}]}


class Cooperative:
    """Founders, a plan, three members, one of them on the board, and a clock that the test turns."""

    def __init__(self, service: FastAPI, office: Office) -> None:
        self.service, self.office = service, office
        self.turn_to(START)
        self.founder = office.person("usr_founder")
        office.runner.run(lambda db: make.company(db).legal_name)
        common = office.runner.run(lambda db: make.share_class(db).id)
        self.plan = str(self.founder.done("/plans", self.a_plan(common, "1000000"))["id"])
        self.common = common
        self.members = [office.runner.run(lambda db: make.holder(db).id) for _ in range(3)]
        self.founder.done("/policies/fees", {"value": FEES, "effective_from": "2026-01-01"})
        self.seats = [self.founder.done("/board/seats", self.a_seat(name))["id"] for name in ("Chair", "Second")]
        self.founder.done(f"/board/seats/{self.seats[0]}/director", {"member": self.members[0]})
        shares = {"holder": self.members[1], "class_id": common, "quantity": "100", "on": "2025-01-01"}
        self.founder.done("/securities", shares)
        for member in self.members:
            self.founder.done("/memberships", {"member": member, "member_class": "PROVIDER", "on": "2026-01-01"})

    @staticmethod
    def a_plan(common: str, reserved: str, name: str = "Provider plan") -> Body:
        return {"name": name, "class_id": common, "reserved": reserved, "on": "2025-01-01"}

    @staticmethod
    def a_seat(name: str) -> Body:
        return {"name": name, "term_months": 24}

    def turn_to(self, local: datetime) -> None:
        """Turn the clock."""
        self.service.state.service.now = lambda: at(local)

    def own(self, member: str) -> Person:
        """A member as themselves."""
        return self.office.person(member, Scope.PROPOSALS_OWN)

    def announced(self, kind: str, *motions: Body, notice_days: int, days: int = 7, seats: int = 1) -> str:
        """The board's proposal, shown and announced."""
        board = self.office.person(self.members[0], Scope.BOARD_WRITE)
        said = {"kind": kind, "title": "A change", "text": "Because.", "motions": list(motions), "seats": seats}
        id = str(board.done("/board/proposals", said | {"board_ref": "board:2026-02"})["id"])
        board.done(f"/proposals/{id}/notice", dates(START + timedelta(days=notice_days), days))
        return id

    def voted(self, id: str, choice: Any = "yes") -> Body:  # noqa: ANN401 - any ballot
        """All members vote, and the vote is closed."""
        notice = self.founder.told(f"/proposals/{id}")["notice"]
        self.turn_to(datetime.fromisoformat(notice["opens"]) + timedelta(hours=1))
        for member in self.members:
            self.own(member).done(f"/members/{member}/ballots/{id}", {"choice": choice})
        self.turn_to(datetime.fromisoformat(notice["closes"]))
        closed = self.founder.done(f"/proposals/{id}/close")
        assert closed["outcome"] == "PASSED", closed
        return closed

    def effect(self, id: str) -> Body:
        """What becomes of it on its day."""
        day = date.fromisoformat(self.founder.told(f"/proposals/{id}/effect")["effective_on"])
        self.turn_to(datetime.combine(day, datetime.min.time()))
        return self.founder.done(f"/proposals/{id}/enact")


@pytest.fixture
def cooperative(service: FastAPI, office: Office) -> Cooperative:
    """A cooperative with members."""
    return Cooperative(service, office)


def test_a_fee_changes_on_the_day_that_its_notice_allows(cooperative: Cooperative) -> None:
    motion = {"kind": "set_policy", "key": "fees", "value": LOWER, "expected_version": 1}
    id = cooperative.announced("FEE_OR_RATE", motion, notice_days=30)
    founder = cooperative.founder
    problem(founder.get(f"/proposals/{id}/effect"), 409, "not_allowed_now")
    cooperative.voted(id)
    told = founder.told(f"/proposals/{id}/effect")
    assert (told["effective_on"], told["outcome"], told["needed"]) == ("2026-06-07", None, 1)
    problem(founder.post(f"/proposals/{id}/enact"), 409, "not_allowed_now")
    assert founder.told("/policies/fees", on="2026-06-07")["value"] == FEES
    made = cooperative.effect(id)
    assert (made["outcome"], made["reason"]) == ("ENACTED", None)
    assert founder.told("/policies/fees", on="2026-06-06")["value"] == FEES
    policy = founder.told("/policies/fees", on="2026-06-07")
    assert (policy["value"], policy["version"], policy["proposal"]) == (LOWER, 2, id)
    assert founder.told("/policies")["data"] == [policy]
    assert [one["version"] for one in founder.told("/policies/fees/versions")["data"]] == [1, 2]
    changed = founder.told("/policies/fees/differences", before=1, after=2)["fields"]
    assert changed == [{"field": "fees[0].percent", "before": '"12.5"', "after": '"11"'}]
    assert founder.told(f"/entries/{made['entries'][0]}")["authority"] == f"proposal:{id}"
    assert founder.told("/verify")["ok"] is True


def test_a_pool_grows_when_members_board_and_stockholders_have_passed_it(cooperative: Cooperative) -> None:
    plan, founder = cooperative.plan, cooperative.founder
    motion = {"kind": "enlarge_pool", "plan": plan, "units": "500000", "expected_total": "1000000"}
    id = cooperative.announced("POOL_INCREASE", motion, notice_days=14)
    cooperative.voted(id)
    assert founder.told(f"/plans/{plan}")["available"] == "1000000"
    assert cooperative.effect(id)["outcome"] == "ENACTED"
    assert founder.told(f"/plans/{plan}")["available"] == "1500000"
    assert founder.told("/verify")["ok"] is True


def test_a_board_is_elected_and_sits_from_the_day_of_the_effect(cooperative: Cooperative) -> None:
    seat, (first, second, _) = cooperative.seats[1], cooperative.members
    id = cooperative.announced("ELECTION", {"kind": "seat_directors", "seats": [seat]}, notice_days=21, days=14)
    cooperative.own(second).done(f"/members/{second}/candidacies/{id}", {"statement": "I would."})
    assert cooperative.voted(id, [second])["winners"] == [second]
    assert cooperative.effect(id)["outcome"] == "ENACTED"
    board = cooperative.founder.told("/board")
    assert [one["director"]["member"] for one in board["seats"]] == [first, second]
    [term] = cooperative.founder.told(f"/board/seats/{seat}/terms")["data"]
    assert (term["proposal"], term["votes"]) == (id, "2")
    stepped = cooperative.own(second).done(f"/members/{second}/seats/{seat}/step-down", {"reason": "I move away."})
    assert stepped["free_from"] == board["on"]
    assert cooperative.founder.told("/board")["seats"][1]["director"] is None


def test_enough_objections_stop_an_effect_and_one_that_is_taken_back_does_not(cooperative: Cooperative) -> None:
    motion = {
        "kind": "set_policy",
        "key": "documents.benefits",
        "value": {"title": "Benefits", "text": "None."},
        "expected_version": 0,
    }
    id = cooperative.announced("BENEFITS", motion, notice_days=14)
    member = cooperative.members[2]
    own, path = cooperative.own(member), f"/members/{member}/objections/{id}"
    problem(own.post(path, {"reason": "No."}), 409, "not_allowed_now")
    cooperative.voted(id)
    assert own.done(path, {"reason": "It takes our leave."}) == {"proposal": id, "objections": 1, "needed": 1}
    assert own.done(f"{path}/withdraw")["objections"] == 0
    own.done(path, {"reason": "It takes our leave, I am sure."})
    problem(cooperative.founder.post(path, {"reason": "Mine."}), 403, "not_yours")
    made = cooperative.effect(id)
    assert (made["outcome"], made["entries"]) == ("STOPPED", [])
    problem(cooperative.founder.get("/policies/documents.benefits"), 404, "not_found")


def test_scenario_59_founders_change_nothing_that_is_the_members(cooperative: Cooperative) -> None:
    founder = cooperative.founder
    before = founder.told("/_info")["head"]["size"]
    for path, body in (
        ("/policies/fees", {"value": LOWER, "effective_from": "2026-04-01"}),
        ("/policies/layoff_protection", {"value": LAYOFFS, "effective_from": "2026-04-01"}),
        ("/credit-policies", CREDIT),
        (f"/plans/{cooperative.plan}/adjustments", {"change": "5", "on": "2026-03-02"}),
        (f"/plans/{cooperative.plan}/adjustments", {"change": "-5", "on": "2026-03-02"}),
        ("/plans", Cooperative.a_plan(cooperative.common, "5", "Another")),
        ("/board/seats", Cooperative.a_seat("Third")),
        (f"/board/seats/{cooperative.seats[1]}/director", {"member": cooperative.members[1]}),
    ):
        problem(founder.post(path, body), 403, "resolution_missing")
    claimed = {"change": "5", "on": "2026-03-02", "authority": "proposal:prp_1"}
    problem(founder.post(f"/plans/{cooperative.plan}/adjustments", claimed), 422, "invalid")
    assert founder.told("/_info")["head"]["size"] == before
    founder.done("/plans", Cooperative.a_plan(cooperative.common, "0", "An empty one"))


LAYOFFS: Body = {"waive_cliff": True, "extra_months": 6, "notice_days": 60}
CREDIT: Body = {"resolution": "founders", "passed_on": "2026-03-02", "effective_from": "2026-03-09", "ceiling_week": 30}


def test_data_is_shared_for_twelve_months_at_most_and_then_no_longer(office: Office) -> None:
    office.runner.run(lambda db: make.company(db).legal_name)
    founder = office.person("usr_founder")
    value = {"recipient": "Clearing house", "purpose": "Claims", "data": ["session date"]}
    body = {"value": value, "effective_from": "2026-03-02", "expires_on": "2027-03-02"}
    late = body | {"expires_on": "2027-03-03"}
    problem(founder.post("/policies/data_sharing.claims-house", late), 422, "motion_invalid")
    founder.done("/policies/data_sharing.claims-house", body)
    assert founder.told("/policies/data_sharing.claims-house", on="2027-03-02")["value"] == value
    problem(founder.get("/policies/data_sharing.claims-house", on="2027-03-03"), 404, "not_found")
    problem(founder.get("/policies/data_sharing.other"), 404, "not_found")
