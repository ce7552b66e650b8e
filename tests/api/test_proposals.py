"""Proposals over HTTP: from a template to an announced vote, and who may do what on the way."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from app.people.tokens import Scope
from governance.seats import create_seat
from tests import make
from tests.api.client import Body, Office, Person, problem
from tests.governance.hall import at

START = datetime(2026, 9, 2, 10)
FEE: Body = {
    "kind": "set_policy",
    "key": "fees",
    "value": {"fees": [{"name": "platform", "percent": "13", "per": "session"}]},
    "expected_version": 0,
}
QUESTION: Body = {"kind": "ADVISORY", "title": "A question", "text": "Should we?"}
LOWER_FEE: Body = {"kind": "FEE_OR_RATE", "title": "A lower fee", "text": "Why?\nIt is full.", "motions": [FEE]}


class Council:
    """A cooperative of two members and a board, on a clock that the test turns."""

    def __init__(self, service: FastAPI, office: Office) -> None:
        self.service, self.office = service, office
        office.runner.run(lambda db: make.company(db).legal_name)
        seat: dict[str, Any] = {"reserved_for": None, "term_months": 24, "on": START.date(), "has_members": False}
        self.seat = office.runner.run(create_seat, make.act(), "Seat 1", **seat).id
        self.ana, self.bo = (office.runner.run(make.member) for _ in range(2))
        self.reader = office.person("usr_reader", Scope.PROPOSALS_READ)
        self.board = office.person(self.bo, Scope.BOARD_WRITE)
        self.turn_to(START)

    def turn_to(self, local: datetime) -> None:
        """Turn the clock."""
        self.service.state.service.now = lambda: at(local)

    def own(self, member: str) -> Person:
        """A member as themselves."""
        return self.office.person(member, Scope.PROPOSALS_OWN)

    def draft(self, **changes: object) -> str:
        """Have Ana put something forward."""
        return str(self.own(self.ana).done(f"/members/{self.ana}/proposals", QUESTION | changes)["id"])

    def published(self, **changes: object) -> str:
        """And show it to all."""
        id = self.draft(**changes)
        self.own(self.ana).done(f"/members/{self.ana}/proposals/{id}/publish")
        return id

    def state(self, id: str) -> str:
        """Where it stands."""
        return str(self.reader.told(f"/proposals/{id}")["state"])


@pytest.fixture
def council(service: FastAPI, office: Office) -> Council:
    """A cooperative that decides together."""
    return Council(service, office)


def wall(local: datetime) -> str:
    """A time as requests write it."""
    return local.isoformat(timespec="minutes")


def dates(opens: datetime, days: int = 7, **changes: str) -> Body:
    """When a vote is held."""
    record_date = str(opens.date() - timedelta(days=1))
    return {"record_date": record_date, "opens": wall(opens), "closes": wall(opens + timedelta(days=days))} | changes


def test_from_an_idea_to_a_vote_that_the_board_cant_keep_from_coming(council: Council) -> None:
    ana, path = council.own(council.ana), f"/members/{council.ana}"
    id = council.published(**LOWER_FEE)
    assert council.state(id) == "IDEA"
    ana.done(f"{path}/interest/{id}")
    told = council.reader.told(f"/proposals/{id}")
    assert (told["state"], told["interest"]) == ("COUNTDOWN", {"interested": 1, "needed": 1})
    council.turn_to(START + timedelta(days=7))
    assert council.state(id) == "REVIEW"
    council.turn_to(START + timedelta(days=37))  # the board was silent
    opens = START + timedelta(days=67)
    early = dates(opens, effective_on="2026-12-01")
    told = problem(ana.post(f"{path}/proposals/{id}/notice", early), 422, "effect_too_early")
    assert "2027-01-14" in told["detail"]
    notice = ana.done(f"{path}/proposals/{id}/notice", dates(opens))
    assert (notice["opens"], notice["zone"], notice["effective_on"]) == (wall(opens), "America/New_York", "2027-01-14")
    assert notice["rule"]["kind"] == "FEE_OR_RATE"
    assert council.state(id) == "NOTICE"
    assert council.reader.told(f"/proposals/{id}")["notice"] == notice


def test_scenario_61_a_change_after_the_notice_is_another_version_and_calls_the_vote_off(council: Council) -> None:
    board_word = {"board_ref": "board:2026-09"}
    id = council.board.done("/board/proposals", LOWER_FEE | board_word)["id"]
    council.board.done(f"/proposals/{id}/notice", dates(START + timedelta(days=30)))
    lower = FEE | {"value": {"fees": [{"name": "platform", "percent": "12.5", "per": "session"}]}}
    change = {"title": "A lower fee", "text": "Why?\nIt is full!", "motions": [lower]}
    mine = f"/members/{council.bo}/proposals/{id}"
    assert council.own(council.bo).done(f"{mine}/amend", change)["version"] == 2
    told = council.reader.told(f"/proposals/{id}")
    assert (told["state"], told["notice"], told["board_ref"]) == ("READY", None, "board:2026-09")
    found = council.reader.told(f"/proposals/{id}/differences", before=1, after=2)
    percent = "motions[0].value.fees[0].percent"
    assert found["fields"] == [{"field": percent, "before": '"13"', "after": '"12.5"'}]
    assert [(one["mark"], one["text"]) for one in found["lines"]] == [
        ("SAME", "Why?"),
        ("REMOVED", "It is full."),
        ("ADDED", "It is full!"),
    ]
    assert [one["number"] for one in council.reader.told(f"/proposals/{id}/versions")["data"]] == [1, 2]
    problem(council.reader.get(f"/proposals/{id}/differences", before=1, after=3), 404, "not_found")
    opens = START + timedelta(days=31)
    council.board.done(f"/proposals/{id}/notice", dates(opens))
    council.turn_to(opens)
    problem(council.own(council.bo).post(f"{mine}/amend", change | {"title": "Late"}), 409, "text_frozen")


def test_a_draft_is_seen_by_its_author_and_nobody_else(council: Council) -> None:
    id = council.draft()
    path = f"/members/{council.ana}/proposals"
    assert council.own(council.ana).told(f"{path}/{id}")["state"] == "DRAFT"
    assert [one["id"] for one in council.own(council.ana).told(path)["data"]] == [id]
    assert council.reader.told("/proposals")["data"] == []
    for part in ("", "/versions", "/comments", "/candidates", "/conflicts"):
        problem(council.reader.get(f"/proposals/{id}{part}"), 404, "not_found")
    bo = council.own(council.bo)
    problem(bo.get(f"/members/{council.bo}/proposals/{id}"), 404, "not_found")
    problem(bo.post(f"/members/{council.bo}/comments/{id}", {"words": "Hm"}), 404, "not_found")
    problem(bo.get(f"{path}/{id}"), 404, "not_found")  # Bo is not Ana


def test_nobody_changes_or_announces_what_is_somebody_elses(council: Council) -> None:
    id = council.published()
    bo, path = council.own(council.bo), f"/members/{council.bo}/proposals/{id}"
    content = {"title": "Mine", "text": "Now"}
    problem(bo.post(f"{path}/amend", content), 403, "not_entitled")
    problem(bo.post(f"{path}/withdraw", {"reason": "No"}), 403, "not_entitled")
    problem(bo.post(f"{path}/notice", dates(START + timedelta(days=30))), 403, "not_entitled")
    stranger = council.office.runner.run(make.holder).id
    refused = council.own(stranger).post(f"/members/{stranger}/proposals", QUESTION)
    problem(refused, 403, "not_entitled")


def test_the_board_says_what_it_thinks_and_why(council: Council) -> None:
    id = council.published()
    council.own(council.ana).done(f"/members/{council.ana}/interest/{id}")
    word = {"recommendation": "AGAINST", "reasons": "It can't be paid."}
    assert council.board.done(f"/proposals/{id}/review", word) == word
    assert council.reader.told(f"/proposals/{id}")["review"] == word
    problem(council.board.post(f"/proposals/{id}/review", word), 409, "already_exists")


def test_what_was_taken_back_says_why(council: Council) -> None:
    id = council.published()
    council.own(council.ana).done(f"/members/{council.ana}/proposals/{id}/withdraw", {"reason": "The payer gave in."})
    told = council.reader.told(f"/proposals/{id}")
    assert (told["state"], told["withdrawn_because"]) == ("WITHDRAWN", "The payer gave in.")


def test_every_template_can_be_put_forward_as_a_question_or_filled_in(council: Council) -> None:
    start = council.reader.told("/proposal-templates/BENEFITS")
    assert (start["rule"]["notice_days"], start["rule"]["method"]) == (14, "majority")
    content = {name: start[name] for name in ("title", "text", "motions")}
    assert council.draft(kind="BENEFITS", **content).startswith("prp_")


def test_a_motion_of_another_kind_and_words_that_are_none_are_refused(council: Council) -> None:
    ana, path = council.own(council.ana), f"/members/{council.ana}/proposals"
    problem(ana.post(path, LOWER_FEE | {"kind": "BENEFITS"}), 422, "motion_invalid")
    problem(ana.post(path, QUESTION | {"text": "a\x00b"}), 422, "invalid")
    twice = [{"key": "a", "title": "One"}, {"key": "a", "title": "Two"}]
    problem(ana.post(path, QUESTION | {"options": twice}), 422, "invalid")
    id = council.board.done("/board/proposals", QUESTION | {"board_ref": "board:2026-09"})["id"]
    never = dates(START + timedelta(days=30)) | {"opens": "2026-09-31T09:00"}
    problem(council.board.post(f"/proposals/{id}/notice", never), 422, "invalid")


def test_interest_can_be_taken_back(council: Council) -> None:
    for _ in range(9):  # eleven members: two are needed
        council.office.runner.run(make.member)
    id = council.published()
    ana, path = council.own(council.ana), f"/members/{council.ana}/interest/{id}"
    assert ana.done(path) == {"proposal": id, "wants_it": True}
    assert ana.done(f"{path}/withdraw") == {"proposal": id, "wants_it": False}
    assert council.reader.told(f"/proposals/{id}")["interest"] == {"interested": 0, "needed": 2}


def test_comments_are_moderated_with_a_trace_and_their_words_are_kept_in_no_receipt(council: Council) -> None:
    id = council.published()
    made = council.own(council.ana).post(f"/members/{council.ana}/comments/{id}", {"words": "ZZCANARY said"}, key="k")
    assert "ZZCANARY" not in made.text
    comment = made.json()["data"]["id"]
    [told] = council.reader.told(f"/proposals/{id}/comments")["data"]
    assert (told["words"], told["author"], told["moderation"]) == ("ZZCANARY said", council.ana, None)
    erased = {"is_shown": False, "is_erased": True, "reason": "It named a client."}
    assert council.board.done(f"/comments/{comment}/moderate", erased) == erased
    [told] = council.reader.told(f"/proposals/{id}/comments")["data"]
    assert (told["words"], told["moderation"]) == (None, erased)
    assert council.office.person("usr_auditor").told("/verify")["ok"] is True


def test_members_declare_their_own_interests_for_all_to_see(council: Council) -> None:
    id = council.published()
    own = {"statement": "I own the vendor.", "is_recused": True}
    council.own(council.ana).done(f"/members/{council.ana}/conflicts/{id}", own)
    assert council.reader.told(f"/proposals/{id}/conflicts")["data"] == [own | {"member": council.ana}]


def test_members_stand_for_election_and_stand_down(council: Council) -> None:
    motion = {"kind": "seat_directors", "seats": [council.seat]}
    id = council.published(kind="ELECTION", motions=[motion])
    for member, words in ((council.ana, "I listen."), (council.bo, "I count.")):
        council.own(member).done(f"/members/{member}/candidacies/{id}", {"statement": words})
    down = council.own(council.bo).done(f"/members/{council.bo}/candidacies/{id}/withdraw")
    assert down == {"proposal": id, "stands": False}
    told = council.reader.told(f"/proposals/{id}/candidates")["data"]
    assert told == [{"member": council.ana, "statement": "I listen."}]


def test_nobody_proposes_in_another_name(council: Council) -> None:
    bo = council.own(council.bo)
    problem(bo.post(f"/members/{council.ana}/proposals", QUESTION), 404, "not_found")
    assert council.own(council.ana).told(f"/members/{council.ana}/proposals")["data"] == []
