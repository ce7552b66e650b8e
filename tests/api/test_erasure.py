"""Erasing a name over HTTP and from a shell (scenario 73)."""

from __future__ import annotations

from sqlalchemy import Engine

from app.cli import exits
from tests.api.client import AVA, ENGAGEMENT, Company, Office, problem
from tests.cli.conftest import Vestry, launcher, vestry

__all__ = ["launcher", "vestry"]

REASON = {"reason": "Asked for it in writing."}


def _long_gone(company: Company) -> str:
    """Somebody who worked here for two years, long ago."""
    steward = company.steward
    holder = str(steward.done("/holders", AVA | {"name": "Noor Haddad", "on": "2012-01-01"})["id"])
    steward.done(f"/holders/{holder}/engagements", ENGAGEMENT | {"starts_on": "2012-01-01"})
    steward.done(f"/holders/{holder}/leave", {"reason": "VOLUNTARY_OTHER", "on": "2014-01-01"})
    return holder


def test_a_name_goes_when_nobody_has_to_know_it_any_more(office: Office, company: Company) -> None:
    holder = _long_gone(company)
    clerk = office.person("usr_clerk")
    told = problem(clerk.post(f"/holders/{company.ava['id']}/erase", REASON), 409, "not_allowed_now")
    assert "is engaged" in told["detail"]
    problem(clerk.post(f"/holders/{holder}/erase", {}), 422, "invalid")
    erased = clerk.done(f"/holders/{holder}/erase", REASON)
    assert erased["documents"] == 1
    assert erased["name"].startswith("Former member #")
    assert clerk.get(f"/holders/{holder}").json()["name"] == erased["name"]


def test_a_shell_erases_it_too(engine: Engine, company: Company, vestry: Vestry) -> None:
    holder = _long_gone(company)
    address = engine.url.render_as_string(hide_password=False)
    refused = vestry("people", "erase", company.ava["id"], "--reason", "Asked.", database=address)
    assert (refused.returncode, "is engaged" in refused.stderr) == (exits.CONFLICT, True)
    done = vestry("people", "erase", holder, "--reason", "Asked.", database=address)
    assert done.returncode == exits.OK, done.stderr
    assert "Former member #" in done.stdout
    assert vestry("verify", database=address).returncode == exits.OK
