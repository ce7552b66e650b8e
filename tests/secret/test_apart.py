"""Service and box apart: each by itself, on its own database, and they hear of each other over HTTP only."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest
from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import ProgrammingError
from starlette.testclient import TestClient

from app.config import Settings
from app.db import Runner, make_engine
from app.main import create_app
from app.secret.box_process import BoxUnset, open_alone, settings_of_box
from app.secret.links import Elsewhere
from app.secret.setup import BoxAtHand
from governance import closing
from tests import make
from tests.secret.live import listening
from tests.secret.precinct import CLOSES, OPENS, Precinct

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@dataclass
class Apart(Precinct):
    """A service, and a box that is not part of it."""

    far: BoxAtHand | None = None

    def turn_to(self, local: datetime) -> None:
        """Let it be another time for both, until each has heard of what the other did."""
        assert self.far is not None
        super().turn_to(local)
        for _ in range(2):
            self.far.conduct.catch_up(self.moments[0])
            super().turn_to(local)


@pytest.fixture
def apart(database_url: str, engine: Engine, tmp_path: Path) -> Iterator[Apart]:
    own = tmp_path / "elsewhere"
    own.mkdir()
    far = open_alone(Settings(box_database_url=f"sqlite:///{own}/box.db", public_url="http://127.0.0.1:9"))
    with listening(far.app) as box_address:
        settings = Settings(
            database_url=database_url,
            public_url="http://vestry.test",
            box_url=box_address,
            box_elsewhere=True,
            key_file=str(tmp_path / "vestry.key"),
            poll_rsa_bits=2048,
        )
        app = create_app(settings)
        moments = [make.NOW]
        app.state.service.now = lambda: moments[0]
        with (
            listening(app) as registrar_address,
            TestClient(app, base_url="http://vestry.test", follow_redirects=False) as registrar,
            httpx2.Client(base_url=box_address) as box,
        ):
            far.conduct.registrar = Elsewhere(registrar_address)
            client = cast("Any", box)
            yield Apart(registrar, client, Runner(engine), app.state.secret_votes, moments, far=far)
    far.engine.dispose()


@on_sqlite
def test_a_vote_is_held_by_two_that_only_read_what_the_other_publishes(apart: Apart, tmp_path: Path) -> None:
    apart.announce().issue()
    passes = apart.fetch_all()
    apart.turn_to(OPENS + timedelta(minutes=1))
    for number, held in enumerate(passes):
        apart.cast(held, "yes" if number else "no")
    apart.turn_to(CLOSES + timedelta(minutes=1))
    told = apart.runner.read(closing.closing, apart.proposal)
    assert told is not None
    [chamber] = told.result["chambers"]
    assert (chamber["yes"], chamber["no"]) == ("11", "1")
    assert apart.votes.box is None
    assert not (tmp_path / "vestry-box.db").exists()
    assert (tmp_path / "elsewhere" / "box.key").read_bytes() != (tmp_path / "vestry.key").read_bytes()


@on_sqlite
def test_a_vote_waits_while_the_box_is_down_and_goes_on_afterwards(apart: Apart) -> None:
    assert apart.far is not None
    there, apart.far.conduct.registrar = apart.far.conduct.registrar, Elsewhere("http://127.0.0.1:9")
    apart.votes.settings = apart.votes.settings.model_copy(update={"box_url": "http://127.0.0.1:9"})
    apart.announce()
    Precinct.turn_to(apart, OPENS - timedelta(days=8))
    assert apart.registrar.get("/polls/index.json").json() == []
    apart.far.conduct.registrar = there
    apart.votes.settings = apart.votes.settings.model_copy(update={"box_url": str(apart.box.base_url)})
    apart.issue()
    assert apart.box.get(f"/polls/{apart.poll}/manifest.json").status_code == 200


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def process(folder: Path, log: Path, *arguments: str, **environment: str) -> Iterator[None]:
    command = [sys.executable, "-c", "from app.cli import main; main()", *arguments]
    with log.open("wb") as out:
        started = subprocess.Popen(
            command, cwd=folder, env=os.environ | environment, stdout=out, stderr=subprocess.STDOUT
        )
        try:
            yield
        finally:
            started.terminate()
            started.wait(20)


def status(address: str, data: bytes | None = None) -> int:
    """Return what is answered, once anything is."""
    until = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(urllib.request.Request(address, data), timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            assert time.monotonic() < until, f"{address} never answered"
            time.sleep(0.1)


def test_both_start_as_processes_and_keep_no_log_of_who_came(tmp_path: Path) -> None:
    ports = free_port(), free_port()
    service, box = (f"http://127.0.0.1:{port}" for port in ports)
    both = {"VESTRY_PUBLIC_URL": service, "VESTRY_BOX_URL": box}
    alone = both | {"VESTRY_BOX_DATABASE_URL": "sqlite:///box.db"}
    here = both | {"VESTRY_BOX_ELSEWHERE": "true", "VESTRY_DATABASE_URL": "sqlite:///vestry.db"}
    logs = tmp_path / "service.log", tmp_path / "box.log"
    with (
        process(tmp_path, logs[0], "serve", "--auto-migrate", "--port", str(ports[0]), **here),
        process(tmp_path, logs[1], "box", "serve", "--port", str(ports[1]), **alone),
    ):
        assert status(f"{service}/polls/index.json") == 200
        assert status(f"{box}/box-key") == 200
        assert status(f"{box}/sign-in") == 404
        assert status(f"{service}/box-key") == 404
        assert status(f"{box}/polls/{'0' * 64}/ballots", b"{}") in {404, 422}
    assert "127.0.0.1" not in logs[1].read_text().replace(service, "")


def test_a_box_that_would_lean_on_the_service_does_not_start() -> None:
    with pytest.raises(BoxUnset, match="VESTRY_BOX_DATABASE_URL"):
        settings_of_box(Settings(box_database_url=""))
    with pytest.raises(BoxUnset, match="VESTRY_KEY_FILE"):
        settings_of_box(Settings(box_database_url="postgresql://box@/box", key_file=""))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_two_roles_can_not_write_each_others_tables(database_url: str, engine: Engine, tmp_path: Path) -> None:
    name = make_url(database_url).database
    service, box = f"{name}_service", f"{name}_box"
    with engine.begin() as connection:
        for role in (service, box):
            connection.execute(text(f"CREATE ROLE {role} LOGIN PASSWORD 'x'"))
        connection.execute(text(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {service}"))
        connection.execute(text(f"CREATE SCHEMA box AUTHORIZATION {box}"))
    options = {"options": "-csearch_path=box"}
    of_box = make_url(database_url).set(username=box, password="x").update_query_dict(options)
    of_service = make_url(database_url).set(username=service, password="x")
    settings = Settings(
        box_database_url=of_box.render_as_string(hide_password=False), key_file=str(tmp_path / "box.key")
    )
    opened = open_alone(settings)
    writer = make_engine(of_service.render_as_string(hide_password=False))
    try:
        for its, statement in (
            (writer, "INSERT INTO box.box_pending DEFAULT VALUES"),
            (writer, "DELETE FROM box.box_key"),
            (opened.engine, "SELECT * FROM public.entry"),
            (opened.engine, "INSERT INTO public.entry DEFAULT VALUES"),
        ):
            with its.connect() as connection, pytest.raises(ProgrammingError, match="permission denied"):
                connection.execute(text(statement))
    finally:
        writer.dispose()
        opened.engine.dispose()
        with engine.begin() as connection:
            for role in (service, box):
                connection.execute(text(f"DROP OWNED BY {role} CASCADE"))
                connection.execute(text(f"DROP ROLE {role}"))
