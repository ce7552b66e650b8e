"""The service on a fresh database, with a fixed clock."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.config import Settings
from app.db import Runner
from app.main import create_app
from tests import make
from tests.api.client import Company, Office
from tests.api.practice import Practice


@pytest.fixture
def service(database_url: str) -> FastAPI:
    """Return the service on the test's database; it is always the same moment there."""
    app = create_app(Settings(database_url=database_url))
    app.state.service.now = lambda: make.NOW
    return app


@pytest.fixture
def office(service: FastAPI, engine: Engine) -> Iterator[Office]:
    """Yield the service with a client; a bug is answered as it would be, not raised."""
    with TestClient(service, raise_server_exceptions=False) as http:
        yield Office(http, Runner(engine))


@pytest.fixture
def company(office: Office) -> Company:
    """Return a company at its beginning."""
    return Company(office)


@pytest.fixture
def practice(office: Office) -> Practice:
    """Return a cooperative that delivers sessions."""
    return Practice(office)
