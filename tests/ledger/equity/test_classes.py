"""Classes, plans and valuations: what may be authorised, reserved and adjusted, and when."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from ledger import journal
from ledger.equity import classes, grants
from ledger.equity.certificates import Part
from ledger.equity.splits import split_class
from ledger.equity.stock import StockOrder, issue_stock
from ledger.equity.transfers import transfer
from ledger.errors import (
    AlreadyExists,
    AuthorisedExhausted,
    DatesOutOfOrder,
    LaterChangeExists,
    NotAllowedNow,
    NotApproved,
    PoolExhausted,
)
from ledger.types import Cut, Price
from tests import make

SPRING, SUMMER, AUTUMN = date(2024, 4, 1), date(2024, 7, 1), date(2024, 10, 1)


def test_a_plan_reserves_what_the_charter_leaves(db: Session) -> None:
    of = make.share_class(db, authorised=1_000)
    plan = make.plan(db, of, reserved=600)
    assert classes.available_units(db, plan.id) == 600
    with pytest.raises(AuthorisedExhausted, match="400 authorised shares neither issued nor reserved"):
        make.plan(db, of, reserved=401)
    classes.adjust_plan(db, make.act(), plan.id, 400, on=SPRING)
    classes.adjust_plan(db, make.act(), plan.id, -1_000, on=SUMMER)
    assert classes.available_units(db, plan.id, Cut(SPRING, journal.size(db))) == 1_000
    with pytest.raises(PoolExhausted):
        classes.adjust_plan(db, make.act(), plan.id, -1, on=SUMMER)


def test_a_charter_is_not_cut_below_what_is_issued_or_reserved_on_any_later_day(db: Session) -> None:
    of = make.share_class(db, authorised=1_000)
    make.plan(db, of, reserved=600)
    classes.adjust_authorised(db, make.act(), of.id, 2_000, on=SUMMER)
    with pytest.raises(AuthorisedExhausted):
        classes.adjust_authorised(db, make.act(), of.id, 599, on=SPRING)
    classes.adjust_authorised(db, make.act(), of.id, 600, on=SPRING)
    assert classes.authorised_units(db, of.id, Cut(SPRING, journal.size(db))) == 600
    assert classes.authorised_units(db, of.id) == 1_600


def test_names_are_used_once(db: Session) -> None:
    of = make.share_class(db)
    with pytest.raises(AlreadyExists, match="share class"):
        make.share_class(db, name=of.name)
    plan = make.plan(db, of)
    with pytest.raises(AlreadyExists, match="plan"):
        make.plan(db, of, name=plan.name)


def test_a_valuation_holds_a_year_at_most_and_the_newest_counts(db: Session) -> None:
    of = make.share_class(db)
    with pytest.raises(DatesOutOfOrder):
        make.valuation(db, of.id, on=SPRING, expires_on=date(2025, 4, 2))
    first = make.valuation(db, of.id, "0.31", on=SPRING, expires_on=date(2025, 3, 31))
    second = make.valuation(db, of.id, "0.62", on=AUTUMN, expires_on=date(2024, 12, 31))
    assert classes.valuation_in_force(db, of.id, SUMMER) == first
    assert classes.valuation_in_force(db, of.id, AUTUMN) == second
    # the newer one ends the older one, and then has expired itself: a gap, as in scenario 13
    assert classes.valuation_in_force(db, of.id, date(2025, 1, 1)) is None


def test_nothing_is_adjusted_before_a_split(db: Session) -> None:
    of = make.share_class(db)
    plan = make.plan(db, of)
    split_class(db, make.act(), of.id, 2, 1, on=SUMMER)
    for deed in (
        lambda: classes.adjust_authorised(db, make.act(), of.id, 30_000_000, on=SPRING),
        lambda: classes.adjust_plan(db, make.act(), plan.id, 5, on=SPRING),
        lambda: classes.set_ratio(db, make.act(), of.id, 2, 1, on=SPRING),
        lambda: classes.adopt_plan(db, make.act(), classes.PlanOrder("Late", of.id, 1), on=SPRING),
    ):
        with pytest.raises(LaterChangeExists, match="split on 2024-07-01"):
            deed()


def test_a_pool_does_not_change_before_its_plan_is_adopted(db: Session) -> None:
    of = make.share_class(db)
    plan = classes.adopt_plan(db, make.act(), classes.PlanOrder("Late", of.id, 1), on=SUMMER)
    with pytest.raises(DatesOutOfOrder, match="Late was adopted on 2024-07-01"):
        classes.adjust_plan(db, make.act(), plan.id, 5, on=SPRING)


def test_an_approval_from_before_a_split_is_void(db: Session) -> None:
    of = make.share_class(db)
    plan = make.plan(db, of)
    order = make.grant_order(plan, make.holder(db), grant_date=AUTUMN, board_approved_on=SPRING)
    draft_id = make.approved(db, order)
    split_class(db, make.act(), of.id, 2, 1, on=SUMMER)
    with pytest.raises(NotApproved, match="split since"):
        grants.issue_grant(db, make.act(), draft_id)


def test_what_came_out_of_another_security_is_not_retracted(db: Session) -> None:
    of = make.share_class(db)
    ana, ben = make.holder(db), make.holder(db)
    issued = issue_stock(db, make.act(), StockOrder(ana.id, of.id, 100, price=Price(1, 2, "USD")), on=SPRING)
    gone, _ = transfer(db, make.act(), issued.security.id, ben.id, on=SUMMER, part=Part(40))
    with pytest.raises(NotAllowedNow, match="came out of another security"):
        grants.retract(db, make.act(), gone.security.id, on=SUMMER, reason="No.")


def test_nothing_is_done_with_a_class_before_it_is_there(db: Session) -> None:
    of, early = make.share_class(db, authorised=None), make.BEGINNING - timedelta(days=1)
    for deed in (
        lambda: classes.adopt_plan(db, make.act(), classes.PlanOrder("Early", of.id, 0), on=early),
        lambda: classes.set_ratio(db, make.act(), of.id, 2, 1, on=early),
        lambda: make.valuation(db, of.id, on=early),
        lambda: issue_stock(db, make.act(), StockOrder(make.holder(db).id, of.id, 1), on=early),
    ):
        with pytest.raises(DatesOutOfOrder, match="authorised on 2020-01-01"):
            deed()
