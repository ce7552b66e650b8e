"""Letting people in from a shell, and the link that a new service prints."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from app.cli import exits
from app.people.roles import Role
from tests.cli.conftest import Vestry

LINK = re.compile(r"^http://127\.0\.0\.1:8000/enter/\S{43}$")


def test_people_are_let_in_and_given_roles(vestry: Vestry) -> None:
    vestry("migrate")
    assert "vestry serve" in vestry("user", "list").stderr
    added = vestry("user", "add", "--name", "Pia Lindqvist", "--email", "pia@lanternleaf.example")
    account, link = added.stdout.splitlines()
    assert added.returncode == exits.OK
    assert LINK.match(link)
    assert "within 7 days" in added.stderr
    # the first administrator needs nobody, everything after that somebody
    assert "counts from now on" in vestry("user", "role", "give", account, "admin").stderr
    given = vestry("user", "role", "give", account, "finance", "--days", "30")
    assert "waits" in given.stderr
    refused = vestry("user", "role", "approve", given.stdout.strip())
    assert (refused.returncode, "somebody else" in refused.stderr) == (exits.CONFLICT, True)
    excluded = vestry("user", "role", "give", account, "board")
    assert (excluded.returncode, "at once" in excluded.stderr) == (exits.CONFLICT, True)
    told = json.loads(vestry("user", "list", "--json").stdout)
    assert (told["id"], told["name"], told["seen_at"]) == (account, "Pia Lindqvist", None)
    assert [(one["role"], one["approved_by"]) for one in told["roles"]] == [("ADMIN", "cli"), ("FINANCE", None)]
    assert given.stdout.strip() in vestry("user", "list").stdout


def test_what_was_given_is_taken_back_and_an_account_ends(vestry: Vestry) -> None:
    vestry("migrate")
    account = vestry("user", "add", "--name", "Ivo Brandt").stdout.splitlines()[0]
    given = vestry("user", "role", "give", account, "auditor").stdout.strip()
    assert vestry("user", "role", "take", given).returncode == exits.OK
    assert vestry("user", "end", account).returncode == exits.OK
    assert f"{account}  Ivo Brandt  ended" in vestry("user", "list").stdout
    assert vestry("user", "link", account).returncode == exits.NOT_FOUND
    assert LINK.match(vestry("user", "reopen", account).stdout.strip())
    assert LINK.match(vestry("user", "link", account).stdout.strip())


def test_what_is_not_there_or_not_meant_is_told(vestry: Vestry) -> None:
    vestry("migrate")
    assert vestry("user", "link", "hld_nobody").returncode == exits.NOT_FOUND
    assert vestry("user", "add").returncode == exits.REFUSED
    unknown = vestry("user", "role", "give", "acc_x", "king")
    assert (unknown.returncode, all(role.value.lower() in unknown.stderr for role in Role)) == (exits.USAGE, True)


def test_a_new_service_prints_a_link_that_lets_the_first_administrator_in(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from app.cli import main; main()", "serve", "--auto-migrate", "--port", str(port)]
    environment = os.environ | {"VESTRY_DATABASE_URL": "sqlite:///new.db", "NO_COLOR": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=environment) as served:
        try:
            assert served.stdout is not None
            assert "Nobody has signed in yet" in served.stdout.readline()
            link = served.stdout.readline().strip()
            assert link.startswith(f"http://127.0.0.1:{port}/enter/")
            assert "This link signs you in once" in _page(link)
        finally:
            served.terminate()
    assert served.returncode in {0, -15}


def _page(link: str) -> str:
    """Return a page of a service that is still starting."""
    for _ in range(200):
        try:
            with urlopen(link, timeout=10) as response:
                return str(response.read().decode())
        except URLError as error:
            if not isinstance(error.reason, ConnectionError):
                raise
            time.sleep(0.1)
    raise AssertionError("The service never listened.")
