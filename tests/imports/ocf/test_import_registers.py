"""The company, its classes, plans, holders and valuations out of a package."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app.imports.ocf.findings import Code
from app.people import vault
from ledger import journal
from ledger.entries import Role, account
from ledger.equity import register
from ledger.equity.classes import authorised_units, available_units
from ledger.equity.securities import position
from ledger.equity.values import (
    ClassKind,
    EngagementKind,
    Holder,
    Plan,
    Security,
    ShareClass,
    Valuation,
)
from ledger.reading import every, find
from ledger.types import Cut, Price
from tests.imports.ocf.importing import held, imported
from tests.imports.ocf.packages import CLASSES, PLAN, act, grant, shares


def test_ids_are_kept_unless_they_tell_a_name(db: Session, tmp_path: Path) -> None:
    imported(db, tmp_path, {**PLAN, "board_approval_date": "2023-01-01"}, shares("s1"), grant("g1"))
    assert {each.id for each in every(db, ShareClass)} == {"common", "preferred"}
    assert [each.id for each in every(db, Plan)] == ["pool"]
    assert {each.id for each in every(db, Security)} == {"s1", "g1"}
    ada, ben = every(db, Holder)  # their ids are their names
    assert ada.id.startswith("hld_")
    assert vault.names(db) == {ada.id: "Ada", ben.id: "Ben"}


def test_the_company_and_what_the_format_does_not_tell_of_it(db: Session, tmp_path: Path) -> None:
    result = imported(db, tmp_path, shares("s1"))
    made = register.issuer(db)
    assert (made.legal_name, made.time_zone, made.currency) == ("Sample Cooperative", "UTC", "USD")
    assert made.formed_on == date(2020, 1, 1)
    assert [f.object_id for f in result.findings if f.code is Code.ASSUMED] == ["issuer"]
    assert result.counts["securities"] == 1


def test_classes_come_with_their_conversion_and_their_decimals(db: Session, tmp_path: Path) -> None:
    mechanism = {
        "type": "RATIO_CONVERSION",
        "conversion_price": {"amount": "1.00", "currency": "USD"},
        "ratio": {"numerator": "1.5", "denominator": "1"},
        "rounding_type": "FLOOR",
    }
    right = {"conversion_mechanism": mechanism, "converts_to_stock_class_id": "units"}
    first = {
        **CLASSES[1],
        "id": "a",
        "name": "A",
        "conversion_rights": [right],
        "initial_shares_authorized": "UNLIMITED",
    }
    units = {**CLASSES[0], "id": "units", "name": "Units", "initial_shares_authorized": "1000.125"}
    imported(db, tmp_path, first, units, shares("s1", "2.5", stock_class_id="units"))
    a, of_units = find(db, ShareClass, "a"), find(db, ShareClass, "units")
    assert (a.kind, a.converts_to, a.ratio_numerator, a.ratio_denominator) == (ClassKind.PREFERRED, "units", 3, 2)
    assert (a.unlimited, of_units.unlimited, of_units.decimals) == (True, False, 3)
    assert authorised_units(db, "units") == 1_000_125
    assert held(db, "s1") == 2_500


def test_an_unlimited_class_issues_out_of_its_charter(db: Session, tmp_path: Path) -> None:
    unlimited = {**CLASSES[0], "id": "u", "name": "U", "initial_shares_authorized": "NOT APPLICABLE"}
    imported(db, tmp_path, unlimited, shares("s1", stock_class_id="u"))
    assert journal.balance(db, account(Role.CHARTER, "u")) == -100


def test_plans_reserve_and_grants_draw_on_them(db: Session, tmp_path: Path) -> None:
    more = act("stock_plan_pool_adjustment", "x", "2024-02-01", stock_plan_id="pool", shares_reserved="1500")
    imported(db, tmp_path, PLAN, grant("g1", "400"), {k: v for k, v in more.items() if k != "security_id"})
    cut = Cut(date(2024, 1, 31), journal.size(db))
    assert (available_units(db, "pool", cut), available_units(db, "pool")) == (600, 1_100)


def test_a_plan_that_only_grants_imply_draws_on_the_class(db: Session, tmp_path: Path) -> None:
    imported(db, tmp_path, grant("g1", stock_plan_id="unknown", stock_class_id="common"))
    [plan] = every(db, Plan)
    assert (plan.id, plan.implied) == ("unknown", True)
    assert journal.balance(db, account(Role.UNISSUED, "common")) == 9_900


def test_a_grant_of_another_class_than_its_plan_is_under_a_plan_of_that_class(db: Session, tmp_path: Path) -> None:
    imported(db, tmp_path, PLAN, grant("g1", "40", stock_class_id="preferred"), grant("g2", "60"))
    assert available_units(db, "pool") == 940
    assert position(db, "g1").plan == find(db, Plan, "pool/preferred")
    assert held(db, "g1") == 40


def test_two_certificates_of_one_number_are_told_apart(db: Session, tmp_path: Path) -> None:
    imported(db, tmp_path, *(shares(id, custom_id="CS-1") for id in ("s1", "s2", "s3")))
    assert [each.label for each in every(db, Security)] == ["CS-1", "CS-1 (2)", "CS-1 (3)"]


def test_valuations_hold_for_a_year_less_a_day(db: Session, tmp_path: Path) -> None:
    worth = {"price_per_share": {"amount": "0.31", "currency": "USD"}, "effective_date": "2024-02-29"}
    named = {"object_type": "VALUATION", "id": "v1", "stock_class_id": "common", "valuation_type": "409A"}
    imported(db, tmp_path, named | worth)
    [valuation] = every(db, Valuation)
    assert (valuation.id, valuation.price, valuation.expires_on) == ("v1", Price(31, 2, "USD"), date(2025, 2, 27))


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("EMPLOYEE", EngagementKind.W2),
        ("CONSULTANT", EngagementKind.C1099),
        ("FOUNDER", EngagementKind.OWNER),
        ("INVESTOR", EngagementKind.INVESTOR),
        ("EX_EMPLOYEE", None),
    ],
)
def test_a_relationship_is_an_engagement_since_the_first_security(
    word: str, kind: EngagementKind | None, db: Session, tmp_path: Path
) -> None:
    who = {"object_type": "STAKEHOLDER", "id": "h9", "name": {"legal_name": "Cy"}, "stakeholder_type": "INDIVIDUAL"}
    imported(db, tmp_path, who | {"current_relationship": word}, shares("s1", stakeholder_id="h9", date="2024-03-01"))
    found = [(one.kind, one.starts_on) for one, _ in register.engagements(db, "h9")]
    assert found == ([] if kind is None else [(kind, date(2024, 3, 1))])
