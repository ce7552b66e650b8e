"""Whatever goes wrong, the answer has one shape and says where."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pysqlite3.dbapi2 as sqlite
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app import db as db_module
from app import gate
from app import sqlite as sqlite_module
from app.config import Settings
from app.errors import problem_type, problem_types
from app.main import create_app
from app.people.tokens import Scope, create_token, revoke_token
from ledger.errors import Refusal
from tests import make
from tests.api.client import COMMON, Company, Office, problem


def test_nothing_is_told_without_a_token(office: Office) -> None:
    response = office.http.get("/v1/holders")
    problem(response, 401, "token_invalid")
    assert response.headers["www-authenticate"] == 'Bearer realm="vestry"'


def test_no_other_word_opens_the_door(office: Office) -> None:
    for shown in ("", "Bearer", "Bearer vestry_0000", "Basic dXNyOnB3", "bearer  ", "Bearer vestry_\xfc"):
        headers = {b"Authorization": shown.encode("latin-1")}
        problem(office.http.get("/v1/holders", headers=headers), 401, "token_invalid")


def test_an_expired_and_a_revoked_token_open_nothing(service: FastAPI, office: Office) -> None:
    expires = make.NOW + timedelta(days=1)
    reading = [Scope.CAPTABLE_READ]
    token, secret = office.runner.run(
        create_token, make.act(), actor="usr_x", label="x", scopes=reading, expires_at=expires
    )
    headers = {"Authorization": f"Bearer {secret}"}
    assert office.http.get("/v1/holders", headers=headers).status_code == 200
    service.state.service.now = lambda: expires
    assert "expired" in problem(office.http.get("/v1/holders", headers=headers), 401, "token_invalid")["detail"]
    service.state.service.now = lambda: make.NOW
    office.runner.run(revoke_token, token.id, make.NOW)
    assert "revoked" in problem(office.http.get("/v1/holders", headers=headers), 401, "token_invalid")["detail"]


def test_an_address_where_nothing_is(office: Office) -> None:
    for path in ("/v1/nothing", "/nothing", "/v1/holders/", "/docs", "/redoc"):
        problem(office.http.get(path), 404, "no_such_address")


def test_a_method_that_is_not_possible(office: Office) -> None:
    response = office.http.request("DELETE", "/v1/holders")
    problem(response, 405, "method_not_allowed")
    assert response.headers["allow"] == "GET, HEAD, POST"
    assert office.http.request("DELETE", "/v1/securities/x/accept").headers["allow"] == "POST"


def test_an_id_that_no_entry_made(company: Company) -> None:
    told = problem(company.steward.get("/securities/sec_none"), 404, "not_found")
    assert told["errors"] == [{"parameter": "security", "detail": told["detail"]}]
    body = {"holder": "hld_none", "class_id": company.common["id"], "quantity": "1", "on": "2025-03-10"}
    told = problem(company.steward.post("/securities", body), 404, "not_found")
    assert told["errors"] == [{"pointer": "/holder", "detail": told["detail"]}]


def test_a_body_that_is_no_json(office: Office) -> None:
    headers = office.person("usr_steward").writing | {"Content-Type": "application/json"}
    for body in (b"{", b"nul", b"\xff\xfe", b'{"a":1}{'):
        problem(office.http.post("/v1/share-classes", content=body, headers=headers), 400, "malformed")
    problem(office.http.post("/v1/share-classes", content=b"", headers=headers), 422, "invalid")


def test_a_body_that_does_not_say_it_is_json(office: Office) -> None:
    steward = office.person("usr_steward")
    for media_type in ("text/plain", "application/x-www-form-urlencoded", "application/octet-stream"):
        headers = steward.writing | {"Content-Type": media_type}
        response = office.http.post("/v1/share-classes", content=b'{"name": "Common"}', headers=headers)
        problem(response, 415, "media_type_unsupported")


def test_a_body_nested_too_deep_is_refused_and_not_followed(company: Company) -> None:
    deep = b'{"a":' * 5_000 + b"1" + b"}" * 5_000
    headers = company.steward.writing | {"Content-Type": "application/json"}
    problem(company.office.http.post("/v1/grant-drafts", content=deep, headers=headers), 400, "malformed")
    nested: dict[str, object] = {}
    for _ in range(30):
        nested = {"a": nested}
    told = problem(company.steward.post("/grant-drafts", company.terms(vesting=nested)), 422, "invalid")
    assert [part["pointer"] for part in told["errors"]] == ["/vesting"]


def test_a_body_that_is_too_large_whether_it_says_so_or_not(office: Office) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(gate.MOST_BODY_BYTES // 65_536 + 1):
            yield b" " * 65_536

    headers = office.person("usr_steward").writing | {"Content-Type": "application/json"}
    for content in (b" " * (gate.MOST_BODY_BYTES + 1), pieces()):
        problem(office.http.post("/v1/issuer", content=content, headers=headers), 413, "body_too_large")
    problem(office.http.post("/v1/issuer", content=b" " * gate.MOST_BODY_BYTES, headers=headers), 400, "malformed")


def test_every_wrong_field_is_pointed_at(office: Office) -> None:
    body = COMMON | {"authorised": 10_000_000, "kind": "GOLD", "extra": True, "on": "2023-13-05"}
    del body["name"]
    told = problem(office.person("usr_steward").post("/share-classes", body), 422, "invalid")
    assert {part["pointer"] for part in told["errors"]} == {"/authorised", "/kind", "/extra", "/on", "/name"}


def test_a_wrong_field_inside_another_is_pointed_at(company: Company) -> None:
    price = {"amount": "0.62", "currency": "usd"}
    told = problem(company.steward.post("/grant-drafts", company.terms(price=price)), 422, "invalid")
    assert [part["pointer"] for part in told["errors"]] == ["/price/currency"]


def test_a_refusal_points_at_the_field_it_is_about(company: Company) -> None:
    told = problem(company.steward.post("/share-classes", COMMON), 409, "already_exists")
    assert told["errors"] == [{"pointer": "/name", "detail": told["detail"]}]
    told = problem(
        company.steward.post("/grant-drafts", company.terms(grant_date="2025-03-04")), 422, "dates_out_of_order"
    )
    assert told["errors"][0]["pointer"] == "/grant_date"


def test_a_mistyped_parameter_is_refused_and_nothing_done(company: Company) -> None:
    response = company.steward.post("/holders", {"kind": "ENTITY", "name": "Fund", "on": "2025-01-01"}, dryrun="true")
    told = problem(response, 422, "invalid")
    assert told["errors"][0]["parameter"] == "dryrun"
    assert len(company.steward.told("/holders")["data"]) == 1


def test_a_dry_run_has_two_spellings(company: Company) -> None:
    body = {"kind": "ENTITY", "name": "Fund", "on": "2025-01-01"}
    for value in ("1", "yes", "TRUE", ""):
        told = problem(company.steward.post("/holders", body, dry_run=value), 422, "invalid")
        assert told["errors"][0]["parameter"] == "dry_run"


def test_a_line_of_text_is_one(office: Office) -> None:
    steward = office.person("usr_steward")
    for name in ("a\x00b", "a\nb", "", "x" * 201, 7, None, "\ud800"):
        body = {"kind": "ENTITY", "name": name, "on": "2025-01-01"}
        assert problem(steward.post("/holders", body), 422, "invalid")["errors"][0]["pointer"] == "/name"


def test_vesting_terms_are_exact_json_that_means_something(company: Company) -> None:
    for terms in ({"months": 4.5}, {"months": 2**53}, {"a\x00": 1}, {"a": "\x00"}, {"a": "\ud800"}, [1], 5, "x", {}):
        response = company.steward.post("/grant-drafts", company.terms(vesting=terms))
        assert response.status_code == 422, response.text
        assert response.json()["errors"][0]["pointer"] == "/vesting"


def test_a_day_has_one_spelling(office: Office) -> None:
    steward = office.person("usr_steward")
    for day in ("2025-02-30", "20250210", "2025-W07-1", "1899-12-31", "2200-01-01", 1739145600, None):
        body = {"kind": "ENTITY", "name": "Fund", "on": day}
        assert problem(steward.post("/holders", body), 422, "invalid")["errors"][0]["pointer"] == "/on"


def test_a_bug_is_told_as_one_and_gives_nothing_away(service: FastAPI, office: Office) -> None:
    @service.get("/v1/broken")
    async def broken() -> None:
        raise ZeroDivisionError("the secret inside")

    response = office.http.get("/v1/broken")
    problem(response, 500, "internal")
    assert "secret" not in response.text


def test_a_busy_record_asks_to_come_back(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_module, "BUSY_TIMEOUT_MS", 1)
    monkeypatch.setattr(db_module, "PAUSES_SECONDS", (0.001,))
    engine = db_module.make_engine(sqlite_url)
    app = create_app(Settings(database_url=sqlite_url))
    with TestClient(app) as http:
        steward = Office(http, db_module.Runner(engine)).person("usr_steward")
        rival = sqlite.connect(engine.url.database)
        rival.execute("BEGIN IMMEDIATE")
        response = steward.post("/holders", {"kind": "ENTITY", "name": "Fund", "on": "2025-01-01"})
        problem(response, 503, "unavailable")
        assert response.headers["retry-after"] == "1"
        rival.rollback()
        rival.close()
        assert steward.post("/holders", {"kind": "ENTITY", "name": "Fund", "on": "2025-01-01"}).status_code == 201
    engine.dispose()


def test_no_answer_is_kept_on_the_way(office: Office) -> None:
    for path in ("/healthz", "/v1/holders", "/v1/nothing"):
        headers = office.http.get(path).headers
        assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")


def test_every_answer_has_an_id_of_its_own(office: Office) -> None:
    ids = {office.http.get(path).headers["x-request-id"] for path in ("/healthz", "/healthz", "/v1/nothing")}
    assert len(ids) == 3
    assert all(id.startswith("req_") for id in ids)


def test_every_refusal_has_a_status_and_an_explanation(office: Office) -> None:
    listed = office.http.get("/problems").json()
    assert {kind["code"] for kind in listed} == {kind.code for kind in problem_types()}
    for kind in listed:
        assert kind["remedy"]
        assert kind["example"]["code"] == kind["code"]
        # pages and machines read the same words
    one = office.http.get("/problems/pool-exhausted")
    assert one.json() == next(kind for kind in listed if kind["code"] == "pool_exhausted")
    waiting: list[type[Refusal]] = [Refusal]
    while waiting:
        refusal = waiting.pop()
        waiting += refusal.__subclasses__()
        # a package's root is never raised itself
        if not refusal.__subclasses__() and not refusal.__module__.startswith("tests"):
            assert 400 <= problem_type(refusal).status <= 503
    problem(office.http.get("/problems/none"), 404, "no_such_address")


def test_a_browser_is_led_to_a_page_that_says_what_to_do(office: Office) -> None:
    page = office.http.get("/problems/pool-exhausted", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (page.status_code, page.url.path) == (200, "/help/problems/pool-exhausted")
    for said in ("or enlarge the plan", "<code>detail</code>", "pool_exhausted", "4,600 units available"):
        assert said in page.text
    assert office.http.get("/help/problems/none").status_code == 404


def test_the_service_says_what_it_is(office: Office) -> None:
    told = office.http.get("/v1/_info").json()
    assert told.keys() == {"name", "version", "commit", "schema_revision", "database", "features", "head"}
    assert told["features"]["mail"] is False
