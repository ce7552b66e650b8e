"""Someone leaves: what they keep, what goes back, and for how long they may exercise."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from ledger import journal
from ledger.equity import classes, exercise, expiry, leaving, register, vesting_changes
from ledger.equity.leaving import LeavingOrder
from ledger.equity.parting import LayoffProtection
from ledger.equity.securities import Position, position
from ledger.equity.values import (
    AwardType,
    EngagementEnd,
    EngagementKind,
    EventKind,
    Group,
    Holder,
    LeavingReason,
    ReturnRule,
)
from ledger.equity.vesting.leave import Leave
from ledger.equity.vesting.table import forfeited, total
from ledger.errors import Conflict, DatesOutOfOrder, FourEyes, Invalid, LaterChangeExists, NotAllowedNow
from ledger.reading import every
from ledger.types import Cut
from tests import make

EARLY = date(2024, 11, 20)
"""Ten full months after the vesting start."""
LATE = date(2026, 5, 20)
"""Twenty-eight full months after it."""
PROTECTION = LayoffProtection(waive_cliff=True, extra_months=6)


def leave(
    db: Session,
    holder: Holder,
    on: date,
    reason: LeavingReason = LeavingReason.VOLUNTARY_OTHER,
    protection: LayoffProtection | None = None,
) -> tuple[int, ...]:
    return leaving.terminate(db, make.act(), LeavingOrder(holder.id, reason, on), protection=protection)


def dismiss(db: Session, holder: Holder, on: date, appeal_until: date | None = None) -> tuple[int, ...]:
    order = LeavingOrder(
        holder.id,
        LeavingReason.INVOLUNTARY_WITH_CAUSE,
        on,
        second_approver="usr_board",
        appeal_until=appeal_until or on + timedelta(days=30),
    )
    return leaving.terminate(db, make.act(), order)


def split_of(held: Position, on: date) -> tuple[int, int]:
    """What has vested by a day, and what is forfeited."""
    return held.vested(on), forfeited(held.table)


def exercise_by(held: Position) -> object:
    [event] = held.happened(EventKind.LEFT)
    assert event.value.detail is not None
    return event.value.detail.get("exercise_by")


def test_leaving_before_the_cliff_forfeits_all_and_the_pool_has_it_the_same_day(db: Session) -> None:
    """Scenario 8."""
    plan, holder = make.plan(db), make.holder(db)
    granted = make.grant(db, plan, holder)
    [n] = leave(db, holder, EARLY)
    after = position(db, granted.security.id)
    assert split_of(after, EARLY) == (0, 4_800)
    assert after.outstanding == 0
    for day, available in ((EARLY - timedelta(days=1), 1_995_200), (EARLY, 2_000_000)):
        assert classes.available_units(db, plan.id, Cut(day, journal.size(db))) == available
    assert journal.entry_at(db, n).kind == "holder.left"


def test_a_layoff_waives_the_cliff_and_adds_six_months(db: Session) -> None:
    """Scenario 9: ten months and six are sixteen of forty-eight."""
    plan, holder = make.plan(db), make.holder(db)
    granted = make.grant(db, plan, holder)
    leave(db, holder, EARLY, LeavingReason.INVOLUNTARY_OTHER, PROTECTION)
    after = position(db, granted.security.id)
    assert split_of(after, EARLY) == (1_600, 3_200)
    assert after.outstanding == 1_600
    assert classes.available_units(db, plan.id) == 2_000_000 - 1_600


def test_a_layoff_after_28_months_keeps_34_and_gives_two_years_to_exercise(db: Session) -> None:
    """Scenario 10."""
    plan, holder = make.plan(db), make.holder(db)
    granted = make.option(db, plan, holder)
    leave(db, holder, LATE, LeavingReason.INVOLUNTARY_OTHER, PROTECTION)
    after = position(db, granted.security.id)
    assert split_of(after, LATE) == (3_400, 1_400)
    assert exercise_by(after) == "2028-05-20"
    assert expiry.last_day(after) == date(2028, 5, 20)
    assert exercise.exercise(db, make.act(), granted.security.id, 3_400, on=date(2028, 5, 20)).quantity == 3_400


def test_protection_is_for_layoffs_only(db: Session) -> None:
    holder = make.holder(db)
    granted = make.grant(db, to=holder)
    leave(db, holder, LATE, LeavingReason.VOLUNTARY_OTHER, PROTECTION)
    assert split_of(position(db, granted.security.id), LATE) == (2_800, 2_000)


def test_a_cliff_written_as_conditions_is_waived_as_well(db: Session) -> None:
    holder = make.holder(db)
    terms = make.CLIFF_AS_CONDITIONS
    granted = make.grant(db, to=holder, vesting=terms)
    leave(db, holder, EARLY, LeavingReason.INVOLUNTARY_OTHER, LayoffProtection(waive_cliff=True, extra_months=0))
    assert split_of(position(db, granted.security.id), EARLY) == (1_000, 3_800)


def test_after_the_window_vested_options_can_no_longer_be_exercised(db: Session) -> None:
    holder = make.holder(db)
    granted = make.option(db, to=holder, windows={"VOLUNTARY_OTHER": [90, "DAYS"]})
    leave(db, holder, LATE)
    with pytest.raises(NotAllowedNow, match="until 2026-08-18"):
        exercise.exercise(db, make.act(), granted.security.id, 1, on=date(2026, 8, 19))
    assert exercise.exercise(db, make.act(), granted.security.id, 2_800, on=date(2026, 8, 18)).quantity == 2_800


def test_shares_are_never_clawed_back(db: Session) -> None:
    holder = make.holder(db)
    shares = make.grant(db, to=holder, award_type=AwardType.RSA)
    option = make.option(db, to=holder)
    bought = exercise.exercise(db, make.act(), option.security.id, 2_000, on=date(2026, 2, 1))
    leave(db, holder, LATE)
    assert position(db, shares.security.id).outstanding == 2_800
    assert position(db, bought.id).outstanding == 2_000
    assert position(db, option.security.id).outstanding == 800


@pytest.mark.parametrize(
    ("rule", "pool", "unissued"),
    [
        (ReturnRule.RETURN_TO_POOL, 2_000_000, 8_000_000),
        (ReturnRule.RETIRE, 1_995_200, 8_004_800),
        (ReturnRule.HOLD_AS_CAPITAL_STOCK, 1_995_200, 8_000_000),
    ],
)
def test_forfeited_units_go_where_the_plan_says(db: Session, rule: ReturnRule, pool: int, unissued: int) -> None:
    common = make.share_class(db)
    plan, holder = make.plan(db, common, return_rule=rule), make.holder(db)
    make.grant(db, plan, holder)
    leave(db, holder, EARLY)
    treasury = 4_800 if rule is ReturnRule.HOLD_AS_CAPITAL_STOCK else 0
    paths = (f"pool:{plan.id}", f"unissued:{common.id}", f"treasury:{common.id}")
    assert [journal.balance(db, path) for path in paths] == [pool, unissued, treasury]


def test_vesting_goes_on_while_another_service_engagement_runs(db: Session) -> None:
    holder = make.holder(db, engaged=EngagementKind.W2)
    make.engage(db, holder, kind=EngagementKind.C1099, on=date(2025, 1, 1))
    granted = make.grant(db, to=holder)
    order = LeavingOrder(holder.id, LeavingReason.VOLUNTARY_OTHER, LATE, frozenset({EngagementKind.W2}))
    leaving.terminate(db, make.act(), order)
    assert position(db, granted.security.id) == granted
    assert register.engaged_as(db, holder.id, LATE + timedelta(days=1)) == (EngagementKind.C1099,)
    leave(db, holder, date(2026, 6, 20))
    assert split_of(position(db, granted.security.id), LATE) == (2_800, 1_900)


def test_vesting_goes_on_where_the_next_engagement_begins_the_day_after(db: Session) -> None:
    holder = make.holder(db, engaged=EngagementKind.W2)
    granted = make.grant(db, to=holder)
    make.engage(db, holder, kind=EngagementKind.C1099, on=LATE + timedelta(days=1))
    leave(db, holder, LATE)
    assert position(db, granted.security.id) == granted


def test_an_owner_who_stops_working_stops_vesting(db: Session) -> None:
    founder = make.holder(db, engaged=EngagementKind.OWNER)
    make.engage(db, founder, kind=EngagementKind.W2)
    granted = make.grant(db, to=founder)
    leave(db, founder, LATE)
    assert split_of(position(db, granted.security.id), LATE) == (2_800, 2_000)
    assert register.engaged_as(db, founder.id, date(2027, 1, 1)) == (EngagementKind.OWNER,)


def test_employment_that_becomes_a_contract_ends_nothing(db: Session) -> None:
    holder = make.holder(db, engaged=None)
    employed = make.engage(db, holder, kind=EngagementKind.W2)
    granted = make.grant(db, to=holder)
    becomes = leaving.change_engagement(db, make.act(), employed.id, to=EngagementKind.C1099, on=LATE)
    assert register.engaged_as(db, holder.id, LATE - timedelta(days=1)) == (EngagementKind.W2,)
    assert register.engaged_as(db, holder.id, LATE) == (EngagementKind.C1099,)
    [end] = every(db, EngagementEnd, engagement=employed.id)
    assert (end.reason, end.became) == (None, becomes.id)
    assert position(db, granted.security.id) == granted
    with pytest.raises(NotAllowedNow):
        leaving.change_engagement(db, make.act(), employed.id, to=EngagementKind.C1099, on=date(2027, 1, 1))
    with pytest.raises(Conflict):
        leaving.change_engagement(db, make.act(), becomes.id, to=EngagementKind.C1099, on=date(2027, 1, 1))


def test_who_is_not_engaged_cannot_leave(db: Session) -> None:
    holder = make.holder(db)
    leave(db, holder, LATE)
    with pytest.raises(NotAllowedNow, match="is not engaged"):
        leave(db, holder, LATE + timedelta(days=1))


def test_who_comes_back_starts_anew(db: Session) -> None:
    holder = make.holder(db)
    first = make.option(db, to=holder)
    leave(db, holder, LATE)
    register.engage(db, make.act(), holder.id, kind=EngagementKind.C1099, shown_as=Group.PROVIDER, on=date(2026, 7, 1))
    leave(db, holder, date(2026, 8, 1), LeavingReason.INVOLUNTARY_OTHER)
    assert exercise_by(position(db, first.security.id)) == "2027-05-20"


def test_leaving_is_not_recorded_before_something_that_was_done_since(db: Session) -> None:
    holder = make.holder(db)
    option = make.option(db, to=holder)
    exercise.exercise(db, make.act(), option.security.id, 100, on=LATE)
    with pytest.raises(LaterChangeExists):
        leave(db, holder, LATE - timedelta(days=1))


def test_leaving_is_not_recorded_before_a_grant_that_was_made_since(db: Session) -> None:
    holder = make.holder(db)
    make.grant(db, to=holder, grant_date=LATE, vesting_start=LATE)
    with pytest.raises(NotAllowedNow, match="was issued on 2026-05-20"):
        leave(db, holder, EARLY)


def test_of_an_option_exercised_early_the_company_may_buy_back_what_had_not_vested(db: Session) -> None:
    holder = make.holder(db)
    option = make.option(db, to=holder, early_exercisable=True)
    bought = exercise.exercise(db, make.act(), option.security.id, 4_000, on=date(2024, 2, 1))
    leave(db, holder, LATE)
    after = position(db, option.security.id)
    [event] = after.happened(EventKind.FORFEITED)
    assert (event.value.quantity, event.value.detail) == (800, {"repurchasable": 1_200})
    assert (after.outstanding, position(db, bought.id).outstanding) == (0, 4_000)


# ── For cause ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_settled_shares_stay_and_the_rest_waits_for_the_appeal(db: Session) -> None:
    """Scenario 11."""
    plan, holder = make.plan(db), make.holder(db)
    rsu = make.grant(db, plan, holder)
    shares = exercise.settle(db, make.act(), rsu.security.id, 2_800, on=LATE)
    assert shares is not None
    dismiss(db, holder, LATE)
    waiting = position(db, rsu.security.id)
    assert waiting.outstanding == 2_000
    assert split_of(waiting, date(2028, 1, 15)) == (2_800, 0)
    with pytest.raises(NotAllowedNow, match="until 2026-06-19"):
        leaving.confirm_cause(db, make.act(), holder.id, on=date(2026, 6, 19))
    leaving.confirm_cause(db, make.act(), holder.id, on=date(2026, 6, 20))
    after = position(db, rsu.security.id)
    assert split_of(after, date(2028, 1, 15)) == (2_800, 2_000)
    assert after.outstanding == 0
    assert position(db, shares.id).outstanding == 2_800
    assert classes.available_units(db, plan.id) == 2_000_000 - 2_800
    with pytest.raises(NotAllowedNow, match="No dismissal"):
        leaving.confirm_cause(db, make.act(), holder.id, on=date(2026, 6, 21))


def test_an_overturned_dismissal_leaves_everything_as_if_it_had_not_happened(db: Session) -> None:
    holder = make.holder(db)
    option = make.option(db, to=holder)
    dismiss(db, holder, LATE)
    assert expiry.last_day(position(db, option.security.id)) == date(2026, 6, 19)
    assert expiry.expire_due(db, make.act(), date(2026, 7, 10)) == ()
    leaving.overturn_cause(db, make.act(), holder.id, on=date(2026, 7, 20), reason="The council heard the provider.")
    after = position(db, option.security.id)
    assert (after.table, after.outstanding) == (option.table, 4_800)
    assert after.vested(date(2026, 7, 20)) == 3_000
    assert expiry.last_day(after) == option.award.expires_on  # type: ignore[union-attr]
    for day in (LATE, LATE + timedelta(days=1), date(2026, 7, 20)):
        assert register.engaged_as(db, holder.id, day) == (EngagementKind.C1099,)
    leave(db, holder, date(2026, 8, 20))
    assert exercise_by_newest(position(db, option.security.id)) == "2027-08-20"


def exercise_by_newest(held: Position) -> object:
    detail = held.happened(EventKind.LEFT)[-1].value.detail
    assert detail is not None
    return detail["exercise_by"]


def test_an_overturned_dismissal_during_a_leave_goes_back_to_the_leave(db: Session) -> None:
    plan, holder = make.plan(db, pauses_for_leave=True), make.holder(db)
    rsu = make.grant(db, plan, holder)
    on = date(2026, 4, 1)
    vesting_changes.pause(db, make.act(), rsu.security.id, leave=Leave.UNPAID_PERSONAL, on=on, until=date(2026, 12, 1))
    paused = position(db, rsu.security.id)
    dismiss(db, holder, LATE)
    leaving.overturn_cause(db, make.act(), holder.id, on=date(2026, 6, 1), reason="Heard.")
    assert position(db, rsu.security.id).table == paused.table
    vesting_changes.resume(db, make.act(), rsu.security.id, on=date(2026, 7, 1))
    assert position(db, rsu.security.id).vested(date(2026, 7, 15)) == 2_700


def test_without_cause_there_is_no_appeal_and_with_it_no_less_than_30_days() -> None:
    cause = LeavingReason.INVOLUNTARY_WITH_CAUSE
    with pytest.raises(FourEyes):
        LeavingOrder("hld_1", cause, LATE, appeal_until=date(2026, 7, 1))
    with pytest.raises(DatesOutOfOrder, match="until 2026-06-19 or later"):
        LeavingOrder("hld_1", cause, LATE, second_approver="usr_board", appeal_until=date(2026, 6, 18))
    with pytest.raises(DatesOutOfOrder):
        LeavingOrder("hld_1", cause, LATE, second_approver="usr_board")
    with pytest.raises(Invalid):
        LeavingOrder("hld_1", LeavingReason.VOLUNTARY_OTHER, LATE, appeal_until=date(2026, 7, 1))


@pytest.mark.parametrize("second", ["usr_steward", "the holder"])
def test_two_other_people_decide_a_dismissal_for_cause(db: Session, second: str) -> None:
    holder = make.holder(db)
    approver = holder.id if second == "the holder" else second
    order = LeavingOrder(
        holder.id,
        LeavingReason.INVOLUNTARY_WITH_CAUSE,
        LATE,
        second_approver=approver,
        appeal_until=date(2026, 6, 19),
    )
    with pytest.raises(FourEyes):
        leaving.terminate(db, make.act(), order)


# ── Many grants, and in general ───────────────────────────────────────────────────────────────────────────────────


def test_a_holder_of_many_grants_leaves_in_several_entries_written_together(db: Session) -> None:
    plan, holder = make.plan(db), make.holder(db)
    granted = [make.grant(db, plan, holder, quantity=480 + n) for n in range(60)]
    numbers = leave(db, holder, EARLY)
    assert len(numbers) > 1
    bodies = [journal.entry_at(db, n).body for n in numbers]
    assert [(body["part"], body["parts"]) for body in bodies] == [(n, len(numbers)) for n in range(1, len(numbers) + 1)]
    assert all(position(db, one.security.id).outstanding == 0 for one in granted)
    assert classes.available_units(db, plan.id) == 2_000_000


def test_protection_that_reaches_the_end_lets_all_of_it_vest_on_the_last_day(db: Session) -> None:
    plan, holder = make.plan(db), make.holder(db)
    granted = make.grant(db, plan, holder)
    last_day = date(2027, 12, 20)
    leave(db, holder, last_day, LeavingReason.INVOLUNTARY_OTHER, LayoffProtection(waive_cliff=True, extra_months=6))
    after = position(db, granted.security.id)
    assert split_of(after, last_day) == (4_800, 0)
    assert after.exercisable(last_day) == after.outstanding == 4_800


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(1, 5_000),
    st.dates(date(2024, 1, 15), date(2028, 6, 1)),
    st.sampled_from([reason for reason in LeavingReason if reason is not LeavingReason.INVOLUNTARY_WITH_CAUSE]),
    st.booleans(),
    st.integers(0, 24),
)
def test_what_has_vested_stays_and_every_unit_is_somewhere(
    db: Session, quantity: int, on: date, reason: LeavingReason, waive: bool, extra: int
) -> None:
    plan, holder = make.plan(db), make.holder(db)
    granted = make.grant(db, plan, holder, quantity=quantity)
    leave(db, holder, on, reason, LayoffProtection(waive, extra))
    after = position(db, granted.security.id)
    kept, lost = split_of(after, on)
    assert kept >= granted.vested(on)
    assert kept == granted.vested(on) or reason is LeavingReason.INVOLUNTARY_OTHER
    assert kept + lost == quantity == total(after.table)
    assert after.outstanding == kept == after.vested(date(2040, 1, 1))
    assert classes.available_units(db, plan.id) == 2_000_000 - kept
    db.rollback()
