from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Role
from ledger.equity.certificates import Part
from ledger.equity.classes import set_ratio
from ledger.equity.conversions import convert, converted_units
from ledger.equity.pricing import ratio_in_force
from ledger.equity.values import ClassKind, ShareClass
from ledger.errors import AuthorisedExhausted, NotAllowedNow, Overdrawn, QuantityInvalid, TermsInvalid
from ledger.types import MOST_UNITS, Price
from tests import make
from tests.ledger.equity.holdings import A_DAY, held, shares

LATER = date(2025, 2, 15)


def preferred(db: Session, **changes: Any) -> tuple[ShareClass, ShareClass]:
    """Preferred shares and the common ones they convert into."""
    common = make.share_class(db, **changes)
    terms: dict[str, Any] = {"kind": ClassKind.PREFERRED, "prefix": "PS-", "converts_to": common.id}
    return make.share_class(db, **terms), common


def test_preferred_shares_become_common_ones_at_the_ratio_of_the_day(db: Session) -> None:
    stock, common = preferred(db)
    first = shares(db, stock, quantity=35_000, price=Price.parse("3.00", "USD"))
    free = held(db, Role.UNISSUED, stock.id), held(db, Role.UNISSUED, common.id)
    set_ratio(db, make.act(), stock.id, 3, 2, on=date(2025, 1, 1))
    set_ratio(db, make.act(), stock.id, 9, 1, on=date(2025, 3, 1))
    made, balance = convert(db, make.act(), first.security.id, on=LATER, part=Part(20_001))
    assert balance is not None
    # 30,001.5 shares, rounded down
    assert (made.outstanding, made.security.class_id, made.security.label) == (30_001, common.id, "CS-1")
    assert made.security.price == Price.parse("2.00", "USD")
    assert (balance.outstanding, balance.security.class_id, balance.security.label) == (14_999, stock.id, "PS-2")
    assert held(db, Role.UNISSUED, stock.id) == free[0] + 20_001
    assert held(db, Role.UNISSUED, common.id) == free[1] - 30_001


def test_a_class_converts_at_its_first_ratio_until_another_is_set(db: Session) -> None:
    common = make.share_class(db)
    stock = make.share_class(db, converts_to=common.id, ratio=(5, 4))
    set_ratio(db, make.act(), stock.id, 3, 1, on=date(2025, 1, 1))
    assert ratio_in_force(db, stock, date(2024, 12, 31)) == Fraction(5, 4)
    assert ratio_in_force(db, stock, date(2025, 1, 1)) == 3


def test_two_classes_of_one_prefix_are_numbered_together(db: Session) -> None:
    common = make.share_class(db)
    stock = make.share_class(db, converts_to=common.id)
    first = shares(db, stock)
    made, balance = convert(db, make.act(), first.security.id, on=LATER, part=Part(400))
    assert balance is not None
    assert (first.security.label, made.security.label, balance.security.label) == ("CS-1", "CS-2", "CS-3")


def test_what_has_yet_to_vest_goes_along_in_proportion(db: Session) -> None:
    stock, _ = preferred(db)
    set_ratio(db, make.act(), stock.id, 1, 3, on=date(2025, 1, 1))
    first = shares(db, stock, quantity=4_800, vesting=make.FOUR_YEARS, vesting_start=A_DAY)
    made, _ = convert(db, make.act(), first.security.id, on=LATER)
    assert (made.outstanding, made.vested(LATER), made.unvested(LATER)) == (1_600, 433, 1_167)
    assert made.vested(date(2028, 1, 15)) == 1_600
    assert made.award is not None


def test_a_conversion_that_can_not_be_changes_nothing(db: Session) -> None:
    stock, _ = preferred(db, authorised=500, licensed_only=True)
    first = shares(db, stock)
    plain, other = shares(db), shares(db, stock, make.holder(db, licensed=False))
    set_ratio(db, make.act(), stock.id, 1, 2, on=date(2025, 1, 1))
    before = journal.size(db)
    with pytest.raises(NotAllowedNow, match="converts into no other class"):
        convert(db, make.act(), plain.security.id, on=LATER)
    with pytest.raises(TermsInvalid, match="licensees"):
        convert(db, make.act(), other.security.id, on=LATER)
    with pytest.raises(QuantityInvalid, match="converts into 0 units"):
        convert(db, make.act(), first.security.id, on=LATER, part=Part(1))
    with pytest.raises(Overdrawn):
        convert(db, make.act(), first.security.id, on=LATER, part=Part(1_001))
    with pytest.raises(AuthorisedExhausted):
        convert(db, make.act(), first.security.id, on=date(2024, 6, 1), part=Part(501))
    assert journal.size(db) == before
    made, _ = convert(db, make.act(), first.security.id, on=LATER)
    assert made.outstanding == 500


@given(st.integers(1, 10**9), st.integers(1, 50), st.integers(1, 50), st.integers(0, 3), st.integers(0, 3))
def test_conversion_never_gives_more_than_the_ratio_and_less_than_a_unit_less(
    units: int, numerator: int, denominator: int, from_decimals: int, to_decimals: int
) -> None:
    source, target = (
        ShareClass("a", "A", ClassKind.COMMON, "A", decimals, 1, 1) for decimals in (from_decimals, to_decimals)
    )
    exact = Fraction(units, 10**from_decimals) * Fraction(numerator, denominator) * 10**to_decimals
    if exact < 1:
        with pytest.raises(QuantityInvalid):
            converted_units(units, source, target, Fraction(numerator, denominator))
        return
    made = converted_units(units, source, target, Fraction(numerator, denominator))
    assert 0 <= exact - made < 1
    assert made <= MOST_UNITS
