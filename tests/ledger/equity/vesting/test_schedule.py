from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.equity.vesting.errors import ExceedsGranted, UnknownCondition, VestingTermsInvalid
from ledger.equity.vesting.plain import PlainTerms
from ledger.equity.vesting.schedule import exact_instalments, instalments, promised_instalments
from ledger.equity.vesting.table import total, vested
from ledger.equity.vesting.templates import TEMPLATES
from ledger.equity.vesting.terms import AllocationType, Condition, VestingTerms
from ledger.equity.vesting.triggers import Period, PeriodUnit, Portion, RelativeTrigger, StartTrigger
from ledger.errors import QuantityInvalid
from tests.ledger.equity.vesting.strategies import days, plain_terms, quantities, starts

FOUR_YEARS = TEMPLATES["4y/1y/monthly"]


def in_quarters(allocation: AllocationType, *, cliff: int = 0, parts: int = 4, rest: bool = False) -> VestingTerms:
    portion = Portion(Fraction(1), Fraction(2 if rest else parts), remainder=rest)
    each = RelativeTrigger("start", Period(1, PeriodUnit.MONTHS, parts, cliff_installment=cliff))
    start = Condition("start", StartTrigger(), Fraction(0), ("each",))
    return VestingTerms(allocation, (start, Condition("each", each, portion)))


def test_four_years_from_the_31st_of_january() -> None:  # scenario 2
    table = instalments(FOUR_YEARS, 4_800, start=date(2024, 1, 31))
    assert len(table) == 37
    known = {"2025-01-30": 0, "2025-01-31": 1_200, "2025-02-27": 1_200, "2025-02-28": 1_300, "2025-03-31": 1_400}
    known |= {"2028-01-30": 4_700, "2028-01-31": 4_800}
    assert {day: vested(table, date.fromisoformat(day)) for day in known} == known


def test_four_years_from_a_leap_day() -> None:  # scenario 3
    table = instalments(FOUR_YEARS, 1_000, start=date(2024, 2, 29))
    known = {"2025-02-28": 250, "2025-03-28": 250, "2025-03-29": 270, "2026-02-28": 500, "2028-02-28": 979}
    known |= {"2028-02-29": 1_000}
    assert {day: vested(table, date.fromisoformat(day)) for day in known} == known
    assert [row.quantity for row in table[:7]] == [250, 20, 21, 21, 21, 21, 21]


def test_rounding_instead_of_rounding_down_differs_by_one_in_month_13() -> None:
    conditions = FOUR_YEARS.as_conditions(cliff_installment=False).conditions
    rounded = instalments(VestingTerms(AllocationType.CUMULATIVE_ROUNDING, conditions), 1_000, start=date(2024, 2, 29))
    assert [row.quantity for row in rounded[:5]] == [250, 21, 21, 21, 20]
    assert vested(rounded, date(2025, 3, 29)) == 271


@pytest.mark.parametrize(
    ("allocation", "expected"),
    [
        (AllocationType.CUMULATIVE_ROUNDING, [5, 4, 5, 4]),
        (AllocationType.CUMULATIVE_ROUND_DOWN, [4, 5, 4, 5]),
        (AllocationType.FRONT_LOADED, [5, 5, 4, 4]),
        (AllocationType.BACK_LOADED, [4, 4, 5, 5]),
        (AllocationType.FRONT_LOADED_TO_SINGLE_TRANCHE, [6, 4, 4, 4]),
        (AllocationType.BACK_LOADED_TO_SINGLE_TRANCHE, [4, 4, 4, 6]),
        (AllocationType.FRACTIONAL, [4, 5, 4, 5]),  # the class has no parts of a share
    ],
)
def test_eighteen_shares_in_four_instalments(allocation: AllocationType, expected: list[int]) -> None:  # scenario 4
    terms = in_quarters(allocation)
    assert [row.quantity for row in instalments(terms, 18, start=date(2025, 1, 1))] == expected
    # a class with two decimal places vests the same whole shares, and FRACTIONAL the parts that it can hold
    hundredths = [450] * 4 if allocation is AllocationType.FRACTIONAL else [100 * units for units in expected]
    assert [row.quantity for row in instalments(terms, 1_800, start=date(2025, 1, 1), decimals=2)] == hundredths


def test_a_part_of_a_share_in_the_grant_vests_with_its_last_instalment() -> None:
    for allocation in AllocationType:
        found = instalments(in_quarters(allocation), 1_850, start=date(2025, 1, 1), decimals=2)
        assert total(found) == 1_850
        exact = exact_instalments(in_quarters(allocation), Fraction("18.5"), start=date(2025, 1, 1))
        assert sum(units for _, units in exact) == Fraction("18.5")
    halves = exact_instalments(
        in_quarters(AllocationType.CUMULATIVE_ROUNDING), Fraction("18.5"), start=date(2025, 1, 1)
    )
    assert [str(units) for _, units in halves] == ["5", "4", "5", "9/2"]


def test_unequal_occurrences_keep_their_own_size_when_the_leftover_is_loaded() -> None:
    def split_of_15(allocation: AllocationType) -> list[int]:
        return [row.quantity for row in instalments(in_quarters(allocation, rest=True), 15, start=date(2025, 1, 1))]

    # 7.5, 3.75, 1.875, 0.9375: together 14 whole shares, of which 7, 3, 1, 0 are their own
    assert split_of_15(AllocationType.FRONT_LOADED) == [8, 4, 2]
    assert split_of_15(AllocationType.BACK_LOADED) == [7, 4, 2, 1]
    assert split_of_15(AllocationType.FRONT_LOADED_TO_SINGLE_TRANCHE) == [10, 3, 1]
    assert split_of_15(AllocationType.BACK_LOADED_TO_SINGLE_TRANCHE) == [7, 3, 1, 3]


@given(quantities, st.integers(1, 60), st.integers(0, 60), st.sampled_from(AllocationType), starts)
def test_every_allocation_adds_up_and_is_less_than_the_parts_off(
    quantity: int, parts: int, cliff: int, allocation: AllocationType, start: date
) -> None:
    terms = in_quarters(allocation, parts=parts, cliff=min(cliff, parts))
    table = instalments(terms, quantity, start=start)
    assert total(table) == quantity
    days_ = [row.date for row in table]
    assert days_ == sorted(set(days_))
    running = 0
    for row in table:
        running += row.quantity
        elapsed = (row.date.year - start.year) * 12 + row.date.month - start.month
        off = abs(running - Fraction(quantity * elapsed, parts))
        assert off < 1 if allocation.startswith(("CUMULATIVE", "FRACTIONAL")) else off < parts


@given(quantities, plain_terms(), starts, st.integers(0, 2))
def test_both_open_cap_forms_of_plain_terms_vest_as_the_plain_terms(
    quantity: int, terms: PlainTerms, start: date, decimals: int
) -> None:
    plain = instalments(terms, quantity, start=start, decimals=decimals)
    assert total(plain) == quantity
    for cliff_installment in (False, True):
        conditions = terms.as_conditions(cliff_installment=cliff_installment)
        assert instalments(conditions, quantity, start=start, decimals=decimals) == plain
        assert VestingTerms.parse(conditions.as_dict()) == conditions


@given(quantities, plain_terms(), starts, st.lists(days, min_size=2))
def test_vested_never_falls_as_time_goes_on(quantity: int, terms: PlainTerms, start: date, when: list[date]) -> None:
    table = instalments(terms, quantity, start=start)
    seen = [vested(table, on) for on in sorted(when)]
    assert seen == sorted(seen)
    assert all(0 <= units <= quantity for units in seen)


@given(quantities, plain_terms(), starts, days, days)
def test_holding_to_the_grant_date_moves_only_what_came_before_it(
    quantity: int, terms: PlainTerms, start: date, grant_date: date, on: date
) -> None:
    raw = instalments(terms, quantity, start=start)
    held = instalments(terms, quantity, start=start, grant_date=grant_date, hold_to_grant_date=True)
    assert vested(held, on) == (vested(raw, on) if on >= grant_date else 0)


def test_the_hold_needs_its_date() -> None:
    with pytest.raises(ValueError, match="needs the grant date"):
        instalments(FOUR_YEARS, 1, start=date(2024, 1, 1), hold_to_grant_date=True)


def test_one_share_vests_once_at_the_end() -> None:
    assert instalments(FOUR_YEARS, 1, start=date(2025, 1, 1)) == ((date(2029, 1, 1), 1, "scheduled"),)
    assert instalments(FOUR_YEARS, 0, start=date(2025, 1, 1)) == ()


def test_without_a_start_nothing_is_dated() -> None:
    assert instalments(FOUR_YEARS, 4_800) == instalments(FOUR_YEARS, 4_800, start=date.max) == ()


def test_plain_terms_wait_for_no_event() -> None:
    with pytest.raises(UnknownCondition, match="ipo"):
        instalments(FOUR_YEARS, 4_800, start=date(2025, 1, 1), events={"ipo": date(2026, 1, 1)})


def test_a_negative_quantity_is_refused() -> None:
    with pytest.raises(QuantityInvalid):
        instalments(FOUR_YEARS, -1, start=date(2025, 1, 1))


def test_a_grant_that_promises_no_schedule_is_vested_when_it_is_made() -> None:
    assert promised_instalments(None, 500, grant_date=date(2025, 3, 1)) == ((date(2025, 3, 1), 500, "scheduled"),)


def test_a_grant_with_terms_only_vests_by_them() -> None:
    found = promised_instalments(FOUR_YEARS, 4_800, start=date(2024, 1, 31), grant_date=date(2024, 5, 1))
    assert found == instalments(FOUR_YEARS, 4_800, start=date(2024, 1, 31))


@pytest.mark.parametrize("vestings", [[300, 201], [600, -100]])
def test_vestings_beyond_the_grant_are_refused(vestings: list[int]) -> None:
    with pytest.raises(ExceedsGranted):
        promised_instalments(
            None, 500, vestings=[(date(2025, 1, 1), units) for units in vestings], grant_date=date(2025, 3, 1)
        )


@pytest.mark.parametrize(
    "wrong", [(0, 0, 1), (48, 49, 1), (48, 4, 3), (10, 0, 3), (1_201, 0, 1), (12, 0, 0), (12, -1, 1)]
)
def test_plain_terms_whose_cliff_or_end_falls_between_instalments_are_refused(wrong: tuple[int, int, int]) -> None:
    with pytest.raises(VestingTermsInvalid):
        PlainTerms(*wrong)


@given(plain_terms())
def test_plain_terms_come_back_from_json(terms: PlainTerms) -> None:
    assert PlainTerms.parse(terms.as_dict()) == terms


def test_plain_terms_with_a_field_too_many_are_refused() -> None:
    with pytest.raises(VestingTermsInvalid, match="sessions"):
        PlainTerms.parse({"months": 48, "cliff_months": 12, "every_months": 1, "sessions": 30})
