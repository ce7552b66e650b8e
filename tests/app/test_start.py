"""What is in memory once the command, and once the service, has started: what few people want waits until they do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from app import migrate

STARTED = """
import sys
import app.cli.commands
print(*sys.modules)
import app.main
app.main.create_app()
print(*sys.modules)
from app.api.fields import Told
from app.api.operation import LateRoute
from app.api.routers import DOORS
late = [route for noun in DOORS for route in noun.door.routes if isinstance(route, LateRoute)]
print(len(late), len([route for route in late if "made" in vars(route)]))
models = Told.__subclasses__()
print(len(models), len([model for model in models if model.__pydantic_complete__]))
"""


@pytest.fixture(scope="module")
def said() -> list[list[str]]:
    """Return what is loaded for the command's help and for a service that waits, and what of the API was built."""
    told = subprocess.run([sys.executable, "-c", STARTED], capture_output=True, text=True, check=True)
    return [line.split() for line in told.stdout.splitlines()]


@pytest.fixture(scope="module")
def loaded(said: list[list[str]]) -> tuple[set[str], set[str]]:
    """Return the packages that the command's help needs, and those that a service needs that waits for requests."""
    return set(said[0]), set(said[1])


def test_the_command_says_its_help_without_database_or_web(loaded: tuple[set[str], set[str]]) -> None:
    assert not loaded[0] & {"alembic", "cryptography", "fastapi", "jinja2", "pydantic", "sqlalchemy", "uvicorn"}


def test_a_service_starts_without_what_few_requests_want(loaded: tuple[set[str], set[str]]) -> None:
    assert not loaded[1] & {
        "alembic",
        "app.evidence.verify_evidence",
        "icalendar",
        "joserfc",
        "typst",
        "webauthn",
        "websockets",
        "xlsxwriter",
    }


def test_a_service_starts_without_taking_the_operations_and_answers_of_the_api_apart(said: list[list[str]]) -> None:
    for number, built in said[2:]:
        assert int(number) > 100
        assert int(built) < 3


@pytest.mark.parametrize("of", [migrate.MIGRATIONS, migrate.BOX, migrate.WITNESS], ids=lambda of: str(of.name))
def test_the_newest_migration_is_the_one_that_alembic_finds(of: Path) -> None:
    assert migrate.newest(of) == ScriptDirectory(str(of)).get_current_head()
