"""A cooperative with a secret vote, its registrar and its box, on databases of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.config import Settings
from app.db import Runner
from app.main import create_app
from tests import make
from tests.secret.precinct import Precinct


@pytest.fixture
def precinct(database_url: str, engine: Engine, tmp_path: Path) -> Iterator[Precinct]:
    """Yield a service with its box; it is always the same moment there until a test turns the clock."""
    settings = Settings(
        database_url=database_url,
        public_url="http://vestry.test",
        box_url="http://box.test",
        key_file=str(tmp_path / "vestry.key"),
        poll_rsa_bits=2048,
    )
    app = create_app(settings)
    moments = [make.NOW]
    app.state.service.now = lambda: moments[0]
    with (
        TestClient(app, base_url="http://vestry.test", follow_redirects=False) as registrar,
        TestClient(app, base_url="http://box.test", follow_redirects=False) as box,
    ):
        yield Precinct(registrar, box, Runner(engine), app.state.secret_votes, moments)
