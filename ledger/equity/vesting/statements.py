"""Ordered statements: vesting terms of the Open Cap Format's second version (alpha), with Carta's rules.

Statements follow one another in their order, each covering a share of the grant. Dates are counted from the original
vesting start through all of them, so that a short month clips no later date. An event gates its own statement only:
what would have vested before it vests on its day, and no other date moves. Running totals are rounded down over the
whole schedule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Any

from ledger.equity.vesting.errors import ScheduleTooLong, UnknownCondition, VestingTermsInvalid
from ledger.equity.vesting.fields import Fields, numeric_text
from ledger.equity.vesting.months import LAST_DAY_OF_MONTH, add_days, month_day, month_number
from ledger.equity.vesting.path import Step
from ledger.equity.vesting.terms import AllocationType
from ledger.equity.vesting.triggers import MOST_DAYS, MOST_MONTHS, PeriodUnit


class DayPolicy(StrEnum):
    """The day of the month an instalment falls on."""

    VESTING_START_DAY = "VESTING_START_DAY"
    """The vesting start's day, clipped to the month's end: 31 January gives 28 February, 31 March."""
    FIRST_DAY_OF_MONTH = "FIRST_DAY_OF_MONTH"
    """The 1st."""
    LAST_DAY_OF_MONTH = "LAST_DAY_OF_MONTH"
    """The 28th to 31st, whichever is last."""
    VESTING_START_DAY_MINUS_ONE = "VESTING_START_DAY_MINUS_ONE"
    """Clipped first, then one day earlier: 31 January gives 27 February, 30 March."""


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time: calendar months and then days."""

    months: int = 0
    days: int = 0

    def __post_init__(self) -> None:
        """Refuse spans that go back or last for more than a century."""
        if self.months < 0 or self.days < 0:
            raise VestingTermsInvalid("A length of time is not negative.")
        if self.months > MOST_MONTHS or self.days > MOST_DAYS:
            raise ScheduleTooLong("A vesting statement runs for a century at most.")

    @classmethod
    def of(cls, length: int, unit: PeriodUnit) -> Span:
        """Return a length counted in days, months or years."""
        match unit:
            case PeriodUnit.DAYS:
                return cls(days=length)
            case PeriodUnit.MONTHS:
                return cls(months=length)
            case PeriodUnit.YEARS:
                return cls(months=12 * length)

    def __add__(self, other: Span) -> Span:
        return Span(self.months + other.months, self.days + other.days)

    def after(self, start: date, policy: DayPolicy) -> date:
        """Return the day this long after ``start``; without months the policy has nothing to choose."""
        if not self.months:
            return add_days(start, self.days)
        day = {DayPolicy.FIRST_DAY_OF_MONTH: 1, DayPolicy.LAST_DAY_OF_MONTH: LAST_DAY_OF_MONTH}.get(policy, start.day)
        earlier = 1 if policy is DayPolicy.VESTING_START_DAY_MINUS_ONE else 0
        return add_days(month_day(month_number(start) + self.months, day), self.days - earlier)


@dataclass(frozen=True, slots=True)
class Cliff:
    """Nothing of its statement vests before; then ``share`` of the grant (not of the statement) does."""

    length: int
    unit: PeriodUnit
    share: Fraction

    @classmethod
    def parse(cls, fields: Fields, *, ignore_unknown: bool) -> Cliff:
        """Read ``{"length", "period_type", "percentage"}``."""
        cliff = cls(fields.whole("length"), fields.one_of("period_type", PeriodUnit), fields.numeric("percentage"))
        fields.finish(ignore_unknown=ignore_unknown)
        return cliff

    def as_dict(self) -> dict[str, Any]:
        """Return the OCF form."""
        return {"length": self.length, "period_type": self.unit.value, "percentage": numeric_text(self.share)}


@dataclass(frozen=True, slots=True)
class Grid:
    """Even instalments on a grid of dates: ``occurrences`` of them, ``period`` days, months or years apart."""

    occurrences: int
    period: int
    unit: PeriodUnit
    day_policy: DayPolicy | None = None
    cliff: Cliff | None = None

    def __post_init__(self) -> None:
        """Refuse grids without instalments or without an end."""
        if self.occurrences < 1:
            raise VestingTermsInvalid("A schedule has at least one occurrence.")
        _ = self.length  # a span refuses what is too long

    @property
    def length(self) -> Span:
        """From the statement's beginning to its last instalment."""
        return Span.of(self.period * self.occurrences, self.unit)

    @classmethod
    def parse(cls, fields: Fields, *, ignore_unknown: bool) -> Grid:
        """Read an OCF ``schedule`` segment."""
        cliff = Cliff.parse(fields.nested("cliff"), ignore_unknown=ignore_unknown) if "cliff" in fields else None
        key = "vesting_day_of_month"
        policy = fields.one_of(key, DayPolicy) if key in fields else None
        occurrences, period = fields.whole("occurrences", least=1), fields.whole("period")
        unit = fields.one_of("period_type", PeriodUnit)
        fields.finish(ignore_unknown=ignore_unknown)
        return cls(occurrences, period, unit, policy, cliff)

    def as_dict(self) -> dict[str, Any]:
        """Return the OCF form."""
        written: dict[str, Any] = {
            "occurrences": self.occurrences,
            "period": self.period,
            "period_type": self.unit.value,
        }
        if self.day_policy is not None:
            written["vesting_day_of_month"] = self.day_policy.value
        return {**written, "cliff": self.cliff.as_dict()} if self.cliff else written

    def parts(self, start: date, since: Span, share: Fraction) -> Iterator[tuple[date, Fraction]]:
        """Yield each instalment's date and its share of the grant.

        Args:
            start: The grant's original vesting start.
            since: How long after it the statement begins.
            share: The share of the grant that the statement covers.
        """
        policy = self.day_policy or DayPolicy.VESTING_START_DAY
        spans = [since + Span.of(self.period * count, self.unit) for count in range(1, self.occurrences + 1)]
        dates = [span.after(start, policy) for span in spans]
        if self.cliff is None:
            yield from ((day, share / len(dates)) for day in dates)
            return
        cliff_day = (since + Span.of(self.cliff.length, self.cliff.unit)).after(start, policy)
        later = [day for day in dates if day > cliff_day]
        yield cliff_day, self.cliff.share if later else share
        yield from ((day, (share - self.cliff.share) / len(later)) for day in later)


@dataclass(frozen=True, slots=True)
class Statement:
    """One segment of the terms.

    Attributes:
        order: Its place, 1 or more.
        share: The share of the grant that it covers.
        grid: Its dates; None for a milestone, which vests at once when its event happens.
        event_id: The event that gates it; None for none.
    """

    order: int
    share: Fraction
    grid: Grid | None = None
    event_id: str | None = None

    def __post_init__(self) -> None:
        """Refuse a statement that waits for nothing and shares that can't be."""
        if self.order < 1:
            raise VestingTermsInvalid("A statement's order is 1 or more.")
        if self.grid is None and not self.event_id:
            raise VestingTermsInvalid(f"Statement {self.order} needs a schedule or an event.")
        if not 0 <= self.share <= 1:
            raise VestingTermsInvalid(f"Statement {self.order}: its percentage is between 0 and 1.")
        if self.grid and self.grid.cliff and not 0 <= self.grid.cliff.share <= self.share:
            raise VestingTermsInvalid(f"Statement {self.order}: more vests at the cliff than the statement covers.")

    @classmethod
    def parse(cls, fields: Fields, *, ignore_unknown: bool) -> Statement:
        """Read an OCF vesting statement, scheduled or milestone."""
        order = fields.whole("order", least=1)
        fields.where = f"Statement {order}"
        share = fields.numeric("percentage")
        schedule = fields.nested("schedule") if "schedule" in fields else None
        grid = Grid.parse(schedule, ignore_unknown=ignore_unknown) if schedule else None
        event_id = _read_event(fields.nested("event_condition")) if "event_condition" in fields else None
        fields.finish(ignore_unknown=ignore_unknown)
        return cls(order, share, grid, event_id)

    def as_dict(self) -> dict[str, Any]:
        """Return the OCF form."""
        written: dict[str, Any] = {"order": self.order, "percentage": numeric_text(self.share)}
        if self.grid:
            written["schedule"] = self.grid.as_dict()
        return {**written, "event_condition": {"event_id": self.event_id}} if self.event_id else written


def _read_event(fields: Fields) -> str:
    """Read ``{"event_id"}``."""
    event_id = fields.text("event_id")
    fields.finish()
    return event_id


@dataclass(frozen=True, slots=True)
class StatementTerms:
    """Ordered statements that cover the whole grant between them."""

    statements: tuple[Statement, ...]

    def __post_init__(self) -> None:
        """Refuse two statements in one place, and parts that do not make a whole."""
        orders = [statement.order for statement in self.statements]
        if sorted(set(orders)) != orders:
            raise VestingTermsInvalid("Statements stand in their order, each place taken once.")
        if sum(statement.grid.occurrences for statement in self.statements if statement.grid) > MOST_DAYS:
            raise ScheduleTooLong("Vesting terms have an instalment a day for a century at most.")
        _ = sum((statement.grid.length for statement in self.statements if statement.grid), Span())  # not too long
        covered = sum((statement.share for statement in self.statements), Fraction(0))
        if covered != 1:
            raise VestingTermsInvalid(
                f"The statements cover {numeric_text(covered * 100)} % of the grant; they must cover all of it."
            )

    def __hash__(self) -> int:
        """Hash what is cheap to hash: terms are keys of a cache."""
        return hash(tuple([statement.share for statement in self.statements]))

    @property
    def allocation(self) -> AllocationType:
        """How parts of a share are kept out of instalments: always the running total rounded down."""
        return AllocationType.CUMULATIVE_ROUND_DOWN

    @classmethod
    def parse(cls, data: object, *, ignore_unknown: bool = False) -> StatementTerms:
        """Return the terms of a list of OCF statements, or of an object that holds them as ``statements``.

        Raises:
            VestingTermsInvalid: Or one of its kinds; the message names the statement.
        """
        fields = Fields({"statements": data} if isinstance(data, list) else data, "Vesting terms")
        items = [Fields(item, f"Statement number {place}") for place, item in enumerate(fields.items("statements"), 1)]
        statements = [Statement.parse(item, ignore_unknown=ignore_unknown) for item in items]
        return cls(tuple(sorted(statements, key=lambda statement: statement.order)))

    def as_dict(self) -> dict[str, Any]:
        """Return ``{"statements": […]}``."""
        return {"statements": [statement.as_dict() for statement in self.statements]}


def statement_steps(terms: StatementTerms, start: date | None, events: Mapping[str, date]) -> list[Step]:
    """Return what vests by the statements, in order of date and then of statement.

    Args:
        terms: The statements.
        start: The vesting start; without one, or on 9999-12-31, nothing that has a schedule vests.
        events: Days on which events happened, by event id.

    Raises:
        UnknownCondition: An event is recorded that no statement waits for.
    """
    unknown = set(events) - {statement.event_id for statement in terms.statements}
    if unknown:
        raise UnknownCondition(f"No statement waits for the event {min(unknown)}.")
    since = Span()
    steps: list[Step] = []
    for tranche, statement in enumerate(terms.statements):
        steps.extend(_steps(statement, tranche, start, since, events))
        since = since + statement.grid.length if statement.grid else since
    return sorted((step for step in steps if step.share), key=lambda step: (step.date, step.tranche))


def _steps(
    statement: Statement, tranche: int, start: date | None, since: Span, events: Mapping[str, date]
) -> list[Step]:
    """Return one statement's steps; none while it waits for its event or for the vesting start."""
    happened = date.min if statement.event_id is None else events.get(statement.event_id, date.max)
    if happened == date.max:
        return []
    if statement.grid is None:
        return [Step(happened, tranche, statement.share)]
    if start is None or start == date.max:
        return []
    parts = statement.grid.parts(start, since, statement.share)
    return [Step(max(day, happened), tranche, share) for day, share in parts]
