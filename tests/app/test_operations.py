"""Health, figures and log lines of a running service, and that none of them tells what was sent."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from app.config import Settings
from app.main import create_app
from app.operations import logs
from app.operations.together import FOLDER, counting_together
from ledger.errors import Invalid

TOKEN = {"Authorization": "Bearer a-token-of-metrics"}


@pytest.fixture
def client(engine: Engine, database_url: str, tmp_path: Path) -> Iterator[TestClient]:
    """Yield a client of a service on a migrated, empty database."""
    del engine
    settings = Settings(
        database_url=database_url,
        public_url="http://testserver",
        signing_key_file=str(tmp_path / "signing-key"),
        metrics_token=SecretStr("a-token-of-metrics"),
    )
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


def facts_of(record: logging.LogRecord) -> dict[str, object]:
    """Return the named facts of a line."""
    return dict(getattr(record, logs.FACTS))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_service_is_ready_while_schema_journal_and_signing_are_well(client: TestClient, engine: Engine) -> None:
    assert client.get("/livez").text == "ok\n"
    well = client.get("/readyz")
    assert (well.status_code, well.json()["ready"]) == (200, True)
    assert set(well.json()["checks"]) == {"database", "schema", "journal", "signing"}
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    behind = client.get("/readyz")
    assert (behind.status_code, behind.json()["checks"]) == (503, {"database": "ok", "schema": "wrong"})
    assert client.get("/livez").status_code == 200


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_journal_that_was_rewritten_is_not_ready(client: TestClient, tmp_path: Path) -> None:
    service = client.app.state.service  # type: ignore[attr-defined]
    service.reports.read(service.cosigned.signer.publish)
    assert client.get("/readyz").status_code == 200
    (tmp_path / "signing-key").with_suffix(".signed").write_text("{}")
    assert client.get("/readyz").json()["checks"]["signing"] == "wrong"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_figures_are_told_to_whoever_shows_the_token_and_name_no_address(client: TestClient) -> None:
    client.get("/v1/securities/sec_ofJane?as_of=Jane")
    client.get("/nowhere/Jane")
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer another"}).status_code == 404
    told = client.get("/metrics", headers=TOKEN).text
    assert 'vestry_requests_total{method="GET",route="/v1/securities/{security}",status="401"}' in told
    assert 'route="other",status="404"' in told
    assert "vestry_journal_entries 0.0" in told
    assert "vestry_checkpoint_age_seconds -1.0" in told
    assert "Jane" not in told
    assert set(re.findall(r'(\w+)="', told)) == {"route", "method", "status", "le"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_request_is_one_line_that_holds_nothing_of_what_was_sent(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "vestry")
    answer = client.post("/v1/grant-drafts?note=Jane", json={"for": "Jane"}, headers={"User-Agent": "Jane"})
    client.request("JANE", "/sign-in/Jane")
    client.get("/livez")
    first, second = [facts_of(record) for record in caplog.records if record.name == "vestry.access"]
    assert first | {"ms": 0} == {
        "request": answer.headers["X-Request-Id"],
        "method": "POST",
        "route": "/v1/grant-drafts",
        "status": 401,
        "ms": 0,
        "who": None,
    }
    assert second["method"] == "other"
    assert not any("Jane" in logs.ForMachines().format(record) for record in caplog.records)


def test_of_an_error_a_line_tells_kind_and_place_and_not_what_it_says() -> None:
    try:
        try:
            raise Invalid("Jane Doe")
        except Invalid as inner:
            raise KeyError("jane@example.org") from inner
    except KeyError:
        record = logging.LogRecord("vestry", logging.ERROR, __file__, 1, "it %s", ("broke",), sys.exc_info())
    told = json.loads(logs.ForMachines().format(record))
    assert (told["level"], told["message"]) == ("error", "it broke")
    assert [line.partition(":")[0] for line in told["error"]] == [
        "builtins.KeyError at tests/app/test_operations.py",
        "ledger.errors.Invalid at tests/app/test_operations.py",
    ]
    for line in (logs.ForMachines().format(record), logs.ForPeople().format(record)):
        assert "ane" not in line


def test_figures_of_several_workers_are_added_up() -> None:
    count = "from app.operations import metrics; metrics.count('/v1/x', 'GET', 200, 0.1); "
    tell = "print(metrics.generate_latest(metrics._of_all_workers()).decode())"
    with counting_together(1):
        assert FOLDER not in os.environ
    with counting_together(2):
        folder = Path(os.environ[FOLDER])
        said = [
            subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
            for code in (count, count + tell)
        ]
    assert not folder.exists()
    assert 'vestry_requests_total{method="GET",route="/v1/x",status="200"} 2.0' in said[1]


def test_a_service_that_is_told_to_stop_finishes_what_is_under_way_and_ends_well(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"VESTRY_DATABASE_URL": f"sqlite:///{tmp_path / 'v.db'}"}
    command = [sys.executable, "-c", "from app.cli import main; main()", "serve", "--auto-migrate", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    _wait_for(connection)
    body = b'{"family_name": "Jane"}'
    connection.putrequest("POST", "/v1/holders?note=Jane")
    connection.putheader("Content-Length", str(len(body)))
    connection.putheader("Content-Type", "application/json")
    connection.endheaders(body[:9])
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    connection.send(body[9:])
    answer = connection.getresponse()
    assert (answer.status, answer.read() != b"") == (401, True), "it is answered, and not cut off"
    connection.close()
    _, complained = process.communicate(timeout=30)
    assert process.returncode == 0
    lines = [json.loads(line) for line in complained.splitlines()]
    assert [(line["route"], line["status"]) for line in lines if line["logger"] == "vestry.access"] == [
        ("/v1/holders", 401)
    ]
    assert "Jane" not in complained


def _wait_for(connection: HTTPConnection) -> None:
    for _ in range(600):
        try:
            connection.request("GET", "/livez")
            connection.getresponse().read()
        except ConnectionRefusedError:
            connection.close()
            time.sleep(0.1)
        else:
            return
    raise TimeoutError
