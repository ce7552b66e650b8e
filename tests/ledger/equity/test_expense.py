"""Equity-compensation expense (ASC 718) in worked numbers: graded and straight-line, leavers and leaves."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.equity.expense import (
    Attribution,
    DayCount,
    Fate,
    Line,
    Service,
    Valued,
    cents,
    lines_of,
    over_period,
    recognised,
)
from ledger.equity.vesting.later import AccelerationOrder, accelerate, forfeit, pause, resume, split
from ledger.equity.vesting.table import Instalment, Mark, Table

GRADED, STRAIGHT = Attribution.GRADED, Attribution.STRAIGHT
START = date(2024, 1, 15)
YEARLY: Table = tuple(Instalment(date(year, 1, 15), 1_200) for year in (2025, 2026, 2027, 2028))


def award(table: Table = YEARLY, **changes: object) -> Valued:
    """4,800 units worth 2.50 each."""
    return Valued(**({"value": Fraction(5, 2), "service": Service(START), "table": table} | changes))  # type: ignore[arg-type]


def cumulative(of: Valued, on: date, method: Attribution = GRADED) -> int:
    return sum(cents(line.recognised for line in lines_of(of, on, method)))


def change(before: Valued, now: Valued, since: date, on: date, method: Attribution = GRADED) -> list[tuple[Fate, int]]:
    """Return what each line of a period changed, in cents."""
    earlier = lines_of(before, since - timedelta(days=1), method)
    found = over_period(lines_of(now, on, method), earlier, method)
    return [(one.line.fate, one.period) for one in found if one.period]


TOLD = {
    GRADED: "599905 336947 181013 79055 3080 | 599905 936852 1117865 1196920 1200000",
    STRAIGHT: "288296 299795 299795 299795 12320 | 288296 588090 887885 1187680 1200000",
}
"""What each year costs, in cents, and what has been recognised by its end."""


@pytest.mark.parametrize("method", Attribution)
def test_the_cost_of_12_000_over_four_years(method: Attribution) -> None:
    before = 0
    periods, sums = (map(int, part.split()) for part in TOLD[method].split("|"))
    for year, period, so_far in zip(range(2024, 2029), periods, sums, strict=True):
        now = cumulative(award(), date(year, 12, 31), method)
        # each figure of the table is rounded by itself; a period here is the change of the rounded sums
        assert now == so_far
        assert abs((now - before) - period) <= 1
        before = now


def test_a_leaver_keeps_the_cost_of_what_vested_and_the_rest_is_taken_back() -> None:
    left = date(2025, 9, 30)
    gone = award(forfeit(YEARLY, left).table)
    assert cumulative(award(), left) == 855_022
    assert cumulative(gone, left) == 300_000
    changes = change(award(), gone, left + timedelta(days=1), left + timedelta(days=1))
    assert {fate for fate, _ in changes} == {Fate.FORFEITED}
    assert sum(amount for _, amount in changes) == -555_022
    assert cumulative(award(), left, STRAIGHT) == cumulative(gone, left, STRAIGHT) + 212_526
    assert change(award(), gone, left, left, STRAIGHT)[-1][0] is Fate.FORFEITED
    # what vested and was never exercised keeps its cost, for good
    assert cumulative(gone, date(2035, 1, 1)) == 300_000


def test_the_first_and_the_last_day_count_or_only_the_last() -> None:
    half: Table = (Instalment(date(2022, 7, 1), 2_500),)
    one = award(half, value=Fraction(1), service=Service(date(2021, 7, 1), count=DayCount.INCLUSIVE))
    [line] = lines_of(one, date(2021, 12, 31), GRADED)
    assert (line.done, line.total, line.ends_on) == (184, 365, date(2022, 6, 30))
    assert cumulative(one, date(2021, 12, 31)) == 126_027
    elapsed = award(half, value=Fraction(1), service=Service(date(2021, 7, 1)))
    [line] = lines_of(elapsed, date(2021, 12, 31), GRADED)
    assert (line.done, line.total, line.ends_on) == (183, 365, date(2022, 7, 1))


def test_straight_line_never_falls_below_what_has_vested() -> None:
    """Three quarters vest after a year, where an even spread would have come to half."""
    front: Table = (Instalment(date(2025, 1, 15), 3_600), Instalment(date(2026, 1, 15), 1_200))
    assert cumulative(award(front), date(2025, 1, 14), STRAIGHT) == sum(cents([Fraction(12_000 * 365, 731)]))
    assert cumulative(award(front), date(2025, 1, 15), STRAIGHT) == 900_000


def test_days_of_a_leave_are_no_service() -> None:
    """Away from September to November 2024: on New Year's Eve 351 days less 91 are served, of 456 less 91."""
    away, back = date(2024, 9, 1), date(2024, 12, 1)
    before = [line.done for line in lines_of(award(), date(2024, 8, 31), GRADED)]
    paused = award(pause(YEARLY, away), service=Service(START, ((away, None),)))
    assert cumulative(paused, date(2024, 11, 30)) == cumulative(award(), date(2024, 8, 31))
    resumed = award(resume(pause(YEARLY, away), away, back, START), service=Service(START, ((away, back),)))
    [first, *_] = lines_of(resumed, date(2024, 12, 31), GRADED)
    assert (before[0], first.ends_on, first.done, first.total) == (229, date(2025, 4, 15), 260, 365)
    assert cumulative(resumed, date(2028, 4, 15)) == 1_200_000


def test_what_vests_early_is_recognised_on_that_day_at_the_value_of_the_grant() -> None:
    day = date(2024, 7, 1)
    early = award(accelerate(YEARLY, 2_000, day, AccelerationOrder.EARLIEST))
    line = lines_of(early, day, GRADED)[0]
    assert (line.fate, line.recognised) == (Fate.VESTED, Fraction(5_000))
    assert cumulative(early, day, STRAIGHT) == 500_000
    assert cumulative(award(accelerate(YEARLY, None, day, AccelerationOrder.ALL)), day, STRAIGHT) == 1_200_000


def test_what_the_company_cancels_costs_all_of_it_that_day_and_what_waits_for_an_event_nothing_yet() -> None:
    kept: Table = (*YEARLY[:2], Instalment(date.max, 1_200, Mark.AWAITED))
    lines = lines_of(award(kept, gone=Fraction(1_200)), date(2024, 6, 1), GRADED)
    assert [(line.fate, line.recognised) for line in lines if line.fate is not Fate.SERVICE] == [
        (Fate.GONE, Fraction(3_000)),
        (Fate.AWAITED, Fraction(0)),
    ]


def test_a_split_changes_units_and_no_cost() -> None:
    halves = award(split(YEARLY, 3, 1), growth=Fraction(3))
    on = date(2025, 9, 30)
    assert cumulative(halves, on) == cumulative(award(), on) == 855_022
    assert change(award(), halves, on, on) == change(award(), award(), on, on)


tables = st.lists(st.tuples(st.integers(1, 1500), st.integers(1, 5_000)), min_size=1, max_size=6)
prices = st.fractions(0, 50, max_denominator=1000)


@given(
    tables, prices, st.sampled_from(Attribution), st.sampled_from(DayCount), st.integers(0, 1_600), st.integers(0, 9)
)
def test_periods_add_up_and_never_come_to_more_than_the_award_costs(
    rows: list[tuple[int, int]], value: Fraction, method: Attribution, count: DayCount, left_after: int, cut: int
) -> None:
    table: Table = tuple(Instalment(START + timedelta(days=days), units) for days, units in sorted(dict(rows).items()))
    left = START + timedelta(days=left_after)
    service = Service(START, count=count)
    before, after = Valued(value, service, table), Valued(value, service, forfeit(table, left).table)
    days = [START + timedelta(days=left_after * part // 10) for part in (0, cut, 10, 20)]
    states = [before, before, after, after]
    total = 0
    earlier: tuple[Line, ...] = ()
    for state, day in zip(states, days, strict=True):
        lines = lines_of(state, day, method)
        found = over_period(lines, earlier, method)
        total += sum(one.period for one in found)
        assert total == sum(one.cumulative for one in found) == sum(cents(line.recognised for line in lines))
        assert 0 <= total <= sum(cents(line.cost for line in lines if line.fate is not Fate.FORFEITED))
        assert cents([recognised(state, day, method)]) == [total]
        earlier = lines
    assert total == sum(cents(line.cost for line in earlier if line.fate is not Fate.FORFEITED))
