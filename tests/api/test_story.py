"""The main job, from the founder's first entry to a cap table, over HTTP alone."""

from __future__ import annotations

from app.people.tokens import Scope
from tests.api.client import Company, Office, problem


def test_a_founder_reserves_a_pool_and_issues_a_grant_that_someone_else_approved(company: Company) -> None:
    draft = company.draft()
    assert (draft["state"], draft["version"], draft["drafter"]) == ("PENDING_APPROVAL", 1, "usr_steward")
    assert draft["terms"]["quantity"] == "4800"

    refused = company.steward.post(f"/grant-drafts/{draft['id']}/issue")
    problem(refused, 409, "not_approved")
    approval = {"terms_hash": draft["terms_hash"], "resolution_ref": "board:2025-03", "on": "2025-03-10"}
    problem(company.steward.post(f"/grant-drafts/{draft['id']}/approve", approval), 403, "four_eyes")
    approved = company.board.done(f"/grant-drafts/{draft['id']}/approve", approval)
    assert (approved["state"], approved["approver"]) == ("APPROVED", "usr_board")

    grant = company.steward.done(f"/grant-drafts/{draft['id']}/issue", {"authority": "board:2025-03"})
    assert (grant["label"], grant["outstanding"], grant["vested"], grant["unvested"]) == ("ES-1", "4800", "0", "4800")
    assert grant["instalments"][0] == {"date": "2026-03-01", "quantity": "1200", "mark": "scheduled"}
    assert len(grant["instalments"]) == 37
    assert company.steward.told(f"/grant-drafts/{draft['id']}")["state"] == "ISSUED"
    assert company.steward.told(f"/plans/{company.plan['id']}")["available"] == "1495200"

    on_the_cliff = company.steward.told(f"/securities/{grant['id']}", as_of="2026-03-01")
    assert (on_the_cliff["vested"], on_the_cliff["exercisable"]) == ("1200", "1200")
    the_day_before = company.steward.told(f"/securities/{grant['id']}", as_of="2026-02-28")
    assert the_day_before["vested"] == "0"


def test_a_changed_draft_needs_a_new_approval(company: Company) -> None:
    draft = company.approved()
    changed = company.steward.done(f"/grant-drafts/{draft['id']}/versions", company.terms(quantity="6000"))
    assert (changed["version"], changed["state"], changed["approver"]) == (2, "PENDING_APPROVAL", None)
    problem(company.steward.post(f"/grant-drafts/{draft['id']}/issue"), 409, "not_approved")
    stale = {"terms_hash": draft["terms_hash"], "resolution_ref": "board:2025-03", "on": "2025-03-10"}
    problem(company.board.post(f"/grant-drafts/{draft['id']}/approve", stale), 409, "not_approved")
    [listed] = company.steward.told("/grant-drafts")["data"]
    assert listed == changed


def test_the_holder_accepts_and_what_was_accepted_is_not_retracted(company: Company) -> None:
    grant = company.granted()
    accepted = company.steward.done(f"/securities/{grant['id']}/accept", {"on": "2025-03-12"})
    assert [event["kind"] for event in accepted["events"]] == ["ACCEPTED"]
    retraction = {"on": "2025-03-13", "reason": "Wrong person."}
    problem(company.steward.post(f"/securities/{grant['id']}/retract", retraction), 409, "not_allowed_now")
    other = company.granted(label="ES-2")
    retracted = company.steward.done(f"/securities/{other['id']}/retract", retraction)
    assert retracted["outstanding"] == "0"
    assert company.steward.told(f"/plans/{company.plan['id']}")["available"] == "1495200"


def test_a_name_is_shown_only_to_who_may_see_it(office: Office, company: Company) -> None:
    finance = office.person("usr_finance", Scope.CAPTABLE_READ)
    ava = company.ava["id"]
    assert "Ava" not in str(company.ava)
    assert finance.told(f"/holders/{ava}")["name"] is None
    assert finance.told("/holders")["data"][0]["name"] is None
    seen = company.steward.told(f"/holders/{ava}")
    assert (seen["name"], seen["email"]) == ("Ava Okonkwo", "ava@example.org")
    assert seen["engagements"][0]["kind"] == "C1099"
    assert company.steward.told("/holders")["data"][0]["name"] == "Ava Okonkwo"
    company.steward.done(f"/holders/{ava}/identity", {"name": "Ava Reyes", "on": "2026-01-01"})
    assert company.steward.told(f"/holders/{ava}")["name"] == "Ava Reyes"
