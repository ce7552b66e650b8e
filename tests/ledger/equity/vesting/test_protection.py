from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.equity.vesting.later import AccelerationOrder, accelerate, forfeit, pause, resume
from ledger.equity.vesting.plain import PlainTerms
from ledger.equity.vesting.protection import layoff_units, layoff_units_of
from ledger.equity.vesting.schedule import instalments
from ledger.equity.vesting.table import vested
from ledger.equity.vesting.templates import TEMPLATES
from tests.ledger.equity.vesting.strategies import days, plain_terms, quantities, starts

TERMS = TEMPLATES["4y/1y/monthly"]
START = date(2024, 1, 15)
TABLE = instalments(TERMS, 4_800, start=START)


@pytest.mark.parametrize(
    ("on", "held", "returned"), [(date(2024, 11, 20), 1_600, 3_200), (date(2026, 5, 20), 3_400, 1_400)]
)
def test_a_layoff_counts_six_months_more_and_waives_the_cliff(on: date, held: int, returned: int) -> None:  # 9, 10
    units = layoff_units(4_800, TERMS, START, on, extra_months=6, waive_cliff=True)
    assert units == held
    assert layoff_units_of(TABLE, on, vesting_start=START, extra_months=6, waive_cliff_of=TERMS) == held
    protected = accelerate(TABLE, units - vested(TABLE, on), on, AccelerationOrder.EARLIEST)
    left = forfeit(protected, on)
    assert (vested(left.table, on), left.quantity) == (held, returned)


def test_without_the_waiver_the_cliff_still_holds() -> None:
    on = date(2024, 5, 20)
    assert layoff_units(4_800, TERMS, START, on, extra_months=6, waive_cliff=False) == 0
    assert layoff_units(4_800, TERMS, START, on, extra_months=6, waive_cliff=True) == 1_000
    assert layoff_units_of(TABLE, on, vesting_start=START, extra_months=6) == 0
    assert layoff_units_of(TABLE, on, vesting_start=START, extra_months=6, waive_cliff_of=TERMS) == 1_000


def test_months_of_a_pause_do_not_count_towards_the_cliff() -> None:
    paused = pause(TABLE, date(2024, 3, 1))
    moved = resume(paused, date(2024, 3, 1), date(2024, 6, 1), START)
    on = date(2024, 8, 20)  # seven months away from the start, four of them worked
    assert layoff_units_of(moved, on, vesting_start=START, extra_months=6, waive_cliff_of=TERMS) == 1_000


@given(quantities, plain_terms(), starts, days, st.integers(0, 24), st.booleans())
def test_a_table_that_nothing_happened_to_protects_as_its_plain_terms(
    quantity: int, terms: PlainTerms, start: date, on: date, extra: int, waive: bool
) -> None:
    table = instalments(terms, quantity, start=start)
    plain = layoff_units(quantity, terms, start, on, extra_months=extra, waive_cliff=waive)
    found = layoff_units_of(table, on, vesting_start=start, extra_months=extra, waive_cliff_of=terms if waive else None)
    assert found == plain
    assert vested(table, on) <= plain <= quantity
