"""``vestry check``: figures for people, JSON for scripts, and an exit code that tells whether all adds up."""

from __future__ import annotations

import json

from app.db import Runner, make_engine
from app.ties import CHECKS
from tests import make
from tests.cli.conftest import Vestry
from tests.web.acting import founded


def test_all_checks_are_told_and_one_that_does_not_hold_ends_with_6(vestry: Vestry, sqlite_url: str) -> None:
    engine = make_engine(sqlite_url)
    Runner(engine).run(founded)
    told = vestry("check", "--as-of", "2026-03-02", database=sqlite_url)
    assert (told.returncode, len(told.stdout.splitlines())) == (0, len(CHECKS))
    assert f"all {len(CHECKS)} hold" in told.stderr
    Runner(engine).run(lambda db: make.misnamed(db, label="ES-9"))
    engine.dispose()
    told = vestry("check", "--as-of", "2026-03-02", database=sqlite_url)
    assert told.returncode == 6
    assert (
        "13  WRONG  relationships      0 of 1 relationships named are those of the register\n           off: ES-9"
        in told.stdout
    )
    assert f"1 of {len(CHECKS)} checks do not hold: 13 relationships." in told.stderr
    told = vestry("check", "--as-of", "2026-03-02", "--json", database=sqlite_url)
    said = json.loads(told.stdout)
    assert (told.returncode, said["ok"]) == (6, False)
    assert [one["name"] for one in said["checks"] if not one["ok"]] == ["relationships"]


def test_a_day_or_an_entry_that_there_is_not_is_told(vestry: Vestry, sqlite_url: str) -> None:
    assert vestry("check", database=sqlite_url).returncode == 3
    assert vestry("check", "--as-of", "2026-02-30", database=sqlite_url).returncode == 4
    assert vestry("check", "--as-of", "2026-02-27", "--known-at", "7", database=sqlite_url).returncode == 3
