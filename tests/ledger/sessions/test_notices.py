"""Money, notices and Form 1099-PATR: the worked figures of cooperative-finance.md §2.3."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Invalid
from ledger.sessions.errors import CashTooLow
from ledger.sessions.notices import (
    Form1099Patr,
    Notice,
    NoticeKind,
    cash_part,
    form_1099_patr,
    last_day_to_cash,
    nonqualified_part,
    notice,
    payment_period_end,
)


@pytest.mark.parametrize(
    ("allocated", "cash", "retained"), [(123_457, 24_692, 98_765), (88_100, 17_620, 70_480), (4, 1, 3)]
)
def test_twenty_per_cent_are_rounded_up_for_each_member(allocated: int, cash: int, retained: int) -> None:
    found = notice(allocated, has_consented=True)
    assert (found.kind, found.cash, found.retained) == (NoticeKind.QUALIFIED, cash, retained)


def test_a_cent_less_than_twenty_per_cent_is_refused() -> None:
    assert notice(123_457, has_consented=True, cash=24_692).retained == 98_765
    with pytest.raises(CashTooLow, match=r"\$246\.92 must be money; \$246\.91"):
        notice(123_457, has_consented=True, cash=24_691)


def test_without_consent_a_notice_is_nonqualified_and_needs_no_money() -> None:
    found = notice(123_457, has_consented=False, cash=0)
    assert (found.kind, found.retained) == (NoticeKind.NONQUALIFIED, 123_457)


def test_no_more_than_the_allocation_is_paid_out() -> None:
    with pytest.raises(Invalid):
        notice(100, has_consented=False, cash=101)
    with pytest.raises(Invalid):
        notice(100, has_consented=False, cash=-1)


def test_box_1_has_all_of_a_qualified_notice() -> None:
    found = notice(2_694_676, has_consented=True)
    assert (found.cash, found.retained) == (538_936, 2_155_740)
    assert form_1099_patr([found]) == Form1099Patr(dividends=2_694_676)


def test_box_1_has_only_the_money_of_a_nonqualified_notice_and_box_5_the_rest_when_it_is_redeemed() -> None:
    assert form_1099_patr([notice(2_694_676, has_consented=False)]) == Form1099Patr(dividends=538_936)
    assert form_1099_patr([], redeemed=2_155_740) == Form1099Patr(redeemed=2_155_740)


@pytest.mark.parametrize(("cents", "is_due"), [(999, False), (1_000, True)])
def test_the_form_is_filed_from_ten_dollars_on(cents: int, is_due: bool) -> None:
    assert form_1099_patr([notice(cents, has_consented=True)]).is_due is is_due


def test_the_form_is_filed_for_ten_dollars_in_all_boxes_together_and_wherever_tax_was_withheld() -> None:
    small = [notice(500, has_consented=True)]
    assert form_1099_patr(small, redeemed=500).is_due
    assert form_1099_patr(small, withheld=1).is_due


@pytest.mark.parametrize(
    ("year_end", "paid_until", "cashed_until"),
    [("12-31", date(2026, 9, 15), date(2026, 12, 14)), ("06-30", date(2026, 3, 15), date(2026, 6, 13))],
)
def test_a_year_is_paid_by_the_15th_of_the_ninth_month_and_a_check_cashed_ninety_days_later(
    year_end: str, paid_until: date, cashed_until: date
) -> None:
    assert payment_period_end(2025, year_end) == paid_until
    assert last_day_to_cash(2025, year_end) == cashed_until


def test_box_5_is_what_of_a_redemption_was_not_qualified() -> None:
    papers = [notice(1_000, has_consented=True), notice(500, has_consented=False), notice(100, has_consented=True)]
    assert [nonqualified_part(papers, 0, cents) for cents in (800, 801, 1_200, 1_280)] == [0, 1, 400, 400]
    assert nonqualified_part(papers, 900, 350) == 300
    assert nonqualified_part(papers, 1_200, 80) == 0


@given(st.integers(0, 10**12), st.booleans(), st.sampled_from([Fraction(1, 5), Fraction(1, 4), Fraction(1)]))
def test_money_and_notice_add_up_and_the_money_is_the_least_that_is_enough(
    allocated: int, has_consented: bool, rate: Fraction
) -> None:
    cash = cash_part(allocated, rate)
    found = notice(allocated, has_consented=has_consented, cash=cash)
    assert found.cash + found.retained == allocated
    assert cash >= allocated * rate > cash - 1


@given(st.integers(1, 10**12))
def test_the_least_money_is_enough_and_a_cent_less_is_not(allocated: int) -> None:
    least = cash_part(allocated)
    assert Notice(NoticeKind.QUALIFIED, allocated, least).cash * 5 >= allocated
    with pytest.raises(CashTooLow):
        Notice(NoticeKind.QUALIFIED, allocated, least - 1)
