"""The surplus on its way to members: the worked year of cooperative-finance.md §2.2, and that no cent is lost."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Invalid
from ledger.sessions.errors import PolicyInvalid
from ledger.sessions.surplus import SurplusPolicy, Waterfall, waterfall

THIRTY = SurplusPolicy(prudent_reserve=Fraction(3, 10))


def test_the_worked_year_comes_out_to_the_cent() -> None:
    found = waterfall(84_000_000, THIRTY, member_minutes=2_886_000, all_minutes=3_120_000)
    assert found.patron_sourced == 77_700_000
    assert found.non_patronage == 6_300_000
    assert found.prudent_reserve == 23_310_000
    assert found.allocable == 54_390_000
    assert found.collective == 6_300_000 + 23_310_000


def test_reserves_come_before_deficits_and_deficits_before_education() -> None:
    shares = SurplusPolicy(Fraction(1, 10), Fraction(2, 10), Fraction(1, 10))

    def parts(deficits: int) -> Waterfall:
        return waterfall(100_000, shares, member_minutes=1, all_minutes=1, deficits=deficits)

    assert parts(0) == Waterfall(100_000, 0, 10_000, 20_000, 0, 10_000, 60_000)
    assert parts(50_000) == Waterfall(100_000, 0, 10_000, 20_000, 50_000, 10_000, 10_000)
    assert parts(65_000) == Waterfall(100_000, 0, 10_000, 20_000, 65_000, 5_000, 0)
    assert parts(90_000) == Waterfall(100_000, 0, 10_000, 20_000, 70_000, 0, 0)


def test_a_cent_that_does_not_divide_goes_to_the_larger_remainder() -> None:
    # two thirds of a cent from patronage, one third not
    assert waterfall(1, SurplusPolicy(), member_minutes=2, all_minutes=3).allocable == 1
    assert waterfall(1, SurplusPolicy(), member_minutes=1, all_minutes=3).allocable == 0


def test_a_loss_and_minutes_that_cannot_be_are_refused() -> None:
    with pytest.raises(Invalid):
        waterfall(-1, THIRTY, member_minutes=1, all_minutes=1)
    with pytest.raises(Invalid):
        waterfall(1, THIRTY, member_minutes=2, all_minutes=1)
    with pytest.raises(Invalid):
        waterfall(1, THIRTY, member_minutes=0, all_minutes=0)


@pytest.mark.parametrize("shares", [(Fraction(-1, 10), Fraction(0)), (Fraction(6, 10), Fraction(5, 10))])
def test_a_policy_takes_from_nothing_to_all(shares: tuple[Fraction, Fraction]) -> None:
    with pytest.raises(PolicyInvalid):
        SurplusPolicy(*shares)


tenths = st.fractions(0, Fraction(1, 3), max_denominator=100)


@given(
    st.integers(0, 10**11),
    st.builds(SurplusPolicy, tenths, tenths, tenths),
    st.integers(0, 10**7),
    st.integers(1, 10**7),
    st.integers(0, 10**10),
)
def test_every_cent_goes_somewhere_and_no_part_is_off_by_one_or_more(
    net: int, policy: SurplusPolicy, members: int, others: int, deficits: int
) -> None:
    found = waterfall(net, policy, member_minutes=members, all_minutes=members + others, deficits=deficits)
    reserves = found.statutory_reserve + found.prudent_reserve
    assert found.non_patronage + reserves + found.deficits_retired + found.education + found.allocable == net
    assert min(found.non_patronage, reserves, found.deficits_retired, found.education, found.allocable) >= 0
    assert abs(found.patron_sourced - Fraction(net * members, members + others)) < 1
    assert abs(found.prudent_reserve - found.patron_sourced * policy.prudent_reserve) < 1
    assert found.collective + found.education + found.allocable == net
