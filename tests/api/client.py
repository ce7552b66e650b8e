"""Someone with a token, and short words for what they do over HTTP."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient

from app.db import Runner
from app.people.tokens import Scope, create_token
from tests import make

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who calls the API with a token of their own."""

    http: TestClient
    headers: dict[str, str]

    @property
    def writing(self) -> dict[str, str]:
        """The headers of one more write, under a key of its own."""
        return self.headers | {"Idempotency-Key": str(uuid.uuid4())}

    def get(self, path: str, **parameters: Any) -> Response:
        """Read something."""
        return self.http.get(f"/v1{path}", params=parameters, headers=self.headers)

    def post(self, path: str, body: Body | None = None, key: str | None = None, **parameters: Any) -> Response:
        """Ask for something to be done; under a key of its own, where none is given."""
        headers = self.writing | ({"Idempotency-Key": key} if key else {})
        content = None if body is None else json.dumps(body).encode()
        headers |= {"Content-Type": "application/json"}
        return self.http.post(f"/v1{path}", content=content, params=parameters, headers=headers)

    def told(self, path: str, **parameters: Any) -> Body:
        """Read something that is there."""
        response = self.get(path, **parameters)
        assert response.status_code == 200, response.text
        told: Body = response.json()
        return told

    def done(self, path: str, body: Body | None = None) -> Body:
        """Have something done that is allowed, and return what was made."""
        response = self.post(path, body)
        assert response.status_code == 201, response.text
        made: Body = response.json()["data"]
        return made


@dataclass(frozen=True, slots=True)
class Office:
    """The service under test, and the people who use it."""

    http: TestClient
    runner: Runner

    def person(self, actor: str, *scopes: Scope) -> Person:
        """Return someone with a token for ``scopes``; for all of them when none is named."""
        made = self.runner.run(create_token, make.act(), actor=actor, label="test", scopes=scopes or list(Scope))
        return Person(self.http, {"Authorization": f"Bearer {made[1]}"})


def problem(response: Response, status: int, code: str) -> Body:
    """Return the problem that a response tells, after checking that it is one."""
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    told: Body = response.json()
    assert (told["status"], told["code"]) == (status, code), told
    assert told["type"] == f"/problems/{code.replace('_', '-')}"
    assert told["instance"] == response.request.url.path
    assert told["request_id"] == response.headers["x-request-id"]
    assert told["title"]
    assert told["detail"]
    return told


class Company:
    """A company at its beginning: common stock, a provider plan, a valuation, and one provider."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.steward = office.person("usr_steward")
        self.board = office.person("usr_board")
        done = self.steward.done
        self.issuer = done("/issuer", ISSUER)
        self.common = done("/share-classes", COMMON)
        self.plan = done("/plans", PLAN | {"class_id": self.common["id"]})
        self.valuation = done("/valuations", VALUATION | {"class_id": self.common["id"]})
        self.ava = done("/holders", AVA)
        done(f"/holders/{self.ava['id']}/engagements", ENGAGEMENT)

    def terms(self, **changes: Any) -> Body:
        """Return the terms of an option for the provider."""
        return TERMS | {"holder": self.ava["id"], "plan_id": self.plan["id"]} | changes

    def draft(self, **changes: Any) -> Body:
        """Have the steward draft a grant."""
        return self.steward.done("/grant-drafts", self.terms(**changes))

    def approved(self, **changes: Any) -> Body:
        """Have the steward draft a grant and the board approve it."""
        draft = self.draft(**changes)
        approval = {"terms_hash": draft["terms_hash"], "resolution_ref": "board:2025-03", "on": "2025-03-10"}
        return self.board.done(f"/grant-drafts/{draft['id']}/approve", approval)

    def granted(self, **changes: Any) -> Body:
        """Have a grant drafted, approved and issued."""
        return self.steward.done(f"/grant-drafts/{self.approved(**changes)['id']}/issue")

    def holder(self, name: str = "Ben Adeyemi", kind: str = "INDIVIDUAL") -> str:
        """Add another holder, engaged as a contractor, and return their id."""
        made = self.steward.done("/holders", AVA | {"name": name, "kind": kind})
        self.steward.done(f"/holders/{made['id']}/engagements", ENGAGEMENT)
        return str(made["id"])

    def shares(self, **changes: Any) -> Body:
        """Issue a thousand common shares to the provider."""
        body = {"holder": self.ava["id"], "class_id": self.common["id"], "quantity": "1000", "on": "2025-03-10"}
        return self.steward.done("/securities", body | changes)


ISSUER: Body = {
    "legal_name": "Lanternleaf Care Cooperative",
    "kind": "COOP",
    "time_zone": "America/New_York",
    "currency": "USD",
    "on": "2023-01-05",
}
COMMON: Body = {"name": "Common", "kind": "COMMON", "prefix": "CS-", "authorised": "10000000", "on": "2023-01-05"}
PLAN: Body = {"name": "Provider plan", "reserved": "1500000", "on": "2024-01-10"}
VALUATION: Body = {"price": {"amount": "0.62", "currency": "USD"}, "on": "2025-03-10", "expires_on": "2026-03-09"}
AVA: Body = {
    "kind": "INDIVIDUAL",
    "name": "Ava Okonkwo",
    "email": "ava@example.org",
    "licensed": True,
    "on": "2024-01-15",
}
ENGAGEMENT: Body = {"kind": "C1099", "shown_as": "provider", "starts_on": "2024-01-15"}
TERMS: Body = {
    "label": "ES-1",
    "award_type": "OPTION_NSO",
    "quantity": "4800",
    "grant_date": "2025-03-10",
    "board_approved_on": "2025-03-05",
    "resolution_ref": "board:2025-03",
    "price": {"amount": "0.62", "currency": "USD"},
    "vesting": {"months": 48, "cliff_months": 12, "every_months": 1},
    "vesting_start": "2025-03-01",
    "exemption": "RULE_701",
    "on": "2025-03-10",
}
