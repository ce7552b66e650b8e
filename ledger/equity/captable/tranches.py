"""The vesting schedule (reports.md R7): every instalment promised, and what has become of it by a day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ledger.equity.vesting import graph
from ledger.equity.vesting.path import steps_of
from ledger.equity.vesting.table import Mark, Table
from ledger.equity.vesting.terms import VestingTerms


class Status(StrEnum):
    """What has become of an instalment."""

    VESTED = "vested"
    """Its day has come."""
    SCHEDULED = "scheduled"
    """Its day, or the event it waits for, has yet to come."""
    PAUSED = "paused"
    """Waits for the end of a leave or of an appeal."""
    ACCELERATED = "accelerated"
    """Vests, or has vested, earlier than was promised."""
    FORFEITED = "forfeited"
    """Will never vest."""


@dataclass(frozen=True, slots=True)
class Promise:
    """The newest instalments of a security.

    Attributes:
        decimals: Of its class.
        conditions: Day to the conditions of the terms that vest on it, where they are known.
    """

    label: str
    holder: str
    decimals: int
    table: Table
    conditions: Mapping[date, str]


@dataclass(frozen=True, slots=True)
class Tranche:
    """One instalment.

    Attributes:
        number: From 1, in order of date.
        on: None while it waits for an event that has no date.
        cumulative: What has vested with it, if all goes as promised; forfeited instalments add nothing.
        condition: Ids of the conditions in the grant's terms, where they are known.
    """

    label: str
    holder: str
    decimals: int
    number: int
    on: date | None
    units: int
    cumulative: int
    status: Status
    condition: str | None


_STATUS = {Mark.PAUSED: Status.PAUSED, Mark.ACCELERATED: Status.ACCELERATED, Mark.FORFEITED: Status.FORFEITED}


def tranches_of(promise: Promise, on: date) -> Iterator[Tranche]:
    """Yield the instalments of a security with what has become of them by the end of a day."""
    cumulative = 0
    for number, row in enumerate(promise.table, 1):
        if row.mark is not Mark.FORFEITED:
            cumulative += row.quantity
        is_dated = row.date != date.max
        yield Tranche(
            promise.label,
            promise.holder,
            promise.decimals,
            number,
            row.date if is_dated else None,
            row.quantity,
            cumulative,
            _STATUS.get(row.mark) or (Status.VESTED if is_dated and row.date <= on else Status.SCHEDULED),
            promise.conditions.get(row.date) if is_dated else None,
        )


def conditions_by_day(terms: VestingTerms, start: date | None, events: Mapping[str, date]) -> dict[date, str]:
    """Return which conditions vest on which day: empty where the terms branch, for then a path is chosen on the way."""
    edges = terms.edges()
    [*chain] = graph.roots(edges)
    while len(chain) == len(set(chain)) and len(edges[chain[-1]]) == 1:
        chain.append(edges[chain[-1]][0])
    if len(chain) != len(edges):
        return {}
    found: dict[date, list[str]] = {}
    for step in steps_of(terms, start, events):
        names = found.setdefault(step.date, [])
        if chain[step.tranche] not in names:
            names.append(chain[step.tranche])
    return {day: "; ".join(names) for day, names in found.items()}
