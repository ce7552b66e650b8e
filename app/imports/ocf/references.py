"""Who and what an item refers to, and what becomes of items that refer to nothing in the package.

Exports are often cut out of a larger record, and the official samples are not connected at all. So an unknown id is no
error: the item that needs it becomes a *memo*, kept without effect on any total, and so does what hangs on a memo. The
exceptions are those where a total would come out wrong in silence. Securities that come out of a memo with an unknown
source count as issued by themselves, for their units are nowhere else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from app.imports.ocf.findings import Code, Finding, Severity
from app.imports.ocf.package import Item
from app.imports.ocf.transactions import ISSUES, Family, StepKind, Transaction, shown_number

_LEAVES_THE_COMPANY_WHOLE = (StepKind.EXERCISE, StepKind.RELEASE)
"""Steps that count even when what they result in is not in the package: the units have left the award."""

MAY_COME_FIRST = (StepKind.VESTING_FACT,)
"""What may be dated before its security is issued: vesting often starts on the first day of work."""


@dataclass(frozen=True, slots=True)
class Known:
    """The ids of the package's objects.

    Attributes:
        issuer_id: The company.
        holders: Ids of stakeholders.
        classes: Ids of share classes.
        plans: Class ids of each plan, by plan id; only classes that are in the package.
        conditions: Condition ids of each set of vesting terms, by its id.
    """

    issuer_id: str = ""
    holders: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    plans: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    conditions: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Linked:
    """Transactions sorted out by what they refer to.

    Attributes:
        securities: The issuance of each security that counts, by security id.
        made_by: The transaction out of which a security comes, by security id; absent for plain issuances.
        memos: Transactions without effect.
        implied: Class of each plan that grants name but the package lacks, by plan id.
        findings: What was found on the way.
    """

    securities: dict[str, Transaction] = field(default_factory=dict)
    made_by: dict[str, Transaction] = field(default_factory=dict)
    memos: set[Transaction] = field(default_factory=set)
    implied: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def say(self, severity: Severity, code: Code, of: Transaction, message: str) -> None:
        """Add a finding about a transaction."""
        self.findings.append(Finding(severity, code, of.id, message, of.item.file))


def duplicate_ids(items: Iterable[Item]) -> Iterator[Finding]:
    """Yield an error for every item whose id an earlier one has."""
    seen: dict[str, Item] = {}
    for item in items:
        first = seen.setdefault(item.id, item)
        if item.id and first is not item:
            message = f"{item.object_type} and {first.object_type} both have the id {item.id}; ids must be unique."
            yield Finding(Severity.ERROR, Code.DUPLICATE_ID, item.id, message, item.file, "/id")


def link(transactions: Iterable[Transaction], known: Known) -> Linked:
    """Sort out which transactions count, which are memos, and which security comes out of which."""
    everything = list(transactions)
    linked = Linked()
    for each in everything:
        if each.kind in ISSUES:
            _link_issuance(each, known, linked)
    acts = [each for each in everything if each.kind not in ISSUES]
    for each in acts:
        if problem := _unknown(each, known, linked):
            _make_memo(each, problem, linked)
    for each in acts:
        if each not in linked.memos:
            _link_results(each, linked)
    _spread_memos(acts, linked)
    _check_what_counts(acts, known, linked)
    return linked


def _link_issuance(issuance: Transaction, known: Known, linked: Linked) -> None:
    problem = _unissuable(issuance, known)
    if problem:
        _make_memo(issuance, problem, linked)
        return
    if issuance.security_id in linked.securities:
        first = linked.securities[issuance.security_id]
        message = f"Security {issuance.security_id} is issued by {first.id} already; security ids must be unique."
        linked.say(Severity.ERROR, Code.DUPLICATE_SECURITY, issuance, message)
        return
    linked.securities[issuance.security_id] = issuance
    plan = issuance.plan_id
    is_unknown = plan and plan not in known.plans and plan not in linked.implied
    if is_unknown and issuance.family is Family.EQUITY_COMPENSATION:
        linked.implied[plan] = issuance.class_id
        message = f"Plan {plan} is not in the package; grants count under it, its reserve is unknown."
        linked.findings.append(Finding(Severity.WARNING, Code.IMPLIED_PLAN, plan, message, issuance.item.file))


def _unissuable(issuance: Transaction, known: Known) -> str:
    """Return what an issuance refers to in vain, nothing when it can be issued.

    A grant may name a class, a plan, or both; the class alone is enough, and so is a plan that has one.
    """
    if issuance.holder_id not in known.holders:
        return f"stakeholder {issuance.holder_id or '(none)'}"
    if issuance.family not in (Family.STOCK, Family.EQUITY_COMPENSATION) or issuance.class_id in known.classes:
        return ""
    if issuance.class_id or issuance.family is Family.STOCK:
        return f"stock class {issuance.class_id or '(none)'}"
    return "" if known.plans.get(issuance.plan_id) else f"plan {issuance.plan_id or '(none)'}"


def _unknown(act: Transaction, known: Known, linked: Linked) -> str:
    """Return what an act refers to in vain; one vain reference is enough."""
    vain = [f"security {source}" for source in act.sources if source not in linked.securities]
    if act.class_id and act.class_id not in known.classes:
        vain.append(f"stock class {act.class_id}")
    if act.plan_id and act.plan_id not in known.plans and act.plan_id not in linked.implied:
        vain.append(f"plan {act.plan_id}")
    if act.kind is StepKind.STAKEHOLDER_CHANGED and act.holder_id not in known.holders:
        vain.append(f"stakeholder {act.holder_id}")
    if act.kind is StepKind.ISSUER_AUTHORISED_ADJUSTED and act.holder_id != known.issuer_id:
        vain.append(f"issuer {act.holder_id}")
    return vain[0] if vain else ""


def _make_memo(each: Transaction, problem: str, linked: Linked) -> None:
    linked.memos.add(each)
    message = (
        f"{each.item.object_type} refers to {problem}, which is not in the package; kept as a memo, without effect."
    )
    linked.say(Severity.WARNING, Code.UNKNOWN_REFERENCE, each, message)


def _link_results(act: Transaction, linked: Linked) -> None:
    for name in outcome(act):
        if name in act.sources:
            message = f"Security {name} can't come out of itself; a part that stays needs no result."
            linked.say(Severity.ERROR, Code.WRONG_RESULT, act, message)
        elif name in linked.securities and linked.made_by.setdefault(name, act) is not act:
            message = f"Security {name} comes out of {linked.made_by[name].id} already."
            linked.say(Severity.ERROR, Code.WRONG_RESULT, act, message)


def outcome(act: Transaction) -> tuple[str, ...]:
    """Return the ids of the securities that come out of a transaction, the balance last."""
    return (*act.results, act.balance_id) if act.balance_id else act.results


def _spread_memos(acts: list[Transaction], linked: Linked) -> None:
    """Make memos of what hangs on memos, until nothing more does.

    A transaction hangs on its results: what went to someone unknown can't be carried out in part. Then its other
    results and its balance have no effect either, nor what happens to them later.
    """
    unissued = {memo.security_id for memo in linked.memos if memo.kind in ISSUES} - linked.securities.keys()
    on_source: dict[str, list[Transaction]] = defaultdict(list)
    for act in acts:
        for source in act.sources:
            on_source[source].append(act)
    waiting = [
        (act, f"security {lost[0]}, a memo")
        for act in acts
        if act.kind not in _LEAVES_THE_COMPANY_WHOLE and (lost := [name for name in outcome(act) if name in unissued])
    ]
    while waiting:
        act, problem = waiting.pop()
        if act in linked.memos:
            continue
        _make_memo(act, problem, linked)
        for name in outcome(act):
            if linked.made_by.get(name) is act:
                del linked.made_by[name]
                _make_memo(linked.securities.pop(name), f"{act.id}, a memo", linked)
                waiting += ((later, f"security {name}, a memo") for later in on_source[name])


def _check_what_counts(acts: list[Transaction], known: Known, linked: Linked) -> None:
    for issuance in linked.securities.values():
        _check_issuance(issuance, known, linked)
    for act in acts:
        if act in linked.memos:
            continue
        for source in act.sources:
            _check_source(act, linked.securities[source], linked)
        _check_outcome(act, linked)
        if act.condition_id:
            _check_condition(act, known, linked)
    _check_labels(linked)


def _check_issuance(issuance: Transaction, known: Known, linked: Linked) -> None:
    if issuance.terms_id and issuance.terms_id not in known.conditions and issuance.vests is None:
        message = f"Its vesting terms {issuance.terms_id} are not in the package, so nobody can tell what has vested."
        linked.say(Severity.ERROR, Code.UNKNOWN_REFERENCE, issuance, f"{message} Add them, or its vestings.")
    if issuance.vests is not None and issuance.size is not None and issuance.vests != issuance.size:
        message = (
            f"Its vestings add up to {shown_number(issuance.vests)}, its quantity is {shown_number(issuance.size)}."
        )
        linked.say(Severity.ERROR, Code.VESTING_INVALID, issuance, message)
    if issuance.family is Family.STOCK and issuance.plan_id and issuance.plan_id not in known.plans:
        message = f"Plan {issuance.plan_id} is not in the package; the shares count outside any plan."
        linked.say(Severity.WARNING, Code.UNKNOWN_REFERENCE, issuance, message)


def _check_source(act: Transaction, source: Transaction, linked: Linked) -> None:
    began = linked.made_by.get(source.security_id, source).date
    if act.date < began and act.kind not in MAY_COME_FIRST:
        message = (
            f"{act.item.object_type} of {act.date} is dated before security {source.security_id} exists ({began})."
        )
        linked.say(Severity.ERROR, Code.BEFORE_ISSUANCE, act, message)
    if act.family is not None and act.family is not source.family:
        message = f"{act.item.object_type} names security {source.security_id}, which is {source.item.object_type}."
        linked.say(Severity.ERROR, Code.WRONG_RESULT, act, message)


def _check_outcome(act: Transaction, linked: Linked) -> None:
    for name in act.results:
        if name not in linked.securities:
            leaves = act.kind in _LEAVES_THE_COMPANY_WHOLE
            what = "the units left the award, the certificate is not in the package" if leaves else "add its issuance"
            severity = Severity.WARNING if leaves else Severity.ERROR
            message = f"{act.id} results in security {name}, which nothing issues: {what}."
            linked.say(severity, Code.MISSING_ISSUANCE, act, message)
        elif linked.securities[name].date != act.date:
            message = (
                f"Security {name} is dated {linked.securities[name].date}; it counts from {act.date}, with {act.id}."
            )
            linked.say(Severity.WARNING, Code.DATES_DIFFER, act, message)


def _check_condition(act: Transaction, known: Known, linked: Linked) -> None:
    terms = linked.securities[act.sources[0]].terms_id if act.sources else ""
    if terms in known.conditions and act.condition_id not in known.conditions[terms]:
        message = f"Vesting terms {terms} have no condition {act.condition_id}; it has no effect."
        linked.say(Severity.WARNING, Code.UNKNOWN_REFERENCE, act, message)


def _check_labels(linked: Linked) -> None:
    seen: dict[str, Transaction] = {}
    for issuance in linked.securities.values():
        first = seen.setdefault(issuance.label, issuance)
        if issuance.label and first is not issuance:
            message = f"Number {issuance.label} is on {first.id} as well; the later one gets a number of its own."
            linked.say(Severity.WARNING, Code.DUPLICATE_LABEL, issuance, message)
