"""This project beside bare limits, and how it grows: ``python -m tests.bench [--share 0.1] [JOB …]``.

One line a job: how many a second at the smaller size, which part of the bare rate that is, and what becomes of both at
ten times the size. ``growth`` is the rate there as a part of the rate before: 1.00 where ten times as much takes ten
times as long, or where the size of the record does not matter. Each figure comes from a process of its own. Printed,
never asserted: the machine may be busy.
"""

from __future__ import annotations

import argparse
import multiprocessing
from collections.abc import Callable
from typing import NamedTuple

from tests.bench import measures
from tests.bench.measures import Rates


class Job(NamedTuple):
    """What is measured, of what size, and beside what."""

    measure: Callable[[int], Rates]
    size: int
    unit: str
    beside: str


JOBS = {
    "casting": Job(measures.casting, 5_000, "votes, members on the roll", "commits of one row"),
    "casting-postgresql": Job(
        measures.casting_on_postgresql, 5_000, "votes, members on the roll", "commits of one row"
    ),
    "granting": Job(measures.granting, 1_000, "grants, on record", "commits of one row"),
    "own-equity": Job(measures.own_equity, 1_000, "answers, grants on record", "a route that reads one row"),
    "own-page": Job(measures.own_page, 1_000, "pages, grants on record", "a route that reads one row"),
    "captable": Job(measures.captable, 100_000, "postings", "the sums in SQL"),
    "sessions": Job(measures.sessions, 20_000, "rows", "a bulk load"),
    "packages": Job(measures.packages, 1_000, "grants", "parsing the JSON"),
    "tally": Job(measures.tally, 100_000, "ballots", "a pass over first choices"),
    "vesting": Job(measures.vesting, 4_000, "grants", "the obvious loop"),
    "verification": Job(measures.verification, 1_000, "entries, grants on record", "hashing"),
}
TIMES = 10


def main() -> None:
    """Measure, and print a line as soon as it is known."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("jobs", nargs="*", metavar="JOB", help=", ".join(JOBS))
    parser.add_argument("--share", type=float, default=1.0, help="part of the usual sizes, for a quick look")
    told = parser.parse_args()
    if unknown := set(told.jobs) - set(JOBS):
        parser.error(f"no such job: {', '.join(sorted(unknown))}; there are {', '.join(JOBS)}")
    heads = f"{'job':20}{'size':>10}{'a second':>12}{'of bare':>9}{'× 10':>12}{'of bare':>9}{'growth':>8}"
    print(f"{heads}  what; beside what")
    for name in told.jobs or JOBS:
        job = JOBS[name]
        size = max(10, round(job.size * told.share))
        small, large = alone(job.measure, size), alone(job.measure, size * TIMES)
        before = f"{small.ours:>12,.0f}{small.ours / small.bare:>9.1%}"
        after = f"{large.ours:>12,.0f}{large.ours / large.bare:>9.1%}{large.ours / small.ours:>8.2f}"
        print(f"{name:20}{size:>10,}{before}{after}  {job.unit}; {job.beside}", flush=True)


def alone(measure: Callable[[int], Rates], size: int) -> Rates:
    """Return what a measure finds in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(measure, (size,))


if __name__ == "__main__":
    main()
