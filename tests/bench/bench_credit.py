"""How fast a year's credit is, as a ratio to the obvious loop over fractions: ``python -m tests.bench.bench_credit``.

Ten thousand providers, 6.9 million sessions as 2.4 million tallies (sessions.md §5.7), a chunk of providers at a time.
CPU seconds of one core, the tallies' making not counted. Figures are printed, never asserted: the machine may be busy.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from math import floor
from time import process_time

from ledger.sessions.credit import Tally, credit_of_each
from ledger.sessions.policy import CreditPolicy
from ledger.sessions.thresholds import Limits, ThresholdSetting
from ledger.sessions.values import Attendance, Category

PROVIDERS, CHUNK, WEEKS = 10_000, 500, 46
FIRST_WEEK = date(2024, 12, 30)
CEILING = Limits(week=22)
POLICIES = (
    CreditPolicy("res_1", date(2024, 12, 1), date(2024, 12, 30), Limits(week=25)),
    CreditPolicy("res_2", date(2025, 8, 1), date(2025, 9, 1), CEILING),
)

Settings = dict[str, tuple[ThresholdSetting, ...]]


def some_providers(dice: random.Random, first: int) -> tuple[list[Tally], Settings]:
    """Return a chunk of providers' tallies for a year, about 240 each, and their thresholds."""
    settings: Settings = {}
    for number in range(first, first + CHUNK):
        provider = f"hld_{number:026}"
        settings[provider] = tuple(
            ThresholdSetting(provider, Limits(dice.randint(4, 6), dice.randint(12, 22)), week)
            for week in (FIRST_WEEK, date(2025, 6, 2))
        )
    return [tally for provider in settings for tally in some_tallies(dice, provider)], settings


def some_tallies(dice: random.Random, provider: str) -> Iterator[Tally]:
    """Yield a provider's year: four days a week, a second category now and then."""
    for week in range(WEEKS):
        for weekday in range(4):
            day = FIRST_WEEK + timedelta(days=week * 7 + weekday)
            for category in (Category.INDIVIDUAL, Category.FAMILY_COUPLES)[: dice.choice((1, 1, 1, 2))]:
                count = dice.choice((2, 3, 3, 4, 5))
                minutes = count * dice.choice((38, 50, 53, 60))
                yield Tally(provider, day, Attendance.DELIVERED.value, category.value, count, minutes)


def naive(tallies: list[Tally], settings: Settings) -> dict[tuple[str, date], int]:
    """Return credited minutes by provider and week, as one writes it first from the formula of §5.6."""
    days: dict[tuple[str, date], dict[date, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for tally in tallies:
        monday = tally.local_date - timedelta(days=tally.local_date.weekday())
        sums = days[tally.provider, monday][tally.local_date]
        sums[0] += tally.sessions
        sums[1] += tally.minutes
    credit = {}
    for (provider, monday), week in days.items():
        own = [setting for setting in settings[provider] if setting.from_week <= monday][-1].limits
        ceiling = [policy.ceiling for policy in POLICIES if policy.effective_from <= monday][-1]
        most_day, most_week = own.day or 99, min(own.week or 99, ceiling.week or 99)
        counted = sum(min(count, most_day) for count, _ in week.values())
        scale = min(Fraction(1), Fraction(most_week, counted))
        minutes = sum(Fraction(minutes * min(count, most_day), count) for count, minutes in week.values())
        credit[provider, monday] = floor(scale * minutes)
    return credit


def ours(tallies: list[Tally], settings: Settings) -> dict[tuple[str, date], int]:
    """Return the same from the rules under test."""
    return {
        (provider, week): credit.credited_minutes
        for provider, weeks in credit_of_each(tallies, settings, POLICIES)
        for week, credit in weeks.items()
    }


def main() -> None:
    """Print the figures; the loop takes only the first chunk."""
    dice, spent, loop, count, sessions = random.Random(20250101), 0.0, 0.0, 0, 0
    for first in range(0, PROVIDERS, CHUNK):
        tallies, settings = some_providers(dice, first)
        begun = process_time()
        found = ours(tallies, settings)
        spent += process_time() - begun
        count, sessions = count + len(tallies), sessions + sum(tally.sessions for tally in tallies)
        if first == 0:
            begun = process_time()
            same = "the same" if naive(tallies, settings) == found else "NOT THE SAME"
            loop = (process_time() - begun) / len(tallies)
            print(f"naive loop: {loop * 1e6:.2f} µs a tally; figures {same}")
    print(f"{PROVIDERS:,} providers, {sessions:,} sessions as {count:,} tallies: {spent:.1f} s CPU")
    print(f"{spent / count * 1e6:.2f} µs a tally, {loop * count / spent:.1f} × the loop")


if __name__ == "__main__":
    main()
