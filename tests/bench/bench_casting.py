"""How fast votes are cast, and a roll copied: ``python -m tests.bench.bench_casting [casts] [members]``.

Casts a second, one voter after the other, each in a transaction of its own that is committed before the next; beside
the rate at which the bare driver commits one row a transaction to the same database. Both wait for the disk, as a
server does. Then the seconds that it takes to copy the roll of as many members as are named. Printed, never asserted.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg
import pysqlite3.dbapi2 as sqlite
from sqlalchemy.orm import Session

from app import voting
from app.db import Runner, make_engine
from app.migrate import upgrade
from app.rolls import copy_roll
from app.sqlite import BUSY_TIMEOUT_MS
from governance import ballots, closing
from ledger import journal
from ledger.entries import Draft
from ledger.equity.register import RegisterEntry
from ledger.equity.values import Holder, HolderKind
from ledger.members import MemberClass, MemberEntry, Membership
from ledger.types import Act
from tests import make, postgres
from tests.governance.hall import OPENS, Hall, at, late

ROW = "INSERT INTO bare VALUES (%s, 'a member', 'a choice that is about as long as one is')"


def admit(db: Session, count: int) -> list[str]:
    """Admit so many members, ten to an entry, and return their ids."""
    ids = [f"hld_{number:026}" for number in range(count)]
    drafts = []
    for first in range(0, count, 10):
        some = ids[first : first + 10]
        people = tuple(Holder(id, HolderKind.INDIVIDUAL, licensed=True, identity=None) for id in some)
        drafts.append(Draft(RegisterEntry.HOLDER_ADDED, make.BEGINNING, people))
        joined = tuple(
            Membership(f"mem_{id}", first + number, id, MemberClass.PROVIDER, date(2025, 1, 1), 0)
            for number, id in enumerate(some, 1)
        )
        drafts.append(Draft(MemberEntry.ADMITTED, date(2025, 1, 1), joined))
    journal.append_all(db, make.act(), drafts, len(drafts))
    return ids


def bare_sqlite(path: Path, count: int) -> float:
    """Return the seconds of so many transactions of one row, by the driver alone."""
    connection = sqlite.connect(str(path), isolation_level=None)
    for pragma in (f"busy_timeout = {BUSY_TIMEOUT_MS}", "journal_mode = WAL", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE bare (n INTEGER PRIMARY KEY, who TEXT, choice TEXT) STRICT")
    began = perf_counter()
    for number in range(count):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(ROW.replace("%s", "?"), (number,))
        connection.execute("COMMIT")
    seconds = perf_counter() - began
    connection.close()
    return seconds


def bare_postgresql(url: str, count: int) -> float:
    """Return the same of PostgreSQL."""
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE bare (n bigint PRIMARY KEY, who text, choice text)")
        connection.commit()
        began = perf_counter()
        for number in range(count):
            connection.execute(ROW.encode(), (number,))
            connection.commit()
        return perf_counter() - began


def measured(url: str, casts: int, members: int) -> tuple[float, float, float]:
    """Return the seconds of copying a roll, of so many casts, and of closing the vote."""
    engine = make_engine(url)
    upgrade(engine)
    runner = Runner(engine)
    runner.run(lambda db: make.company(db).id)
    ids = runner.run(admit, members)
    vote = runner.run(lambda db: Hall(db, ids[0]).announce().id)
    began = perf_counter()
    runner.run(copy_roll, late(OPENS), vote)
    copied = perf_counter() - began
    choices = itertools.cycle(("yes", "no", "abstain"))
    began = perf_counter()
    for member, choice in zip(ids[:casts], choices, strict=False):
        act = Act(member, "role:proposals:own", at(OPENS))
        runner.run(voting.cast, act, vote, member, choice)
    cast = perf_counter() - began
    began = perf_counter()
    closed = runner.run(closing.close, late(), vote)
    assert closed.turnout == casts == runner.read(ballots.turnout, vote)[0]
    engine.dispose()
    return copied, cast, perf_counter() - began


@contextmanager
def durable_server() -> Iterator[str]:
    """Yield the address of a PostgreSQL database that waits for the disk, unlike those of the tests."""
    postgres.HASTE.update({"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"})
    with postgres.server() as url:
        postgres.execute(url, "CREATE DATABASE bench_casting")
        yield postgres.database_at(url, "bench_casting")


def tell(name: str, bare: float, found: tuple[float, float, float], casts: int, members: int) -> None:
    """Print one line."""
    copied, cast, closed = found
    print(
        f"{name:10}  {casts / cast:8,.0f} casts/s  {casts / bare:8,.0f} bare commits/s  ratio {bare / cast:.2f}"
        f"   roll of {members:,} in {copied:.2f} s   counted in {closed:.2f} s"
    )


def main(arguments: list[str]) -> None:
    """Measure both databases."""
    casts, members = (*(int(one.replace(",", "")) for one in arguments), *(1_000, 50_000)[len(arguments) :])
    with tempfile.TemporaryDirectory() as folder:
        found: Any = measured(f"sqlite:///{folder}/vestry.db", casts, members)
        tell("sqlite", bare_sqlite(Path(folder) / "bare.db", casts), found, casts, members)
    with durable_server() as url:
        found = measured(url, casts, members)
        tell("postgresql", bare_postgresql(url, casts), found, casts, members)


if __name__ == "__main__":
    main(sys.argv[1:])
