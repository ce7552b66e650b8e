"""Ranked pairs (Tideman 1987): the clearest majorities are locked in first, unless they would close a circle.

Pairs are taken by winning votes, most first, then by losing votes, fewest first; the lot decides what is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from governance.tally.ballots import Ranking
from governance.tally.pairwise import condorcet_winner, pairs_of, pairs_told
from governance.tally.result import LOT, Result, Round, Tie, first_by_lot


def ranked_pairs(options: Sequence[str], ballots: Mapping[Ranking, int], lot: Sequence[str] | None) -> Result:
    """Return the count; without a lot, equal pairs are taken in the order of the options, and all sources win."""
    pairs = pairs_of(len(options), ballots)
    drawn = {key: number for number, key in enumerate(lot if lot is not None else options)}
    everybody = range(len(options))
    won = [(a, b) for a in everybody for b in everybody if pairs[a][b] > pairs[b][a]]
    won.sort(key=lambda ab: (-pairs[ab[0]][ab[1]], pairs[ab[1]][ab[0]], drawn[options[ab[0]]], drawn[options[ab[1]]]))
    locked, rounds = _lock(options, won, len(options))
    order = _order(options, locked)
    winners, ties = order[0] if order else (), []
    if lot is not None and len(winners) > 1:
        taken = first_by_lot(winners, lot)
        ties.append(Tie(winners, taken, LOT))
        winners = (taken,)
    details = {"pairs": pairs_told(options, pairs), "condorcet_winner": condorcet_winner(options, pairs)}
    told = tuple(Round(event, {options[a]: pairs[a][b], options[b]: pairs[b][a]}) for event, a, b in rounds)
    return Result("ranked_pairs", winners, order, told, tuple(ties), 0, details)  # type: ignore[arg-type]


def _lock(
    options: Sequence[str], won: Sequence[tuple[int, int]], count: int
) -> tuple[list[set[int]], list[tuple[str, int, int]]]:
    """Return who is above whom, directly or not, and what became of each pair."""
    below: list[set[int]] = [set() for _ in range(count)]
    told = []
    for a, b in won:
        if a in below[b]:
            told.append((f"leave {options[a]} over {options[b]}: it would close a circle", a, b))
            continue
        told.append((f"lock {options[a]} over {options[b]}", a, b))
        reached = below[b] | {b}
        for one in range(count):
            if one == a or a in below[one]:
                below[one] |= reached
    return below, told


def _order(options: Sequence[str], below: Sequence[set[int]]) -> tuple[tuple[str, ...], ...]:
    left, found = list(range(len(options))), []
    while left:
        place = [one for one in left if not any(one in below[other] for other in left)]
        found.append(tuple(options[one] for one in place))
        left = [one for one in left if one not in place]
    return tuple(found)
