"""Unequal weights under a cap: a member's say in what they bring in, should a cooperative ever ask for it.

Nothing here weighs members' ballots: they have one vote each. "Nobody has more than a quarter of the votes" can mean
two things, and a rule has to say which; both are here, so that neither is taken for the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction


def capped_by_the_total(weights: Mapping[str, int], cap: Fraction) -> dict[str, Fraction]:
    """Return weights of which none is above ``cap`` of what all had before.

    Somebody may still have more than that of what is left: of 900, 60, 30 and 10 under a quarter, the first keeps 250
    of 350, five sevenths.
    """
    most = sum(weights.values()) * cap
    return {name: min(Fraction(weight), most) for name, weight in weights.items()}


def can_be_capped_afterwards(weights: Mapping[str, int], cap: Fraction) -> bool:
    """Return whether a cap on shares after capping can be kept: four people can't all have less than a quarter."""
    return cap * len(weights) >= 1
