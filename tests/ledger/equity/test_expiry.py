"""What nobody exercises in time goes back, once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from ledger import journal
from ledger.equity import classes, exercise, expiry, leaving
from ledger.equity.leaving import LeavingOrder
from ledger.equity.securities import position
from ledger.equity.values import EventKind, Holder, LeavingReason
from ledger.errors import NotAllowedNow
from ledger.types import Cut
from tests import make

LEFT_ON = date(2024, 11, 20)


def left(db: Session, holder: Holder, on: date = LEFT_ON) -> None:
    leaving.terminate(db, make.act(), LeavingOrder(holder.id, LeavingReason.VOLUNTARY_OTHER, on))


def test_vested_1000_exercised_400_window_over_600_expire_to_the_pool(db: Session) -> None:
    """Scenario 20: twelve months after leaving, the unexercised part of what had vested is available again."""
    plan, holder = make.plan(db), make.holder(db)
    option = make.option(db, plan, holder, quantity=4_000, vesting_start=date(2023, 11, 20))
    left(db, holder)
    assert position(db, option.security.id).vested(LEFT_ON) == 1_000
    exercise.exercise(db, make.act(), option.security.id, 400, on=date(2025, 3, 1))
    assert expiry.expire_due(db, make.act(), date(2025, 11, 20)) == ()
    assert expiry.expire_due(db, make.act(), date(2025, 11, 21)) == (option.security.id,)
    after = position(db, option.security.id)
    [event] = after.happened(EventKind.EXPIRED)
    assert (event.on, event.value.quantity) == (date(2025, 11, 21), 600)
    assert event.value.detail == {"ended": "WINDOW"}
    assert after.outstanding == 0
    assert after.vested(date(2025, 12, 1)) == 1_000
    assert classes.available_units(db, plan.id) == 2_000_000 - 400


def test_expiring_what_is_due_twice_changes_nothing(db: Session) -> None:
    holder = make.holder(db)
    make.option(db, to=holder, vesting_start=date(2023, 11, 20))
    left(db, holder)
    assert len(expiry.expire_due(db, make.act(), date(2026, 3, 1))) == 1
    entries = journal.size(db)
    assert expiry.expire_due(db, make.act(), date(2026, 3, 1)) == ()
    assert expiry.expire_due(db, make.act(), date(2030, 1, 1)) == ()
    assert journal.size(db) == entries


def test_units_count_as_available_from_the_day_after_the_window_however_late_it_is_recorded(db: Session) -> None:
    plan, holder = make.plan(db), make.holder(db)
    make.option(db, plan, holder, quantity=4_000, vesting_start=date(2023, 11, 20))
    left(db, holder)
    expiry.expire_due(db, make.act(), date(2027, 1, 1))
    for day, available in ((date(2025, 11, 20), 1_999_000), (date(2025, 11, 21), 2_000_000)):
        assert classes.available_units(db, plan.id, Cut(day, journal.size(db))) == available


def test_at_the_end_of_its_term_an_option_ends_vested_or_not(db: Session) -> None:
    option = make.option(db, expires_on=date(2026, 1, 14))
    assert expiry.expire(db, make.act(), option.security.id, on=date(2026, 1, 15)) == 4_800
    after = position(db, option.security.id)
    assert after.outstanding == 0
    [expired], [forfeited] = after.happened(EventKind.EXPIRED), after.happened(EventKind.FORFEITED)
    assert (expired.value.quantity, forfeited.value.quantity) == (2_300, 2_500)
    assert after.vested(date(2040, 1, 1)) == 2_300


def test_a_grant_whose_time_is_not_over_does_not_expire(db: Session) -> None:
    option = make.option(db)
    with pytest.raises(NotAllowedNow, match="is not over on 2033-01-01"):
        expiry.expire(db, make.act(), option.security.id, on=date(2033, 1, 1))
    expiry.expire(db, make.act(), option.security.id, on=date(2034, 1, 15))
    with pytest.raises(NotAllowedNow, match="Nothing is left"):
        expiry.expire(db, make.act(), option.security.id, on=date(2034, 1, 15))


def test_rsus_of_a_leaver_do_not_expire(db: Session) -> None:
    holder = make.holder(db)
    rsu = make.grant(db, to=holder, vesting_start=date(2023, 11, 20))
    left(db, holder)
    assert expiry.expire_due(db, make.act(), date(2035, 1, 1)) == ()
    made = exercise.settle(db, make.act(), rsu.security.id, 1_200, on=date(2034, 1, 1))
    assert made is not None


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 40), st.integers(0, 4_800), st.integers(0, 800))
def test_every_unit_is_held_exercised_or_back_in_the_pool(
    db: Session, months: int, wanted: int, days_later: int
) -> None:
    plan, holder = make.plan(db), make.holder(db)
    option = make.option(db, plan, holder)
    leaves_on = date(2024 + (1 + months) // 12, (1 + months) % 12 + 1, 20)
    left(db, holder, leaves_on)
    taken = min(wanted, position(db, option.security.id).exercisable(leaves_on))
    if taken:
        exercise.exercise(db, make.act(), option.security.id, taken, on=leaves_on)
    on = leaves_on + timedelta(days=days_later)
    expiry.expire_due(db, make.act(), on)
    after = position(db, option.security.id)
    assert classes.available_units(db, plan.id) + after.outstanding + taken == 2_000_000
    is_over = expiry.last_day(after) < on  # type: ignore[operator]
    assert after.outstanding == (0 if is_over else after.vested(leaves_on) - taken)
    db.rollback()
