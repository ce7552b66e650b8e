"""Capital accounts: the worked years of cooperative-finance.md §2.4, and that all of them are the net book value."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Invalid
from ledger.sessions.accounts import Accounts, Loss, Year, roll_forward, share_loss
from ledger.sessions.errors import BalanceTooLow, NobodyToShare
from ledger.sessions.notices import notice
from ledger.sessions.patronage import declaration
from ledger.sessions.surplus import SurplusPolicy, waterfall

OPENING = Accounts({"T001": 250_000, "T002": 180_000, "T003": 50_000}, 900_000)
MINUTES = {"T001": 61_250, "T002": 48_300, "T003": 9_135}
FORTY = Fraction(2, 5)


def test_the_worked_year_closes_at_the_net_book_value() -> None:
    surplus = waterfall(1_000_000, SurplusPolicy(Fraction(3, 10)), member_minutes=1, all_minutes=1)
    allocated = declaration(surplus.allocable, MINUTES, available=surplus.allocable).amounts
    cash = {member: notice(part, has_consented=True).cash for member, part in allocated.items()}
    assert allocated == {"T001": 361_250, "T002": 284_872, "T003": 53_878}
    assert cash == {"T001": 72_250, "T002": 56_975, "T003": 10_776}
    closing = roll_forward(OPENING, Year(allocated=allocated, cash=cash, collective=surplus.collective))
    assert closing == Accounts({"T001": 539_000, "T002": 407_897, "T003": 93_102}, 1_200_000)
    assert closing.net_book_value == 2_239_999 == OPENING.net_book_value + 1_000_000 - 140_001


def test_the_worked_loss_comes_out_to_the_cent() -> None:
    found = share_loss(300_000, MINUTES, {"T001": 539_000, "T002": 407_897, "T003": 93_102}, collective=FORTY)
    assert found == Loss({"T001": -92_893, "T002": -73_253, "T003": -13_854}, -120_000)


def test_what_an_account_can_not_bear_is_borne_by_the_collective_one() -> None:
    balances = {"T001": 539_000, "T002": 407_897, "T003": 10_000}
    found = share_loss(300_000, MINUTES, balances, collective=FORTY)
    assert found == Loss({"T001": -92_893, "T002": -73_253, "T003": -10_000}, -123_854)


def test_bylaws_may_let_an_account_fall_below_zero() -> None:
    found = share_loss(300_000, MINUTES, {}, collective=FORTY, may_go_below_zero=True)
    assert found.members["T003"] == -13_854


def test_an_account_below_zero_bears_nothing_more() -> None:
    assert share_loss(100, {"a": 1}, {"a": -50}, collective=Fraction(0)) == Loss({"a": 0}, -100)


def test_fees_come_in_and_redemptions_go_out() -> None:
    closing = roll_forward(OPENING, Year(paid_in={"T004": 25_000}, redeemed={"T003": 50_000}, collective=-1))
    assert closing == Accounts({"T001": 250_000, "T002": 180_000, "T003": 0, "T004": 25_000}, 899_999)


def test_no_more_is_redeemed_than_an_account_held() -> None:
    with pytest.raises(BalanceTooLow, match="50,001"):
        roll_forward(OPENING, Year(redeemed={"T003": 50_001}))
    with pytest.raises(BalanceTooLow):
        roll_forward(Accounts({"a": -5}, 0), Year(redeemed={"a": 1}))


def test_an_account_below_zero_is_carried_on_and_filled_up() -> None:
    assert roll_forward(Accounts({"a": -5}, 0), Year(allocated={"a": 7})) == Accounts({"a": 2}, 0)


def test_money_flows_one_way_and_no_more_of_an_allocation_than_there_is() -> None:
    with pytest.raises(Invalid):
        Year(paid_in={"a": -1})
    with pytest.raises(Invalid):
        Year(allocated={"a": 10}, cash={"a": 11})
    with pytest.raises(Invalid):
        Year(allocated={"a": -10}, cash={"a": 1})


def test_a_loss_needs_somebody_to_bear_it() -> None:
    with pytest.raises(NobodyToShare):
        share_loss(100, {"a": 0}, {"a": 100}, collective=FORTY)
    assert share_loss(100, {"a": 0}, {"a": 100}, collective=Fraction(1)) == Loss({"a": 0}, -100)
    with pytest.raises(Invalid):
        share_loss(-1, {"a": 1}, {}, collective=FORTY)


members = st.sampled_from("abcde")
balances = st.dictionaries(members, st.integers(0, 10**9))
weights = st.dictionaries(members, st.integers(1, 10**6), min_size=1)


@given(balances, st.integers(0, 10**9), weights, balances, st.integers(0, 10**9), st.fractions(0, 1))
def test_accounts_are_the_net_book_value_before_and_after_any_year(
    opening: dict[str, int],
    collective: int,
    minutes: dict[str, int],
    paid_in: dict[str, int],
    net: int,
    share: Fraction,
) -> None:
    before = Accounts(opening, collective)
    surplus = waterfall(net, SurplusPolicy(share), member_minutes=1, all_minutes=1)
    allocated = declaration(surplus.allocable, minutes, available=surplus.allocable).amounts
    cash = {member: notice(part, has_consented=True).cash for member, part in allocated.items()}
    year = Year(paid_in, allocated, cash, redeemed=opening, collective=surplus.collective)
    after = roll_forward(before, year)
    paid_out = sum(cash.values()) + sum(opening.values())
    assert after.net_book_value == before.net_book_value + net + sum(paid_in.values()) - paid_out
    assert min(after.members.values(), default=0) >= 0
    assert after.members.keys() >= before.members.keys()


@given(st.integers(0, 10**9), weights, balances, st.fractions(0, 1))
def test_a_loss_is_shared_whole_and_takes_no_account_below_zero(
    loss: int, minutes: dict[str, int], held: dict[str, int], share: Fraction
) -> None:
    found = share_loss(loss, minutes, held, collective=share)
    assert sum(found.members.values()) + found.collective == -loss
    assert all(held.get(member, 0) + part >= 0 for member, part in found.members.items())
    free = share_loss(loss, minutes, held, collective=share, may_go_below_zero=True)
    assert all(found.members[member] >= part for member, part in free.members.items())
    closing = roll_forward(Accounts(held, 0), Year(allocated=found.members, collective=found.collective))
    assert closing.net_book_value == sum(held.values()) - loss
