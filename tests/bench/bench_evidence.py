"""How long a stand-alone verification of a million entries takes: ``python -m tests.bench.bench_evidence``.

Evidence is written with entries as grants and exercises make them, two postings each on accounts of their own, each at
its own moment, some told late, one in a thousand undone; then the ledger part of the verifier reads it: form,
numbering, tree, postings, floors and what it keeps for the cap table. Printed, never asserted: CPU seconds (10 at most
are wanted), the ratio to bare hashing of the same bytes, and peak memory.
"""

from __future__ import annotations

import gc
import resource
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from time import process_time

from app.evidence import verify_evidence
from ledger.entries import Draft, move, payload_of
from ledger.equity.values import EventKind, Security, SecurityEvent, SecurityKind
from ledger.types import Act

ENTRIES = 1_000_000
UNIT = "UNIT:cls_01J67K6XC0QFNE5775Z9QHQTG7"
POOL = "pool:pln_01J67K6XC0QFNE5775Z9QHQTG7"
FIRST = date(2020, 1, 1)


def payloads(count: int) -> Iterator[bytes]:
    """Yield the bytes of so many entries: the reserve, then grants and what comes of them."""
    random = Random(1)
    first = datetime(2026, 1, 2, tzinfo=UTC)
    act = Act("usr_01J67K6XC0QFNE5775Z9QHQTG7", "board:2026-08", first, random.randbytes)
    reserve = move(UNIT, 10**12, "charter:cls_01J67K6XC0QFNE5775Z9QHQTG7", POOL)
    yield payload_of(0, Draft("plan.adopted", FIRST, postings=reserve), act)
    for n in range(1, count):
        act = Act(act.actor, act.authority, first + timedelta(seconds=n), random.randbytes)
        # a grant in ten entries, then what is exercised of it, some of it told late
        grant, on = (
            f"sec_01J67K6XC0QF{n // 10:014}",
            FIRST + timedelta(days=(n - n % 10) * 2000 // count + n % 10 % 3 * 30),
        )
        if n % 1000 == 999:
            moved = move(UNIT, -100, f"award:{grant}", f"certificate:{grant}")
            on += timedelta(days=60)  # the day of the entry before
            yield payload_of(n, Draft("journal.reversed", on, (), moved, {"reason": "Entered twice."}, n - 1), act)
        elif n % 10 and n > 10:
            event = SecurityEvent(grant, EventKind.EXERCISED, 100)
            moved = move(UNIT, 100, f"award:{grant}", f"certificate:{grant}")
            yield payload_of(n, Draft("award.exercised", on, (event,), moved), act)
        else:
            made = Security(grant, f"ES-{n}", SecurityKind.AWARD, f"hld_{n % 5000:026}", 4_800, UNIT[5:])
            yield payload_of(n, Draft("grant.issued", on, (made,), move(UNIT, 4_800, POOL, f"award:{grant}")), act)


def hashing(path: Path) -> tuple[float, bytes]:
    """Return the CPU seconds that it takes to read and hash all lines into the tree, and its root."""
    started, tree = process_time(), verify_evidence.Tree()
    for lines in verify_evidence.lines_of({path.name: lambda: path.open("rb")}, path.name):
        tree.add([verify_evidence.leaf(line) for line in lines])
    return process_time() - started, tree.root()


def main(count: int) -> None:
    """Write, verify, print."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "entries.ndjson"
        with path.open("wb") as file:
            file.writelines(line + b"\n" for line in payloads(count))
        bare, root = hashing(path)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        mark = verify_evidence.Checkpoint("checkpoint", count, root)
        ledger = verify_evidence.Ledger([mark], verify_evidence.WANTED)
        gc.disable()  # as the program does
        started = process_time()
        ledger.read({path.name: lambda: path.open("rb")})
        taken = process_time() - started
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        size = path.stat().st_size
    print(f"{count:,} entries of {size / count:.0f} bytes, {ledger.postings:,} postings")
    print(f"verified in {taken:.2f} s of CPU ({taken / count * 1e6:.1f} µs an entry); hashing alone {bare:.2f} s")
    print(f"ratio {taken / bare:.1f}; memory {most / 1024:.0f} MB, {before / 1024:.0f} MB before")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ENTRIES)
