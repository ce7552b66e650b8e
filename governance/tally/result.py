"""What a count comes to: a value with every round in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from ledger.types import Json, decimal_text


@dataclass(frozen=True, slots=True)
class Tie:
    """Options that stood equal where one had to be taken.

    Attributes:
        options: Which; in ranked pairs, which pairs (``A over B``).
        taken: Which one was elected, moved, excluded or left out.
        how: ``earlier round``, another rule of the method, or ``lot``.
    """

    options: tuple[str, ...]
    taken: str
    how: str

    @property
    def is_by_lot(self) -> bool:
        """Whether only a lot decided it."""
        return self.how == LOT


LOT = "lot"


@dataclass(frozen=True, slots=True)
class Round:
    """One step of a count.

    Attributes:
        event: What happened: ``first preferences``, ``surplus of A``, ``exclude B``…
        votes: What each option has after it, in units of 10^-``scale`` of the result.
        lost: What has no option left, or was lost in rounding; the same units.
        elected: Who reached it in this step, in order.
        excluded: Who went out.
    """

    event: str
    votes: Mapping[str, int]
    lost: int = 0
    elected: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What a count comes to.

    Attributes:
        method: How it was counted.
        winners: In the order of election; several where the method leaves them equal and no lot was asked for.
        order: All options, best first; those that stand equal share a place. Empty where a method gives none.
        rounds: Every step.
        ties: Where options stood equal.
        scale: Decimal places of the votes in rounds: 0 for whole votes.
        details: What else the method tells: quota, pairs, sums.
    """

    method: str
    winners: tuple[str, ...]
    order: tuple[tuple[str, ...], ...] = ()
    rounds: tuple[Round, ...] = ()
    ties: tuple[Tie, ...] = ()
    scale: int = 0
    details: Mapping[str, Json] = field(default_factory=dict)

    def votes_text(self, votes: int) -> str:
        """Return votes of a round as a decimal number."""
        return decimal_text(votes, self.scale) if self.scale else str(votes)

    def to_json(self) -> dict[str, Json]:
        """Return it as an audit file holds it; votes with decimals as strings."""

        def told(votes: int) -> Json:
            return self.votes_text(votes) if self.scale else votes

        return {
            "method": self.method,
            "winners": list(self.winners),
            "order": [list(place) for place in self.order],
            "rounds": [
                {
                    "event": step.event,
                    "votes": {option: told(votes) for option, votes in step.votes.items()},
                    "lost": told(step.lost),
                    "elected": list(step.elected),
                    "excluded": list(step.excluded),
                }
                for step in self.rounds
            ],
            "ties": [{"options": list(tie.options), "taken": tie.taken, "how": tie.how} for tie in self.ties],
            "details": dict(self.details),
        }


def places(options: Sequence[str], worth: Mapping[str, int | Fraction]) -> tuple[tuple[str, ...], ...]:
    """Return options by what they are worth, the most first; equal ones share a place, in the order of the options."""
    found: dict[int | Fraction, list[str]] = {}
    for option in options:
        found.setdefault(worth[option], []).append(option)
    return tuple(tuple(found[value]) for value in sorted(found, reverse=True))


def first_by_lot(tied: Sequence[str], lot: Sequence[str]) -> str:
    """Return which of several equal options the lot puts first."""
    return min(tied, key=lot.index)


def last_by_lot(tied: Sequence[str], lot: Sequence[str]) -> str:
    """Return which of several equal options the lot puts last."""
    return max(tied, key=lot.index)
