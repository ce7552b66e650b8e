"""What something better stands beside goes on as before, and says so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from starlette.testclient import TestClient

from app.api import holders
from app.api.superseded import SUPERSEDED, Superseded
from app.config import Settings
from app.main import create_app

OLD = Superseded(date(2027, 1, 1), by="/v1/people", until=date(2027, 7, 1), told_at="/help")


@pytest.fixture
def old() -> Iterator[None]:
    """Let the list of holders be one that is superseded."""
    holders.door.supersede("GET", "/holders", OLD)
    yield
    del SUPERSEDED["GET", "/v1/holders"]


def test_it_says_so_in_every_answer(sqlite_url: str, old: None) -> None:
    app = create_app(Settings(database_url=sqlite_url))
    with TestClient(app) as http:
        for answer in (http.get("/v1/holders"), http.head("/v1/holders")):
            assert answer.status_code == 401
            assert answer.headers["deprecation"] == "@1798761600"
            assert answer.headers["sunset"] == "Thu, 01 Jul 2027 00:00:00 GMT"
            assert answer.headers["link"] == '</help>; rel="deprecation", </v1/people>; rel="successor-version"'
        assert "deprecation" not in http.get("/v1/plans").headers
        assert "deprecation" not in http.post("/v1/holders").headers


def test_it_says_so_in_its_description() -> None:
    operation: dict[str, object] = {"description": "Holders appear by their ids."}
    OLD.describe(operation)
    assert operation["deprecated"] is True
    end = "Deprecated since 2027-01-01: use `/v1/people`. It may answer no more from 2027-07-01 on."
    assert operation["description"] == f"Holders appear by their ids.\n\n{end}"
