"""What a grant of the package promises: its terms as the ledger keeps them, and its instalments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.imports.ocf.remarks import FIELD, Object
from app.imports.ocf.story import VestingFacts
from app.imports.ocf.transactions import number
from app.imports.ocf.values import day, ours, units
from ledger.equity.promises import promised, read_terms
from ledger.equity.vesting.plain import PlainTerms
from ledger.equity.vesting.statements import StatementTerms
from ledger.equity.vesting.table import Instalment, Mark, Table, completed, decode, tidy, total
from ledger.equity.vesting.terms import VestingTerms
from ledger.equity.vesting.triggers import StartTrigger
from ledger.errors import Invalid, Refusal
from ledger.types import Json


def terms_of(item: Object) -> Json:
    """Return vesting terms as a grant keeps them: what decides what vests, without the words; None if unreadable.

    Terms that were plain ones when they were exported are plain ones again.
    """
    said = item.get(FIELD)
    try:
        if isinstance(said, dict) and "plain" in said:
            return dict(PlainTerms.parse(said["plain"]).as_dict())
        written: dict[str, Any] = VestingTerms.parse(item, ignore_unknown=True).as_dict()
    except Refusal:
        return None
    for condition in written["vesting_conditions"]:
        condition.pop("description", None)
    return {name: written[name] for name in ("allocation_type", "vesting_conditions")}


@dataclass(frozen=True, slots=True)
class Promise:
    """What a grant promises.

    Attributes:
        table: Its instalments, all of the grant among them.
        vesting: The terms they come from, if any.
        start: The vesting start.
        events: Days of conditions that are known, by id.
        is_given: Whether the instalments came written out and are not what the terms come to.
        is_held: Whether what would vest earlier waits for the grant date.
    """

    table: Table
    vesting: Json = None
    start: date | None = None
    events: dict[str, date] = field(default_factory=dict)
    is_given: bool = False
    is_held: bool = False


def promise_of(
    data: Mapping[str, Any],
    terms: Json,
    facts: VestingFacts | None,
    quantity: int,
    on: date,
    *,
    decimals: int,
    held_to_grant_date: bool,
) -> Promise:
    """Return what an issuance promises: instalments written out win over terms; with neither, all vests on the day.

    Args:
        data: The issuance.
        terms: The vesting terms that it names, as a grant keeps them.
        facts: What is known of its vesting.
        quantity: Minor units issued.
        on: The day of issue.
        decimals: Of its class.
        held_to_grant_date: Whether what would vest earlier waits for that day.

    Raises:
        Refusal: The terms come to more than the grant, or the instalments are not what they should be.
    """
    said = ours(data)
    if "vesting" in said:
        terms = said["vesting"]
    start, events = _known(terms, facts, said)
    given = _given(data, said, quantity, decimals)
    if given is None or terms is not None:
        try:
            table = promised(terms, quantity, on, start=start, events=events, held_to_grant_date=held_to_grant_date)
        except Refusal:
            if given is None:
                raise
        else:
            if given is None or given == table:
                return Promise(table, terms, start, events, is_held=held_to_grant_date)
    assert given is not None
    return Promise(given, terms, start, events, is_given=True, is_held=held_to_grant_date)


def _known(terms: Json, facts: VestingFacts | None, said: Object) -> tuple[date | None, dict[str, date]]:
    """Return when vesting starts and the days of other conditions, of those that the terms have."""
    start, events = day(said.get("vesting_start")), dict[str, date]()
    others = said.get("events")
    written = {name: day(on) for name, on in others.items()} if isinstance(others, dict) else {}
    if facts is not None:
        written |= {**facts.events, **facts.starts}
    if terms is None or not written:
        return start, events
    starts, names = _conditions(terms)
    for name, on in written.items():
        if on is None:
            continue
        if name in starts and start is None:
            start = on
        elif name in names:
            events[name] = on
    return start, events


def _conditions(terms: Json) -> tuple[set[str], set[str]]:
    """Return the ids of the conditions that wait for a start, and of all that a day may be recorded for."""
    found = read_terms(terms)
    if isinstance(found, StatementTerms):
        return set(), {each.event_id for each in found.statements if each.event_id}
    if isinstance(found, PlainTerms):
        found = found.as_conditions(cliff_installment=False)
    starts = {each.id for each in found.conditions if isinstance(each.trigger, StartTrigger)}
    return starts, {each.id for each in found.conditions} if not isinstance(read_terms(terms), PlainTerms) else set()


def _given(data: Mapping[str, Any], said: Object, quantity: int, decimals: int) -> Table | None:
    """Return the instalments that are written out, or None where there are none."""
    if "promised" in said:
        table = decode(said["promised"])
    elif written := data.get("vestings"):
        table = _rounded(written, decimals)
    else:
        return None
    if total(table) > quantity:
        raise Invalid(f"Instalments of {data.get('id')} add up to more than was granted.", field="vestings")
    return completed(table, quantity)


def _rounded(written: list[Any], decimals: int) -> Table:
    """Return written amounts as instalments in minor units, the running total rounded down; 9999-12-31 is awaited."""
    rows, running, given = [], number("0") or 0, 0
    for each in sorted(written, key=lambda each: str(each.get("date"))):
        running += number(each.get("amount")) or 0
        so_far, on = units(running, decimals), day(each.get("date")) or date.max
        mark = Mark.AWAITED if on == date.max else Mark.SCHEDULED
        rows.append(Instalment(on, so_far - given, mark))
        given = so_far
    return tidy(rows)
