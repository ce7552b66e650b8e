from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.equity.vesting.closed_form import vested_units, vested_units_each
from ledger.equity.vesting.plain import PlainTerms
from ledger.equity.vesting.schedule import instalments
from ledger.equity.vesting.table import vested
from ledger.equity.vesting.templates import TEMPLATES
from tests.ledger.equity.vesting.strategies import days, plain_terms, quantities, starts


def test_the_day_before_the_cliff_and_the_cliff() -> None:
    terms = TEMPLATES["4y/1y/monthly"]
    start = date(2024, 1, 31)
    probes = [date(2025, 1, 30), date(2025, 1, 31), date(2025, 2, 27), date(2025, 2, 28)]
    assert [vested_units(4_800, terms, start, on) for on in probes] == [0, 1_200, 1_200, 1_300]


@given(quantities, plain_terms(), starts, days)
def test_the_closed_form_is_the_table(quantity: int, terms: PlainTerms, start: date, on: date) -> None:
    table = instalments(terms, quantity, start=start)
    assert vested_units(quantity, terms, start, on) == vested(table, on)
    for row in table[:3]:  # on the day itself, where an off-by-one would hide
        assert vested_units(quantity, terms, start, row.date) == vested(table, row.date)


@given(st.lists(st.tuples(quantities, starts)), plain_terms(), days)
def test_many_grants_at_once_are_each_grant_alone(grants: list[tuple[int, date]], terms: PlainTerms, on: date) -> None:
    found = vested_units_each([units for units, _ in grants], [start for _, start in grants], terms, on)
    assert found == [vested_units(units, terms, start, on) for units, start in grants]


def test_a_grant_without_a_start_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="shorter"):
        vested_units_each([1, 2], [date(2025, 1, 1)], TEMPLATES["2y/0/monthly"], date(2026, 1, 1))
