from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from ledger import journal
from ledger.equity.certificates import Part
from ledger.equity.pricing import adjusted, fair_value, growth, price_of, reprice
from ledger.equity.reissues import reissue
from ledger.equity.returns import cancel
from ledger.equity.securities import position
from ledger.equity.splits import split_class
from ledger.equity.values import ClassSplit, EventKind
from ledger.errors import Invalid, LaterChangeExists, NotAllowedNow, NotFound, TermsInvalid
from ledger.reading import Known
from ledger.types import Price
from tests import make
from tests.ledger.equity.holdings import DOLLAR, shares

LATER = date(2025, 2, 15)
NEW = Price.parse("0.40", "USD")


def usd(text: str) -> Price:
    return Price.parse(text, "USD")


def test_an_option_gets_another_price_at_or_above_the_value_in_force(db: Session) -> None:
    grant = make.option(db)
    make.valuation(db, grant.security.class_id or "", "0.40", on=date(2025, 1, 1))
    reprice(db, make.act(), grant.security.id, NEW, on=LATER, reason="The valuation fell")
    assert price_of(db, grant.security.id, date(2025, 2, 14)) == usd("0.62")
    assert price_of(db, grant.security.id, LATER) == NEW
    [event] = position(db, grant.security.id).happened(EventKind.REPRICED)
    assert (event.value.quantity, event.value.price) == (4_800, NEW)


def test_a_new_price_is_refused_below_the_value_or_without_one(db: Session) -> None:
    grant = make.option(db)
    id, of = grant.security.id, grant.security.class_id or ""
    with pytest.raises(TermsInvalid, match="No 409A valuation"):
        reprice(db, make.act(), id, NEW, on=LATER)
    make.valuation(db, of, "0.41", on=date(2025, 1, 1))
    with pytest.raises(TermsInvalid, match="below the valuation in force"):
        reprice(db, make.act(), id, NEW, on=LATER)
    with pytest.raises(TermsInvalid, match="already has the price"):
        reprice(db, make.act(), id, usd("0.620"), on=LATER)
    with pytest.raises(Invalid, match="can't be compared"):
        reprice(db, make.act(), id, Price.parse("0.50", "EUR"), on=LATER)


def test_only_an_option_that_is_left_is_repriced(db: Session) -> None:
    plan = make.plan(db)
    make.valuation(db, plan.class_id, "0.40", on=date(2025, 1, 1))
    option, rsu = make.option(db, plan), make.grant(db, plan)
    with pytest.raises(TermsInvalid, match="is no option"):
        reprice(db, make.act(), rsu.security.id, NEW, on=LATER)
    with pytest.raises(TermsInvalid, match="is no option"):
        reprice(db, make.act(), shares(db).security.id, NEW, on=LATER)
    with pytest.raises(NotFound):
        reprice(db, make.act(), "sec_none", NEW, on=LATER)
    cancel(db, make.act(), option.security.id, on=LATER, reason="Agreed")
    with pytest.raises(LaterChangeExists):
        reprice(db, make.act(), option.security.id, NEW, on=date(2025, 2, 14))
    with pytest.raises(NotAllowedNow):
        reprice(db, make.act(), option.security.id, NEW, on=LATER)


def test_values_and_prices_follow_a_split_and_a_later_price_does_not(db: Session) -> None:
    grant = make.option(db)
    of = grant.security.class_id or ""
    make.valuation(db, of, "0.90", on=date(2025, 1, 1))
    split_class(db, make.act(), of, 3, 1, on=LATER)
    assert fair_value(db, of, date(2025, 2, 14)) == usd("0.90")
    assert fair_value(db, of, LATER) == usd("0.30")
    reprice(db, make.act(), grant.security.id, usd("0.30"), on=LATER)
    assert price_of(db, grant.security.id, LATER) == usd("0.30")
    split_class(db, make.act(), of, 2, 1, on=date(2025, 3, 1))
    assert price_of(db, grant.security.id, date(2025, 3, 1)) == usd("0.15")


def test_a_new_certificate_carries_the_price_of_its_day(db: Session) -> None:
    first = shares(db, price=DOLLAR)
    of = first.security.class_id or ""
    split_class(db, make.act(), of, 4, 1, on=LATER)
    [made] = reissue(db, make.act(), first.security.id, [Part(4_000)], on=LATER)
    assert made.security.price == usd("0.25")
    split_class(db, make.act(), of, 5, 1, on=date(2025, 3, 1))
    assert price_of(db, made.security.id, date(2025, 3, 1)) == usd("0.05")


def test_shares_without_a_price_have_none(db: Session) -> None:
    assert price_of(db, shares(db).security.id, LATER) is None


def test_a_refused_price_changes_nothing(db: Session) -> None:
    grant = make.option(db)
    before = journal.size(db)
    with pytest.raises(TermsInvalid):
        reprice(db, make.act(), grant.security.id, NEW, on=LATER)
    assert journal.size(db) == before


@pytest.mark.parametrize(
    ("price", "grown", "expected"),
    [
        ("0.62", Fraction(2), "0.31"),
        ("0.31", Fraction(2), "0.155"),
        ("1", Fraction(3), "0.3333333334"),
        ("1", Fraction(1, 3), "3"),
        ("0.00", Fraction(7), "0.00"),
        ("123456789.5", Fraction(3), "41152263.16666667"),
    ],
)
def test_prices_are_exact_or_rounded_up(price: str, grown: Fraction, expected: str) -> None:
    assert adjusted(usd(price), grown) == usd(expected)


def test_splits_count_from_their_day_and_after_what_came_before_them() -> None:
    day = date(2025, 2, 15)
    splits = [Known(10, day, ClassSplit("cls", 2, 1)), Known(20, date(2025, 3, 1), ClassSplit("cls", 3, 2))]
    assert growth(splits, (day, 9), date(2025, 2, 14)) == 1
    assert growth(splits, (day, 9), day) == 2
    assert growth(splits, (day, 11), day) == 1
    assert growth(splits, (day, 9), date(2025, 3, 1)) == 3


@given(
    st.builds(Price, st.integers(0, 10**9), st.integers(0, 6), st.just("USD")),
    st.fractions(Fraction(1, 100), 100, max_denominator=100),
)
def test_a_price_never_falls_below_its_part_and_is_off_by_less_than_its_last_place(
    price: Price, grown: Fraction
) -> None:
    exact = Fraction(price.amount, 10**price.scale) / grown
    found = adjusted(price, grown)
    assert 0 <= Fraction(found.amount, 10**found.scale) - exact < Fraction(1, 10**found.scale)
