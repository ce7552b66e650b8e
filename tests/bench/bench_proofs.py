"""What proofs cost at a million entries, as a ratio to hashing the whole tree: ``python -m tests.bench.bench_proofs``.

Entries are written straight into SQLite's table, guards off: only the reading is measured. Milliseconds of CPU a proof,
over a hundred proofs each, with the roots of tiles kept; and once from the leaves alone, which is what it cost without.
Figures are printed, never asserted: the machine may be busy.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import process_time

from sqlalchemy import insert, text

import app.tables  # noqa: F401 - builds every table
from app.db import Runner, make_engine
from app.migrate import upgrade
from ledger import proofs, tables, tiles
from ledger.merkle import CompactRange, leaf_hash, root_of

PROOFS, AT_ONCE = 100, 50_000
PAYLOAD = bytes(600)
"""As long as an entry usually is."""


def _filled(folder: Path, size: int) -> Runner:
    engine = make_engine(f"sqlite:///{folder}/bench.db")
    upgrade(engine)
    leaves = [leaf_hash(b"%d" % n) for n in range(size)]
    trees = [CompactRange().extended(leaves[:end]) for end in (size // 3, size)]
    with engine.begin() as connection:
        for name in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all():
            connection.execute(text(f"DROP TRIGGER {name}"))
        common = {"kind": "holder.added", "effective_on": "2026-01-01", "at": 0, "payload": PAYLOAD, "head": size}
        query = text(
            "INSERT INTO entry (n, kind, effective_on, recorded_at, payload, leaf, head)"
            " VALUES (:n, :kind, :effective_on, :at, :payload, :leaf, :head)"
        )
        for at in range(0, size, AT_ONCE):
            rows = [{**common, "n": n, "leaf": leaves[n]} for n in range(at, min(at + AT_ONCE, size))]
            connection.execute(query, rows)
        connection.execute(
            insert(tables.head), [{"size": tree.size, "range": tree.encode(), "root": tree.root()} for tree in trees]
        )
    return Runner(engine)


def _cost(of: Callable[[], object]) -> float:
    began = process_time()
    of()
    return process_time() - began


def main() -> None:
    """Print the figures."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    chance = random.Random(6962)
    with tempfile.TemporaryDirectory() as folder:
        runner = _filled(Path(folder), size)

        def whole() -> bytes:
            return root_of(runner.read(lambda db: tiles.Tiles(db, size).hashes(0, 0, size)))

        def many(of: Callable[[int], object]) -> float:
            return _cost(lambda: [of(chance.randrange(1, size)) for _ in range(PROOFS)]) / PROOFS

        tree = _cost(whole)
        while runner.read(tiles.lags):
            runner.run(tiles.fill)
        for name, cost in (
            ("inclusion", many(lambda n: runner.read(proofs.inclusion, n))),
            ("consistency", many(lambda _: runner.read(proofs.consistency, size // 3))),
        ):
            print(f"{name}: {cost * 1000:.2f} ms, {cost / tree:.5f} of the whole tree ({tree:.2f} s)")


if __name__ == "__main__":
    main()
