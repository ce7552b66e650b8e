"""Each option against each: what Schulze, ranked pairs and a Condorcet winner are reckoned from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from governance.tally.ballots import Ranking

Pairs = list[list[int]]
"""``pairs[a][b]``: how many prefer ``a`` to ``b``. Unranked options stand below ranked ones, equal to each other."""


def pairs_of(count: int, ballots: Mapping[Ranking, int]) -> Pairs:
    """Return the pairs of ``count`` options.

    A row of counters is one long number, a lane an option, so that a ballot adds to a whole row at once.
    """
    bits = sum(ballots.values()).bit_length() + 1
    units = [1 << bits * one for one in range(count)]
    everybody = sum(units)
    rows = [0] * count
    for ranking, weight in ballots.items():
        below = everybody
        for place in ranking:
            for one in place:
                below -= units[one]
            gain = below * weight if weight > 1 else below
            for one in place:
                rows[one] += gain
    lane = (1 << bits) - 1
    return [[row >> bits * other & lane for other in range(count)] for row in rows]


def pairs_told(options: Sequence[str], pairs: Pairs) -> dict[str, dict[str, int]]:
    """Return pairs by key, without each option against itself."""
    return {mine: {other: pairs[a][b] for b, other in enumerate(options) if a != b} for a, mine in enumerate(options)}


def condorcet_winner(options: Sequence[str], pairs: Pairs) -> str | None:
    """Return who beats everybody else, or None."""
    everybody = range(len(options))
    for one in everybody:
        if all(pairs[one][other] > pairs[other][one] for other in everybody if other != one):
            return options[one]
    return None
