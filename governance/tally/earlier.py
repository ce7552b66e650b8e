"""Ties by the past: who stood higher or lower in the most recent round in which they differed; a lot only then."""

from __future__ import annotations

from collections.abc import Sequence

from governance.tally.result import LOT, Tie, first_by_lot, last_by_lot

EARLIER = "earlier round"


def lowest(tied: Sequence[int], history: Sequence[Sequence[int]], options: Sequence[str], lot: Sequence[str]) -> Tie:
    """Return which of several equal options is excluded: the fewest votes before, else the last in the lot."""
    return _by_the_past(tied, history, options, lot, is_lowest=True)


def highest(tied: Sequence[int], history: Sequence[Sequence[int]], options: Sequence[str], lot: Sequence[str]) -> Tie:
    """Return which of several equal options comes first: the most votes before, else the first in the lot."""
    return _by_the_past(tied, history, options, lot, is_lowest=False)


def _by_the_past(
    tied: Sequence[int],
    history: Sequence[Sequence[int]],
    options: Sequence[str],
    lot: Sequence[str],
    *,
    is_lowest: bool,
) -> Tie:
    """Decide a tie.

    Args:
        tied: Positions of the options that are equal now.
        history: The votes of all options after each earlier round, oldest first.
        options: Their keys.
        lot: Keys in the order of the lot.
        is_lowest: Whether the lowest is wanted, or the highest.
    """
    names = tuple(options[one] for one in tied)
    left = list(tied)
    for votes in reversed(history):
        wanted = min(votes[one] for one in left) if is_lowest else max(votes[one] for one in left)
        left = [one for one in left if votes[one] == wanted]
        if len(left) == 1:
            return Tie(names, options[left[0]], EARLIER)
    remaining = [options[one] for one in left]
    taken = last_by_lot(remaining, lot) if is_lowest else first_by_lot(remaining, lot)
    return Tie(names, taken, LOT)
