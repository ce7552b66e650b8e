"""Quantities and prices cross the door exactly, or not at all."""

from __future__ import annotations

from typing import Any

from tests.api.client import COMMON, Company, problem

MOST = 2**53 - 1


def test_a_quantity_is_a_decimal_string_above_zero_that_fits(company: Company) -> None:
    refused: list[tuple[Any, str]] = [
        (4800, "invalid"),
        (4800.0, "invalid"),
        (True, "invalid"),
        ("-1", "invalid"),
        ("", "invalid"),
        ("4,800", "invalid"),
        ("1e3", "invalid"),
        ("٤٨٠٠", "invalid"),
        (" 4800", "invalid"),
        ("4800\n", "invalid"),
        ("0", "quantity_invalid"),
        ("0.0", "quantity_invalid"),
        ("4800.5", "quantity_invalid"),
        (str(MOST + 1), "quantity_invalid"),
        ("9" * 17, "invalid"),
        (None, "invalid"),
        ([], "invalid"),
        ({}, "invalid"),
    ]
    for quantity, code in refused:
        told = problem(company.steward.post("/grant-drafts", company.terms(quantity=quantity)), 422, code)
        assert [part["pointer"] for part in told["errors"]] == ["/quantity"], quantity
        if not isinstance(quantity, str):
            assert told["errors"][0]["detail"].startswith("Write quantities as strings")
    assert company.draft(quantity="4800.00")["terms"]["quantity"] == "4800"


def test_what_a_number_of_shares_may_be_is_up_to_its_class(company: Company) -> None:
    fine = COMMON | {"name": "Units", "kind": "UNITS", "decimals": 3, "authorised": "1000.5"}
    made = company.steward.done("/share-classes", fine)
    body = {"holder": company.ava["id"], "class_id": made["id"], "on": "2025-03-10"}
    problem(company.steward.post("/securities", body | {"quantity": "0.0001"}), 422, "quantity_invalid")
    issued = company.steward.done("/securities", body | {"quantity": "0.125"})
    assert (issued["quantity"], issued["outstanding"]) == ("0.125", "0.125")
    figures = company.steward.told(f"/share-classes/{made['id']}")
    assert (figures["authorised"], figures["unissued"]) == ("1000.500", "1000.375")


def test_the_most_that_can_be_written_exactly_is_carried_exactly(company: Company) -> None:
    most = company.steward.done("/share-classes", COMMON | {"name": "Most", "authorised": str(MOST)})
    assert company.steward.told(f"/share-classes/{most['id']}")["authorised"] == str(MOST)


def test_a_class_may_authorise_nothing_or_anything(company: Company) -> None:
    none = company.steward.done("/share-classes", COMMON | {"name": "None yet", "authorised": "0"})
    assert company.steward.told(f"/share-classes/{none['id']}")["authorised"] == "0"
    body = {key: value for key, value in COMMON.items() if key != "authorised"}
    free = company.steward.done("/share-classes", body | {"name": "No maximum"})
    assert company.steward.told(f"/share-classes/{free['id']}")["authorised"] is None


def test_a_price_keeps_every_digit_it_was_written_with(company: Company) -> None:
    price = {"amount": "0.620", "currency": "USD"}
    assert company.draft(price=price)["terms"]["price"] == price
    for amount in (0.62, "-0.62", "0,62", "", "0.1234567890123", None):
        told = problem(
            company.steward.post("/grant-drafts", company.terms(price=price | {"amount": amount})), 422, "invalid"
        )
        assert told["errors"][0]["pointer"] == "/price/amount"


def test_a_reserve_grows_and_shrinks_and_never_below_what_is_granted(company: Company) -> None:
    plan = f"/plans/{company.plan['id']}"
    company.steward.done(f"{plan}/adjustments", {"change": "500000", "on": "2025-03-10"})
    assert company.steward.told(plan)["available"] == "2000000"
    company.steward.done(f"{plan}/adjustments", {"change": "-1996000", "on": "2025-03-11"})
    assert company.steward.told(plan)["available"] == "4000"
    told = problem(
        company.steward.post(f"{plan}/adjustments", {"change": "-4001", "on": "2025-03-12"}), 409, "pool_exhausted"
    )
    assert "4,000" in told["detail"]
    for change in (500, "--5", "-", "-0"):
        response = company.steward.post(f"{plan}/adjustments", {"change": change, "on": "2025-03-12"})
        assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/change")
