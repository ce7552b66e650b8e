"""Vesting terms as objects of the format."""

from __future__ import annotations

from fractions import Fraction
from hashlib import sha256
from typing import Any

from app.imports.ocf.remarks import FIELD, Object
from ledger.equity.promises import read_terms
from ledger.equity.vesting.errors import VestingError
from ledger.equity.vesting.fields import numeric_text
from ledger.equity.vesting.plain import PlainTerms
from ledger.equity.vesting.terms import VestingTerms
from ledger.equity.vesting.triggers import StartTrigger
from ledger.records import canonical
from ledger.types import Json


def terms_id(vesting: Json) -> str:
    """Return the id of the object for vesting terms as a grant holds them: the same terms have the same one."""
    return f"terms-{sha256(canonical(vesting)).hexdigest()[:24]}"


def terms_item(vesting: Json, *, cliff_installment: bool) -> Object | None:
    """Return the object for vesting terms as a grant holds them; None for statements, which the format lacks.

    ``cliff_installment`` says whether the version knows that field.
    """
    terms = read_terms(vesting)
    if isinstance(terms, PlainTerms):
        cliff = f"a cliff after {terms.cliff_months} months" if terms.cliff_months else "no cliff"
        every = "every month" if terms.every_months == 1 else f"every {terms.every_months} months"
        words = f"{terms.months} months, {cliff}, an instalment {every}"
        described = terms.as_conditions(
            cliff_installment=cliff_installment, id=terms_id(vesting), name=words, description=f"{words}."
        )
        return {**described.as_dict(), FIELD: {"plain": terms.as_dict()}}
    if isinstance(terms, VestingTerms):
        made = {"name": "Vesting terms", "description": "As agreed in the grant.", **terms.as_dict()}
        return {**made, "id": terms_id(vesting), "object_type": "VESTING_TERMS"}
    return None


def has_item(vesting: Json) -> bool:
    """Return whether the format has an object for vesting terms: for plain ones and conditions, not for statements."""
    return isinstance(vesting, dict) and ("vesting_conditions" in vesting or "months" in vesting)


def start_condition(vesting: Json) -> str | None:
    """Return the id of the condition that waits for the vesting start, or None where there is none."""
    terms = read_terms(vesting)
    if isinstance(terms, PlainTerms):
        terms = terms.as_conditions(cliff_installment=False)
    if not isinstance(terms, VestingTerms):
        return None
    return next((each.id for each in terms.conditions if isinstance(each.trigger, StartTrigger)), None)


def without_cliffs(item: Object) -> list[Any] | None:
    """Return the conditions of terms with each ``cliff_installment`` written as a condition of its own.

    None where no condition has one, or the item is not of that shape.
    """
    conditions = item.get("vesting_conditions") if item.get("object_type") == "VESTING_TERMS" else None
    if not isinstance(conditions, list):
        return None
    try:
        VestingTerms.parse(item, ignore_unknown=True)
    except VestingError:
        return None
    if not any(map(_has_cliff, conditions)):
        return None
    taken = {each["id"] for each in conditions}
    names = {each["id"]: _free(f"{each['id']}-cliff", taken) for each in conditions if _falls_apart(each)}
    return [part for each in conditions for part in _parts(each, names)]


def _has_cliff(condition: object) -> bool:
    if not isinstance(condition, dict) or not isinstance(condition.get("trigger"), dict):
        return False
    period = condition["trigger"].get("period")
    return isinstance(period, dict) and "cliff_installment" in period


def _falls_apart(condition: Object) -> bool:
    """Return whether a condition has a cliff with instalments after it; portions of a remainder can't be added up."""
    if not _has_cliff(condition) or condition.get("portion", {}).get("remainder"):
        return False
    period = condition["trigger"]["period"]
    return bool(2 <= period["cliff_installment"] < period["occurrences"])


def _free(name: str, taken: set[str]) -> str:
    return name if name not in taken else _free(f"{name}-", taken)


def _parts(condition: Object, names: dict[str, str]) -> list[Object]:
    """Return a condition without its cliff: with instalments after it, as the cliff and those, which keep the id."""
    after = [names.get(each, each) for each in condition["next_condition_ids"]]
    if not _has_cliff(condition):
        return [{**condition, "next_condition_ids": after}]
    trigger = condition["trigger"]
    period = {key: value for key, value in trigger["period"].items() if key != "cliff_installment"}
    cliff, occurrences = trigger["period"]["cliff_installment"], period["occurrences"]
    at_once = {**trigger, "period": {**period, "length": period["length"] * cliff, "occurrences": 1}}
    if condition["id"] in names:
        name = names[condition["id"]]
        rest = {**trigger, "period": {**period, "occurrences": occurrences - cliff}, "relative_to_condition_id": name}
        first = {"id": name, **_times(condition, cliff), "trigger": at_once, "next_condition_ids": [condition["id"]]}
        return [first, {**condition, "trigger": rest, "next_condition_ids": after}]
    if cliff == occurrences > 1 and not condition.get("portion", {}).get("remainder"):
        return [{**condition, **_times(condition, cliff), "trigger": at_once, "next_condition_ids": after}]
    return [{**condition, "trigger": {**trigger, "period": period}, "next_condition_ids": after}]


def _times(condition: Object, count: int) -> Object:
    """Return the amount of a condition so many times over."""
    if "quantity" in condition:
        return {"quantity": numeric_text(Fraction(condition["quantity"]) * count)}
    portion = condition["portion"]
    return {"portion": {**portion, "numerator": numeric_text(Fraction(portion["numerator"]) * count)}}
