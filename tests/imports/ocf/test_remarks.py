"""What a version can't say goes into a comment and comes back out of it, whatever it is."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.imports.ocf.models import Version
from app.imports.ocf.package import parsed
from app.imports.ocf.remarks import encoded, last_remark, remark, restored, set_aside
from app.reports.ocf.fitting import fitted
from app.reports.ocf.terms import without_cliffs
from ledger.equity.vesting.schedule import instalments
from ledger.equity.vesting.terms import AllocationType, VestingTerms
from tests.imports.ocf.packages import shares
from tests.imports.ocf.schemas import made, oracles, samples

VERSIONS = list(Version)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def round_trip(item: dict[str, Any], version: Version) -> dict[str, Any] | None:
    """An item made to fit, written down, read and put back together."""
    fit = fitted(deepcopy(item), version)
    if fit is None:
        return None
    assert [*oracles(version)[item["object_type"]].iter_errors(json.loads(json.dumps(fit, default=float)))] == []
    return restored(parsed(encoded(fit)))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("of", VERSIONS)
def test_every_item_of_one_version_fits_the_other_or_stands_aside(version: Version, of: Version) -> None:
    aside = set()
    for item in [*samples(of), *made(of)]:
        again = round_trip(item, version)
        if again is None:
            aside.add(item["object_type"])
        else:
            assert again == item
    newer = {"CE_STAKEHOLDER_RELATIONSHIP", "CE_STAKEHOLDER_STATUS"}
    newer |= {"TX_STOCK_CONSOLIDATION", "TX_EQUITY_COMPENSATION_REPRICING"}
    assert aside == (newer if (of, version) == (Version.MAIN, Version.V1_2_0) else set())


@given(st.sampled_from([*range(len(samples(Version.V1_2_0)))]), st.data())
def test_whatever_stands_in_an_item_comes_back(number: int, data: st.DataObject) -> None:
    item = deepcopy(samples(Version.V1_2_0)[number])
    for name in data.draw(st.lists(st.sampled_from([*item, "x", "a/b~c"]), max_size=3)):
        if name != "object_type":
            item[name] = data.draw(values)
    again = round_trip(item, Version.V1_2_0)
    assert again is None or encoded(again) == encoded(item)


def test_our_own_facts_and_what_does_not_fit_share_one_line() -> None:
    item = shares("s1") | {"vestry": {"priceless": True}, "ours": 1, "quantity": 5, "comments": ["a"]}
    fit = fitted(item, Version.V1_2_0)
    assert fit is None  # a quantity can't be made up
    del item["quantity"]
    assert fitted(item | {"quantity": "5"}, Version.V1_2_0) == shares("s1", "5") | {
        "comments": ["a", 'vestry: {"priceless":true,"put":{"/ours":1}}']
    }


def test_fields_that_are_required_are_filled_and_taken_out_again() -> None:
    item = {name: value for name, value in shares("s1").items() if name != "stock_legend_ids"}
    fit = fitted(item, Version.V1_2_0)
    assert fit is not None
    assert fit["stock_legend_ids"] == []
    assert restored(fit) == item


@pytest.mark.parametrize(
    "comment",
    [
        "vestry: not JSON",
        "vestry: [1]",
        "vestry:{}",
        'vestry: {"put":{"/a/b":1}}',
        'vestry: {"put":{"a":1}}',
        "a note about vestry: {}",
    ],
)
def test_comments_that_are_not_ours_stay(comment: str) -> None:
    item = shares("s1", comments=["first", comment])
    assert restored(item) == item


def test_only_the_last_comment_is_read() -> None:
    item = shares("s1", comments=[remark({"put": {"/x": 1}}), "last"])
    assert restored(item) == item
    assert last_remark(item) is None


def test_an_item_that_only_stands_in_for_another_is_left_out() -> None:
    assert restored(shares("s1", comments=[remark({"stands_for": "x"})])) is None


def test_whole_items_stand_in_comments_of_the_manifest() -> None:
    item = {"object_type": "NEW", "amount": Decimal("1.10")}
    comments = ["hello", remark({"item": item, "list": "transactions_files"}), remark({"item": 5, "list": "x"})]
    assert list(set_aside(comments)) == [("transactions_files", item)]


@pytest.mark.parametrize("cliff", [1, 2, 3, 4])
@pytest.mark.parametrize("quantity", [18, 100, 1_001])
def test_a_cliff_written_as_a_condition_of_its_own_vests_the_same(cliff: int, quantity: int) -> None:
    period = {
        "length": 3,
        "type": "MONTHS",
        "occurrences": 4,
        "day_of_month": "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH",
        "cliff_installment": cliff,
    }
    trigger = {"type": "VESTING_SCHEDULE_RELATIVE", "period": period, "relative_to_condition_id": "start"}
    conditions = [
        {"id": "start", "quantity": "0", "trigger": {"type": "VESTING_START_DATE"}, "next_condition_ids": ["q"]},
        {"id": "q", "portion": {"numerator": "1", "denominator": "4"}, "trigger": trigger, "next_condition_ids": []},
    ]
    terms = {
        "object_type": "VESTING_TERMS",
        "id": "t",
        "name": "t",
        "description": "t",
        "allocation_type": AllocationType.CUMULATIVE_ROUND_DOWN.value,
        "vesting_conditions": conditions,
    }
    apart = without_cliffs(terms)
    assert apart is not None
    assert "cliff_installment" not in json.dumps(apart)
    start = {"start": date(2024, 1, 31)}
    one, other = (VestingTerms.parse({**terms, "vesting_conditions": each}) for each in (conditions, apart))
    assert instalments(one, quantity, events=start) == instalments(other, quantity, events=start)
    assert round_trip(terms, Version.V1_2_0) == terms
