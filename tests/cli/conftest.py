"""Runs ``vestry`` as a person would: a process of its own, in a folder of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.cli.launcher import Launcher

Vestry = Callable[..., "CompletedProcess[str]"]


@pytest.fixture(scope="session")
def launcher() -> Iterator[Launcher]:
    """Yield what starts the command, for as long as there are tests."""
    with Launcher() as launcher:
        yield launcher


@pytest.fixture
def vestry(launcher: Launcher, tmp_path: Path) -> Vestry:
    """Return a function that runs the command in an empty folder and returns what it said."""

    def run(*arguments: str, database: str = "sqlite:///vestry.db") -> CompletedProcess[str]:
        environment = os.environ | {"VESTRY_DATABASE_URL": database, "NO_COLOR": "1"}
        return launcher.run([*arguments], tmp_path, environment)

    return run
