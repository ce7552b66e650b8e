"""Rule 701: three tests, one is enough, over any twelve months."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.equity.rule701 import Basis, LimitTest, Sale, Standing, standing, window_ending, windows_with

COMMON = "cls_common"
DAY = date(2025, 12, 1)
COMPANY = Basis(Fraction(6_200_000), 8_000_000)

OPTIONS = Sale(date(2025, 3, 1), COMMON, 410_000, 410_000 * Fraction("0.62"))
RSUS = Sale(date(2025, 6, 1), COMMON, 260_000, 260_000 * Fraction("1.45"))


def added(units: int) -> Standing:
    """How the company stands once so many RSUs at $1.45 are added."""
    return standing([OPTIONS, RSUS, Sale(DAY, COMMON, units, units * Fraction("1.45"))], COMPANY, COMMON, DAY)


def test_the_worked_window_passes_all_three_tests() -> None:
    """equity.md §3.3."""
    stands = standing([OPTIONS, RSUS], COMPANY, COMMON, DAY)
    assert stands.sales == 631_200
    assert stands.units == 670_000
    assert stands.assets_limit == 930_000
    assert stands.class_limit == 1_200_000
    assert stands.headroom == 530_000
    assert stands.passed == (LimitTest.MILLION, LimitTest.ASSETS, LimitTest.CLASS)
    assert not stands.needs_disclosure


def test_530_000_more_rsus_pass_by_the_shares_alone() -> None:
    """Scenario 18, first half."""
    stands = added(530_000)
    assert stands.sales == 1_399_700
    assert stands.units == 1_200_000
    assert stands.passed == (LimitTest.CLASS,)
    assert stands.is_exempt


def test_540_000_more_rsus_fail_all_three() -> None:
    """Scenario 18, second half."""
    stands = added(540_000)
    assert stands.sales == 1_414_200
    assert stands.units == 1_210_000
    assert stands.passed == ()
    assert not stands.is_exempt
    for figure in ("1,414,200.00", "1,000,000", "930,000.00", "1210000", "1200000"):
        assert figure in stands.text(0)


def test_shares_of_another_class_count_in_money_but_not_in_shares() -> None:
    other = Sale(DAY, "cls_other", 700_000, Fraction(900_000))
    stands = standing([OPTIONS, RSUS, other], COMPANY, COMMON, DAY)
    assert stands.sales == 1_531_200
    assert stands.units == 670_000
    assert stands.passed == (LimitTest.CLASS,)


def test_without_a_balance_sheet_the_test_of_assets_fails() -> None:
    sold = Sale(DAY, COMMON, 10, Fraction(10))
    assert standing([sold], Basis(None, 0), COMMON, DAY).passed == (LimitTest.MILLION,)


def test_ten_million_is_the_most_that_needs_no_disclosure() -> None:
    for amount, needs in ((10_000_000, False), (10_000_001, True)):
        assert standing([Sale(DAY, COMMON, 1, Fraction(amount))], COMPANY, COMMON, DAY).needs_disclosure is needs


@pytest.mark.parametrize(
    ("ends_on", "begins_on"),
    [
        (date(2025, 12, 31), date(2025, 1, 1)),
        (date(2025, 6, 1), date(2024, 6, 2)),
        (date(2024, 2, 29), date(2023, 3, 1)),
        (date(2025, 2, 28), date(2024, 2, 29)),
    ],
)
def test_a_window_is_twelve_months_with_both_its_ends(ends_on: date, begins_on: date) -> None:
    assert window_ending(ends_on) == (begins_on, ends_on)


def test_a_sale_belongs_to_the_windows_of_the_year_that_follows() -> None:
    sales = [Sale(date(2025, 3, 1) + timedelta(days=n), COMMON, 1, Fraction(1)) for n in (-1, 0, 100, 364, 365)]
    assert windows_with(date(2025, 3, 1), sales) == (date(2025, 3, 1), date(2025, 6, 9), date(2026, 2, 28))


sales_strategy = st.lists(
    st.builds(
        Sale,
        st.dates(date(2024, 1, 1), date(2026, 12, 31)),
        st.sampled_from([COMMON, "cls_other"]),
        st.integers(0, 2_000_000),
        st.fractions(0, 3_000_000),
    ),
    max_size=8,
)


@given(sales_strategy, st.integers(0, 10**9), st.integers(0, 10**9), st.dates(date(2025, 1, 1), date(2026, 12, 31)))
def test_exempt_is_within_the_greatest_of_the_limits(
    sales: list[Sale], assets: int, outstanding: int, ends_on: date
) -> None:
    basis = Basis(Fraction(assets), outstanding)
    stands = standing(sales, basis, COMMON, ends_on)
    first, last = window_ending(ends_on)
    inside = [sale for sale in sales if first <= sale.sold_on <= last]
    money = sum(sale.amount for sale in inside)
    units = sum(sale.units for sale in inside if sale.class_id == COMMON)
    assert stands.is_exempt == (100 * money <= max(100_000_000, 15 * assets) or 100 * units <= 15 * outstanding)
    # less sold is never worse
    assert not stands.is_exempt or standing(sales[1:], basis, COMMON, ends_on).is_exempt


@given(sales_strategy, st.dates(date(2024, 6, 1), date(2026, 6, 1)))
def test_no_window_of_any_day_is_fuller_than_those_that_are_judged(sales: list[Sale], sold_on: date) -> None:
    sale = Sale(sold_on, COMMON, 100, Fraction(100))
    judged = max(standing([*sales, sale], COMPANY, COMMON, end).sales for end in windows_with(sold_on, sales))
    for days in range(365):
        end = sold_on + timedelta(days=days)
        if window_ending(end)[0] <= sold_on:
            assert standing([*sales, sale], COMPANY, COMMON, end).sales <= judged
