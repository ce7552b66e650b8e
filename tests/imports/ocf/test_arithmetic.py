"""What comes out of a transaction is what went in, and nobody issues what is not there."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.imports.ocf import CheckedPackage
from app.imports.ocf.books import holdings
from app.imports.ocf.findings import Code, Severity
from app.imports.ocf.transactions import StepKind, number, shown_number
from tests.imports.ocf.packages import CLASSES, PLAN, act, checked, found, grant, shares

DAY = "2024-06-01"


def ben(security: str, quantity: str, **other: object) -> dict[str, Any]:
    """Return the issuance of what comes to Ben out of a transaction on the day of ``act``."""
    return shares(security, quantity, **{"stakeholder_id": "ben", "date": DAY} | other)


def cancel(security: str, quantity: str, **other: object) -> dict[str, Any]:
    return act("stock_cancellation", security, quantity=quantity, reason_text="", **other)


def transfer(quantity: str, *results: str, balance: str | None = None) -> dict[str, Any]:
    rest = {} if balance is None else {"balance_security_id": balance}
    return act("stock_transfer", "s1", quantity=quantity, resulting_security_ids=list(results), **rest)


def split(new: str, old: str = "1", **other: object) -> dict[str, Any]:
    ratio = {"numerator": new, "denominator": old}
    return {k: v for k, v in act("stock_class_split", "x", DAY, **other).items() if k != "security_id"} | {
        "stock_class_id": "common",
        "split_ratio": ratio,
    }


def held(package: CheckedPackage, on: str = "2025-12-31") -> dict[str, dict[str, Any]]:
    return holdings(package.story, date.fromisoformat(on))


def test_a_part_without_a_balance_security_leaves_the_rest_where_it_was(tmp_path: Path) -> None:
    for balance in ({}, {"balance_security_id": ""}):
        package = checked(tmp_path / str(len(balance)), shares("s1"), cancel("s1", "60", **balance))
        assert package.findings == ()
        assert held(package) == {"Ada": {"stock:Common": 40}}
        assert held(package, "2024-05-31") == {"Ada": {"stock:Common": 100}}


def test_the_balance_is_what_is_left(tmp_path: Path) -> None:
    rest = shares("s2", "40", date=DAY)
    package = checked(tmp_path / "a", shares("s1"), cancel("s1", "60", balance_security_id="s2"), rest)
    assert package.findings == ()
    assert held(package) == {"Ada": {"stock:Common": 40}}
    wrong = checked(tmp_path / "b", shares("s1"), cancel("s1", "61", balance_security_id="s2"), rest)
    assert found(wrong) == [(Code.UNBALANCED, "stock_cancellation-s1")]


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ([transfer("101", "s2"), ben("s2", "101")], Code.OVERDRAWN),
        ([transfer("60", "s2"), ben("s2", "59")], Code.UNBALANCED),
        ([transfer("60", "s2", balance="s3"), ben("s2", "60"), shares("s3", "41", date=DAY)], Code.UNBALANCED),
        ([transfer("60", "s2"), ben("s2", "60", stock_class_id="preferred")], Code.WRONG_RESULT),
        ([transfer("60", "s2", balance="s3"), ben("s2", "60"), ben("s3", "40")], Code.WRONG_RESULT),
        ([act("stock_reissuance", "s1", resulting_security_ids=[])], Code.UNBALANCED),
        ([act("stock_conversion", "s1", quantity_converted="9", resulting_security_ids=[])], Code.UNBALANCED),
        ([cancel("s1", "40"), act("stock_retraction", "s1", "2024-07-01", reason_text="")], Code.OVERDRAWN),
        ([cancel("s1", "60"), cancel("s1", "41", id="again", date="2024-07-01")], Code.OVERDRAWN),
    ],
)
def test_a_transaction_that_does_not_add_up_is_an_error(
    tmp_path: Path, items: list[dict[str, Any]], code: Code
) -> None:
    package = checked(tmp_path, shares("s1"), *items)
    assert [each for each, _ in found(package)] == [code]


def test_a_transfer_splits_a_certificate(tmp_path: Path) -> None:
    rest = shares("s4", "10", date=DAY)
    package = checked(
        tmp_path, shares("s1"), transfer("90", "s2", "s3", balance="s4"), ben("s2", "50"), ben("s3", "40"), rest
    )
    assert package.findings == ()
    assert held(package) == {"Ada": {"stock:Common": 10}, "Ben": {"stock:Common": 90}}


def test_a_balance_named_among_the_results_is_still_the_balance(tmp_path: Path) -> None:
    rest = shares("s3", "40", date=DAY)
    package = checked(tmp_path, shares("s1"), transfer("60", "s2", "s3", balance="s3"), ben("s2", "60"), rest)
    assert package.findings == ()


def test_a_conversion_changes_the_class(tmp_path: Path) -> None:
    preferred = shares("s1", stock_class_id="preferred")
    into = act("stock_conversion", "s1", quantity_converted="40", resulting_security_ids=["s2"])
    package = checked(tmp_path, preferred, into, shares("s2", "80", date=DAY))
    assert package.findings == ()
    assert held(package) == {"Ada": {"stock:Common": 80, "stock:Preferred": 60}}


def test_certificates_become_one(tmp_path: Path) -> None:
    one = {**act("stock_consolidation", "x"), "resulting_security_id": "s3", "security_ids": ["s1", "s2"]}
    del one["security_id"]
    main = {"ocf_version": "1.2.1-alpha+main"}
    package = checked(tmp_path / "a", shares("s1"), shares("s2"), one, shares("s3", "200", date=DAY), **main)
    assert package.findings == ()
    assert held(package) == {"Ada": {"stock:Common": 200}}
    less = checked(tmp_path / "b", shares("s1"), shares("s2"), one, shares("s3", "199", date=DAY), **main)
    assert found(less) == [(Code.UNBALANCED, "stock_consolidation-x")]


def test_a_grant_keeps_its_id_through_exercises_and_settlements(tmp_path: Path) -> None:
    exercise = act("equity_compensation_exercise", "g", quantity="30", resulting_security_ids=["s1"])
    settled = {"quantity": "20", "settlement_date": DAY, "release_price": {"amount": "1", "currency": "USD"}}
    release = act("equity_compensation_release", "g", resulting_security_ids=["s2"], **settled)
    items = (PLAN, grant("g"), exercise, shares("s1", "30", date=DAY), release, shares("s2", "12", date=DAY))
    package = checked(tmp_path / "a", *items)
    assert package.findings == ()  # eight of the twenty were kept back for taxes
    assert held(package) == {"Ada": {"plan:Pool": 50, "stock:Common": 42}}
    more = checked(tmp_path / "b", *items[:-1], shares("s2", "21", date=DAY))
    assert found(more) == [(Code.UNBALANCED, "equity_compensation_release-g")]


def test_old_spellings_of_plan_securities_are_understood(tmp_path: Path) -> None:
    old = [
        {**i, "object_type": i["object_type"].replace("EQUITY_COMPENSATION", "PLAN_SECURITY")}
        for i in (
            grant("g"),
            act("equity_compensation_cancellation", "g", quantity="40", reason_text=""),
        )
    ]
    package = checked(tmp_path, PLAN, *old)
    assert package.findings == ()
    assert held(package) == {"Ada": {"plan:Pool": 60}}


@pytest.mark.parametrize("quantity", ["0", "-5", "0.0000001", str(2**53), "9" * 200])
def test_quantities_are_above_zero_and_can_be_counted_exactly(tmp_path: Path, quantity: str) -> None:
    package = checked(tmp_path, shares("s", quantity))
    assert (Code.QUANTITY_INVALID, "issue-s") in found(package)


def test_decimals_are_those_that_the_quantities_of_a_class_need(tmp_path: Path) -> None:
    package = checked(
        tmp_path, shares("s1", "100.500"), shares("s2", "7.00", stock_class_id="preferred"), cancel("s1", "0.25")
    )
    assert package.findings == ()
    assert package.story.decimals == {"common": 2, "preferred": 0}
    assert held(package)["Ada"] == {"stock:Common": Fraction(401, 4), "stock:Preferred": 7}


def test_a_pool_grants_no_more_than_it_has(tmp_path: Path) -> None:
    package = checked(tmp_path, PLAN, grant("g1", "600"), grant("g2", "401", date="2024-02-01"))
    assert found(package) == [(Code.POOL_EXHAUSTED, "grant-g2")]
    assert "1 too many" in package.findings[0].message


def test_a_pool_enlarged_on_the_day_of_a_grant_is_large_enough(tmp_path: Path) -> None:
    larger = {"stock_plan_id": "pool", "shares_reserved": "1400"}
    adjustment = act("stock_plan_pool_adjustment", "x", "2024-01-01", **larger)
    del adjustment["security_id"]
    assert checked(tmp_path / "a", PLAN, grant("g1", "1400"), adjustment).findings == ()
    smaller = {**adjustment, "shares_reserved": "900", "date": "2024-02-01"}
    package = checked(tmp_path / "b", PLAN, grant("g1", "1000"), smaller)
    assert found(package) == [(Code.POOL_EXHAUSTED, "stock_plan_pool_adjustment-x")]


@pytest.mark.parametrize(("rule", "is_enough"), [("RETURN_TO_POOL", True), (None, True), ("RETIRE", False)])
def test_cancelled_units_go_back_to_the_pool_where_its_rule_says_so(
    tmp_path: Path, rule: str | None, is_enough: bool
) -> None:
    plan = PLAN | ({"default_cancellation_behavior": rule} if rule else {})
    back = act("equity_compensation_cancellation", "g1", quantity="600", reason_text="")
    package = checked(tmp_path, plan, grant("g1", "1000"), back, grant("g2", "600", date=DAY))
    assert found(package) == ([] if is_enough else [(Code.POOL_EXHAUSTED, "grant-g2")])


@pytest.mark.parametrize("rule", ["RETURN_TO_POOL", "RETIRE", "DEFINED_PER_PLAN_SECURITY"])
def test_an_explicit_return_belongs_to_its_cancellation_and_counts_once(tmp_path: Path, rule: str) -> None:
    back = act("equity_compensation_cancellation", "g1", quantity="600", reason_text="")
    said = act("stock_plan_return_to_pool", "g1", quantity="600", stock_plan_id="pool", reason_text="")
    plan = {**PLAN, "default_cancellation_behavior": rule}
    for quantity, errors in (("600", []), ("601", [(Code.POOL_EXHAUSTED, "grant-g2")])):
        package = checked(tmp_path / quantity, plan, grant("g1", "1000"), back, said, grant("g2", quantity, date=DAY))
        assert found(package) == errors
        (step,) = [s for s in package.story.steps if s.kind is StepKind.CANCEL]
        assert (step.returned_to, [i.id for i in step.other_items]) == ("pool", [said["id"]])


def test_a_class_has_no_more_outstanding_and_reserved_than_is_authorised(tmp_path: Path) -> None:
    assert checked(tmp_path / "a", PLAN, shares("s1", "9000")).findings == ()
    assert found(checked(tmp_path / "b", PLAN, shares("s1", "9001"))) == [(Code.AUTHORISED_EXHAUSTED, "issue-s1")]
    larger = {**act("stock_class_authorized_shares_adjustment", "x", "2024-01-01"), "stock_class_id": "common"}
    del larger["security_id"]
    larger["new_shares_authorized"] = "12000"
    assert checked(tmp_path / "c", PLAN, shares("s1", "9001"), larger).findings == ()


def test_what_comes_out_of_a_transaction_is_not_drawn_from_the_authorised_shares(tmp_path: Path) -> None:
    package = checked(tmp_path, shares("s1", "10000"), transfer("10000", "s2"), ben("s2", "10000"))
    assert package.findings == ()


def test_no_limit_is_no_limit(tmp_path: Path) -> None:
    endless = {**CLASSES[0], "id": "open", "initial_shares_authorized": "UNLIMITED"}
    assert checked(tmp_path, endless, shares("s1", "900000", stock_class_id="open")).findings == ()


def test_a_split_multiplies_every_holding_of_the_class(tmp_path: Path) -> None:
    items = (PLAN, shares("s1"), grant("g"), shares("p", stock_class_id="preferred"), split("3"))
    package = checked(tmp_path, *items, shares("s2", "5", date=DAY))
    assert package.findings == ()
    assert held(package) == {"Ada": {"stock:Common": 305, "plan:Pool": 300, "stock:Preferred": 100}}


def test_a_split_that_leaves_fractions_cuts_them_off_with_a_warning(tmp_path: Path) -> None:
    package = checked(tmp_path, shares("s1", "101"), split("1", "2"))
    assert found(package, Severity.WARNING) == [(Code.UNBALANCED, "stock_class_split-x")]
    assert held(package) == {"Ada": {"stock:Common": 50}}
    assert found(checked(tmp_path / "b", split("0"))) == [(Code.QUANTITY_INVALID, "stock_class_split-x")]


def test_a_split_that_reissuances_carry_out_is_not_applied_again(tmp_path: Path) -> None:
    swap = act("stock_reissuance", "s1", resulting_security_ids=["s2"], split_transaction_id="stock_class_split-x")
    package = checked(tmp_path / "a", shares("s1"), split("2"), swap, shares("s2", "200", date=DAY))
    assert found(package, Severity.WARNING) == [(Code.SPLIT_BY_REISSUANCE, "stock_class_split-x")]
    assert package.is_importable
    assert held(package) == {"Ada": {"stock:Common": 200}}
    wrong = checked(tmp_path / "b", shares("s1"), split("2"), swap, shares("s2", "300", date=DAY))
    assert found(wrong) == [(Code.UNBALANCED, "stock_reissuance-s1")]


@pytest.mark.parametrize(
    ("written", "shown"),
    [("4800", "4,800"), ("+1200.50", "1,200.5"), ("-1.25", "-1.25"), ("0.0000000001", "0.0000000001")],
)
def test_numbers_are_read_exactly_and_shown_as_decimals(written: str, shown: str) -> None:
    exact = number(written)
    assert exact is not None
    assert exact == Fraction(written)
    assert shown_number(exact) == shown


MONEY = {"amount": "1000", "currency": "USD"}
TRIGGER = {
    "trigger_id": "t",
    "type": "ELECTIVE_AT_WILL",
    "conversion_right": {
        "type": "CONVERTIBLE_CONVERSION_RIGHT",
        "conversion_mechanism": {"type": "SAFE_CONVERSION", "conversion_mfn": False},
    },
}


def note(security: str, amount: str = "1000", **other: object) -> dict[str, Any]:
    of_shares = ("quantity", "share_price", "stock_class_id", "stock_legend_ids")
    base = {name: value for name, value in shares(security).items() if name not in of_shares}
    kind = {"object_type": "TX_CONVERTIBLE_ISSUANCE", "convertible_type": "SAFE", "seniority": 1}
    money = {"investment_amount": {**MONEY, "amount": amount}, "conversion_triggers": [TRIGGER]}
    return base | kind | money | other


def test_convertibles_are_outside_the_totals_until_they_convert(tmp_path: Path) -> None:
    into = {"reason_text": "", "trigger_id": "t", "resulting_security_ids": ["s2"]}
    conversion = act("convertible_conversion", "n", **into)
    package = checked(tmp_path, note("n"), conversion, shares("s2", "10000", date=DAY))
    assert package.findings == ()
    assert held(package, "2024-05-01") == {}
    assert held(package) == {"Ada": {"stock:Common": 10000}}
    over = checked(tmp_path / "b", note("n"), conversion, shares("s2", "10001", date=DAY))
    assert found(over) == [(Code.AUTHORISED_EXHAUSTED, "convertible_conversion-n")]


def test_amounts_of_convertibles_add_up_like_quantities(tmp_path: Path) -> None:
    part = {"amount": {**MONEY, "amount": "600.50"}, "resulting_security_ids": ["n2"], "balance_security_id": "n3"}
    move = act("convertible_transfer", "n", **part)
    two, three = note("n2", "600.50", date=DAY, stakeholder_id="ben"), note("n3", "399.50", date=DAY)
    assert checked(tmp_path / "a", note("n"), move, two, three).findings == ()
    short = note("n3", "399", date=DAY)
    assert found(checked(tmp_path / "b", note("n"), move, two, short)) == [(Code.UNBALANCED, "convertible_transfer-n")]


kinds = st.sampled_from(["issue", "transfer", "cancel", "balance", "grant", "exercise"])
operations = st.lists(st.tuples(kinds, st.integers(0, 99), st.integers(1, 50)), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations, st.randoms(use_true_random=False), st.booleans())
def test_random_packages_hold_what_a_plain_dictionary_says(
    tmp_path: Path, plan: list[tuple[str, int, int]], random: Random, off_by_one: bool
) -> None:
    items, model = _random_package(plan)
    random.shuffle(items)
    transfers = [item for item in items if item["object_type"] == "TX_STOCK_TRANSFER"]
    is_broken = off_by_one and bool(transfers)
    if is_broken:
        transfers[0]["quantity"] = str(int(transfers[0]["quantity"]) + 1)
    at = tmp_path / f"{random.getrandbits(64)}"
    package = checked(at, {**PLAN, "initial_shares_reserved": "5000"}, *items)
    assert package.is_importable is not is_broken
    if not is_broken:
        totals: Counter[str] = Counter()
        for of in held(package, "2034-12-31").values():
            totals.update({key: int(units) for key, units in of.items()})
        assert dict(totals) == {key: units for key, units in model.items() if units}


def _random_package(plan: list[tuple[str, int, int]]) -> tuple[list[dict[str, Any]], Counter[str]]:
    """Return items and the totals they come to; each operation on a security that still has enough."""
    items: list[dict[str, Any]] = []
    left: dict[str, int] = {}
    model: Counter[str] = Counter()
    for n, (what, which, units) in enumerate(plan):
        day, new = (date(2024, 1, 1) + timedelta(days=n // 3)).isoformat(), f"n{n}"
        fits = [s for s, has in left.items() if has > units and (s[0] == "g") == (what == "exercise")]
        source = fits[which % len(fits)] if fits else ""
        if what == "grant":
            items.append(grant(f"g{n}", str(units), date=day))
            left[f"g{n}"] = units
            model["plan:Pool"] += units
        elif what == "issue" or not source:
            items.append(shares(new, str(units), date=day))
            left[new] = units
            model["stock:Common"] += units
        elif what == "cancel":
            items.append({**cancel(source, str(units), id=f"x{n}"), "date": day})
            left[source] -= units
            model["stock:Common"] -= units
        elif what == "exercise":
            fields = {"quantity": str(units), "resulting_security_ids": [new]}
            items.append(act("equity_compensation_exercise", source, day, id=f"x{n}", **fields))
            items.append(shares(new, str(units), date=day))
            left[source] -= units
            left[new] = units
            model["plan:Pool"] -= units
            model["stock:Common"] += units
        else:
            rest = f"r{n}" if what == "balance" else ""
            fields = {"quantity": str(units), "resulting_security_ids": [new], "balance_security_id": rest}
            items.append(act("stock_transfer", source, day, id=f"x{n}", **fields))
            items.append(shares(new, str(units), date=day, stakeholder_id="ben"))
            holder = next(i["stakeholder_id"] for i in items if i.get("security_id") == source and "custom_id" in i)
            left[source] -= units
            left[new] = units
            if rest:
                items.append(shares(rest, str(left[source]), date=day, stakeholder_id=holder))
                left[rest] = left.pop(source)
    return items, model
