"""What the sample cooperative's providers delivered: made-up day tallies of 18 months, drawn by a seeded lot. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from hashlib import sha256
from random import Random

from app.demo.cast import PERIOD_START, Provider
from ledger.sessions.values import Attendance, Category, Delivery, Modality
from ledger.sessions.weeks import week_of

PERIOD_END = date(2025, 12, 31)

USUAL = ((6, 0.30), (15, 0.45), (22, 0.20), (30, 0.05))
"""Sessions in a usual week, and how many providers work so: part-time, steady, full, and more than is good for them."""

MIX = (
    (Category.INDIVIDUAL, 55, 0.46),
    (Category.INDIVIDUAL, 45, 0.30),
    (Category.INTAKE, 60, 0.07),
    (Category.FAMILY_COUPLES, 50, 0.07),
    (Category.INDIVIDUAL, 30, 0.05),
    (Category.GROUP, 60, 0.05),
)
"""Kind of session, its minutes, and its share of all."""

HOLIDAYS = (date(2024, 12, 23), date(2024, 12, 30), date(2024, 11, 25), date(2025, 11, 24), date(2025, 12, 22))
"""Weeks in which hardly anybody works."""


def usual_week(random: Random) -> int:
    """Return how many sessions a provider has in a usual week."""
    [usual] = random.choices([count for count, _ in USUAL], [share for _, share in USUAL])
    return usual


def weeks(provider: Provider, last: date) -> Iterator[date]:
    """Yield the Mondays of the weeks in which a provider works, up to a day."""
    monday = week_of(max(provider.joined_on, PERIOD_START) + timedelta(days=6))
    while monday + timedelta(days=4) <= min(last, PERIOD_END):
        yield monday
        monday += timedelta(days=7)


def delivered_in(random: Random, provider: str, usual: int, monday: date) -> list[Delivery]:
    """Return the day tallies of a week around the usual number of sessions."""
    if monday in HOLIDAYS:
        usual //= 3
    count = max(0, round(random.gauss(usual, usual / 7)))
    sessions: dict[tuple[int, int], int] = {}
    kinds = random.choices(range(len(MIX)), [share for *_, share in MIX], k=count)
    for number, kind in enumerate(kinds):
        key = (number * 5 // max(count, 1), kind)
        sessions[key] = sessions.get(key, 0) + 1
    missed = random.random() < usual / 30
    rows = [
        _tally(provider, monday + timedelta(days=day), kind, many) for (day, kind), many in sorted(sessions.items())
    ]
    return [*rows, _missed(provider, monday)] if missed else rows


def _tally(provider: str, day: date, kind: int, many: int) -> Delivery:
    category, minutes, _ = MIX[kind]
    mark = fingerprint(provider, day, kind)
    return Delivery(provider, day, category, Modality.VIDEO, Attendance.DELIVERED, many, many * minutes, mark)


def _missed(provider: str, day: date) -> Delivery:
    mark = fingerprint(provider, day, len(MIX))
    return Delivery(provider, day, Category.INDIVIDUAL, Modality.VIDEO, Attendance.NO_SHOW, 1, 50, mark)


def fingerprint(provider: str, day: date, kind: int) -> str:
    """Return a mark for a tally; of made-up work it need hide nothing."""
    return sha256(f"{provider}|{day}|{kind}".encode()).hexdigest()[:32]
