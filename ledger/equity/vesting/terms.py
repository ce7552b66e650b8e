"""Vesting terms as the Open Cap Format writes them: a graph of conditions, each with a trigger and an amount.

The format's semantics and our rulings where it is silent are in ``path``; here are the values, read strictly from JSON
and written back. Fields and words are OCF 1.2.0's, with ``cliff_installment`` of its main branch.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from ledger.equity.vesting import graph
from ledger.equity.vesting.errors import UnknownCondition, VestingTermsInvalid
from ledger.equity.vesting.fields import Fields, numeric_text
from ledger.equity.vesting.triggers import Portion, RelativeTrigger, Trigger, read_trigger, trigger_dict


class AllocationType(StrEnum):
    """How parts of a share are kept out of instalments. Beside each: 18 shares in four equal instalments."""

    CUMULATIVE_ROUNDING = "CUMULATIVE_ROUNDING"
    """The running total is rounded, halves up: 5-4-5-4."""
    CUMULATIVE_ROUND_DOWN = "CUMULATIVE_ROUND_DOWN"
    """The running total is rounded down: 4-5-4-5. Our default."""
    FRONT_LOADED = "FRONT_LOADED"
    """What is left over is spread over the first instalments: 5-5-4-4."""
    BACK_LOADED = "BACK_LOADED"
    """What is left over is spread over the last instalments: 4-4-5-5."""
    FRONT_LOADED_TO_SINGLE_TRANCHE = "FRONT_LOADED_TO_SINGLE_TRANCHE"
    """What is left over goes to the first instalment: 6-4-4-4."""
    BACK_LOADED_TO_SINGLE_TRANCHE = "BACK_LOADED_TO_SINGLE_TRANCHE"
    """What is left over goes to the last instalment: 4-4-4-6."""
    FRACTIONAL = "FRACTIONAL"
    """Nothing is rounded: 4.5 each."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One step of the terms: when it is met, its amount vests, and one of the next ones may follow.

    Attributes:
        id: Names it within its terms.
        trigger: When it is met.
        amount: A portion of the grant, or a number of shares; vests again at each occurrence of the trigger.
        next_ids: What may follow, highest priority first.
        description: The words of the agreement.
    """

    id: str
    trigger: Trigger
    amount: Portion | Fraction
    next_ids: tuple[str, ...] = ()
    description: str | None = None

    def __post_init__(self) -> None:
        """Refuse a nameless condition, a negative amount and a next one named twice."""
        if not self.id:
            raise VestingTermsInvalid("A vesting condition needs an id.")
        if isinstance(self.amount, Fraction) and self.amount < 0:
            raise VestingTermsInvalid(f"Condition {self.id}: the quantity is negative.")
        if len(set(self.next_ids)) != len(self.next_ids):
            raise VestingTermsInvalid(f"Condition {self.id}: a next condition is named twice.")

    @classmethod
    def parse(cls, fields: Fields, *, ignore_unknown: bool) -> Condition:
        """Read an OCF vesting condition; ``fields`` is already named after it."""
        if ("portion" in fields) == ("quantity" in fields):
            raise fields.refuse("it needs either a portion or a quantity")
        amount: Portion | Fraction
        if "portion" in fields:
            amount = Portion.parse(fields.nested("portion"), ignore_unknown=ignore_unknown)
        else:
            amount = fields.numeric("quantity")
        trigger = read_trigger(fields.nested("trigger"), ignore_unknown=ignore_unknown)
        condition = cls(
            fields.text("id"), trigger, amount, fields.texts("next_condition_ids"), fields.optional_text("description")
        )
        fields.finish(ignore_unknown=ignore_unknown)
        return condition

    def as_dict(self) -> dict[str, Any]:
        """Return the OCF form."""
        amount: dict[str, Any]
        if isinstance(self.amount, Portion):
            amount = {"portion": self.amount.as_dict()}
        else:
            amount = {"quantity": numeric_text(self.amount)}
        described = {} if self.description is None else {"description": self.description}
        trigger = {"trigger": trigger_dict(self.trigger)}
        return {"id": self.id, **described, **amount, **trigger, "next_condition_ids": list(self.next_ids)}


@dataclass(frozen=True, slots=True)
class VestingTerms:
    """OCF vesting terms, first version: conditions that form a graph with a beginning and an end.

    Attributes:
        allocation: How parts of a share are kept out of instalments.
        conditions: The conditions, as written.
        id: The OCF object's id, if it has one.
        name: Its short name.
        description: Its words.
        comments: What others noted beside it.
    """

    allocation: AllocationType
    conditions: tuple[Condition, ...]
    id: str | None = None
    name: str | None = None
    description: str | None = None
    comments: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a graph with a cycle, without a beginning, or naming conditions that can't have come before."""
        _refuse_doubles([condition.id for condition in self.conditions])
        edges = self.edges()
        triggers = {condition.id: condition.trigger for condition in self.conditions}
        needs = {name: each.relative_to for name, each in triggers.items() if isinstance(each, RelativeTrigger)}
        for name, earlier in needs.items():
            if earlier not in edges:
                raise UnknownCondition(f"Condition {name}: {earlier}, which it is relative to, does not exist.")
        lost = graph.out_of_order(edges, needs)
        if lost is not None:
            raise VestingTermsInvalid(
                f"Condition {lost}: {needs[lost]}, which it is relative to, never comes before it."
            )

    def __hash__(self) -> int:
        """Hash what is cheap to hash: terms are keys of a cache, looked up for every grant."""
        return hash((self.id, self.allocation, len(self.conditions)))

    def edges(self) -> graph.Edges:
        """Return which condition leads to which."""
        return {condition.id: condition.next_ids for condition in self.conditions}

    @classmethod
    def parse(cls, data: object, *, ignore_unknown: bool = False) -> VestingTerms:
        """Return the terms of an OCF VESTING_TERMS object (``id``, ``name`` and ``description`` may be absent).

        Args:
            data: Decoded JSON.
            ignore_unknown: Read on past fields that OCF does not define; the caller then says so to its reader, since
                such a field may have been meant to change what vests.

        Raises:
            VestingTermsInvalid: Or one of its kinds; the message names the condition.
        """
        fields = Fields(data, "Vesting terms")
        if fields.optional_text("object_type") not in {None, "VESTING_TERMS"}:
            raise fields.refuse("“object_type” must be VESTING_TERMS")
        allocation = fields.one_of("allocation_type", AllocationType)
        named = _named_conditions(fields.items("vesting_conditions"))
        described = {key: fields.optional_text(key) for key in ("id", "name", "description")}
        comments = fields.optional_texts("comments")
        fields.finish(ignore_unknown=ignore_unknown)
        conditions = tuple(Condition.parse(each, ignore_unknown=ignore_unknown) for each in named)
        return cls(allocation, conditions, described["id"], described["name"], described["description"], comments)

    def as_dict(self) -> dict[str, Any]:
        """Return the OCF object."""
        described = {"id": self.id, "object_type": "VESTING_TERMS", "name": self.name, "description": self.description}
        written: dict[str, Any] = {key: value for key, value in described.items() if value is not None}
        written["allocation_type"] = self.allocation.value
        written["vesting_conditions"] = [condition.as_dict() for condition in self.conditions]
        return {**written, "comments": list(self.comments)} if self.comments else written


def _named_conditions(items: list[object]) -> list[Fields]:
    """Return the conditions' fields, each called by its id, once their graph is known to be sound.

    The graph goes first: where it runs in a circle, the details of one condition are not what is wrong.
    """
    named = []
    for position, item in enumerate(items, 1):
        fields = Fields(item, f"Condition number {position}")
        fields.where = f"Condition {fields.text('id')}"
        named.append(fields)
    _refuse_doubles([fields.text("id") for fields in named])
    graph.in_order({fields.text("id"): fields.texts("next_condition_ids") for fields in named})
    return named


def _refuse_doubles(ids: list[str]) -> None:
    """Refuse an id that two conditions have."""
    seen: set[str] = set()
    for each in ids:
        if each in seen:
            raise VestingTermsInvalid(f"Condition {each}: two conditions have this id.")
        seen.add(each)
