"""Coming in by a link, going out, and what no other site may send in somebody's name."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from app.people import accounts
from tests import make
from tests.web.browser import ORIGIN, Browser, Site, title_of, words_of


def _link(site: Site, hours: int = 24) -> tuple[str, str]:
    """A member of a new cooperative, and a link for them."""

    def deed(db: Session) -> tuple[str, str]:
        make.company(db)
        member = make.member(db)
        made = accounts.create_account(db, site.act(), holder=member)
        return member, accounts.make_link(db, site.act(), made.id, hours=hours)

    return site.runner.run(deed)


def test_a_link_lets_somebody_in_once(site: Site) -> None:
    member, secret = _link(site)
    browser = site.browser()
    # whatever looks at links before a person does leaves this one whole
    for _ in range(3):
        assert "Sign in" in browser.see(f"/enter/{secret}")
    assert browser.send(f"/enter/{secret}") == "/"
    assert member in browser.see("/")
    again = site.browser().post(f"/enter/{secret}", {})
    assert (again.status_code, title_of(again).startswith("Error:")) == (403, True)
    assert "has been used" in words_of(again)


def test_a_link_that_is_old_or_guessed_lets_nobody_in(site: Site) -> None:
    _, secret = _link(site, hours=1)
    guessed = site.browser().post("/enter/" + secret[:-1] + ("a" if secret[-1] != "a" else "b"), {})
    assert (guessed.status_code, "not one of ours" in words_of(guessed)) == (403, True)
    site.turn_to(site.moments[0] + timedelta(hours=1))
    late = site.browser().post(f"/enter/{secret}", {})
    assert (late.status_code, "too old" in words_of(late)) == (403, True)


def test_whoever_is_not_signed_in_is_asked_to(site: Site) -> None:
    _link(site)
    for path in ("/", "/equity", "/sessions", "/decisions", "/settings"):
        response = site.browser().get(path)
        assert (response.status_code, response.headers["location"]) == (303, f"/sign-in?next={path}")
    assert "link that works once" in site.browser().see("/sign-in")


def test_signing_out_everywhere_ends_every_browser(site: Site) -> None:
    member, _ = _link(site)
    first, second = site.browser(member), site.browser(member)
    assert "Another browser" in first.see("/settings")
    first.send("/sign-out", everywhere="1")
    assert second.get("/").status_code == 303


def test_a_browser_that_is_not_used_is_signed_out(site: Site) -> None:
    member, _ = _link(site)
    browser = site.browser(member)
    site.turn_to(site.moments[0] + timedelta(days=accounts.IDLE_DAYS))
    assert browser.get("/").status_code == 303


def test_no_other_site_sends_a_form_in_somebodys_name(site: Site) -> None:
    member, _ = _link(site)
    browser = site.browser(member)
    for origin in (
        {"Origin": "https://elsewhere.example"},
        {"Sec-Fetch-Site": "cross-site", **ORIGIN},
        {},
    ):
        refused = browser.post("/sign-out", {}, origin=origin)
        assert (refused.status_code, "not sent from our own page" in words_of(refused)) == (403, True)
    assert browser.get("/").status_code == 200


def test_every_page_forbids_what_it_does_not_need(site: Site) -> None:
    member, _ = _link(site)
    response = site.browser(member).get("/")
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert response.headers["cache-control"] == "no-store"
    assert "style=" not in response.text
    assert "<script" not in response.text
    [href] = [part.split('"')[0] for part in response.text.split('rel="stylesheet" href="')[1:]]
    style = site.http.get(href)
    assert (style.status_code, style.headers["content-type"].partition(";")[0]) == (200, "text/css")
    assert len(response.content) + len(style.content) < 100_000
    assert site.http.get("/static/..%2Fsite.py").status_code == 404


def test_a_language_is_kept_and_leads_back_to_where_one_was(site: Site) -> None:
    member, _ = _link(site)
    browser = site.browser(member)
    assert browser.send("/language", language="es", next="/equity") == "/equity"
    assert 'lang="es"' in browser.get("/equity").text
    assert browser.send("/language", language="xx", next="//elsewhere.example") == "/"


def test_what_is_not_there_is_said_in_words(site: Site) -> None:
    member, _ = _link(site)
    browser: Browser = site.browser(member)
    missing = browser.get("/equity/sec_nothing")
    assert (missing.status_code, "nothing at this address" in words_of(missing)) == (404, True)


def test_a_form_with_files_is_read_like_any_other(site: Site) -> None:
    browser = site.browser()
    sent = browser.upload("/language", {"language": "es", "next": "/help"}, sheet=b"\x00\xff")
    assert (sent.status_code, sent.headers["location"]) == (303, "/help")
    broken = site.http.post("/language", content=b"no parts", headers={"Content-Type": "multipart/form-data", **ORIGIN})
    assert broken.status_code == 400
