"""Three members of PostgreSQL under Patroni on one machine, with etcd to agree by: Debian's own packages."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from socket import create_server
from typing import Any

import httpx2

from app.db import make_engine
from app.migrate import upgrade
from tests import postgres
from tests.drills.cluster import DATABASE, ON_DISK, Line

MEMBERS = 3
PACKAGES = ("patroni", "etcd", "haproxy")
"""What Debian's packages ``patroni``, ``etcd-server`` and ``haproxy`` bring, beside ``postgresql``."""

SETTINGS: dict[str, Any] = {
    "synchronous_mode": True,
    "synchronous_mode_strict": True,
    "maximum_lag_on_failover": 0,
    "postgresql": {"use_pg_rewind": True, "parameters": {"synchronous_commit": "on", "shared_buffers": "32MB"}},
}
"""What the README tells to set; all else is as Patroni has it."""

HBA = ["local all all trust", "host all all 127.0.0.1/32 trust", "host replication all 127.0.0.1/32 trust"]

HAPROXY = """
defaults
    mode tcp
    timeout connect 4s
    timeout client 30m
    timeout server 30m
listen vestry
    bind 127.0.0.1:{port}
    option httpchk GET /primary
    http-check expect status 200
    default-server inter 3s fall 3 rise 2 on-marked-down shutdown-sessions
"""
"""As Patroni's own documents have it: whatever does not call itself the primary loses its connections."""


def missing() -> str:
    """Return what is not installed here, in a sentence; nothing where all is."""
    lacking = [name for name in PACKAGES if shutil.which(name, path=_PATH) is None]
    if not _programs():
        lacking.append("postgresql")
    return f"not installed: {', '.join(lacking)}" if lacking else ""


_PATH = f"{os.environ.get('PATH', '')}:/usr/bin:/usr/sbin"


def _programs() -> Path | None:
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


@dataclass(slots=True)
class Member:
    """One machine of them: Patroni, the server that it looks after, and the line that others follow it over."""

    name: str
    port: int
    rest: int
    line: Line
    data: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of the service's database on it."""
        return f"postgresql://vestry@127.0.0.1:{self.port}/{DATABASE}"

    def pids(self) -> list[int]:
        """Return every process of this machine."""
        found = [self.process.pid] if self.process and self.process.poll() is None else []
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int((self.data / "postmaster.pid").read_text().splitlines()[0])
            if str(self.data).encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                found += [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
        return found

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to all of them."""
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def kill(self) -> None:
        """Let all its processes vanish at once."""
        self.signal(signal.SIGSTOP)  # none may go on when the first is gone
        self.signal(signal.SIGKILL)
        if self.process:
            self.process.wait()


def free_port() -> int:
    """Return a port that nothing listens on."""
    with create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


class PortLine(Line):
    """A line over TCP, as Patroni has it."""

    def __init__(self, port: int, server: int) -> None:
        super().__init__(Path(), Path())
        self.port, self._server = port, server

    @contextlib.asynccontextmanager
    async def laid(self) -> AsyncIterator[Line]:
        """Take connections as long as this lasts."""
        server = await asyncio.start_server(self._connect, "127.0.0.1", self.port)
        async with self._kept(server):
            yield self

    async def _there(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self._server)


class Members:
    """Three members, what they agree by, and the proxy in front that leads to the primary."""

    def __init__(self, folder: Path, *, proxied: bool) -> None:
        programs = _programs()
        assert programs, missing()
        self.folder, self.proxied, self._bin = folder, proxied, programs
        self._prefix = postgres.run_as_somebody_else(folder) if os.geteuid() == 0 else []
        self._etcd, self._front = free_port(), free_port()
        self._others: list[subprocess.Popen[bytes]] = []
        self.members = [self._member(f"db{number + 1}") for number in range(MEMBERS)]

    @property
    def url(self) -> str:
        """The address of whichever of them takes writes, as a service is told it."""
        if self.proxied:
            # the proxy takes each of them for the primary until it has asked
            return f"postgresql://vestry@127.0.0.1:{self._front}/{DATABASE}?target_session_attrs=read-write"
        hosts = "&".join(f"host=127.0.0.1:{one.port}" for one in self.members)
        return f"postgresql://vestry@/{DATABASE}?{hosts}&target_session_attrs=read-write"

    @classmethod
    @contextlib.asynccontextmanager
    async def made(cls, *, proxied: bool) -> AsyncIterator[Members]:
        """Yield three that run, with the service's database on them; all of it goes in the end."""
        with tempfile.TemporaryDirectory(prefix="vestry-patroni-", dir=ON_DISK, ignore_cleanup_errors=True) as name:
            made = cls(Path(name), proxied=proxied)
            async with contextlib.AsyncExitStack() as stack:
                stack.callback(made.stop)
                for one in made.members:
                    await stack.enter_async_context(one.line.laid())
                await made._begin()
                yield made

    def start(self, member: Member) -> None:
        """Start a member, or start it anew."""
        settings = self.folder / f"{member.name}.yml"
        member.process = self._run(member.name, "patroni", settings)

    async def leader(self) -> Member:
        """Return the one that takes writes, as soon as a standby has all that it has."""
        while True:
            ranks = {one.name: await self._rank(one) for one in self.members}
            if sorted(ranks.values()) == ["leader", "other", "sync"]:
                return next(one for one in self.members if ranks[one.name] == "leader")
            await asyncio.sleep(0.2)

    def stop(self) -> None:
        """End all of it."""
        for one in self.members:
            one.kill()
        for process in self._others:
            process.terminate()
            process.wait()

    async def _begin(self) -> None:
        etcd = [f"--data-dir={self.folder}/etcd", f"--listen-client-urls=http://127.0.0.1:{self._etcd}"]
        peer = f"http://127.0.0.1:{free_port()}"
        etcd += [f"--advertise-client-urls=http://127.0.0.1:{self._etcd}", f"--listen-peer-urls={peer}"]
        etcd += [f"--initial-advertise-peer-urls={peer}", f"--initial-cluster=default={peer}"]
        self._others.append(self._run("etcd", "etcd", *etcd))
        for one in self.members:
            self.start(one)
        leader = await self.leader()
        # in a thread, as this one hands on what the standby gets
        await asyncio.to_thread(postgres.execute, leader.url, f"CREATE DATABASE {DATABASE}")
        engine = make_engine(leader.url)
        await asyncio.to_thread(upgrade, engine)
        engine.dispose()
        if self.proxied:
            told = HAPROXY.format(port=self._front) + "".join(
                f"    server {one.name} 127.0.0.1:{one.port} check port {one.rest}\n" for one in self.members
            )
            (self.folder / "haproxy.cfg").write_text(told)
            self._others.append(self._run("haproxy", "haproxy", "-f", self.folder / "haproxy.cfg"))

    async def _rank(self, member: Member) -> str:
        try:
            async with httpx2.AsyncClient(timeout=2) as http:
                told = (await http.get(f"http://127.0.0.1:{member.rest}/patroni")).json()
        except (httpx2.HTTPError, ValueError):
            return "away"
        if told.get("state") != "running":
            return "away"
        if told.get("role") == "master":
            return "leader"
        if told.get("replication_state", "streaming") != "streaming":
            return "away"
        return "sync" if told.get("sync_standby") else "other"

    def _member(self, name: str) -> Member:
        port, rest, line = free_port(), free_port(), free_port()
        made = Member(name, port, rest, PortLine(line, port), self.folder / name)
        told = {
            "scope": "vestry",
            "name": name,
            "restapi": {"listen": f"127.0.0.1:{rest}", "connect_address": f"127.0.0.1:{rest}"},
            "etcd3": {"host": f"127.0.0.1:{self._etcd}"},
            "bootstrap": {"dcs": SETTINGS, "initdb": [{"encoding": "UTF8"}, {"locale": "C"}, {"auth": "trust"}]},
            "postgresql": {
                "listen": f"127.0.0.1:{port}",
                "connect_address": f"127.0.0.1:{line}",
                "data_dir": str(made.data),
                "bin_dir": str(self._bin),
                "pgpass": f"{self.folder}/{name}.pgpass",
                "authentication": {"superuser": {"username": "vestry"}, "replication": {"username": "vestry"}},
                "parameters": {"unix_socket_directories": ""},
                "pg_hba": HBA,
            },
        }
        (self.folder / f"{name}.yml").write_text(json.dumps(told))  # which is YAML as well
        return made

    def _run(self, name: str, program: str, *arguments: str | Path) -> subprocess.Popen[bytes]:
        found = shutil.which(program, path=_PATH)
        assert found, missing()
        with (self.folder / f"{name}.log").open("a") as output:
            return subprocess.Popen([*self._prefix, found, *arguments], stdout=output, stderr=output)
