"""What the members decided about credit: ceilings, factors, and what counts besides sessions (E16).

A policy is made by a passed resolution and handed in. It never applies to a week that began before it came into force
(I16.2): what was promised for a period existed before the period did (cooperative-finance.md §2.1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from ledger.sessions.errors import NoPolicyInForce, PolicyInvalid
from ledger.sessions.thresholds import NO_LIMITS, Limits
from ledger.sessions.values import Attendance, Category

NO_SHOW_FACTORS = frozenset({Fraction(0), Fraction(1, 2), Fraction(1)})


class Rate(NamedTuple):
    """What one session and one minute of a kind count, in whole parts of ``Rates``."""

    session: int
    minute: int


@dataclass(frozen=True, slots=True)
class Rates:
    """A policy's factors as whole numbers, so that a year's credit is counted without fractions.

    Attributes:
        session_parts: How many parts a whole session has: 1, or 2 where half sessions count.
        minute_parts: How many parts a whole minute has.
        of: Attendance and category to what they count.
        only_whole: Whether just delivered sessions count, minute for minute.
    """

    session_parts: int
    minute_parts: int
    of: Mapping[str, Mapping[str, Rate]]
    only_whole: bool


@dataclass(frozen=True, slots=True)
class CreditPolicy:
    """How sessions become credit, from a day on.

    Attributes:
        resolution: Id of the resolution it rests on.
        passed_on: The day that was passed; the policy comes into force on a later one (I16.1).
        effective_from: Its first day.
        ceiling: The most that any provider's thresholds may be.
        factors: What a minute of a category counts, from 0 to 1; 1 where it is not named. Never more than 1: nobody is
            credited more than they delivered (E17 I17.1).
        no_show_factor: What a session counts to which nobody came, or which was cancelled too late: 0, ½ or 1.
        indirect_minutes_per_hour: Credit for notes and consultation, for each delivered hour within the limits.
        council_minutes_per_week: The most that service on council or committees is credited.
        leave_weeks: How long protected leave is credited.
        leave_mean_weeks: Over how many weeks before the leave its credit is averaged.
        plateau: From what share of their own weekly threshold on a provider has the whole credit; None for no plateau.
        alpha: The slice of a pool that is split equally instead of by credit.
    """

    resolution: str
    passed_on: date
    effective_from: date
    ceiling: Limits = NO_LIMITS
    factors: Mapping[Category, Fraction] = field(default_factory=dict)
    no_show_factor: Fraction = Fraction(0)
    indirect_minutes_per_hour: int = 10
    council_minutes_per_week: int = 120
    leave_weeks: int = 12
    leave_mean_weeks: int = 13
    plateau: Fraction | None = None
    alpha: Fraction = Fraction(0)
    rates: Rates = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse a policy that is retroactive or out of range, and count its factors out."""
        if self.effective_from <= self.passed_on:
            raise PolicyInvalid("A policy comes into force after the day it was passed.", field="effective_from")
        if not all(0 <= factor <= 1 for factor in self.factors.values()):
            raise PolicyInvalid("A minute counts from nothing to a whole one.", field="factors")
        if self.no_show_factor not in NO_SHOW_FACTORS:
            raise PolicyInvalid("A no-show counts nothing, half or whole.", field="no_show_factor")
        if not 0 <= self.indirect_minutes_per_hour <= 60:
            raise PolicyInvalid("Indirect care is 0 to 60 minutes an hour.", field="indirect_minutes_per_hour")
        if min(self.council_minutes_per_week, self.leave_weeks) < 0 or self.leave_mean_weeks < 1:
            raise PolicyInvalid("Council service and leave are credited for no less than nothing.")
        if self.plateau is not None and not 0 < self.plateau <= 1:
            raise PolicyInvalid("A plateau begins above nothing and at the whole threshold at most.", field="plateau")
        if not 0 <= self.alpha <= 1:
            raise PolicyInvalid("The equal slice is from nothing to all of it.", field="alpha")
        object.__setattr__(self, "rates", _rates(self.factors, self.no_show_factor))


def in_force(policies: Sequence[CreditPolicy], day: date) -> CreditPolicy:
    """Return the policy in force on a day; for a week, ask for its Monday, for a period, its first day (E19 I19.1).

    Args:
        policies: All there are, in the order in which they were passed; of two from one day, the later one counts.
        day: The day.

    Raises:
        NoPolicyInForce: The first one came later.
    """
    found: CreditPolicy | None = None
    for policy in policies:
        if policy.effective_from <= day and (found is None or policy.effective_from >= found.effective_from):
            found = policy
    if found is None:
        raise NoPolicyInForce(f"No credit policy was in force on {day}.")
    return found


def _rates(factors: Mapping[Category, Fraction], no_show_factor: Fraction) -> Rates:
    by_category = {category: factors.get(category, Fraction(1)) for category in Category}
    minute_parts = lcm(*((factor * no_show_factor).denominator for factor in by_category.values()))
    minute_parts = lcm(minute_parts, *(factor.denominator for factor in by_category.values()))
    session_parts = no_show_factor.denominator

    # someone nobody came to is half there, session and minutes alike: the average session stays as long as it was
    def counted(attended: Fraction) -> dict[str, Rate]:
        return {
            category.value: Rate(int(attended * session_parts), int(attended * factor * minute_parts))
            for category, factor in by_category.items()
        }

    of = {attendance.value: counted(no_show_factor) for attendance in Attendance}
    of[Attendance.DELIVERED.value] = counted(Fraction(1))
    only_whole = no_show_factor == 0 and all(factor == 1 for factor in by_category.values())
    return Rates(session_parts, minute_parts, of, only_whole)
