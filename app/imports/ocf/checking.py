"""Read and check a package: the one entry for whoever imports it."""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from pathlib import Path

from app.imports.ocf.books import check_arithmetic
from app.imports.ocf.findings import Code, Finding, Severity
from app.imports.ocf.models import check_item
from app.imports.ocf.objects import Objects
from app.imports.ocf.order import in_true_order
from app.imports.ocf.package import Item, Package, as_date, read_package
from app.imports.ocf.references import Linked, duplicate_ids, link
from app.imports.ocf.source import Limits
from app.imports.ocf.steps import steps_of, vesting_facts
from app.imports.ocf.story import Plan, Step, Story
from app.imports.ocf.transactions import UNITS, Quantity, StepKind, Transaction, decimals_of


@dataclass(frozen=True, slots=True)
class CheckedPackage:
    """A package with all that was found; an error among the findings means that it must not be imported.

    Attributes:
        package: As read.
        findings: In order: files, items, references, arithmetic.
        story: What the ledger is to say; complete only when there is no error.
    """

    package: Package
    findings: tuple[Finding, ...]
    story: Story

    @property
    def is_importable(self) -> bool:
        """Whether nothing was found that forbids the import."""
        return all(finding.severity is not Severity.ERROR for finding in self.findings)


def check(path: Path, limits: Limits | None = None) -> CheckedPackage:
    """Read a folder or an ``.ocf.zip`` and check it completely; never raises for what is in it."""
    with _collector_at_rest():
        package = read_package(path, limits)
        story, findings = tell(package)
        return CheckedPackage(package, (*package.findings, *findings), story)


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Keep the garbage collector from walking a million living objects again and again: there are no cycles here."""
    was_at_work = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_at_work:
            gc.enable()


def tell(package: Package) -> tuple[Story, list[Finding]]:
    """Return the package in order, and what is wrong with its items, their references and their arithmetic."""
    findings: list[Finding] = []
    objects = Objects()
    everything = (*([package.issuer] if package.issuer else []), *in_true_order(package))
    for item in everything:
        data = item.data
        flaws = check_item(data, package.version, file=item.file)
        findings += flaws
        if all(flaw.severity is not Severity.ERROR for flaw in flaws):
            findings += objects.add(item, data)
    findings += duplicate_ids(everything)
    findings += _after_as_of(objects.transactions, package.as_of)
    findings += objects.settle_plans()
    findings += objects.dangling(frozenset(item.id for item in everything))
    linked = link(objects.transactions, objects.known())
    findings += linked.findings
    story = _story(objects, linked, package.as_of, findings)
    findings += check_arithmetic(story)
    return story, findings


def _after_as_of(transactions: list[Transaction], as_of: date | None) -> Iterator[Finding]:
    late = [each for each in transactions if as_of is not None and each.date > as_of]
    if late:
        last = max(late, key=lambda each: each.date)
        message = f"The manifest is as of {as_of}, but {len(late)} items are dated later, the last {last.date}."
        yield Finding(Severity.WARNING, Code.AFTER_AS_OF, last.id, message, last.item.file)


def _story(objects: Objects, linked: Linked, as_of: date | None, findings: list[Finding]) -> Story:
    plans = {plan_id: plan for plan_id, (plan, _) in objects.plans.items()}
    plans |= {plan_id: Plan(plan_id, plan_id, class_id, None) for plan_id, class_id in linked.implied.items()}
    counted = [each for each in objects.transactions if each not in linked.memos]
    splits = {each.id: each.ratio for each in counted if each.kind is StepKind.SPLIT and each.ratio}
    facts = vesting_facts(counted)
    steps = list(steps_of(objects.transactions, linked, facts, plans, objects.authorised, findings))
    steps += (_memo(item, as_of) for item in objects.others)
    story = Story(
        objects.issuer,
        objects.holders,
        objects.classes,
        plans,
        objects.terms,
        tuple(item for item, _ in objects.valuations),
        tuple(objects.kept),
        linked.securities,
        facts,
        tuple(sorted(steps, key=lambda step: step.date)),
        authorised=objects.authorised,
        split_ratios=splits,
        reissued=_reissued(counted, splits),
    )
    return replace(story, decimals=_decimals(story, counted))


def _memo(item: Item, as_of: date | None) -> Step:
    """Return the step of an item of an unknown type, on its own date if it bears one."""
    day = as_date(item.data.get("date")) or as_of or date(1970, 1, 1)
    return Step(StepKind.MEMO, day, None, item)


def _reissued(counted: list[Transaction], splits: dict[str, Quantity]) -> dict[str, frozenset[str]]:
    sources: dict[str, set[str]] = defaultdict(set)
    for each in counted:
        if each.split_id in splits:
            sources[each.split_id].update(each.sources)
    return {split: frozenset(of) for split, of in sources.items()}


def _decimals(story: Story, counted: list[Transaction]) -> dict[str, int]:
    """Return how many decimal places the quantities of each class need."""
    needed = dict.fromkeys(story.classes, 0)
    sizes: list[tuple[str, Quantity]] = [*story.authorised.items()]
    sizes += [(plan.class_id, plan.reserved) for plan in story.plans.values() if plan.reserved is not None]
    for each in counted:
        if isinstance(each.size, Fraction) and (each.family is None or each.family in UNITS):
            sizes.append((story.class_of(story.securities.get(each.security_id, each)), each.size))
    for class_id, size in sizes:
        if class_id in needed:
            needed[class_id] = max(needed[class_id], decimals_of(size))
    return needed
