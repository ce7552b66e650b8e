"""A schedule changes: earlier, later after a leave, or once a milestone is met."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Draft, move, unit
from ledger.equity import classes, leaving, splits, vesting_changes
from ledger.equity.grants import GrantEntry
from ledger.equity.milestones import events_of
from ledger.equity.securities import Position, position, security_account
from ledger.equity.values import (
    Award,
    AwardType,
    EventKind,
    LeavingReason,
    Schedule,
    ScheduleCause,
    Security,
    SecurityKind,
)
from ledger.equity.vesting.errors import (
    ExceedsUnvested,
    PauseEndsTooEarly,
    PauseRefused,
    PausesOverlap,
    ProtectedLeave,
    UnknownCondition,
)
from ledger.equity.vesting.later import AccelerationOrder
from ledger.equity.vesting.leave import Leave
from ledger.equity.vesting.table import Mark, completed, encode, total
from ledger.errors import DatesOutOfOrder, Invalid, LaterChangeExists, NotAllowedNow
from ledger.types import Cut
from tests import make

UNPAID = Leave.UNPAID_PERSONAL


def paused_grant(db: Session, **changes: Any) -> Position:
    return make.grant(db, make.plan(db, pauses_for_leave=True), **changes)


def pause(db: Session, held: Position, on: date, until: date, leave: Leave = UNPAID) -> Position:
    vesting_changes.pause(db, make.act(), held.security.id, leave=leave, on=on, until=until)
    return position(db, held.security.id)


def resume(db: Session, held: Position, on: date) -> Position:
    vesting_changes.resume(db, make.act(), held.security.id, on=on)
    return position(db, held.security.id)


# ── Leaves ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_three_months_of_unpaid_leave_move_the_cliff_and_the_end_by_three_months(db: Session) -> None:
    """Scenario 5."""
    granted = paused_grant(db)
    pause(db, granted, date(2024, 9, 1), date(2024, 12, 1))
    after = resume(db, granted, date(2024, 12, 1))
    assert (after.table[0].date, after.table[0].quantity) == (date(2025, 4, 15), 1_200)
    assert after.table[-1].date == date(2028, 4, 15)
    assert total(after.table) == 4_800


def test_parental_leave_never_pauses(db: Session) -> None:
    """Scenario 6."""
    granted = paused_grant(db)
    with pytest.raises(ProtectedLeave, match="protected leave"):
        pause(db, granted, date(2024, 9, 1), date(2024, 12, 1), Leave.PARENTAL)
    assert position(db, granted.security.id) == granted


@pytest.mark.parametrize("leave", [kind for kind in Leave if kind.is_protected])
def test_no_protected_leave_pauses(db: Session, leave: Leave) -> None:
    with pytest.raises(ProtectedLeave):
        pause(db, paused_grant(db), date(2024, 9, 1), date(2024, 12, 1), leave)


def test_who_is_back_after_21_days_vests_21_days_later(db: Session) -> None:
    """Scenario 7: what is dated before the leave stays, what is dated after it began moves."""
    granted = paused_grant(db)
    paused = pause(db, granted, date(2025, 6, 10), date(2025, 12, 1))
    assert paused.vested(date(2025, 6, 30)) == granted.vested(date(2025, 5, 15)) == 1_600
    after = resume(db, granted, date(2025, 7, 1))
    assert [row.date for row in after.table[4:7]] == [date(2025, 5, 15), date(2025, 7, 6), date(2025, 8, 5)]


def test_a_leave_pauses_only_if_the_plan_says_so_and_it_is_long(db: Session) -> None:
    with pytest.raises(PauseRefused, match="The plan does not pause"):
        pause(db, make.grant(db), date(2024, 9, 1), date(2024, 12, 1))
    granted = paused_grant(db)
    with pytest.raises(PauseRefused, match="more than 90 days"):
        pause(db, granted, date(2024, 9, 1), date(2024, 11, 30))
    with pytest.raises(PauseRefused, match="for this leave"):
        pause(db, granted, date(2024, 9, 1), date(2024, 12, 1), Leave.PAID)


def test_two_pauses_do_not_overlap_but_may_follow(db: Session) -> None:
    granted = paused_grant(db)
    pause(db, granted, date(2024, 9, 1), date(2025, 1, 1))
    with pytest.raises(PausesOverlap):
        pause(db, granted, date(2024, 10, 1), date(2025, 2, 1))
    resume(db, granted, date(2024, 12, 1))
    with pytest.raises(LaterChangeExists):
        pause(db, granted, date(2024, 11, 30), date(2025, 6, 1))
    pause(db, granted, date(2024, 12, 1), date(2025, 6, 1))
    after = resume(db, granted, date(2025, 1, 1))
    assert after.table[0].date == date(2025, 5, 15)


def test_a_pause_ends_once_and_after_it_began(db: Session) -> None:
    granted = paused_grant(db)
    with pytest.raises(NotAllowedNow, match="not paused"):
        resume(db, granted, date(2024, 12, 1))
    pause(db, granted, date(2024, 9, 1), date(2024, 12, 1))
    with pytest.raises(PauseEndsTooEarly):
        resume(db, granted, date(2024, 9, 1))
    resume(db, granted, date(2024, 12, 1))
    with pytest.raises(NotAllowedNow, match="not paused"):
        resume(db, granted, date(2024, 12, 2))


def test_who_leaves_during_a_leave_does_not_come_back_from_it(db: Session) -> None:
    holder = make.holder(db)
    granted = paused_grant(db, to=holder)
    pause(db, granted, date(2025, 9, 1), date(2026, 1, 1))
    order = leaving.LeavingOrder(holder.id, LeavingReason.VOLUNTARY_OTHER, date(2025, 10, 1))
    leaving.terminate(db, make.act(), order)
    assert position(db, granted.security.id).outstanding == 1_900
    with pytest.raises(NotAllowedNow, match="not paused"):
        resume(db, granted, date(2025, 12, 1))


def test_a_fully_vested_grant_can_not_be_paused(db: Session) -> None:
    with pytest.raises(NotAllowedNow, match="Nothing of"):
        pause(db, paused_grant(db), date(2028, 1, 16), date(2028, 6, 1))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dates(date(2024, 1, 1), date(2024, 3, 31)),
    st.integers(0, 1_300),
    st.integers(1, 400),
    st.integers(1, 9_999),
)
def test_a_leave_moves_what_comes_after_it_began_and_nothing_else(
    db: Session, start: date, begins: int, days: int, quantity: int
) -> None:
    granted = paused_grant(db, quantity=quantity, grant_date=start, board_approved_on=start, vesting_start=start)
    began = start + timedelta(days=begins)
    back = began + timedelta(days=days)
    pause(db, granted, began, began + timedelta(days=91))
    after = resume(db, granted, back)
    moved = [row for row in granted.table if row.date >= began]
    assert after.table[: len(granted.table) - len(moved)] == granted.table[: len(granted.table) - len(moved)]
    assert total(after.table) == quantity
    assert all(row.mark is Mark.SCHEDULED for row in after.table)
    # months and days of the leave, which differ from its days by the lengths of the months they fall on
    assert after.vested(back - timedelta(days=4)) <= granted.vested(began - timedelta(days=1)) + sum(
        row.quantity for row in granted.table if began <= row.date < began + timedelta(days=1)
    )
    assert abs((after.table[-1].date - granted.table[-1].date).days - days) <= 3
    db.rollback()


# ── Acceleration ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("order", "quantity", "first_later", "last"),
    [
        (AccelerationOrder.EARLIEST, 250, (date(2026, 4, 15), 50), date(2028, 1, 15)),
        (AccelerationOrder.LATEST, 250, (date(2026, 2, 15), 100), date(2027, 11, 15)),
        (AccelerationOrder.PRO_RATA, 600, (date(2026, 2, 15), 75), date(2028, 1, 15)),
    ],
)
def test_units_vest_early_and_are_taken_from_the_others_as_ordered(
    db: Session, order: AccelerationOrder, quantity: int, first_later: tuple[date, int], last: date
) -> None:
    granted, on = make.grant(db), date(2026, 1, 20)
    units = vesting_changes.accelerate(
        db, make.act(), granted.security.id, on=on, reason="Thanks.", quantity=quantity, order=order
    )
    after = position(db, granted.security.id)
    assert units == quantity
    assert after.vested(on) == 2_400 + quantity
    later = [row for row in after.table if row.date > on]
    assert (later[0].date, later[0].quantity, later[-1].date) == (*first_later, last)
    [event] = after.happened(EventKind.ACCELERATED)
    assert (event.value.quantity, event.value.reason) == (quantity, "Thanks.")
    assert event.value.detail == {"order": order.value}


def test_everything_vests_at_once_where_all_is_accelerated(db: Session) -> None:
    granted, on = make.grant(db), date(2024, 2, 1)
    accelerate = {"on": on, "reason": "The plan ended.", "order": AccelerationOrder.ALL}
    assert vesting_changes.accelerate(db, make.act(), granted.security.id, **accelerate) == 4_800  # type: ignore[arg-type]
    assert position(db, granted.security.id).exercisable(on) == 4_800


def test_no_more_is_accelerated_than_is_unvested(db: Session) -> None:
    granted = make.grant(db)
    with pytest.raises(ExceedsUnvested):
        vesting_changes.accelerate(
            db, make.act(), granted.security.id, on=date(2026, 1, 20), reason="Thanks.", quantity=2_401
        )
    with pytest.raises(Invalid, match="Say why"):
        vesting_changes.accelerate(db, make.act(), granted.security.id, on=date(2026, 1, 20), reason=" ", quantity=1)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 4_800), st.dates(date(2024, 1, 15), date(2028, 1, 14)), st.sampled_from(AccelerationOrder))
def test_acceleration_keeps_the_total_and_nothing_vests_later_than_it_would_have(
    db: Session, quantity: int, on: date, order: AccelerationOrder
) -> None:
    granted = make.grant(db)
    asked = granted.unvested(on) if order is AccelerationOrder.ALL else min(quantity, granted.unvested(on))
    vesting_changes.accelerate(
        db, make.act(), granted.security.id, on=on, reason="Thanks.", quantity=asked, order=order
    )
    after = position(db, granted.security.id)
    assert total(after.table) == 4_800
    assert after.vested(on) == granted.vested(on) + asked
    for months in range(48):
        day = on + timedelta(days=31 * months)
        assert after.vested(day) >= granted.vested(day)
    db.rollback()


# ── Milestones ────────────────────────────────────────────────────────────────────────────────────────────────────

HALF_ON_LICENCE: dict[str, Any] = {
    "statements": [
        {
            "order": 1,
            "percentage": "0.5",
            "schedule": {"occurrences": 4, "period": 6, "period_type": "MONTHS"},
        },
        {"order": 2, "percentage": "0.5", "event_condition": {"event_id": "licence"}},
    ]
}
LICENSED_ON = date(2024, 10, 1)


def learn(db: Session, held: Position, name: str = "licence", on: date = LICENSED_ON) -> Position:
    vesting_changes.record_milestone(db, make.act(), held.security.id, name, happened_on=on)
    return position(db, held.security.id)


def test_what_waits_for_an_event_vests_when_it_happens(db: Session) -> None:
    granted = make.grant(db, vesting=HALF_ON_LICENCE)
    assert granted.table[-1] == (date.max, 2_400, Mark.AWAITED)
    after = learn(db, granted)
    assert after.vested(LICENSED_ON - timedelta(days=1)) == 600
    assert after.vested(LICENSED_ON) == 3_000
    assert after.vested(date(2026, 1, 15)) == total(after.table) == 4_800
    assert events_of(after)["licence"] == LICENSED_ON


def test_an_event_is_recorded_once_and_only_if_the_terms_wait_for_it(db: Session) -> None:
    granted = make.grant(db, vesting=HALF_ON_LICENCE)
    learn(db, granted)
    with pytest.raises(NotAllowedNow, match="as of 2024-10-01"):
        learn(db, granted)
    with pytest.raises(UnknownCondition):
        learn(db, granted, "rank")
    with pytest.raises(DatesOutOfOrder):
        vesting_changes.record_milestone(
            db, make.act(), granted.security.id, "x", happened_on=date(2025, 1, 2), on=date(2025, 1, 1)
        )


def test_a_report_of_before_it_was_known_does_not_show_it(db: Session) -> None:
    granted = make.grant(db, vesting=HALF_ON_LICENCE)
    before = journal.size(db)
    vesting_changes.record_milestone(
        db, make.act(), granted.security.id, "licence", happened_on=LICENSED_ON, on=date(2024, 12, 1)
    )
    day = date(2024, 12, 31)
    assert position(db, granted.security.id, Cut(day, before)).vested(day) == 600
    assert position(db, granted.security.id, Cut(day, journal.size(db))).vested(day) == 3_000
    assert position(db, granted.security.id, Cut(date(2024, 11, 30), journal.size(db))).vested(day) == 600


def test_an_event_keeps_what_was_accelerated_in_the_meantime(db: Session) -> None:
    granted = make.grant(db, vesting=HALF_ON_LICENCE)
    vesting_changes.accelerate(
        db,
        make.act(),
        granted.security.id,
        on=date(2024, 8, 1),
        reason="Thanks.",
        quantity=1_000,
        order=AccelerationOrder.LATEST,
    )
    after = learn(db, granted)
    assert after.vested(date(2024, 8, 1)) == 1_600
    assert after.vested(LICENSED_ON) == 3_000
    assert total(after.table) == 4_800


def test_an_event_after_a_split_brings_all_that_waited_for_it(db: Session) -> None:
    plan = make.plan(db)
    granted = make.grant(db, plan, vesting=HALF_ON_LICENCE)
    splits.split_class(db, make.act(), plan.class_id, 2, 1, on=date(2024, 8, 1))
    after = learn(db, granted)
    assert after.vested(LICENSED_ON) == 6_000
    assert total(after.table) == after.outstanding == 9_600


def test_a_schedule_that_an_event_begins_is_moved_by_the_leave_it_fell_in(db: Session) -> None:
    terms = {
        "statements": [
            {
                "order": 1,
                "percentage": "1",
                "event_condition": {"event_id": "licence"},
                "schedule": {"occurrences": 4, "period": 6, "period_type": "MONTHS"},
            }
        ]
    }
    plan = make.plan(db, pauses_for_leave=True)
    granted = make.grant(db, plan, vesting=terms)
    with pytest.raises(NotAllowedNow, match="Nothing of"):
        pause(db, granted, date(2024, 9, 1), date(2025, 1, 1))
    learned = learn(db, granted, on=date(2024, 9, 15))
    paused = pause(db, granted, date(2024, 12, 1), date(2025, 6, 1))
    after = resume(db, granted, date(2025, 1, 1))
    assert learned.table != paused.table
    assert after.vested(date(2026, 2, 14)) < after.vested(date(2026, 2, 15)) == 4_800


def test_a_grant_without_terms_waits_for_nothing(db: Session) -> None:
    granted = make.grant(db, vesting=None, vesting_start=None)
    with pytest.raises(NotAllowedNow, match="waits for nothing"):
        learn(db, granted)


def test_a_start_that_was_not_known_is_set_once(db: Session) -> None:
    """A grant as an imported record may have it: terms, and no day from which they count."""
    plan, holder = make.plan(db), make.holder(db)
    security = Security("sec_1", "ES-900", SecurityKind.AWARD, holder.id, 4_800, plan.class_id, plan.id)
    awaited = Schedule("sec_1", ScheduleCause.GRANTED, encode(completed((), 4_800)))
    postings = move(unit(plan.class_id), 4_800, classes.pool(plan.id), security_account(security))
    records = (security, Award("sec_1", AwardType.RSU, make.FOUR_YEARS), awaited)
    journal.append(db, make.act(), Draft(GrantEntry.ISSUED, date(2024, 1, 15), records, postings))
    vesting_changes.set_vesting_start(db, make.act(), "sec_1", date(2023, 6, 30), on=date(2024, 8, 1))
    after = position(db, "sec_1")
    assert after.table == make.grant(db, vesting_start=date(2023, 6, 30)).table
    assert after.vested(date(2024, 8, 1)) == 1_300
    with pytest.raises(NotAllowedNow, match="as of 2023-06-30"):
        vesting_changes.set_vesting_start(db, make.act(), "sec_1", date(2024, 2, 1), on=date(2024, 8, 2))
