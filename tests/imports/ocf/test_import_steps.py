"""What happens to securities in a package happens to them in the ledger, and every unit is accounted for."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Role, account
from ledger.equity.captable.summary import cap_table
from ledger.equity.classes import authorised_units, available_units
from ledger.equity.pricing import price_of
from ledger.equity.securities import position
from ledger.equity.values import (
    EventKind,
    SecurityEvent,
)
from ledger.reading import every
from ledger.types import Cut, Price
from tests.imports.ocf.importing import DAY, OPTION, STARTED, TERMS, held, imported
from tests.imports.ocf.packages import PLAN, act, grant, shares


def cancelled(quantity: str, **other: object) -> dict[str, Any]:
    return act("equity_compensation_cancellation", "g1", quantity=quantity, reason_text="Agreed.", **other)


def test_a_part_cancelled_without_a_balance_stays_on_the_grant(db: Session, tmp_path: Path) -> None:
    imported(db, tmp_path, PLAN, grant("g1"), cancelled("60"))
    assert (held(db, "g1"), available_units(db, "pool")) == (40, 960)


def test_a_balance_is_a_grant_of_its_own(db: Session, tmp_path: Path) -> None:
    rest = grant("g2", "40", date=DAY)
    imported(db, tmp_path, PLAN, grant("g1"), cancelled("60", balance_security_id="g2"), rest)
    assert (held(db, "g1"), held(db, "g2"), available_units(db, "pool")) == (0, 40, 960)
    assert position(db, "g2").security.from_security == "g1"


def test_a_balance_that_says_nothing_of_vesting_goes_on_vesting(db: Session, tmp_path: Path) -> None:
    terms = {"vesting_terms_id": "terms"}
    rest = grant("g2", "40", date="2024-05-01", **terms)
    gone = cancelled("60", balance_security_id="g2") | {"date": "2024-05-01"}
    imported(db, tmp_path, PLAN, TERMS, grant("g1", **terms), STARTED, gone, rest)
    table = [(row.date, row.quantity) for row in position(db, "g2").table]
    assert table == [(date(2024, 3, 1), 25), (date(2024, 6, 1), 15)]


@pytest.mark.parametrize(
    ("rule", "returned", "target"),
    [
        ("RETURN_TO_POOL", None, "pool:pool"),
        ("RETIRE", None, "unissued:common"),
        ("HOLD_AS_CAPITAL_STOCK", None, "treasury:common"),
        ("DEFINED_PER_PLAN_SECURITY", None, "unissued:common"),
        ("DEFINED_PER_PLAN_SECURITY", "pool", "pool:pool"),
        ("RETURN_TO_POOL", "next", "pool:next"),
    ],
)
def test_cancelled_units_go_where_the_plan_or_an_item_says(
    rule: str, returned: str | None, target: str, db: Session, tmp_path: Path
) -> None:
    items: list[dict[str, Any]] = [{**PLAN, "default_cancellation_behavior": rule}, grant("g1"), cancelled("60")]
    items.append({**PLAN, "id": "next", "plan_name": "Next"})
    if returned:
        back = act("stock_plan_return_to_pool", "g1", stock_plan_id=returned, quantity="60", reason_text="")
        items.append(back)
    imported(db, tmp_path, *items)
    before = {"pool:pool": 900, "pool:next": 1_000, "unissued:common": 8_000, "treasury:common": 0}
    after = {path: journal.balance(db, path) for path in before}
    assert {path: units for path, units in after.items() if units != before[path]} == {target: before[target] + 60}


def exercised(quantity: str, *results: str) -> dict[str, Any]:
    return act("equity_compensation_exercise", "g1", quantity=quantity, resulting_security_ids=list(results))


def test_an_exercise_makes_the_certificate_it_names(db: Session, tmp_path: Path) -> None:
    imported(db, tmp_path, PLAN, grant("g1", **OPTION), exercised("30", "s1"), shares("s1", "30", date=DAY))
    assert (held(db, "g1"), held(db, "s1")) == (70, 30)
    assert position(db, "s1").security.from_security == "g1"
    assert position(db, "g1").used() == 30


def test_an_exercise_without_a_certificate_is_not_delivered(db: Session, tmp_path: Path) -> None:
    imported(db, tmp_path, PLAN, grant("g1", **OPTION), exercised("30", "nowhere"))
    assert (held(db, "g1"), journal.balance(db, account(Role.UNDELIVERED, "g1"))) == (70, 30)


def test_units_withheld_when_others_are_released_go_back(db: Session, tmp_path: Path) -> None:
    released = act(
        "equity_compensation_release",
        "g1",
        quantity="50",
        resulting_security_ids=["s1"],
        settlement_date=DAY,
        release_price={"amount": "2.00", "currency": "USD"},
    )
    imported(db, tmp_path, PLAN, grant("g1"), released, shares("s1", "30", date=DAY))
    assert (held(db, "g1"), held(db, "s1"), available_units(db, "pool")) == (50, 30, 920)
    [settled] = every(db, SecurityEvent, kind=EventKind.SETTLED.value)
    assert settled.detail == {"delivered": 30, "withheld": 20}


def test_a_transfer_leaves_a_balance(db: Session, tmp_path: Path) -> None:
    given = act("stock_transfer", "s1", quantity="60", resulting_security_ids=["s2"], balance_security_id="s3")
    imported(
        db,
        tmp_path,
        shares("s1"),
        given,
        shares("s2", "60", stakeholder_id="ben", date=DAY),
        shares("s3", "40", date=DAY),
    )
    assert [held(db, id) for id in ("s1", "s2", "s3")] == [0, 60, 40]


def test_a_conversion_takes_from_one_class_and_issues_another(db: Session, tmp_path: Path) -> None:
    became = act("stock_conversion", "s1", quantity_converted="100", resulting_security_ids=["s2"])
    imported(db, tmp_path, shares("s1", stock_class_id="preferred"), became, shares("s2", "150", date=DAY))
    assert journal.balance(db, account(Role.UNISSUED, "preferred")) == 10_000
    assert journal.balance(db, account(Role.UNISSUED, "common")) == 9_850


def test_a_repurchase_a_retraction_and_a_reissuance(db: Session, tmp_path: Path) -> None:
    bought = act("stock_repurchase", "s1", quantity="100", price={"amount": "3.00", "currency": "USD"})
    undone = act("stock_retraction", "s2", reason_text="Typed twice.")
    replaced = act("stock_reissuance", "s3", resulting_security_ids=["s4", "s5"])
    parts = [shares("s4", "60", date=DAY), shares("s5", "40", date=DAY)]
    imported(db, tmp_path, shares("s1"), shares("s2"), shares("s3"), bought, undone, replaced, *parts)
    assert [held(db, f"s{n}") for n in range(1, 6)] == [0, 0, 0, 60, 40]
    assert journal.balance(db, account(Role.UNISSUED, "common")) == 9_900


def test_certificates_become_one_and_a_grant_gets_another_price(db: Session, tmp_path: Path) -> None:
    one = {"object_type": "TX_STOCK_CONSOLIDATION", "id": "one", "date": DAY, "security_ids": ["s1", "s2"]}
    cheaper = act("equity_compensation_repricing", "g1", new_exercise_price={"amount": "0.40", "currency": "USD"})
    imported(
        db,
        tmp_path,
        *(shares("s1"), shares("s2"), one | {"resulting_security_id": "s3"}, shares("s3", "200", date=DAY)),
        *(PLAN, grant("g1", **OPTION), cheaper),
        ocf_version="1.2.1-alpha+main",
    )
    assert [held(db, f"s{n}") for n in range(1, 4)] == [0, 0, 200]
    assert price_of(db, "g1", date(2024, 6, 2)) == Price(40, 2, "USD")


def split(**other: object) -> dict[str, Any]:
    ratio = {"numerator": "3", "denominator": "2"}
    made = act("stock_class_split", "x", DAY, stock_class_id="common", split_ratio=ratio, **other)
    return {name: value for name, value in made.items() if name != "security_id"}


def test_a_split_multiplies_everything_of_its_class(db: Session, tmp_path: Path) -> None:
    imported(db, tmp_path, PLAN, shares("s1", "101"), grant("g1", "100"), split())
    assert (held(db, "s1"), held(db, "g1"), available_units(db, "pool")) == (151, 150, 1_350)
    assert authorised_units(db, "common") == 15_000
    assert sum(row.quantity for row in position(db, "g1").table) == 150


def test_a_split_that_reissuances_carry_out_is_not_applied_again(db: Session, tmp_path: Path) -> None:
    replaced = act("stock_reissuance", "s1", resulting_security_ids=["s2"], split_transaction_id="stock_class_split-x")
    imported(db, tmp_path, shares("s1"), shares("other"), split(), replaced, shares("s2", "150", date=DAY))
    assert [held(db, id) for id in ("s1", "s2", "other")] == [0, 150, 100]


def test_a_note_becomes_shares(db: Session, tmp_path: Path) -> None:
    trigger = {
        "trigger_id": "t1",
        "type": "ELECTIVE_AT_WILL",
        "conversion_right": {
            "type": "CONVERTIBLE_CONVERSION_RIGHT",
            "conversion_mechanism": {"type": "CUSTOM_CONVERSION", "custom_conversion_description": "As agreed."},
        },
    }
    note = {
        name: value for name, value in shares("n1").items() if name in ("id", "date", "security_id", "custom_id")
    } | {
        "object_type": "TX_CONVERTIBLE_ISSUANCE",
        "stakeholder_id": "ada",
        "security_law_exemptions": [],
        "convertible_type": "SAFE",
        "investment_amount": {"amount": "1000", "currency": "USD"},
        "conversion_triggers": [trigger],
        "seniority": 1,
    }
    became = act("convertible_conversion", "n1", resulting_security_ids=["s1"], trigger_id="t1", reason_text="")
    imported(db, tmp_path, note, became, shares("s1", "500", date=DAY))
    made = position(db, "n1")
    assert made.security.terms is not None
    assert made.security.terms["amount"] == [100_000, 2, "USD"]
    assert [event.value.kind for event in made.events] == [EventKind.CONVERTED]
    assert (held(db, "s1"), position(db, "s1").security.from_security) == (500, "n1")


def test_totals_and_ratios_change(db: Session, tmp_path: Path) -> None:
    authorised = act(
        "stock_class_authorized_shares_adjustment", "x", stock_class_id="common", new_shares_authorized="20000"
    )
    mechanism = {
        "type": "RATIO_CONVERSION",
        "conversion_price": {"amount": "1.00", "currency": "USD"},
        "ratio": {"numerator": "1.00", "denominator": "0.20"},
        "rounding_type": "FLOOR",
    }
    rate = act(
        "stock_class_conversion_ratio_adjustment",
        "y",
        stock_class_id="preferred",
        new_ratio_conversion_mechanism=mechanism,
    )
    items = ({name: value for name, value in each.items() if name != "security_id"} for each in (authorised, rate))
    imported(db, tmp_path, *items)
    cut = Cut(date(2024, 5, 31), journal.size(db))
    assert (authorised_units(db, "common", cut), authorised_units(db, "common")) == (10_000, 20_000)
    [row] = [row for row in cap_table(db, Cut(date(2024, 6, 1), journal.size(db))).rows if row.id == "preferred"]
    assert row.ratio == 1  # it converts into nothing, so the ratio has no effect yet
