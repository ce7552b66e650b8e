"""How fast elections are counted: ``python -m tests.bench.bench_tally [ballots] [options]``.

CPU seconds for a million ballots among twenty candidates, grouped. Printed, never asserted. How that compares with
libraries that have the same methods, ``tests.bench.oracles_tally`` shows.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from functools import partial
from time import process_time

from governance.tally.counting import count_options
from governance.tally.methods import Method

COUNTED = ((Method.IRV, 1), (Method.STV, 5), (Method.SCHULZE, 1), (Method.RANKED_PAIRS, 1))


def some_ballots(count: int, options: int) -> dict[tuple[tuple[int, ...], ...], int]:
    """Return grouped ballots as people fill them in: a line of opinions, most rank a few, some rank all."""
    dice = random.Random(20250101)
    stands = [dice.random() for _ in range(options)]
    groups: dict[tuple[tuple[int, ...], ...], int] = {}
    for _ in range(count):
        me, length = dice.random(), min(options, 1 + int(dice.expovariate(0.25)))
        order = sorted(range(options), key=lambda one: abs(stands[one] - me) + dice.random() / 10)[:length]
        ranking = tuple((one,) for one in order)
        groups[ranking] = groups.get(ranking, 0) + 1
    return groups


def seconds(act: Callable[[], object]) -> float:
    """Return the CPU seconds that an act takes."""
    begun = process_time()
    act()
    return process_time() - begun


def main(count: int, options: int) -> None:
    """Print the figures."""
    names = [f"c{one}" for one in range(options)]
    groups = some_ballots(count, options)
    print(f"{count:,} ballots, {len(groups):,} different, {options} options; CPU seconds")
    for method, seats in COUNTED:
        took = seconds(partial(count_options, method, names, groups, seats=seats, lot=names))
        print(f"{method.value:14}{took:8.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 1_000_000, int(sys.argv[2]) if sys.argv[2:] else 20)
