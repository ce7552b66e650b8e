from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Role
from ledger.equity.certificates import Part
from ledger.equity.exercise import exercise
from ledger.equity.returns import cancel, repurchase
from ledger.equity.securities import position
from ledger.equity.values import ClassKind, EventKind, ReturnRule, ShareClass
from ledger.equity.vesting.table import total
from ledger.errors import Invalid, LaterChangeExists, NotAllowedNow, Overdrawn
from ledger.reading import find
from tests import make
from tests.ledger.equity.holdings import A_DAY, DOLLAR, held, holdings, note, shares

LATER = date(2025, 2, 15)
"""Thirteen months after the usual start: of 4,800 units 1,300 have vested."""


def test_a_repurchase_in_part_leaves_a_balance_and_the_shares_become_unissued(db: Session) -> None:
    # acme: 500,000 of 600,000, balance 100,000, then the rest
    common = make.share_class(db)
    first = shares(db, common, quantity=600_000)
    before = held(db, Role.UNISSUED, common.id)
    balance = repurchase(db, make.act(), first.security.id, on=LATER, price=DOLLAR, part=Part(500_000))
    assert balance is not None
    assert (balance.outstanding, balance.security.label) == (100_000, "CS-2")
    assert repurchase(db, make.act(), balance.security.id, on=LATER, price=DOLLAR) is None
    assert held(db, Role.UNISSUED, common.id) == before + 600_000
    [event] = position(db, first.security.id).happened(EventKind.REPURCHASED)
    assert (event.value.quantity, event.value.price) == (500_000, DOLLAR)


@pytest.mark.parametrize(
    ("rule", "role"),
    [
        (ReturnRule.RETURN_TO_POOL, Role.POOL),
        (ReturnRule.RETIRE, Role.UNISSUED),
        (ReturnRule.HOLD_AS_CAPITAL_STOCK, Role.TREASURY),
    ],
)
def test_what_came_out_of_a_plan_goes_back_by_its_rule(db: Session, rule: ReturnRule, role: Role) -> None:
    plan = make.plan(db, return_rule=rule)
    subject = plan.id if role is Role.POOL else plan.class_id
    bought = shares(db, class_id=plan.class_id, plan_id=plan.id, quantity=300)
    cancelled = shares(db, class_id=plan.class_id, plan_id=plan.id, quantity=50)
    grant = make.grant(db, plan, quantity=100)
    before = held(db, role, subject)
    repurchase(db, make.act(), bought.security.id, on=LATER, price=DOLLAR)
    cancel(db, make.act(), cancelled.security.id, on=LATER, reason="Issued to the wrong company")
    cancel(db, make.act(), grant.security.id, on=LATER, reason="Given up")
    assert held(db, role, subject) == before + 450


def test_unvested_shares_go_back_first(db: Session) -> None:
    founder = shares(db, quantity=4_800, vesting=make.FOUR_YEARS, vesting_start=A_DAY)
    balance = repurchase(db, make.act(), founder.security.id, on=LATER, price=DOLLAR, part=Part(3_000))
    assert balance is not None
    assert (balance.vested(LATER), balance.unvested(LATER)) == (1_300, 500)
    # the next five months' instalments are the ones that stay
    assert balance.vested(date(2025, 7, 15)) == balance.outstanding == 1_800


def test_a_grant_cancelled_in_part_loses_its_latest_instalments(db: Session) -> None:
    grant = make.grant(db)
    left = cancel(db, make.act(), grant.security.id, on=LATER, reason="Fewer hours agreed", part=Part(1_000))
    assert left is not None
    assert left.security.id == grant.security.id
    assert (left.outstanding, left.vested(LATER), left.unvested(LATER)) == (3_800, 1_300, 2_500)
    assert left.vested(date(2027, 3, 15)) == 3_800
    assert max(row.date for row in left.table) == date(2027, 3, 15)


def test_cancelling_beyond_what_is_unvested_takes_what_vested_last(db: Session) -> None:
    grant = make.option(db)
    exercise(db, make.act(), grant.security.id, 400, on=LATER)
    left = cancel(db, make.act(), grant.security.id, on=LATER, reason="Replaced", part=Part(4_000))
    assert left is not None
    assert (left.outstanding, left.exercisable(LATER), left.unvested(LATER)) == (400, 400, 0)
    assert cancel(db, make.act(), grant.security.id, on=LATER, reason="Replaced") is None
    gone = position(db, grant.security.id)
    assert (gone.outstanding, gone.exercisable(LATER), total(gone.table)) == (0, 0, 400)


def test_a_membership_share_goes_back_to_the_company(db: Session) -> None:
    membership = make.share_class(db, kind=ClassKind.MEMBER_SHARE)
    share = shares(db, membership, quantity=1)
    assert repurchase(db, make.act(), share.security.id, on=LATER, price=DOLLAR) is None
    assert holdings(db, membership) == {}


def test_a_return_that_can_not_be_changes_nothing(db: Session) -> None:
    plan = make.plan(db)
    first, grant = shares(db, class_id=plan.class_id, plan_id=plan.id), make.grant(db, plan)
    before = journal.size(db)
    with pytest.raises(Overdrawn, match="has 1000 units left"):
        repurchase(db, make.act(), first.security.id, on=LATER, price=DOLLAR, part=Part(1_001))
    with pytest.raises(NotAllowedNow, match="by its own rule"):
        repurchase(db, make.act(), first.security.id, on=LATER, price=DOLLAR, into_treasury=True)
    with pytest.raises(NotAllowedNow, match="is a grant"):
        repurchase(db, make.act(), grant.security.id, on=LATER, price=DOLLAR)
    with pytest.raises(Overdrawn):
        cancel(db, make.act(), grant.security.id, on=LATER, reason="Error", part=Part(4_801))
    with pytest.raises(Invalid, match="why"):
        cancel(db, make.act(), grant.security.id, on=LATER, reason=" ")
    with pytest.raises(NotAllowedNow, match="was issued on"):
        cancel(db, make.act(), grant.security.id, on=date(2024, 1, 14), reason="Error")
    assert journal.size(db) == before
    with pytest.raises(NotAllowedNow, match="note or warrant"):
        cancel(db, make.act(), note(db).security.id, on=LATER, reason="Repaid")


def test_nothing_is_cancelled_before_the_newest_change(db: Session) -> None:
    grant = make.grant(db)
    cancel(db, make.act(), grant.security.id, on=LATER, reason="Fewer hours agreed", part=Part(100))
    with pytest.raises(LaterChangeExists):
        cancel(db, make.act(), grant.security.id, on=date(2025, 2, 14), reason="Error", part=Part(1))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(data=st.data())
def test_what_is_left_of_a_grant_is_its_table_less_what_was_used(db: Session, data: st.DataObject) -> None:
    plan = make.plan(db)
    grant = make.option(db, plan)
    for on in (date(2025, 2, 15), date(2026, 7, 1), date(2027, 3, 3)):
        now = position(db, grant.security.id)
        used = data.draw(st.integers(0, now.exercisable(on)))
        if used:
            exercise(db, make.act(), grant.security.id, used, on=on)
        part = data.draw(st.integers(0, now.outstanding - used))
        if part:
            cancel(db, make.act(), grant.security.id, on=on, reason="Agreed", part=Part(part))
        after = position(db, grant.security.id)
        assert after.outstanding == total(after.table) - after.used() == now.outstanding - used - part
        assert after.vested(on) == min(now.vested(on), total(after.table))
        assert 0 <= after.exercisable(on) <= after.outstanding
    issued = sum(holdings(db, find(db, ShareClass, plan.class_id)).values())
    assert held(db, Role.POOL, plan.id) + issued + position(db, grant.security.id).outstanding == 2_000_000
