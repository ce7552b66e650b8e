"""From exact steps to whole units: running totals, and the seven ways to keep parts of a share out of instalments.

A curve does not know its grant. It holds running totals over one common denominator, so that a grant's instalments are
a few integer operations; the curves of grants with the same terms are one object, whatever their start.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import groupby
from math import lcm
from operator import attrgetter, itemgetter, sub
from typing import Any, NamedTuple

from ledger.equity.vesting.errors import VestingTermsInvalid
from ledger.equity.vesting.path import Step
from ledger.equity.vesting.terms import AllocationType

_CUMULATIVE = {AllocationType.CUMULATIVE_ROUNDING, AllocationType.CUMULATIVE_ROUND_DOWN, AllocationType.FRACTIONAL}

_MOST_RESIDUES = 256

_MOST_BITS = 8_192
"""Of a common denominator: a portion of the rest that repeats for years has one of ever more digits."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """How much has vested after each row: (``units`` × one share + ``shares`` × grant) / ``scale``, grant at most.

    Attributes:
        shares: Running total of what depends on the grant's size, times ``scale``.
        units: Running total of whole shares that vest whatever the size, times ``scale``.
        scale: The common denominator.
        tranches: How many rows each condition or statement has; what is left over stays within them when it is loaded.
        is_proportional: No fixed units, and the total is at most the grant.
    """

    shares: tuple[int, ...]
    units: tuple[int, ...]
    scale: int
    tranches: tuple[int, ...]
    is_proportional: bool


@lru_cache(maxsize=1024)
def curve_of(shares: tuple[int, ...], units: tuple[int, ...], scale: int, tranches: tuple[int, ...]) -> Curve:
    """Return the one curve with these running totals; curves compare by identity, which makes them cheap as keys."""
    is_proportional = not any(units) and all(share <= scale for share in shares)
    return Curve(shares, units, scale, tranches, is_proportional)


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """A curve with its dates, one a row, never falling."""

    dates: tuple[date, ...]
    curve: Curve
    has_shared_days: bool = False


def track_of(steps: Sequence[Step], allocation: AllocationType) -> Track:
    """Return the track of steps that are in order of date.

    Rows of one date become one row, except where a leftover is loaded into the instalments of a tranche: there each
    occurrence is an instalment of its own until the leftover is placed.

    Raises:
        VestingTermsInvalid: The portions are such that their exact sum would fill the memory.
    """
    rows = _running(steps)
    if allocation in _CUMULATIVE:
        rows = list({row.date: row for row in rows}.values())
    scale = rows[-1].scale if rows else 1
    shares = tuple([row.shares * (scale // row.scale) for row in rows])
    units = tuple([row.units * (scale // row.scale) for row in rows])
    tranches = tuple([len(list(group)) for _, group in groupby(rows, key=attrgetter("tranche"))])
    dates = tuple([row.date for row in rows])
    return Track(dates, curve_of(shares, units, scale, tranches), len(set(dates)) < len(dates))


class _Row(NamedTuple):
    """A running total after a step, over a scale that only ever becomes finer."""

    date: date
    tranche: int
    shares: int
    units: int
    scale: int


def _running(steps: Sequence[Step]) -> list[_Row]:
    """Return the exact running totals; whole numbers over a common scale, since fractions take four times as long."""
    rows: list[_Row] = []
    shares, units, scale = 0, 0, 1
    for step in steps:
        part, whole = step.share.numerator, step.share.denominator
        if step.of_rest:  # part / whole of what is left: scale − shares, and as many fixed units less
            shares, units = shares * whole + part * (scale - shares), units * (whole - part)
            scale *= whole
        else:
            coarse, scale = scale, lcm(scale, whole, step.units.denominator)
            shares = shares * (scale // coarse) + part * (scale // whole)
            units = units * (scale // coarse) + step.units.numerator * (scale // step.units.denominator)
        if scale.bit_length() > _MOST_BITS:
            raise VestingTermsInvalid("The portions have too large a common denominator to be reckoned exactly.")
        rows.append(_Row(step.date, step.tranche, shares, units, scale))
    return rows


def amounts(curve: Curve, quantity: int, allocation: AllocationType, unit: int) -> Sequence[int]:
    """Return what vests at each row of a curve, in minor units; zeros included.

    Six allocation types vest whole shares, that is multiples of ``unit``; FRACTIONAL vests minor units, the finest the
    class can hold, its running total rounded down. What completes the grant vests in full, parts of a share included.

    Args:
        curve: Running totals.
        quantity: The grant, in minor units.
        allocation: How parts of a share are kept out.
        unit: Minor units in one share.
    """
    if allocation is AllocationType.FRACTIONAL:
        allocation, step = AllocationType.CUMULATIVE_ROUND_DOWN, 1
    else:
        step = unit
    if allocation is AllocationType.CUMULATIVE_ROUND_DOWN and step == 1 and curve.is_proportional:
        return _proportional(curve, quantity)
    running = running_totals(curve, quantity, unit)
    if allocation is AllocationType.CUMULATIVE_ROUNDING:
        return _differences([_rounded(total, quantity, curve.scale, step, half_up=True) for total in running])
    if allocation is AllocationType.CUMULATIVE_ROUND_DOWN:
        return _differences([_rounded(total, quantity, curve.scale, step) for total in running])
    return _loaded(curve, running, quantity, allocation, step)


def running_totals(curve: Curve, quantity: int, unit: int) -> list[int]:
    """Return the exact running total after each row times ``scale``, the whole grant at most."""
    most = quantity * curve.scale
    pairs = zip(curve.shares, curve.units, strict=True)
    return [min(share * quantity + fixed * unit, most) for share, fixed in pairs]


def _proportional(curve: Curve, quantity: int) -> Sequence[int]:
    """Return the amounts where each running total is ⌊quantity × share / scale⌋.

    Most curves have two or three different amounts (a cliff, a month, a month with one more). They are worked out once
    and picked into place, which halves the time of a table.
    """
    if curve.scale > _MOST_RESIDUES or len(curve.shares) < 2:
        return _differences([quantity * share // curve.scale for share in curve.shares])
    whole, residue = divmod(quantity, curve.scale)
    pick, palette = _palette(curve, residue)
    amounts: Sequence[int] = pick([whole * weight + extra for weight, extra in palette])
    return amounts


@lru_cache(maxsize=8192)
def _palette(curve: Curve, residue: int) -> tuple[Any, tuple[tuple[int, int], ...]]:
    """Return the different amounts of grants with one residue modulo the scale, (weight, extra), and their places."""
    extras = _differences([residue * share // curve.scale for share in curve.shares])
    pairs = list(zip(_differences(curve.shares), extras, strict=True))
    palette = tuple(dict.fromkeys(pairs))
    return itemgetter(*map(palette.index, pairs)), palette


def _differences(running: Sequence[int]) -> list[int]:
    """Return the steps between running totals, the first from zero."""
    return list(map(sub, running, (0, *running)))


def _rounded(total: int, quantity: int, scale: int, step: int, *, half_up: bool = False) -> int:
    """Return a running total in minor units, rounded to multiples of ``step``; all of the grant when it is complete."""
    if total >= quantity * scale:
        return quantity
    if half_up:
        return min((2 * total + scale * step) // (2 * scale * step) * step, quantity)
    return total // (scale * step) * step


def _loaded(curve: Curve, running: list[int], quantity: int, allocation: AllocationType, step: int) -> list[int]:
    """Return the amounts where each tranche places its own leftover; its subtotal is a difference of floors."""
    placed: list[int] = []
    before = vested = 0
    for size in curve.tranches:
        exact = _differences([total - before for total in running[len(placed) : len(placed) + size]])
        before += sum(exact)
        subtotal = _rounded(before, quantity, curve.scale, step) - vested
        vested += subtotal
        placed.extend(_place(subtotal, exact, curve.scale * step, allocation, step))
    return placed


def _place(subtotal: int, exact: list[int], scale: int, allocation: AllocationType, step: int) -> list[int]:
    """Return a tranche's subtotal split over its occurrences, nothing where nothing was due.

    Args:
        subtotal: Minor units to split.
        exact: What each occurrence is due, times ``scale`` in steps.
        scale: What one step is in the measure of ``exact``.
        allocation: One of the four loaded types.
        step: Minor units in a step.
    """
    due = [place for place, part in enumerate(exact) if part]
    if not due:
        return [0] * len(exact)
    steps, part_of_step = divmod(subtotal, step)
    # equal occurrences share evenly; unequal ones (a portion of the rest) begin with their own whole steps
    is_even = len({exact[place] for place in due}) == 1
    split = [0] * len(exact)
    for place in due:
        split[place] = steps // len(due) if is_even else exact[place] // scale
    leftover = steps - sum(split)
    if allocation is AllocationType.FRONT_LOADED_TO_SINGLE_TRANCHE:
        split[due[0]] += leftover
    elif allocation is AllocationType.BACK_LOADED_TO_SINGLE_TRANCHE:
        split[due[-1]] += leftover
    else:
        for place in due[:leftover] if allocation is AllocationType.FRONT_LOADED else due[len(due) - leftover :]:
            split[place] += 1
    split = [count * step for count in split]
    split[due[-1]] += part_of_step
    return split
