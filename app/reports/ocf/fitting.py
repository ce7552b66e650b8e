"""Making an item fit a version of the format: what the version can't say goes into a comment that is read back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from app.imports.ocf.findings import Code, Finding
from app.imports.ocf.models import Version, check_item
from app.imports.ocf.remarks import FIELD, Object, pointed, said_of, with_remark
from app.reports.ocf.terms import without_cliffs

_NAMING = ("object_type", "id", FIELD)
_NO_MONEY = {"amount": "0", "currency": "XXX"}

FILLERS: Mapping[str, Any] = MappingProxyType(
    {
        "STAKEHOLDER name": {"legal_name": "(none)"},
        "TX_CONVERTIBLE_ISSUANCE seniority": 1,
        "base_price": _NO_MONEY,
        "class_type": "COMMON",
        "country_of_formation": "ZZ",
        "custom_id": "(none)",
        "default_id_prefix": "",
        "description": "(none)",
        "exercise_price": _NO_MONEY,
        "exercise_triggers": [],
        "expiration_date": None,
        "formation_date": "9999-12-31",
        "legal_name": "(none)",
        "md5": "0" * 32,
        "name": "(none)",
        "plan_name": "(none)",
        "price": _NO_MONEY,
        "purchase_price": _NO_MONEY,
        "reason_text": "(none)",
        "release_price": _NO_MONEY,
        "resulting_security_ids": [],
        "security_law_exemptions": [],
        "seniority": "1",
        "share_price": _NO_MONEY,
        "stakeholder_type": "INDIVIDUAL",
        "stock_legend_ids": [],
        "termination_exercise_windows": [],
        "text": "(none)",
        "trigger_id": "(none)",
        "valuation_type": "409A",
        "votes_per_share": "0",
    }
)
"""What stands where a schema requires a field that an item does not have; taken out again when it is read."""


def fitted(item: Object, version: Version) -> Object | None:
    """Return the item as the version's schema accepts it, or None where nothing acceptable would be left of it."""
    whole = {name: value for name, value in item.items() if name != FIELD}
    said: Object = {}
    if FIELD in item and not isinstance(item[FIELD], dict):
        said[f"/{FIELD}"] = item[FIELD]
    if version is Version.V1_2_0 and (conditions := without_cliffs(whole)) is not None:
        said["/vesting_conditions"] = whole["vesting_conditions"]
        whole["vesting_conditions"] = conditions
    made, cut = _cut(whole, version)
    filled = _filled(check_item(made, version), made)
    made |= filled
    if check_item(made, version):
        return None
    said |= {pointer: _at(whole, pointed(pointer)) for pointer in cut if not pointer.startswith(tuple(said))}
    remark = said_of(item)
    if said:
        remark = {**remark, "put": said}
    if filled:
        remark = {**remark, "filled": sorted(filled)}
    return with_remark(made, remark) if remark else made


def _cut(whole: Object, version: Version) -> tuple[Object, frozenset[str]]:
    """Return a copy of an item without what the version does not accept, and pointers to what was taken out."""
    made, cut = dict(whole), frozenset[str]()
    for find in (_unknown, _flawed):
        flaws = check_item(made, version)
        if not flaws:
            break
        cut = _outermost(cut | find(flaws, whole))
        made = dict(whole)
        for pointer in cut:
            made = _without(made, pointed(pointer))
    return made, cut


def _unknown(flaws: Iterable[Finding], _: Object) -> frozenset[str]:
    """Return where the fields are, at any depth, that the schema does not know."""
    return frozenset(flaw.pointer for flaw in flaws if flaw.code is Code.UNKNOWN_FIELD)


def _flawed(flaws: Iterable[Finding], item: Object) -> frozenset[str]:
    """Return the fields of the item in which anything is wrong."""
    names = {pointed(flaw.pointer)[0] for flaw in flaws if flaw.pointer}.intersection(item).difference(_NAMING)
    return frozenset("/" + name.replace("~", "~0").replace("/", "~1") for name in names)


def _filled(flaws: Iterable[Finding], item: Object) -> Object:
    """Return what can stand in for the fields that are missing."""
    names = [pointed(flaw.pointer)[0] for flaw in flaws if flaw.code is Code.MISSING_FIELD]
    kind = item.get("object_type")
    found: dict[str, Any] = {name: FILLERS.get(f"{kind} {name}", FILLERS.get(name, ...)) for name in names}
    return {name: value for name, value in found.items() if value is not ... and name not in item}


def _outermost(pointers: Iterable[str]) -> frozenset[str]:
    """Return the pointers that lead to nothing inside of what another one leads to."""
    everything = set(pointers)
    return frozenset(p for p in everything if not any(p.startswith(f"{other}/") for other in everything))


def _without(item: Object, path: list[str]) -> Object:
    """Return a copy of an object without the field that a path leads to, if it is there."""
    first, *rest = path
    if first not in item:
        return item
    if not rest:
        return {name: value for name, value in item.items() if name != first}
    return {**item, first: _without_inside(item[first], rest)}


def _without_inside(value: object, path: list[str]) -> object:
    if isinstance(value, dict):
        return _without(value, path)
    if not isinstance(value, list):
        return value
    place = int(path[0])
    return [*value[:place], _without_inside(value[place], path[1:]), *value[place + 1 :]]


def _at(value: Any, path: list[str]) -> Any:  # noqa: ANN401 - JSON may be anything
    """Return what a path leads to inside of an object."""
    for step in path:
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value
