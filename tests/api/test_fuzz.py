"""Whatever the description allows, and whatever it forbids, is answered as it says, and never with a fault of ours."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from app.api import beside
from app.config import Settings
from app.db import Runner, make_engine
from app.main import create_app
from tests import make
from tests.api.client import Company, Office

EXAMPLES = int(os.environ.get("VESTRY_TEST_FUZZ_EXAMPLES", "3"))
"""For each operation, as described or otherwise; more of them are for a run by hand."""

KEYS = itertools.count()

# the token is ours; what a schema can't say (dates in order, ids on record, places of a class) is refused with these
MAY_BE = ["400", "401", "403", "404", "409", "412", "422"]
CONFIG = {
    "generation": {"with-security-parameters": False},
    "checks": {
        "positive_data_acceptance": {"expected-statuses": ["2xx", *MAY_BE]},
        # a word that is no tag is none that fits: 412
        "negative_data_rejection": {"expected-statuses": [*MAY_BE, "405", "415"]},
    },
}


@schemathesis.serializer("application/zip")
def as_it_is(_: object, value: object) -> bytes:
    """Send what stands for a package as it is: bytes of chance, or whatever else was thought up."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


def ids_of(company: Company) -> dict[str, list[str]]:
    """Return ids that are on record, by the names under which requests refer to them."""
    grant, shares = company.granted(), company.shares()
    rsu = company.granted(label="RSU-1", award_type="RSU", price=None)
    amount = {"amount": "250000", "currency": "USD"}
    note = {"holder": company.ava["id"], "kind": "SAFE", "amount": amount, "on": "2025-02-10"}
    safe = company.steward.done("/instruments/notes", note)
    ben = company.holder()
    order = {"label": "The EHR", "url": "https://ehr.example.org/vestry"}
    webhook = company.steward.done("/webhooks", order)["webhook"]["id"]
    engagement = company.steward.told(f"/holders/{ben}")["engagements"][0]["id"]
    securities = [grant["id"], shares["id"], rsu["id"], safe["id"]]
    return {
        "holder": [company.ava["id"], ben],
        "to": [company.ava["id"], ben],
        "class_id": [company.common["id"]],
        "plan_id": [company.plan["id"]],
        "draft_id": [company.draft(label="ES-2")["id"], company.approved(label="ES-3")["id"]],
        "security": securities,
        "instrument": securities,
        "engagement_id": [engagement],
        "webhook": [webhook],
        "delivery": [company.steward.done(f"/webhooks/{webhook}/test")["id"]],
        "n": ["0", "5", "9"],
    }


class Service:
    """The service on each of two databases, of which one answers at a time."""

    def __init__(self) -> None:
        """Begin with none."""
        self.answering: FastAPI | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let it answer."""
        assert self.answering is not None
        await self.answering(scope, receive, send)


@contextmanager
def _company(database_url: str) -> Iterator[tuple[FastAPI, Company]]:
    """Yield a company at its beginning, and the service that it is told to."""
    service, engine = create_app(Settings(database_url=database_url)), make_engine(database_url)
    service.state.service.now = lambda: make.NOW
    with TestClient(service, raise_server_exceptions=False) as http:
        yield service, Company(Office(http, Runner(engine)))
    engine.dispose()


def aim(case: Case[Any], number: int, ids: dict[str, list[str]]) -> None:
    """Let a request refer to things that are on record, so that it gets further than 404."""
    for place in (case.path_parameters, case.body):
        if isinstance(place, dict):
            for name in place.keys() & ids.keys():
                place[name] = ids[name][number % len(ids[name])]
    if number:
        # no key that came with another request
        case.headers["Idempotency-Key"] = f"fuzz-{next(KEYS)}"
        # no tag that is thought up fits: most requests are to get further than 412
        case.headers.pop("If-Match", None)


def test_nothing_breaks_it(sqlite_url: str, postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # nobody carries out jobs here, so there is nothing to wait for
    monkeypatch.setattr(beside, "MOST_WAIT_SECONDS", 0)
    # thinking a request up takes ten times as long as answering it, so both databases are asked the same
    with _company(sqlite_url) as one, _company(postgresql_url) as other:
        both = [(service, company, ids_of(company)) for service, company in (one, other)]
        service = Service()
        service.answering = both[0][0]
        schema = schemathesis.openapi.from_asgi(
            "/v1/openapi.json", service, config=schemathesis.Config.from_dict(CONFIG)
        )
        operations = [
            schema[path][method.upper()] for path, methods in schema.raw_schema["paths"].items() for method in methods
        ]
        assert len(operations) > 70
        for operation in operations:
            described = st.tuples(operation.as_strategy(generation_mode=GenerationMode.POSITIVE), st.integers(0, 3))
            otherwise = st.tuples(operation.as_strategy(generation_mode=GenerationMode.NEGATIVE), st.none())

            @settings(
                max_examples=EXAMPLES,
                database=None,
                derandomize=True,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(described | otherwise)
            def answered(drawn: tuple[Case[Any], int | None]) -> None:
                case, number = drawn
                for service.answering, company, ids in both:
                    if number is not None:
                        aim(case, number, ids)
                    elif "Idempotency-Key" not in case.headers:
                        case.query.pop("dry_run", None)  # as a dry run it would be right: that needs no key
                    case.call_and_validate(headers=company.steward.headers)

            answered()
        assert [company.steward.told("/verify")["ok"] for _, company, _ in both] == [True, True]
