"""The sample cooperative, built once a run, however many processes run tests."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from app.demo.build import build


def sample_path(factory: pytest.TempPathFactory) -> Path:
    """Return the file of the sample cooperative; whoever comes first builds it, and nobody changes it."""
    base = factory.getbasetemp()
    # processes of one run share the folder above their own
    folder = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    path = folder / "sample.db"
    with (folder / "sample.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            building = folder / "sample-building.db"
            build(building)
            building.rename(path)
    return path
