"""What may happen to a table after it was promised; each fact makes a new table that adds up to the same total.

Forfeiture alone takes anything away, and never what has vested. A split is the one act that changes the total, because
it changes what a unit is.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ledger.equity.vesting.errors import ExceedsUnvested, PauseEndsTooEarly, PausesOverlap
from ledger.equity.vesting.months import calendar_period, toll
from ledger.equity.vesting.table import Instalment, Mark, Table, is_vested, tidy, unvested
from ledger.errors import QuantityInvalid


class AccelerationOrder(StrEnum):
    """Which instalments an acceleration takes its units from; the Open Cap Format leaves it open."""

    EARLIEST = "EARLIEST"
    """The next ones first: the holder waits for the last ones."""
    LATEST = "LATEST"
    """The last ones first: the schedule ends earlier."""
    PRO_RATA = "PRO_RATA"
    """All by the same share, what is left rounded down by its running total."""
    ALL = "ALL"
    """Everything that is still to vest."""


def pause(table: Table, from_: date) -> Table:
    """Return the table with everything scheduled on or after a day paused.

    Nothing dated before ``from_`` moves (E8 I8.4). Pausing from a day that has passed would take back what has vested
    since; who records the pause sees to that.

    Raises:
        PausesOverlap: The table is paused already (E8 I8.6).
    """
    if any(row.mark is Mark.PAUSED for row in table):
        raise PausesOverlap("Vesting of this grant is paused already; end that pause first.")
    return tidy(
        row._replace(mark=Mark.PAUSED) if row.mark is Mark.SCHEDULED and row.date >= from_ else row for row in table
    )


def resume(table: Table, paused_from: date, resumed_on: date, vesting_start: date) -> Table:
    """Return the table with what was paused scheduled again, later by the length of the pause.

    The length is the calendar period of months and days from the pause's first day to the day vesting goes on, that day
    not counted. Months move the schedule's anchor, then days are added (equity.md §3.4 rule 7).

    Args:
        table: A paused table.
        paused_from: First day of the pause.
        resumed_on: First day after it.
        vesting_start: The day the schedule's months are counted from; for terms that fix a day of the month, any date
            with that day.

    Raises:
        PauseEndsTooEarly: The pause ends before or when it begins.
    """
    if resumed_on <= paused_from:
        raise PauseEndsTooEarly(f"A pause from {paused_from} can't end on {resumed_on}.", field="resumed_on")
    months, days = calendar_period(paused_from, resumed_on)
    return tidy(
        Instalment(toll(row.date, vesting_start.day, months, days), row.quantity) if row.mark is Mark.PAUSED else row
        for row in table
    )


def accelerate(table: Table, quantity: int | None, on: date, order: AccelerationOrder) -> Table:
    """Return the table with units that vest on ``on`` instead of later.

    Args:
        table: The grant's table; paused and awaited instalments count as still to vest.
        quantity: Units to accelerate, at least one; None with ALL, which needs no number.
        on: The day they vest.
        order: Which instalments they are taken from.

    Raises:
        QuantityInvalid: The quantity is not positive, or ALL comes with a number that is not all.
        ExceedsUnvested: More than is still to vest after ``on`` (E8 I8.7), or nothing is.
    """
    ahead = tuple(row for row in table if _is_ahead(row, on))
    others = (row for row in table if not _is_ahead(row, on))
    most = sum(row.quantity for row in ahead)
    taken = _taken(quantity, most, order)
    return tidy([*others, *_kept(ahead, most - taken, order), Instalment(on, taken, Mark.ACCELERATED)])


def _is_ahead(row: Instalment, on: date) -> bool:
    """Tell whether a row may still vest after ``on``."""
    return row.mark is not Mark.FORFEITED and not is_vested(row, on)


def _taken(quantity: int | None, most: int, order: AccelerationOrder) -> int:
    """Return how many of the units ahead an acceleration takes."""
    if not most:
        raise ExceedsUnvested("Nothing of this grant is still to vest.", field="quantity")
    if order is AccelerationOrder.ALL and quantity is None:
        return most
    if quantity is None or quantity < 1:
        raise QuantityInvalid("An acceleration needs a whole number of units, 1 or more.", field="quantity")
    if quantity > most:
        raise ExceedsUnvested(f"{quantity:,} units can't be accelerated: {most:,} are still to vest.", field="quantity")
    if order is AccelerationOrder.ALL and quantity < most:
        raise QuantityInvalid(f"All that is still to vest are {most:,} units, not {quantity:,}.", field="quantity")
    return quantity


def _kept(ahead: Table, keep: int, order: AccelerationOrder) -> list[Instalment]:
    """Return the rows ahead with ``keep`` of their units left."""
    most = sum(row.quantity for row in ahead)
    # what is taken last is kept first
    rows = ahead[::-1] if order is AccelerationOrder.EARLIEST else ahead
    kept, running = [], 0
    for row in rows:
        before, running = running, running + row.quantity
        if order is AccelerationOrder.PRO_RATA:
            part = running * keep // most - before * keep // most
        else:
            part = min(running, keep) - min(before, keep)
        kept.append(row._replace(quantity=part))
    return kept


@dataclass(frozen=True, slots=True)
class Forfeiture:
    """What is left of a table when its holder leaves, and the units that go back."""

    table: Table
    quantity: int


def forfeit(table: Table, on: date) -> Forfeiture:
    """Return the table with everything that has not vested by the end of ``on`` forfeited; what has vested stays.

    The rows keep their dates, so that the record tells what would have been.
    """
    rows = tidy(row._replace(mark=Mark.FORFEITED) if _is_ahead(row, on) else row for row in table)
    return Forfeiture(rows, unvested(table, on))


def split(table: Table, numerator: int, denominator: int) -> Table:
    """Return the table after a split, ``numerator`` new units for ``denominator`` old ones.

    Running totals are rounded down, first over what is not forfeited and then over what is: so both what is held and
    the total come to ⌊units × numerator / denominator⌋, as the ledger's postings do.

    Raises:
        QuantityInvalid: The ratio is not positive.
    """
    if numerator < 1 or denominator < 1:
        raise QuantityInvalid("A split's ratio has two positive whole numbers.", field="ratio")
    running = 0
    rows = []
    for row in sorted(table, key=lambda row: row.mark is Mark.FORFEITED):  # stable: by date within each
        before, running = running, running + row.quantity
        units = running * numerator // denominator - before * numerator // denominator
        rows.append(row._replace(quantity=units))
    return tidy(rows)
