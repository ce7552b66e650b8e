"""What somebody who means harm sends to the pages: cookies of their choosing, and addresses elsewhere."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.people import accounts
from app.web.answers import COOKIE
from tests import make
from tests.web.browser import Browser, Site

ELSEWHERE = [
    "//elsewhere.example",
    "/\\elsewhere.example",
    "\\\\elsewhere.example",
    "https://elsewhere.example",
    "https:elsewhere.example",
    "javascript:alert(1)",
    "/\t/elsewhere.example",
    "/\r\nSet-Cookie: stolen=1",
    " //elsewhere.example",
    "",
]


def _invited(site: Site) -> str:
    """A member of a new cooperative, and a link for them."""

    def deed(db: Session) -> str:
        make.company(db)
        made = accounts.create_account(db, site.act(), holder=make.member(db))
        return accounts.make_link(db, site.act(), made.id)

    return site.runner.run(deed)


def test_a_session_that_somebody_chose_beforehand_is_never_the_one_that_is_signed_in(site: Site) -> None:
    secret = _invited(site)
    planted = Browser(site, {COOKIE: "chosen-by-somebody-else"})
    planted.send(f"/enter/{secret}")
    assert planted.cookies[COOKIE] != "chosen-by-somebody-else"
    assert planted.get("/equity").status_code == 200
    assert Browser(site, {COOKIE: "chosen-by-somebody-else"}).get("/equity").status_code == 303


def test_a_session_of_somebody_else_is_left_when_one_signs_in(site: Site) -> None:
    secret = _invited(site)
    other = site.browser(site.runner.run(make.member))
    theirs = other.cookies[COOKIE]
    other.send(f"/enter/{secret}")
    assert other.cookies[COOKIE] != theirs


def test_nobody_is_led_elsewhere(site: Site) -> None:
    browser = site.browser()
    for to in ELSEWHERE:
        answer = browser.post("/language", {"language": "en", "next": to})
        location = answer.headers["location"]
        assert location.startswith("/"), to
        assert not location.startswith(("//", "/\\", "/\t")), to
        assert "stolen" not in answer.headers.get("set-cookie", ""), to
        page = browser.get("/sign-in?next=" + "".join(f"%{one:02x}" for one in to.encode()))
        assert 'value="//' not in page.text, to
        assert 'value="http' not in page.text, to
