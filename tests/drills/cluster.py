"""A primary and a standby of PostgreSQL on one machine, and the line between them, which can be stalled."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from app.db import make_engine
from app.migrate import upgrade
from tests import postgres

DATABASE = "vestry"

# what is acknowledged has been synced to the disk; all else is only smaller than usual
CAREFUL = {"listen_addresses": "", "shared_buffers": "32MB", "max_wal_size": "128MB", "wal_keep_size": "64MB"}

ON_DISK = "/var/tmp"
"""Where the files stand: not in memory, as those of other tests."""


@dataclass(slots=True)
class Server:
    """One server: where it listens, and its process."""

    sockets: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """The address of the service's database on it."""
        return f"postgresql://vestry@/{DATABASE}?host={self.sockets}"

    def ask(self, statement: str) -> object:
        """Return what a statement answers first."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            row = connection.execute(statement.encode()).fetchone()
            return row[0] if row else None

    def wait_for_standby(self, name: str) -> None:
        """Let each commit wait for a standby of this name; for none when it is empty."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{name}'".encode())
            connection.execute("SELECT pg_reload_conf()")

    def kill(self) -> None:
        """Let all its processes vanish at once."""
        pid = self.process.pid
        # the children first: none may go on when the first is gone
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for one in [*map(int, children), pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Shut it down, if it runs: nicely, and if that takes long, by force."""
        if self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()


class Line:
    """What a standby reaches its primary through: a socket that hands on everything, until it is stalled."""

    def __init__(self, sockets: Path, primary: Path) -> None:
        self.sockets, self._primary = sockets, primary
        self._flows = asyncio.Event()
        self._flows.set()
        self._tasks: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def laid(self) -> AsyncIterator[Line]:
        """Take connections as long as this lasts."""
        server = await asyncio.start_unix_server(self._connect, self.sockets / ".s.PGSQL.5432")
        (self.sockets / ".s.PGSQL.5432").chmod(0o777)
        async with self._kept(server):
            yield self

    @contextlib.asynccontextmanager
    async def _kept(self, server: asyncio.Server) -> AsyncIterator[None]:
        try:
            yield
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _there(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_unix_connection(self._primary / ".s.PGSQL.5432")

    def stall(self) -> None:
        """Hand on nothing more, though the connections stand."""
        self._flows.clear()

    def mend(self) -> None:
        """Hand on again, also what was held up."""
        self._flows.set()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there = await self._there()
        except OSError:
            writer.close()
            return
        for source, target in ((reader, there[1]), (there[0], writer)):
            task = asyncio.create_task(self._hand_on(source, target))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _hand_on(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError), contextlib.closing(target):
            while data := await source.read(65536):
                await self._flows.wait()
                target.write(data)
                await target.drain()


@dataclass(frozen=True, slots=True)
class Pair:
    """A primary, and a standby that follows it over a line."""

    primary: Server
    standby: Server
    line: Line

    @property
    def url(self) -> str:
        """The address of whichever of them takes writes, as a service is told it."""
        hosts = "&".join(f"host={server.sockets}" for server in (self.primary, self.standby))
        return f"postgresql://vestry@/{DATABASE}?{hosts}&target_session_attrs=read-write"

    def promote(self) -> None:
        """Let the standby take over."""
        with psycopg.connect(self.standby.url, autocommit=True) as connection:
            connection.execute("SELECT pg_promote()")


class Cluster:
    """Makes pairs of servers from the files of one that was migrated and shut down."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._programs = folder, postgres.Programs(folder)
        self._beginning = folder / "beginning"
        self._programs.initdb(self._beginning)
        server = self._start("beginning", {"listen_addresses": "", "fsync": "off", "full_page_writes": "off"})
        try:
            postgres.execute(server.url, f"CREATE DATABASE {DATABASE}")
            engine = make_engine(server.url)
            upgrade(engine)
            engine.dispose()
        finally:
            server.stop()

    @classmethod
    @contextlib.contextmanager
    def made(cls) -> Iterator[Cluster]:
        """Yield one in a folder of its own, on a disk, that is thrown away.

        Raises:
            PostgresMissing: There are no programs here to make it with.
        """
        with tempfile.TemporaryDirectory(prefix="vestry-drill-", dir=ON_DISK) as name:
            yield cls(Path(name))

    @contextlib.asynccontextmanager
    async def pair(self, *, synchronous: bool) -> AsyncIterator[Pair]:
        """Yield a new pair; with ``synchronous`` a commit waits until the standby has it on its disk."""
        names = {"synchronous_standby_names": "*" if synchronous else "", "synchronous_commit": "on"}
        for name in ("primary", "standby"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
            # not Python's copy: the files may be somebody else's, and stay so
            subprocess.run(["cp", "-a", self._beginning, self.folder / name], check=True)
        primary = self._start("primary", CAREFUL | names)
        line = Line(self._room("line"), primary.sockets)
        try:
            async with line.laid():
                standby = await asyncio.to_thread(self._follow, line)
                try:
                    while primary.ask("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") != 1:
                        await asyncio.sleep(0.02)
                    yield Pair(primary, standby, line)
                finally:
                    standby.stop()
        finally:
            primary.stop()

    @contextlib.contextmanager
    def alone(self) -> Iterator[Server]:
        """Yield a primary that will wait for a standby when it is told to; there is none."""
        data = self.folder / "alone"
        shutil.rmtree(data, ignore_errors=True)
        subprocess.run(["cp", "-a", self._beginning, data], check=True)
        server = self._start("alone", CAREFUL)
        try:
            yield server
        finally:
            server.stop()

    def _follow(self, line: Line) -> Server:
        signal_file = self.folder / "standby" / "standby.signal"
        signal_file.touch()
        shutil.copystat(signal_file.with_name("PG_VERSION"), signal_file)
        followed = {"primary_conninfo": f"host={line.sockets} user=vestry application_name=standby"}
        return self._start("standby", CAREFUL | followed)

    def _start(self, name: str, settings: dict[str, str]) -> Server:
        data = self.folder / name
        server = Server(self._room(name), self._programs.start(data, self.folder / f"{name}-at", settings))
        postgres.wait_until_ready(server.url, server.process, data.with_suffix(".log"))
        return server

    def _room(self, name: str) -> Path:
        """Return a new folder for a socket, in which whoever the servers run as may write."""
        room = self.folder / f"{name}-at"
        shutil.rmtree(room, ignore_errors=True)
        room.mkdir()
        room.chmod(0o777)
        return room
