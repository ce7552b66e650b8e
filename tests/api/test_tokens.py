"""Who may come in, when they last did and from where, and how that ends."""

from __future__ import annotations

from datetime import timedelta

from fastapi import FastAPI

from app.people.tokens import Scope
from tests import make
from tests.api.client import Body, Office, problem


def test_when_a_token_was_last_used_and_from_where(service: FastAPI, office: Office) -> None:
    admin, reader = office.person("usr_admin"), office.person("usr_reader", Scope.CAPTABLE_READ)

    def told() -> Body:
        listed: list[Body] = admin.told("/tokens")["data"]
        return next(one for one in listed if one["actor"] == "usr_reader")

    assert (told()["last_used_at"], told()["last_used_from"]) == (None, None)
    problem(reader.get("/tokens"), 403, "scope_missing")  # refused, and used all the same
    assert (told()["last_used_at"], told()["last_used_from"]) == ("2026-03-02T15:30:00Z", "testclient")
    for minutes, noted in ((4, "15:30"), (6, "15:36")):
        at = make.NOW + timedelta(minutes=minutes)
        service.state.service.now = lambda at=at: at
        reader.get("/holders")
        assert told()["last_used_at"] == f"2026-03-02T{noted}:00Z"


def test_a_revoked_token_opens_nothing_and_is_not_used(office: Office) -> None:
    admin, reader = office.person("usr_admin"), office.person("usr_reader", Scope.CAPTABLE_READ)
    token = next(one for one in admin.told("/tokens")["data"] if one["actor"] == "usr_reader")
    admin.done(f"/tokens/{token['id']}/revoke")
    problem(reader.get("/holders"), 401, "token_invalid")
    after = next(one for one in admin.told("/tokens")["data"] if one["actor"] == "usr_reader")
    assert (after["last_used_at"], after["revoked_at"]) == (None, "2026-03-02T15:30:00Z")
    assert not any(secret in str(after) for secret in ("vestry_", "digest"))
