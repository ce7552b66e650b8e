"""A table of instalments: what was promised, when, and what has become of it since.

The table in a grant's entry adds up to the granted quantity, forfeited instalments included, and every later table does
too. It is a tuple of plain rows in order of date.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import lru_cache
from itertools import groupby, pairwise
from typing import Any, NamedTuple, TypeAlias

import orjson

from ledger.equity.vesting.errors import ExceedsGranted, TableInvalid


class Mark(StrEnum):
    """What has become of an instalment."""

    SCHEDULED = "scheduled"
    """Vests on its date."""
    ACCELERATED = "accelerated"
    """Vests on its date, which is earlier than was scheduled."""
    PAUSED = "paused"
    """Does not vest until the pause ends; then it moves to a later date."""
    AWAITED = "awaited"
    """Waits for a start or an event that has no date yet; dated 9999-12-31, as the Open Cap Format does."""
    FORFEITED = "forfeited"
    """Will never vest; the date is the one it would have vested on."""


class Instalment(NamedTuple):
    """A dated quantity.

    A named tuple, not a dataclass: a table has 48 of them, and a frozen dataclass takes six times as long to make.
    """

    date: dt.date
    quantity: int
    mark: Mark = Mark.SCHEDULED


Table: TypeAlias = tuple[Instalment, ...]

_VESTING = {Mark.SCHEDULED, Mark.ACCELERATED}
_ORDER = {mark: order for order, mark in enumerate(Mark)}


def total(table: Table) -> int:
    """Return the granted units: all rows, the forfeited ones included."""
    return sum(row.quantity for row in table)


def is_vested(row: Instalment, on: dt.date) -> bool:
    """Tell whether a row has vested at the end of ``on``."""
    return row.date <= on and row.mark in _VESTING and row.date != dt.date.max


def vested(table: Table, on: dt.date) -> int:
    """Return the units vested at the end of ``on``; an instalment vests at the start of its date."""
    # what is_vested asks, without a call for each of the fifty rows of each grant of a company
    never = dt.date.max
    return sum([units for day, units, mark in table if day <= on and mark in _VESTING and day != never])


def vesting_days(table: Table) -> list[tuple[dt.date, int]]:
    """Return the days on which something vests, each with all that is vested from then on."""
    so_far, found = 0, []
    for row in table:
        if is_vested(row, row.date):
            so_far += row.quantity
            found.append((row.date, so_far))
    return found


def forfeited(table: Table) -> int:
    """Return the units that will never vest."""
    return sum(row.quantity for row in table if row.mark is Mark.FORFEITED)


def unvested(table: Table, on: dt.date) -> int:
    """Return the units that may still vest after ``on``: neither vested by then nor forfeited."""
    return total(table) - vested(table, on) - forfeited(table)


def completed(table: Table, quantity: int) -> Table:
    """Return the table with a last row for the units that wait for a start or an event, so that it adds up.

    Raises:
        ExceedsGranted: The table holds more than ``quantity``.
    """
    awaited = quantity - total(table)
    if awaited < 0:
        raise ExceedsGranted(f"The instalments add up to {total(table):,} units, but only {quantity:,} were granted.")
    # most tables add up already, and putting them in order once more takes as long as making them
    return tidy([*table, Instalment(dt.date.max, awaited, Mark.AWAITED)]) if awaited else table


def tidy(rows: Iterable[Instalment]) -> Table:
    """Return rows in order of date, those with one date and one mark as one row, empty ones left out."""
    ordered = sorted((row for row in rows if row.quantity), key=lambda row: (row.date, _ORDER[row.mark]))
    grouped = groupby(ordered, key=lambda row: (row.date, row.mark))
    return tuple(Instalment(date, sum(row.quantity for row in same), mark) for (date, mark), same in grouped)


def encode(table: Table) -> list[list[Any]]:
    """Return the table for JSON: ``["2025-01-31", 1200]``, with a third element for a mark other than scheduled."""
    scheduled = Mark.SCHEDULED
    return [
        [date.isoformat(), quantity] if mark is scheduled else [date.isoformat(), quantity, mark.value]
        for date, quantity, mark in table
    ]


def decode(rows: Sequence[Any]) -> Table:
    """Return the table that :func:`encode` wrote.

    Raises:
        TableInvalid: A row has another shape, no positive whole quantity, an unknown mark or a date out of order.
    """
    try:
        table = tuple([_decoded(*row) for row in rows])
    except (TypeError, ValueError) as error:
        raise TableInvalid(f"This is not a table of instalments: {error}.") from None
    if any(later.date < earlier.date for earlier, later in pairwise(table)):
        raise TableInvalid("The instalments are not in order of date.")
    return table


@lru_cache(maxsize=512)
def read(text: str) -> Table:
    """Return the table that stands in a record, as JSON; of the same promise it is the same again.

    Raises:
        TableInvalid: It is none (:func:`decode`).
    """
    return decode(orjson.loads(text))


def _decoded(date: str, quantity: int, mark: str = Mark.SCHEDULED) -> Instalment:
    """Return one row."""
    if type(quantity) is not int or quantity <= 0:
        raise ValueError(f"{quantity!r} is not a positive whole quantity")
    # most rows are scheduled, and looking up a mark takes as long as reading the date
    known = Mark.SCHEDULED if mark is Mark.SCHEDULED else Mark(mark)
    return Instalment(dt.date.fromisoformat(date), quantity, known)
