"""A provider's weight in patronage: credited minutes of a span of weeks, with indirect care, council and leave.

Everything is reckoned from what was on record before one entry, so anyone can reckon it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import MappingProxyType

from sqlalchemy.orm import Session

from ledger.equity.values import Engagement
from ledger.reading import every
from ledger.sessions.choices import policies, settings_of_each
from ledger.sessions.credit import WeekCredit, council_credit, credit_of_each, credited_weeks, late_credit
from ledger.sessions.deliveries import late_weeks, tallies
from ledger.sessions.leave_credit import ProtectedLeave, leave_credit
from ledger.sessions.policy import CreditPolicy, in_force
from ledger.sessions.records import CouncilService, LeaveTaken
from ledger.sessions.thresholds import ThresholdSetting, limits_in
from ledger.sessions.weeks import period_of, week_of
from ledger.types import Cut

A_WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Span:
    """The weeks whose Thursday lies in the days from ``first`` to ``last``: a week belongs to its Thursday's period."""

    first: date
    last: date

    @property
    def monday(self) -> date:
        """The first day of the first week."""
        monday = week_of(self.first)
        return monday if monday + timedelta(days=3) >= self.first else monday + A_WEEK

    @property
    def sunday(self) -> date:
        """The last day of the last week."""
        monday = week_of(self.last)
        last = monday if monday + timedelta(days=3) <= self.last else monday - A_WEEK
        return last + timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Weight:
    """What counts for one provider, in minutes.

    Attributes:
        credited: Of sessions, within the limits.
        indirect: For notes and consultation.
        council: For service on council and committees.
        leave: For protected leave.
        late: Prior-period adjustments: what rows that came after a close add to weeks before this span, or take away.
        carried: What an earlier declaration could not take away, zero or below.
    """

    provider: str
    credited: int
    indirect: int = 0
    council: int = 0
    leave: int = 0
    late: int = 0
    carried: int = 0

    @property
    def balance(self) -> int:
        """All of it; below zero where corrections take away more than there is, which the next declaration takes in."""
        return self.credited + self.indirect + self.council + self.leave + self.late + self.carried

    @property
    def total(self) -> int:
        """What counts in this span; never below zero."""
        return max(0, self.balance)


def weights(
    db: Session, span: Span, *, known_at: int, carried: Mapping[str, int] = MappingProxyType({})
) -> dict[str, Weight]:
    """Return the weight of every provider with any, or with less than none, by id.

    Args:
        db: The session.
        span: The weeks.
        known_at: What was on record before this entry counts.
        carried: Provider to what an earlier declaration could not take away, zero or below.

    Raises:
        NoPolicyInForce: The span begins before the first policy.
    """
    cut = Cut(date.max, known_at)
    rules, settings = policies(db, cut), settings_of_each(db, cut)
    found: dict[str, Weight] = {}
    last = period_of(span.sunday)
    own = tallies(db, known_at=known_at, first=span.monday, last=span.sunday, posted_through=last)
    for provider, weeks in credit_of_each(own, settings, rules):
        credited = sum(week.credited_minutes + week.plateau_minutes for week in weeks.values())
        found[provider] = Weight(provider, credited, sum(week.indirect_minutes for week in weeks.values()))
    _add_service(db, span, cut, rules, found)
    _add_leave(db, span, cut, rules, settings, found)
    for provider, _, credit in late_credits(db, span, cut, rules, settings):
        _raise(found, provider, late=credit.minutes)
    for provider, minutes in carried.items():
        _raise(found, provider, carried=minutes)
    return {provider: weight for provider, weight in sorted(found.items()) if weight.balance}


def _add_service(db: Session, span: Span, cut: Cut, rules: Sequence[CreditPolicy], found: dict[str, Weight]) -> None:
    served: dict[tuple[str, date], int] = {}
    for service in every(db, CouncilService, cut):
        if span.monday <= service.week <= span.sunday:
            key = (service.provider, service.week)
            served[key] = served.get(key, 0) + service.minutes
    for (provider, week), minutes in served.items():
        _raise(found, provider, council=council_credit(minutes, in_force(rules, week)))


def _add_leave(
    db: Session,
    span: Span,
    cut: Cut,
    rules: Sequence[CreditPolicy],
    settings: Mapping[str, Sequence[ThresholdSetting]],
    found: dict[str, Weight],
) -> None:
    """Add credit for protected leave; what an earlier leave was credited counts towards the mean of a later one."""
    given: dict[str, dict[date, int]] = {}
    for taken in sorted(every(db, LeaveTaken, cut), key=lambda one: (one.provider, one.first_day)):
        if taken.first_day > span.sunday:
            continue
        policy = in_force(rules, week_of(taken.first_day))
        before = week_of(taken.first_day) - A_WEEK * policy.leave_mean_weeks
        credit = _minutes_by_week(db, taken.provider, before, span.sunday, cut, rules, settings)
        earlier = given.setdefault(taken.provider, {})
        for week, minutes in earlier.items():
            credit[week] = credit.get(week, 0) + minutes
        leave = ProtectedLeave(taken.first_day, taken.last_day)
        added = leave_credit(leave, credit, policy, joined_on=_joined_on(db, taken, cut))
        for week, minutes in added.items():
            earlier[week] = earlier.get(week, 0) + minutes
    for provider, weeks in given.items():
        minutes = sum(minutes for week, minutes in weeks.items() if span.monday <= week <= span.sunday)
        _raise(found, provider, leave=minutes)


def _joined_on(db: Session, taken: LeaveTaken, cut: Cut) -> date:
    engaged = every(db, Engagement, cut, holder=taken.provider)
    return min((one.starts_on for one in engaged), default=taken.first_day)


def _minutes_by_week(
    db: Session,
    provider: str,
    first: date,
    last: date,
    cut: Cut,
    rules: Sequence[CreditPolicy],
    settings: Mapping[str, Sequence[ThresholdSetting]],
) -> dict[date, int]:
    own = tallies(db, known_at=cut.known_at, first=first, last=last, provider=provider)
    weeks = credited_weeks(own, settings.get(provider, ()), rules)
    return {week: credit.minutes for week, credit in weeks.items()}


def late_credits(
    db: Session,
    span: Span,
    cut: Cut,
    rules: Sequence[CreditPolicy],
    settings: Mapping[str, Sequence[ThresholdSetting]],
    *,
    provider: str | None = None,
) -> Iterator[tuple[str, date, WeekCredit]]:
    """Yield provider, week and what was posted in a span for that week before it, reckoned with the week's limits.

    Below zero where rows were reversed. Each posting counts in one span.
    """
    first, last = period_of(span.monday), period_of(span.sunday)
    late = late_weeks(
        db, known_at=cut.known_at, before=span.monday, first_period=first, last_period=last, provider=provider
    )
    for who, week in late:
        sunday = week + timedelta(days=6)
        at_close, since = (
            tallies(db, known_at=cut.known_at, first=week, last=sunday, provider=who, posted_through=period)
            for period in (_period_before(first), last)
        )
        policy = in_force(rules, week)
        limits = limits_in(week, settings.get(who, ()), policy.ceiling)
        yield who, week, late_credit(at_close, since, limits, policy)


def _period_before(period: str) -> str:
    return f"{date.fromisoformat(f'{period}-01') - timedelta(days=1):%Y-%m}"


def month_of(period: str) -> Span:
    """Return the days of a month named ``2025-07``."""
    first = date.fromisoformat(f"{period}-01")
    return Span(first, (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1))


def _raise(found: dict[str, Weight], provider: str, **minutes: int) -> None:
    old = found.get(provider, Weight(provider, 0))
    found[provider] = replace(old, **{name: getattr(old, name) + more for name, more in minutes.items()})
