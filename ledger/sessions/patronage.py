"""Splitting a declared pool, of cents or of units, by credit (cooperative-finance.md §2.1, §2.6).

Largest remainder over exact whole numbers: the parts add up to the pool, each is less than one away from its exact
share, equal credit gets equal parts or one apart. A closed split is never made again with other members; corrections go
to the next period.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from ledger.apportionment import apportion
from ledger.sessions.errors import NobodyToShare, PolicyInvalid, PoolTooLarge


@dataclass(frozen=True, slots=True)
class Share:
    """A member's part of a pool, with all that is needed to check it.

    Attributes:
        weight: Their credit, in minutes; below zero where corrections took away more than they had in the period. Then
            they have no part, and the next declaration takes the rest away.
        exact: Their part before rounding.
        amount: Their part, in cents or units.
        remainder_rank: Place in the order in which what rounding left over was given out, from 1.
    """

    member: str
    weight: int
    exact: Fraction
    amount: int
    remainder_rank: int


@dataclass(frozen=True, slots=True)
class Declaration:
    """A pool and how it is split: ``held_back`` and the amounts add up to ``pool``.

    Attributes:
        held_back: What is kept for credit that is disputed.
        shares: In the order of member ids.
    """

    pool: int
    held_back: int
    shares: tuple[Share, ...]

    @property
    def amounts(self) -> dict[str, int]:
        """Member to their part."""
        return {share.member: share.amount for share in self.shares}


def declaration(
    pool: int, weights: Mapping[str, int], *, available: int, alpha: Fraction = Fraction(0), disputed: int = 0
) -> Declaration:
    """Return how a pool is split.

    Args:
        pool: What is declared, in cents or units.
        weights: Member to credited minutes, of everybody who was a member; the equal slice goes to all who are named,
            but for those below zero.
        available: What can be declared at most.
        alpha: The slice that is split equally, from 0 to 1; the rest is split by credit.
        disputed: Credited minutes held back for disputes: their part of the pool is kept, as if someone had them.

    Raises:
        PoolTooLarge: More is declared than is available.
        NobodyToShare: There is no credit.
        PolicyInvalid: The equal slice is not one.
        ValueError: A figure is negative.
    """
    if not 0 <= alpha <= 1:
        raise PolicyInvalid("The equal slice is from nothing to all of a pool.", field="alpha")
    if pool > available:
        raise PoolTooLarge(f"{pool:,} is declared, and {available:,} is there.", field="pool")
    # alpha/N + (1 - alpha) × w/W, over the denominator that makes everybody's claim whole
    sharing = [weight for weight in weights.values() if weight >= 0]
    whole = sum(sharing) + disputed
    minute = (alpha.denominator - alpha.numerator) * len(sharing)
    claims = {id: alpha.numerator * whole + minute * weight if weight >= 0 else 0 for id, weight in weights.items()}
    if pool and not any(claims.values()):
        raise NobodyToShare("Nobody has any credit to share this by.", field="pool")
    held_back = apportion(pool, {"shared": sum(claims.values()), "held": minute * disputed})["held"]
    return Declaration(pool, held_back, _shares(pool - held_back, weights, claims))


def _shares(pool: int, weights: Mapping[str, int], claims: Mapping[str, int]) -> tuple[Share, ...]:
    whole = sum(claims.values()) or 1
    amounts = apportion(pool, claims)
    # the order of apportion: larger remainder, larger weight, lower id
    order = sorted(claims, key=lambda id: (-(pool * claims[id] % whole), -claims[id], id))
    rank = {id: place for place, id in enumerate(order, 1)}
    return tuple(
        Share(id, weights[id], Fraction(pool * claims[id], whole), amounts[id], rank[id]) for id in sorted(weights)
    )
