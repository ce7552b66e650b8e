"""Vested units become certificates or cash, and what was not delivered goes back."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from ledger.equity import classes, exercise
from ledger.equity.securities import position
from ledger.equity.values import AwardType, EventKind, SecurityKind
from ledger.errors import AlreadyExists, LaterChangeExists, NotAllowedNow, QuantityInvalid, TermsInvalid
from ledger.types import Price
from tests import make

TWO_YEARS_LATER = date(2026, 1, 15)
"""2,400 of a grant of 4,800 have vested."""


def usd(amount: str) -> Price:
    return Price.parse(amount, "USD")


def test_an_exercise_makes_one_certificate_of_equal_quantity_at_the_price(db: Session) -> None:
    option = make.option(db)
    made = exercise.exercise(db, make.act(), option.security.id, 1_000, on=TWO_YEARS_LATER)
    assert (made.kind, made.quantity, made.price) == (SecurityKind.STOCK, 1_000, usd("0.62"))
    assert (made.holder, made.plan_id) == (option.security.holder, option.security.plan_id)
    assert made.from_security == option.security.id
    assert position(db, made.id).outstanding == 1_000
    after = position(db, option.security.id)
    assert (after.outstanding, after.exercisable(TWO_YEARS_LATER)) == (3_800, 1_400)
    [event] = after.happened(EventKind.EXERCISED)
    assert (event.value.quantity, event.value.price, event.value.results) == (1_000, usd("0.62"), [made.id])


def test_no_more_is_exercised_than_is_vested_and_unused(db: Session) -> None:
    option = make.option(db)
    exercise.exercise(db, make.act(), option.security.id, 1_000, on=TWO_YEARS_LATER)
    with pytest.raises(NotAllowedNow, match="has 1400 vested units left on 2026-01-15; this asks for 1401"):
        exercise.exercise(db, make.act(), option.security.id, 1_401, on=TWO_YEARS_LATER)
    exercise.exercise(db, make.act(), option.security.id, 1_400, on=TWO_YEARS_LATER)
    with pytest.raises(NotAllowedNow, match="has 0 vested"):
        exercise.exercise(db, make.act(), option.security.id, 1, on=TWO_YEARS_LATER)


def test_nothing_is_exercised_before_the_cliff(db: Session) -> None:
    option = make.option(db)
    with pytest.raises(NotAllowedNow, match="has 0 vested units left on 2025-01-14"):
        exercise.exercise(db, make.act(), option.security.id, 1, on=date(2025, 1, 14))
    assert exercise.exercise(db, make.act(), option.security.id, 1_200, on=date(2025, 1, 15)).quantity == 1_200


def test_the_last_day_of_an_option_is_its_expiry(db: Session) -> None:
    option = make.option(db, expires_on=date(2026, 6, 30))
    with pytest.raises(NotAllowedNow, match="could be exercised until 2026-06-30"):
        exercise.exercise(db, make.act(), option.security.id, 1, on=date(2026, 7, 1))
    assert exercise.exercise(db, make.act(), option.security.id, 1, on=date(2026, 6, 30)).quantity == 1


def test_an_early_exercisable_option_needs_no_vesting(db: Session) -> None:
    option = make.option(db, early_exercisable=True)
    exercise.exercise(db, make.act(), option.security.id, 4_800, on=date(2024, 2, 1))
    after = position(db, option.security.id)
    assert (after.outstanding, after.vested(date(2024, 2, 1)), after.exercisable(date(2024, 2, 1))) == (0, 0, 0)


def test_an_exercise_does_not_slip_in_before_a_later_one(db: Session) -> None:
    option = make.option(db)
    exercise.exercise(db, make.act(), option.security.id, 10, on=TWO_YEARS_LATER)
    with pytest.raises(LaterChangeExists):
        exercise.exercise(db, make.act(), option.security.id, 10, on=date(2025, 12, 1))


def test_certificates_are_numbered_by_class_or_named(db: Session) -> None:
    option = make.option(db)
    labels = [
        exercise.exercise(db, make.act(), option.security.id, 1, on=TWO_YEARS_LATER, certificate=wanted).label
        for wanted in (None, "CS-40", None)
    ]
    assert labels == ["CS-1", "CS-40", "CS-41"]
    with pytest.raises(AlreadyExists):
        exercise.exercise(db, make.act(), option.security.id, 1, on=TWO_YEARS_LATER, certificate="CS-40")


def test_only_options_are_exercised_and_only_units_settled(db: Session) -> None:
    option, rsu = make.option(db), make.grant(db)
    with pytest.raises(NotAllowedNow, match="is no option"):
        exercise.exercise(db, make.act(), rsu.security.id, 1, on=TWO_YEARS_LATER)
    with pytest.raises(NotAllowedNow, match="only RSUs and SARs"):
        exercise.settle(db, make.act(), option.security.id, 1, on=TWO_YEARS_LATER)


@pytest.mark.parametrize("quantity", [0, -1, 2**53])
def test_a_quantity_that_is_none_is_refused(db: Session, quantity: int) -> None:
    option = make.option(db)
    with pytest.raises(QuantityInvalid):
        exercise.exercise(db, make.act(), option.security.id, quantity, on=TWO_YEARS_LATER)


def test_rsus_settle_into_shares_less_what_is_withheld_for_tax(db: Session) -> None:
    plan = make.plan(db)
    rsu = make.grant(db, plan)
    before = classes.available_units(db, plan.id)
    made = exercise.settle(db, make.act(), rsu.security.id, 1_000, on=TWO_YEARS_LATER, withheld=370)
    assert made is not None
    assert (made.quantity, made.price) == (630, None)
    assert position(db, made.id).outstanding == 630
    assert position(db, rsu.security.id).outstanding == 3_800
    assert classes.available_units(db, plan.id) == before + 370
    [event] = position(db, rsu.security.id).happened(EventKind.SETTLED)
    assert event.value.detail == {"delivered": 630, "withheld": 370}


def test_not_everything_is_withheld(db: Session) -> None:
    rsu = make.grant(db)
    with pytest.raises(TermsInvalid, match="nothing is left to deliver"):
        exercise.settle(db, make.act(), rsu.security.id, 1_000, on=TWO_YEARS_LATER, withheld=1_000)


def test_a_sar_delivers_what_it_has_gained_in_shares(db: Session) -> None:
    """2,000 units, base $0.62, fair value $2.48: 2,000 × 1.86 / 2.48 = 1,500 shares, 500 back to the pool."""
    plan = make.plan(db)
    sar = make.option(db, plan, award_type=AwardType.SSAR)
    before = classes.available_units(db, plan.id)
    made = exercise.settle(db, make.act(), sar.security.id, 2_000, on=TWO_YEARS_LATER, fair_value=usd("2.48"))
    assert made is not None
    assert made.quantity == 1_500
    assert position(db, sar.security.id).outstanding == 2_800
    assert classes.available_units(db, plan.id) == before + 500


def test_a_sar_takes_the_valuation_in_force(db: Session) -> None:
    plan = make.plan(db)
    sar = make.option(db, plan, award_type=AwardType.SSAR)
    with pytest.raises(TermsInvalid, match="No 409A valuation is in force"):
        exercise.settle(db, make.act(), sar.security.id, 2_000, on=TWO_YEARS_LATER)
    make.valuation(db, plan.class_id, "1.24", on=date(2026, 1, 1))
    made = exercise.settle(db, make.act(), sar.security.id, 2_000, on=TWO_YEARS_LATER)
    assert made is not None
    assert made.quantity == 1_000


def test_a_sar_that_has_gained_nothing_is_not_settled(db: Session) -> None:
    sar = make.option(db, award_type=AwardType.SSAR)
    with pytest.raises(TermsInvalid, match="has gained nothing"):
        exercise.settle(db, make.act(), sar.security.id, 1, on=TWO_YEARS_LATER, fair_value=usd("0.62"))


def test_a_sar_paid_in_cash_delivers_no_share_and_records_the_amount(db: Session) -> None:
    """1,001 units × ($2.485 − $0.62) = $1,866.865, rounded down to the cent."""
    plan = make.plan(db)
    sar = make.option(db, plan, award_type=AwardType.CSAR)
    before = classes.available_units(db, plan.id)
    assert exercise.settle(db, make.act(), sar.security.id, 1_001, on=TWO_YEARS_LATER, fair_value=usd("2.485")) is None
    [event] = position(db, sar.security.id).happened(EventKind.SETTLED)
    assert event.value.detail == {"cash": [186_686, 2, "USD"], "delivered": 0, "withheld": 0}
    assert classes.available_units(db, plan.id) == before + 1_001


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(1, 2_000), st.integers(0, 60)), min_size=1, max_size=6),
    st.booleans(),
)
def test_exercised_never_exceeds_vested_and_no_unit_is_lost(
    db: Session, attempts: list[tuple[int, int]], early: bool
) -> None:
    option = make.option(db, early_exercisable=early)
    taken = 0
    for quantity, months in sorted(attempts, key=lambda attempt: attempt[1]):
        on = date(2024 + months // 12, months % 12 + 1, 20)
        free = position(db, option.security.id).vested(on) if not early else 4_800
        if quantity <= free - taken:
            exercise.exercise(db, make.act(), option.security.id, quantity, on=on)
            taken += quantity
        else:
            with pytest.raises(NotAllowedNow):
                exercise.exercise(db, make.act(), option.security.id, quantity, on=on)
        assert position(db, option.security.id).outstanding == 4_800 - taken
    db.rollback()
