"""Our models of the format judge like the format's own schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.imports.ocf.findings import Code, Severity
from app.imports.ocf.models import NEEDED, READ, Version, check_item, checkers
from app.imports.ocf.package import parsed
from tests.imports.ocf.schemas import made, oracles, samples, second_oracles

BOTH = pytest.mark.parametrize("version", list(Version))
Path = tuple[str | int, ...]
WRONG: list[Any] = [..., None, True, 0, 1.0, 2.5, -1, "", "nope", "-5", "1.12345678901", "2023-02-30", "USD", "RSU"]
WRONG += [[], {}, ["x", "x"], [None], {"omitted": True}, {"amount": "1"}, {"type": "MONTHS"}, "X" * 70]


def ours(item: dict[str, Any], version: Version) -> bool:
    return not check_item(parsed(json.dumps(item).encode()), version)


def theirs(item: dict[str, Any], version: Version) -> bool:
    oracle = oracles(version).get(str(item.get("object_type")))
    return oracle is not None and oracle.is_valid(item)


def also_theirs(item: dict[str, Any], version: Version) -> bool:
    oracle = second_oracles(version).get(str(item.get("object_type")))
    return oracle is not None and oracle.is_valid(item)


def places(value: object, path: Path = (), key: str = "") -> Iterator[tuple[Path, str]]:
    """Walk to every value inside, the value itself first, each with a key that is alike for like places."""
    if isinstance(value, dict):
        key += f"<{value.get('type', '')}{'+'.join(sorted(value)) if len(value) < 3 else ''}>"
    yield path, key
    if isinstance(value, dict | list):
        for step, one in value.items() if isinstance(value, dict) else enumerate(value[:2]):
            yield from places(one, (*path, step), f"{key}/{step}")


def changed(item: dict[str, Any], path: Path, to: object) -> dict[str, Any]:
    """Return a copy in which ``path`` holds something else; dropped when ``to`` is the ellipsis."""
    copy = deepcopy(item)
    holder: Any = copy
    for step in path[:-1]:
        holder = holder[step]
    if to is ...:
        holder.pop(path[-1], None) if isinstance(holder, dict) else holder.pop(path[-1])
    else:
        holder[path[-1]] = to
    return copy


def mutations(item: dict[str, Any], seen: set[str]) -> Iterator[dict[str, Any]]:
    """Yield the item with each place in it dropped, replaced by every wrong thing, and added to.

    Places like one that was ``seen`` in an item before are passed over.
    """
    for path, key in places(item):
        if key not in seen:
            seen.add(key)
            if path:
                yield from (changed(item, path, wrong) for wrong in WRONG)
            if key.endswith(">"):
                yield changed(item, (*path, "no_such_field"), 1)


@BOTH
def test_every_type_of_the_version_has_a_checker(version: Version) -> None:
    assert set(checkers(version)) == set(oracles(version))
    assert len(checkers(Version.MAIN)) == 56
    assert len(checkers(Version.V1_2_0)) == 52


@BOTH
def test_every_official_sample_is_valid(version: Version) -> None:
    found = [finding for item in samples(version) for finding in check_item(item, version)]
    assert len(samples(version)) > 100
    assert not found
    assert all(theirs(item, version) and also_theirs(item, version) for item in samples(version))


@BOTH
def test_items_that_use_every_field_are_valid(version: Version) -> None:
    assert {item["object_type"] for item in made(version)} == set(checkers(version))
    assert [item for item in made(version) if not ours(item, version)] == []


@pytest.mark.parametrize(("version", "name"), [(v, name) for v in Version for name in checkers(v)])
def test_every_single_change_is_judged_alike(version: Version, name: str) -> None:
    items = [item for item in samples(version) + made(version) if item["object_type"] == name]
    seen: set[str] = set()
    mutants = [mutant for item in items for mutant in mutations(item, seen)]
    assert [mutant for mutant in mutants if ours(mutant, version) != theirs(mutant, version)] == []
    assert len(mutants) > 50


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_several_changes_at_once_are_judged_alike(data: st.DataObject) -> None:
    version = data.draw(st.sampled_from(Version))
    item = data.draw(st.sampled_from(samples(version) + made(version)))
    for _ in range(data.draw(st.integers(1, 4))):
        path = data.draw(st.sampled_from([path for path, _ in places(item) if path] or [("id",)]))
        item = changed(item, path, data.draw(st.sampled_from(WRONG)))
    assert ours(item, version) == theirs(item, version) == also_theirs(item, version)


def test_eleven_decimals_are_refused_where_they_stand() -> None:
    item = next(i for i in samples(Version.V1_2_0) if i["object_type"] == "TX_STOCK_ISSUANCE")
    (finding,) = check_item({**item, "quantity": "1.12345678901"}, Version.V1_2_0)
    assert (finding.severity, finding.code, finding.pointer) == (Severity.ERROR, Code.WRONG_FORMAT, "/quantity")
    assert finding.object_id == item["id"]
    assert "10 decimal places" in finding.message


def test_a_quantity_as_a_json_number_is_refused_with_a_hint() -> None:
    item = next(i for i in samples(Version.MAIN) if i["object_type"] == "TX_STOCK_TRANSFER")
    (finding,) = check_item({**item, "quantity": 4800}, Version.MAIN)
    assert finding.severity is Severity.ERROR
    assert 'in quotes, such as "4800"' in finding.message


def test_what_the_ledger_reads_must_be_right_and_what_it_keeps_may_be_anything() -> None:
    grant = next(i for i in samples(Version.MAIN) if i["object_type"] == "TX_EQUITY_COMPENSATION_ISSUANCE")
    for field in grant:
        for item, must in (({**grant, field: {}}, NEEDED | READ), (changed(grant, (field,), ...), NEEDED)):
            severities = {f.severity for f in check_item(item, Version.MAIN) if f.code is not Code.UNKNOWN_TYPE}
            assert severities <= {Severity.ERROR} if field in must else severities <= {Severity.WARNING}


def test_a_placeholder_counts_as_absent() -> None:
    share = next(i for i in samples(Version.V1_2_0) if i["object_type"] == "TX_STOCK_ISSUANCE")
    (price,) = check_item({**share, "share_price": {"omitted": True}}, Version.V1_2_0)
    (holder,) = check_item({**share, "stakeholder_id": {"omitted": True}}, Version.V1_2_0)
    assert (price.code, price.severity) == (Code.MISSING_FIELD, Severity.WARNING)
    assert (holder.code, holder.severity) == (Code.MISSING_FIELD, Severity.ERROR)


def test_unknown_fields_are_kept_with_a_warning_at_any_depth() -> None:
    share = next(i for i in samples(Version.V1_2_0) if i["object_type"] == "TX_STOCK_ISSUANCE")
    item = {**share, "valuation_id": "v1", "share_price": {**share["share_price"], "note": "x"}}
    found = check_item(item, Version.V1_2_0)
    assert {(f.code, f.severity) for f in found} == {(Code.UNKNOWN_FIELD, Severity.WARNING)}
    assert {f.pointer for f in found} == {"/valuation_id", "/share_price/note"}


def test_types_of_the_newer_version_are_understood_in_the_older_with_a_warning() -> None:
    item = next(i for i in samples(Version.MAIN) if i["object_type"] == "TX_STOCK_CONSOLIDATION")
    (finding,) = check_item(item, Version.V1_2_0)
    assert (finding.code, finding.severity) == (Code.NOT_IN_VERSION, Severity.WARNING)


def test_an_unknown_type_is_a_memo() -> None:
    (finding,) = check_item({"object_type": "TX_MOON_LANDING", "id": "m1"}, Version.MAIN)
    assert (finding.code, finding.severity, finding.object_id) == (Code.UNKNOWN_TYPE, Severity.WARNING, "m1")
