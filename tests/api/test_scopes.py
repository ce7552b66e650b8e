"""Each route asks for exactly one scope, and no other scope opens it; jobs are followed with one of some."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from app.api import published
from app.people.tokens import MEANING, Scope
from tests.api.client import Office, problem
from tests.api.practice import Practice

OPEN = {"/healthz", "/v1/_info", "/problems", "/problems/{kind}"}


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    """Yield method, path and scopes of every operation that needs a token."""
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            if path not in OPEN:
                scopes = [scope for needed in operation["security"] for scope in needed["token"]]
                yield method.upper(), re.sub(r"\{\w+\}", "7", path), scopes


def test_every_route_asks_for_one_scope() -> None:
    schema = json.loads(published.FILE.read_bytes())
    asked = [scopes for _, path, scopes in operations(schema) if not path.startswith("/v1/jobs/")]
    assert len(asked) > 60
    assert all(len(scopes) == 1 for scopes in asked)
    assert {scope for [scope] in asked} == set(Scope) - {Scope.PEOPLE_READ}


def test_every_scope_says_what_it_is_for() -> None:
    assert set(MEANING) == set(Scope)


def test_no_route_opens_without_a_token_or_with_every_other_scope(office: Office) -> None:
    schema = office.http.get("/v1/openapi.json").json()
    asked = {tuple(scopes) for _, _, scopes in operations(schema)}
    lacking = {scopes: office.person("usr_x", *(set(Scope) - set(scopes))) for scopes in sorted(asked)}
    for method, path, scopes in operations(schema):
        body: dict[str, str] | None = {} if method == "POST" else None
        problem(office.http.request(method, path, json=body), 401, "token_invalid")
        headers = lacking[tuple(scopes)].headers
        told = problem(office.http.request(method, path, json=body, headers=headers), 403, "scope_missing")
        assert " or ".join(scopes) in told["detail"]


def test_what_is_open_needs_no_token(office: Office) -> None:
    assert office.http.get("/healthz").json() == {"status": "ok"}
    info = office.http.get("/v1/_info").json()
    assert (info["name"], info["head"]["size"]) == ("vestry", 0)
    assert info["schema_revision"]


def test_what_is_somebodys_own_is_nobody_elses(practice: Practice) -> None:
    """Every operation for the person it is about, with the request of its own example, by a peer and by a founder."""
    schema = practice.office.http.get("/v1/openapi.json").json()
    peer, founder = practice.office.person(practice.ben), practice.office.person("usr_founder")
    tried = 0
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            if not any(one.endswith(":own") for needed in operation.get("security", []) for one in needed["token"]):
                continue
            tried += 1
            given = {
                one["name"]: one["schema"]["examples"][0] for one in operation["parameters"] if one["in"] == "path"
            }
            address = path.format(**given | dict.fromkeys(("provider", "member", "holder"), practice.ana))
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("examples", {})
            content = next((one["value"] for one in body.values()), None)
            for person, status, code in ((peer, 404, "not_found"), (founder, 403, "not_yours")):
                problem(
                    practice.office.http.request(method, address, json=content, headers=person.headers), status, code
                )
    assert tried > 30
