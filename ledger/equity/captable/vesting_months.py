"""What vests in which month, of all that is promised: a pure fold over instalments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ledger.equity.captable.by_class import rescaled
from ledger.equity.captable.tranches import Status, Tranche


@dataclass(frozen=True, slots=True)
class VestingMonth:
    """What vests in one month.

    Attributes:
        first: Its first day.
        grants: How many grants and certificates it comes from.
        units: What vests in it.
        so_far: What has vested by its end, if all goes as promised.
    """

    first: date
    grants: int
    units: int
    so_far: int


@dataclass(frozen=True, slots=True)
class VestingMonths:
    """Everything promised, in minor units of the most decimal places that any of it has.

    Attributes:
        months: Those in which anything vests, the earliest first.
        awaited: What waits for the end of a leave, or for an event that has no day.
        forfeited: What will never vest.
    """

    decimals: int
    months: tuple[VestingMonth, ...]
    awaited: int
    forfeited: int

    @property
    def promised(self) -> int:
        """All of it: what vests on a day, what waits and what was forfeited."""
        return sum(each.units for each in self.months) + self.awaited + self.forfeited


def by_month(tranches: Iterable[Tranche]) -> VestingMonths:
    """Return what vests in which month; together it is all that was promised."""
    listed = list(tranches)
    decimals = max((each.decimals for each in listed), default=0)
    units: dict[date, int] = {}
    labels: dict[date, set[str]] = {}
    awaited = forfeited = 0
    for each in listed:
        quantity = rescaled(each.units, each.decimals, decimals)
        if each.status is Status.FORFEITED:
            forfeited += quantity
        elif each.on is None or each.status is Status.PAUSED:
            awaited += quantity
        else:
            first = each.on.replace(day=1)
            units[first] = units.get(first, 0) + quantity
            labels.setdefault(first, set()).add(each.label)
    found, so_far = [], 0
    for first in sorted(units):
        so_far += units[first]
        found.append(VestingMonth(first, len(labels[first]), units[first], so_far))
    return VestingMonths(decimals, tuple(found), awaited, forfeited)
