"""The package comes out as a story in order, in which no item is missing and none is told twice."""

from __future__ import annotations

import gc
import json
import time
import tracemalloc
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.imports.ocf import CheckedPackage, check
from app.imports.ocf.books import holdings
from app.imports.ocf.findings import Code, Severity
from app.imports.ocf.models import Version
from app.imports.ocf.transactions import StepKind
from tests.cases import cases_dir
from tests.imports.ocf.packages import CLASSES, HOLDERS, PLAN, act, checked, files, folder, found, grant, shares
from tests.imports.ocf.schemas import made, samples
from tests.imports.ocf.test_models import WRONG, changed, places

OCF = cases_dir() / "ocf"
ACME = OCF / "testbed" / "acme_holdings_limited"


def all_items(package: CheckedPackage) -> Counter[str]:
    items = (*package.package.items, package.package.issuer)
    return Counter(f"{item.file}:{item.position}" for item in items if item)


def told_items(package: CheckedPackage) -> Counter[str]:
    return Counter(f"{item.file}:{item.position}" for item in package.story.items())


@pytest.mark.parametrize("name", ["samples-main", "samples-1.2.0", "testbed/acme_holdings_limited"])
def test_the_official_packages_are_importable_and_nothing_of_them_is_lost(name: str) -> None:
    package = check(OCF / name)
    assert found(package) == []
    assert told_items(package) == all_items(package)
    assert len(package.package.items) >= 50


def test_acme_holds_what_it_is_known_to_hold() -> None:
    expected = json.loads((OCF / "testbed" / "captable_acme_2023-06-29.json").read_bytes())["expected"]
    held = holdings(check(ACME).story, date.fromisoformat(expected["as_of"]))
    assert {who: {k: str(v) for k, v in of.items()} for who, of in held.items()} == expected["holdings"]


def test_acme_holds_it_on_every_day_that_is_known() -> None:
    story = check(ACME).story
    days = json.loads((OCF / "testbed" / "captable_acme_as_of.json").read_bytes())["expected_totals"]
    assert len(days) == 8
    for day, expected in days.items():
        totals: Counter[str] = Counter()
        for of in holdings(story, date.fromisoformat(day)).values():
            totals.update({key: int(units) for key, units in of.items()})
        assert {key: str(units) for key, units in totals.items()} == expected


def test_the_invalid_company_is_refused_and_its_broken_transfer_named() -> None:
    package = check(OCF / "testbed" / "invalidCompany")
    assert found(package) == [(Code.OVERDRAWN, "st_01")]
    assert not package.is_importable


def test_a_finding_is_a_plain_dictionary() -> None:
    (finding,) = (f for f in check(OCF / "testbed" / "invalidCompany").findings if f.severity is Severity.ERROR)
    as_dict = finding.as_dict()
    assert json.loads(json.dumps(as_dict)) == as_dict
    assert (as_dict["severity"], as_dict["code"], as_dict["object_id"]) == ("error", "overdrawn", "st_01")
    assert as_dict["file"] == "Transactions.ocf.json"


def test_causes_come_before_effects_and_what_frees_units_before_what_draws_them(tmp_path: Path) -> None:
    day = "2024-06-01"
    sell = act("stock_transfer", "s2", day, quantity="100", resulting_security_ids=["s3"])
    buy = act("stock_transfer", "s1", day, quantity="100", resulting_security_ids=["s2"])
    free = act("equity_compensation_cancellation", "g1", day, quantity="1000", reason_text="")
    package = checked(
        tmp_path,
        PLAN,
        grant("g2", "1000", date=day),
        sell,
        shares("s3", date=day),
        buy,
        shares("s2", date=day, stakeholder_id="ben"),
        free,
        grant("g1", "1000"),
        shares("s1"),
    )
    assert package.findings == ()
    assert [step.main_item.id for step in package.story.steps] == [
        "grant-g1",
        "issue-s1",
        "stock_transfer-s1",
        "stock_transfer-s2",
        "equity_compensation_cancellation-g1",
        "grant-g2",
    ]


def test_a_circle_within_a_day_is_an_error(tmp_path: Path) -> None:
    day = "2024-06-01"
    there = act("stock_transfer", "s1", day, quantity="100", resulting_security_ids=["s2"])
    back = act("stock_transfer", "s2", day, quantity="100", resulting_security_ids=["s1"])
    package = checked(tmp_path, shares("s1", date=day), shares("s2", date=day), there, back)
    assert {code for code, _ in found(package)} == {Code.WRONG_RESULT}


def test_results_belong_to_their_transaction_the_balance_last(tmp_path: Path) -> None:
    parts = {"quantity": "60", "resulting_security_ids": ["s2"], "balance_security_id": "s3"}
    move = act("stock_transfer", "s1", **parts)
    package = checked(
        tmp_path, shares("s1"), move, shares("s3", "40", date="2024-06-01"), shares("s2", "60", date="2024-06-01")
    )
    issue, step = package.story.steps
    assert (issue.kind, issue.security_id, issue.quantity) == (StepKind.ISSUE_STOCK, "s1", 100)
    assert (step.kind, step.security_id, step.quantity) == (StepKind.TRANSFER, "s1", 60)
    assert [item.id for item in step.issuances] == ["issue-s2", "issue-s3"]
    assert step.balance is not None
    assert step.balance.security_id == "s3"


def test_vesting_facts_stand_beside_the_grant_that_they_belong_to(tmp_path: Path) -> None:
    start = act("vesting_start", "g", "2023-12-01", vesting_condition_id="start")
    event = act("vesting_event", "g", "2024-08-01", vesting_condition_id="sale")
    early = act("vesting_acceleration", "g", "2024-09-01", quantity="10", reason_text="")
    package = checked(tmp_path, PLAN, early, event, start, grant("g"))
    (step,) = package.story.steps
    assert (step.kind, step.date) == (StepKind.GRANT, date(2024, 1, 1))
    assert [item.id for item in step.other_items] == [early["id"], event["id"], start["id"]]
    facts = package.story.vesting["g"]
    assert facts.starts == {"start": date(2023, 12, 1)}
    assert facts.events == {"sale": date(2024, 8, 1)}
    assert facts.accelerations == [(date(2024, 9, 1), 10)]


def test_an_unknown_type_is_a_memo_on_its_own_date(tmp_path: Path) -> None:
    package = checked(tmp_path, shares("s"), {"object_type": "TX_MOON", "id": "m", "date": "2023-01-01"})
    memo, _ = package.story.steps
    assert (memo.kind, memo.date, memo.main_item.id) == (StepKind.MEMO, date(2023, 1, 1), "m")


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_nothing_in_the_items_makes_the_check_fail(tmp_path: Path, data: st.DataObject) -> None:
    """Connected items, changed at random: always findings, never an exception, and nothing lost where importable."""
    everything = [*_connected(), *samples(Version.MAIN), *made(Version.MAIN)]
    items = [*HOLDERS, *CLASSES, PLAN, *data.draw(st.lists(st.sampled_from(everything), max_size=14))]
    for _ in range(data.draw(st.integers(0, 4))):
        n = data.draw(st.integers(0, len(items) - 1))
        inner = [path for path, _ in places(items[n]) if path]
        if inner:
            items[n] = changed(items[n], data.draw(st.sampled_from(inner)), data.draw(st.sampled_from(WRONG)))
    items = [{**item, "id": f"i{n}"} if n > 4 and "id" in item else item for n, item in enumerate(items)]
    package = check(folder(tmp_path, files(*items, ocf_version=Version.MAIN)))
    if package.is_importable:
        assert told_items(package) == all_items(package)
        holdings(package.story, date(2030, 1, 1))


def _connected() -> list[dict[str, Any]]:
    """Return items that refer to each other, so that random choices of them are often nearly right."""
    acts = [
        act("stock_transfer", "s1", quantity="60", resulting_security_ids=["s2"], balance_security_id="s3"),
        act("stock_cancellation", "s2", quantity="60", reason_text=""),
        act("stock_conversion", "s1", quantity_converted="100", resulting_security_ids=["s4"]),
        act("stock_reissuance", "s1", resulting_security_ids=["s5"], split_transaction_id="i6"),
        act("equity_compensation_exercise", "g", quantity="10", resulting_security_ids=["s6"]),
        act("equity_compensation_cancellation", "g", quantity="10", reason_text=""),
        act("stock_plan_return_to_pool", "g", quantity="10", stock_plan_id="pool", reason_text=""),
        act("stock_retraction", "s1", reason_text=""),
        act("vesting_start", "g", vesting_condition_id="c"),
    ]
    split = {"object_type": "TX_STOCK_CLASS_SPLIT", "id": "split", "date": "2024-03-01", "stock_class_id": "common"}
    ratio = {"split_ratio": {"numerator": "3", "denominator": "2"}}
    of_preferred = shares("s4", stock_class_id="preferred")
    parts = [shares("s2", "60", stakeholder_id="ben"), shares("s3", "40"), shares("s5", "150"), shares("s6", "10")]
    return [*acts, split | ratio, shares("s1"), grant("g"), of_preferred, *parts]


def _grants(count: int) -> dict[str, bytes]:
    """Return a package of so many grants, each with its start of vesting and every fourth of them exercised."""
    items: list[dict[str, Any]] = []
    for n in range(count):
        day = (date(2015, 1, 1) + timedelta(days=n * 3000 // count)).isoformat()
        items += [grant(f"g{n}", date=day), act("vesting_start", f"g{n}", day, vesting_condition_id="start")]
        if n % 4 == 0:
            fields = {"quantity": "10", "resulting_security_ids": [f"s{n}"]}
            items.append(act("equity_compensation_exercise", f"g{n}", "2025-01-01", **fields))
            items.append(shares(f"s{n}", "10", date="2025-01-01"))
    pool = {**PLAN, "initial_shares_reserved": "100000000"}
    return files(*HOLDERS, {**CLASSES[0], "initial_shares_authorized": "200000000"}, pool, *items)


def test_the_time_grows_with_the_package_and_no_faster(tmp_path: Path) -> None:
    few, many = folder(tmp_path / "few", _grants(500)), folder(tmp_path / "many", _grants(5000))
    check(few)  # what is made once is made before
    gc.collect()
    gc.freeze()  # what other tests have left is no part of the measurement
    try:
        # ten times the grants; a busy machine adds some, whatever is not linear adds far more
        assert min(_seconds(many) for _ in range(2)) < 20 * min(_seconds(few) for _ in range(4))
    finally:
        gc.unfreeze()


def _seconds(path: Path) -> float:
    """Return the CPU time of one check."""
    began = time.process_time()
    assert check(path).findings == ()
    return time.process_time() - began


def test_a_hundred_thousand_grants_stay_well_below_a_gigabyte(tmp_path: Path) -> None:
    path = folder(tmp_path, _grants(2000))
    tracemalloc.start()
    package = check(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert package.findings == ()
    assert peak / 2000 < 6_000  # bytes a grant, with its start of vesting and its share of exercises
