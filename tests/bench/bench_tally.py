"""How fast elections are counted: ``python -m tests.bench.bench_tally [ballots] [options]``.

CPU seconds for a million ballots among twenty candidates, grouped; beside them, where they happen to be installed, the
two libraries that have both STV and Condorcet methods (``pref_voting``, ``votelib``; nothing of ours needs them), on as
many ballots as they count in reasonable time. Printed, never asserted.
"""

from __future__ import annotations

import importlib.util
import random
import sys
from collections.abc import Callable
from itertools import islice
from time import process_time

from governance.tally.counting import count_options
from governance.tally.methods import Method

COUNTED = ((Method.IRV, 1), (Method.STV, 5), (Method.SCHULZE, 1), (Method.RANKED_PAIRS, 1))
FOR_OTHERS = 20_000


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


def others(names: list[str], groups: dict[tuple[tuple[int, ...], ...], int]) -> None:
    """Print what the libraries take for a part of the same ballots."""
    some = dict(islice(groups.items(), FOR_OTHERS))
    if importlib.util.find_spec("pref_voting"):
        from pref_voting.profiles_with_ties import ProfileWithTies
        from pref_voting.stv_methods import stv_scottish
        from pref_voting.voting_methods import beat_path_Floyd_Warshall, instant_runoff_with_ties

        rankings = [{place[0]: at for at, place in enumerate(ranking)} for ranking in some]
        profile = ProfileWithTies(rankings, rcounts=list(some.values()), candidates=list(range(len(names))))
        profile.use_extended_strict_preference()
        for label, act in (
            ("irv", lambda: instant_runoff_with_ties(profile)),
            ("stv", lambda: stv_scottish(profile, num_seats=5)),
            ("schulze", lambda: beat_path_Floyd_Warshall(profile)),
        ):
            print(f"pref_voting {label:12} {len(some):9,} distinct ballots {seconds(act):8.2f} s")
    ours = [
        (method, seats, seconds(lambda: count_options(method, names, some, seats=seats, lot=names)))
        for method, seats in COUNTED
    ]
    for method, seats, took in ours:
        print(f"ours        {method.value:12} {len(some):9,} distinct ballots {took:8.2f} s")


def main(count: int, options: int) -> None:
    """Print the figures."""
    names = [f"c{one}" for one in range(options)]
    groups = some_ballots(count, options)
    print(f"{count:,} ballots, {len(groups):,} different, {options} options; CPU seconds")
    for method, seats in COUNTED:
        took = seconds(lambda: count_options(method, names, groups, seats=seats, lot=names))
        print(f"{method.value:14}{took:8.2f}")
    others(names, groups)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 1_000_000, int(sys.argv[2]) if sys.argv[2:] else 20)
