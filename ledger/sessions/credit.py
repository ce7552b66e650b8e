"""Credited minutes: what of the sessions a provider delivered counts for patronage (sessions.md §5.6, decisions.md D3).

On a day with more sessions than the provider's limit, the average session of that day counts as often as the limit
says; in a week with more than the week's limit, all are scaled down alike. So nothing depends on the order of sessions,
and a day's tally is enough. Everything is exact until one rounding down a week.

A session beyond a limit still takes part in its day's average: a short one there can lower the credit by a little.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from ledger.sessions.policy import CreditPolicy, Rates, in_force
from ledger.sessions.thresholds import Limits, ThresholdSetting, limits_in
from ledger.sessions.values import Attendance

_NO_LIMIT = 1_000_000
"""More sessions than anybody has in a week."""


class Tally(NamedTuple):
    """What credit needs to know of a session, or of a day's like ones; rows of a query in this order do as well.

    Attributes:
        provider: Holder id.
        attendance: Whether they took place.
        category: What kind of service they were.
        sessions: How many.
        minutes: Of all of them together.
    """

    provider: str
    local_date: date
    attendance: str
    category: str
    sessions: int
    minutes: int


class WeekCredit(NamedTuple):
    """A provider's credit for a week.

    Attributes:
        credited_sessions: How many sessions count; exact, with day and week within the limits (E17 I17.2).
        credited_minutes: Theirs, with the factors of the policy; never more than was delivered (I17.1), plus what the
            policy lets no-shows count.
        indirect_minutes: For notes and consultation about the delivered sessions within the limits.
        plateau_minutes: What the plateau adds up to the whole threshold.
    """

    credited_sessions: Fraction
    credited_minutes: int
    indirect_minutes: int
    plateau_minutes: int

    @property
    def minutes(self) -> int:
        """All of it, in minutes."""
        return self.credited_minutes + self.indirect_minutes + self.plateau_minutes


def week_credit(tallies: Iterable[Tally], limits: Limits, policy: CreditPolicy) -> WeekCredit:
    """Return the credit for one provider's week.

    Five sessions a day and twenty a week let 7, 8, 7, 6 and 4 sessions of 50 minutes count as 5, 5, 5, 5 and 4; those
    24 are scaled down to 20: 1,000 minutes.

    Args:
        tallies: All of the week, in any order; reversed ones left out, or in with their negation.
        limits: The ones in force for the provider in that week.
        policy: The one in force in that week.
    """
    rates = policy.rates
    week = _summed(tallies, rates)
    most_day = (limits.day or _NO_LIMIT) * rates.session_parts
    most_week = (limits.week or _NO_LIMIT) * rates.session_parts
    sessions = sum([min(count, most_day) for count in week.sessions.values()])
    top, bottom = _within(week.minutes, week.sessions, most_day)
    bottom *= rates.minute_parts
    counted, scaled = (most_week, sessions) if sessions > most_week else (1, 1)
    credited = top * counted // (bottom * scaled)
    # by far the most policies let minutes count whole, and then the delivered ones are the same
    if not rates.only_whole:
        top_delivered, bottom_delivered = _within(week.delivered, week.sessions, most_day)
    else:
        top_delivered, bottom_delivered = top, bottom
    hourly = policy.indirect_minutes_per_hour
    indirect = top_delivered * counted * hourly // (bottom_delivered * scaled * 60)
    plateau = 0
    if policy.plateau is not None and limits.week is not None and policy.plateau * most_week <= sessions < most_week:
        plateau = top * most_week // (bottom * sessions) - credited
    return WeekCredit(Fraction(min(sessions, most_week), rates.session_parts), credited, indirect, plateau)


def credited_weeks(
    tallies: Iterable[Tally], settings: Sequence[ThresholdSetting], policies: Sequence[CreditPolicy]
) -> dict[date, WeekCredit]:
    """Return one provider's credit for each week in which they have tallies, by its Monday, in order.

    Args:
        tallies: All theirs in those weeks, in any order.
        settings: All thresholds that the provider ever set, in the order in which they were made.
        policies: All there are, in the order in which they were passed.

    Raises:
        NoPolicyInForce: A week is older than the first policy.
    """
    weeks: dict[int, list[Tally]] = {}
    for tally in tallies:
        # day 1 of the calendar was a Monday
        weeks.setdefault((tally[1].toordinal() - 1) // 7, []).append(tally)
    credit = {}
    for number, own in sorted(weeks.items()):
        week = date.fromordinal(number * 7 + 1)
        policy = in_force(policies, week)
        credit[week] = week_credit(own, limits_in(week, settings, policy.ceiling), policy)
    return credit


def credit_of_each(
    tallies: Iterable[Tally], settings: Mapping[str, Sequence[ThresholdSetting]], policies: Sequence[CreditPolicy]
) -> Iterator[tuple[str, dict[date, WeekCredit]]]:
    """Yield each provider with the credit for their weeks; memory holds one provider at a time.

    Args:
        tallies: Those of a provider one after the other, within a provider in any order.
        settings: Provider to all thresholds that they ever set, in order; none for who never set any.
        policies: All there are, in the order in which they were passed.

    Raises:
        ValueError: A provider's tallies are not together.
    """
    seen = set()
    for provider, own in groupby(tallies, itemgetter(0)):
        if provider in seen:
            raise ValueError(f"The tallies of {provider} are not together.")
        seen.add(provider)
        yield provider, credited_weeks(own, settings.get(provider, ()), policies)


def late_credit(at_close: Iterable[Tally], since: Iterable[Tally], limits: Limits, policy: CreditPolicy) -> WeekCredit:
    """Return what rows that came after a period closed add to the credit of one of its weeks.

    It counts in the current period, as a prior-period adjustment; where rows were reversed since, it can be negative.

    Args:
        at_close: The week's tallies that counted when the period closed.
        since: The week's tallies that count now.
        limits: The ones in force in that week, whatever they are today.
        policy: The one in force in that week.
    """
    before, after = week_credit(at_close, limits, policy), week_credit(since, limits, policy)
    return WeekCredit(
        after.credited_sessions - before.credited_sessions,
        after.credited_minutes - before.credited_minutes,
        after.indirect_minutes - before.indirect_minutes,
        after.plateau_minutes - before.plateau_minutes,
    )


def council_credit(served_minutes: int, policy: CreditPolicy) -> int:
    """Return the minutes credited for a week's service on council and committees."""
    return min(served_minutes, policy.council_minutes_per_week)


class _Week(NamedTuple):
    """A week's sums by day: sessions and minutes in the parts of ``Rates``, delivered minutes plain."""

    sessions: Mapping[date, int]
    minutes: Mapping[date, int]
    delivered: Mapping[date, int]


def _summed(tallies: Iterable[Tally], rates: Rates) -> _Week:
    sessions: dict[date, int] = {}
    minutes: dict[date, int] = {}
    delivered: dict[date, int] = {}
    for _, day, attendance, category, count, length in tallies:
        session, minute = rates.of[attendance][category]
        sessions[day] = sessions.get(day, 0) + count * session
        minutes[day] = minutes.get(day, 0) + length * minute
        if not rates.only_whole and attendance == Attendance.DELIVERED:
            delivered[day] = delivered.get(day, 0) + length
    return _Week(sessions, minutes, delivered)


def _within(amounts: Mapping[date, int], sessions: Mapping[date, int], most_day: int) -> tuple[int, int]:
    """Return the part of the days' amounts that is within the daily limit, as numerator and denominator."""
    whole, top, bottom = 0, 0, 1
    for day, amount in amounts.items():
        count = sessions[day]
        if count <= most_day:
            whole += amount
        else:
            top, bottom = top * count + amount * most_day * bottom, bottom * count
    return top + whole * bottom, bottom
