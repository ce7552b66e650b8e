"""Ranked pairs (Tideman 1987): the clearest majorities are locked in first, unless they would close a circle.

Pairs are taken by winning votes, most first, then by losing votes, fewest first; the lot decides what is left. Where
that leaves out a pair which another lot would have locked, the result says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

from governance.tally.ballots import Ranking
from governance.tally.pairwise import Pairs, condorcet_winner, pairs_of, pairs_told
from governance.tally.result import LOT, Result, Round, Tie, first_by_lot


def ranked_pairs(options: Sequence[str], ballots: Mapping[Ranking, int], lot: Sequence[str] | None) -> Result:
    """Return the count; without a lot, equal pairs are taken in the order of the options, and all sources win."""
    pairs = pairs_of(len(options), ballots)
    below, rounds, ties = _lock(options, pairs, options if lot is None else lot)
    order = _order(options, below)
    winners = order[0] if order else ()
    if lot is not None and len(winners) > 1:
        taken = first_by_lot(winners, lot)
        ties.append(Tie(winners, taken, LOT))
        winners = (taken,)
    details = {"pairs": pairs_told(options, pairs), "condorcet_winner": condorcet_winner(options, pairs)}
    return Result("ranked_pairs", winners, order, tuple(rounds), tuple(ties), 0, details)  # type: ignore[arg-type]


def _lock(options: Sequence[str], pairs: Pairs, lot: Sequence[str]) -> tuple[list[set[int]], list[Round], list[Tie]]:
    """Return who is above whom, directly or not; what became of each pair; and where only the lot left one out."""

    def strength(pair: tuple[int, int]) -> tuple[int, int]:
        a, b = pair
        return -pairs[a][b], pairs[b][a]

    def name(pair: tuple[int, int]) -> str:
        return f"{options[pair[0]]} over {options[pair[1]]}"

    below: list[set[int]] = [set() for _ in options]
    rounds: list[Round] = []
    ties: list[Tie] = []
    for _, group in groupby(_clearest_first(options, pairs, lot, strength), key=strength):
        equal = list(group)
        # whichever the lot took first of these would be locked
        free = [(a, b) for a, b in equal if a not in below[b]]
        for a, b in equal:
            event = f"lock {name((a, b))}"
            if a in below[b]:
                event = f"leave {name((a, b))}: it would close a circle"
                if (a, b) in free:
                    ties.append(Tie(tuple(name(pair) for pair in free), name((a, b)), LOT))
            else:
                _put_above(a, b, below)
            rounds.append(Round(event, {options[a]: pairs[a][b], options[b]: pairs[b][a]}))
    return below, rounds, ties


def _clearest_first(
    options: Sequence[str], pairs: Pairs, lot: Sequence[str], strength: Callable[[tuple[int, int]], tuple[int, int]]
) -> list[tuple[int, int]]:
    everybody, drawn = range(len(options)), [lot.index(key) for key in options]
    won = [(a, b) for a in everybody for b in everybody if pairs[a][b] > pairs[b][a]]
    return sorted(won, key=lambda pair: (strength(pair), drawn[pair[0]], drawn[pair[1]]))


def _put_above(a: int, b: int, below: list[set[int]]) -> None:
    reached = below[b] | {b}
    for one, under in enumerate(below):
        if one == a or a in under:
            under.update(reached)


def _order(options: Sequence[str], below: Sequence[set[int]]) -> tuple[tuple[str, ...], ...]:
    left, found = list(range(len(options))), []
    while left:
        place = [one for one in left if not any(one in below[other] for other in left)]
        found.append(tuple(options[one] for one in place))
        left = [one for one in left if one not in place]
    return tuple(found)
