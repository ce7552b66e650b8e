"""Issuances of the package as securities of the ledger, each with its terms and every instalment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from app.imports.ocf.making import Made, Making
from app.imports.ocf.transactions import UNITS, Family, StepKind, Transaction
from app.imports.ocf.values import day, is_writable, ours, price, text, units, whole
from app.imports.ocf.vesting import Promise, promise_of
from ledger.entries import Draft, Posting, Role, account, unit
from ledger.equity.certificates import CertificateEntry
from ledger.equity.grants import FULL_TERM, GrantEntry
from ledger.equity.instruments import InstrumentEntry, NoteKind, in_cents
from ledger.equity.values import (
    Award,
    AwardType,
    EngagementKind,
    LeavingReason,
    Schedule,
    ScheduleCause,
    Security,
    SecurityKind,
    ShareClass,
)
from ledger.equity.vesting.table import Table, completed, encode
from ledger.records import Record, canonical
from ledger.types import Price

KINDS = {
    Family.STOCK: SecurityKind.STOCK,
    Family.EQUITY_COMPENSATION: SecurityKind.AWARD,
    Family.CONVERTIBLE: SecurityKind.CONVERTIBLE,
    Family.WARRANT: SecurityKind.WARRANT,
}
ENTRIES = {
    StepKind.ISSUE_STOCK: CertificateEntry.ISSUED,
    StepKind.GRANT: GrantEntry.ISSUED,
    StepKind.ISSUE_CONVERTIBLE: InstrumentEntry.NOTE_ISSUED,
    StepKind.ISSUE_WARRANT: InstrumentEntry.WARRANT_ISSUED,
}
MOST_TERMS = 16 * 1024
"""Bytes of conversion triggers that go into an entry; longer ones stay in the vault."""

LONGEST_EXEMPTION = 40
"""Letters of the name of an exemption; what is longer tells a story, which stays in the vault."""


COUNTED = (SecurityKind.STOCK, SecurityKind.AWARD)
"""Securities that have an account."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A security of the package with the records that make it."""

    made: Made
    records: tuple[Record, ...]

    def given(self) -> Posting:
        """Return the posting that puts its units into its account."""
        assert self.made.class_id is not None
        return Posting(self.made.account, unit(self.made.class_id), self.made.outstanding)


def issuance_entry(making: Making, kind: StepKind, issuance: Transaction, kept: tuple[Record, ...]) -> Draft:
    """Return the entry of a security that does not come out of another one."""
    issued = issue(making, issuance, issuance.date)
    postings: tuple[Posting, ...] = ()
    if issuance.family in UNITS:
        of, plan = making.class_of(issuance), making.plan_of(issuance)
        from_treasury = bool(ours(issuance.item.data).get("from_treasury"))
        source = account(Role.TREASURY, of.id) if from_treasury else making.home(of, plan)
        given = issued.given()
        postings = (Posting(source, given.asset, -given.amount), given)
    return Draft(ENTRIES[kind], issuance.date, (*issued.records, *kept), postings)


def issue(
    making: Making, issuance: Transaction, on: date, *, came_from: Made | None = None, inherited: Table | None = None
) -> Issued:
    """Return a security of the package, and note it as made.

    Args:
        making: The ledger in the making.
        issuance: Its issuance.
        on: The day it counts from.
        came_from: The security that it came out of, if any.
        inherited: Instalments that it has from that one, where its issuance tells of none.
    """
    data = issuance.item.data
    security = _security(making, issuance, data, came_from)
    made = Made.of(security)
    making.held[issuance.security_id] = made
    if issuance.family not in UNITS or not _vests(issuance, data):
        return Issued(made, (security,))
    promise = _promise(making, issuance, data, security, on, inherited)
    award = _award(making, data, security, promise)
    cause = ScheduleCause.TRANSFERRED if came_from else ScheduleCause.GRANTED
    schedule = made.write(Schedule(security.id, cause, encode(promise.table)))
    return Issued(made, (security, award, schedule))


def _security(making: Making, issuance: Transaction, data: Mapping[str, Any], came_from: Made | None) -> Security:
    assert issuance.family is not None
    is_counted = issuance.family in UNITS
    of, plan = (making.class_of(issuance), making.plan_of(issuance)) if is_counted else (None, None)
    quantity, price_paid, terms = _SIZES[issuance.family](making, issuance, data)
    return Security(
        making.names.give("sec", issuance.security_id, making.words.get(issuance.holder_id, frozenset())),
        making.names.label(data.get("custom_id")),
        KINDS[issuance.family],
        making.names.ours("hld", issuance.holder_id),
        quantity,
        of.id if of else None,
        plan.plan.id if plan else None,
        price_paid,
        came_from.id if came_from else None,
        day(data.get("board_approval_date")),
        text(ours(data).get("resolution_ref")),
        _exemption(data),
        terms,
    )


def _vests(issuance: Transaction, data: Mapping[str, Any]) -> bool:
    """Return whether a security has instalments: every grant, and shares that have any."""
    written = ("vestings" in data and data["vestings"]) or {"promised", "vesting"}.intersection(ours(data))
    return issuance.family is Family.EQUITY_COMPENSATION or bool(written) or bool(issuance.terms_id)


def _promise(
    making: Making,
    issuance: Transaction,
    data: Mapping[str, Any],
    security: Security,
    on: date,
    inherited: Table | None,
) -> Promise:
    facts, terms = making.story.vesting.get(issuance.security_id), making.terms.get(issuance.terms_id)
    is_silent = facts is None and not data.get("vestings") and not {"promised", "vesting"}.intersection(ours(data))
    if inherited is not None and is_silent:
        return Promise(completed(inherited, security.quantity), terms, is_given=True)
    plan, of = making.plan_of(issuance), making.class_of(issuance)
    is_held = bool(ours(data).get("held_to_grant_date", plan is not None and plan.plan.holds_to_grant_date))
    return promise_of(data, terms, facts, security.quantity, on, decimals=of.decimals, held_to_grant_date=is_held)


def _award(making: Making, data: Mapping[str, Any], security: Security, promise: Promise) -> Award:
    said = ours(data)
    is_stock = security.kind is SecurityKind.STOCK
    valuation = said.get("valuation_id") or data.get("valuation_id")
    engagement = str(said.get("engagement"))
    return Award(
        security.id,
        AwardType.RSA if is_stock else AwardType(data["compensation_type"]),
        promise.vesting,
        promise.start,
        promise.is_held,
        data.get("early_exercisable") is True,
        _windows(data, said),
        day(data.get("expiration_date")),
        making.names.ids.get(f"val {valuation}"),
        engagement=EngagementKind(engagement) if engagement in EngagementKind.__members__ else None,
        events={name: on.isoformat() for name, on in promise.events.items()} or None,
        vestings_given=promise.is_given,
    )


def _windows(data: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return how long a grant can be exercised after leaving, by reason; None where nothing is said of it."""
    written = data.get("termination_exercise_windows")
    windows: dict[str, Any] = {}
    for each in written if isinstance(written, list) else ():
        reason, length, kind = each.get("reason"), whole(each.get("period"), 0), each.get("period_type")
        if reason in LeavingReason.__members__:
            windows[reason] = [12 * length, "MONTHS"] if kind == "YEARS" else [length, kind]
    for reason, window in (said.get("windows") or {}).items():
        if reason in LeavingReason.__members__ and window == FULL_TERM:
            windows[reason] = FULL_TERM
    return windows or None


def _exemption(data: Mapping[str, Any]) -> str | None:
    """Return under which exemption a security was issued, where that is a name and no story."""
    written = data.get("security_law_exemptions")
    first = written[0] if isinstance(written, list) and written else None
    name = first.get("description") if isinstance(first, dict) else None
    return text(name) if isinstance(name, str) and len(name) <= LONGEST_EXEMPTION else None


Size: TypeAlias = tuple[int, Price | None, dict[str, Any] | None]
"""Minor units, what was paid or is payable a share, and what else was agreed."""


def _shares(making: Making, issuance: Transaction, data: Mapping[str, Any]) -> Size:
    paid = None if ours(data).get("priceless") else price(data.get("share_price"))
    return making.units(issuance.size, making.class_of(issuance)), paid, None


def _grant(making: Making, issuance: Transaction, data: Mapping[str, Any]) -> Size:
    payable = price(data.get("exercise_price")) or price(data.get("base_price"))
    return making.units(issuance.size, making.class_of(issuance)), payable, None


def _note(_: Making, __: Transaction, data: Mapping[str, Any]) -> Size:
    amount = price(data.get("investment_amount"))
    terms: dict[str, Any] = {
        "type": NoteKind(data.get("convertible_type", NoteKind.OTHER)).value,
        "amount": in_cents(amount or Price(0, 0, "XXX")).encode(),
        "seniority": max(whole(data.get("seniority"), 1), 1),
        "triggers": _triggers(data, "conversion_triggers"),
    }
    pro_rata = text(data.get("pro_rata"))
    return 0, None, terms if pro_rata is None else terms | {"pro_rata": pro_rata}


def _warrant(making: Making, issuance: Transaction, data: Mapping[str, Any]) -> Size:
    said, purchase = ours(data), price(data.get("purchase_price"))
    triggers = _triggers(data, "exercise_triggers")
    terms: dict[str, Any] = {"triggers": triggers}
    of = making.classes.get(str(said.get("class_id"))) or _class_of(making, data)
    if of is not None:
        terms["class_id"] = of.id
    if purchase is not None and not said.get("priceless"):
        terms["purchase_price"] = purchase.encode()
    if (until := day(data.get("warrant_expiration_date"))) is not None:
        terms["expires_on"] = until.isoformat()
    size = 0 if issuance.size is None else units(issuance.size, of.decimals if of else 0)
    return size, price(data.get("exercise_price")), terms


def _class_of(making: Making, data: Mapping[str, Any]) -> ShareClass | None:
    """Return the class that a warrant is for, where its triggers name one that the package has."""
    triggers = data.get("exercise_triggers")
    for trigger in triggers if isinstance(triggers, list) else ():
        right = trigger.get("conversion_right") if isinstance(trigger, dict) else None
        found = making.classes.get(str(right.get("converts_to_stock_class_id"))) if isinstance(right, dict) else None
        if found is not None:
            return found
    return None


def _triggers(data: Mapping[str, Any], name: str) -> list[Any]:
    """Return how a note or warrant becomes shares, where that can be written in an entry."""
    written = data.get(name)
    if not isinstance(written, list) or "triggers" in ours(data) or not is_writable(written):
        return []
    return written if len(canonical(written)) <= MOST_TERMS else []


_SIZES: Mapping[Family, Callable[[Making, Transaction, Mapping[str, Any]], Size]] = {
    Family.STOCK: _shares,
    Family.EQUITY_COMPENSATION: _grant,
    Family.CONVERTIBLE: _note,
    Family.WARRANT: _warrant,
}
