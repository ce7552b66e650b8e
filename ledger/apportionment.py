"""Splitting a whole number fairly: the one rounding rule of the ledger (decisions.md D5).

Largest remainder, after Hamilton: everybody gets their exact share rounded down, and what is left over goes out one by
one, largest remainder first.
"""

from __future__ import annotations

from collections.abc import Mapping

HUNDRED_PER_CENT = 1_000_000
"""A hundred per cent in the steps that reports show: 0.0001 %."""


def apportion(total: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Return ``total`` split in proportion to ``weights``, in the order of the weights.

    The parts add up to the total exactly, and each is less than one away from its exact share. Where remainders tie,
    the larger weight comes first, then the lower id.

    Args:
        total: What is split, zero or more.
        weights: Id to weight, zero or more.

    Raises:
        ValueError: A number is negative, or there is something to split and no weight to split it by.
    """
    whole = sum(weights.values())
    if total < 0 or min(weights.values(), default=0) < 0:
        raise ValueError("Only whole numbers of zero or more can be apportioned.")
    if whole == 0:
        if total:
            raise ValueError(f"There is nobody to apportion {total:,} to.")
        return dict.fromkeys(weights, 0)
    shares = {id: total * weight // whole for id, weight in weights.items()}
    left = total - sum(shares.values())
    # a remainder of zero never gets anything: there are always fewer left over than remainders above zero
    by_remainder = sorted(weights, key=lambda id: (-(total * weights[id] % whole), -weights[id], id))
    for id in by_remainder[:left]:
        shares[id] += 1
    return shares


def percentages(weights: Mapping[str, int]) -> dict[str, int] | None:
    """Return each weight's percentage of all of them, in steps of 0.0001 %: they add up to exactly 100.

    None where all weights are zero: nothing has no percentages.
    """
    return apportion(HUNDRED_PER_CENT, weights) if any(weights.values()) else None
