"""A client that a public generator makes of our description does every job of an integrator.

The generator is no dependency of ours, since it wants older versions of what we use. It is installed beside, once a
run; where no package can be had, the test says so and is skipped.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.api.published import FILE
from app.people.tokens import Scope
from tests.api.practice import OWN, session
from tests.client.conftest import Place

GENERATOR = "openapi-python-client==0.29.1"
FILES = ("csv", "pdf", "x-ndjson", "zip", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")
STRANGER = Path(__file__).with_name("stranger.py")


def run(*command: str | Path, given: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, input=given, timeout=300)


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a Python that has the generated client, and nothing of this project."""
    folder = tmp_path_factory.mktemp("stranger")
    uv, python = (sys.executable, "-m", "uv"), folder / "env" / "bin" / "python"
    assert run(*uv, "venv", "--quiet", folder / "env").returncode == 0
    if run(*uv, "pip", "install", "--quiet", "--system-certs", "--python", python, GENERATOR).returncode:
        pytest.skip(f"{GENERATOR} can't be installed here")
    kinds = [f"  {'text' if kind == 'csv' else 'application'}/{kind}: application/octet-stream\n" for kind in FILES]
    words = ["content_type_overrides:\n", *kinds, "  text/event-stream: text/plain\n", "post_hooks: []\n"]
    (folder / "generator.yaml").write_text("".join(words))
    made = run(
        *(python.with_name("openapi-python-client"), "generate", "--path", FILE, "--meta", "none"),
        *("--config", folder / "generator.yaml", "--output-path", folder / "vestry_api"),
    )
    assert (made.returncode, "WARNING" in made.stdout + made.stderr) == (0, False), made.stdout + made.stderr
    (folder / "stranger.py").write_text(STRANGER.read_text())
    return python


def test_a_strangers_client_does_every_job_over_a_line_that_breaks(python: Path, place: Place) -> None:
    practice = place.practice
    tokens = {
        "ehr": place.token("usr_ehr", Scope.SESSIONS_WRITE, Scope.SESSIONS_TOTALS, Scope.EVENTS_READ),
        "finance": place.token("usr_finance", Scope.PERIODS_WRITE),
        "board": place.token("usr_board", Scope.PERIODS_APPROVE),
        "own": place.token(practice.ana, *OWN),
        "provider": practice.ana,
    }
    people = [practice.ana, *(practice.provider(f"P {n}", state="NY") for n in range(11))]
    rows = [session(who, "2025-07-07T09:00", external_id=f"a-{n}") for n, who in enumerate(people)]
    rows.append(session(practice.ana, "2025-07-08T09:00", external_id="a-99"))
    script = python.parents[2] / "stranger.py"
    done = run(python, script, place.address, given=json.dumps([tokens, rows]))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "replayed": "true",
        "rows": [[row["external_id"], "created"] for row in rows],
        "again": ["unchanged"],
        "refused": ["rows_refused", 1],
        "imported": 13,
        "job_rows": 13,
        "followed": True,
        "imports": 2,
        "totals": 26,
        "credited": ["UNATTESTED", 4, 200],
        "own": 4,
        "gap_free": True,
    }
