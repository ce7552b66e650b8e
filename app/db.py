"""Engines, and the runner: one session, one deed, one commit, and only then the answer.

Deeds are plain functions whose first parameter is the session; they flush and never commit. ``Runner`` carries them out
for the command line and the tests, ``AsyncRunner`` for endpoints.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any, Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from pysqlite3.dbapi2 import SQLITE_BUSY
from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from app import sqlite
from app.group import Group
from ledger import journal
from ledger.reading import SHELF, Shelf

P = ParamSpec("P")
T = TypeVar("T")
Deed = Callable[Concatenate[Session, P], T]

PAUSES_SECONDS = (0.01, 0.03, 0.1, 0.3)
"""The longest pause before each repetition; the true one is drawn at random below it, so rivals do not meet again."""

ANSWER_SECONDS = 30.0
"""How long a request waits for PostgreSQL, which may itself be waiting for a standby that is gone; on SQLite, for a
thread of this process that writes."""

TURN_SECONDS = 0.005
"""How often it is looked whether that thread is done."""

TAKES_LONG = "Something else is being written, and takes long."

SERIALIZATION_FAILURE, DEADLOCK, UNIQUE_VIOLATION = "40001", "40P01", "23505"
JOURNAL_KEYS = frozenset({"account", "entry", "head", "idempotency", "posting"})
"""Tables whose keys two writers may race for; the loser, repeated, reads the winner's row and goes on from there."""

READ_ONLY: dict[str, dict[str, Any]] = {
    "sqlite": {sqlite.READ_ONLY: True},
    "postgresql": {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"},
}
"""What makes a transaction one that can't write, and whose queries all see one state of the record."""


class NoAnswer(RuntimeError):
    """The database has not answered in time; what was asked of it may be done yet."""


def make_engine(url: str, *, echo: bool = False) -> Engine:
    """Return an engine for ``sqlite:///…`` or ``postgresql://…``.

    Raises:
        UnsafeDatabase: The SQLite library is one that can lose committed pages.
    """
    parsed = _with_driver(make_url(url))
    if parsed.get_backend_name() == "sqlite":
        return sqlite.make(parsed, echo=echo)
    from app import postgres  # noqa: PLC0415 - its driver is not loaded where SQLite is used

    engine = create_engine(parsed, echo=echo, hide_parameters=True, connect_args=postgres.options(parsed))
    postgres.set_up(engine)
    return engine


def make_door_engine(url: str, *, echo: bool = False) -> Engine | AsyncEngine:
    """Return the engine that fits ``AsyncRunner``: asynchronous on PostgreSQL, plain on SQLite."""
    parsed = _with_driver(make_url(url))
    if parsed.get_backend_name() == "sqlite":
        return make_engine(url, echo=echo)
    from app import postgres  # noqa: PLC0415

    engine = create_async_engine(parsed, echo=echo, hide_parameters=True, connect_args=postgres.options(parsed))
    postgres.set_up(engine.sync_engine)
    return engine


_TURNS: WeakKeyDictionary[Engine, threading.Lock] = WeakKeyDictionary()
_MAKING_TURNS = threading.Lock()


def _turn(engine: Engine | AsyncEngine) -> threading.Lock | None:
    """Return what the threads of this process that write take turns by; None where the database sees to it.

    SQLite lets one write at a time, and to wait in its own way is to try again and again: behind an import of minutes
    that would hold up the event loop, and reads with it.
    """
    if not isinstance(engine, Engine) or engine.dialect.name != "sqlite":
        return None
    with _MAKING_TURNS:
        return _TURNS.setdefault(engine, threading.Lock())


class Runner:
    """Carries out deeds, each in a session and a transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._turn = _turn(engine)
        self._reading = sqlite.reading(engine).execution_options(**READ_ONLY[engine.dialect.name], vestry_shelf=Shelf())

    @property
    def takes_two_writers(self) -> bool:
        """Whether a deed may be carried out while another one is under way."""
        return self._engine.dialect.name != "sqlite"

    def run(self, deed: Deed[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Carry out ``deed``, commit, and only then return what it returned.

        A refusal or any other error rolls everything back and is raised. When the database asks for it (a deadlock, a
        serialization failure, a busy file), the whole transaction is repeated a few times: a deed must not touch
        anything but ``db``.

        Raises:
            NoAnswer: On SQLite, another thread writes for too long; nothing was done.
        """
        if self._turn is None:
            return _patiently(self._engine, deed, *args, **kwargs)
        if not self._turn.acquire(timeout=ANSWER_SECONDS):
            raise NoAnswer(TAKES_LONG)
        try:
            return _patiently(self._engine, deed, *args, **kwargs)
        finally:
            self._turn.release()

    def read(self, facts: Deed[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what ``facts`` finds, in one snapshot that waits for no writer and can write nothing."""
        return _patiently(self._reading, facts, *args, **kwargs)


class AsyncRunner:
    """Carries out deeds for endpoints; see ``Runner`` for what is promised.

    On SQLite a deed runs on the event loop itself, so one process is its own queue of writers; only short work belongs
    there. On PostgreSQL it waits for the database without holding up the loop. Deeds that wait for their turn at the
    journal (``journal.in_turn``) are carried out together with those that wait beside them (``app.group``); long ones
    (imports) run in a thread, by a ``Runner``, and so by themselves.
    """

    def __init__(self, engine: Engine | AsyncEngine) -> None:
        self._engine = engine
        self._reading = sqlite.reading(engine).execution_options(**READ_ONLY[engine.dialect.name], vestry_shelf=Shelf())
        self._group = Group(engine, is_passing, PAUSES_SECONDS)
        self._turn = _turn(engine)

    async def run(self, deed: Deed[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Carry out ``deed``, commit, and only then return what it returned; see ``Runner.run``.

        Raises:
            NoAnswer: PostgreSQL takes too long; it goes on by itself, and may yet be done. Or, on SQLite, a thread
                writes for too long; nothing was done.
        """
        if self._turn is not None and self._turn.locked():
            await self._let_a_thread_finish()
        work: Awaitable[T]
        if journal.is_in_turn(deed):
            work = self._group.ask(lambda db: deed(db, *args, **kwargs))
        else:
            work = _patiently_async(self._engine, deed, *args, **kwargs)
        return await work if isinstance(self._engine, Engine) else await _in_time(work)

    async def read(self, facts: Deed[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what ``facts`` finds in one read-only snapshot; see ``Runner.read``."""
        return await _patiently_async(self._reading, facts, *args, **kwargs)

    async def begin_reading(self, facts: Deed[P, T], *args: P.args, **kwargs: P.kwargs) -> tuple[T, Reading]:
        """Return what ``facts`` finds, and the snapshot it was found in, for ``read_on``; whoever asks closes it."""
        reading = Reading(self._reading)
        try:
            return await reading.find(facts, *args, **kwargs), reading
        except BaseException as error:
            await reading.close()
            if not isinstance(error, DBAPIError) or not is_passing(error):
                raise
        # the snapshot is begun anew by what is read on it
        return await self.read(facts, *args, **kwargs), Reading(self._reading)

    async def read_on(self, reading: Reading, facts: Deed[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what ``facts`` finds in a snapshot that has been begun, and close it."""
        try:
            return await reading.find(facts, *args, **kwargs)
        except DBAPIError as error:
            if not is_passing(error):
                raise
        finally:
            await reading.close()
        return await self.read(facts, *args, **kwargs)

    async def _let_a_thread_finish(self) -> None:
        """Wait, on the loop and not in its way, until no thread of this process writes."""
        until = time.monotonic() + ANSWER_SECONDS
        while self._turn is not None and self._turn.locked():
            if time.monotonic() > until:
                raise NoAnswer(TAKES_LONG)
            await asyncio.sleep(TURN_SECONDS)


class Reading:
    """One snapshot that can write nothing, in which several things are read; it has to be closed."""

    def __init__(self, engine: Engine | AsyncEngine) -> None:
        info = _info(engine)
        self._db: Session | AsyncSession
        if isinstance(engine, Engine):
            self._db = Session(engine, expire_on_commit=False, info=info)
        else:
            self._db = AsyncSession(engine, expire_on_commit=False, info=info)

    async def find(self, facts: Deed[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what ``facts`` finds."""
        if isinstance(self._db, Session):
            return facts(self._db, *args, **kwargs)
        return await self._db.run_sync(facts, *args, **kwargs)

    async def close(self) -> None:
        """Let go of the snapshot and its connection; to do so twice changes nothing."""
        if isinstance(self._db, Session):
            self._db.close()
        else:
            # whoever asked may have gone; the connection goes back all the same
            await asyncio.shield(asyncio.create_task(self._db.close()))


async def _in_time(work: Awaitable[T]) -> T:
    """Return what comes of ``work``, which nobody may cut short: a commit cut short may stand on one machine only."""
    task = asyncio.ensure_future(work)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    done, _ = await asyncio.wait({task}, timeout=ANSWER_SECONDS)
    if not done:
        raise NoAnswer("The database has not answered in time.")
    return task.result()


def _patiently(engine: Engine, deed: Deed[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    for pause in PAUSES_SECONDS:
        try:
            return _once(engine, deed, *args, **kwargs)
        except DBAPIError as error:
            if not is_passing(error):
                raise
            time.sleep(random.uniform(0, pause))
    return _once(engine, deed, *args, **kwargs)


async def _patiently_async(engine: Engine | AsyncEngine, deed: Deed[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    for pause in PAUSES_SECONDS:
        try:
            return await _once_async(engine, deed, *args, **kwargs)
        except DBAPIError as error:
            if not is_passing(error):
                raise
            await asyncio.sleep(random.uniform(0, pause))
    return await _once_async(engine, deed, *args, **kwargs)


def _once(engine: Engine, deed: Deed[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    # what a deed returns stays readable after the commit without asking the database again
    with Session(engine, expire_on_commit=False, info=_info(engine)) as db, db.begin():
        return deed(db, *args, **kwargs)


def _info(engine: Engine | AsyncEngine) -> dict[str, object]:
    """Return what a session begins with: where it can't write, what its runner has read before."""
    shelf = engine.get_execution_options().get("vestry_shelf")
    return {} if shelf is None else {SHELF: shelf}


async def _once_async(engine: Engine | AsyncEngine, deed: Deed[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    if isinstance(engine, Engine):
        return _once(engine, deed, *args, **kwargs)
    async with AsyncSession(engine, expire_on_commit=False, info=_info(engine)) as db, db.begin():
        return await db.run_sync(deed, *args, **kwargs)


def is_passing(error: DBAPIError) -> bool:
    """Tell whether the same transaction may well succeed when it is repeated."""
    origin = error.orig
    # the connection was lost before the commit, which is no statement; one lost while it committed may have done so
    if error.connection_invalidated and error.statement is not None:
        return True
    # extended codes such as SQLITE_BUSY_SNAPSHOT carry the primary one in their lowest byte
    if getattr(origin, "sqlite_errorcode", 0) & 0xFF == SQLITE_BUSY:
        return True
    state = getattr(origin, "sqlstate", None)
    if state == UNIQUE_VIOLATION:
        return getattr(getattr(origin, "diag", None), "table_name", None) in JOURNAL_KEYS
    return state in {SERIALIZATION_FAILURE, DEADLOCK}


def _with_driver(url: URL) -> URL:
    # hosting services hand out both spellings; psycopg 3 serves plain and asynchronous engines alike
    return url.set(drivername="postgresql+psycopg") if url.drivername in {"postgres", "postgresql"} else url
