"""Two at once: over HTTP, in one process and in two, exactly one of two grants of 200 comes out of 300."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient, Response

from app.config import Settings
from app.main import create_app
from tests.api.client import Company, Person, problem


async def _ask(apps: list[FastAPI], person: Person, paths: list[str], key: str | None) -> list[Response]:
    clients = [AsyncClient(transport=ASGITransport(app), base_url="http://vestry") for app in apps]
    same = {"Idempotency-Key": key} if key else {}
    asked = [
        client.post(f"/v1{path}", headers=person.writing | same) for client, path in zip(clients, paths, strict=True)
    ]
    answers = await asyncio.gather(*asked)
    for client in clients:
        await client.aclose()
    for app in apps:
        await app.state.service.close()
    return list(answers)


def at_once(
    services: Callable[[], FastAPI], person: Person, paths: list[str], *, processes: int, key: str | None = None
) -> list[Response]:
    """Send one request to each path at the same time, to one service or to as many as there are paths."""
    apps = [services() for _ in range(processes)]
    return asyncio.run(_ask(apps * (len(paths) // processes), person, paths, key))


@pytest.fixture
def services(database_url: str) -> Callable[[], FastAPI]:
    """Return what starts another service on the same database."""
    return lambda: create_app(Settings(database_url=database_url))


@pytest.mark.parametrize("processes", [1, 2])
def test_of_two_grants_of_200_from_300_exactly_one_succeeds(
    company: Company, services: Callable[[], FastAPI], processes: int
) -> None:
    plan = company.steward.done(
        "/plans", {"name": "Small", "class_id": company.common["id"], "reserved": "300", "on": "2024-01-10"}
    )
    drafts = [company.approved(label=label, plan_id=plan["id"], quantity="200") for label in ("ES-1", "ES-2")]
    paths = [f"/grant-drafts/{draft['id']}/issue" for draft in drafts]
    won, lost = sorted(
        at_once(services, company.steward, paths, processes=processes), key=lambda answer: answer.status_code
    )
    assert won.status_code == 201
    told = problem(lost, 409, "pool_exhausted")
    assert "100 units available" in told["detail"]
    assert company.steward.told(f"/plans/{plan['id']}")["available"] == "100"
    assert company.steward.told("/verify")["ok"] is True


@pytest.mark.parametrize("processes", [1, 2])
def test_one_request_sent_many_times_at_once_is_done_once(
    company: Company, services: Callable[[], FastAPI], processes: int
) -> None:
    draft = company.approved()
    path = f"/grant-drafts/{draft['id']}/issue"
    answers = at_once(services, company.steward, [path] * 6, processes=processes, key="once")
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 5
    assert len(company.steward.told("/entries", kind="grant.issued")["data"]) == 1


def test_many_writers_at_once_leave_no_gap_and_no_lost_write(company: Company, services: Callable[[], FastAPI]) -> None:
    before = company.steward.told("/head")["size"]
    drafts = [company.approved(label=f"ES-{n}", quantity="10") for n in range(1, 13)]
    answers = at_once(
        services, company.steward, [f"/grant-drafts/{draft['id']}/issue" for draft in drafts], processes=2
    )
    assert {answer.status_code for answer in answers} == {201}
    numbers = sorted(n for answer in answers for n in answer.json()["entries"])
    assert numbers == list(range(before + 24, before + 36))
    assert company.steward.told("/verify")["ok"] is True
