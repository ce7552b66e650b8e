"""The administrator's pages: who may sign in and in which roles, with two pairs of eyes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app.demo.build import build
from app.people import accounts, administration, roles
from app.people.roles import Role
from app.web.site import COOKIE
from tests import make
from tests.web.browser import ORIGIN, Browser, Site, title_of, words_of


def acting(site: Site, account: str, role: Role) -> Browser:
    """A browser of somebody who acts in a role, which they are given if they do not have it."""

    def deed(db: Session) -> str:
        if role not in roles.roles_of(db, account, site.moments[0]):
            roles.give(db, site.act(), account, role, is_first=True)
        cookie = accounts.start_session(db, site.act(), account)
        accounts.act_in(db, accounts.digest_of(cookie), role.value)
        return cookie

    return Browser(site, {COOKIE: site.runner.run(deed)})


def account(site: Site, name: str) -> str:
    return site.runner.run(administration.invite, site.act(), name=name).id


@pytest.fixture
def pia(site: Site) -> Browser:
    """An administrator of a cooperative with one member."""

    def deed(db: Session) -> None:
        make.company(db)
        make.member(db)

    site.runner.run(deed)
    return acting(site, account(site, "Pia Lindqvist"), Role.ADMIN)


def test_whoever_sets_a_new_service_up_is_its_administrator(site: Site) -> None:
    link = site.runner.run(administration.first_link, site.act())
    assert link is not None
    browser = site.browser()
    # who has one role and holds nothing acts in it, and begins where a new record begins
    assert browser.send(f"/enter/{link.secret}") == "/start"
    assert browser.send("/role", role="") == "/roles"
    assert browser.get("/admin").status_code == 404
    assert browser.send("/role", role="ADMIN") == "/start"
    assert "1 account, A to Z" in browser.see("/admin")
    assert "Somebody who is not on record" in browser.see("/admin/invite")
    assert site.runner.run(administration.first_link, site.act()) is None


def test_somebody_on_record_is_let_in_by_a_link_that_is_shown_once(site: Site, pia: Browser) -> None:
    [member] = re.findall(r'<option value="(hld_\w+)"', pia.get("/admin/invite").text)
    to = pia.send("/admin/invite", holder=member, form_key="k1")
    assert pia.send("/admin/invite", holder=member, form_key="k1") == to
    assert "has an account now" in pia.see(to)
    assert f'value="{member}"' not in pia.get("/admin/invite").text
    shown = pia.post(f"{to}/link", {"form_key": "k2"})
    [link] = re.findall(r'value="http://127.0.0.1:8000(/enter/[\w-]+)"', shown.text)
    assert "It works once, within 7 days." in words_of(shown)
    browser = site.browser()
    assert browser.send(link) == "/"
    assert member in browser.see("/settings")
    assert link.rpartition("/")[2] not in pia.get(to).text
    assert "within a day" in pia.see(to)


def test_a_role_is_given_by_one_and_approved_by_another(site: Site, pia: Browser) -> None:
    bo = account(site, "Bo Chen")
    assert pia.send(f"/admin/accounts/{bo}/roles", role="FINANCE", days="30") == f"/admin/accounts/{bo}"
    mine = pia.get("/admin")
    assert "waits for somebody else" in words_of(mine)
    assert 'action="/admin/approve"' not in mine.text
    [held] = site.runner.read(roles.waiting, make.NOW)
    refused = pia.post("/admin/approve", {"role": held.id})
    assert (refused.status_code, title_of(refused).startswith("Error:")) == (403, True)
    other = acting(site, account(site, "Ada Novak"), Role.ADMIN)
    assert "Given by Pia Lindqvist, until Wed 1 Apr 2026, 11:30 AM EDT." in other.see("/admin")
    assert other.send("/admin/approve", role=held.id) == "/admin"
    assert "Bo Chen now has the role Finance." in other.see("/admin")
    assert site.runner.read(roles.roles_of, bo, make.NOW) == (Role.FINANCE,)
    assert "Given by Pia Lindqvist, approved by Ada Novak" in pia.see(f"/admin/accounts/{bo}")
    assert pia.send(f"/admin/accounts/{bo}/take", role=held.id) == f"/admin/accounts/{bo}"
    assert site.runner.read(roles.roles_of, bo, make.NOW) == ()


def test_what_nobody_is_at_once_is_not_offered_and_refused(site: Site, pia: Browser) -> None:
    bo = account(site, "Bo Chen")
    path = f"/admin/accounts/{bo}/roles"
    pia.send(path, role="FINANCE", days="30")
    page = pia.get(f"/admin/accounts/{bo}")
    assert "Not to be had beside these roles: Board, Auditor" in words_of(page)
    assert '<option value="BOARD"' not in page.text
    refused = pia.post(path, {"role": "BOARD", "days": "12"})
    assert (refused.status_code, 'value="12"' in refused.text) == (409, True)
    assert "Nobody is BOARD and FINANCE at once." in words_of(refused)
    for role, days, says in (("KING", "30", "Choose a role"), ("TELLER", "soon", "in figures"), ("TELLER", "91", "90")):
        wrong = pia.post(path, {"role": role, "days": days})
        assert (wrong.status_code, title_of(wrong).startswith("Error:")) == (422, True)
        assert says in words_of(wrong)


def test_an_account_ends_and_is_opened_again(site: Site, pia: Browser) -> None:
    bo = account(site, "Bo Chen")
    theirs = acting(site, bo, Role.TELLER)
    at = f"/admin/accounts/{bo}"
    assert theirs.get("/roles").status_code == 200
    assert pia.send(f"{at}/sign-out") == at
    assert theirs.get("/roles").headers["location"] == "/sign-in?next=/roles"
    assert pia.send(f"{at}/end") == at
    assert "This account has ended" in pia.see(at)
    assert "ended" in pia.see("/admin")
    assert pia.post(f"{at}/link", {}).status_code == 404
    assert pia.send(f"{at}/reopen") == at
    assert "No role yet" in pia.see(at)


def test_nobody_ends_their_own_account(site: Site, pia: Browser) -> None:
    [me] = [one.id for one in site.runner.read(accounts.accounts)]
    assert f'action="/admin/accounts/{me}/end"' not in pia.get(f"/admin/accounts/{me}").text
    refused = pia.post(f"/admin/accounts/{me}/end", {})
    assert (refused.status_code, "Another administrator" in words_of(refused)) == (409, True)
    assert pia.get("/admin").status_code == 200


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "אנה 🦊", "x" * 200, 'O\'Neil & "Sons"'])
def test_a_name_is_shown_as_it_was_written(site: Site, pia: Browser, name: str) -> None:
    to = pia.send("/admin/invite", name=name, email="")
    page = pia.get(to)
    assert name in words_of(page)
    assert "<script" not in page.text
    assert name in pia.see("/admin")


def test_what_is_wrong_is_said_and_what_was_written_is_kept(pia: Browser) -> None:
    wrong = pia.post("/admin/invite", {"name": "Bo Chen", "email": "bo at home"})
    assert (wrong.status_code, title_of(wrong).startswith("Error:")) == (422, True)
    assert "It looks like name@example.org." in words_of(wrong)
    assert 'value="Bo Chen"' in wrong.text
    assert 'value="bo at home"' in wrong.text
    assert pia.post("/admin/invite", {"holder": "hld_nobody"}).status_code == 404
    assert pia.get("/admin/accounts/acc_nobody").status_code == 404


PATHS = ("/admin", "/admin/invite", "/admin/accounts/{account}")
DEEDS = (
    "/admin/invite",
    "/admin/approve",
    *(f"{PATHS[2]}/{end}" for end in ("link", "roles", "take", "sign-out", "end", "reopen")),
)


def test_only_an_administrator_sees_or_does_any_of_it(site: Site, pia: Browser) -> None:
    bo = account(site, "Bo Chen")
    before = site.runner.read(administration.standings, make.NOW)
    for role in Role:
        if role is not Role.ADMIN:
            browser = acting(site, account(site, f"A {role.value}"), role)
            seen = [browser.get(path.format(account=bo)).status_code for path in PATHS]
            done = [browser.post(path.format(account=bo), {"name": "Eve"}).status_code for path in DEEDS]
            assert {*seen, *done} == {404}, role
    # an administrator who acts as somebody else is none
    myself = Browser(site, dict(pia.cookies))
    myself.post("/role", {"role": ""})
    assert myself.get("/admin").status_code == 404
    after = site.runner.read(administration.standings, make.NOW)
    assert [one.account for one in after if one.account.id in {each.account.id for each in before}] == [
        one.account for one in before
    ]
    assert "Eve" not in {one.account.name for one in after}


def test_no_other_site_lets_anybody_in(site: Site, pia: Browser) -> None:
    for path in DEEDS:
        refused = pia.post(
            path.format(account="acc_x"), {"name": "Eve"}, origin=ORIGIN | {"Origin": "https://e.example"}
        )
        assert refused.status_code == 403
    assert len(site.runner.read(accounts.accounts)) == 1


def test_each_link_of_the_sample_lets_its_role_in(sample: Site, tmp_path: Path) -> None:
    shown = {one.account.name: one for one in sample.runner.read(administration.standings, sample.moments[0])}
    # built a second time, it makes new links and no new accounts
    made = build(tmp_path / "sample.db")
    assert set(made.links) == {"provider", "steward", "board", "finance", "auditor", "council", "teller", "admin"}
    assert {one.account.name for one in sample.runner.read(administration.standings, sample.moments[0])} == set(shown)
    browsers = {who: sample.browser() for who in made.links}
    for who, link in made.links.items():
        browsers[who].send("/enter/" + link.rpartition("/")[2])
        offered = re.findall(r'name="role" value="(\w+)"', browsers[who].get("/roles").text.partition("<main")[2])
        assert offered == ([] if who == "provider" else [who.upper()])
    assert "vested" in browsers["provider"].see("/").lower()
    admin = browsers["admin"]
    assert admin.send("/role", role="ADMIN") == "/admin"
    seen = admin.see("/admin")
    assert all(name in seen for name in shown)
    for path in ("/admin", "/admin/invite"):
        assert len(admin.get(path).content) < 100_000
