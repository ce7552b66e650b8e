"""Rule 701 on the record: what counts, and grants that go beyond it are not issued."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy.orm import Session

from ledger import journal
from ledger.equity import classes, exemptions, grants, leaving, splits
from ledger.equity.exercise import settle
from ledger.equity.rule701 import standing
from ledger.equity.securities import Position
from ledger.equity.stock import StockOrder, issue_stock
from ledger.equity.values import AwardType, ClassKind, Holder, LeavingReason, Plan, ShareClass
from ledger.errors import ExemptionExhausted, TermsInvalid
from ledger.types import Price
from tests import make

DAY = date(2025, 12, 1)
USD = Price.parse("1", "USD")


def company(db: Session, assets: str | None = "6200000") -> tuple[ShareClass, Plan, Holder]:
    """6,000,000 common and 2,000,000 preferred that convert into it, and grants of 410,000 options and 260,000 RSUs."""
    common = make.share_class(db, authorised=20_000_000)
    preferred = make.share_class(db, kind=ClassKind.PREFERRED, converts_to=common.id)
    plan, holder = make.plan(db, common, reserved=4_000_000), make.holder(db)
    issue_stock(db, make.act(), StockOrder(holder.id, common.id, 6_000_000), on=make.BEGINNING)
    issue_stock(db, make.act(), StockOrder(holder.id, preferred.id, 2_000_000), on=make.BEGINNING)
    if assets is not None:
        classes.state_total_assets(db, make.act(), Price.parse(assets, "USD"), stated_on=date(2024, 12, 31))
    make.valuation(db, common.id, "0.62", on=date(2025, 1, 1))
    make.valuation(db, common.id, "1.45", on=date(2025, 6, 1))
    price = Price.parse("0.62", "USD")
    granted(db, plan, holder, 410_000, date(2025, 3, 1), award_type=AwardType.NSO, price=price)
    granted(db, plan, holder, 260_000, date(2025, 6, 1))
    return common, plan, holder


def granted(db: Session, plan: Plan, to: Holder, quantity: int, on: date, **changes: Any) -> Position:
    terms = {"exemption": "RULE_701", "board_approved_on": on, "vesting_start": on} | changes
    return make.grant(db, plan, to, quantity=quantity, grant_date=on, **terms)


def sold(db: Session, of: ShareClass, on: date = DAY) -> tuple[Fraction | int, int]:
    """Price and units of the twelve months that end on a day."""
    sales = exemptions.sales_between(db, date(2020, 1, 1), on, otherwise=USD)
    stands = standing(sales, exemptions.basis_on(db, of, on), of.id, on)
    return stands.sales, stands.units


def test_the_worked_window_is_read_from_the_record(db: Session) -> None:
    common, _, _ = company(db)
    assert sold(db, common) == (631_200, 670_000)
    basis = exemptions.basis_on(db, common, DAY)
    assert basis.total_assets == 6_200_000
    assert basis.outstanding == 8_000_000


def test_530_000_rsus_are_issued_and_540_000_are_not(db: Session) -> None:
    """Scenario 18; the refusal lists all three tests."""
    _, plan, holder = company(db)
    with pytest.raises(ExemptionExhausted) as refused:
        granted(db, plan, holder, 540_000, DAY)
    for figure in ("1,414,200.00", "1,000,000", "930,000.00", "1210000", "1200000"):
        assert figure in str(refused.value)
    granted(db, plan, holder, 530_000, DAY)
    entry = journal.entry_at(db, journal.size(db) - 1)
    assert entry.body["rule_701"] == {
        "disclosure_due": False,
        "passed": ["class"],
        "sales": "1399700",
        "units": 1_200_000,
        "window": ["2024-12-02", "2025-12-01"],
    }
    with pytest.raises(ExemptionExhausted):
        granted(db, plan, holder, 1, DAY)


def test_a_grant_under_no_exemption_of_ours_is_not_counted(db: Session) -> None:
    common, plan, holder = company(db)
    granted(db, plan, holder, 900_000, DAY, exemption="REG_D_506B")
    assert sold(db, common) == (631_200, 670_000)


def test_what_was_forfeited_does_not_count_and_what_was_settled_counts_once(db: Session) -> None:
    common, plan, _ = company(db)
    leaver = make.holder(db)
    rsu = granted(db, plan, leaver, 48_000, DAY, vesting_start=date(2024, 12, 1))
    settle(db, make.act(), rsu.security.id, 12_000, on=DAY)
    order = leaving.LeavingOrder(leaver.id, LeavingReason.VOLUNTARY_OTHER, DAY)
    leaving.terminate(db, make.act(), order)
    assert sold(db, common) == (631_200 + 12_000 * Fraction("1.45"), 682_000)
    assert exemptions.basis_on(db, common, DAY).outstanding == 8_000_000


def test_a_retracted_grant_does_not_count(db: Session) -> None:
    common, plan, holder = company(db)
    made = granted(db, plan, holder, 530_000, DAY)
    grants.retract(db, make.act(), made.security.id, on=DAY, reason="Typed twice.")
    assert sold(db, common) == (631_200, 670_000)
    granted(db, plan, holder, 530_000, DAY)


def test_a_grant_recorded_late_can_not_hide_before_later_ones(db: Session) -> None:
    _, plan, holder = company(db)
    granted(db, plan, holder, 530_000, DAY)
    with pytest.raises(ExemptionExhausted, match="from 2024-12-02 to 2025-12-01"):
        granted(db, plan, holder, 1, date(2025, 7, 1))


def test_grants_of_more_than_a_year_ago_do_not_count(db: Session) -> None:
    common, plan, holder = company(db)
    make.valuation(db, common.id, "1.45", on=date(2026, 1, 1))
    granted(db, plan, holder, 900_000, date(2026, 6, 2))
    assert sold(db, common, date(2026, 6, 2)) == (900_000 * Fraction("1.45"), 900_000)


def test_without_a_balance_sheet_two_tests_are_left(db: Session) -> None:
    _, plan, holder = company(db, assets=None)
    with pytest.raises(ExemptionExhausted, match="no balance sheet is on record"):
        granted(db, plan, holder, 540_000, DAY)
    granted(db, plan, holder, 530_000, DAY)


def test_a_split_does_not_change_how_the_company_stands(db: Session) -> None:
    common, plan, holder = company(db)
    splits.split_class(db, make.act(), common.id, 3, 1, on=date(2025, 9, 1))
    assert sold(db, common) == (631_200, 2_010_000)
    assert exemptions.basis_on(db, common, DAY).outstanding == 24_000_000
    with pytest.raises(ExemptionExhausted):
        granted(db, plan, holder, 1_590_001, DAY)
    granted(db, plan, holder, 1_590_000, DAY)


def test_units_that_nobody_has_valued_are_not_granted_under_the_rule(db: Session) -> None:
    plan, holder = make.plan(db), make.holder(db)
    with pytest.raises(TermsInvalid, match="record a valuation"):
        granted(db, plan, holder, 1, DAY)


def test_over_ten_million_the_entry_says_that_disclosure_is_due(db: Session) -> None:
    common, plan, holder = company(db, assets="100000000")
    make.valuation(db, common.id, "20", on=date(2025, 10, 1))
    granted(db, plan, holder, 500_000, DAY)
    fact = journal.entry_at(db, journal.size(db) - 1).body["rule_701"]
    assert (fact["disclosure_due"], fact["passed"]) == (True, ["assets", "class"])
