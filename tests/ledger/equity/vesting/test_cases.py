"""The schedules with known answers in the shared cases: every one must come out exactly."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from ledger.equity.vesting.errors import VestingTermsInvalid
from ledger.equity.vesting.schedule import exact_instalments, instalments, promised_instalments
from ledger.equity.vesting.statements import StatementTerms
from ledger.equity.vesting.table import Table, vested
from ledger.equity.vesting.terms import AllocationType, VestingTerms
from tests.cases import cases_dir

VESTING = cases_dir() / "vesting"


def cases(name: str) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = json.loads((VESTING / name).read_bytes())["cases"]
    return loaded


def dates(written: dict[str, str]) -> dict[str, date]:
    return {name: date.fromisoformat(day) for name, day in written.items()}


def rows(written: list[list[str]]) -> list[tuple[date, Fraction]]:
    return [(date.fromisoformat(day), Fraction(units)) for day, units in written]


def whole(table: Table) -> list[tuple[date, Fraction]]:
    return [(row.date, Fraction(row.quantity)) for row in table]


CONDITIONS = cases("ocf-v1-conditions.json")
SOUND = [case for case in CONDITIONS if "expected_error" not in case and case["vesting_terms"]]
WHOLE = [case for case in SOUND if case["vesting_terms"]["allocation_type"] != AllocationType.FRACTIONAL]
BROKEN = [case for case in CONDITIONS if "expected_error" in case]
WRITTEN = [case for case in CONDITIONS if case["vestings"]]
STATEMENTS = cases("ordered-statements.json")
CLIFFS = cases("cliff-rounding.json")


def facts(case: dict[str, Any]) -> dict[str, Any]:
    events = dates(case["vesting_start"]) | dates(case["vesting_events"])
    return {"events": events, "grant_date": date.fromisoformat(case["grant_date"])}


def test_no_case_is_left_out() -> None:
    assert len(SOUND) + len(BROKEN) + len(WRITTEN) == len(CONDITIONS) == 79
    assert (len(STATEMENTS), len(CLIFFS)) == (24, 6)


@pytest.mark.parametrize("case", SOUND, ids=lambda case: case["name"])
def test_conditions_give_the_known_schedule(case: dict[str, Any]) -> None:
    terms, quantity = VestingTerms.parse(case["vesting_terms"]), Fraction(case["quantity"])
    found = exact_instalments(terms, quantity, **facts(case))
    assert list(found) == rows(case["expected_raw"])
    assert sum((units for _, units in found), Fraction(0)) == Fraction(case["total"])


@pytest.mark.parametrize("case", SOUND, ids=lambda case: case["name"])
def test_conditions_held_to_the_grant_date_give_the_known_schedule(case: dict[str, Any]) -> None:
    terms, quantity = VestingTerms.parse(case["vesting_terms"]), Fraction(case["quantity"])
    found = exact_instalments(terms, quantity, hold_to_grant_date=True, **facts(case))
    assert list(found) == rows(case["expected_held_to_grant_date"])
    for day, expected in case["vested_as_of"].items():
        on = date.fromisoformat(day)
        assert sum((units for vests, units in found if vests <= on), Fraction(0)) == Fraction(expected), day


@pytest.mark.parametrize("case", WHOLE, ids=lambda case: case["name"])
def test_whole_units_of_conditions_give_the_known_schedule(case: dict[str, Any]) -> None:
    terms, quantity = VestingTerms.parse(case["vesting_terms"]), int(case["quantity"])
    held = instalments(terms, quantity, hold_to_grant_date=True, **facts(case))
    assert whole(instalments(terms, quantity, **facts(case))) == rows(case["expected_raw"])
    assert whole(held) == rows(case["expected_held_to_grant_date"])
    assert {day: str(vested(held, date.fromisoformat(day))) for day in case["vested_as_of"]} == case["vested_as_of"]


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case["name"])
def test_a_graph_without_a_beginning_or_an_end_is_refused_by_name(case: dict[str, Any]) -> None:
    with pytest.raises(VestingTermsInvalid) as refusal:
        VestingTerms.parse(case["vesting_terms"])
    assert case["expected_error"] in str(refusal.value)


@pytest.mark.parametrize("case", WRITTEN, ids=lambda case: case["name"])
def test_vestings_written_out_win_over_terms(case: dict[str, Any]) -> None:
    vestings = [(date.fromisoformat(row["date"]), int(row["amount"])) for row in case["vestings"]]
    other = VestingTerms.parse(SOUND[1]["vesting_terms"])
    for terms in (None, other):
        found = promised_instalments(terms, int(case["quantity"]), vestings=vestings, **facts(case) | {"events": {}})
        assert whole(found) == rows(case["expected_raw"])


@pytest.mark.parametrize("case", SOUND, ids=lambda case: case["name"])
def test_terms_come_out_of_json_and_go_back_into_it(case: dict[str, Any]) -> None:
    terms = VestingTerms.parse(case["vesting_terms"])
    assert VestingTerms.parse(terms.as_dict()) == terms
    written = deepcopy(case["vesting_terms"])
    for condition in written["vesting_conditions"]:
        if not condition.get("portion", {}).get("remainder", True):
            del condition["portion"]["remainder"]  # false is what it is when it is not written
    assert terms.as_dict() == written


@pytest.mark.parametrize("case", CLIFFS, ids=lambda case: case["allocation_type"])
def test_a_cliff_gathers_what_was_rounded_before_it(case: dict[str, Any]) -> None:
    terms = VestingTerms.parse(case["vesting_terms"])
    found = instalments(terms, 18, start=date(2025, 1, 1))
    assert whole(found) == rows(case["schedule"])
    assert found[0].quantity == case["cliff_quantity"]


@pytest.mark.parametrize("case", STATEMENTS, ids=lambda case: case["name"])
def test_statements_give_the_known_schedule(case: dict[str, Any]) -> None:
    terms = StatementTerms.parse(case["statements"])
    grant_date = case["grant_date"] and date.fromisoformat(case["grant_date"])
    found = instalments(
        terms,
        int(case["quantity"]),
        start=date.fromisoformat(case["vesting_start_date"]),
        events=dates(case["events"]),
        grant_date=grant_date,
        hold_to_grant_date=grant_date is not None,
    )
    assert whole(found) == rows(case["expected"])
    assert terms.as_dict()["statements"] == case["statements"]


def test_the_official_samples_can_be_read() -> None:
    files = sorted((cases_dir() / "ocf").glob("samples-*/VestingTerms*.ocf.json"))
    items = [item for file in files for item in json.loads(file.read_bytes())["items"]]
    assert len(items) >= 10
    for item in items:
        assert VestingTerms.parse(item).as_dict()["id"] == item["id"]


def test_a_field_that_is_not_understood_is_refused_unless_it_is_to_be_ignored() -> None:
    path = cases_dir() / "ocf" / "testbed" / "acme_holdings_limited" / "VestingTerms.ocf.json"
    [item] = json.loads(path.read_bytes())["items"]
    with pytest.raises(
        VestingTermsInvalid, match="Condition monthly_vesting_condition: unknown field “cliff_condition”"
    ):
        VestingTerms.parse(item)
    assert len(VestingTerms.parse(item, ignore_unknown=True).conditions) == 2
