"""Somebody with a browser, in short words: what they see, and what they send."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape

from httpx2 import Response
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.db import Runner
from app.people import accounts
from app.web.site import COOKIE
from ledger.types import Act

ORIGIN = {"Origin": "http://vestry.test", "Host": "vestry.test"}


@dataclass
class Site:
    """The service under test, and the browsers that use it."""

    http: TestClient
    runner: Runner
    moments: list[datetime]

    def turn_to(self, moment: datetime) -> None:
        """Let it be another time."""
        self.moments[0] = moment

    def act(self, actor: str = "usr_operator") -> Act:
        """Return an act of now."""
        return Act(actor, "role:operator", self.moments[0])

    def browser(self, holder: str | None = None) -> Browser:
        """Return a browser, signed in as a holder or as nobody."""
        if holder is None:
            return Browser(self, {})

        def deed(db: Session) -> str:
            found = accounts.account_of_holder(db, holder) or accounts.create_account(db, self.act(), holder=holder)
            return accounts.start_session(db, self.act(), found.id)

        return Browser(self, {COOKIE: self.runner.run(deed)})


@dataclass
class Browser:
    """A browser with its cookies."""

    site: Site
    cookies: dict[str, str] = field(default_factory=dict)

    def _headers(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    def _kept(self, response: Response) -> Response:
        for name, value in response.cookies.items():
            self.cookies[name] = value
        for told in response.headers.get_list("set-cookie"):
            if "max-age=0" in told.lower():
                self.cookies.pop(told.partition("=")[0], None)
        return response

    def get(self, path: str) -> Response:
        """Open a page."""
        return self._kept(self.site.http.get(path, headers=self._headers()))

    def see(self, path: str) -> str:
        """Open a page that is there, and return its words."""
        response = self.get(path)
        assert response.status_code == 200, response.text[:500]
        return words_of(response)

    def post(self, path: str, form: dict[str, str | list[str]], origin: dict[str, str] | None = None) -> Response:
        """Send a form, from our own page unless another origin is given."""
        headers = self._headers() | (ORIGIN if origin is None else origin)
        return self._kept(self.site.http.post(path, data=form, headers=headers))

    def upload(self, path: str, form: dict[str, str], **files: bytes) -> Response:
        """Send a form with files in it."""
        headers = self._headers() | ORIGIN
        parts = {name: ("chosen", content) for name, content in files.items()}
        return self._kept(self.site.http.post(path, data=form, files=parts, headers=headers))

    def send(self, path: str, **form: str | list[str]) -> str:
        """Send a form that is accepted, and return where it leads."""
        response = self.post(path, dict(form))
        assert response.status_code == 303, words_of(response)[:600]
        return response.headers["location"]


def words_of(response: Response) -> str:
    """Return what a page says, without its tags."""
    text = re.sub(r"<(svg|style|script).*?</\1>", " ", response.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", text)))


def title_of(response: Response) -> str:
    """Return the title of a page."""
    found = re.search(r"<title>(.*?)</title>", response.text)
    assert found is not None
    return unescape(found[1])
