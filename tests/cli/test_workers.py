"""Several worker processes on one record: nothing is lost or doubled, also when one of them is killed."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient

from app.cli import exits
from app.config import Settings
from app.db import Runner, make_engine
from app.main import create_app
from tests.api.client import Company, Office, Person
from tests.cli.conftest import Vestry

PATIENCE_SECONDS = 300
DRAFTS = 24


def test_sqlite_is_served_by_one_process(vestry: Vestry, sqlite_url: str) -> None:
    refused = vestry("serve", "--workers", "2", database=sqlite_url)
    assert (refused.returncode, "move the record to PostgreSQL" in refused.stderr) == (exits.USAGE, True)


@pytest.fixture
def company(postgresql_url: str) -> Iterator[Company]:
    """Yield a company at its beginning."""
    engine = make_engine(postgresql_url)
    with TestClient(create_app(Settings(database_url=postgresql_url))) as http:
        yield Company(Office(http, Runner(engine)))
    engine.dispose()


@pytest.fixture
def served(postgresql_url: str, tmp_path: Path) -> Iterator[tuple[str, int]]:
    """Yield where two workers serve the record, and the process that looks after them."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from app.cli import main; main()", "serve", "--workers", "2"]
    environment = os.environ | {"VESTRY_DATABASE_URL": postgresql_url, "VESTRY_METRICS_TOKEN": "a-token-of-metrics"}
    with subprocess.Popen(
        [*command, "--port", str(port)], cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL
    ) as serving:
        try:
            yield f"http://127.0.0.1:{port}", serving.pid
        finally:
            serving.terminate()


def _workers(parent: int) -> list[int]:
    """Return the processes that serve: not the one that only watches over what they share."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    told = {int(child): Path(f"/proc/{child}/cmdline").read_bytes() for child in children}
    return [child for child, command in told.items() if b"spawn_main" in command]


def _counted(address: str) -> int:
    """Return how many grants were issued as whichever process is asked tells Prometheus."""
    headers = {"Authorization": "Bearer a-token-of-metrics"}
    told = httpx2.get(f"{address}/metrics", headers=headers, timeout=30, verify=False).text
    series = r'^vestry_requests_total{.*/grant-drafts/{draft_id}/issue",status="201"} (.*)$'
    (line,) = re.findall(series, told, re.MULTILINE)
    return int(float(line))


def _insist(person: Person, address: str, path: str, key: str) -> httpx2.Response:
    """Ask until there is an answer, as a client does that can't know what became of its request, or is to ask later."""
    until = time.monotonic() + PATIENCE_SECONDS
    headers = person.headers | {"Idempotency-Key": key}
    while True:
        try:
            # a connection of its own: which worker takes it is chance
            answer = httpx2.post(f"{address}/v1{path}", headers=headers, timeout=30, verify=False)
        except httpx2.TransportError:
            pass
        else:
            if answer.status_code != 503:  # on a machine with much to do, one that waits long for its turn is told so
                return answer
        assert time.monotonic() < until
        time.sleep(0.05)


def test_two_workers_lose_and_double_nothing_though_one_is_killed(company: Company, served: tuple[str, int]) -> None:
    address, parent = served
    drafts = [company.approved(label=f"ES-{n}", quantity="10")["id"] for n in range(DRAFTS)]
    size = company.steward.told("/head")["size"]
    killed = []

    def issue(number: int) -> httpx2.Response:
        if number == DRAFTS:
            killed.append(_workers(parent)[0])
            os.kill(killed[0], signal.SIGKILL)
        draft = drafts[number % DRAFTS]
        return _insist(company.steward, address, f"/grant-drafts/{draft}/issue", f"issue-{draft}")

    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(issue, range(2 * DRAFTS)))
    assert killed
    assert {answer.status_code for answer in answers} == {201}
    assert [answer.content for answer in answers[:DRAFTS]] == [answer.content for answer in answers[DRAFTS:]]
    numbers = sorted(n for answer in answers[:DRAFTS] for n in answer.json()["entries"])
    assert numbers == list(range(size, size + DRAFTS))
    assert company.steward.told("/head")["size"] == size + DRAFTS
    assert company.steward.told("/verify")["ok"] is True
    assert _counted(address) >= 2 * DRAFTS - 8, "what was answered, whichever process did; a killed one noted not all"
