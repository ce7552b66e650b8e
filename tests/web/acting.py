"""Browsers of people who act in a role, and the sample cooperative for tests that only read it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app import clock
from app.config import Settings
from app.db import Runner, make_engine
from app.main import create_app
from app.people import accounts, roles
from app.people.roles import Role
from app.web.site import COOKIE
from tests import make
from tests.web.browser import Browser, Site


def acting(site: Site, role: Role, *, holder: str | None = None) -> Browser:
    """Return a browser of somebody who acts in a role: of a holder, or of somebody who holds nothing."""

    def deed(db: Session) -> str:
        name = None if holder is not None else f"Somebody from {role.value.lower()}"
        account = accounts.create_account(db, site.act(), holder=holder, name=name)
        roles.give(db, site.act(), account.id, role, is_first=True)
        cookie = accounts.start_session(db, site.act(), account.id)
        accounts.act_in(db, accounts.digest_of(cookie), role.value)
        return cookie

    return Browser(site, {COOKIE: site.runner.run(deed)})


def founded(db: Session, /) -> None:
    """Register a company, and nothing else."""
    make.company(db)


@contextmanager
def sample_site(sample_file: Path, folder: Path) -> Iterator[Site]:
    """Yield the service on a copy of the sample cooperative, at the end of its story."""
    path = folder / "sample.db"
    shutil.copyfile(sample_file, path)
    engine = make_engine(f"sqlite:///{path}")
    app = create_app(Settings(database_url=f"sqlite:///{path}"))
    with TestClient(app, base_url="http://vestry.test", follow_redirects=False, raise_server_exceptions=False) as http:
        yield Site(http, Runner(engine), [clock.now()])
    engine.dispose()
