"""Random elections counted by others as well: ``python -m tests.bench.oracles_tally [elections]``.

Needs ``pref_voting`` and ``votelib``, which the project does not: run it by a Python that has them and ``orjson``.
Wherever the rules coincide (nobody stands equal where one has to be taken) the winners must be the same; the first
election that differs is printed, and the exit code is 1. At the end, CPU seconds for the same larger election, side by
side.
"""

from __future__ import annotations

import importlib
import random
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from governance.tally.counting import count_options
from governance.tally.methods import Method
from governance.tally.result import Result
from tests.bench.bench_tally import seconds, some_ballots

Groups = dict[tuple[tuple[int, ...], ...], int]

SEATS = {Method.STV: 3, Method.MEEK: 3}
LARGE = 50_000


def _module(name: str) -> Any:  # noqa: ANN401 - of a library that is not there while types are checked
    return importlib.import_module(name)


def profile_of(names: list[str], groups: Groups) -> Any:  # noqa: ANN401 - pref_voting's
    """Return ballots as pref_voting takes them."""
    rankings = [{one: at for at, place in enumerate(ranking) for one in place} for ranking in groups]
    made = _module("pref_voting.profiles_with_ties").ProfileWithTies(
        rankings, rcounts=list(groups.values()), candidates=list(range(len(names)))
    )
    made.use_extended_strict_preference()
    return made


def theirs(method: Method, names: list[str], groups: Groups) -> list[str]:
    """Return pref_voting's winners."""
    profile = profile_of(names, groups)
    several, single = _module("pref_voting.proportional_methods"), _module("pref_voting.margin_based_methods")
    runoff = _module("pref_voting.iterative_methods")
    found = {
        Method.IRV: lambda: runoff.instant_runoff_for_truncated_linear_orders(profile),
        Method.STV: lambda: several.stv_scottish(profile, num_seats=SEATS[Method.STV]),
        Method.MEEK: lambda: several.stv_meek(profile, num_seats=SEATS[Method.MEEK]),
        Method.SCHULZE: lambda: single.beat_path(
            profile, algorithm="floyd_warshall", strength_function=profile.support
        ),
        Method.RANKED_PAIRS: lambda: single.ranked_pairs_with_test(profile, strength_function=profile.support),
    }[method]()
    return sorted(names[one] for one in found)


def ours(method: Method, names: list[str], groups: Groups) -> Result:
    """Return our count."""
    return count_options(method, names, groups, seats=SEATS.get(method, 1), lot=None if _is_paired(method) else names)


def _is_paired(method: Method) -> bool:
    return method in {Method.SCHULZE, Method.RANKED_PAIRS}


def _has_equal_pairs(result: Result) -> bool:
    """Return whether ranked pairs meet a case that theirs decides in another way.

    Of equally strong majorities ours takes the one with fewer votes against it first, theirs any; and an even pair is
    no majority here, where theirs locks it in like one, in either direction.
    """
    strengths = [max(step.votes.values()) for step in result.rounds]
    options = len(result.details["pairs"])  # type: ignore[arg-type]
    return len(set(strengths)) < len(strengths) or len(strengths) < options * (options - 1) // 2


def schulze_of_votelib(names: list[str], groups: Groups) -> list[str]:
    """Return votelib's Schulze winners."""
    evaluator = _module("votelib.evaluate.condorcet").Schulze()
    converter = _module("votelib.convert").RankedToCondorcetVotes()
    votes = {tuple(names[place[0]] for place in ranking): count for ranking, count in groups.items()}
    return list(evaluator.evaluate(converter.convert(votes), 1))


def some_election(dice: random.Random, *, with_shared_places: bool) -> tuple[list[str], Groups]:
    """Return an election that chance makes; partial rankings, and shared places if wanted."""
    names = [f"c{one}" for one in range(dice.randint(4, 7))]
    groups: Groups = {}
    for _ in range(dice.randint(30, 400)):
        places: list[tuple[int, ...]] = []
        for one in dice.sample(range(len(names)), dice.randint(1, len(names))):
            if with_shared_places and places and dice.random() < 0.3:
                places[-1] = tuple(sorted((*places[-1], one)))
            else:
                places.append((one,))
        groups[tuple(places)] = groups.get(tuple(places), 0) + dice.randint(1, 9)
    return names, groups


def compare(elections: int) -> int:
    """Count random elections by both, and return how many counts could be compared."""
    dice, compared = random.Random(7), 0
    for number in range(elections):
        with_shared_places = bool(number % 2)
        names, groups = some_election(dice, with_shared_places=with_shared_places)
        for method in (Method.IRV, Method.STV, Method.MEEK, Method.SCHULZE, Method.RANKED_PAIRS):
            if with_shared_places and not method.allows_shared_places:
                continue
            mine = ours(method, names, groups)
            # theirs excludes all that are equal last at once, ours asks the earlier rounds
            if mine.ties or (method is Method.RANKED_PAIRS and _has_equal_pairs(mine)):
                continue
            compared += 1
            found = theirs(method, names, groups)
            if sorted(mine.winners) != found:
                print(f"Election {number}, {method}: {mine.winners}, and pref_voting says {found}", groups, sep="\n")
                sys.exit(1)
    return compared


def times() -> None:
    """Print CPU seconds for one larger election."""
    names = [f"c{one}" for one in range(20)]
    groups = some_ballots(LARGE, len(names))
    print(f"{LARGE:,} ballots, {len(groups):,} different, 20 options; CPU seconds: ours, pref_voting")
    for method in (Method.IRV, Method.STV, Method.SCHULZE):
        act: Callable[[], object] = partial(ours, method, names, groups)
        print(f"{method.value:14}{seconds(act):8.2f}{seconds(partial(theirs, method, names, groups)):8.2f}")
    print(f"votelib schulze {seconds(partial(schulze_of_votelib, names, groups)):14.2f}")


if __name__ == "__main__":
    print(f"{compare(int(sys.argv[1]) if sys.argv[1:] else 200):,} counts agree")
    times()
