"""What happens to notes and warrants of the package: they have no account; shares they become are newly issued."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.imports.ocf.issuing import COUNTED, issue
from app.imports.ocf.making import Made, Making
from app.imports.ocf.remarks import OPEN_TRIGGER
from app.imports.ocf.story import Step
from app.imports.ocf.transactions import UNITS, Family, StepKind, Transaction
from app.imports.ocf.values import ours, price, units, written_units
from ledger.entries import Draft, Posting, netted, unit
from ledger.equity.certificates import CertificateEntry
from ledger.equity.grants import GrantEntry
from ledger.equity.instruments import InstrumentEntry, in_cents
from ledger.equity.values import EventKind, SecurityEvent
from ledger.records import Record

ENTRIES: Mapping[StepKind, tuple[str, EventKind]] = {
    StepKind.TRANSFER: (CertificateEntry.TRANSFERRED, EventKind.TRANSFERRED),
    StepKind.CANCEL: (CertificateEntry.CANCELLED, EventKind.CANCELLED),
    StepKind.RETRACT: (GrantEntry.RETRACTED, EventKind.RETRACTED),
    StepKind.CONVERT: (InstrumentEntry.CONVERTED, EventKind.CONVERTED),
    StepKind.EXERCISE: (InstrumentEntry.EXERCISED, EventKind.EXERCISED),
}
"""The entry and the event that each step is."""


def instrument_entry(
    making: Making, step: Step, main: Transaction, data: Mapping[str, Any], kept: tuple[Record, ...]
) -> Draft:
    """Return the entry of a step about a note or warrant; shares that it becomes come out of the unissued ones."""
    kind, event = ENTRIES[step.kind]
    made, said = making.held[main.sources[0]], ours(data)
    issued = [issue(making, issuance, step.date, came_from=made) for issuance in step.issued]
    drawn = [
        Posting(making.home(making.class_of(each), making.plan_of(each)), unit(making.class_of(each).id), -size)
        for each in step.issued
        if each.family in UNITS and (size := making.units(each.size, making.class_of(each)))
    ]
    given = [each.given() for each in issued if each.made.kind in COUNTED]
    balance = making.held[step.balance.security_id].id if step.balance else None
    results = [each.made.id for each in issued if each.made.id != balance]
    event_of_it = SecurityEvent(
        made.id,
        event,
        _size_taken(making, main, made, said),
        price(said.get("price")),
        results=results or None,
        detail=_detail(data, said, balance) or None,
    )
    made.is_live = False
    records = [record for each in issued for record in each.records]
    return Draft(kind, step.date, (*records, event_of_it, *kept), netted([*drawn, *given]))


def _size_taken(making: Making, main: Transaction, made: Made, said: Mapping[str, Any]) -> int:
    """Return how many shares of a warrant an act takes; 0 for a note, whose amount is in the event's detail."""
    if main.family is not Family.WARRANT:
        return 0
    decimals = next((of.decimals for of in making.classes.values() if of.id == made.class_id), 0)
    if main.size is None:
        return written_units(said.get("quantity"), decimals) or made.outstanding
    return units(main.size, decimals)


def _detail(data: Mapping[str, Any], said: Mapping[str, Any], balance: str | None) -> dict[str, Any]:
    amount, trigger = price(data.get("amount")), data.get("trigger_id")
    detail: dict[str, Any] = {"balance": balance} if balance else {}
    if amount is not None:
        detail["amount"] = in_cents(amount).encode()
    elif "amount" in said:
        detail["amount"] = said["amount"]
    if isinstance(trigger, str) and trigger != OPEN_TRIGGER:
        detail["trigger"] = trigger
    return detail
