"""What members decide takes effect by itself, end to end over HTTP: a fee, a larger pool, a seat on the board."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import FastAPI

from app import voting
from app.people.tokens import Scope
from ledger.types import Act
from tests.api.client import Body, Company, Office, Person, problem

ZONE = ZoneInfo("America/New_York")
FEES = {"fees": [{"name": "Platform", "percent": "12.5", "per": "payment"}]}
LOWER = {"fees": [{"name": "Platform", "percent": "11", "per": "payment"}]}
TEXT = {"text": "For reasons that stand here."}


class Cooperative:
    """Six providers, two stewards who own shares and sit on the board; the clock is the test's."""

    def __init__(self, service: FastAPI, office: Office) -> None:
        self.service, self.office = service, office
        self.turn_to(datetime(2026, 3, 2, 12))
        self.company = Company(office)
        self.steward = self.company.steward
        self.board = office.person("usr_board")
        done = self.steward.done
        done("/policies/fees", {"value": FEES, "effective_from": "2026-03-02"})
        self.seats = [
            str(done("/board/seats", {"name": f"Seat {number}", "term_months": 24})["id"]) for number in (1, 2, 3)
        ]
        self.stewards = [self.company.holder(f"Steward {number}") for number in (1, 2)]
        for seat, who in zip(self.seats, self.stewards, strict=False):
            done(f"/board/seats/{seat}/director", {"member": who})
            self.company.shares(holder=who, quantity="1000")
        self.providers = [self.company.holder(f"Provider {number}") for number in range(6)]
        for who, member_class in (
            *((one, "STEWARD") for one in self.stewards),
            *((one, "PROVIDER") for one in self.providers),
        ):
            done("/memberships", {"member": who, "member_class": member_class, "on": "2026-03-02"})

    def turn_to(self, local: datetime) -> None:
        """Let it be a time where the company is."""
        self.now = local.replace(tzinfo=ZONE)
        self.service.state.service.now = lambda: self.now

    def own(self, member: str) -> Person:
        """Return a member with a token for what is their own."""
        return self.office.person(member, Scope.PROPOSALS_OWN, Scope.PROPOSALS_READ)

    def catch_up(self) -> None:
        """Let the worker come by."""
        voting.carry_on_all(self.office.runner.run, Act("system", "role:worker", self.now))

    def put_forward(self, kind: str, motions: list[Body], **more: Any) -> str:
        """Have the board put something forward."""
        author = self.office.person(self.stewards[0], Scope.BOARD_WRITE, Scope.PROPOSALS_OWN, Scope.PROPOSALS_READ)
        body = {"kind": kind, "title": kind.title(), "motions": motions, "board_ref": "board:2026-02"} | TEXT | more
        made = str(author.done("/board/proposals", body)["id"])
        state = author.told(f"/members/{self.stewards[0]}/proposals/{made}")["state"]
        if state == "DRAFT":
            author.done(f"/members/{self.stewards[0]}/proposals/{made}/publish")
        return made

    def announce(self, proposal: str, record_date: str, opens: str, closes: str, **more: Any) -> Body:
        """Announce a vote."""
        dates = {"record_date": record_date, "opens": f"{opens}T09:00", "closes": f"{closes}T18:00"}
        return self.board.done(f"/proposals/{proposal}/notice", dates | more)

    def cast(self, proposal: str, choices: dict[str, Any]) -> None:
        """Have members vote."""
        for member, choice in choices.items():
            self.own(member).done(f"/members/{member}/ballots/{proposal}", {"choice": choice})

    def everybody(self, choice: str) -> dict[str, Any]:
        """Return one choice of everybody."""
        return dict.fromkeys((*self.providers, *self.stewards), choice)

    def state(self, proposal: str) -> str:
        """Return where a proposal stands."""
        return str(self.board.told(f"/proposals/{proposal}")["state"])


def test_what_passes_takes_effect_by_itself_and_nothing_else_does(service: FastAPI, office: Office) -> None:
    coop = Cooperative(service, office)
    plan = coop.company.plan["id"]
    before = coop.steward.told(f"/plans/{plan}")["available"]
    problem(
        coop.steward.post("/policies/fees", {"value": LOWER, "effective_from": "2026-03-03"}), 403, "resolution_missing"
    )
    problem(
        coop.steward.post(f"/plans/{plan}/adjustments", {"change": "500", "on": "2026-03-02"}),
        403,
        "resolution_missing",
    )

    fee = coop.put_forward(
        "FEE_OR_RATE", [{"kind": "set_policy", "key": "fees", "value": LOWER, "expected_version": 1}]
    )
    pool = coop.put_forward(
        "POOL_INCREASE", [{"kind": "enlarge_pool", "plan": plan, "units": "5000", "expected_total": before}]
    )
    board = coop.put_forward("ELECTION", [{"kind": "seat_directors", "seats": [coop.seats[2]]}])
    early = {"record_date": "2026-04-01", "opens": "2026-04-02T09:00", "closes": "2026-04-10T18:00"}
    told = problem(
        coop.board.post(f"/proposals/{fee}/notice", early | {"effective_on": "2026-05-01"}), 422, "effect_too_early"
    )
    assert "2026-06-09" in told["detail"]
    coop.announce(fee, "2026-04-01", "2026-04-02", "2026-04-10")
    coop.announce(pool, "2026-03-18", "2026-03-19", "2026-03-30")
    coop.announce(board, "2026-04-01", "2026-04-02", "2026-04-17")
    candidates = coop.providers[:3]
    for who in candidates:
        coop.own(who).done(f"/members/{who}/candidacies/{board}", {"statement": "I listen."})

    coop.turn_to(datetime(2026, 3, 20, 12))
    coop.cast(pool, coop.everybody("yes"))
    coop.turn_to(datetime(2026, 3, 31, 9))
    coop.catch_up()
    assert coop.state(pool) == "PASSED"
    assert coop.steward.told(f"/plans/{plan}")["available"] == before
    coop.turn_to(datetime(2026, 4, 7, 12))
    coop.cast(fee, coop.everybody("yes") | {coop.providers[0]: "no"})
    first, second, third = candidates
    coop.cast(board, {who: [[second], [first]] for who in coop.providers[:4]} | {coop.providers[4]: [[third]]})
    coop.catch_up()
    assert coop.state(pool) == "IN_EFFECT"
    assert int(coop.steward.told(f"/plans/{plan}")["available"]) == int(before) + 5_000

    coop.turn_to(datetime(2026, 4, 18, 12))
    coop.catch_up()
    assert (coop.state(fee), coop.state(board)) == ("PASSED", "IN_EFFECT")
    assert second in str(coop.board.told("/board"))
    assert coop.board.told("/policies/fees")["version"] == 1
    coop.turn_to(datetime(2026, 6, 9, 12))
    coop.catch_up()
    assert coop.state(fee) == "IN_EFFECT"
    in_force = coop.board.told("/policies/fees")
    assert (in_force["version"], in_force["value"]["fees"][0]["percent"], in_force["proposal"]) == (2, "11", fee)
    assert coop.board.told("/policies/fees", on="2026-06-08")["version"] == 1
    entry = coop.board.told(f"/proposals/{fee}/effect")["entries"][0]
    assert coop.board.told(f"/entries/{entry}")["authority"] == f"proposal:{fee}"
    problem(coop.board.post(f"/entries/{entry}/reverse", {"reason": "We changed our mind."}), 409, "not_reversible")
    assert coop.board.told("/verify")["ok"] is True
