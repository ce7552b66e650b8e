"""What a cap table costs over a million postings, as a ratio to bare SQL: ``python -m tests.bench.bench_captable``.

Two statements are compared with ``cap_table``, in CPU seconds of client and server together, best of five, each round
measuring all three one after the other:

- every balance: ``SELECT account, SUM(amount) … GROUP BY account``, the rows fetched by the bare driver;
- by class: the same sums added up by role and class in SQL, as bare as it can be said.

The record has the shape of a real one: each grant is an account and a security of its own, and so is each certificate
that comes out of it; a million postings are half a million entries and 460,000 accounts. It is written straight into
the tables, guards off: only the reading is measured. Figures are printed, never asserted: the machine may be busy.

``python -m tests.bench.bench_captable 1000000 2`` puts two plans on one class, whose grants must then be told apart.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from time import process_time
from typing import Any

from sqlalchemy import Engine, Table, text
from sqlalchemy.orm import Session

import app.tables  # noqa: F401 - builds every table
from app.db import make_engine
from app.migrate import upgrade
from ledger import tables
from ledger.equity.captable.summary import cap_table
from ledger.equity.values import Holder, Plan, Security, ShareClass
from ledger.merkle import CompactRange
from ledger.types import Cut
from tests import postgres

ROUNDS = 5
HOLDERS, FOUNDERS = 50_000, 50
BEGINNING, TODAY = date(2016, 1, 1), date(2026, 1, 1)
PAYLOAD = bytes(600)
"""As long as an entry usually is."""

EVERY_BALANCE = "SELECT account, SUM(amount) FROM posting WHERE effective_on <= {day} AND n < {n} GROUP BY account"
BY_CLASS = (
    "SELECT substr(a.path, 1, 3), a.asset, SUM(b.units) FROM "
    "(SELECT account, SUM(amount) AS units FROM posting WHERE effective_on <= {day} AND n < {n} GROUP BY account) b "
    "JOIN account a ON a.id = b.account GROUP BY 1, 2"
)

Rows = list[tuple[Any, ...]]


@dataclass
class Record:
    """Rows of a made-up company, ready to be written."""

    dice: random.Random = field(default_factory=lambda: random.Random(20250101))
    entries: Rows = field(default_factory=list)
    accounts: dict[str, tuple[int, str, int]] = field(default_factory=dict)
    chains: dict[int, tuple[int, int]] = field(default_factory=dict)
    postings: Rows = field(default_factory=list)
    securities: Rows = field(default_factory=list)

    def write(self, kind: str, day: date, asset: str, moves: dict[str, int]) -> None:
        """Add an entry with its postings."""
        n = len(self.entries)
        self.entries.append((n, kind, day))
        for leg, (path, amount) in enumerate(moves.items()):
            account = self.accounts.setdefault(path, (len(self.accounts), f"UNIT:{asset}", n))[0]
            version, after = self.chains.get(account, (0, 0))
            self.chains[account] = version + 1, after + amount
            self.postings.append((account, version + 1, n, leg, day, amount, after + amount))

    def security(self, kind: str, holder: int, quantity: int, home: tuple[str, str | None], source: str | None) -> str:
        """Add a certificate or grant that the next entry makes."""
        id = "sec_01J" + "".join(self.dice.choices("0123456789ABCDEFGHJKMNPQRSTVWXYZ", k=23))
        label = f"{kind[0]}-{len(self.securities)}"
        self.securities.append((len(self.entries), id, label, kind, f"hld_{holder}", quantity, *home, source))
        return id


def some_record(postings: int, homes: list[tuple[str, str]]) -> Record:
    """Return a record of so many postings: grants of plans, exercised now and then, forfeited now and then."""
    record = Record()
    classes = dict.fromkeys(of for of, _ in homes)
    for of in classes:
        record.write("class.authorised", BEGINNING, of, {f"charter:{of}": -(10**12), f"unissued:{of}": 10**12})
    for of, plan in homes:
        record.write("plan.adopted", BEGINNING, of, {f"unissued:{of}": -(4 * 10**11), f"pool:{plan}": 4 * 10**11})
    for number in range(FOUNDERS):
        of, units = homes[0][0], 1_000_000
        made = record.security("STOCK", number, units, (of, None), None)
        record.write("stock.issued", BEGINNING, of, {f"unissued:{of}": -units, f"certificate:{made}": units})
    while len(record.postings) < postings:
        day = BEGINNING + timedelta(days=3_600 * len(record.postings) // postings)
        _a_grant(record, day, homes[record.dice.randrange(len(homes))])
    return record


def _a_grant(record: Record, day: date, home: tuple[str, str]) -> None:
    of, plan = home
    holder, left = record.dice.randrange(HOLDERS), record.dice.randrange(2_400, 8_000)
    award = record.security("AWARD", holder, left, home, None)
    record.write("grant.issued", day, of, {f"pool:{plan}": -left, f"award:{award}": left})
    for _ in range(2):
        if record.dice.random() < 0.4:
            units = left // 3
            left -= units
            made = record.security("STOCK", holder, units, home, award)
            record.write("award.exercised", day, of, {f"award:{award}": -units, f"certificate:{made}": units})
    if record.dice.random() < 0.15:
        record.write("holder.left", day, of, {f"award:{award}": -left, f"pool:{plan}": left})


def rows_of(
    record: Record, homes: list[tuple[str, str]]
) -> Iterator[tuple[Table, list[str], Iterator[tuple[Any, ...]]]]:
    """Yield what goes into each table: the table, its columns, the rows."""
    size, leaf = len(record.entries), bytes(32)
    yield tables.head, ["size", "range", "root"], iter([(size, CompactRange().encode(), leaf)])
    columns = ["n", "kind", "effective_on", "recorded_at", "payload", "leaf", "head"]
    yield tables.entry, columns, ((n, kind, day, 0, PAYLOAD, leaf, size) for n, kind, day in record.entries)
    columns = ["id", "path", "asset", "floor", "opened_n"]
    floors = {path: None if path.startswith("charter") else 0 for path in record.accounts}
    accounts = ((id, path, asset, floors[path], n) for path, (id, asset, n) in record.accounts.items())
    yield tables.account, columns, accounts
    columns = ["account", "version", "n", "leg", "effective_on", "amount", "after"]
    yield tables.posting, columns, iter(record.postings)
    holders = ((0, number, f"hld_{number}", "INDIVIDUAL", 1) for number in range(HOLDERS))
    yield tables.table(Holder), ["n", "i", "id", "kind", "licensed"], holders
    yield from _equity_rows(record, homes)


def _equity_rows(
    record: Record, homes: list[tuple[str, str]]
) -> Iterator[tuple[Table, list[str], Iterator[tuple[Any, ...]]]]:
    numbers = ["decimals", "seniority", "votes_per_share", "ratio_numerator", "ratio_denominator"]
    columns = ["n", "i", "id", "name", "kind", "prefix", *numbers, "licensed_only", "unlimited"]
    classes = list(dict.fromkeys(of for of, _ in homes))
    made = ((n, 0, of, of, "COMMON", "CS-", 0, 1, 1, 1, 1, 0, 0) for n, of in enumerate(classes))
    yield tables.table(ShareClass), columns, made
    columns = ["n", "i", "id", "name", "class_id", "return_rule", "holds_to_grant_date", "pauses_for_leave", "implied"]
    first = len(classes)
    plans = ((first + n, 0, plan, plan, of, "RETURN_TO_POOL", 0, 0, 0) for n, (of, plan) in enumerate(homes))
    yield tables.table(Plan), columns, plans
    columns = ["n", "i", "id", "label", "kind", "holder", "quantity", "class_id", "plan_id", "price", "from_security"]
    price = '[62,2,"USD"]'
    securities = ((n, 0, *told[:-1], price, told[-1]) for n, *told in record.securities)
    yield tables.table(Security), columns, securities


def load(engine: Engine, record: Record, homes: list[tuple[str, str]]) -> None:
    """Write the rows, as fast as the database takes them."""
    with closing(engine.raw_connection()) as raw:
        cursor = raw.cursor()
        is_sqlite = engine.dialect.name == "sqlite"
        if is_sqlite:
            cursor.execute("PRAGMA foreign_keys = OFF")
            cursor.execute("PRAGMA synchronous = OFF")
            names = cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for (name,) in names:
                cursor.execute(f"DROP TRIGGER {name}")
            cursor.execute("BEGIN")
        else:
            cursor.execute("SET session_replication_role = replica")
        for table, columns, rows in rows_of(record, homes):
            named = f"{table.name} ({', '.join(columns)})"
            if is_sqlite:
                days = [place for place, name in enumerate(columns) if name == "effective_on"]
                marks = ", ".join("?" * len(columns))
                cursor.executemany(f"INSERT INTO {named} VALUES ({marks})", [_iso(row, days) for row in rows])
            else:
                with cursor.copy(f"COPY {named} FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
        raw.commit()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        db.execute(text("ANALYZE" if is_sqlite else "VACUUM ANALYZE"))


def _iso(row: tuple[Any, ...], days: list[int]) -> tuple[Any, ...]:
    return tuple(cell.isoformat() if place in days else cell for place, cell in enumerate(row)) if days else row


def spent(db: Session, work: Callable[[], object]) -> float:
    """Return the CPU seconds of client and server that work takes."""
    pid = db.execute(text("SELECT pg_backend_pid()")).scalar_one() if db.get_bind().dialect.name != "sqlite" else None
    begun = process_time() + _server_time(pid)
    work()
    return process_time() + _server_time(pid) - begun


def _server_time(pid: int | None) -> float:
    if pid is None:
        return 0.0
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100  # clock ticks


def compare(engine: Engine, size: int) -> None:
    """Print what the three cost."""
    cut = Cut(TODAY, size)
    with Session(engine) as db:
        if engine.dialect.name != "sqlite":
            # one process, whose time can be told
            db.execute(text("SET max_parallel_workers_per_gather = 0"))
        cursor: Any = db.connection().connection.cursor()
        values = {"day": f"'{cut.as_of}'", "n": cut.known_at}

        def bare(statement: str) -> Callable[[], object]:
            def run() -> object:
                cursor.execute(statement.format(**values))
                return cursor.fetchall()

            return run

        works = [bare(EVERY_BALANCE), bare(BY_CLASS), lambda: cap_table(db, cut)]
        rounds = [[spent(db, work) for work in works] for _ in range(ROUNDS)]
    balances, by_class, ours = (min(times) for times in zip(*rounds, strict=True))
    seconds = f"every balance {balances:.3f} s, by class {by_class:.3f} s, cap table {ours:.3f} s"
    print(f"{engine.dialect.name:11} {seconds}: {ours / balances:.2f} × and {ours / by_class:.2f} ×")


@contextmanager
def databases() -> Iterator[list[Engine]]:
    """Yield an engine on a fresh database of each kind."""
    with tempfile.TemporaryDirectory() as folder, postgres.server() as server:
        postgres.execute(server, "CREATE DATABASE bench")
        engines = [make_engine(f"sqlite:///{folder}/bench.db"), make_engine(postgres.database_at(server, "bench"))]
        for engine in engines:
            upgrade(engine)
        yield engines
        for engine in engines:
            engine.dispose()


def main(postings: int = 1_000_000, plans: int = 1) -> None:
    """Measure on both databases; with more than one plan, all are on one class."""
    homes = [("cls_units", f"pln_{number}") for number in range(plans)]
    if plans == 1:
        homes.append(("cls_staff", "pln_staff"))
    record = some_record(postings, homes)
    counts = f"{len(record.postings):,} postings, {len(record.entries):,} entries, {len(record.accounts):,} accounts"
    print(f"{counts}, {len(homes)} plans on {len({of for of, _ in homes})} classes")
    with databases() as engines:
        for engine in engines:
            load(engine, record, homes)
            compare(engine, len(record.entries))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
