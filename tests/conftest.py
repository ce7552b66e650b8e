"""What every test may ask for: a fresh, migrated database, once on SQLite and once on PostgreSQL."""

from __future__ import annotations

import contextlib
import gc
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.db import make_engine
from app.migrate import upgrade
from tests import postgres
from tests.compiled import keep_compiled

# two slow cores under load are no reason to fail a property
hypothesis.settings.register_profile("vestry", deadline=None)
hypothesis.settings.load_profile("vestry")

TEMPLATE = "vestry_template"

MEMORY, ROOM_BYTES = Path("/dev/shm"), 4 * 2**30


def pytest_configure() -> None:
    """Keep what the tests write in memory, where there is room: each has a database to itself, soon thrown away."""
    if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM_BYTES:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)
    keep_compiled()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the browser: its tests are the longest, and one that comes last leaves the other processes idle."""
    items.sort(key=lambda item: "/chromium/" not in item.nodeid)


def pytest_collection_finish() -> None:
    """Spare the collector what stays to the end: modules, tests, the service itself; it went over them ever again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Return the address of a database that is migrated, empty and this test's own."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Yield an engine on the test's database."""
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def db(engine: Engine) -> Iterator[Session]:
    """Yield a session; what the test does not commit is rolled back."""
    with Session(engine, expire_on_commit=False) as db:
        yield db


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated database file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    engine = make_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()  # the last connection to close writes the log back into the file
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """Return the address of a migrated SQLite file of this test's own."""
    path = tmp_path / "vestry.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """Yield the address of the one PostgreSQL server of this run, with a migrated database to copy."""
    try:
        with postgres.server() as url:
            postgres.execute(url, f"DROP DATABASE IF EXISTS {TEMPLATE}")
            postgres.execute(url, f"CREATE DATABASE {TEMPLATE}")
            engine = make_engine(postgres.database_at(url, TEMPLATE))
            upgrade(engine)
            engine.dispose()
            yield url
    except postgres.PostgresMissing as reason:
        postgres.skip_or_fail(str(reason))


@pytest.fixture(scope="session")
def database_numbers() -> Iterator[int]:
    """Return a source of numbers, so that no two tests name a database alike."""
    return itertools.count(1)


@pytest.fixture
def postgresql_url(postgresql_server: str, database_numbers: Iterator[int]) -> Iterator[str]:
    """Yield the address of a migrated PostgreSQL database of this test's own."""
    with _copied(postgresql_server, f"vestry_test_{next(database_numbers)}") as url:
        yield url


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Yield an engine on a migrated database for a whole module, whose tests roll back what they do."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("shared") / "vestry.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        engine = make_engine(f"sqlite:///{path}")
        yield engine
        engine.dispose()
        return
    number = next(request.getfixturevalue("database_numbers"))
    with _copied(request.getfixturevalue("postgresql_server"), f"vestry_test_{number}") as url:
        engine = make_engine(url)
        yield engine
        engine.dispose()


@contextlib.contextmanager
def _copied(server: str, name: str) -> Iterator[str]:
    """Yield the address of a copy of the migrated database, which is dropped afterwards."""
    postgres.execute(server, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
    yield postgres.database_at(server, name)
    postgres.execute(server, f"DROP DATABASE {name} WITH (FORCE)")
