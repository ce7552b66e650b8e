"""What happens to classes and plans of the package: other totals, other ratios, splits, late returns to a pool."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from app.imports.ocf.issuing import COUNTED
from app.imports.ocf.making import Making
from app.imports.ocf.story import Step
from app.imports.ocf.transactions import StepKind, Transaction
from app.imports.ocf.values import ratio
from ledger.entries import Draft, Role, account, move, unit
from ledger.equity.certificates import CertificateEntry
from ledger.equity.classes import ClassEntry, charter, pool, unissued
from ledger.equity.originals import KeptEntry
from ledger.equity.split_facts import Holding
from ledger.equity.splits import Piece, scaled, split_entries, split_holding
from ledger.equity.values import (
    ClassRatio,
    ClassSplit,
    EventKind,
    ReturnRule,
    Schedule,
    SecurityEvent,
    SecurityKind,
    ShareClass,
)
from ledger.records import Record


def adjustment_entry(making: Making, step: Step, kept: tuple[Record, ...]) -> Draft:
    """Return the entry of a step about a class or plan, splits apart."""
    main = step.main
    assert main is not None
    match step.kind:
        case StepKind.AUTHORISED_ADJUSTED:
            return _authorised(making, main, kept)
        case StepKind.POOL_ADJUSTED:
            return _reserved(making, main, kept)
        case StepKind.RATIO_ADJUSTED:
            return _ratio(making, step, main, kept)
        case StepKind.RETURN_TO_POOL:
            return _returned(making, step, main, kept)
        case _:
            return Draft(KeptEntry.KEPT, step.date, kept)


def _authorised(making: Making, main: Transaction, kept: tuple[Record, ...]) -> Draft:
    """Return the entry by which a class has another authorised total; an unlimited one has none to change."""
    of = making.classes[main.class_id]
    if main.size is None or of.unlimited:
        return Draft(KeptEntry.KEPT, main.date, kept)
    change = making.units(main.size, of) - making.authorised[of.id]
    making.authorised[of.id] += change
    postings = move(unit(of.id), change, charter(of.id), unissued(of)) if change else ()
    return Draft(ClassEntry.CLASS_ADJUSTED, main.date, kept, postings)


def _reserved(making: Making, main: Transaction, kept: tuple[Record, ...]) -> Draft:
    """Return the entry by which a plan has another reserve in total.

    Of a plan that was only known from its grants until now, those are part of it: they were drawn from the class.
    """
    plan = making.story.plans[main.plan_id]
    of = making.classes[plan.class_id]
    made = making.plans[plan.id, of.id]
    total = making.units(main.size, of)
    before = made.reserved if made.reserved is not None else _granted(making, made.plan.id)
    made.reserved = total
    change = total - before
    postings = move(unit(of.id), change, unissued(of), pool(made.plan.id)) if change else ()
    return Draft(ClassEntry.PLAN_ADJUSTED, main.date, kept, postings, {"plan": made.plan.id})


def _granted(making: Making, plan_id: str) -> int:
    """Return what is granted under a plan or was issued from it, as far as it is still held."""
    return sum(each.outstanding for each in making.held.values() if each.plan_id == plan_id)


def _ratio(making: Making, step: Step, main: Transaction, kept: tuple[Record, ...]) -> Draft:
    of = making.classes[main.class_id]
    mechanism = step.main_item.data.get("new_ratio_conversion_mechanism")
    new = ratio(mechanism.get("ratio")) if isinstance(mechanism, dict) else None
    if new is None:
        return Draft(KeptEntry.KEPT, step.date, kept)
    making.ratios[of.id] = Fraction(*new)
    return Draft(ClassEntry.CLASS_RATIO_SET, step.date, (ClassRatio(of.id, *new), *kept))


def _returned(making: Making, step: Step, main: Transaction, kept: tuple[Record, ...]) -> Draft:
    """Return the entry by which units that were cancelled earlier go back to a pool, unless they have already."""
    issuance = making.story.securities[main.security_id]
    of, plan = making.class_of(issuance), making.plan_of(issuance)
    target = making.target(of, None, step.returned_to)
    held_by_company = plan is not None and plan.plan.return_rule is ReturnRule.HOLD_AS_CAPITAL_STOCK
    source = account(Role.TREASURY, of.id) if held_by_company else unissued(of)
    if not step.returned_to or target == source:
        return Draft(KeptEntry.KEPT, step.date, kept)
    postings = move(unit(of.id), making.units(main.size, of), source, target)
    return Draft(CertificateEntry.CANCELLED, step.date, kept, postings)


def split_entries_of(making: Making, step: Step, kept: tuple[Record, ...]) -> Iterator[Draft]:
    """Yield the entries of a split; one that reissuances carry out is only kept, for its ratio is not applied again."""
    main = step.main
    assert main is not None
    if main.id in making.story.reissued or not main.ratio:
        yield Draft(KeptEntry.KEPT, step.date, kept)
        return
    of, exact = making.classes[main.class_id], Fraction(main.ratio)
    split = ClassSplit(of.id, exact.numerator, exact.denominator)
    if exact == 1:
        yield Draft(KeptEntry.KEPT, step.date, kept)
        return
    drafts = split_entries(
        of,
        split,
        step.date,
        pieces=list(_pieces(making, of, split, step.date)),
        ratios=_moved_ratios(making, of, exact),
        authorised=making.authorised[of.id],
    )
    first, *others = drafts
    yield Draft(first.kind, first.effective_on, (*first.records, *kept), first.postings, first.facts)
    yield from others
    making.authorised[of.id] = scaled(making.authorised[of.id], split)
    for plan in making.plans.values():
        if plan.plan.class_id == of.id and plan.reserved is not None:
            plan.reserved = scaled(plan.reserved, split)


def _pieces(making: Making, of: ShareClass, split: ClassSplit, on: date) -> Iterator[Piece]:
    """Yield what a split does to everything of a class that holds any units, and to the warrants for it."""
    for path, units in sorted(making.accounts.get(unit(of.id), {}).items()):
        if units:
            yield split_holding(Holding(path, units), split, on)
    for made in making.held.values():
        if made.class_id == of.id and made.kind in COUNTED and made.outstanding:
            holding = Holding(made.account, made.outstanding, made.id, made.instalments(), made.used)
            piece = split_holding(holding, split, on)
            for record in piece.records:
                if isinstance(record, Schedule):
                    made.write(record)
            made.outstanding = scaled(made.outstanding, split)
            yield piece
        elif made.class_id == of.id and made.kind is SecurityKind.WARRANT and made.is_live and made.outstanding:
            made.outstanding = scaled(made.outstanding, split)
            yield Piece(None, (SecurityEvent(made.id, EventKind.ADJUSTED, made.outstanding),))


def _moved_ratios(making: Making, of: ShareClass, grown: Fraction) -> tuple[ClassRatio, ...]:
    """Return the conversion ratios after a split: of this class if it converts, and of those that convert into it."""
    moved = []
    for each in making.classes.values():
        if each is of and of.converts_to is not None:
            making.ratios[of.id] /= grown
            moved.append(each.id)
        elif each.converts_to == of.id:
            making.ratios[each.id] *= grown
            moved.append(each.id)
    return tuple(ClassRatio(id, making.ratios[id].numerator, making.ratios[id].denominator) for id in moved)
