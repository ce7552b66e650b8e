"""What somebody sets for themselves, in which role they act, and what is noted when they ask for somebody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.people import access, accounts
from app.people.roles import Role
from app.people.tries import MOST
from ledger.equity.values import Security
from ledger.reading import every
from tests import make
from tests.web.acting import acting
from tests.web.browser import Browser, Site, title_of, words_of
from tests.web.officers import BOARD, PROVIDER, officer

DAY = timedelta(days=1)


@pytest.fixture
def member(site: Site) -> str:
    def deed(db: Session) -> str:
        make.company(db)
        return make.member(db)

    return site.runner.run(deed)


def test_a_browser_that_is_used_stays_signed_in(site: Site, member: str) -> None:
    browser = site.browser(member)
    for _ in range(3):
        site.turn_to(site.moments[0] + (accounts.IDLE_DAYS - 1) * DAY)
        assert browser.get("/").status_code == 200
    site.turn_to(site.moments[0] + accounts.IDLE_DAYS * DAY)
    assert browser.get("/").status_code == 303


def test_when_a_browser_was_used_is_noted_every_ten_minutes(site: Site, member: str) -> None:
    browser = site.browser(member)
    assert browser.see("/settings").count("10:30 AM EST") == 2  # since then, and last used then
    site.turn_to(site.moments[0] + timedelta(minutes=9))
    browser.get("/settings")
    assert "10:39 AM" not in browser.see("/settings")
    site.turn_to(site.moments[0] + timedelta(minutes=1))
    browser.get("/settings")
    assert "last used Mon 2 Mar 2026, 10:40 AM EST" in browser.see("/settings")


def test_another_browser_is_signed_out_by_itself(site: Site, member: str) -> None:
    mine, lost = site.browser(member), site.browser(member)
    _, other = mine.get("/settings").text.split('name="browser" value="')
    assert mine.send("/settings/browsers", browser=other[:12]) == "/settings#where"
    assert (lost.get("/").status_code, mine.get("/").status_code) == (303, 200)
    assert mine.post("/settings/browsers", {"browser": other[:12]}).status_code == 404


def test_somebody_sees_who_made_links_for_them(site: Site, member: str) -> None:
    browser = site.browser(member)
    admin = acting(site, Role.ADMIN)
    [account] = [one.id for one in site.runner.read(accounts.accounts) if one.holder == member]
    admin.post(f"/admin/accounts/{account}/link", {"form_key": "k1"})
    assert "Made by Somebody from admin not used" in browser.see("/settings")


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_everybody_has_settings_and_a_first_page_whatever_they_do_here(role: Role, site: Site, member: str) -> None:
    del member
    browser = acting(site, role)
    assert "This browser" in browser.see("/settings")
    home = browser.get("/").headers["location"]
    assert browser.get(home).status_code == 200
    page = browser.get(home).text
    assert f'<a class="brand" href="{home}">' in page
    assert '<a href="/settings">' in page


def test_roles_are_switched_on_every_page(site: Site, member: str) -> None:
    browser = officer(site, member, Role.STEWARD)
    assert "as Steward" in browser.see("/steward")
    assert browser.send("/role", role="") == "/"
    assert "as yourself" in browser.see("/equity")
    assert 'name="role" value="STEWARD"' in browser.get("/equity").text
    assert browser.send("/role", role="STEWARD", next="//elsewhere.example") == "/steward"


def test_a_page_of_another_of_ones_roles_offers_the_switch(site: Site, member: str) -> None:
    browser = officer(site, member, Role.STEWARD)
    browser.send("/role", role="")
    kept_out = browser.get("/steward/people")
    assert "You have the role that this page is for" in words_of(kept_out)
    assert browser.send("/role", role="STEWARD", next="/steward/people") == "/steward/people"
    assert browser.get("/steward/people").status_code == 200


PERSON = {"name": 'Ana "N" <Ruiz>', "kind": "W2", "shown_as": "provider", "on": "2026-01-05", "form_key": "k1"}


def test_a_form_sent_after_a_switch_in_another_tab_is_kept_and_sent_with_one_button(site: Site, member: str) -> None:
    browser = officer(site, member, Role.STEWARD)
    browser.send("/role", role="")
    form = {**PERSON, "holder_kind": "INDIVIDUAL"}
    held = browser.post("/steward/people", dict(form))
    assert (held.status_code, title_of(held).split(" · ")[0]) == (409, "Another role is needed")
    assert "Nothing was done yet" in words_of(held)
    assert 'name="name" value="Ana &#34;N&#34; &lt;Ruiz&gt;"' in held.text
    assert 'name="act_as" value="STEWARD"' in held.text
    to = browser.send("/steward/people", act_as="STEWARD", **form)
    assert 'Ana "N" <Ruiz>' in browser.see(to)
    # sent once more from the first tab, it is the same form
    assert browser.send("/steward/people", **form) == to


def test_nobody_acts_in_a_role_that_they_do_not_have(site: Site, member: str) -> None:
    browser = site.browser(member)
    for form in ({"act_as": "STEWARD"}, {"act_as": "KING"}, {}):
        assert browser.post("/steward/people", {**PERSON, **form}).status_code == 404
    assert browser.get("/steward").status_code == 404


def test_whoever_fails_to_sign_in_many_times_has_to_wait(site: Site, member: str) -> None:
    account = site.runner.run(accounts.create_account, site.act(), holder=member)
    secret = site.runner.run(accounts.make_link, site.act(), account.id)
    guessing = site.browser()
    assert {guessing.post(f"/enter/guess{n}", {}).status_code for n in range(MOST)} == {403}
    stopped = guessing.post(f"/enter/{secret}", {})
    assert (stopped.status_code, "Wait some minutes" in words_of(stopped)) == (429, True)
    assert stopped.headers["retry-after"] == "30"
    site.turn_to(site.moments[0] + timedelta(minutes=1))
    assert guessing.send(f"/enter/{secret}") == "/"


def test_who_asks_for_what_is_somebody_elses_is_noted(sample: Site) -> None:
    def noted(db: Session) -> list[tuple[str, str, str, int]]:
        return [(one.actor, one.operation, one.subject, one.status) for _, _, one in access.attempts(db)]

    before = sample.runner.read(noted)
    [mine, *_] = sample.runner.read(every, Security, holder=BOARD)
    curious: Browser = sample.browser(PROVIDER)
    assert curious.get(f"/equity/{mine.id}").status_code == 404
    assert curious.post(f"/equity/{mine.id}/accept", {}).status_code == 404
    assert curious.get(f"/steward/people/{BOARD}").status_code == 404
    assert curious.get("/steward/people/hld_nobody").status_code == 404
    assert curious.get("/equity/sec_nothing").status_code == 404
    asked = [(PROVIDER, name, BOARD, 404) for name in ("grant", "accept", "person")]
    assert sample.runner.read(noted)[len(before) :] == asked
