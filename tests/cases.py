"""Finds the cases with known answers, which live beside the repository and not in it."""

from __future__ import annotations

from pathlib import Path

import pytest

CASES = Path(__file__).resolve().parent.parent.parent / "shared" / "cases"


def cases_dir() -> Path:
    """Return the folder of cases; skip the test or the module that asks when it is not there."""
    if not CASES.is_dir():
        pytest.skip("the cases with known answers are missing (../shared/cases)", allow_module_level=True)
    return CASES
