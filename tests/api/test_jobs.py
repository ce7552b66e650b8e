"""Files that are carried out as jobs: answered at once, done once, followed to their end, and gone when it is over."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import zlib
from collections.abc import Iterator, MutableMapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from fastapi import FastAPI
from httpx2 import Response
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.api import beside
from app.config import Settings
from app.db import Runner
from app.jobs import records, running
from app.jobs.board import Board
from app.jobs.tables import job
from app.main import create_app
from app.people.tokens import Scope
from ledger import journal
from tests import make
from tests.api.client import Body, Office, problem
from tests.api.practice import Practice, session
from tests.api.test_sessions import MAP, own_rows, results
from tests.imports.sessions.files import simplepractice

ROOT = Path(__file__).parents[2]
ASYNC = {"Prefer": "respond-async"}
ANY_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Where it does not matter which one it is."""

KILLED = """
import os, sys
from app.api import session_imports
from app.config import Settings
from app.db import Runner, make_engine
from app.jobs import running
from app.jobs.board import Board
from tests import make
running._Ticking.__call__ = lambda self, stage, *_: os._exit(9) if stage == "Recording" else None
running.carry_out_next(Runner(make_engine(sys.argv[1])), Board(), lambda: make.NOW)
"""
"""Carries out a job, and dies as soon as the first session of it is being written."""


def file_of(*rows: Body) -> bytes:
    return b"".join(orjson.dumps(row) + b"\n" for row in rows)


def asked(practice: Practice, data: bytes, source: str = "plain", key: str | None = None, **more: Any) -> Response:
    """Ask for a file to be imported as a job."""
    headers = practice.finance.writing | {"Prefer": more.pop("prefer", "respond-async")}
    if key is not None:
        headers["Idempotency-Key"] = key
    files: dict[str, Any] = {"file": ("export", data), "map": (None, MAP)}
    parameters = {"source": source} | more
    return practice.office.http.post("/v1/session-imports", files=files, params=parameters, headers=headers)


def begun(practice: Practice, data: bytes, **more: Any) -> str:
    """Ask for a job, and return where it is."""
    answer = asked(practice, data, **more)
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/v1/jobs/{answer.json()['id']}"
    assert answer.json()["state"] == "queued"
    return str(answer.headers["location"]).removeprefix("/v1")


def carried_out(practice: Practice, board: Board | None = None, later: timedelta = timedelta()) -> str | None:
    return running.carry_out_next(practice.office.runner, board or Board(), lambda: make.NOW + later)


def two_sessions(practice: Practice) -> bytes:
    return file_of(session(practice.ana, "2025-07-07T09:00", external_id="no 1"), session(practice.ben, "2199-07-07"))


def kept(engine: Engine) -> Body:
    """The one job as the database has it."""
    with Session(engine) as db:
        return dict(db.execute(select(job)).mappings().one())


def test_a_job_is_carried_out_once_and_tells_what_came_of_each_row(practice: Practice, engine: Engine) -> None:
    where = begun(practice, two_sessions(practice), key="july")
    assert own_rows(practice, practice.ana) == []
    problem(practice.finance.get(f"{where}/result"), 409, "not_allowed_now")
    assert carried_out(practice) is not None
    assert carried_out(practice) is None
    told = practice.finance.told(where)
    assert (told["state"], told["progress"]["done"], told["progress"]["total"]) == ("succeeded", 2, 2)
    tag = {"If-None-Match": practice.finance.get(where).headers["etag"]}
    assert practice.office.http.get(f"/v1{where}", headers=practice.finance.headers | tag).status_code == 304
    result = practice.finance.told(f"{where}/result")
    assert result["data"]["counts"]["accepted"] == 1
    rows = [orjson.loads(line) for line in practice.finance.get(f"{where}/rows").content.splitlines()]
    assert results({"rows": rows}) == [(1, "created", None), (2, "rejected", "date_in_future")]
    assert practice.finance.get(f"{where}/errors").text.splitlines()[1].startswith("2,start,The date is in the future")
    again = asked(practice, two_sessions(practice), key="july")
    assert (again.status_code, again.headers["location"]) == (202, f"/v1{where}")
    assert again.headers["idempotency-replayed"] == "true"
    assert asked(practice, two_sessions(practice), key="july", prefer="").headers["location"] == f"/v1{where}"
    assert carried_out(practice) is None
    # what was once sent as a job and what is sent as it is are the same sessions
    sent = practice.office.http.post(
        "/v1/session-imports?source=plain&rows=true", content=two_sessions(practice), headers=practice.finance.writing
    ).json()["data"]
    assert sent["earlier_import_id"] == result["data"]["import_id"]
    assert results(sent)[0] == (1, "unchanged", None)
    assert kept(engine)["sent"] is None
    assert practice.finance.told("/verify")["ok"] is True


@ANY_DATABASE
def test_of_a_file_with_clients_in_it_nothing_waits_but_our_own_columns(practice: Practice, engine: Engine) -> None:
    data = simplepractice(("07/07/2025 9:00", "Ana Díaz", "90834"), other="Zacharias Canary")
    where = begun(practice, data, source="simplepractice")
    waiting = kept(engine)
    assert b"Canary" not in zlib.decompress(waiting["sent"])
    assert set(orjson.loads(zlib.decompress(waiting["sent"]))) == {"row", "start", "code", "provider"}
    carried_out(practice)
    assert practice.finance.told(f"{where}/result")["data"]["counts"]["accepted"] == 1
    ended = kept(engine)
    assert (ended["sent"], ended["asked"]) == (None, "{}")


def test_a_job_whose_carrier_died_is_taken_up_again_and_nothing_is_doubled(
    practice: Practice, engine: Engine, database_url: str
) -> None:
    where = begun(practice, two_sessions(practice))
    size = journal_size(engine)
    died = subprocess.run([sys.executable, "-c", KILLED, database_url], cwd=ROOT, check=False)
    assert died.returncode == 9
    told = practice.finance.told(where)
    assert (told["state"], told["result_url"], journal_size(engine)) == ("running", None, size)
    assert carried_out(practice) is None
    assert carried_out(practice, later=timedelta(minutes=1)) is not None
    assert practice.finance.told(where)["state"] == "succeeded"
    size = journal_size(engine)
    # the first carrier was only slow: when it comes to the journal, there is nothing left to do
    practice.office.runner.run(running._carry_out, kept(engine)["id"], make.NOW, lambda *_: None)
    assert (journal_size(engine), len(own_rows(practice, practice.ana))) == (size, 1)


@ANY_DATABASE
def test_a_job_that_brings_the_service_down_is_not_begun_for_ever(practice: Practice) -> None:
    where = begun(practice, two_sessions(practice))
    for minute in range(records.MOST_TRIES):
        assert practice.office.runner.run(records.take, make.NOW + timedelta(minutes=minute)) is not None
    assert carried_out(practice, later=timedelta(hours=1)) is not None
    told = practice.finance.told(where)
    assert (told["state"], told["problem"]["code"], told["result_url"]) == ("failed", "internal", None)
    assert own_rows(practice, practice.ana) == []


def journal_size(engine: Engine) -> int:
    with Session(engine) as db:
        return journal.size(db)


@ANY_DATABASE
def test_what_is_refused_is_told_by_the_job_and_what_is_no_file_at_once(practice: Practice) -> None:
    where = begun(practice, two_sessions(practice), mode="atomic")
    carried_out(practice)
    told = practice.finance.told(where)
    assert (told["state"], told["problem"]["code"]) == ("failed", "rows_refused")
    assert told["problem"]["errors"][0]["row"] == 2
    assert own_rows(practice, practice.ana) == []
    problem(asked(practice, b"%PDF-1.7"), 422, "sessions_file_refused")
    problem(asked(practice, b""), 422, "sessions_file_refused")


@ANY_DATABASE
def test_a_dry_run_tells_the_result_and_stores_none_of_it(practice: Practice) -> None:
    where = begun(practice, two_sessions(practice), dry_run="true")
    carried_out(practice)
    result = practice.finance.told(f"{where}/result")
    assert (result["dry_run"], result["data"]["counts"]["accepted"]) == (True, 1)
    assert own_rows(practice, practice.ana) == []


def test_a_job_is_called_off_while_it_waits_and_while_it_runs(practice: Practice, service: FastAPI) -> None:
    waits = begun(practice, two_sessions(practice))
    assert practice.finance.post(f"{waits}/cancel").json()["state"] == "cancelled"
    assert carried_out(practice) is None
    runs = begun(practice, two_sessions(practice))
    board = Board(called_off={runs.rpartition("/")[2]})
    carried_out(practice, board)
    assert practice.finance.told(runs)["state"] == "cancelled"
    assert own_rows(practice, practice.ana) == []
    done = begun(practice, two_sessions(practice))
    carried_out(practice)
    problem(practice.finance.post(f"{done}/cancel"), 409, "not_allowed_now")


@ANY_DATABASE
def test_a_job_is_seen_by_those_who_could_have_asked_for_it(practice: Practice) -> None:
    where = begun(practice, two_sessions(practice))
    assert practice.office.person("usr_other", Scope.SESSIONS_WRITE).told(where)["state"] == "queued"
    for path in ("", "/events", "/result", "/rows", "/errors"):
        problem(practice.office.person("usr_x", Scope.REGISTER_WRITE).get(f"{where}{path}"), 404, "not_found")
        problem(practice.office.person("usr_x", Scope.ADMIN).get(f"{where}{path}"), 403, "scope_missing")
        problem(practice.finance.get(f"/jobs/job_none{path}"), 404, "not_found")


@ANY_DATABASE
def test_what_came_of_a_job_is_forgotten_after_a_week(practice: Practice) -> None:
    where = begun(practice, two_sessions(practice))
    carried_out(practice)
    carried_out(practice, later=timedelta(days=8))
    problem(practice.finance.get(where), 404, "not_found")


@pytest.fixture
def working(sqlite_url: str) -> Iterator[Practice]:
    """Yield a cooperative whose service carries jobs out by itself."""
    app = create_app(Settings(database_url=sqlite_url), works=True)
    with TestClient(app) as http:
        yield Practice(Office(http, Runner(app.state.service.reports._engine)))


def events_in(text: str) -> list[tuple[str, str, Body]]:
    """The events of a stream: id, name, data."""
    found = []
    for block in text.split("\n\n"):
        told = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "data" in told:
            found.append((told["id"], told["event"], orjson.loads(told["data"])))
    return found


def test_who_will_wait_gets_the_answer_itself_and_who_follows_hears_the_end(working: Practice) -> None:
    answer = asked(working, two_sessions(working), prefer="respond-async, wait=30", rows="true")
    assert (answer.status_code, answer.json()["data"]["counts"]["accepted"]) == (201, 1)
    refused = asked(working, two_sessions(working), prefer="respond-async; wait=30", mode="atomic")
    problem_told = refused.json()
    assert (refused.status_code, problem_told["code"]) == (422, "rows_refused")
    where = begun(working, file_of(session(working.ana, "2025-07-08T09:00")))
    waits = working.finance.headers | {"Prefer": "wait=30"}
    assert working.office.http.get(f"/v1{where}", headers=waits).json()["state"] == "succeeded"
    stream = working.finance.get(f"{where}/events")
    assert stream.headers["content-type"].startswith("text/event-stream")
    [(last, name, told)] = events_in(stream.text)
    assert (name, told["state"], told["result_url"]) == ("succeeded", "succeeded", f"/v1{where}/result")
    heard = working.office.http.get(f"/v1{where}/events", headers=working.finance.headers | {"Last-Event-ID": last})
    assert heard.status_code == 204


@ANY_DATABASE
def test_a_stream_ends_when_nobody_listens_any_more(
    practice: Practice, service: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = begun(practice, two_sessions(practice))
    monkeypatch.setattr(beside, "HEARTBEAT_SECONDS", 0.0)
    headers = [(name.lower().encode(), value.encode()) for name, value in practice.finance.headers.items()]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": f"/v1{where}/events",
        "raw_path": f"/v1{where}/events".encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("test", 1),
        "server": ("test", 80),
    }
    heard: list[bytes] = []
    begun_already = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Body:
        for message in begun_already:
            return message
        while sum(b"still here" in part for part in heard) < 2:
            await asyncio.sleep(0.01)
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        heard.append(message.get("body", b""))

    asyncio.run(asyncio.wait_for(service(scope, receive, send), 20))
    assert b"event: queued" in b"".join(heard)


@ANY_DATABASE
def test_a_package_of_shares_comes_in_as_a_job(office: Office) -> None:
    steward = office.person("usr_steward")
    headers = steward.writing | ASYNC
    where = office.http.post("/v1/ocf-imports", content=b"no zip", headers=headers).headers["location"]
    running.carry_out_next(office.runner, Board(), lambda: make.NOW)
    told = steward.told(where.removeprefix("/v1"))
    assert (told["state"], told["problem"]["code"], told["rows_url"]) == ("failed", "package_refused", None)
