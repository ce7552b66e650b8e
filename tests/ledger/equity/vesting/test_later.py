from __future__ import annotations

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ledger.equity.vesting.errors import ExceedsUnvested, PauseEndsTooEarly, PausesOverlap
from ledger.equity.vesting.later import AccelerationOrder, accelerate, forfeit, pause, resume, split
from ledger.equity.vesting.months import add_days, add_months, calendar_period
from ledger.equity.vesting.plain import PlainTerms
from ledger.equity.vesting.schedule import instalments
from ledger.equity.vesting.table import Instalment, Mark, Table, completed, forfeited, total, unvested, vested
from ledger.equity.vesting.templates import TEMPLATES
from ledger.errors import QuantityInvalid
from tests.ledger.equity.vesting.strategies import days, orders, plain_terms, starts, tables

START = date(2024, 1, 15)
TABLE = instalments(TEMPLATES["4y/1y/monthly"], 4_800, start=START)


def paused_and_resumed(table: Table, from_: date, until: date, start: date) -> Table:
    return resume(pause(table, from_), from_, until, start)


def test_three_months_away_before_the_cliff_move_the_whole_schedule() -> None:  # scenario 5
    moved = paused_and_resumed(TABLE, date(2024, 9, 1), date(2024, 12, 1), START)
    assert moved[0] == (date(2025, 4, 15), 1_200, Mark.SCHEDULED)
    assert moved[-1].date == date(2028, 4, 15)


def test_three_weeks_away_move_what_comes_after_them_by_three_weeks() -> None:  # scenario 7
    moved = paused_and_resumed(TABLE, date(2025, 6, 10), date(2025, 7, 1), START)
    found = [row.date for row in moved if date(2025, 5, 1) < row.date < date(2025, 9, 1)]
    assert found == [date(2025, 5, 15), date(2025, 7, 6), date(2025, 8, 5)]


def test_months_move_the_start_day_and_not_the_clipped_one() -> None:
    start = date(2024, 1, 31)
    table = instalments(TEMPLATES["4y/0/monthly"], 4_800, start=start)
    moved = paused_and_resumed(table, date(2025, 2, 1), date(2025, 5, 1), start)
    assert [row.date for row in moved[11:14]] == [date(2025, 1, 31), date(2025, 5, 31), date(2025, 6, 30)]


def test_a_leave_of_three_months_from_the_first_moves_january_to_april() -> None:
    table = instalments(PlainTerms(12, every_months=12), 100, start=date(2024, 1, 1))
    moved = paused_and_resumed(table, date(2024, 6, 1), date(2024, 9, 1), date(2024, 1, 1))
    assert moved == ((date(2025, 4, 1), 100, Mark.SCHEDULED),)


def test_nothing_vests_while_the_grant_is_paused() -> None:
    paused = pause(TABLE, date(2025, 6, 10))
    assert vested(paused, date(2030, 1, 1)) == vested(TABLE, date(2025, 6, 9)) == 1_600


@given(plain_terms(), st.integers(1, 10**6), starts, days, st.integers(1, 900))
def test_a_pause_moves_no_earlier_row_and_every_later_one_by_its_calendar_period(
    terms: PlainTerms, quantity: int, start: date, from_: date, length: int
) -> None:
    table = instalments(terms, quantity, start=start)
    until = add_days(from_, length)
    months, extra = calendar_period(from_, until)
    every = range(terms.first_month, terms.months + 1, terms.every_months)
    moved_to = {add_months(start, count): add_days(add_months(start, count + months), extra) for count in every}
    expected = {moved_to[row.date] if row.date >= from_ else row.date: row.quantity for row in table}
    moved = paused_and_resumed(table, from_, until, start)
    assert {row.date: row.quantity for row in moved} == expected
    assert total(moved) == quantity


def test_two_pauses_of_one_grant_cannot_overlap() -> None:
    with pytest.raises(PausesOverlap):
        pause(pause(TABLE, date(2025, 6, 10)), date(2025, 7, 1))


def test_a_pause_ends_after_it_begins() -> None:
    with pytest.raises(PauseEndsTooEarly):
        resume(pause(TABLE, date(2025, 6, 10)), date(2025, 6, 10), date(2025, 6, 10), START)


SMALL = tuple(Instalment(date(2025, month, 1), 10) for month in (1, 2, 3, 4))


@pytest.mark.parametrize(
    ("order", "quantity", "left"),
    [
        (AccelerationOrder.EARLIEST, 15, [5, 10]),
        (AccelerationOrder.LATEST, 15, [10, 5]),
        (AccelerationOrder.PRO_RATA, 15, [5, 5, 5]),
        (AccelerationOrder.PRO_RATA, 16, [4, 5, 5]),
        (AccelerationOrder.ALL, None, []),
        (AccelerationOrder.ALL, 30, []),
    ],
)
def test_the_order_says_which_instalments_shrink(
    order: AccelerationOrder, quantity: int | None, left: list[int]
) -> None:
    table = accelerate(SMALL, quantity, date(2025, 1, 20), order)
    taken = 30 if quantity is None else quantity
    assert table[:2] == (SMALL[0], (date(2025, 1, 20), taken, Mark.ACCELERATED))
    assert [row.quantity for row in table[2:]] == left


def test_paused_and_awaited_units_can_be_accelerated() -> None:
    table = completed(pause(SMALL, date(2025, 2, 1)), 45)
    assert vested(accelerate(table, None, date(2025, 5, 1), AccelerationOrder.ALL), date(2025, 5, 1)) == 45


@pytest.mark.parametrize("quantity", [None, 0, -1])
def test_an_acceleration_needs_a_number(quantity: int | None) -> None:
    with pytest.raises(QuantityInvalid):
        accelerate(SMALL, quantity, date(2025, 1, 20), AccelerationOrder.EARLIEST)


def test_all_is_all() -> None:
    with pytest.raises(QuantityInvalid, match="30"):
        accelerate(SMALL, 29, date(2025, 1, 20), AccelerationOrder.ALL)


def test_no_more_is_accelerated_than_is_still_to_vest() -> None:
    with pytest.raises(ExceedsUnvested, match="30 are still to vest"):
        accelerate(SMALL, 31, date(2025, 1, 20), AccelerationOrder.LATEST)
    with pytest.raises(ExceedsUnvested, match="Nothing"):
        accelerate(SMALL, None, date(2025, 4, 1), AccelerationOrder.ALL)


@given(tables(), days, orders, st.data())
def test_an_acceleration_keeps_the_total_and_only_brings_forward(
    table: Table, on: date, order: AccelerationOrder, data: st.DataObject
) -> None:
    most = unvested(table, on)
    assume(most)
    quantity = most if order is AccelerationOrder.ALL else data.draw(st.integers(1, most))
    after = accelerate(table, quantity, on, order)
    assert total(after) == total(table)
    assert vested(after, on) == vested(table, on) + quantity
    probe = data.draw(days)
    assert vested(after, probe) >= vested(table, probe)


def test_leaving_before_the_cliff_forfeits_everything() -> None:  # scenario 8
    left = forfeit(TABLE, date(2024, 11, 20))
    assert (vested(left.table, date(2030, 1, 1)), left.quantity) == (0, 4_800)


def test_leaving_later_keeps_what_has_vested() -> None:
    left = forfeit(TABLE, date(2026, 5, 20))
    assert (vested(left.table, date(2030, 1, 1)), left.quantity) == (2_800, 2_000)


@given(tables(), days, days)
def test_a_forfeiture_never_touches_what_has_vested(table: Table, on: date, later: date) -> None:
    left = forfeit(table, on)
    assert total(left.table) == total(table)
    assert vested(left.table, max(on, later)) == vested(left.table, on) == vested(table, on)
    assert forfeited(left.table) == forfeited(table) + left.quantity
    assert forfeit(left.table, on).quantity == 0


def test_three_for_two_splits_every_instalment_by_its_running_total() -> None:
    table = tuple(Instalment(date(2025, month, 1), 5) for month in (1, 2, 3))
    assert [row.quantity for row in split(table, 3, 2)] == [7, 8, 7]


@given(tables(), st.integers(1, 50), st.integers(1, 50), days)
def test_a_split_rounds_down_the_total_and_what_is_held(table: Table, up: int, down: int, on: date) -> None:
    after = split(table, up, down)
    assert total(after) == total(table) * up // down
    assert total(after) - forfeited(after) == (total(table) - forfeited(table)) * up // down
    if not any(row.mark is Mark.PAUSED for row in table):  # a paused row takes part in the running total
        assert vested(after, on) == vested(table, on) * up // down


@pytest.mark.parametrize("ratio", [(0, 1), (1, 0), (-2, 1)])
def test_a_split_has_a_positive_ratio(ratio: tuple[int, int]) -> None:
    with pytest.raises(QuantityInvalid):
        split(TABLE, *ratio)
