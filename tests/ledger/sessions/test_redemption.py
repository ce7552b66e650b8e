"""Paying capital accounts out: oldest notices first, and five instalments to who leaves."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import QuantityInvalid
from ledger.sessions.errors import BalanceTooLow, OutOfTurn
from ledger.sessions.redemption import (
    Instalment,
    decode,
    due_in,
    encode,
    exit_instalments,
    exit_payment,
    fiscal_year_of,
    left_by_losses,
    redemption,
    revolving,
    unpaid,
)

NOTICES = {2022: 300, 2020: 100, 2021: 200}
EXIT = (
    Instalment(date(2025, 12, 31), date(2026, 3, 31), 18_621),
    Instalment(date(2026, 12, 31), date(2027, 3, 31), 18_621),
    Instalment(date(2027, 12, 31), date(2028, 3, 30), 18_620),
    Instalment(date(2028, 12, 31), date(2029, 3, 31), 18_620),
    Instalment(date(2029, 12, 31), date(2030, 3, 31), 18_620),
)
"""cooperative-finance.md §2.5: $931.02 over five years."""


def test_notices_are_due_five_years_after_their_own() -> None:
    assert [due_in(NOTICES, year) for year in (2024, 2025, 2026, 2027)] == [0, 100, 300, 600]


def test_the_oldest_notices_are_redeemed_first() -> None:
    assert redemption(NOTICES, 100) == {2020: 100}
    assert redemption(NOTICES, 250) == {2020: 100, 2021: 150}
    assert redemption(NOTICES, 600) == {2020: 100, 2021: 200, 2022: 300}


def test_losses_wear_away_paid_in_capital_first_and_then_the_newest_notices() -> None:
    assert left_by_losses(NOTICES, 700) == {2020: 100, 2021: 200, 2022: 300}
    assert left_by_losses(NOTICES, 250) == {2020: 100, 2021: 150}
    assert left_by_losses(NOTICES, 0) == left_by_losses(NOTICES, -5) == {}


def test_a_fiscal_year_is_named_for_the_year_in_which_it_ends() -> None:
    assert [fiscal_year_of(date(2025, 6, day), "06-29") for day in (29, 30)] == [2025, 2026]
    assert revolving(2025, 7, "06-30") == Instalment(date(2029, 7, 1), date(2030, 6, 30), 7)


def test_an_exit_is_paid_when_it_is_its_turn() -> None:
    with pytest.raises(OutOfTurn, match="from 2025-12-31 to 2026-03-31"):
        exit_payment(EXIT, 0, None, on=date(2025, 12, 30), balance=93_102)
    assert exit_payment(EXIT, 0, None, on=date(2025, 12, 31), balance=93_102) == 18_621
    assert exit_payment(EXIT, 0, 100, on=date(2025, 12, 31), balance=93_102) == 100
    assert exit_payment(EXIT, 100, None, on=date(2026, 12, 31), balance=93_002) == 2 * 18_621 - 100
    with pytest.raises(OutOfTurn, match=r"turn of 18,621 cents"):
        exit_payment(EXIT, 0, 18_622, on=date(2026, 1, 1), balance=93_102)


def test_an_exit_is_paid_earlier_by_resolution() -> None:
    early = date(2025, 7, 1)
    assert exit_payment(EXIT, 0, 93_102, on=early, balance=93_102, resolution="board:1") == 93_102
    assert exit_payment(EXIT, 18_621, None, on=early, balance=74_481, resolution="board:1") == 18_621


def test_no_exit_pays_more_than_is_promised_or_held() -> None:
    late = date(2030, 1, 1)
    with pytest.raises(BalanceTooLow, match=r"93,102 cents are promised and 93,200 held"):
        exit_payment(EXIT, 0, 93_103, on=late, balance=93_200)
    assert exit_payment(EXIT, 0, None, on=late, balance=500) == 500
    with pytest.raises(BalanceTooLow):
        exit_payment(EXIT, 0, 501, on=late, balance=500)
    for paid, balance in ((93_102, 10), (0, 0)):
        with pytest.raises(BalanceTooLow, match="nothing to pay"):
            exit_payment(EXIT, paid, None, on=late, balance=balance)
    with pytest.raises(QuantityInvalid):
        exit_payment(EXIT, 0, 0, on=late, balance=500)


@given(st.integers(0, 93_102), st.integers(0, 93_102))
def test_payments_add_up_to_the_promise_however_they_are_cut(first: int, second: int) -> None:
    assert sum(each.cents for each in unpaid(EXIT, first)) == 93_102 - first
    assert unpaid(unpaid(EXIT, first), min(second, 93_102 - first)) == unpaid(EXIT, min(93_102, first + second))


def test_a_year_out_of_turn_needs_a_resolution() -> None:
    with pytest.raises(OutOfTurn, match="2020"):
        redemption(NOTICES, 200, year=2021)
    assert redemption(NOTICES, 200, year=2021, resolution="res_7") == {2021: 200}
    assert redemption({2020: 0, 2021: 200}, 50, year=2021) == {2021: 50}


def test_no_more_is_redeemed_than_is_held_and_no_less_than_a_cent() -> None:
    with pytest.raises(BalanceTooLow, match="601"):
        redemption(NOTICES, 601)
    with pytest.raises(BalanceTooLow):
        redemption(NOTICES, 101, year=2020)
    with pytest.raises(QuantityInvalid):
        redemption(NOTICES, 0)


def test_the_worked_exit_is_paid_in_five_instalments_within_ninety_days_of_each_year() -> None:
    """Scenario 51."""
    assert exit_instalments(93_102, date(2025, 6, 16)) == EXIT
    assert decode(encode(EXIT)) == EXIT


def test_who_leaves_after_the_fiscal_year_waits_for_the_end_of_the_next() -> None:
    assert exit_instalments(5, date(2025, 6, 30), year_end="06-30")[0].due_on == date(2025, 9, 28)
    assert exit_instalments(5, date(2025, 7, 1), year_end="06-30")[0].due_on == date(2026, 9, 28)


def test_after_death_disability_or_in_hardship_all_is_due_within_twelve_months() -> None:
    at_once = Instalment(date(2024, 2, 29), date(2025, 2, 28), 93_102)
    assert exit_instalments(93_102, date(2024, 2, 29), in_full=True) == (at_once,)


def test_nothing_is_not_paid_and_less_than_nothing_is_refused() -> None:
    assert exit_instalments(0, date(2025, 1, 1)) == exit_instalments(0, date(2025, 1, 1), in_full=True) == ()
    assert [part.cents for part in exit_instalments(3, date(2025, 1, 1))] == [1, 1, 1]
    with pytest.raises(QuantityInvalid):
        exit_instalments(-1, date(2025, 1, 1))


@given(st.integers(0, 10**12), st.dates(date(2020, 1, 1), date(2050, 1, 1)), st.booleans())
def test_an_exit_pays_the_whole_balance_in_nearly_equal_parts_in_order(
    balance: int, left_on: date, in_full: bool
) -> None:
    parts = exit_instalments(balance, left_on, in_full=in_full)
    assert sum(part.cents for part in parts) == balance
    assert all(a.due_on < b.due_on and 0 <= a.cents - b.cents <= 1 for a, b in pairwise(parts))
    assert all(part.due_on > left_on for part in parts)


@given(st.dictionaries(st.integers(2000, 2030), st.integers(0, 10**6)), st.data())
def test_a_redemption_is_whole_and_leaves_no_older_notice_behind(notices: dict[int, int], data: st.DataObject) -> None:
    cents = data.draw(st.integers(1, max(1, sum(notices.values()))))
    if sum(notices.values()) < cents:
        with pytest.raises(BalanceTooLow):
            redemption(notices, cents)
        return
    redeemed = redemption(notices, cents)
    assert sum(redeemed.values()) == cents
    newest = max(redeemed)
    assert all(redeemed.get(year, 0) == held for year, held in notices.items() if year < newest)
