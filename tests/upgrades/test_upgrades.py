"""Records that earlier states of Vestry wrote are brought to this one, on both databases, and verify to the same root.

Each file is a backup of a record that the deeds of its time made, at the migration that its name tells. The
file of a released version stays here for ever.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app import migrate
from app.db import make_engine
from app.operations import backup
from tests import postgres

FILES = Path(__file__).parent

KNOWN = {
    "0005": (83, "10df68d0d1be584f"),
    "0012": (20, "382cb5f3002ca713"),
    "0016": (14, "2d5df79a872ac7c2"),
    "0020": (83, "3f2058215d46b9fe"),
}
"""Migration to the number of entries written at it, and how their root began then."""


@pytest.fixture(params=["sqlite", "postgresql"])
def new(
    request: pytest.FixtureRequest, tmp_path: Path, database_numbers: Iterator[int]
) -> Iterator[Callable[[], Engine]]:
    """Yield what makes an engine on a database without tables."""
    name, made = f"vestry_upgraded_{next(database_numbers)}", []

    def make() -> Engine:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path / 'new.db'}"
        else:
            server = request.getfixturevalue("postgresql_server")
            postgres.execute(server, f"CREATE DATABASE {name}")
            url = postgres.database_at(server, name)
        made.append(make_engine(url))
        return made[-1]

    yield make
    for engine in made:
        engine.dispose()
        if request.param == "postgresql":
            server = request.getfixturevalue("postgresql_server")
            postgres.execute(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def test_a_record_of_every_earlier_state_becomes_one_of_this(new: Callable[[], Engine]) -> None:
    engine = new()
    # the oldest record has the most migrations ahead; one is enough for PostgreSQL, where each takes seconds
    chosen = KNOWN if engine.dialect.name == "sqlite" else ["0005"]
    for revision in chosen:
        contents, verdict = backup.restore(engine, FILES / f"{revision}.zip")
        assert contents.revision == revision
        assert verdict.fault is None
        assert (verdict.entries, verdict.root[:16]) == KNOWN[revision]
        assert not migrate.pending(engine)
        if engine.dialect.name == "sqlite":
            engine.dispose()
            Path(str(engine.url.database)).unlink()


def test_the_files_of_this_folder_are_those_that_are_tried() -> None:
    assert {path.stem for path in FILES.glob("*.zip")} == set(KNOWN)


def test_the_statements_that_are_printed_bring_a_database_to_the_newest_shape(tmp_path: Path) -> None:
    engine, out = make_engine(f"sqlite:///{tmp_path / 'old.db'}"), io.StringIO()
    migrate.upgrade(engine, "0016")
    migrate.sql_of(engine, out)
    with engine.connect() as connection:
        assert migrate.revision_of(connection) == "0016", "none was run"
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.executescript(out.getvalue())
    migrate.check(engine)
    assert not migrate.pending(engine)
    again = io.StringIO()
    migrate.sql_of(engine, again)
    assert again.getvalue() == ""
