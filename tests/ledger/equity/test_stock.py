from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Role
from ledger.equity.classes import available_units, charter
from ledger.equity.returns import repurchase
from ledger.equity.stock import StockOrder, issue_stock
from ledger.equity.values import ClassKind
from ledger.errors import (
    AlreadyExists,
    AuthorisedExhausted,
    DatesOutOfOrder,
    Invalid,
    NotAllowedNow,
    NotFound,
    Overdrawn,
    PoolExhausted,
    QuantityInvalid,
    TermsInvalid,
)
from ledger.types import MOST_UNITS, Price
from tests import make
from tests.ledger.equity.holdings import A_DAY, held, shares


def test_shares_come_out_of_the_unissued_ones_under_the_next_number(db: Session) -> None:
    common = make.share_class(db, authorised=10_000)
    first, second = shares(db, common, quantity=600), shares(db, common, quantity=400)
    assert (first.security.label, second.security.label) == ("CS-1", "CS-2")
    assert (first.outstanding, second.outstanding) == (600, 400)
    assert held(db, Role.UNISSUED, common.id) == 9_000


def test_shares_of_a_plan_come_out_of_its_pool(db: Session) -> None:
    plan = make.plan(db, reserved=1_000)
    made = shares(db, plan_id=plan.id, class_id=plan.class_id, quantity=250)
    assert made.plan == plan
    assert available_units(db, plan.id) == 750


def test_shares_bought_back_into_the_treasury_are_issued_again_from_it(db: Session) -> None:
    common = make.share_class(db)
    first = shares(db, common, quantity=500)
    repurchase(db, make.act(), first.security.id, on=A_DAY, price=Price.parse("1.00", "USD"), into_treasury=True)
    before = held(db, Role.UNISSUED, common.id)
    shares(db, common, quantity=200, from_treasury=True)
    assert held(db, Role.TREASURY, common.id) == 300
    assert held(db, Role.UNISSUED, common.id) == before
    with pytest.raises(Overdrawn, match="The company holds 300 shares"):
        shares(db, common, quantity=301, from_treasury=True)


def test_founder_stock_vests_like_a_grant(db: Session) -> None:
    made = shares(db, quantity=4_800, vesting=make.FOUR_YEARS, vesting_start=A_DAY)
    assert made.outstanding == 4_800
    assert made.vested(date(2025, 1, 14)) == 0
    assert made.vested(date(2025, 1, 15)) == 1_200
    assert made.unvested(date(2026, 1, 15)) == 2_400
    assert made.award is not None


def test_shares_without_a_vesting_schedule_are_their_holders_at_once(db: Session) -> None:
    made = shares(db, quantity=10)
    assert (made.vested(A_DAY), made.unvested(A_DAY), made.table, made.award) == (10, 0, (), None)


def test_the_charter_and_the_pool_are_the_most_that_can_be_issued(db: Session) -> None:
    common = make.share_class(db, authorised=1_000)
    plan = make.plan(db, common, reserved=300)
    with pytest.raises(AuthorisedExhausted):
        shares(db, common, quantity=701)
    with pytest.raises(PoolExhausted):
        shares(db, common, quantity=301, plan_id=plan.id)
    shares(db, common, quantity=700)


def test_backdated_shares_count_on_every_later_day(db: Session) -> None:
    common = make.share_class(db, authorised=1_000)
    shares(db, common, quantity=800, on=date(2025, 1, 1))
    with pytest.raises(AuthorisedExhausted):
        shares(db, common, quantity=201, on=A_DAY)
    shares(db, common, quantity=200, on=A_DAY)


def test_a_class_without_a_maximum_issues_out_of_the_charter(db: Session) -> None:
    units = make.share_class(db, authorised=None)
    shares(db, units, quantity=MOST_UNITS)
    assert journal.balance(db, charter(units.id)) == -MOST_UNITS


def test_a_label_and_an_id_are_used_once(db: Session) -> None:
    shares(db, label="CS-7", id="sec_seven")
    with pytest.raises(AlreadyExists):
        shares(db, label="CS-7")
    with pytest.raises(AlreadyExists):
        shares(db, id="sec_seven")
    assert shares(db).security.label == "CS-8"


def test_licensees_shares_go_to_licensees_only(db: Session) -> None:
    clinic = make.share_class(db, licensed_only=True)
    shares(db, clinic, make.holder(db, licensed=True))
    with pytest.raises(TermsInvalid, match="only be held by licensees"):
        shares(db, clinic, make.holder(db, licensed=False))


def test_a_member_holds_one_membership_share(db: Session) -> None:
    membership = make.share_class(db, kind=ClassKind.MEMBER_SHARE, decimals=2)
    member = make.holder(db)
    made = shares(db, membership, member, quantity=100)
    with pytest.raises(NotAllowedNow, match="already holds"):
        shares(db, membership, member, quantity=100)
    repurchase(db, make.act(), made.security.id, on=A_DAY, price=Price.parse("50", "USD"))
    shares(db, membership, member, quantity=100)
    with pytest.raises(QuantityInvalid):
        shares(db, membership, make.holder(db), quantity=200)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"quantity": 0}, QuantityInvalid),
        ({"quantity": -5}, QuantityInvalid),
        ({"quantity": MOST_UNITS + 1}, QuantityInvalid),
        ({"label": "  "}, Invalid),
        ({"board_approved_on": date(2024, 1, 16)}, DatesOutOfOrder),
        ({"holder": "hld_nobody"}, NotFound),
        ({"class_id": "cls_none"}, NotFound),
        ({"vesting": make.FOUR_YEARS}, TermsInvalid),
        ({"plan_id": "pln_x", "from_treasury": True}, Invalid),
    ],
)
def test_an_order_that_can_not_be_is_refused(db: Session, changes: dict[str, Any], refusal: type[Exception]) -> None:
    terms: dict[str, Any] = {"holder": make.holder(db).id, "class_id": make.share_class(db).id, "quantity": 100}
    before = journal.size(db)
    with pytest.raises(refusal):
        issue_stock(db, make.act(), StockOrder(**(terms | changes)), on=A_DAY)
    assert journal.size(db) == before


def test_a_plan_of_another_class_is_refused(db: Session) -> None:
    plan = make.plan(db)
    with pytest.raises(TermsInvalid, match="is not a plan for"):
        shares(db, make.share_class(db), plan_id=plan.id)
