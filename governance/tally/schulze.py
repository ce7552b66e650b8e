"""Schulze's method (2018 edition): widest paths, by winning votes.

Winning votes and margins can elect different options (Schulze's example 10), so the measure is named: a ruleset counts
by winning votes, as Debian and Belenios do. Several options may be undefeated; the lot decides among them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from governance.tally.ballots import Ranking
from governance.tally.pairwise import Pairs, condorcet_winner, pairs_of, pairs_told
from governance.tally.result import LOT, Result, Round, Tie, first_by_lot


class Strength(StrEnum):
    """How strong a link is."""

    WINNING = "winning"
    """By the votes for the stronger side."""
    MARGINS = "margins"
    """By the difference."""


def schulze(
    options: Sequence[str],
    ballots: Mapping[Ranking, int],
    lot: Sequence[str] | None,
    strength: Strength = Strength.WINNING,
) -> Result:
    """Return the count; without a lot, all undefeated options win."""
    pairs = pairs_of(len(options), ballots)
    paths = widest_paths(pairs, strength)
    order = _order(options, paths)
    winners, ties = order[0] if order else (), []
    if lot is not None and len(winners) > 1:
        taken = first_by_lot(winners, lot)
        ties.append(Tie(winners, taken, LOT))
        winners = (taken,)
    details = {
        "pairs": pairs_told(options, pairs),
        "paths": pairs_told(options, paths),
        "condorcet_winner": condorcet_winner(options, pairs),
        "strength": strength.value,
    }
    beaten = {mine: sum(paths[a][b] > paths[b][a] for b in range(len(options))) for a, mine in enumerate(options)}
    rounds = (Round("options beaten by widest paths", beaten, elected=winners),)
    return Result("schulze", winners, order, rounds, tuple(ties), 0, details)  # type: ignore[arg-type]


def widest_paths(pairs: Pairs, strength: Strength) -> Pairs:
    """Return the strength of the strongest path from each option to each (Floyd and Warshall)."""
    everybody = range(len(pairs))
    paths = [[_link(pairs[a][b], pairs[b][a], strength) for b in everybody] for a in everybody]
    for via in everybody:
        for a in everybody:
            if a != via:
                first = paths[a][via]
                for b in everybody:
                    if b not in {a, via}:
                        paths[a][b] = max(paths[a][b], min(first, paths[via][b]))
    return paths


def _link(mine: int, theirs: int, strength: Strength) -> int:
    if mine <= theirs:
        return 0
    return mine if strength is Strength.WINNING else mine - theirs


def _order(options: Sequence[str], paths: Pairs) -> tuple[tuple[str, ...], ...]:
    """Return places: who is undefeated, then who is undefeated among the rest, and so on."""
    left, found = list(range(len(options))), []
    while left:
        place = [a for a in left if not any(paths[b][a] > paths[a][b] for b in left)]
        found.append(tuple(options[one] for one in place))
        left = [one for one in left if one not in place]
    return tuple(found)
