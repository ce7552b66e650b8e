"""The runner: commit before the answer, nothing after a refusal, and patience with rivals."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pysqlite3.dbapi2 as sqlite
import pytest
from sqlalchemy import Column, Engine, ForeignKey, Integer, MetaData, Table, func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from app import db as db_module
from app import sqlite as sqlite_module
from app.db import AsyncRunner, NoAnswer, Runner, make_door_engine, make_engine
from app.sqlite import UnsafeDatabase, refuse_unsafe
from tests import postgres

sketch = MetaData()
note = Table("note", sketch, Column("n", Integer, primary_key=True, autoincrement=False))
promise = Table(
    "promise", sketch, Column("n", ForeignKey("note.n", deferrable=True, initially="DEFERRED"), primary_key=True)
)


class Refused(Exception):
    """A deed of these tests says no."""


def write(db: Session, n: int) -> int:
    db.execute(insert(note), {"n": n})
    return n


def write_and_refuse(db: Session, n: int) -> None:
    write(db, n)
    raise Refused


def promise_a_note_that_never_comes(db: Session) -> str:
    db.execute(insert(promise), {"n": 404})
    return "done"


def notes(db: Session) -> list[int]:
    return list(db.execute(select(note.c.n).order_by(note.c.n)).scalars())


@pytest.fixture
def runner(engine: Engine) -> Runner:
    sketch.create_all(engine)
    return Runner(engine)


@pytest.fixture
def other(database_url: str, runner: Runner) -> Iterator[Engine]:
    """Somebody else at the same database."""
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


def seen_by(engine: Engine) -> list[int]:
    return Runner(engine).read(notes)


def test_the_answer_comes_after_the_commit(runner: Runner, other: Engine) -> None:
    assert runner.run(write, 7) == 7
    assert seen_by(other) == [7]


def test_a_refusal_leaves_nothing_behind(runner: Runner, other: Engine) -> None:
    with pytest.raises(Refused):
        runner.run(write_and_refuse, 7)
    assert seen_by(other) == []


def test_a_commit_that_fails_gives_no_answer_and_the_next_deed_goes_well(runner: Runner, other: Engine) -> None:
    with pytest.raises(IntegrityError):
        runner.run(promise_a_note_that_never_comes)
    assert runner.run(write, 1) == 1
    assert seen_by(other) == [1]


def test_reading_can_write_nothing(runner: Runner, other: Engine) -> None:
    with pytest.raises(DBAPIError, match=r"(?i)read-?only"):
        runner.read(write, 7)
    assert runner.run(write, 8) == 8
    assert seen_by(other) == [8]


def test_reading_waits_for_no_writer_and_sees_one_state(runner: Runner, other: Engine) -> None:
    def before_and_after_a_rival(db: Session) -> tuple[list[int], list[int]]:
        before = notes(db)
        Runner(other).run(write, 1)
        return before, notes(db)

    assert runner.read(before_and_after_a_rival) == ([], [])
    assert runner.read(notes) == [1]


def test_a_busy_file_is_tried_again(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_module, "BUSY_TIMEOUT_MS", 1)
    engine = make_engine(sqlite_url)
    sketch.create_all(engine)
    rival = sqlite.connect(engine.url.database)
    rival.execute("BEGIN IMMEDIATE")
    pauses = []

    def let_go(pause: float) -> None:
        pauses.append(pause)
        rival.rollback()

    monkeypatch.setattr(time, "sleep", let_go)
    assert Runner(engine).run(write, 7) == 7
    assert len(pauses) == 1
    rival.close()
    engine.dispose()


def test_behind_a_thread_that_writes_for_long_the_event_loop_goes_on(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make_door_engine(sqlite_url)
    assert isinstance(engine, Engine)
    sketch.create_all(engine)
    runner, door = Runner(engine), AsyncRunner(engine)
    done: list[str] = []

    def slowly(db: Session, n: int) -> None:
        write(db, n)
        time.sleep(0.4)
        done.append("thread")

    async def meet() -> float:
        thread = asyncio.create_task(asyncio.to_thread(runner.run, slowly, 1))
        await asyncio.sleep(0.05)
        short = asyncio.create_task(door.run(write, 2))
        short.add_done_callback(lambda _: done.append("loop"))
        longest, before = 0.0, time.monotonic()
        while not short.done():
            await asyncio.sleep(0.01)
            assert await door.read(notes) in ([], [1], [1, 2])
            longest, before = max(longest, time.monotonic() - before), time.monotonic()
        await thread
        return longest

    assert asyncio.run(meet()) < 0.3
    assert done == ["thread", "loop"]
    monkeypatch.setattr(db_module, "ANSWER_SECONDS", 0.05)

    async def give_up() -> None:
        thread = asyncio.create_task(asyncio.to_thread(runner.run, slowly, 3))
        await asyncio.sleep(0.05)
        with pytest.raises(NoAnswer, match="takes long"):
            await door.run(write, 4)
        with pytest.raises(NoAnswer, match="takes long"):
            await asyncio.to_thread(runner.run, write, 5)
        await thread

    asyncio.run(give_up())
    engine.dispose()


def test_patience_has_an_end(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_module, "BUSY_TIMEOUT_MS", 1)
    engine = make_engine(sqlite_url)
    sketch.create_all(engine)
    rival = sqlite.connect(engine.url.database)
    rival.execute("BEGIN IMMEDIATE")
    with pytest.raises(DBAPIError, match="locked"):
        Runner(engine).run(write, 7)
    rival.close()
    assert seen_by(engine) == []
    engine.dispose()


@pytest.mark.parametrize("state", ["40001", "40P01"])
def test_a_transaction_the_database_gave_up_is_repeated_whole(postgresql_url: str, state: str) -> None:
    engine = make_engine(postgresql_url)
    sketch.create_all(engine)
    tries: list[int] = []

    def lose_twice(db: Session) -> int:
        tries.append(len(tries))
        write(db, len(tries))
        if len(tries) < 3:
            db.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '{state}'; END $$"))
        return len(tries)

    assert Runner(engine).run(lose_twice) == 3
    assert seen_by(engine) == [3]
    engine.dispose()


def test_only_the_keys_that_writers_race_for_are_worth_a_second_try(postgresql_url: str) -> None:
    engine = make_engine(postgresql_url)
    sketch.create_all(engine)
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA race CREATE TABLE head (size int PRIMARY KEY)"))
    tries = {"race.head": 0, "note": 0}

    def twice_the_same(db: Session, table: str) -> None:
        tries[table] += 1
        db.execute(text(f"INSERT INTO {table} VALUES (1), (1)"))

    for table in tries:
        with pytest.raises(IntegrityError):
            Runner(engine).run(twice_the_same, table)
    assert tries == {"race.head": 5, "note": 1}
    engine.dispose()


def test_endpoints_get_the_same_promises(database_url: str, runner: Runner, other: Engine) -> None:
    async def serve() -> list[int]:
        engine = make_door_engine(database_url)
        door = AsyncRunner(engine)
        assert await door.run(write, 1) == 1
        assert seen_by(other) == [1]
        with pytest.raises(Refused):
            await door.run(write_and_refuse, 2)
        with pytest.raises(IntegrityError):
            await door.run(promise_a_note_that_never_comes)
        with pytest.raises(DBAPIError, match=r"(?i)read-?only"):
            await door.read(write, 3)
        await asyncio.gather(*(door.run(write, n) for n in range(10, 20)))
        found = await door.read(notes)
        engine.dispose() if isinstance(engine, Engine) else await engine.dispose()
        return found

    assert asyncio.run(serve()) == [1, *range(10, 20)]


def test_sqlite_is_set_up_to_keep_what_it_commits(sqlite_url: str) -> None:
    engine = make_engine(sqlite_url)
    with engine.connect() as connection:
        answers = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert answers == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    engine.dispose()


def test_whoever_only_reads_keeps_less_in_memory_also_on_a_connection_that_wrote_before(sqlite_url: str) -> None:
    engine = make_engine(sqlite_url)
    runner, asked = Runner(engine), text("PRAGMA cache_size")
    kept = [do(lambda db: db.execute(asked).scalar_one()) for do in (runner.run, runner.read, runner.read, runner.run)]
    write, read = -sqlite_module.CACHE_KIB, -sqlite_module.READING_CACHE_KIB
    assert kept == [write, read, read, write]
    engine.dispose()


def test_a_writer_takes_the_lock_before_it_reads(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_module, "BUSY_TIMEOUT_MS", 1)
    engine = make_engine(sqlite_url)
    sketch.create_all(engine)
    with Session(engine) as first, Session(engine) as second:
        assert first.scalar(select(func.count()).select_from(note)) == 0
        with pytest.raises(DBAPIError, match="locked"):
            notes(second)
    engine.dispose()


@pytest.mark.parametrize("version", [(3, 40, 1), (3, 51, 2)])
def test_an_sqlite_that_loses_commits_is_refused(version: tuple[int, ...]) -> None:
    with pytest.raises(UnsafeDatabase, match="WAL-reset"):
        refuse_unsafe(version)


@pytest.mark.parametrize("version", [(3, 51, 3), (3, 53, 0), (4, 0, 0)])
def test_an_sqlite_with_the_repair_is_accepted(version: tuple[int, ...]) -> None:
    refuse_unsafe(version)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_means_psycopg(scheme: str) -> None:
    assert make_engine(f"{scheme}://vestry@db.example/vestry").url.drivername == "postgresql+psycopg"


def test_a_server_that_takes_no_more_writes_is_left_for_one_that_does(postgresql_url: str) -> None:
    engine = make_engine(postgresql_url)
    sketch.create_all(engine)
    with engine.connect() as connection:
        # as a connection stands to a primary that has become a standby; it goes back to the pool
        connection.execute(text("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"))
        connection.commit()
        with pytest.raises(OperationalError) as unavailable:
            connection.execute(insert(note), {"n": 1})
        assert unavailable.value.connection_invalidated
    with engine.connect() as connection:
        connection.execute(text("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"))
        connection.commit()
    assert Runner(engine).run(write, 2) == 2
    engine.dispose()


def test_a_database_that_was_made_without_a_locale_is_read_as_any_other(postgresql_server: str) -> None:
    url = postgres.database_at(postgresql_server, "vestry_ascii")
    postgres.execute(postgresql_server, "CREATE DATABASE vestry_ascii TEMPLATE template0 ENCODING SQL_ASCII")
    engine = make_engine(url)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT 'Zoë'")) == "Zoë"
    engine.dispose()
    postgres.execute(postgresql_server, "DROP DATABASE vestry_ascii")
