"""Exit codes that scripts rely on, and that an error says what to run next."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

from app.cli import exits
from app.webhooks import signing
from tests.cli.conftest import Vestry


def test_an_error_ends_with_the_command_to_run_next(vestry: Vestry) -> None:
    early = vestry("decision", "list")
    assert (early.returncode, early.stderr.strip().endswith("Run: vestry migrate")) == (exits.PENDING, True)
    vestry("migrate")
    missing = vestry("decision", "show", "prp_none")
    assert missing.returncode == exits.NOT_FOUND
    assert missing.stderr.splitlines()[-1] == "What there is: vestry decision list"
    deeper = vestry("user", "role", "give", "acc_none", "finance")
    assert (deeper.returncode, deeper.stderr.splitlines()[-1]) == (exits.NOT_FOUND, "What there is: vestry user list")
    refused = vestry("grant", "preview", "--units", "many")
    assert refused.returncode == exits.REFUSED
    assert refused.stderr.splitlines()[-1] == "How it is used: vestry grant preview --help"
    assert vestry("decision", "list").returncode == exits.OK
    typo = vestry("decison")
    assert (typo.returncode, "Did you mean 'decision'" in typo.stderr) == (exits.USAGE, True)
    assert "vestry -h" in typo.stderr


def test_one_request_is_answered_without_a_server(vestry: Vestry) -> None:
    vestry("migrate")
    assert json.loads(vestry("get", "/head").stdout)["size"] == 0
    assert vestry("get", "/v1/holders/hld_none").returncode == exits.NOT_FOUND
    assert vestry("get", "/holders?limit=0", "--as", "finance").returncode == exits.REFUSED
    kept_out = vestry("get", "/tokens", "--as", "board")
    assert (kept_out.returncode, "lacks the scope admin" in kept_out.stderr) == (exits.FAILURE, True)


def test_a_grant_is_previewed_without_a_database(vestry: Vestry) -> None:
    told = vestry("grant", "preview", "--units", "4800", "--months", "48", "--cliff", "12", "--start", "2026-01-15")
    lines = told.stdout.splitlines()
    assert (lines[0].split(), len(lines)) == (["2027-01-15", "1200"], 37)


def test_what_is_interrupted_says_so_by_130(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(signing.new_secret())
    # where the tests run in the background, whoever started them may have had the signal ignored
    code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from app.cli import main; main()"
    asked = [sys.executable, "-c", code, "webhook", "listen", "--port", "0", "--secret-file", str(file)]
    with subprocess.Popen(asked, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            assert "Listening on http://127.0.0.1:" in process.stderr.readline()
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 130
        finally:
            process.kill()
