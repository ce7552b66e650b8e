"""Runs ``vestry`` as a person would: a process of its own, in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Vestry = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def vestry(tmp_path: Path) -> Vestry:
    """Return a function that runs the command in an empty folder and returns what it said."""

    def run(*arguments: str, database: str = "sqlite:///vestry.db") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-W", "error", "-c", "from app.cli import main; main()", *arguments]
        environment = os.environ | {"VESTRY_DATABASE_URL": database, "NO_COLOR": "1"}
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)

    return run
