"""Put the transactions of a package in order, each with what comes out of it and what is folded into it."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import groupby

from app.imports.ocf.findings import Code, Finding, Severity
from app.imports.ocf.references import Linked, outcome
from app.imports.ocf.story import Plan, Step, VestingFacts
from app.imports.ocf.transactions import GIVES_BACK, ISSUES, Quantity, StepKind, Transaction


def vesting_facts(counted: Iterable[Transaction]) -> dict[str, VestingFacts]:
    """Gather the vesting facts of each security."""
    facts: dict[str, VestingFacts] = defaultdict(VestingFacts)
    for each in counted:
        if each.kind is StepKind.VESTING_FACT:
            of = facts[each.security_id]
            of.items.append(each.item)
            if each.item.object_type == "TX_VESTING_ACCELERATION":
                of.accelerations.append((each.date, each.size or 0))
            else:
                named = of.starts if each.item.object_type == "TX_VESTING_START" else of.events
                named[each.condition_id] = each.date
    return dict(facts)


def steps_of(
    transactions: list[Transaction],
    linked: Linked,
    facts: Mapping[str, VestingFacts],
    plans: Mapping[str, Plan],
    authorised: Mapping[str, Quantity],
    findings: list[Finding],
) -> Iterator[Step]:
    """Yield the steps in order; a circle of transactions within a day is among the findings.

    Args:
        transactions: In the package's order.
        linked: What became of them.
        facts: Vesting facts by security id.
        plans: By id.
        authorised: What each class authorises at the beginning.
        findings: Takes what is found.
    """
    returns = _matched_returns(transactions, linked)
    folded = set(returns.values())
    made: list[tuple[date, int, Step]] = []
    for place, each in enumerate(transactions):
        if each.kind is StepKind.VESTING_FACT and each not in linked.memos:
            continue
        if each in folded or (each.kind in ISSUES and each not in linked.memos and not _is_plain(each, linked)):
            continue
        made.append((each.date, place, _step(each, linked, facts, plans, returns.get(each))))
    made.sort(key=lambda row: row[:2])
    reserves = {plan.id: plan.reserved for plan in plans.values() if plan.reserved is not None}
    falling = _falling(transactions, {**authorised, **reserves})
    for _, same_day in groupby(made, key=lambda row: row[0]):
        yield from _ordered([step for _, _, step in same_day], falling, findings)


def _is_plain(issuance: Transaction, linked: Linked) -> bool:
    counts = linked.securities.get(issuance.security_id) is issuance
    return counts and issuance.security_id not in linked.made_by


def _step(
    each: Transaction,
    linked: Linked,
    facts: Mapping[str, VestingFacts],
    plans: Mapping[str, Plan],
    returned: Transaction | None,
) -> Step:
    if each in linked.memos:
        return Step(StepKind.MEMO, each.date, each, each.item)
    names = (each.security_id,) if each.kind in ISSUES else outcome(each)
    issued = tuple(linked.securities[n] for n in names if _comes_out_of(n, each, linked))
    others = [item for issuance in issued if (f := facts.get(issuance.security_id)) for item in f.items]
    others += [returned.item] if returned else []
    goes_back = _returned_to(each, linked, plans, returned)
    return Step(each.kind, each.date, each, each.item, issued, tuple(others), goes_back)


def _returned_to(each: Transaction, linked: Linked, plans: Mapping[str, Plan], returned: Transaction | None) -> str:
    """Return the plan that gets units back: the one an item names, else the security's own where its rule is so.

    What a plan's own rule has returned already, an item apart from it does not return once more.
    """
    if returned is not None:
        return returned.plan_id
    own = plans.get(linked.securities[each.security_id].plan_id) if each.security_id in linked.securities else None
    if each.kind is StepKind.RETURN_TO_POOL:
        return "" if own and own.takes_back else each.plan_id
    if own and each.kind in GIVES_BACK and (own.takes_back or each.kind is StepKind.RETRACT):
        return own.id
    return ""


def _comes_out_of(name: str, each: Transaction, linked: Linked) -> bool:
    return linked.securities.get(name) is each or linked.made_by.get(name) is each


def _matched_returns(transactions: list[Transaction], linked: Linked) -> dict[Transaction, Transaction]:
    """Return, for each cancellation that has one, the return to the pool that says where its units went."""
    waiting: dict[tuple[str, Quantity | None], list[Transaction]] = defaultdict(list)
    for each in transactions:
        if each.kind is StepKind.RETURN_TO_POOL and each not in linked.memos:
            waiting[each.security_id, each.size].append(each)
    matched = {}
    for each in transactions:
        if each.kind in GIVES_BACK and each not in linked.memos:
            issuance = linked.securities.get(each.security_id)
            size = each.size if each.size is not None or issuance is None else issuance.size
            if waiting.get((each.security_id, size)):
                matched[each] = waiting[each.security_id, size].pop(0)
    return matched


def _falling(transactions: list[Transaction], totals: Mapping[str, Quantity]) -> set[Transaction]:
    """Return the adjustments that make a total smaller: they come last on their day, the others first."""
    falling = set()
    last = dict(totals)
    for each in sorted(transactions, key=lambda t: t.date):
        if each.kind in (StepKind.POOL_ADJUSTED, StepKind.AUTHORISED_ADJUSTED) and each.size is not None:
            of = each.plan_id or each.class_id
            if each.size < last.get(of, 0):
                falling.add(each)
            last[of] = each.size
    return falling


_RANK = {
    StepKind.ISSUER_AUTHORISED_ADJUSTED: 0,
    StepKind.AUTHORISED_ADJUSTED: 0,
    StepKind.POOL_ADJUSTED: 1,
    StepKind.SPLIT: 2,  # what is issued or happens on the day of a split is in new shares
    StepKind.RATIO_ADJUSTED: 3,
    StepKind.STAKEHOLDER_CHANGED: 3,
    StepKind.ACCEPT: 3,
    StepKind.RETRACT: 6,
    StepKind.REISSUE: 6,
    StepKind.CONSOLIDATE: 6,
    **dict.fromkeys(ISSUES, 7),  # what frees units comes before what draws them
    StepKind.MEMO: 9,
}
_PART, _WHOLE, _FALLING = 4, 5, 8
_IN_ORDER = 10
"""Of what stands in its true order: after the rest of the day, and otherwise as it stands."""


def _rank(step: Step, falling: set[Transaction]) -> int:
    if step.main_item.order >= 0:
        return _IN_ORDER
    if step.main in falling:
        return _FALLING
    return _RANK.get(step.kind, _WHOLE if step.main and step.main.balance_id else _PART)


def _ordered(day: list[Step], falling: set[Transaction], findings: list[Finding]) -> Iterator[Step]:
    """Yield the steps of one day: causes before effects, then by rank, then in the package's order."""
    maker = {issuance.security_id: n for n, step in enumerate(day) for issuance in step.issued}
    waits = {n: {maker[s] for s in _needs(step) if s in maker and maker[s] != n} for n, step in enumerate(day)}
    wakes: dict[int, list[int]] = defaultdict(list)
    for n, causes in waits.items():
        for cause in causes:
            wakes[cause].append(n)
    ready = [(_rank(day[n], falling), n) for n, causes in waits.items() if not causes]
    heapq.heapify(ready)
    while ready:
        _, n = heapq.heappop(ready)
        del waits[n]
        yield day[n]
        for later in wakes[n]:
            waits[later].discard(n)
            if not waits[later]:
                heapq.heappush(ready, (_rank(day[later], falling), later))
    for n in waits:
        message = f"{day[n].main_item.id} and others of {day[n].date} each come out of the other; one must come first."
        findings.append(Finding(Severity.ERROR, Code.WRONG_RESULT, day[n].main_item.id, message, day[n].main_item.file))


def _needs(step: Step) -> tuple[str, ...]:
    return step.main.sources if step.main and step.kind is not StepKind.MEMO else ()
