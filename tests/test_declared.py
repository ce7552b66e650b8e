"""Whatever a module declares, tables, records and kinds of entry, ``app.tables`` brings along."""

from __future__ import annotations

import subprocess
import sys

ALONE = "import app.tables; {}; print(sorted(KINDS), sorted(metadata.tables))"
ALL = """
import importlib, pkgutil, app, governance, ledger, app.tables
for package in (app, governance, ledger):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
{}
print(sorted(KINDS), sorted(metadata.tables))
"""
NAMES = "from ledger.kinds import KINDS; from ledger.base import metadata"


def _declared(program: str) -> str:
    finished = subprocess.run([sys.executable, "-c", program.format(NAMES)], capture_output=True, text=True, check=True)
    return finished.stdout


def test_nothing_is_declared_that_app_tables_does_not_import() -> None:
    assert _declared(ALONE) == _declared(ALL)
