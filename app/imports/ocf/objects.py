"""The objects of a package by id, and what they refer to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.imports.ocf.findings import Code, Finding, Severity
from app.imports.ocf.package import Item
from app.imports.ocf.references import Known
from app.imports.ocf.story import Plan
from app.imports.ocf.transactions import Quantity, StepKind, Transaction, number, read_transaction
from ledger.equity.vesting.terms import VestingTerms
from ledger.errors import Refusal


@dataclass(slots=True)
class Objects:
    """Everything of the package that could be read, sorted by what it is.

    Attributes:
        issuer: The company.
        holders: Stakeholders by id.
        classes: Share classes by id.
        authorised: What each class authorises at the beginning; absent where there is no limit.
        plans: Plans by id, with all classes that each names; known or not.
        terms: Vesting terms by id.
        conditions: Ids of their conditions.
        valuations: With the class of each.
        kept: What the ledger only keeps.
        transactions: In the package's order.
        others: Items of types that the format does not have.
    """

    issuer: Item | None = None
    holders: dict[str, Item] = field(default_factory=dict)
    classes: dict[str, Item] = field(default_factory=dict)
    authorised: dict[str, Quantity] = field(default_factory=dict)
    plans: dict[str, tuple[Plan, tuple[str, ...]]] = field(default_factory=dict)
    terms: dict[str, Item] = field(default_factory=dict)
    conditions: dict[str, frozenset[str]] = field(default_factory=dict)
    valuations: list[tuple[Item, str]] = field(default_factory=list)
    kept: list[Item] = field(default_factory=list)
    transactions: list[Transaction] = field(default_factory=list)
    others: list[Item] = field(default_factory=list)

    def add(self, item: Item, data: Mapping[str, Any]) -> Iterator[Finding]:
        """Put an item where it belongs; yield what is wrong with vesting terms, which have rules of their own."""
        match item.object_type:
            case "ISSUER" if self.issuer is None:
                self.issuer = item
            case "STAKEHOLDER":
                self.holders.setdefault(item.id, item)
            case "STOCK_CLASS":
                self.classes.setdefault(item.id, item)
                limit = number(data.get("initial_shares_authorized"))
                if limit is not None:
                    self.authorised.setdefault(item.id, limit)
            case "STOCK_PLAN":
                self.plans.setdefault(item.id, _plan(item, data))
            case "VESTING_TERMS":
                yield from self._add_terms(item, data)
            case "VALUATION":
                self.valuations.append((item, str(data.get("stock_class_id"))))
            case "ISSUER" | "STOCK_LEGEND_TEMPLATE" | "FINANCING" | "DOCUMENT":
                self.kept.append(item)
            case _:
                transaction = read_transaction(item, data)
                if transaction is None:
                    self.others.append(item)
                else:
                    self.transactions.append(transaction)

    def _add_terms(self, item: Item, data: Mapping[str, Any]) -> Iterator[Finding]:
        self.terms.setdefault(item.id, item)
        try:
            terms = VestingTerms.parse(dict(data), ignore_unknown=True)
        except Refusal as refusal:
            yield Finding(Severity.ERROR, Code.VESTING_INVALID, item.id, str(refusal), item.file)
        else:
            self.conditions.setdefault(item.id, frozenset(condition.id for condition in terms.conditions))

    def settle_plans(self) -> Iterator[Finding]:
        """Give each plan the first class it names that is in the package, else that of a grant under it.

        A plan without either can hold nothing: it is only kept.
        """
        from_grants: dict[str, str] = {}
        for each in self.transactions:
            if each.kind is StepKind.GRANT and each.class_id in self.classes:
                from_grants.setdefault(each.plan_id, each.class_id)
        for plan, class_ids in list(self.plans.values()):
            known = [c for c in class_ids if c in self.classes] or [from_grants.get(plan.id, "")]
            self.plans[plan.id] = (plan.of(known[0]), tuple(known))
            if not known[0]:
                del self.plans[plan.id]
                yield from self._keep(plan.item, f"classes {', '.join(class_ids) or '(none)'}")
        valuations, self.valuations = self.valuations, []
        for item, class_id in valuations:
            if class_id in self.classes:
                self.valuations.append((item, class_id))
            else:
                yield from self._keep(item, f"stock class {class_id}")

    def _keep(self, item: Item | None, lacking: str) -> Iterator[Finding]:
        if item is not None:
            self.kept.append(item)
            message = f"{item.object_type} refers to {lacking}, which is not in the package; kept without effect."
            yield Finding(Severity.WARNING, Code.UNKNOWN_REFERENCE, item.id, message, item.file)

    def known(self) -> Known:
        """Return the ids that transactions can refer to, once the plans are settled."""
        return Known(
            self.issuer.id if self.issuer else "",
            frozenset(self.holders),
            frozenset(self.classes),
            {plan_id: class_ids for plan_id, (_, class_ids) in self.plans.items()},
            self.conditions,
        )

    def dangling(self, ids: frozenset[str]) -> Iterator[Finding]:
        """Yield what kept objects name that is not among the package's ids; it matters to nobody's holdings."""
        for item in self.kept:
            data = item.data
            related = _listed(data.get("related_objects"))
            names = [
                *_listed(data.get("issuance_ids")),
                *(one.get("object_id") for one in related if isinstance(one, dict)),
            ]
            named = {name for name in names if isinstance(name, str)}
            for name in sorted(named - ids):
                message = f"{item.object_type} names {name}, which is not in the package."
                yield Finding(Severity.INFO, Code.UNKNOWN_REFERENCE, item.id, message, item.file)


def _plan(item: Item, data: Mapping[str, Any]) -> tuple[Plan, tuple[str, ...]]:
    written = _listed(data.get("stock_class_ids", [data.get("stock_class_id")]))
    class_ids = tuple(one for one in written if isinstance(one, str))
    name, rule = data.get("plan_name"), data.get("default_cancellation_behavior")
    reserved = number(data.get("initial_shares_reserved"))
    named = name if isinstance(name, str) else item.id
    return Plan(item.id, named, "", reserved, rule if isinstance(rule, str) else None, item), class_ids


def _listed(value: object) -> list[Any]:
    """Return a list as it is, and whatever else a package may have written there as an empty one."""
    return value if isinstance(value, list) else []
