"""From a promise to its instalments: any terms, a quantity, the days that are known, and out comes a table."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import lru_cache, partial
from itertools import repeat
from operator import attrgetter
from typing import TypeAlias

from ledger.equity.vesting.curve import Track, amounts, curve_of, track_of
from ledger.equity.vesting.errors import ExceedsGranted, UnknownCondition
from ledger.equity.vesting.months import month_dates
from ledger.equity.vesting.path import steps_of
from ledger.equity.vesting.plain import PlainTerms
from ledger.equity.vesting.statements import StatementTerms, statement_steps
from ledger.equity.vesting.table import Instalment, Mark, Table, tidy, total
from ledger.equity.vesting.terms import AllocationType, VestingTerms
from ledger.errors import QuantityInvalid

Terms: TypeAlias = PlainTerms | VestingTerms | StatementTerms
"""The three ways to write vesting terms down."""

_NO_EVENTS: Mapping[str, date] = {}

# what Instalment._make does but for its check of the length, which zip makes needless
_instalment = partial(tuple.__new__, Instalment)


def instalments(
    terms: Terms,
    quantity: int,
    *,
    start: date | None = None,
    events: Mapping[str, date] = _NO_EVENTS,
    grant_date: date | None = None,
    hold_to_grant_date: bool = False,
    decimals: int = 0,
) -> Table:
    """Return what vests and when, in order of date, one row a day.

    The rows add up to ``quantity`` unless something in the terms still waits for a start or an event, or the terms let
    part of the grant lapse; ``table.completed`` then adds the row that makes a grant's table whole.

    Args:
        terms: Plain terms, conditions or statements.
        quantity: The grant in minor units, whole and not negative.
        start: The vesting start; None while it is not known. Conditions may name starts one by one in ``events``.
        events: Days recorded for conditions that wait for a start or an event (by condition id) and for the events of
            statements (by event id).
        grant_date: The day of the grant; needed with ``hold_to_grant_date``.
        hold_to_grant_date: The plan's switch: what would vest before the grant date vests on it.
        decimals: The class's decimal places. Instalments are whole shares, multiples of 10^decimals minor units, as the
            allocation types mean it, except FRACTIONAL ones, which are whole minor units (running total rounded down).
            Leave it at 0 to let a grant of a divisible class vest minor unit by minor unit.

    Raises:
        QuantityInvalid: The quantity is negative.
        VestingTermsInvalid: A named condition or event does not exist, or the schedule leaves the calendar.
    """
    table = _table(_track(terms, start, events), quantity, _allocation(terms), 10**decimals)
    return _held(table, grant_date) if hold_to_grant_date else table


def exact_instalments(
    terms: Terms,
    quantity: Fraction,
    *,
    start: date | None = None,
    events: Mapping[str, date] = _NO_EVENTS,
    grant_date: date | None = None,
    hold_to_grant_date: bool = False,
) -> tuple[tuple[date, Fraction], ...]:
    """Return what vests and when in shares, exactly: FRACTIONAL terms keep 9/2 and 25/12.

    For showing terms that belong to no class. The arguments are those of :func:`instalments`, the quantity in shares.
    """
    track, allocation = _track(terms, start, events), _allocation(terms)
    unit = quantity.denominator
    if allocation is AllocationType.FRACTIONAL:
        unit *= track.curve.scale  # fine enough that nothing is left to round
    table = _table(track, int(quantity * unit), allocation, unit)
    held = _held(table, grant_date) if hold_to_grant_date else table
    return tuple((row.date, Fraction(row.quantity, unit)) for row in held)


def promised_instalments(
    terms: Terms | None,
    quantity: int,
    *,
    vestings: Sequence[tuple[date, int]] = (),
    start: date | None = None,
    events: Mapping[str, date] = _NO_EVENTS,
    grant_date: date,
    hold_to_grant_date: bool = False,
    decimals: int = 0,
) -> Table:
    """Return a grant's instalments from whatever it promises: vestings written out, terms, or neither.

    Vestings written out win over terms (the Open Cap Format's ``vestings``) and are taken as they are; a grant with
    neither is vested on the day it is made.

    Raises:
        ExceedsGranted: The vestings add up to more than the grant.
        VestingError: As :func:`instalments`.
    """
    if vestings:
        table = tidy(Instalment(*vesting) for vesting in vestings)
        if total(table) > quantity or any(units < 0 for _, units in vestings):
            raise ExceedsGranted(f"The vestings must add up to the {quantity:,} units granted at most, none negative.")
        return table
    if terms is None:
        return (Instalment(grant_date, quantity),)
    return instalments(
        terms,
        quantity,
        start=start,
        events=events,
        grant_date=grant_date,
        hold_to_grant_date=hold_to_grant_date,
        decimals=decimals,
    )


def _table(track: Track, quantity: int, allocation: AllocationType, unit: int) -> Table:
    """Return the rows of a track for one grant, empty ones left out."""
    if quantity < 0:
        raise QuantityInvalid("A grant's quantity is not negative.", field="quantity")
    parts = amounts(track.curve, quantity, allocation, unit)
    if track.has_shared_days or 0 in parts:
        return tidy(map(Instalment, track.dates, parts))
    rows = map(_instalment, zip(track.dates, parts, repeat(Mark.SCHEDULED)))
    return tuple([*rows])  # noqa: C409  a list grows faster than a tuple does


def _allocation(terms: Terms) -> AllocationType:
    """Return how the terms keep parts of a share out of instalments."""
    return AllocationType.CUMULATIVE_ROUND_DOWN if isinstance(terms, PlainTerms) else terms.allocation


def _track(terms: Terms, start: date | None, events: Mapping[str, date]) -> Track:
    """Return dates and running totals; they do not depend on the quantity, so grants made together share them."""
    if isinstance(terms, PlainTerms):
        if events:
            raise UnknownCondition(f"Plain terms wait for no event, so not for {min(events)} either.")
        return _NOTHING if start is None or start == date.max else _plain_track(terms, start)
    return _dated_track(terms, start, tuple(sorted(events.items())))


@lru_cache(maxsize=16_384)
def _plain_track(terms: PlainTerms, start: date) -> Track:
    """Return the track of plain terms; a company's grants share some thousand starts."""
    every, months = terms.every_months, terms.months
    shares = tuple(range(terms.first_month // every, months // every + 1))
    curve = curve_of(shares, (0,) * len(shares), months // every, (len(shares),))
    return Track(month_dates(start, terms.first_month, months, every), curve)


@lru_cache(maxsize=4096)
def _dated_track(
    terms: VestingTerms | StatementTerms, start: date | None, events: tuple[tuple[str, date], ...]
) -> Track:
    """Return the track of conditions or statements on the days that are known."""
    if isinstance(terms, VestingTerms):
        return track_of(steps_of(terms, start, dict(events)), terms.allocation)
    return track_of(statement_steps(terms, start, dict(events)), terms.allocation)


_NOTHING = track_of((), AllocationType.CUMULATIVE_ROUND_DOWN)


def _held(table: Table, grant_date: date | None) -> Table:
    """Return the table with everything up to the grant date vesting on it."""
    if grant_date is None:
        raise ValueError("Holding vesting to the grant date needs the grant date.")
    held = bisect_right(table, grant_date, key=attrgetter("date"))
    if not held:
        return table
    return (Instalment(grant_date, total(table[:held])), *table[held:])
