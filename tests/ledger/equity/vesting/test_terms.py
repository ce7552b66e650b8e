from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.equity.vesting import graph
from ledger.equity.vesting.errors import ConditionCycle, NoRootCondition, VestingTermsInvalid
from ledger.equity.vesting.terms import VestingTerms

SOUND: dict[str, Any] = {
    "id": "vt_1",
    "object_type": "VESTING_TERMS",
    "name": "Two steps",
    "description": "A start and a month",
    "allocation_type": "CUMULATIVE_ROUND_DOWN",
    "vesting_conditions": [
        {"id": "a", "quantity": "0", "trigger": {"type": "VESTING_START_DATE"}, "next_condition_ids": ["b"]},
        {
            "id": "b",
            "portion": {"numerator": "0.5", "denominator": "2"},
            "trigger": {
                "type": "VESTING_SCHEDULE_RELATIVE",
                "period": {"length": 1, "type": "MONTHS", "occurrences": 4, "day_of_month": "29_OR_LAST_DAY_OF_MONTH"},
                "relative_to_condition_id": "a",
            },
            "next_condition_ids": [],
        },
    ],
    "comments": ["from counsel"],
}


def with_b(*path: str, value: object) -> dict[str, Any]:
    """The sound terms with one field of condition b changed, or taken away where the value is None."""
    data = deepcopy(SOUND)
    target = data["vesting_conditions"][1]
    for key in path[:-1]:
        target = target[key]
    if value is None:
        del target[path[-1]]
    else:
        target[path[-1]] = value
    return data


def test_terms_are_read_and_written_back_whole() -> None:
    assert VestingTerms.parse(SOUND).as_dict() == SOUND


PERIOD = ("trigger", "period")
WRONG: list[tuple[tuple[str, ...], object, str]] = [
    (("next_condition_ids",), ["c"], "Condition b: the next condition c does not exist"),
    (("next_condition_ids",), ["a"], "no root condition"),
    (("next_condition_ids",), ["b"], "cycle at b"),
    (("id",), "a", "Condition a: two conditions have this id"),
    (("portion",), None, "Condition b: it needs either a portion or a quantity"),
    (("quantity",), "7", "Condition b: it needs either a portion or a quantity"),
    (("portion", "numerator"), "3", "Condition b, portion: the portion must be between 0 and 1"),
    (("portion", "numerator"), "-1", "between 0 and 1"),
    (("portion", "denominator"), "0", "between 0 and 1"),
    (("portion", "numerator"), 0.5, "Condition b, portion: “numerator” must be a decimal number written as a text"),
    (("portion", "numerator"), "0.12345678901", "at most 10 decimal places"),
    (("portion", "remainder"), "yes", "“remainder” must be true or false"),
    (("trigger", "type"), "VESTING_MOON", "Condition b, trigger: unknown type VESTING_MOON"),
    (("trigger", "relative_to_condition_id"), "c", "Condition b: c, which it is relative to, does not exist"),
    (("trigger", "relative_to_condition_id"), "b", "Condition b: b, which it is relative to, never comes before it"),
    ((*PERIOD, "length"), -1, "“length” must be a whole number, 0 or more"),
    ((*PERIOD, "length"), 1.0, "“length” must be a whole number"),
    ((*PERIOD, "length"), True, "“length” must be a whole number"),
    ((*PERIOD, "occurrences"), 0, "“occurrences” must be a whole number, 1 or more"),
    ((*PERIOD, "occurrences"), 1201, "Condition b, trigger, period: A vesting period runs for a century at most"),
    ((*PERIOD, "cliff_installment"), 5, "The cliff comes after the last instalment"),
    ((*PERIOD, "day_of_month"), "29", "“day_of_month” can't be 29"),
    ((*PERIOD, "day_of_month"), None, "“day_of_month” is missing"),
    ((*PERIOD, "type"), "YEARS", "days or months"),
    ((*PERIOD, "type"), "WEEKS", "“type” must be one of DAYS, MONTHS, YEARS"),
    (("cliff_condition",), {"id": "c"}, "Condition b: unknown field “cliff_condition”"),
    (("next_condition_ids",), [1], "must be a list of texts"),
    (("trigger",), "monthly", "Condition b, trigger: an object is expected"),
]


@pytest.mark.parametrize(("path", "value", "message"), WRONG, ids=lambda value: str(value)[:40])
def test_broken_terms_are_refused_in_words_that_name_the_condition(
    path: tuple[str, ...], value: object, message: str
) -> None:
    with pytest.raises(VestingTermsInvalid) as refusal:
        VestingTerms.parse(with_b(*path, value=value))
    assert message in str(refusal.value)


@pytest.mark.parametrize("data", [None, [], {}, {**SOUND, "vesting_conditions": []}, {**SOUND, "object_type": "PLAN"}])
def test_what_is_no_vesting_terms_is_refused(data: object) -> None:
    with pytest.raises(VestingTermsInvalid):
        VestingTerms.parse(data)


def test_a_date_is_read_as_written_or_not_at_all() -> None:
    absolute = {"type": "VESTING_SCHEDULE_ABSOLUTE", "date": "2026-02-28"}
    assert (
        VestingTerms.parse(with_b("trigger", value=absolute)).as_dict()["vesting_conditions"][1]["trigger"] == absolute
    )
    for wrong in ("2026-02-29", "20260228", "28/02/2026", 2026):
        with pytest.raises(VestingTermsInvalid, match="YYYY-MM-DD"):
            VestingTerms.parse(with_b("trigger", value={**absolute, "date": wrong}))


def test_a_cycle_that_no_root_leads_to_is_found() -> None:
    with pytest.raises(ConditionCycle, match="cycle at b"):
        graph.in_order({"a": (), "b": ("c",), "c": ("b",)})
    with pytest.raises(NoRootCondition):
        graph.in_order({"b": ("c",), "c": ("b",)})


def test_a_condition_can_only_need_one_that_leads_to_it() -> None:
    edges = {"a": ("b", "c"), "b": ("d",), "c": (), "d": ()}
    assert graph.out_of_order(edges, {"d": "a", "b": "a"}) is None
    assert graph.out_of_order(edges, {"d": "c"}) == "d"
    assert graph.out_of_order(edges, {"d": "d"}) == "d"


def test_a_path_of_many_thousand_conditions_is_no_deeper_than_one() -> None:
    chain = {str(step): (str(step + 1),) for step in range(20_000)} | {"20000": ()}
    assert graph.in_order(chain) == list(chain)


@given(st.data(), st.integers(2, 12))
def test_an_order_exists_exactly_while_nothing_leads_back(data: st.DataObject, size: int) -> None:
    names = [str(number) for number in range(size)]
    # edges lead from lower to higher numbers only, so there is no cycle
    edges = {
        name: tuple(data.draw(st.lists(st.sampled_from(names[place + 1 :]), unique=True))) if names[place + 1 :] else ()
        for place, name in enumerate(names)
    }
    place = {name: position for position, name in enumerate(graph.in_order(edges))}
    assert all(place[before] < place[after] for before, afters in edges.items() for after in afters)
    pairs = [
        (later, earlier) for later in names for earlier in names if not graph.out_of_order(edges, {later: earlier})
    ]
    later, earlier = data.draw(st.sampled_from([*pairs, ("0", "0")]))
    with pytest.raises((ConditionCycle, NoRootCondition)):
        graph.in_order({**edges, later: (*edges[later], earlier)})
