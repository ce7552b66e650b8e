"""What an import writes, in order: the registers first, then day by day what happened.

The order is such that whatever is referred to comes first and no prefix of the entries overdraws anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import groupby
from typing import TypeAlias

from app.imports.ocf.acting import acceleration_entry, act_entry
from app.imports.ocf.adjusting import adjustment_entry, split_entries_of
from app.imports.ocf.engaged import engaged, engagement_entry
from app.imports.ocf.issuing import issuance_entry
from app.imports.ocf.making import Making
from app.imports.ocf.package import Item
from app.imports.ocf.records import implied_plans, records_entry
from app.imports.ocf.registers import (
    class_entry,
    holder_entry,
    implied_plan_entry,
    in_order,
    issuer_entry,
    plan_entry,
    valuation_entry,
)
from app.imports.ocf.remarks import RECORD
from app.imports.ocf.story import Plan, Step, Story
from app.imports.ocf.transactions import ISSUES, UNITS, Quantity, StepKind, Transaction
from app.imports.ocf.values import day, ours
from ledger.entries import Draft
from ledger.equity.originals import KeptEntry
from ledger.records import Record

Writing: TypeAlias = Callable[[Making], Iterable[Draft]]
"""Something that comes to one entry, or for a split to several."""

AT_ONCE = 100
"""Items that are only kept, in one entry."""

_MOVES = frozenset(StepKind) - {
    *ISSUES,
    StepKind.AUTHORISED_ADJUSTED,
    StepKind.ISSUER_AUTHORISED_ADJUSTED,
    StepKind.RATIO_ADJUSTED,
    StepKind.POOL_ADJUSTED,
    StepKind.RETURN_TO_POOL,
    StepKind.STAKEHOLDER_CHANGED,
    StepKind.SPLIT,
    StepKind.VESTING_FACT,
    StepKind.MEMO,
}
"""The steps that do something to securities."""


@dataclass(frozen=True, slots=True)
class Agenda:
    """What is to be written.

    Attributes:
        writings: In order.
        is_counted: Whether each comes to exactly one entry.
    """

    writings: tuple[Writing, ...]
    is_counted: bool


def agenda(making: Making, *, time_zone: str, entries: int) -> Agenda:
    """Return what the import of a package writes.

    Args:
        making: With nothing made yet.
        time_zone: What to assume where the package says none.
        entries: How many it comes to, for the first of them to say.
    """
    story = making.story
    on = beginning(story)
    writings = [*_registers(story, on, time_zone, entries), *_objects(story, on), *_days(making)]
    splits = any(step.kind is StepKind.SPLIT for step in story.steps)
    return Agenda(tuple(writings), not splits)


def beginning(story: Story) -> date:
    """Return the day from which the record is: the first that the package names."""
    days = [step.date for step in story.steps[:1]]
    days += [on for item in story.valuations if (on := day(item.data.get("effective_date"))) is not None]
    objects = (*story.classes.values(), *(plan.item for plan in story.plans.values()), story.issuer)
    for item in objects:
        data = item.data if item else {}
        written = (ours(data).get("on"), data.get("formation_date"), data.get("board_approval_date"))
        days += [on for each in written if (on := day(each)) is not None]
    return min(days, default=date(1970, 1, 1))


def _registers(story: Story, on: date, time_zone: str, entries: int) -> Iterator[Writing]:
    """Yield the company, classes and plans."""
    if story.issuer is not None:
        yield _one(issuer_entry, story.issuer, on, time_zone=time_zone, entries=entries)
    for id in in_order(story.classes):
        yield _one(class_entry, story.classes[id], on)
    adjusted = {step.main.plan_id for step in story.steps if step.kind is StepKind.POOL_ADJUSTED and step.main}
    implied = implied_plans(story)
    for plan in story.plans.values():
        has_pool = plan.reserved is not None or plan.id in adjusted
        if plan.item is not None or plan.id not in implied:
            yield partial(_plan, plan=plan, class_id=plan.class_id, on=on, has_pool=has_pool)
    yield from (_one(implied_plan_entry, *each) for each in implied.values())
    for plan_id, class_id in _other_classes(story):
        yield partial(_plan, plan=story.plans[plan_id], class_id=class_id, on=on, has_pool=False)


def _plan(making: Making, *, plan: Plan, class_id: str, on: date, has_pool: bool) -> Iterator[Draft]:
    yield plan_entry(making, plan, making.classes[class_id], on, has_pool=has_pool)


def _other_classes(story: Story) -> list[tuple[str, str]]:
    """Return the plans under which there is anything of another class than theirs, with that class."""
    found: dict[tuple[str, str], None] = {}
    for security in story.securities.values():
        plan, class_id = story.plans.get(security.plan_id), story.class_of(security)
        if plan is not None and security.family in UNITS and class_id != plan.class_id:
            found[plan.id, class_id] = None
    return list(found)


def _objects(story: Story, on: date) -> Iterator[Writing]:
    """Yield holders and valuations, and what is only kept."""
    yield from (_one(holder_entry, item, on) for item in story.stakeholders.values())
    yield from (_one(valuation_entry, item) for item in story.valuations)
    yield from _kept([*story.vesting_terms.values(), *story.kept], on)


def _kept(items: list[Item], on: date) -> Iterator[Writing]:
    for start in range(0, len(items), AT_ONCE):
        yield partial(_keep, items=items[start : start + AT_ONCE], on=on)


def _keep(making: Making, *, items: list[Item], on: date) -> Iterator[Draft]:
    yield Draft(KeptEntry.KEPT, on, tuple(making.keeping.original(item, _about(making, item)) for item in items))


def _about(making: Making, item: Item) -> str:
    """Return the holder that an item names, else its own id."""
    named = item.data.get("stakeholder_id")
    return making.names.ids.get(f"hld {named}", item.id)


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """When in the order of things something is written: the day, the step of that day, and what follows a step."""

    on: date
    step: int
    after: int = 0


FIRST = -1
"""Before the steps of a day."""


def _days(making: Making) -> Iterator[Writing]:
    """Yield what happened, day by day."""
    story = making.story
    otherwise = making.package.as_of or beginning(story)
    found = [(Moment(one.since, FIRST), _one(engagement_entry, one)) for one in engaged(making, otherwise)]
    for is_kept, group in groupby(enumerate(story.steps), key=lambda row: (_is_kept(row[1]), row[1].date)):
        rows = list(group)
        if is_kept[0]:
            items = [step.main_item for _, step in rows]
            found += ((Moment(rows[0][1].date, rows[0][0]), each) for each in _kept(items, rows[0][1].date))
        else:
            found += ((Moment(step.date, place), _writing(step)) for place, step in rows)
    found += _accelerations(story)
    found.sort(key=lambda row: row[0])
    return (writing for _, writing in found)


def _is_kept(step: Step) -> bool:
    return step.kind is StepKind.MEMO and step.main_item.object_type != RECORD


def _writing(step: Step) -> Writing:
    write = {StepKind.MEMO: _records, StepKind.SPLIT: _splits}.get(step.kind, _step)
    return partial(write, step=step)


def _accelerations(story: Story) -> Iterator[tuple[Moment, Writing]]:
    """Yield the units that vest early: before the other steps of their day, unless their true place is known.

    Those dated before their security is issued vest with it.
    """
    days = {on for facts in story.vesting.values() for on, _ in facts.accelerations}
    by_day: dict[date, list[tuple[int, Step]]] = {}
    for place, step in enumerate(story.steps):
        if step.date in days:
            by_day.setdefault(step.date, []).append((place, step))
    for step_place, step in enumerate(story.steps):
        for issuance in step.issued:
            facts = story.vesting.get(issuance.security_id)
            early = [item for item in facts.items if _is_acceleration(item)] if facts else []
            for item, (on, size) in zip(early, facts.accelerations if facts else (), strict=True):
                before = [place for place, each in by_day.get(on, ()) if each.main_item.order < item.order]
                when = Moment(on, before[-1] if before else FIRST, 1)
                when = max(when, Moment(step.date, step_place, 1))
                yield when, partial(_accelerated, issuance=issuance, item=item, on=when.on, size=size)


def _is_acceleration(item: Item) -> bool:
    return item.object_type == "TX_VESTING_ACCELERATION"


def _step(making: Making, *, step: Step) -> Iterator[Draft]:
    kept = _originals(making, step)
    if step.kind in ISSUES:
        assert step.main is not None
        yield issuance_entry(making, step.kind, step.main, kept)
    elif step.kind in _MOVES:
        yield act_entry(making, step, kept)
    else:
        yield adjustment_entry(making, step, kept)


def _splits(making: Making, *, step: Step) -> Iterator[Draft]:
    yield from split_entries_of(making, step, _originals(making, step))


def _records(making: Making, *, step: Step) -> Iterator[Draft]:
    kept = (making.keeping.original(step.main_item, _about(making, step.main_item)),)
    yield records_entry(making, step.main_item, step.date, kept)


def _accelerated(making: Making, *, issuance: Transaction, item: Item, on: date, size: Quantity) -> Iterator[Draft]:
    kept = (making.keeping.original(item, making.names.ours("hld", issuance.holder_id)),)
    yield acceleration_entry(making, issuance.security_id, on, size, item.data, kept)


def _originals(making: Making, step: Step) -> tuple[Record, ...]:
    """Return the records of a step's own item, of the issuances that it brings about, and of what is folded into it."""
    about = _holder(making, step)
    records = [making.keeping.original(step.main_item, about)]
    for issuance in step.issued:
        if issuance.item is not step.main_item:
            holder = making.names.ours("hld", issuance.holder_id)
            records.append(making.keeping.original(issuance.item, holder))
    records += [making.keeping.original(item, about) for item in step.other_items if not _is_acceleration(item)]
    return tuple(records)


def _holder(making: Making, step: Step) -> str:
    """Return the holder whom a step concerns, else the id of its item."""
    main = step.main
    concerned = making.story.securities.get(main.sources[0]) if main and main.sources else main
    id = concerned.holder_id if concerned else ""
    return making.names.ids.get(f"hld {id}", step.main_item.id)


def _one(write: Callable[..., Draft], *about: object, **how: object) -> Writing:
    """Return something that comes to one entry."""
    return partial(_written_once, write=write, about=about, how=how)


def _written_once(
    making: Making, *, write: Callable[..., Draft], about: tuple[object, ...], how: dict[str, object]
) -> Iterator[Draft]:
    yield write(making, *about, **how)
