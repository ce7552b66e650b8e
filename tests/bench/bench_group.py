"""What one write costs, and what group commit brings: ``python -m tests.bench.bench_group [options] [DATABASE …]``.

So many clients in one process each append an entry of two postings, wait for its commit, and append the next: together,
as endpoints do. Beside it, in turns, each for so many seconds: a transaction and a lock of its own for each entry; and
one row a commit, with the entry's bytes and no journal at all, written in two ways. *Bare* rows come from the driver
alone, and on PostgreSQL each client has a connection, so the database itself lets commits share a wait for the disk;
*plain* rows come from an endpoint's runner and SQLAlchemy, as any service built like this one would write them. Then
the same of one client. Everything waits for the disk, as a server does; where that wait is short, the processor's time
tells more than the rates. Printed, never asserted.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import NamedTuple

import psycopg
import pysqlite3.dbapi2 as sqlite
from sqlalchemy import Column, Engine, MetaData, Table, insert
from sqlalchemy.orm import Session

from app.db import AsyncRunner, Runner, make_door_engine, make_engine
from app.migrate import upgrade
from app.sqlite import BUSY_TIMEOUT_MS
from ledger import journal
from ledger.base import Bytes, Whole
from ledger.entries import Draft, Role, account, move, payload_of
from ledger.types import Act
from tests.bench.bench_casting import durable_server

ACT = Act("usr_bench", "role:bench", datetime(2026, 3, 2, 12, tzinfo=UTC))
DAY = date(2026, 3, 2)
ROUNDS = 5
HOLDINGS = 1_000
UNIT = "UNIT:cls_bench"
POOL = account(Role.POOL, "pln_bench")

Once = Callable[[int], Awaitable[object]]
append_in_turn = journal.in_turn(journal.append)


def draft_of(number: int) -> Draft:
    """Return an entry that takes a unit from the pool, for one of a thousand holdings."""
    return Draft("grant.issued", DAY, (), move(UNIT, 1, POOL, account(Role.AWARD, f"sec_{number % HOLDINGS:026}")))


ROW = payload_of(0, draft_of(0), ACT)


BARE = Table("bare", MetaData(), Column("n", Whole, primary_key=True), Column("payload", Bytes, nullable=False))


def add_row(db: Session) -> None:
    """Write one row and no journal."""
    db.execute(insert(BARE), {"payload": ROW})


class Rate(NamedTuple):
    """How often a second clients are answered, and the seconds of this process's processor for each answer."""

    per_second: float
    cpu: float


async def rate(once: Once, clients: int, seconds: float) -> Rate:
    """Return how often so many clients are answered."""
    numbers, answered = count(), 0
    began, cpu = perf_counter(), process_time()
    until = began + seconds

    async def client() -> None:
        nonlocal answered
        while perf_counter() < until:
            await once(next(numbers))
            answered += 1

    await asyncio.gather(*(client() for _ in range(clients)))
    return Rate(answered / (perf_counter() - began), (process_time() - cpu) / answered)


def opened(url: str) -> None:
    """Make the journal, fill the pool, and make the table of rows that are none of the journal's."""
    engine = make_engine(url)
    upgrade(engine)
    BARE.create(engine)
    filled = Draft("plan.adopted", DAY, (), move(UNIT, 10**9, account(Role.CHARTER, "cls_bench"), POOL))
    Runner(engine).run(journal.append, ACT, filled)
    engine.dispose()


@contextmanager
def bare_sqlite(folder: Path) -> Iterator[Once]:
    """Yield what commits one row by the driver alone."""
    connection = sqlite.connect(str(folder / "bare.db"), isolation_level=None)
    for pragma in (f"busy_timeout = {BUSY_TIMEOUT_MS}", "journal_mode = WAL", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE bare (n INTEGER PRIMARY KEY, payload BLOB NOT NULL) STRICT")

    async def once(_: int) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO bare (payload) VALUES (?)", (ROW,))
        connection.execute("COMMIT")

    yield once
    connection.close()


async def bare_postgresql(url: str, clients: int, seconds: float) -> Rate:
    """Return the rate of the same, a connection for each client."""
    connections = [await psycopg.AsyncConnection.connect(url) for _ in range(clients)]
    free = asyncio.Queue[psycopg.AsyncConnection]()
    for connection in connections:
        free.put_nowait(connection)

    async def once(_: int) -> None:
        connection = await free.get()
        await connection.execute("INSERT INTO bare (payload) VALUES (%s)", (ROW,))
        await connection.commit()
        free.put_nowait(connection)

    found = await rate(once, clients, seconds)
    for connection in connections:
        await connection.close()
    return found


Bare = Callable[[int], Awaitable[Rate]]
Round = dict[str, Rate]


async def measured(url: str, bare: Bare, clients: int, seconds: float) -> Round:
    """Return the rates of one round."""
    engine = make_door_engine(url)
    door = AsyncRunner(engine)

    async def alone(number: int) -> object:
        return await door.run(journal.append, ACT, draft_of(number))

    async def together(number: int) -> object:
        return await door.run(append_in_turn, ACT, draft_of(number))

    async def plain(_: int) -> object:
        return await door.run(add_row)

    # a server that has been running knows the accounts that are in use
    for first in range(0, HOLDINGS, 50):
        await asyncio.gather(*map(together, range(first, first + 50)))
    found = {
        "bare": await bare(clients),
        "together": await rate(together, clients, seconds),
        "plain": await rate(plain, clients, seconds),
        "alone": await rate(alone, clients, seconds),
        "one bare": await bare(1),
        "one": await rate(together, 1, seconds),
        "one plain": await rate(plain, 1, seconds),
    }
    engine.dispose() if isinstance(engine, Engine) else await engine.dispose()
    return found


def tell(name: str, clients: int, rounds: list[Round]) -> None:
    """Print one database's figures: medians of the rounds, and of the ratios within each."""

    def line(who: str, ours: str, others: dict[str, str]) -> None:
        print(f"{name:10}  {who:10}  {_middle(rounds, ours)}", end="")
        for other, what in others.items():
            ratio = median(one[ours].per_second / one[other].per_second for one in rounds)
            print(f"   {ratio:5.2f} of {what}: {_middle(rounds, other)}", end="")
        print(flush=True)

    line(f"{clients} clients", "together", {"bare": "bare rows", "plain": "plain rows", "alone": "a lock for each"})
    line("one client", "one", {"one bare": "bare rows", "one plain": "plain rows"})


def _middle(rounds: list[Round], which: str) -> str:
    rates, cpus = zip(*(one[which] for one in rounds), strict=True)
    return f"{median(rates):,.0f}/s ({median(cpus) * 1e6:,.0f} µs)"


def on_sqlite(clients: int, seconds: float, rounds: int) -> list[Round]:
    """Return what each round finds on SQLite."""
    with tempfile.TemporaryDirectory() as name:
        url = f"sqlite:///{name}/vestry.db"
        opened(url)
        with bare_sqlite(Path(name)) as once:
            return [
                asyncio.run(measured(url, lambda clients: rate(once, clients, seconds), clients, seconds))
                for _ in range(rounds)
            ]


def on_postgresql(clients: int, seconds: float, rounds: int) -> list[Round]:
    """Return what each round finds on PostgreSQL."""
    with durable_server() as url:
        opened(url)
        return [
            asyncio.run(measured(url, lambda clients: bare_postgresql(url, clients, seconds), clients, seconds))
            for _ in range(rounds)
        ]


DATABASES = {"sqlite": on_sqlite, "postgresql": on_postgresql}


def main() -> None:
    """Measure the databases that are named, or both."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bench_group", description=__doc__)
    parser.add_argument("databases", nargs="*", metavar="DATABASE", help=", ".join(DATABASES))
    parser.add_argument("--seconds", type=float, default=1.0, help="of each of the seven measurements of a round")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=5)
    told = parser.parse_args()
    if unknown := set(told.databases) - set(DATABASES):
        parser.error(f"no such database: {', '.join(sorted(unknown))}")
    print("answers a second, and in brackets the processor's time of this process for each")
    for name in told.databases or DATABASES:
        tell(name, told.clients, DATABASES[name](told.clients, told.seconds, told.rounds))


if __name__ == "__main__":
    main()
