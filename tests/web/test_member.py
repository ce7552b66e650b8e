"""A member's own pages: the numbers of the record, and nobody else's."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

from app.people.roles import Role
from ledger.equity import grants
from ledger.equity.securities import position
from ledger.equity.values import EventKind
from tests import make
from tests.web.acting import acting
from tests.web.browser import Site, title_of, words_of

TODAY = make.NOW.date()


@pytest.fixture
def ana(site: Site) -> tuple[str, str]:
    """Return a provider with an option on 4,800, granted two years ago and not accepted, and the option's id."""

    def deed(db: Session) -> tuple[str, str]:
        made = make.company(db)
        del made
        ana = make.holder(db)
        plan = make.plan(db)
        held = make.option(db, plan, ana)
        return ana.id, held.security.id

    return site.runner.run(deed)


def test_home_says_what_needs_one_and_what_is_ones(site: Site, ana: tuple[str, str]) -> None:
    member, option = ana
    held = site.runner.read(position, option)
    seen = site.browser(member).see("/")
    assert "One thing needs you" in seen
    assert "A grant to accept" in seen
    assert f"{held.vested(TODAY):,}" in seen
    assert f"{held.unvested(TODAY):,}" in seen
    assert "4,800" in seen


def test_a_grant_is_accepted_once_even_if_the_form_is_sent_twice(site: Site, ana: tuple[str, str]) -> None:
    member, option = ana
    browser = site.browser(member)
    assert "Accept ES-" in browser.see(f"/equity/{option}") or "Accept" in browser.see(f"/equity/{option}")
    path = f"/equity/{option}/accept"
    assert browser.send(path, form_key="k1") == f"/equity/{option}"
    assert browser.send(path, form_key="k1") == f"/equity/{option}"
    assert len(site.runner.read(position, option).happened(EventKind.ACCEPTED)) == 1
    seen = browser.see(f"/equity/{option}")
    assert "Accepted" in seen
    again = browser.post(path, {"form_key": "k2"})
    assert (again.status_code, title_of(again).startswith("Error:")) == (409, True)
    assert "Nothing needs you today" in browser.see("/")


def test_nobody_sees_or_accepts_what_is_somebody_elses(site: Site, ana: tuple[str, str]) -> None:
    _, option = ana
    other = site.runner.run(make.holder).id
    browser = site.browser(other)
    assert browser.get(f"/equity/{option}").status_code == 404
    assert browser.post(f"/equity/{option}/accept", {}).status_code == 404
    assert "You hold no equity yet" in browser.see("/equity")


def test_the_steps_are_those_that_were_promised(site: Site, ana: tuple[str, str]) -> None:
    member, option = ana
    response = site.browser(member).get(f"/equity/{option}")
    seen, total = words_of(response), 0
    for one in site.runner.read(position, option).table:
        total += one.quantity
        assert f"{total:,}" in seen
    assert '<svg class="chart wide"' in response.text
    assert '<svg class="chart narrow"' in response.text
    assert "units are yours on" in response.text


def test_the_sample_cooperative_has_something_on_every_page(sample: Site) -> None:
    browser = sample.browser("hld_provider_012")
    for path, said in (
        ("/", "Vested, yours now"),
        ("/equity", "Each grant and each certificate"),
        ("/sessions", "Your own limits"),
        ("/decisions", "A ceiling of 22 sessions a week"),
        ("/settings", "This browser"),
        ("/help", "Quorum"),
    ):
        assert said in browser.see(path), path


def test_own_limits_count_from_next_monday_and_nonsense_is_kept_to_be_put_right(
    site: Site, ana: tuple[str, str]
) -> None:
    member, _ = ana
    browser = site.browser(member)
    assert browser.send("/sessions/limits", day="5", week="20", form_key="a") == "/sessions"
    wrong = browser.post("/sessions/limits", {"day": "many", "week": "20", "form_key": "b"})
    assert (wrong.status_code, title_of(wrong).startswith("Error:")) == (422, True)
    assert 'value="many"' in wrong.text
    assert "whole number of sessions" in words_of(wrong)
    assert 'value="5"' in browser.get("/sessions").text


def test_a_retracted_grant_is_not_waited_for(site: Site, ana: tuple[str, str]) -> None:
    member, option = ana
    site.runner.run(grants.retract, make.act(), option, on=date(2026, 2, 1), reason="Typed twice.")
    assert "A grant to accept" not in site.browser(member).see("/")


def test_units_of_a_class_with_decimals_stand_with_their_point_on_every_page(site: Site) -> None:
    def deed(db: Session) -> tuple[str, str]:
        make.company(db)
        ana, plan = make.holder(db), make.plan(db, make.share_class(db, decimals=3), reserved=9_000_000)
        make.grant(db, make.plan(db), ana, quantity=100)
        return ana.id, make.grant(db, plan, ana, quantity=1_234_567).security.id

    ana, fine = site.runner.run(deed)
    browser, steward = site.browser(ana), acting(site, Role.STEWARD)
    assert "of 1,334.567 granted" in browser.see("/")
    assert "All granted: 1,334.567" in browser.get("/equity").text
    for path, who in (
        ("/equity", browser),
        (f"/equity/{fine}", browser),
        (f"/steward/grants/{fine}", steward),
        (f"/steward/people/{ana}", steward),
    ):
        page = who.get(path).text
        assert "1,234.567" in page, path
        assert "1,234,567" not in page, path
