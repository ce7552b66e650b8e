"""The pools: what is left, for how long, and who decided how large each is."""

from __future__ import annotations

from app.people.roles import Role
from tests.web.acting import acting
from tests.web.browser import Site


def test_the_pools_tell_what_is_left_and_who_decided(sample: Site) -> None:
    page = acting(sample, Role.STEWARD).get("/steward/pool")
    assert page.status_code == 200
    assert "How large it was, and who decided" in page.text
    assert "/decisions/new/pool" in page.text
    assert "if as many are granted as in the twelve months" in page.text or "no pace is known" in page.text
    assert "/decisions/prp_" in page.text


def test_the_pools_are_for_stewards(sample: Site) -> None:
    assert acting(sample, Role.FINANCE).get("/steward/pool").status_code == 404
