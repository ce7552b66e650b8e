"""How many sessions a day and a week count for a provider: their own thresholds, under the members' ceiling.

Only providers set their own (E15 I15.1). A setting counts from the Monday after it is made, never for a week that has
begun (I15.2); a ceiling that is lowered later caps what was set (I15.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ledger.errors import Invalid
from ledger.sessions.errors import AboveCeiling, OnlyTheProvider
from ledger.sessions.weeks import next_monday, week_of


@dataclass(frozen=True, slots=True)
class Limits:
    """How many sessions a day and how many a week are credited; None where nothing limits them."""

    day: int | None = None
    week: int | None = None

    def __post_init__(self) -> None:
        """Refuse a limit of less than one session."""
        for field, most in (("day", self.day), ("week", self.week)):
            if most is not None and most < 1:
                raise Invalid(f"A limit is one session a {field} or more, or none at all.", field=field)

    def within(self, other: Limits) -> Limits:
        """Return the tighter of both, day and week each for itself."""
        return Limits(_tighter(self.day, other.day), _tighter(self.week, other.week))


NO_LIMITS = Limits()
"""Before anybody set or voted anything."""


@dataclass(frozen=True, slots=True)
class ThresholdSetting:
    """What a provider set for themselves.

    Attributes:
        provider: Holder id.
        from_week: Monday of the first week it counts for.
    """

    provider: str
    limits: Limits
    from_week: date

    def __post_init__(self) -> None:
        """Refuse a setting that would cut a week in two."""
        if self.from_week != week_of(self.from_week):
            raise ValueError("A threshold counts from a Monday.")


def threshold_setting(provider: str, limits: Limits, *, actor: str, on: date, ceiling: Limits) -> ThresholdSetting:
    """Return the setting that a provider makes on a day: it counts from the next Monday.

    Args:
        provider: Holder id of the provider it is for.
        limits: What they choose; None leaves the ceiling as the only limit.
        actor: Holder id of the person who sets it.
        on: The day where the provider is.
        ceiling: The one in force in the first week it counts for.

    Raises:
        OnlyTheProvider: Somebody else sets it.
        AboveCeiling: A limit is above the ceiling.
    """
    if actor != provider:
        raise OnlyTheProvider("A threshold is set by the provider it is for, and by nobody else.")
    for field, own, most in (("day", limits.day, ceiling.day), ("week", limits.week, ceiling.week)):
        if own is not None and most is not None and own > most:
            raise AboveCeiling(f"The members' ceiling is {most} sessions a {field}; {own} is above it.", field=field)
    return ThresholdSetting(provider, limits, next_monday(on))


def limits_in(week: date, settings: Sequence[ThresholdSetting], ceiling: Limits) -> Limits:
    """Return what limits a provider's credit in a week: their own thresholds, and the ceiling where it is lower.

    Args:
        week: The Monday.
        settings: All that the provider ever set, in the order in which they were made.
        ceiling: The one in force in that week.
    """
    # in the order in which they were made they also begin to count; of two from one Monday, the later one counts
    for setting in reversed(settings):
        if setting.from_week <= week:
            return setting.limits.within(ceiling)
    return ceiling


def _tighter(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)
