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
"""


@pytest.fixture(scope="module")
def loaded() -> tuple[set[str], set[str]]:
    """Return the packages that the command's help needs, and those that a service needs that waits for requests."""
    said = subprocess.run([sys.executable, "-c", STARTED], capture_output=True, text=True, check=True)
    command, service = said.stdout.splitlines()
    return set(command.split()), set(service.split())


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
        "xlsxwriter",
    }


@pytest.mark.parametrize("of", [migrate.MIGRATIONS, migrate.BOX, migrate.WITNESS], ids=lambda of: str(of.name))
def test_the_newest_migration_is_the_one_that_alembic_finds(of: Path) -> None:
    assert migrate.newest(of) == ScriptDirectory(str(of)).get_current_head()
