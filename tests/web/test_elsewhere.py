"""Signing in at another service: a small one that signs with a key of its own, and lies when it is told to."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.config import Settings
from app.db import Runner, make_engine
from app.main import create_app
from app.people import accounts, administration
from app.people.round_trips import GOOD_FOR
from tests import make
from tests.web.browser import Browser, Site, title_of, words_of

ADDRESS = "ana@lanternleaf.example"
CLIENT, SECRET = "vestry", "s3cret/+"


@dataclass
class Login:
    """The other service.

    Attributes:
        says: What its ID token says beside, or instead of, what is true.
        key: What it signs with; ``known`` is what it says its keys are.
        broken: The paths at which it answers nothing of use.
        asked: How often each path was asked for.
    """

    port: int = 0
    says: dict[str, Any] = field(default_factory=dict)
    key: RSAKey | OctKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    known: list[RSAKey | OctKey] = field(default_factory=list)
    header: dict[str, str] = field(default_factory=lambda: {"alg": "RS256", "kid": "one"})
    broken: set[str] = field(default_factory=set)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    now: int = int(make.NOW.timestamp())

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def described(self) -> dict[str, Any]:
        ends = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/keys"}
        return {"issuer": self.issuer} | {name: self.issuer + path for name, path in ends.items()}

    def sign_in(self, address: str) -> str:
        """Let somebody sign in there, and return the address that their browser is sent back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        code = f"code{len(self.codes)}"
        self.codes[code] = asked
        back = urlsplit(asked["redirect_uri"])
        assert back.netloc == "vestry.test"
        return f"{back.path}?code={code}&state={asked['state']}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        asked = self.codes.pop(form["code"], None)
        pair = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        if asked is None or pair != "vestry:s3cret%2F%2B" or challenge.decode() != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "subject-7",
            "iat": self.now,
            "exp": self.now + 300,
            "nonce": asked["nonce"],
            "email": ADDRESS,
            "email_verified": True,
        }
        kept = {name: value for name, value in (claims | self.says).items() if value is not None}
        return 200, {"id_token": jwt.encode(self.header, kept, self.key), "access_token": "x", "token_type": "Bearer"}


def handler(login: Login) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            keys = {"keys": [one.as_dict(private=False) for one in login.known or [login.key]]}
            told = login.described() if self.path.startswith("/.well-known/") else keys
            self._tell(200, told)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._tell(*login.token(form, self.headers.get("authorization", "")))

        def _tell(self, status: int, told: dict[str, Any]) -> None:
            login.asked[self.path] = login.asked.get(self.path, 0) + 1
            content = b"<html>" if self.path in login.broken else json.dumps(told).encode()
            self.send_response(status)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.fixture
def login() -> Iterator[Login]:
    made = Login()
    with ThreadingHTTPServer(("127.0.0.1", 0), handler(made)) as server:
        made.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        server.shutdown()
        thread.join()


@pytest.fixture
def site(sqlite_url: str, login: Login) -> Iterator[Site]:
    """Yield the service on SQLite: the record does not matter here."""
    settings = Settings(
        database_url=sqlite_url,
        public_url="https://vestry.test",
        oidc_issuer=login.issuer,
        oidc_client_id=CLIENT,
        oidc_client_secret=SECRET,  # type: ignore[arg-type] # as the environment has it
        oidc_label="Lanternleaf login",
    )
    app = create_app(settings)
    moments = [make.NOW]
    app.state.service.now = lambda: moments[0]
    engine: Engine = make_engine(sqlite_url)
    with TestClient(app, base_url="http://vestry.test", follow_redirects=False, raise_server_exceptions=False) as http:
        yield Site(http, Runner(engine), moments)
    engine.dispose()


@pytest.fixture(autouse=True)
def ana(site: Site) -> str:
    """A member with an account that has the address."""

    def deed(db: Session) -> str:
        make.company(db)
        member = make.member(db)
        return administration.invite(db, site.act(), holder=member, email=ADDRESS.title()).id

    return site.runner.run(deed)


def sent(browser: Browser, to: str = "/equity") -> str:
    """Return where a browser is sent to sign in."""
    response = browser.get(f"/sign-in/elsewhere?next={to}")
    assert response.status_code == 303, words_of(response)
    return str(response.headers["location"])


def refused(browser: Browser, path: str, says: str, status: int = 403) -> None:
    """Nobody comes in, and the page says why and what to do."""
    response = browser.get(path)
    assert (response.status_code, title_of(response).startswith("Error:")) == (status, True), words_of(response)
    assert says in words_of(response)
    assert "How to get a link" in words_of(response)
    assert browser.get("/equity").status_code == 303


def test_who_signs_in_there_comes_in_here(site: Site, login: Login) -> None:
    browser = site.browser()
    assert "Sign in with Lanternleaf login" in browser.see("/sign-in")
    to = sent(browser)
    assert to.startswith(f"{login.issuer}/authorize?")
    back = browser.get(login.sign_in(to))
    assert (back.status_code, back.headers["location"]) == (303, "/equity")
    assert browser.get("/equity").status_code == 200
    assert login.issuer in browser.see("/settings")
    # from now on by what the service calls them, whatever becomes of the address
    login.says = {"email": "other@elsewhere.example", "email_verified": False}
    second = site.browser()
    assert second.get(login.sign_in(sent(second, "//evil.example"))).headers["location"] == "/"
    assert (login.asked["/.well-known/openid-configuration"], login.asked["/keys"]) == (1, 1)
    assert second.send("/settings/elsewhere", issuer=login.issuer) == "/settings"
    third = site.browser()
    refused(third, login.sign_in(sent(third)), "has not verified your e-mail address")


WRONG: dict[str, dict[str, Any]] = {
    "nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "audience": {"aud": "another"},
    "of several audiences for another": {"aud": [CLIENT, "another"], "azp": "another"},
    "issuer": {"iss": "http://127.0.0.1:1"},
    "expired": {"exp": int(make.NOW.timestamp()) - 61},
    "never expires": {"exp": None},
    "not yet": {"nbf": int(make.NOW.timestamp()) + 3600},
    "nobody": {"sub": None},
    "blank": {"sub": ""},
}


def test_what_was_not_said_for_this_lets_nobody_in(site: Site, login: Login) -> None:
    for says in WRONG.values():
        login.says = says
        browser = site.browser()
        refused(browser, login.sign_in(sent(browser)), "does not fit what was asked")


def test_what_another_key_has_signed_lets_nobody_in(site: Site, login: Login) -> None:
    browser = site.browser()
    login.known = [login.key]
    login.key = RSAKey.generate_key(2048, {"kid": "one"})
    refused(browser, login.sign_in(sent(browser)), "does not fit what was asked")
    # by a secret that anybody can know: the key that it shows
    login.header = {"alg": "HS256", "kid": "one"}
    login.key = OctKey.import_key(SECRET * 8, {"kid": "one"})
    refused(browser, login.sign_in(sent(browser)), "does not fit what was asked")


def test_new_keys_are_asked_for(site: Site, login: Login) -> None:
    browser = site.browser()
    browser.get(login.sign_in(sent(browser)))
    login.key = RSAKey.generate_key(2048, {"kid": "two"})
    login.header = {"alg": "RS256", "kid": "two"}
    site.turn_to(site.moments[0] + timedelta(minutes=2))
    login.now += 120
    second = site.browser()
    assert second.get(login.sign_in(sent(second))).headers["location"] == "/equity"


def test_nobody_gets_an_account_by_this(site: Site, login: Login) -> None:
    unverified: tuple[dict[str, Any], ...] = (
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": []},
        {"email": None},
    )
    for says, message in (
        ({"email": "nobody@elsewhere.example"}, "nobody here is known by that"),
        *((one, "has not verified") for one in unverified),
    ):
        login.says = says
        browser = site.browser()
        refused(browser, login.sign_in(sent(browser)), message)
    assert len(site.runner.read(accounts.accounts)) == 1


def test_an_account_does_not_pass_on_with_an_address(site: Site, login: Login, ana: str) -> None:
    first, second, third = site.browser(), site.browser(), site.browser()
    first.get(login.sign_in(sent(first)))
    login.says = {"sub": "subject-8"}
    refused(second, login.sign_in(sent(second)), "Somebody else signs in to this account")
    site.runner.run(administration.end_access, site.act(), ana)
    login.says = {}
    refused(third, login.sign_in(sent(third)), "nobody here is known by that")


def test_what_comes_back_counts_once_in_time_and_in_the_browser_that_was_sent_out(site: Site, login: Login) -> None:
    browser = site.browser()
    back = login.sign_in(sent(browser))
    refused(site.browser(), back, "does not fit what was asked")
    kept = dict(browser.cookies)
    assert browser.get(back).status_code == 303
    refused(Browser(site, kept), back, "does not fit what was asked")
    late = site.browser()
    back = login.sign_in(sent(late))
    site.turn_to(site.moments[0] + GOOD_FOR)
    refused(late, back, "does not fit what was asked")
    for query in ("", "?error=access_denied", "?state=&code=x", "?code=x&state=made-up"):
        refused(site.browser(), f"/sign-in/back{query}", "does not fit what was asked")


def test_a_code_that_the_service_does_not_know_lets_nobody_in(site: Site, login: Login) -> None:
    browser = site.browser()
    back = login.sign_in(sent(browser))
    login.codes.clear()
    refused(browser, back, "does not fit what was asked")


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/keys"])
def test_a_service_that_is_down_is_said_in_words(site: Site, login: Login, path: str) -> None:
    login.broken = {path}
    browser = site.browser()
    if path.startswith("/.well"):
        refused(browser, "/sign-in/elsewhere", "can't be reached just now", 503)
    else:
        refused(browser, login.sign_in(sent(browser)), "can't be reached just now", 503)
    login.broken = set()
    assert browser.get(login.sign_in(sent(browser))).headers["location"] == "/equity"


def test_nothing_is_offered_where_nothing_is_configured(sample: Site) -> None:
    browser = sample.browser()
    assert "elsewhere" not in browser.get("/sign-in").text
    assert browser.get("/sign-in/elsewhere").status_code == 404
    assert browser.get("/sign-in/back?state=&code=x").status_code == 404
