"""What is a provider's own: nobody else sees or does it, and tries are noted; statements, disputes and closes."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.people import tables
from app.people.tokens import Scope
from tests.api.client import Body, Person, problem
from tests.api.practice import JULY, POLICY, Practice, session, week

READS = ["sessions", "thresholds", "leaves", "disputes", f"statements/{JULY}"]
WRITES = [
    ("thresholds", {"day": 5}),
    (f"statements/{JULY}/attest", None),
    (f"statements/{JULY}/disputes", {"about": "MISSING", "minutes": 10}),
    ("disputes/dsp_1/appeal", None),
]


def attempts(practice: Practice) -> list[tuple[str, str, int]]:
    """Who tried what was somebody else's: actor, operation, what was answered."""
    told = practice.office.person("usr_auditor", Scope.AUDIT_READ).told("/access-log")
    return [(one["actor"], one["operation"], one["status"]) for one in told["data"]]


@pytest.mark.parametrize("path", READS)
def test_a_provider_sees_their_own_and_another_learns_nothing(practice: Practice, path: str) -> None:
    """Scenario 75."""
    practice.handed_in(*week(practice.ana, [2, 3]))
    assert practice.own(practice.ana).get(f"/providers/{practice.ana}/{path}").status_code == 200
    told = problem(practice.own(practice.ben).get(f"/providers/{practice.ana}/{path}"), 404, "not_found")
    nobody = problem(practice.own(practice.ben).get(f"/providers/hld_none/{path}"), 404, "not_found")
    assert told["detail"].replace(practice.ana, "hld_none") == nobody["detail"]
    [(actor, _, status)] = attempts(practice)
    assert (actor, status) == (practice.ben, 404)


@pytest.mark.parametrize("path", READS)
def test_whoever_runs_the_cooperative_is_refused_and_it_is_noted(practice: Practice, path: str) -> None:
    """Scenario 43."""
    told = problem(practice.steward.get(f"/providers/{practice.ana}/{path}"), 403, "scope_missing")
    assert "sessions:own" in told["detail"]
    all_scopes = practice.office.person("usr_founder")
    problem(all_scopes.get(f"/providers/{practice.ana}/{path}"), 403, "not_yours")
    noted = {(actor, status) for actor, _, status in attempts(practice)}
    assert noted == {("usr_steward", 403), ("usr_founder", 403)}


@pytest.mark.parametrize(("path", "body"), WRITES)
def test_nobody_acts_for_a_provider(practice: Practice, path: str, body: Body | None) -> None:
    for person, status, code in (
        (practice.own(practice.ben), 404, "not_found"),
        (practice.steward, 403, "scope_missing"),
        (practice.office.person("usr_founder"), 403, "not_yours"),
    ):
        problem(person.post(f"/providers/{practice.ana}/{path}", body), status, code)
    assert len(attempts(practice)) == 3


def test_nothing_is_noted_of_what_is_nobodys_or_ones_own(practice: Practice, engine: Engine) -> None:
    problem(practice.steward.get("/providers/Jane Doe/sessions"), 403, "scope_missing")
    without = practice.office.person(practice.ana, Scope.POLICIES_READ)
    problem(without.get(f"/providers/{practice.ana}/sessions"), 403, "scope_missing")
    problem(practice.office.person("usr_auditor", Scope.JOURNAL_READ).get("/access-log"), 403, "scope_missing")
    with Session(engine) as db:
        assert db.execute(select(func.count()).select_from(tables.access_log)).scalar_one() == 0


def test_the_list_of_attempts_is_never_changed(practice: Practice, engine: Engine) -> None:
    practice.steward.get(f"/providers/{practice.ana}/sessions")
    with engine.connect() as connection, pytest.raises(Exception, match="only ever added to"):
        connection.execute(tables.access_log.delete())
    auditor = practice.office.person("usr_auditor", Scope.AUDIT_READ)
    told = auditor.told("/access-log")
    [only] = told["data"]
    assert (only["subject"], only["at"]) == (practice.ana, "2026-03-02T15:30:00Z")
    assert (told["next"], told["has_more"]) == (None, False)
    practice.steward.get(f"/providers/{practice.ana}/sessions")
    first = auditor.get("/access-log", limit=1)
    rest = auditor.told("/access-log", cursor=first.json()["next"])
    assert [len(first.json()["data"]), len(rest["data"]), rest["has_more"]] == [1, 1, False]
    assert f'cursor={first.json()["next"]}>; rel="next"' in first.headers["link"]


def test_a_threshold_counts_from_next_monday_under_the_ceiling(practice: Practice) -> None:
    """Scenarios 37 and 38; 2 March 2026 is a Monday."""
    own, path = practice.own(practice.ana), f"/providers/{practice.ana}/thresholds"
    assert own.done(path, {"day": 5, "week": 20}) == {"from_week": "2026-03-09", "day": 5, "week": 20}
    ceiling = POLICY | {"passed_on": "2026-03-01", "effective_from": "2026-03-09", "ceiling_week": 22}
    practice.finance.done("/credit-policies", ceiling)
    problem(own.post(path, {"week": 23}), 409, "above_ceiling")
    own.done(path, {"week": 22})
    assert [one["week"] for one in own.told(path)["data"]] == [20, 22]


def test_a_policy_is_never_retroactive_but_for_the_first(practice: Practice) -> None:
    late = POLICY | {"passed_on": "2025-12-01", "effective_from": "2026-01-05"}
    problem(practice.finance.post("/credit-policies", late), 422, "dates_out_of_order")
    listed = practice.own(practice.ana).told("/credit-policies")["data"]
    assert [(one["resolution"], one["ceiling_week"]) for one in listed] == [("members:2023-12", None)]
    odd = POLICY | {"passed_on": "2026-03-01", "effective_from": "2026-03-16", "no_show_factor": "1/3"}
    problem(practice.finance.post("/credit-policies", odd), 422, "policy_invalid")
    problem(practice.finance.post("/credit-policies", odd | {"no_show_factor": 0.5}), 422, "invalid")


def test_a_statement_tells_what_counts_and_is_attested_once(practice: Practice) -> None:
    practice.handed_in(*week(practice.ana, [7, 8, 7, 6, 4]))
    own, path = practice.own(practice.ana), f"/providers/{practice.ana}/statements/{JULY}"
    told = own.told(path)
    assert (told["sessions"], told["minutes"], told["credited_minutes"]) == (32, 1_600, 1_600)
    assert (told["state"], told["due_by"]) == ("UNATTESTED", "2025-08-20")
    assert [(one["week"], one["credited_sessions"]) for one in told["weeks"]] == [("2025-07-07", "32")]
    assert own.done(f"{path}/attest")["state"] == "ATTESTED"
    problem(own.post(f"{path}/attest"), 409, "already_attested")
    practice.handed_in(*week(practice.ana, [0, 0, 0, 0, 0, 2]))
    assert own.told(path, known_at=told["known_at"])["sessions"] == 32
    assert own.told(path)["sessions"] == 34


def disputed(practice: Practice, minutes: int = 300) -> tuple[Person, str]:
    """A dispute of Ana's about July."""
    own = practice.own(practice.ana)
    opened = own.done(f"/providers/{practice.ana}/statements/{JULY}/disputes", {"about": "MISSING", "minutes": minutes})
    return own, opened["dispute"]


def test_a_dispute_goes_up_to_the_council_without_its_author_being_told(practice: Practice) -> None:
    own, dispute = disputed(practice)
    [case] = practice.steward.told("/disputes", month=JULY)["data"]
    assert (case["dispute"], case["about"], case["state"]) == (dispute, "MISSING", "OPEN")
    assert practice.ana not in str(case)
    review = f"/disputes/{dispute}/review"
    practice.steward.done(review, {"to": "IN_REVIEW"})
    problem(practice.steward.post(review, {"to": "REJECTED"}), 422, "invalid")
    rejected = practice.steward.done(review, {"to": "REJECTED", "finding": "RECORD_RIGHT"})
    assert (rejected["state"], rejected["finding"]) == ("REJECTED", "RECORD_RIGHT")
    appeal = f"/providers/{practice.ana}/disputes/{dispute}/appeal"
    assert own.done(appeal)["state"] == "APPEALED"
    others = practice.own(practice.ben)
    problem(others.post(f"/providers/{practice.ben}/disputes/{dispute}/appeal"), 404, "not_found")
    decide, word = f"/disputes/{dispute}/council", {"to": "COUNCIL_ACCEPTED", "finding": "RECORD_WRONG"}
    problem(practice.steward.post(decide, word), 403, "four_eyes")
    council = practice.office.person("usr_council", Scope.DISPUTES_COUNCIL)
    assert council.told(f"/disputes/{dispute}")["provider"] == practice.ana
    assert council.done(decide, word)["state"] == "COUNCIL_ACCEPTED"
    assert own.told(f"/providers/{practice.ana}/disputes")["data"][0]["state"] == "COUNCIL_ACCEPTED"
    problem(practice.steward.post(review, {"to": "IN_REVIEW"}), 409, "step_refused")


def test_a_month_closes_over_a_dispute_only_with_enough_held_back_and_by_two(practice: Practice) -> None:
    """Scenario 42."""
    practice.handed_in(session(practice.ana, "2025-07-07T09:00"))
    disputed(practice)
    told = practice.finance.told(f"/periods/{JULY}")
    assert (told["open_disputes"], told["disputed_minutes"], told["close"]) == (1, 300, None)
    assert (told["first_day"], told["last_day"]) == ("2025-06-30", "2025-08-03")
    ask = f"/periods/{JULY}/close-requests"
    for body in ({}, {"holdback_minutes": 299}):
        problem(practice.finance.post(ask, body), 409, "disputes_open")
    asked = practice.finance.done(ask, {"holdback_minutes": 300})
    approve = f"/close-requests/{asked['request']}/approve"
    problem(practice.finance.post(approve), 403, "four_eyes")
    closed = practice.board.done(approve)
    assert (closed["requester"], closed["approver"], closed["holdback_minutes"]) == ("usr_finance", "usr_board", 300)
    problem(practice.board.post(approve), 409, "already_exists")
    problem(practice.finance.post("/periods/2026-03/close-requests", {}), 409, "not_allowed_now")
    own = practice.own(practice.ana)
    problem(own.post(f"/providers/{practice.ana}/statements/{JULY}/attest"), 409, "step_refused")
    problem(practice.finance.get("/periods/2025-13"), 422, "invalid")


def test_late_sessions_are_posted_to_the_current_month(practice: Practice) -> None:
    """Scenario 39."""
    own = practice.own(practice.ana)
    practice.handed_in(*week(practice.ana, [4, 4, 4, 3, 3]))
    practice.closed()
    practice.handed_in(*week(practice.ana, [0, 0, 0, 0, 0, 4]))
    rows = own.told(f"/providers/{practice.ana}/sessions", first="2025-07-01", last="2025-07-31")["data"]
    assert [row["month"] for row in rows] == [JULY] * 5 + ["2026-03"]


def test_leave_is_recorded_by_the_office_and_seen_by_the_provider(practice: Practice) -> None:
    leave = {"first_day": "2025-07-07", "last_day": "2025-09-28"}
    path = f"/providers/{practice.ana}/leaves"
    practice.finance.done(path, leave)
    problem(practice.finance.post(path, leave), 409, "conflict")
    problem(
        practice.finance.post(path, {"first_day": "2025-10-02", "last_day": "2025-10-01"}), 422, "dates_out_of_order"
    )
    [seen] = practice.own(practice.ana).told(path)["data"]
    assert date.fromisoformat(seen["first_day"]) == date(2025, 7, 7)


def test_nobody_records_council_service_of_their_own(practice: Practice) -> None:
    path, served = f"/providers/{practice.ana}/council-service", {"day": "2025-07-09", "minutes": 90}
    assert practice.finance.done(path, served) == {"week": "2025-07-07", "minutes": 90}
    herself = practice.office.person(practice.ana, Scope.SESSIONS_WRITE)
    problem(herself.post(path, served), 403, "four_eyes")
