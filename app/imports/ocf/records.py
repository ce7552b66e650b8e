"""Records of the ledger that an export of ours could only give out as they are, read back and checked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.imports.ocf.making import Made, Making
from app.imports.ocf.names import Names
from app.imports.ocf.package import Item
from app.imports.ocf.remarks import RECORD
from app.imports.ocf.story import Story
from app.imports.ocf.values import day
from ledger.entries import Draft
from ledger.equity.classes import ClassEntry
from ledger.equity.leaving import LeavingEntry
from ledger.equity.originals import KeptEntry
from ledger.equity.register import RegisterEntry
from ledger.equity.values import (
    CauseDecision,
    CompanyFigure,
    Engagement,
    EngagementEnd,
    EventKind,
    Plan,
    Schedule,
    ScheduleCause,
    SecurityEvent,
)
from ledger.equity.vesting.table import decode, total
from ledger.equity.vesting_changes import VestingEntry
from ledger.errors import Invalid, NotFound, Tampered
from ledger.records import R, Record, from_row, to_row

ENTRIES = {*RegisterEntry, *LeavingEntry, *VestingEntry, ClassEntry.FIGURE_STATED}
"""The kinds of entry that may come back like this."""

EVENTS = {
    EventKind.FORFEITED,
    EventKind.LEFT,
    EventKind.MILESTONE,
    EventKind.PAUSED,
    EventKind.REINSTATED,
    EventKind.RESUMED,
    EventKind.SUSPENDED,
}
CAUSES = {
    ScheduleCause.EVENT,
    ScheduleCause.PAUSED,
    ScheduleCause.REINSTATED,
    ScheduleCause.RESUMED,
    ScheduleCause.SUSPENDED,
}
"""What may have happened to a security, and to its instalments, that the format has no words for."""


PLAN = Plan.__spec__.name
"""Records of plans are read before everything else (``implied_plans``)."""

_ALONE: Mapping[str, type[Record]] = {
    of.__spec__.name: of for of in (CauseDecision, CompanyFigure, Engagement, EngagementEnd, Schedule, SecurityEvent)
}
"""The records that may come like this."""


def records_entry(making: Making, item: Item, on: date, kept: tuple[Record, ...]) -> Draft:
    """Return the entry of records as they were, under the ids that their holders and securities have now.

    Raises:
        Invalid: A record that only a transaction may bring, or one that does not fit the rest.
        NotFound: It is about something that the package does not have.
    """
    data = item.data
    records = tuple(_record(making, name, fields) for name, fields in _pairs(item) if name != PLAN)
    found = next((each for each in ENTRIES if each.value == data.get("kind")), KeptEntry.KEPT)
    return Draft(found, day(data.get("since")) or on, (*records, *kept))


def implied_plans(story: Story) -> dict[str, tuple[Plan, date]]:
    """Return the plans that an export of ours knew only from their grants, with the day of each, by id.

    Raises:
        Invalid: What is written is no plan, or of a class that the package does not have.
    """
    found: dict[str, tuple[Plan, date]] = {}
    for step in story.steps:
        if step.main_item.object_type == RECORD:
            for name, fields in _pairs(step.main_item):
                if name == PLAN:
                    found[str(fields.get("id"))] = _read(Plan, fields), step.date
    return found


def _pairs(item: Item) -> list[tuple[str, dict[str, Any]]]:
    """Return the records of an item, each with its name.

    Raises:
        Invalid: It does not hold any.
    """
    written = item.data.get("records")
    if not isinstance(written, list):
        raise Invalid(f"{item.id} does not hold records.", field="records")
    pairs = [each for each in written if isinstance(each, list) and len(each) == 2 and isinstance(each[1], dict)]
    if len(pairs) < len(written):
        raise Invalid(f"{item.id} does not hold records.", field="records")
    return [(str(name), fields) for name, fields in pairs]


def _read(of: type[R], fields: Mapping[str, Any]) -> R:
    """Return a record.

    Raises:
        Invalid: The fields are not those of one.
    """
    try:
        return from_row(of, to_row(of.__spec__.name, fields))
    except (Tampered, ValueError, TypeError, AttributeError) as error:
        raise Invalid(f"A record of {of.__spec__.name!r} can't be read: {error}.", field="records") from None


def _record(making: Making, name: str, fields: Mapping[str, Any]) -> Record:
    of = _ALONE.get(name)
    if of is None:
        raise Invalid(f"A record of {name!r} comes with its transaction, not by itself.", field="records")
    record = _read(of, _renamed(making, name, fields))
    if isinstance(record, SecurityEvent):
        _check_event(record)
    if isinstance(record, Schedule):
        _check_schedule(making.held[str(fields["security"])], record)
    return record


def _renamed(making: Making, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a record with ids as the ledger has them now.

    Raises:
        NotFound: The package has no such thing.
    """
    renamed, names = dict(fields), making.names
    if "holder" in renamed:
        renamed["holder"] = _found(names, "hld", renamed["holder"])
    if "security" in renamed:
        renamed["security"] = _found(names, "sec", renamed["security"])
    if name == Engagement.__spec__.name:
        renamed["id"] = names.give("eng", str(renamed.get("id")))
    for field in ("engagement", "became"):
        if renamed.get(field) is not None:
            renamed[field] = _found(names, "eng", renamed[field])
    return renamed


_THINGS = {"hld": "holder", "sec": "security", "eng": "engagement"}


def _found(names: Names, kind: str, written: object) -> str:
    id = names.ids.get(f"{kind} {written}")
    if id is None:
        raise NotFound(f"The package has no {_THINGS[kind]} {written!r}.", field=_THINGS[kind])
    return id


def _check_event(event: SecurityEvent) -> None:
    """Refuse an event that takes units: those come with a transaction."""
    if event.kind not in EVENTS or (event.quantity and event.kind is EventKind.FORFEITED):
        raise Invalid(f"{event.kind} comes with its transaction, not by itself.", field="records")
    detail = event.detail or {}
    wrong = [name for name in _DAYS if name in detail and day(detail[name]) is None]
    if wrong or (event.kind is EventKind.MILESTONE and "happened_on" not in detail):
        raise Invalid(f"{event.kind} names a day that is none.", field="records")


_DAYS = ("exercise_by", "expected_back", "happened_on", "paused_on")


def _check_schedule(made: Made, schedule: Schedule) -> None:
    """Refuse instalments that do not add up to those before them, and take note of others."""
    if schedule.cause not in CAUSES or total(decode(schedule.instalments)) != total(made.instalments()):
        raise Invalid(f"The instalments of security {made.id} do not add up.", field="records")
    made.write(schedule)
