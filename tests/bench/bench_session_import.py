"""What importing sessions costs beside a bare bulk load: ``python -m tests.bench.bench_session_import [rows] [url]``.

A file of our own columns is checked and saved by the very code of ``vestry import sessions``, into a migrated database
with a thousand holders. Beside it the rows it made are loaded into a table of the same columns, key and indexes,
without a guard, by the driver's fastest call. Each runs in a process of its own; the ratio is printed, never asserted.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, NamedTuple

from sqlalchemy import Engine, MetaData, Table, insert, select
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.sql.elements import quoted_name

import app.tables  # noqa: F401 - every table and kind of entry
from app.db import make_engine
from app.imports.sessions.mapping import Defaults, ImportMap
from app.imports.sessions.saving import Handover, save_file
from app.imports.sessions.sources import Source
from app.migrate import upgrade
from ledger import journal, tables
from ledger.entries import Draft
from ledger.equity.register import IssuerOrder, RegisterEntry, register_issuer
from ledger.equity.values import Holder, HolderKind, IssuerKind
from ledger.sessions.records import DeliveryRow
from ledger.sessions.values import Modality
from ledger.types import Act
from tests.bench.bench_session_reading import PROVIDERS, write

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
ACT = Act("usr_bench", "import:sessions", NOW)
CHUNK = 10_000
PARTS = ("found", "imported", "bare")


class Figures(NamedTuple):
    """What a part costs: seconds by the clock, seconds of the processor, peak of memory."""

    wall: float
    cpu: float
    peak_mb: int


def found(engine: Engine) -> None:
    """Make the company and its providers."""
    upgrade(engine)
    with Session(engine) as db, db.begin():
        order = IssuerOrder("Lanternleaf", IssuerKind.COOP, "America/New_York", "USD")
        register_issuer(db, ACT, order, on=date(2024, 1, 1))
        holders = tuple(Holder(f"hld_{who:026}", HolderKind.INDIVIDUAL, licensed=True) for who in range(PROVIDERS))
        for first in range(0, PROVIDERS, 100):
            draft = Draft(RegisterEntry.HOLDER_ADDED, date(2024, 1, 1), holders[first : first + 100])
            journal.append(db, ACT, draft)


def imported(engine: Engine, path: Path) -> None:
    """Import the file as the command does."""
    handover = Handover(Source.PLAIN, ImportMap({}, defaults=Defaults(modality=Modality.VIDEO)))
    with Session(engine) as db, db.begin():
        counts = save_file(db, ACT, path, handover).checked.counts
    assert counts.accepted == counts.rows_read, counts


def loaded(engine: Engine) -> Callable[[], None]:
    """Return the bare load of the rows that are on record; they are read before it begins."""
    rows = tables.table(DeliveryRow)
    bare = _bare(rows)
    with engine.begin() as connection:
        connection.execute(CreateTable(bare))
        for index in sorted(bare.indexes, key=lambda each: str(each.name)):
            connection.execute(CreateIndex(index))
        held = [tuple(row) for row in connection.exec_driver_sql(str(select(rows)))]

    def load() -> None:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                driver = connection.connection.driver_connection
                assert driver is not None
                with driver.cursor() as cursor, cursor.copy(f"COPY {bare.name} FROM STDIN") as copy:
                    for row in held:
                        copy.write_row(row)
                return
            statement = str(insert(bare).compile(engine))
            for first in range(0, len(held), CHUNK):
                connection.exec_driver_sql(statement, held[first : first + CHUNK])

    return load


def _bare(rows: Table) -> Table:
    bare = rows.to_metadata(MetaData(), name="bare_rows")
    for constraint in list(bare.foreign_key_constraints):
        bare.constraints.discard(constraint)
    for index in bare.indexes:
        index.name = quoted_name(f"bare_{index.name}", quote=None)
    for named in bare.constraints:
        named.name = None
    return bare


def measured(act: Callable[[], Any]) -> Figures:
    """Return what an act costs, and the peak of memory so far in MB."""
    wall, cpu = perf_counter(), process_time()
    act()
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return Figures(perf_counter() - wall, process_time() - cpu, int(line.split()[1]) >> 10)


def part(name: str, address: str, path: Path) -> Figures:
    """Return what one of the three parts costs."""
    engine = make_engine(address)
    if name == "found":
        return measured(lambda: found(engine))
    if name == "imported":
        return measured(lambda: imported(engine, path))
    return measured(loaded(engine))


def main(rows: int, url: str | None) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        address, path = url or f"sqlite:///{folder}/bench.db", Path(folder) / "sessions.csv"
        write("csv", rows, path)
        figures = {}
        for name in PARTS:
            command = [sys.executable, "-m", __spec__.name, name, address, str(path)]
            told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
            figures[name] = Figures(*json.loads(told))
    imported, bare = figures["imported"], figures["bare"]
    for label, one in (("imported", imported), ("bare load", bare)):
        print(f"{rows:,} rows {label:10}{one.wall:8.1f} s {one.cpu:8.1f} s CPU {one.peak_mb:6} MB")
    wall, cpu = bare.wall / imported.wall, bare.cpu / imported.cpu
    print(f"{wall:.0%} of the bare speed (25 % at least), {cpu:.0%} by the CPU of this side")


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in PARTS:
        print(json.dumps(part(sys.argv[1], sys.argv[2], Path(sys.argv[3]))))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 1_000_000, sys.argv[2] if sys.argv[2:] else None)
