"""The path a grant takes through its conditions: which are met, when, and how much vests at each step.

The Open Cap Format's semantics (its docs/explainers/VestingTerms.md), evaluated as if every day anew: of the conditions
that may come next, the earliest is met, the order they are written in breaks ties, and no other path is ever taken.
Where the format is silent we rule:

- A condition is not met before the one it follows: what happened earlier counts on that one's day.
- A repeated condition was met on the day of its last occurrence; what follows it or is relative to it starts there.
- Occurrences before a cliff vest on the day of the cliff, and a condition with a cliff is met no earlier than that.
- The day of the month is the vesting start's, also after a step that a short month has clipped.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from operator import itemgetter
from typing import NamedTuple

from ledger.equity.vesting import graph
from ledger.equity.vesting.errors import ScheduleTooLong, UnknownCondition
from ledger.equity.vesting.months import add_days, month_day, month_number
from ledger.equity.vesting.terms import Condition, VestingTerms
from ledger.equity.vesting.triggers import (
    MOST_DAYS,
    AbsoluteTrigger,
    EventTrigger,
    Period,
    PeriodUnit,
    Portion,
    RelativeTrigger,
    StartTrigger,
)

_NONE = Fraction(0)


class Step(NamedTuple):
    """Something vests, exactly and before any rounding.

    Attributes:
        date: The day it vests.
        tranche: Steps with the same number come from one condition or statement.
        share: A share of the grant, or with ``of_rest`` of what has yet to vest.
        units: Shares (not minor units) that vest whatever the size of the grant.
        of_rest: Whether ``share`` is of the rest.
    """

    date: date
    tranche: int
    share: Fraction
    units: Fraction = _NONE
    of_rest: bool = False


@dataclass(slots=True)
class _Walk:
    """How far a path has come.

    Attributes:
        recorded: The days known for start and event conditions.
        met: The last occurrence of each condition met.
        latest: The last occurrence of the latest one; nothing is met before it.
        anchor_day: Day of the latest vesting start; None where there was none.
    """

    recorded: Mapping[str, date]
    met: dict[str, date] = field(default_factory=dict)
    latest: date = date.min
    anchor_day: int | None = None

    def day(self, condition: Condition, count: int) -> date | None:
        """Return the day of an occurrence, from 1, of a condition that may come next; None if it never comes."""
        match condition.trigger:
            case AbsoluteTrigger(on):
                day: date | None = on
            case RelativeTrigger(relative_to, period):
                since = self.met.get(relative_to)
                day = None if since is None else _repeated(period, since, self.anchor_day or since.day, count)
            case _:
                day = self.recorded.get(condition.id)
        return None if day is None else max(day, self.latest)

    def meet(self, condition: Condition) -> list[date]:
        """Return the days of all occurrences of a condition that is met, and move on to behind it."""
        trigger = condition.trigger
        times = trigger.period.occurrences if isinstance(trigger, RelativeTrigger) else 1
        dates = [day for count in range(1, times + 1) if (day := self.day(condition, count)) is not None]
        self.latest = self.met[condition.id] = dates[-1]
        if isinstance(trigger, StartTrigger):
            self.anchor_day = self.recorded[condition.id].day
        return dates


def steps_of(terms: VestingTerms, start: date | None, events: Mapping[str, date]) -> list[Step]:
    """Return what vests by the conditions, in order of date.

    Args:
        terms: The grant's conditions.
        start: The vesting start, for every VESTING_START_DATE condition that ``events`` does not name.
        events: Days recorded for start and event conditions, by condition id.

    Raises:
        UnknownCondition: An event is recorded for a condition that does not wait for one.
        ScheduleTooLong: There are too many instalments, or one is past the calendar.
    """
    steps: list[Step] = []
    for tranche, (condition, dates) in enumerate(_path(terms, _Walk(_recorded(terms, start, events)))):
        amount = condition.amount
        if isinstance(amount, Portion):
            share, units, of_rest = amount.share, _NONE, amount.remainder
        else:
            share, units, of_rest = _NONE, amount, False
        steps += [Step(day, tranche, share, units, of_rest) for day in dates if share or units]
        if len(steps) > MOST_DAYS:
            raise ScheduleTooLong("Vesting terms have an instalment a day for a century at most.")
    return steps


def _recorded(terms: VestingTerms, start: date | None, events: Mapping[str, date]) -> dict[str, date]:
    """Return the recorded day of each start and event condition; 9999-12-31 means not known yet and is left out."""
    waiting = {each.id: each for each in terms.conditions if isinstance(each.trigger, StartTrigger | EventTrigger)}
    for name in events:
        if name not in waiting:
            raise UnknownCondition(f"There is no condition {name} that waits for a start or an event.")
    starts = {name: start for name, each in waiting.items() if isinstance(each.trigger, StartTrigger)}
    recorded = {**starts, **events}
    return {name: day for name, day in recorded.items() if day is not None and day != date.max}


def _path(terms: VestingTerms, walk: _Walk) -> Iterator[tuple[Condition, list[date]]]:
    """Yield the conditions that are met, from first to last, with the days of their occurrences."""
    by_id = {condition.id: condition for condition in terms.conditions}
    candidates = graph.roots(terms.edges())
    while True:
        possible = [(day, name) for name in candidates if (day := walk.day(by_id[name], 1)) is not None]
        if not possible:
            return
        _, name = min(possible, key=itemgetter(0))  # min keeps the first of equals: the written order
        yield by_id[name], walk.meet(by_id[name])
        candidates = by_id[name].next_ids


def _repeated(period: Period, since: date, anchor_day: int, count: int) -> date:
    """Return the day a period falls on for the ``count``-th time; up to its cliff, the day of the cliff."""
    length = period.length * max(count, period.cliff_installment)
    if period.unit is PeriodUnit.DAYS:
        return add_days(since, length)
    return month_day(month_number(since) + length, period.day or anchor_day)
