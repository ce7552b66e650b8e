"""Writes: done once however often they are asked for, tried without being done, on somebody's authority."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.people import tables
from app.people.tokens import Scope
from tests.api.client import AVA, Company, Office, problem

FUND = {"kind": "ENTITY", "name": "Harbour Fund", "on": "2025-01-01"}


def test_a_repeated_request_is_answered_as_before_and_done_once(company: Company) -> None:
    first = company.steward.post("/holders", FUND, key="harbour")
    again = company.steward.post("/holders", FUND, key="harbour")
    assert (again.status_code, again.content) == (first.status_code, first.content) == (201, first.content)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert len(company.steward.told("/holders")["data"]) == 2


def test_a_write_without_a_key_is_refused_and_a_dry_run_needs_none(company: Company) -> None:
    steward = company.steward
    for asked in ({}, {"dry_run": "false"}):
        refused = steward.http.post("/v1/holders", json=FUND, params=asked, headers=steward.headers)
        told = problem(refused, 400, "idempotency_key_missing")
        assert told["errors"] == [{"parameter": "Idempotency-Key", "detail": told["detail"]}]
    tried = steward.http.post("/v1/holders", json=FUND, params={"dry_run": "true"}, headers=steward.headers)
    assert (tried.status_code, tried.json()["dry_run"]) == (201, True)
    assert len(steward.told("/holders")["data"]) == 1
    steward.post("/holders", FUND, key="one")
    steward.post("/holders", FUND, key="another")
    assert len(steward.told("/holders")["data"]) == 3


def test_a_key_is_for_one_request(company: Company) -> None:
    company.steward.post("/holders", FUND, key="harbour")
    problem(company.steward.post("/holders", FUND | {"name": "Other"}, key="harbour"), 422, "idempotency_key_reused")
    told = company.steward.post("/share-classes", FUND, key="harbour")
    assert told.status_code == 422
    problem(company.steward.post(f"/holders/{company.ava['id']}/identity", FUND, key="x"), 422, "invalid")


def test_keys_of_two_tokens_never_meet(company: Company) -> None:
    first = company.steward.post("/holders", FUND, key="harbour").json()
    other = company.board.post("/holders", FUND, key="harbour").json()
    assert first["data"]["id"] != other["data"]["id"]


def test_a_refused_request_may_be_repeated_once_it_is_right(company: Company) -> None:
    terms = {"quantity": "1500001"}
    draft = company.approved(**terms)
    path = f"/grant-drafts/{draft['id']}/issue"
    problem(company.steward.post(path, key="issue"), 409, "pool_exhausted")
    company.steward.done(f"/plans/{company.plan['id']}/adjustments", {"change": "1", "on": "2024-01-10"})
    done = company.steward.post(path, key="issue")
    assert done.status_code == 201
    assert company.steward.post(path, key="issue").content == done.content


def test_a_key_is_one_word(office: Office) -> None:
    steward = office.person("usr_steward")
    for key in ("two words", "x" * 256, "ü"):
        headers = [(b"Authorization", steward.headers["Authorization"].encode()), (b"Idempotency-Key", key.encode())]
        response = office.http.post("/v1/holders", json=FUND, headers=headers)
        assert problem(response, 422, "invalid")["errors"][0]["parameter"] == "Idempotency-Key"


def test_neither_the_key_nor_a_name_is_kept_for_repetition(company: Company, engine: Engine) -> None:
    company.steward.post("/holders", AVA, key="ava-2025")
    with Session(engine) as db:
        rows = db.execute(select(tables.idempotency)).all()
    assert len(rows) > 5
    assert "ava-2025" not in str(rows)
    assert "Ava" not in str(rows)


def test_a_dry_run_tells_the_result_and_stores_nothing(company: Company, engine: Engine) -> None:
    draft = company.approved()
    path = f"/grant-drafts/{draft['id']}/issue"
    head = company.steward.told("/head")
    with Session(engine) as db:
        kept = db.execute(select(tables.idempotency)).all()
    tried = company.steward.post(path, key="k", dry_run="true")
    assert tried.status_code == 201
    receipt = tried.json()
    assert (receipt["dry_run"], receipt["entries"]) == (True, [head["size"]])
    assert receipt["data"]["outstanding"] == "4800"
    assert company.steward.told("/head") == head
    assert company.steward.told(f"/plans/{company.plan['id']}")["available"] == "1500000"
    with Session(engine) as db:
        assert db.execute(select(tables.idempotency)).all() == kept
    done = company.steward.post(path, key="k").json()
    assert (done["dry_run"], done["entries"]) == (False, [head["size"]])


def test_a_dry_run_is_refused_as_the_real_thing_would_be(company: Company) -> None:
    draft = company.approved(quantity="1500001")
    response = company.steward.post(f"/grant-drafts/{draft['id']}/issue", dry_run="true")
    problem(response, 409, "pool_exhausted")


def test_a_dry_run_of_a_holder_leaves_no_name_in_the_vault(company: Company, engine: Engine) -> None:
    company.steward.post("/holders", FUND, dry_run="true")
    with Session(engine) as db:
        assert len(db.execute(select(tables.vault)).all()) == 1


def test_the_receipt_names_the_entries_and_the_entry_who_and_by_what_right(company: Company) -> None:
    made = company.board.post("/holders", FUND | {"authority": "board:2025-01"}).json()
    [n] = made["entries"]
    entry = company.steward.told(f"/entries/{n}")
    assert (entry["actor"], entry["authority"], entry["kind"]) == ("usr_board", "board:2025-01", "holder.added")
    assert (entry["effective_on"], entry["recorded_at"]) == ("2025-01-01", "2026-03-02T15:30:00Z")
    [n] = company.board.post("/holders", FUND).json()["entries"]
    assert company.steward.told(f"/entries/{n}")["authority"] == "role:register:write"


@pytest.mark.parametrize("authority", ["", "a\nb", "x" * 201, 7])
def test_an_authority_is_a_line_of_text(company: Company, authority: object) -> None:
    told = problem(company.steward.post("/holders", FUND | {"authority": authority}), 422, "invalid")
    assert told["errors"][0]["pointer"] == "/authority"


def test_an_administrator_revokes_a_token_and_writes_nothing_in_the_journal(office: Office) -> None:
    admin = office.person("usr_admin", Scope.ADMIN)
    reader = office.person("usr_reader", Scope.JOURNAL_READ)
    found = next(each for each in admin.told("/tokens")["data"] if each["actor"] == "usr_reader")
    assert found["scopes"] == ["journal:read"]
    assert "secret" not in str(found)
    receipt = admin.post(f"/tokens/{found['id']}/revoke").json()
    assert (receipt["entries"], receipt["data"]["revoked_at"]) == ([], "2026-03-02T15:30:00Z")
    problem(reader.get("/head"), 401, "token_invalid")
    problem(admin.post("/tokens/tok_none/revoke"), 404, "not_found")
