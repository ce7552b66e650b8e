"""What group commit brings: ``python -m tests.bench.bench_group [seconds] [clients]``.

So many clients in one process each append an entry of two postings, wait for its commit, and append the next. Three
ways, in turns, each round for so many seconds: one row a commit by the bare driver, with the entry's bytes and no
journal at all; a transaction and a lock of its own for each entry; and together, as endpoints do. Then one client
alone. Everything waits for the disk, as a server does. Printed, never asserted.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter

import psycopg
import pysqlite3.dbapi2 as sqlite
from sqlalchemy import Engine

from app.db import AsyncRunner, Runner, make_door_engine, make_engine
from app.migrate import upgrade
from app.sqlite import BUSY_TIMEOUT_MS
from ledger import journal
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


async def rate(once: Once, clients: int, seconds: float) -> float:
    """Return how often a second so many clients are answered."""
    numbers, until, answered = count(), perf_counter() + seconds, 0
    began = perf_counter()

    async def client() -> None:
        nonlocal answered
        while perf_counter() < until:
            await once(next(numbers))
            answered += 1

    await asyncio.gather(*(client() for _ in range(clients)))
    return answered / (perf_counter() - began)


def opened(url: str) -> None:
    """Make the journal, and fill the pool."""
    engine = make_engine(url)
    upgrade(engine)
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


async def bare_postgresql(url: str, clients: int, seconds: float) -> float:
    """Return the rate of the same, a connection for each client."""
    connections = [await psycopg.AsyncConnection.connect(url) for _ in range(clients)]
    await connections[0].execute(
        "CREATE TABLE IF NOT EXISTS bare (n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload bytea NOT NULL)"
    )
    await connections[0].commit()
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


async def measured(url: str, bare: Callable[[int], Awaitable[float]], clients: int, seconds: float) -> list[float]:
    """Return the rates of one round: bare, alone, together, and of one client: bare, as endpoints do."""
    engine = make_door_engine(url)
    door = AsyncRunner(engine)

    async def alone(number: int) -> object:
        return await door.run(journal.append, ACT, draft_of(number))

    async def together(number: int) -> object:
        return await door.run(append_in_turn, ACT, draft_of(number))

    # a server that has been running knows the accounts that are in use
    await asyncio.gather(*map(together, range(HOLDINGS)))
    found = [await bare(clients), await rate(alone, clients, seconds), await rate(together, clients, seconds)]
    found += [await bare(1), await rate(together, 1, seconds)]
    engine.dispose() if isinstance(engine, Engine) else await engine.dispose()
    return found


def tell(name: str, clients: int, rounds: list[list[float]]) -> None:
    """Print one database's figures: medians of the rounds, and of their ratios."""
    bare, alone, together, lone_bare, lone = (median(column) for column in zip(*rounds, strict=True))
    to_bare, to_alone, to_lone = (median(one[a] / one[b] for one in rounds) for a, b in ((2, 0), (2, 1), (4, 3)))
    print(
        f"{name:10}  {clients} clients: {together:8,.0f}/s together  {bare:8,.0f}/s bare rows ({to_bare:.2f})"
        f"  {alone:8,.0f}/s a lock for each ({to_alone:.1f})"
        f"   one client: {lone:8,.0f}/s  {lone_bare:8,.0f}/s bare ({to_lone:.2f})"
    )


def main(arguments: list[str]) -> None:
    """Measure both databases."""
    seconds, clients = (*(int(one) for one in arguments), *(3, 16)[len(arguments) :])
    with tempfile.TemporaryDirectory() as name:
        url = f"sqlite:///{name}/vestry.db"
        opened(url)
        with bare_sqlite(Path(name)) as once:

            def bare(clients: int) -> Awaitable[float]:
                return rate(once, clients, seconds)

            tell("sqlite", clients, [asyncio.run(measured(url, bare, clients, seconds)) for _ in range(ROUNDS)])
    with durable_server() as url:
        opened(url)

        def bare_there(clients: int) -> Awaitable[float]:
            return bare_postgresql(url, clients, seconds)

        tell("postgresql", clients, [asyncio.run(measured(url, bare_there, clients, seconds)) for _ in range(ROUNDS)])


if __name__ == "__main__":
    main(sys.argv[1:])
