"""Credit for protected leave: the provider's usual week, for a while (sessions.md §5.6).

Who is on parental, medical or other protected leave is credited the mean of the 13 weeks before it, for up to 12 weeks.
A week that the leave covers in part is credited in part, by days, and never lifted above the mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from ledger.errors import DatesOutOfOrder
from ledger.sessions.policy import CreditPolicy
from ledger.sessions.weeks import week_of

_WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class ProtectedLeave:
    """A protected leave, first and last day included."""

    first_day: date
    last_day: date

    def __post_init__(self) -> None:
        """Refuse a leave that ends before it begins."""
        if self.last_day < self.first_day:
            raise DatesOutOfOrder(f"A leave from {self.first_day} can't end on {self.last_day}.", field="last_day")

    def days_in(self, week: date) -> int:
        """Return how many of a week's seven days the leave covers."""
        first, last = max(self.first_day, week), min(self.last_day, week + timedelta(days=6))
        return max(0, (last - first).days + 1)


def leave_credit(
    leave: ProtectedLeave, credit: Mapping[date, int], policy: CreditPolicy, *, joined_on: date
) -> dict[date, int]:
    """Return the minutes that a protected leave is credited, by week; weeks that get none are left out.

    Args:
        leave: The leave; what is beyond the policy's number of weeks from its first day is not credited.
        credit: Monday to the provider's minutes in that week, the credit for an earlier leave included. A week that is
            not named has none.
        policy: The one in force when the leave began.
        joined_on: When the provider began: who began less than 13 weeks ago has the mean of the weeks since.
    """
    begins = week_of(leave.first_day)
    before = [begins - _WEEK * n for n in range(1, policy.leave_mean_weeks + 1)]
    counted = [credit.get(week, 0) for week in before if week >= week_of(joined_on)]
    if not policy.leave_weeks or not counted:
        return {}
    last_day = min(leave.last_day, leave.first_day + _WEEK * policy.leave_weeks - timedelta(days=1))
    credited = ProtectedLeave(leave.first_day, last_day)
    total, weeks = sum(counted), len(counted)
    mean = total // weeks
    found = {}
    for week in (begins + _WEEK * n for n in range((last_day - begins).days // 7 + 1)):
        usual = total * credited.days_in(week) // (weeks * 7)
        if minutes := min(usual, max(0, mean - credit.get(week, 0))):
            found[week] = minutes
    return found
