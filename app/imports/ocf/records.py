"""Records of the ledger that an export of ours could only give out as they are, read back and checked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.imports.ocf.making import Made, Making
from app.imports.ocf.names import Names
from app.imports.ocf.package import Item
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
    Schedule,
    ScheduleCause,
    SecurityEvent,
)
from ledger.equity.vesting.table import decode, total
from ledger.equity.vesting_changes import VestingEntry
from ledger.errors import Invalid, NotFound
from ledger.records import SPECS, Record, from_row, to_row

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


def records_entry(making: Making, item: Item, on: date, kept: tuple[Record, ...]) -> Draft:
    """Return the entry of records as they were, under the ids that their holders and securities have now.

    Raises:
        Invalid: A record that only a transaction may bring, or one that does not fit the rest.
        NotFound: It is about something that the package does not have.
    """
    data = item.data
    kind, written = data.get("kind"), data.get("records")
    if not isinstance(written, list) or not all(isinstance(each, list) and len(each) == 2 for each in written):
        raise Invalid(f"{item.id} does not hold records.", field="records")
    records = tuple(_record(making, str(name), fields) for name, fields in written)
    found = next((each for each in ENTRIES if each.value == kind), KeptEntry.KEPT)
    return Draft(found, day(data.get("since")) or on, (*records, *kept))


def _record(making: Making, name: str, fields: Any) -> Record:  # noqa: ANN401 - JSON may be anything
    of = SPECS[name].record if name in SPECS else None
    if of not in {CauseDecision, CompanyFigure, Engagement, EngagementEnd, Schedule, SecurityEvent}:
        raise Invalid(f"A record of {name!r} comes with its transaction, not by itself.", field="records")
    try:
        record = from_row(of, to_row(name, _renamed(making, name, fields)))
    except (ValueError, TypeError, AttributeError) as error:
        raise Invalid(f"A record of {name!r} can't be read: {error}.", field="records") from None
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


def _check_schedule(made: Made, schedule: Schedule) -> None:
    """Refuse instalments that do not add up to those before them, and take note of others."""
    if schedule.cause not in CAUSES or total(decode(schedule.instalments)) != total(made.instalments()):
        raise Invalid(f"The instalments of security {made.id} do not add up.", field="records")
    made.write(schedule)
