"""Unknown ids make memos, not errors; where a total would be wrong in silence, they are errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.imports.ocf import CheckedPackage
from app.imports.ocf.findings import Code, Severity
from app.imports.ocf.transactions import StepKind
from tests.imports.ocf.packages import PLAN, act, checked, found, grant, shares

TERMS: dict[str, Any] = {
    "object_type": "VESTING_TERMS",
    "id": "terms",
    "name": "All at once",
    "description": "All on an event",
    "allocation_type": "CUMULATIVE_ROUNDING",
    "vesting_conditions": [
        {
            "id": "sale",
            "portion": {"numerator": "1", "denominator": "1"},
            "trigger": {"type": "VESTING_EVENT"},
            "next_condition_ids": [],
        }
    ],
}


def memos(package: CheckedPackage) -> set[str]:
    return {step.main_item.id for step in package.story.steps if step.kind is StepKind.MEMO}


@pytest.mark.parametrize(
    "item",
    [
        shares("s", stakeholder_id="nobody"),
        shares("s", stock_class_id="nothing"),
        grant("g", stock_plan_id="nothing"),
        grant("g", stock_class_id="nothing"),
        act("stock_cancellation", "s", quantity="1", reason_text=""),
        act("stock_acceptance", "s"),
        act("vesting_start", "s", vesting_condition_id="c"),
        act("stock_plan_pool_adjustment", "s", stock_plan_id="nothing", shares_reserved="1"),
        act("stock_class_split", "s", stock_class_id="nothing", split_ratio={"numerator": "2", "denominator": "1"}),
        act("issuer_authorized_shares_adjustment", "s", issuer_id="other", new_shares_authorized="1"),
    ],
)
def test_what_needs_an_unknown_id_is_a_memo_with_a_warning(tmp_path: Path, item: dict[str, Any]) -> None:
    package = checked(tmp_path, item)
    assert package.is_importable
    assert (Code.UNKNOWN_REFERENCE, item["id"]) in found(package, Severity.WARNING)
    assert memos(package) == {item["id"]}
    assert package.story.securities == {}


def test_what_hangs_on_a_memo_is_a_memo_too(tmp_path: Path) -> None:
    """The transfer to somebody unknown can't be carried out, so Ada keeps what she had, and nothing later happens."""
    to_nobody = shares("s2", "60", stakeholder_id="nobody", date="2024-06-01")
    rest = shares("s3", "40", date="2024-06-01")
    parts = {"quantity": "60", "resulting_security_ids": ["s2"], "balance_security_id": "s3"}
    later = act("stock_cancellation", "s3", "2024-07-01", quantity="40", reason_text="")
    package = checked(tmp_path, shares("s1"), act("stock_transfer", "s1", **parts), to_nobody, rest, later)
    assert package.is_importable
    assert memos(package) == {"stock_transfer-s1", "issue-s2", "issue-s3", "stock_cancellation-s3"}
    assert list(package.story.securities) == ["s1"]


def test_what_comes_out_of_an_unknown_security_is_held_all_the_same(tmp_path: Path) -> None:
    package = checked(
        tmp_path, act("stock_transfer", "lost", quantity="100", resulting_security_ids=["s1"]), shares("s1")
    )
    assert package.is_importable
    assert memos(package) == {"stock_transfer-lost"}
    assert list(package.story.securities) == ["s1"]


def test_a_plan_that_only_grants_name_is_implied_with_no_reserve_known(tmp_path: Path) -> None:
    grants = [grant(f"g{n}", "900", stock_plan_id="old", stock_class_id="common") for n in range(3)]
    package = checked(tmp_path, *grants)
    assert found(package, Severity.WARNING) == [(Code.IMPLIED_PLAN, "old")]
    plan = package.story.plans["old"]
    assert (plan.name, plan.class_id, plan.reserved, plan.item) == ("old", "common", None, None)


def test_a_plan_without_a_known_class_takes_that_of_its_grants(tmp_path: Path) -> None:
    plan = {**PLAN, "stock_class_ids": ["gone"]}
    package = checked(tmp_path, plan, grant("g", stock_class_id="common"))
    assert package.is_importable
    assert package.story.plans["pool"].class_id == "common"
    assert checked(tmp_path / "b", plan).story.kept[0].id == "pool"


def test_an_exercise_counts_even_if_its_certificate_is_not_in_the_package(tmp_path: Path) -> None:
    exercise = act("equity_compensation_exercise", "g", quantity="40", resulting_security_ids=["gone"])
    package = checked(tmp_path, PLAN, grant("g"), exercise)
    assert found(package, Severity.WARNING) == [(Code.MISSING_ISSUANCE, "equity_compensation_exercise-g")]
    assert [step.kind for step in package.story.steps] == [StepKind.GRANT, StepKind.EXERCISE]


def test_results_left_out_matter_only_where_units_pass_on(tmp_path: Path) -> None:
    exercise = checked(tmp_path / "a", PLAN, grant("g"), act("equity_compensation_exercise", "g", quantity="40"))
    assert [code for code, _ in found(exercise, Severity.WARNING)] == [Code.MISSING_FIELD]
    assert exercise.is_importable
    transfer = checked(tmp_path / "b", shares("s"), act("stock_transfer", "s", quantity="40"))
    assert found(transfer) == [(Code.UNBALANCED, "stock_transfer-s")]


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("stock_transfer", {"quantity": "100", "resulting_security_ids": ["gone"]}),
        ("stock_conversion", {"quantity_converted": "100", "resulting_security_ids": ["gone"]}),
        ("stock_reissuance", {"resulting_security_ids": ["gone"]}),
        ("stock_cancellation", {"quantity": "60", "reason_text": "", "balance_security_id": "gone"}),
    ],
)
def test_other_results_that_nothing_issues_are_errors(tmp_path: Path, kind: str, fields: dict[str, Any]) -> None:
    package = checked(tmp_path, shares("s"), act(kind, "s", **fields))
    assert found(package) == [(Code.MISSING_ISSUANCE, f"{kind}-s")]


def test_ids_and_security_ids_are_unique_and_labels_should_be(tmp_path: Path) -> None:
    package = checked(
        tmp_path, shares("s1", id="one"), shares("s2", id="one"), shares("s1", id="three"), shares("s4", custom_id="S2")
    )
    assert found(package) == [(Code.DUPLICATE_ID, "one"), (Code.DUPLICATE_SECURITY, "three")]
    assert found(package, Severity.WARNING) == [(Code.DUPLICATE_LABEL, "issue-s4")]


def test_nothing_happens_to_a_security_before_it_is_issued(tmp_path: Path) -> None:
    early = act("stock_cancellation", "s", "2023-12-31", quantity="10", reason_text="")
    assert found(checked(tmp_path, shares("s"), early)) == [(Code.BEFORE_ISSUANCE, early["id"])]


def test_vesting_may_start_before_the_grant(tmp_path: Path) -> None:
    start = act("vesting_event", "g", "2020-01-01", vesting_condition_id="sale")
    package = checked(tmp_path, TERMS, PLAN, grant("g", vesting_terms_id="terms"), start)
    assert package.findings == ()


def test_unknown_vesting_terms_are_an_error_unless_the_instalments_are_written(tmp_path: Path) -> None:
    bare = grant("g", vesting_terms_id="gone")
    assert found(checked(tmp_path / "a", PLAN, bare)) == [(Code.UNKNOWN_REFERENCE, "grant-g")]
    written = {**bare, "vestings": [{"date": "2025-01-01", "amount": "100"}]}
    assert checked(tmp_path / "b", PLAN, written).findings == ()


def test_instalments_add_up_to_the_grant(tmp_path: Path) -> None:
    package = checked(tmp_path, PLAN, grant("g", vestings=[{"date": "2025-01-01", "amount": "99"}]))
    assert found(package) == [(Code.VESTING_INVALID, "grant-g")]


def test_a_condition_that_the_terms_do_not_have_is_a_warning(tmp_path: Path) -> None:
    event = act("vesting_event", "g", vesting_condition_id="moon")
    package = checked(tmp_path, TERMS, PLAN, grant("g", vesting_terms_id="terms"), event)
    assert found(package, Severity.WARNING) == [(Code.UNKNOWN_REFERENCE, "vesting_event-g")]


@pytest.mark.parametrize("after", ["sale", "gone"])
def test_vesting_terms_in_a_circle_or_into_nothing_are_errors(tmp_path: Path, after: str) -> None:
    condition = {**TERMS["vesting_conditions"][0], "next_condition_ids": [after]}
    package = checked(tmp_path, {**TERMS, "vesting_conditions": [condition]})
    assert found(package) == [(Code.VESTING_INVALID, "terms")]


def test_a_transaction_on_another_kind_of_security_is_an_error(tmp_path: Path) -> None:
    package = checked(tmp_path, PLAN, grant("g"), act("stock_cancellation", "g", quantity="1", reason_text=""))
    assert found(package) == [(Code.WRONG_RESULT, "stock_cancellation-g")]


def test_one_security_comes_out_of_one_transaction(tmp_path: Path) -> None:
    parts = {"quantity": "100", "resulting_security_ids": ["s3"]}
    result = shares("s3", date="2024-06-01", stakeholder_id="ben")
    package = checked(
        tmp_path,
        shares("s1"),
        shares("s2"),
        act("stock_transfer", "s1", **parts),
        act("stock_transfer", "s2", **parts),
        result,
    )
    assert (Code.WRONG_RESULT, "stock_transfer-s2") in found(package)
    itself = act("stock_transfer", "s1", quantity="100", resulting_security_ids=["s1"])
    assert (Code.WRONG_RESULT, "stock_transfer-s1") in found(checked(tmp_path / "b", shares("s1"), itself))


def test_items_after_the_day_of_the_package_are_one_warning(tmp_path: Path) -> None:
    package = checked(tmp_path, shares("s1"), shares("s2", date="2026-01-02"), as_of="2026-01-01")
    assert found(package, Severity.WARNING) == [(Code.AFTER_AS_OF, "issue-s2")]


def test_kept_objects_that_name_nothing_known_are_only_worth_knowing(tmp_path: Path) -> None:
    round_a = {"object_type": "FINANCING", "id": "a", "name": "A", "issuance_ids": ["gone"], "date": "2024-01-01"}
    package = checked(tmp_path, round_a)
    assert [(f.severity, f.object_id) for f in package.findings] == [(Severity.INFO, "a")]
    assert [item.id for item in package.story.kept] == ["a"]
