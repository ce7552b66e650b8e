"""Passkeys: whose device it is comes in, and no other answer opens anything."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.people import accounts, administration, passkeys
from tests import make
from tests.web.authenticator import Authenticator, text_of
from tests.web.browser import Browser, Site, title_of, words_of


@pytest.fixture(autouse=True)
def _named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the service be reached by a name."""
    monkeypatch.setenv("VESTRY_PUBLIC_URL", "https://vestry.test")


@pytest.fixture
def member(site: Site) -> str:
    """A member of a cooperative."""

    def deed(db: Session) -> str:
        make.company(db)
        return make.member(db)

    return site.runner.run(deed)


def options(browser: Browser, path: str) -> str:
    response = browser.post(f"{path}/options", {})
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    return response.text


def added(browser: Browser, device: Authenticator, name: str = "My phone") -> None:
    answer = device.create(options(browser, "/settings/passkeys"))
    assert browser.send("/settings/passkeys", name=name, answer=answer, form_key=name) == "/settings#passkeys"


def test_a_passkey_is_added_used_listed_and_removed(site: Site, member: str) -> None:
    mine, device = site.browser(member), Authenticator()
    assert "data-passkey" in mine.get("/settings").text
    added(mine, device, name="🦊 <b>phone</b>")
    assert "🦊 <b>phone</b>" in mine.see("/settings")
    new = site.browser()
    told = json.loads(options(new, "/sign-in/passkey"))
    assert (told["rpId"], told["userVerification"], told.get("allowCredentials", [])) == ("vestry.test", "required", [])
    to = new.send("/sign-in/passkey", answer=device.get(json.dumps(told)), next="/equity")
    assert to == "/equity"
    assert new.get("/equity").status_code == 200
    assert mine.see("/settings").count("last used Mon") == 3  # two browsers and the passkey
    [id] = re.findall(r'name="passkey" value="([\w-]+)"', mine.get("/settings").text)
    assert (
        site.browser(site.runner.run(make.member)).post("/settings/passkeys/remove", {"passkey": id}).status_code == 404
    )
    assert mine.send("/settings/passkeys/remove", passkey=id) == "/settings#passkeys"
    assert "🦊" not in mine.see("/settings")
    refused(site, device.get(options(new, "/sign-in/passkey")))


def refused(site: Site, answer: str) -> None:
    """Nobody comes in, and the page says what to do."""
    browser = site.browser()
    response = browser.post("/sign-in/passkey", {"answer": answer, "next": "/equity"})
    assert (response.status_code, title_of(response).startswith("Error:")) == (403, True), words_of(response)
    assert "How to get a link" in words_of(response)
    assert browser.cookies == {}


def test_an_answer_counts_once_and_in_time(site: Site, member: str) -> None:
    device, browser = Authenticator(), site.browser()
    added(site.browser(member), device)
    answer = device.get(options(browser, "/sign-in/passkey"))
    assert browser.send("/sign-in/passkey", answer=answer) == "/"
    refused(site, answer)
    late = device.get(options(site.browser(), "/sign-in/passkey"))
    site.turn_to(site.moments[0] + timedelta(minutes=10))
    refused(site, late)


@pytest.mark.parametrize(
    "false",
    [
        {"origin": "https://vestry.test.evil.example"},
        {"origin": "http://vestry.test"},
        {"host": "evil.example"},
        {"verifies": False},
        {"count": -1},
        {"handle": text_of(b"acc_somebody_else")},
        {"id": b"of another device"},
        {"key": Authenticator().key},
    ],
    ids="-".join,
)
def test_a_false_answer_lets_nobody_in(site: Site, member: str, false: dict[str, object]) -> None:
    device = Authenticator(count=5)
    added(site.browser(member), device)
    for name, value in false.items():
        setattr(device, name, value)
    refused(site, device.get(options(site.browser(), "/sign-in/passkey")))


def test_only_a_challenge_of_ours_and_for_this_is_answered(site: Site, member: str) -> None:
    device, mine = Authenticator(), site.browser(member)
    added(mine, device)
    told = options(site.browser(), "/sign-in/passkey")
    refused(site, device.get(told, challenge=text_of(b"of my own making, 32 bytes long!")))
    # a challenge for adding a passkey lets nobody in, and the reverse
    refused(site, device.get(options(mine, "/settings/passkeys")))
    for junk in (
        "",
        "{}",
        "[]",
        "null",
        '{"id": 7}',
        "x" * 30_000,
        json.dumps({"response": {}, "id": "a", "rawId": "a"}),
    ):
        refused(site, junk)
    broken = json.loads(device.get(options(site.browser(), "/sign-in/passkey")))
    for part in ("authenticatorData", "signature", "clientDataJSON"):
        refused(site, json.dumps({**broken, "response": {**broken["response"], part: "AAAA"}}))


def test_a_passkey_is_added_only_by_whoever_asked_for_it(site: Site, member: str) -> None:
    mine, other = site.browser(member), site.browser(site.runner.run(make.member))
    answer = Authenticator().create(options(other, "/settings/passkeys"))
    for browser, form in (
        (mine, {"name": "Phone", "answer": answer}),
        (other, {"name": "", "answer": answer}),
        (other, {"name": "x" * 101, "answer": answer}),
        (
            other,
            {"name": "Phone", "answer": Authenticator(verifies=False).create(options(other, "/settings/passkeys"))},
        ),
        (other, {"name": "Phone", "answer": "{}"}),
    ):
        response = browser.post("/settings/passkeys", dict(form))
        assert (response.status_code in {403, 422}, title_of(response).startswith("Error:")) == (True, True)
    assert other.send("/settings/passkeys", name="Phone", answer=answer) == "/settings#passkeys"
    again = other.post("/settings/passkeys", {"name": "Phone", "answer": answer})
    assert (again.status_code, "was sent before" in words_of(again)) == (403, True)


def test_a_passkey_of_an_ended_account_lets_nobody_in(site: Site, member: str) -> None:
    device = Authenticator()
    added(site.browser(member), device)
    account = site.runner.read(accounts.account_of_holder, member)
    assert account is not None
    site.runner.run(administration.end_access, site.act(), account.id)
    refused(site, device.get(options(site.browser(), "/sign-in/passkey")))


@pytest.mark.parametrize(
    ("address", "takes"),
    [
        ("http://127.0.0.1:8000", False),
        ("http://localhost:8000", True),
        ("https://vestry.example", True),
        ("http://vestry.example", False),
        ("https://[::1]:8000", False),
    ],
)
def test_passkeys_are_offered_where_browsers_make_them(address: str, takes: bool) -> None:
    assert passkeys.party_at(address).takes_passkeys is takes
