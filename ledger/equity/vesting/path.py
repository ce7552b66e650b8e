"""The path a grant takes through its conditions: which are met, when, and how much vests at each step.

The Open Cap Format's semantics (its docs/explainers/VestingTerms.md), evaluated as if every day anew: of the conditions
that may come next, the earliest is met, the order they are written in breaks ties, and no other path is ever taken.
Where the format is silent we rule:

- A condition is not met before the one it follows: what happened earlier counts on that one's day.
- A repeated condition was met on the day of its last occurrence; what follows it or is relative to it starts there.
- Occurrences before a cliff vest on the day of the cliff, and a condition with a cliff is met no earlier than that.
- The day of the month is the vesting start's, also after a step that a short month has clipped.
"""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from ledger.equity.vesting import graph
from ledger.equity.vesting.errors import UnknownCondition
from ledger.equity.vesting.months import add_days, month_day, month_number
from ledger.equity.vesting.terms import Condition, VestingTerms
from ledger.equity.vesting.triggers import (
    AbsoluteTrigger,
    EventTrigger,
    Period,
    PeriodUnit,
    Portion,
    RelativeTrigger,
    StartTrigger,
)


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
    units: Fraction = Fraction(0)
    of_rest: bool = False


class _Met(NamedTuple):
    """A condition that was met, and the day of each of its occurrences, never falling."""

    condition: Condition
    dates: tuple[date, ...]


def steps_of(terms: VestingTerms, start: date | None, events: Mapping[str, date]) -> list[Step]:
    """Return what vests by the conditions, in order of date.

    Args:
        terms: The grant's conditions.
        start: The vesting start, for every VESTING_START_DATE condition that ``events`` does not name.
        events: Days recorded for start and event conditions, by condition id.

    Raises:
        UnknownCondition: An event is recorded for a condition that does not wait for one.
    """
    steps = []
    for tranche, met in enumerate(_path(terms, _recorded(terms, start, events))):
        amount = met.condition.amount
        for day in met.dates:
            if isinstance(amount, Portion):
                steps.append(Step(day, tranche, amount.share, of_rest=amount.remainder))
            else:
                steps.append(Step(day, tranche, Fraction(0), amount))
    return [step for step in steps if step.share or step.units]


def _recorded(terms: VestingTerms, start: date | None, events: Mapping[str, date]) -> dict[str, date]:
    """Return the recorded day of each start and event condition; 9999-12-31 means not known yet and is left out."""
    waiting = {each.id: each for each in terms.conditions if isinstance(each.trigger, StartTrigger | EventTrigger)}
    for name in events:
        if name not in waiting:
            raise UnknownCondition(f"There is no condition {name} that waits for a start or an event.")
    starts = {name: start for name, each in waiting.items() if isinstance(each.trigger, StartTrigger)}
    recorded = {**starts, **events}
    return {name: day for name, day in recorded.items() if day is not None and day != date.max}


def _path(terms: VestingTerms, recorded: Mapping[str, date]) -> list[_Met]:
    """Return the conditions that are met, from first to last."""
    by_id = {condition.id: condition for condition in terms.conditions}
    candidates = graph.roots(terms.edges())
    path: list[_Met] = []
    while candidates:
        dated = [_Met(by_id[name], _occurrences(by_id[name], path, recorded)) for name in candidates]
        possible = [met for met in dated if met.dates]
        if not possible:
            break
        first = min(possible, key=lambda met: met.dates[0])  # min keeps the first of equals: the written order
        path.append(first)
        candidates = first.condition.next_ids
    return path


def _occurrences(condition: Condition, path: list[_Met], recorded: Mapping[str, date]) -> tuple[date, ...]:
    """Return the days on which a condition that may come next is met; none if it never is."""
    match condition.trigger:
        case AbsoluteTrigger(on):
            dates: tuple[date, ...] = (on,)
        case RelativeTrigger(relative_to, period):
            since = next((met.dates[-1] for met in path if met.condition.id == relative_to), None)
            dates = () if since is None else _repeated(period, since, _anchor_day(path, since))
        case _:
            dates = (recorded[condition.id],) if condition.id in recorded else ()
    earliest = path[-1].dates[-1] if path else date.min
    return tuple([max(day, earliest) for day in dates])


def _anchor_day(path: list[_Met], since: date) -> int:
    """Return the day of the latest vesting start on the path or, where there is none, of ``since``."""
    starts = [met.dates[0].day for met in path if isinstance(met.condition.trigger, StartTrigger)]
    return starts[-1] if starts else since.day


def _repeated(period: Period, since: date, anchor_day: int) -> tuple[date, ...]:
    """Return the days a period falls on, those before its cliff moved to the cliff."""
    counts = range(1, period.occurrences + 1)
    if period.unit is PeriodUnit.DAYS:
        dates = [add_days(since, period.length * count) for count in counts]
    else:
        month, day = month_number(since), period.day or anchor_day
        dates = [month_day(month + period.length * count, day) for count in counts]
    held = max(period.cliff_installment, 1) - 1
    return (dates[held],) * held + tuple(dates[held:])
