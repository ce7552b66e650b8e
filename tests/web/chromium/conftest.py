"""The sample cooperative with a vote under way, served on a free port, and a real browser that visits it."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright
from sqlalchemy.orm import Session

from app import voting
from app.config import Settings
from app.db import Runner, make_engine
from app.mail import postman
from app.mail.readers import house_of
from app.mail.sending import Post, Tls
from app.main import create_app
from app.people import accounts, address_changes, roles
from app.people.roles import Role
from app.web.site import COOKIE
from governance import notices, proposals
from governance.notices import Dates
from governance.proposals import Content
from governance.records import ProposalKind
from governance.rules import default_rules
from governance.tally.methods import Method
from ledger.members import members_on
from ledger.types import Act
from tests.mailbox import SENDER, Mailbox, mailbox
from tests.web.chromium import eyes

THERAPIST, FOUNDER = "hld_provider_012", "hld_founder_001"
ANNOUNCED = datetime(2026, 1, 12, 15, tzinfo=UTC)
NOW = datetime(2026, 1, 28, 15, 30, tzinfo=UTC)
"""The day after the vote has opened."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the sample cooperative is served.

    Attributes:
        vote: The proposal that is open, between yes and no.
        ranked: Another one, of which options are ranked.
        mailbox: The mail server, with what it was sent.
    """

    address: str
    runner: Runner
    vote: str
    ranked: str
    mailbox: Mailbox

    def deliver(self) -> None:
        """Do what the service does by itself: write letters that are due, and send them."""
        voting.carry_on_all(self.runner.run, _act("system", NOW))
        post = Post("127.0.0.1", self.mailbox.port, Tls.NEVER, None, None, SENDER)
        postman.go_round(self.runner, post, self.address, lambda: NOW)

    def known_as(self, holder: str, address: str) -> None:
        """Give a holder an e-mail address."""

        def deed(db: Session) -> None:
            house = house_of(db, self.address)
            address_changes.set_address(db, _act("usr_operator", NOW), house, _account(db, holder).id, address)

        self.runner.run(deed)

    def link(self, holder: str) -> str:
        """Return a sign-in link for a holder, as somebody would send it."""

        def deed(db: Session) -> str:
            return accounts.make_link(db, _act("usr_operator", NOW), _account(db, holder).id)

        return f"{self.address}/enter/{self.runner.run(deed)}"

    def cookie(self, holder: str | None, role: Role | None = None) -> str:
        """Return the cookie of a browser that is signed in: as a holder or as somebody from outside, in a role."""

        def deed(db: Session) -> str:
            act = _act("usr_operator", NOW)
            account = _account(db, holder)
            secret = accounts.start_session(db, act, account.id)
            if role is not None:
                if role not in roles.roles_of(db, account.id, NOW):
                    roles.give(db, act, account.id, role, is_first=True)
                accounts.act_in(db, accounts.digest_of(secret), role.value)
            return secret

        return self.runner.run(deed)


def _act(actor: str, now: datetime) -> Act:
    return Act(actor, "role:operator", now)


def _account(db: Session, holder: str | None) -> accounts.Account:
    found = None if holder is None else accounts.account_of_holder(db, holder)
    name = "Somebody from outside" if holder is None else None
    return found or accounts.create_account(db, _act("usr_operator", NOW), holder=holder, name=name)


def _vote(db: Session) -> str:
    """Put a vote under way, as a founder would."""
    act = Act(FOUNDER, "role:member", ANNOUNCED)
    said = Content("Should the help desk answer on Sundays?", "Some of us see clients then.\n\nIt would cost a little.")
    made = voting.put_forward(db, act, ProposalKind.ADVISORY, said, author=FOUNDER, board_ref="board:2026-01")
    rules = voting.rules_today(db, made.id, ANNOUNCED)
    proposals.publish(db, act, made.id, author=FOUNDER, rules=rules, on=ANNOUNCED.date())
    opens, closes = datetime(2026, 1, 27, 9), datetime(2026, 2, 3, 18)
    voting.announce(db, act, made.id, Dates(date(2026, 1, 14), opens, closes, "America/New_York"))
    return made.id


def _ranked(db: Session) -> str:
    """Put a vote under way in which members rank what they like."""
    act = Act(FOUNDER, "role:member", ANNOUNCED)
    options = {"hours": "Group supervision hours", "cohort": "EMDR training cohort", "retreat": "A retreat <in May> 🌿"}
    said = Content("How should we spend the learning fund?", "Each one fits the money.", (), options)
    day, everybody = ANNOUNCED.date(), members_on(db, ANNOUNCED.date())
    made = proposals.draft(
        db, act, ProposalKind.ADVISORY, said, author=FOUNDER, members=everybody, on=day, board_ref="board:2026-01"
    )
    rules = replace(default_rules(ProposalKind.ADVISORY), method=Method.IRV)
    proposals.publish(db, act, made.id, author=FOUNDER, rules=rules, on=day)
    dates = Dates(date(2026, 1, 14), datetime(2026, 1, 27, 9), datetime(2026, 2, 3, 18), "America/New_York")
    notices.give_notice(db, act, made.id, dates, rules=rules, on=day)
    return made.id


@pytest.fixture(scope="package")
def place(sample_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Yield the sample cooperative, served on a free port; it is always the same moment there."""
    with served(sample_file, tmp_path_factory.mktemp("served"), lambda: NOW) as made:
        # whoever has no address when letters are written gets none of them later
        made.known_as("hld_provider_020", "therapist@example.org")
        yield made


@contextmanager
def served(sample_file: Path, folder: Path, now: Callable[[], datetime]) -> Iterator[Place]:
    """Serve a copy of the sample cooperative on a free port, by a clock of the test's own."""
    eyes.chromium()
    path = folder / "sample.db"
    shutil.copyfile(sample_file, path)
    engine = make_engine(f"sqlite:///{path}")
    runner = Runner(engine)
    vote, ranked = runner.run(_vote), runner.run(_ranked)
    with socket.socket() as listening, mailbox() as box:
        listening.bind(("127.0.0.1", 0))
        # by its name: browsers make passkeys for it, and by its number the box of secret votes is reached
        public_url = f"http://localhost:{listening.getsockname()[1]}"
        url = f"sqlite:///{path}"
        settings = Settings(database_url=url, public_url=public_url, smtp_url=box.url, mail_from=SENDER)
        app = create_app(settings)
        app.state.service.now = now
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            _wait_until(lambda: server.started)
            yield Place(public_url, runner, vote, ranked, box)
        finally:
            server.should_exit = True
            thread.join()
            engine.dispose()


def _wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline, "the service did not start"
        time.sleep(0.02)


@pytest.fixture(scope="package")
def playing() -> Iterator[Playwright]:
    """Yield what starts browsers; there can be one of it at a time."""
    with sync_playwright() as playing:
        yield playing


@pytest.fixture(scope="package")
def chromium(playing: Playwright) -> Iterator[Browser]:
    """Yield a real browser."""
    browser = playing.chromium.launch(executable_path=eyes.chromium(), args=list(eyes.ARGUMENTS))
    yield browser
    browser.close()


Opened = Callable[..., BrowserContext]


@pytest.fixture
def opened(place: Place, chromium: Browser) -> Iterator[Opened]:
    """Return a function that opens a browser of its own: signed in by a cookie or not, with scripts or without."""
    contexts: list[BrowserContext] = []

    def open_one(
        cookie: str | None = None, *, scripts: bool = True, size: tuple[int, int] = eyes.WIDE
    ) -> BrowserContext:
        made = chromium.new_context(
            base_url=place.address,
            java_script_enabled=scripts,
            viewport={"width": size[0], "height": size[1]},
            locale="en-US",
        )
        if cookie is not None:
            made.add_cookies([{"name": COOKIE, "value": cookie, "url": place.address}])
        made.set_default_timeout(timedelta(seconds=15) / timedelta(milliseconds=1))
        contexts.append(made)
        return made

    yield open_one
    for one in contexts:
        one.close()
