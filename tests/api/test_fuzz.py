"""Whatever the description allows, and whatever it forbids, is answered as it says, and never with a fault of ours."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode

from app.api import beside
from tests.api.client import Company

EXAMPLES = int(os.environ.get("VESTRY_TEST_FUZZ_EXAMPLES", "3"))
"""For each operation, as described or otherwise; more of them are for a run by hand."""

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


def aimed(ids: dict[str, list[str]]) -> Callable[[tuple[Case[Any], int]], Case[Any]]:
    """Return what lets a request refer to things that are on record, so that it gets further than 404."""

    def aim(drawn: tuple[Case[Any], int]) -> Case[Any]:
        case, number = drawn
        for place in (case.path_parameters, case.body):
            if isinstance(place, dict):
                for name in place.keys() & ids.keys():
                    place[name] = ids[name][number % len(ids[name])]
        if number:
            # no tag that is thought up fits: most requests are to get further than 412
            case.headers.pop("If-Match", None)
        return case

    return aim


def test_nothing_breaks_it(service: FastAPI, company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    # nobody carries out jobs here, so there is nothing to wait for
    monkeypatch.setattr(beside, "MOST_WAIT_SECONDS", 0)
    ids = ids_of(company)
    schema = schemathesis.openapi.from_asgi("/v1/openapi.json", service, config=schemathesis.Config.from_dict(CONFIG))
    operations = [
        schema[path][method.upper()] for path, methods in schema.raw_schema["paths"].items() for method in methods
    ]
    assert len(operations) > 70
    for operation in operations:
        described = st.tuples(operation.as_strategy(generation_mode=GenerationMode.POSITIVE), st.integers(0, 3))
        otherwise = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

        @settings(
            max_examples=EXAMPLES,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(described.map(aimed(ids)) | otherwise)
        def answered(case: Case[Any]) -> None:
            case.call_and_validate(headers=company.steward.headers)

        answered()
    assert company.steward.told("/verify")["ok"] is True
