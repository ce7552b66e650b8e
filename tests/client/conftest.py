"""A cooperative whose service listens on a port of its own, as integrators meet it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import uvicorn
from starlette.testclient import TestClient

from app.config import Settings
from app.db import Runner, make_engine
from app.main import create_app
from app.people.tokens import Scope, create_token
from tests import make
from tests.api.client import Office
from tests.api.practice import OWN, Practice


@dataclass(frozen=True, slots=True)
class Place:
    """Where the service is, and who works there."""

    address: str
    practice: Practice
    runner: Runner

    def token(self, actor: str, *scopes: Scope) -> str:
        """Make a token, as ``vestry token create`` does."""
        return self.runner.run(create_token, make.act(), actor=actor, label="ehr", scopes=scopes)[1]

    def own_token(self, provider: str) -> str:
        """Make a token for what is a provider's own."""
        return self.token(provider, *OWN)


@pytest.fixture
def place(sqlite_url: str) -> Iterator[Place]:
    """Yield a cooperative that is served, and carries jobs out."""
    app = create_app(Settings(database_url=sqlite_url), works=True)
    app.state.service.now = lambda: make.NOW
    engine = make_engine(sqlite_url)
    practice = Practice(Office(TestClient(app), Runner(engine)))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    try:
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Place(f"http://127.0.0.1:{port}", practice, Runner(engine))
    finally:
        server.should_exit = True
        thread.join(10)
        engine.dispose()
