"""``vestry vesting`` prints what the cases with known answers say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.cli import exits
from tests.cases import cases_dir
from tests.cli.conftest import Vestry

CONDITIONS: list[dict[str, Any]] = json.loads((cases_dir() / "vesting" / "ocf-v1-conditions.json").read_text())["cases"]
BY_NAME = {case["name"]: case for case in CONDITIONS}
SHOWN = [
    "4yr-1yr/jan31",
    "6yr-backloaded",
    "path-dependent/fda+acq",
    "grant-after-VCD",
    "alloc18/FRACTIONAL",
    "alloc-cliffinst100/CUMULATIVE_ROUNDING",
    "remainder-half-x3",
]


def _arguments(case: dict[str, Any], folder: Path) -> list[str]:
    file = folder / "terms.json"
    file.write_text(json.dumps(case["vesting_terms"]))
    known = {item["id"] for item in case["vesting_terms"]["vesting_conditions"]}
    days = {**case["vesting_start"], **case["vesting_events"]}
    events = [f"--event={name}={day}" for name, day in days.items() if name in known]
    return ["vesting", "--terms", str(file), "--quantity", case["quantity"], "--json", *events]


@pytest.mark.parametrize("name", SHOWN)
def test_a_case_comes_out_exactly(vestry: Vestry, tmp_path: Path, name: str) -> None:
    case = BY_NAME[name]
    raw = vestry(*_arguments(case, tmp_path))
    assert json.loads(raw.stdout) == case["expected_raw"], raw.stderr
    held = vestry(*_arguments(case, tmp_path), "--grant-date", case["grant_date"])
    assert json.loads(held.stdout) == case["expected_held_to_grant_date"]


@pytest.mark.parametrize(("name", "complaint"), [("deliberate-cycle", "cycle"), ("no-root-nodes", "root")])
def test_a_broken_graph_is_refused_and_named(vestry: Vestry, tmp_path: Path, name: str, complaint: str) -> None:
    finished = vestry(*_arguments(BY_NAME[name], tmp_path))
    assert finished.returncode == exits.REFUSED
    assert complaint in finished.stderr
    assert finished.stdout == ""


def test_the_start_can_be_given_once_for_all_conditions(vestry: Vestry, tmp_path: Path) -> None:
    (tmp_path / "terms.json").write_text(json.dumps(BY_NAME["4yr-1yr/jan31"]["vesting_terms"]))
    start = next(iter(BY_NAME["4yr-1yr/jan31"]["vesting_start"].values()))
    finished = vestry("vesting", "--terms", "terms.json", "--quantity", "4800", "--start", start, "--json")
    assert json.loads(finished.stdout) == BY_NAME["4yr-1yr/jan31"]["expected_raw"]


def test_a_template_is_shown_with_its_total(vestry: Vestry) -> None:
    finished = vestry("vesting", "--template", "4y/1y/monthly", "--quantity", "4800", "--start", "2024-01-31")
    assert finished.stdout.splitlines()[:2] == ["2025-01-31          1200", "2025-02-28           100"]
    assert finished.stderr.split() == ["total", "4800"]


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["--quantity", "10"], exits.USAGE, "--terms FILE or --template"),
        (["--template", "9y", "--quantity", "10"], exits.NOT_FOUND, "9y"),
        (
            ["--template", "4y/1y/monthly", "--quantity", "many", "--start", "2024-01-31"],
            exits.REFUSED,
            "not a quantity",
        ),
        (["--template", "4y/1y/monthly", "--quantity=-5", "--start", "2024-01-31"], exits.REFUSED, "above zero"),
        (["--template", "4y/1y/monthly", "--quantity", "1e300", "--start", "2024-01-31"], exits.REFUSED, "2^53"),
        (["--template", "4y/1y/monthly", "--quantity", "5", "--start", "2024-02-30"], exits.REFUSED, "no date"),
        (["--template", "4y/1y/monthly", "--quantity", "5", "--event", "sale"], exits.USAGE, "ID="),
        (["--terms", "nowhere.json", "--quantity", "5"], exits.REFUSED, "can't be read"),
    ],
)
def test_bad_input_says_what_to_do(vestry: Vestry, arguments: list[str], code: int, complaint: str) -> None:
    finished = vestry("vesting", *arguments)
    assert (finished.returncode, complaint in finished.stderr) == (code, True), finished.stderr
    assert "Traceback" not in finished.stderr
