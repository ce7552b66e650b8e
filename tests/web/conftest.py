"""The service with its pages, on a database of the test's own, and on the sample cooperative."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app import clock
from app.config import Settings
from app.db import Runner, make_engine
from app.main import create_app
from tests import make
from tests.mailbox import SENDER, Mailbox, mailbox
from tests.sample import sample_path
from tests.web.browser import Site


@pytest.fixture
def site(database_url: str, engine: Engine) -> Iterator[Site]:
    """Yield the service on the test's database; it is always the same moment there."""
    app = create_app(Settings(database_url=database_url))
    moments = [make.NOW]
    app.state.service.now = lambda: moments[0]
    with TestClient(app, base_url="http://vestry.test", follow_redirects=False, raise_server_exceptions=False) as http:
        yield Site(http, Runner(engine), moments)


@pytest.fixture(scope="session")
def sample_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of the sample cooperative, built once a process."""
    return sample_path(tmp_path_factory)


@pytest.fixture
def sample(sample_file: Path, tmp_path: Path) -> Iterator[Site]:
    """Yield the service on a copy of the sample cooperative, at the end of its story."""
    path = tmp_path / "sample.db"
    shutil.copyfile(sample_file, path)
    engine = make_engine(f"sqlite:///{path}")
    app = create_app(Settings(database_url=f"sqlite:///{path}"))
    with TestClient(app, base_url="http://vestry.test", follow_redirects=False, raise_server_exceptions=False) as http:
        yield Site(http, Runner(engine), [clock.now()])
    engine.dispose()


@pytest.fixture
def post() -> Iterator[Mailbox]:
    """Yield a mail server that keeps what it is sent."""
    with mailbox() as box:
        yield box


@pytest.fixture
def mailing(sqlite_url: str, post: Mailbox) -> Iterator[Site]:
    """Yield the service on an empty record, with a mail server; it is always the same moment there."""
    engine = make_engine(sqlite_url)
    settings = Settings(database_url=sqlite_url, public_url="https://vestry.test", smtp_url=post.url, mail_from=SENDER)
    app = create_app(settings)
    moments = [make.NOW]
    app.state.service.now = lambda: moments[0]
    with TestClient(app, base_url="http://vestry.test", follow_redirects=False, raise_server_exceptions=False) as http:
        yield Site(http, Runner(engine), moments)
    engine.dispose()
