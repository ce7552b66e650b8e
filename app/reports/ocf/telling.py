"""One entry of the journal as items of the format: what each of its records says, in words or as it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from app.imports.ocf.remarks import Object
from app.reports.ocf import objects
from app.reports.ocf.acts import told
from app.reports.ocf.book import Held
from app.reports.ocf.entry import Telling
from app.reports.ocf.issuances import issuance, vesting_fact, vesting_facts
from app.reports.ocf.items import (
    CLASSES,
    ISSUER,
    PLANS,
    STAKEHOLDERS,
    TERMS,
    TRANSACTIONS,
    VALUATIONS,
    Listed,
    item,
)
from app.reports.ocf.records import MOVES, body_of, carried_item, is_unsaid, record_item
from app.reports.ocf.terms import has_item, start_condition, terms_id, terms_item
from ledger.entries import Role, account
from ledger.equity.classes import ClassEntry
from ledger.equity.values import (
    ClassRatio,
    ClassSplit,
    EventKind,
    Holder,
    Issuer,
    Plan,
    Schedule,
    ScheduleCause,
    Security,
    SecurityEvent,
    SecurityKind,
    ShareClass,
    Valuation,
)
from ledger.equity.vesting.table import Table, encode
from ledger.records import Record, to_body


@dataclass(frozen=True, slots=True)
class People:
    """What is known of holders beside the journal.

    Attributes:
        names: What each is called.
        identities: What else the vault holds, where it holds anything.
        relationships: How each is engaged, in the format's words.
        renamed: Those whose name changed after they were first recorded.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    identities: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    relationships: Mapping[str, str] = field(default_factory=dict)
    renamed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Setting:
    """What all entries of an export have in common.

    Attributes:
        beginning: The day of the first entry, on which everything may be said to have been from the start.
        cliff_installment: Whether the version has that field.
    """

    people: People
    as_of: date
    beginning: date
    cliff_installment: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """Instalments that have moved since their issuance was told; ``promised`` is what they were at first."""

    security_id: str
    table: Table
    decimals: int
    promised: list[Any] | None


def items_of(telling: Telling, setting: Setting) -> Iterator[Listed]:
    """Yield the items of one entry: what happened, then the securities that came of it, then what has no words."""
    happening, book = telling.happening, telling.book
    known = conditions_known(telling)
    unsaid: list[Any] = []
    for record in happening.records:
        yield from _object(telling, record, setting)
    yield from (Listed(TRANSACTIONS, each) for each in _adjustments(telling, setting))
    for record in happening.records:
        if isinstance(record, SecurityEvent):
            yield from (Listed(TRANSACTIONS, each) for each in told(telling, record))
        if is_unsaid(record) and getattr(record, "security", None) not in known:
            unsaid.append(body_of(book, record, happening.on))
    yield from (Listed(TRANSACTIONS, each) for each in known.values())
    for record in happening.records:
        if isinstance(record, Security):
            yield from _issued(telling, book.held[record.id], setting)
    if unsaid:
        yield Listed(TRANSACTIONS, record_item(telling.id(), happening.on, happening.kind, unsaid))
    for since, event in telling.carried:
        yield Listed(TRANSACTIONS, carried_item(book, telling.id(), happening.on, event, since))


def moves_of(telling: Telling) -> Iterator[Moved]:
    """Yield the securities whose instalments an entry has moved, as far as no transaction says where."""
    on = telling.on
    for record in telling.happening.records:
        if not isinstance(record, Schedule) or record.cause not in MOVES:
            continue
        held = telling.book.held[record.security]
        if not MOVES.issuperset(held.causes[1:]):
            continue
        if held.promised is None and record.security not in conditions_known(telling):
            held.promised = encode(held.schedule_before(on))
        assert held.security.class_id is not None
        decimals = telling.book.classes[held.security.class_id].decimals
        yield Moved(held.id, held.schedule(on), decimals, held.promised)


def conditions_known(telling: Telling) -> dict[str, Object]:
    """Return, by security, the transactions that say which conditions were met, where they say all that followed.

    They do where nothing but such facts has written the grant's instalments so far, and none from before the entry
    changed: whoever reads them together with the terms then comes to the same instalments.
    """
    found: dict[str, Object] = {}
    for record in telling.happening.records:
        if not isinstance(record, SecurityEvent) or record.kind is not EventKind.MILESTONE:
            continue
        held, detail = telling.book.held[record.security], record.detail or {}
        vesting = held.award.vesting if held.award else None
        if not has_item(vesting) or held.parts or held.promised or set(held.causes[1:]) != {ScheduleCause.EVENT}:
            continue
        condition = detail.get("condition") or start_condition(vesting)
        if condition is None or _until(held.schedule(telling.on), telling.on) != _until(
            held.schedule_before(telling.on), telling.on
        ):
            continue
        happened_on = date.fromisoformat(detail["happened_on"])
        is_start = "condition" not in detail
        id = f"tx-{telling.happening.mark}-condition"
        found[record.security] = vesting_fact(held.id, id, condition, happened_on, is_start=is_start)
    return found


def _until(table: Table, on: date) -> Table:
    return tuple(row for row in table if row.date < on)


def _object(telling: Telling, record: Record, setting: Setting) -> Iterator[Listed]:
    """Yield the object that a record is, if it is one."""
    book, on = telling.book, telling.on
    match record:
        case Issuer():
            yield Listed(ISSUER, objects.issuer_item(record, on))
        case Holder():
            yield Listed(STAKEHOLDERS, stakeholder(record, on, setting.people))
        case ShareClass():
            yield Listed(CLASSES, _class(telling, record))
        case Plan() if not record.implied:
            reserved = _change(telling, Role.POOL, record.id) if on <= setting.beginning else 0
            text, of = book.text(reserved, record.class_id), book.name(record.class_id)
            yield Listed(PLANS, objects.plan_item(record, on, reserved=text, class_id=of))
        case Plan():
            of = book.name(record.class_id)
            implied = record_item(telling.id(), on, telling.happening.kind, [to_body(replace(record, class_id=of))])
            yield Listed(TRANSACTIONS, implied)
        case Valuation():
            yield Listed(VALUATIONS, objects.valuation_item(record, on, class_id=book.name(record.class_id)))
        case _:
            pass


def stakeholder(holder: Holder, on: date, people: People) -> Object:
    """Return a holder with all that is known of them."""
    name, identity = people.names.get(holder.id, holder.id), people.identities.get(holder.id, {})
    return objects.stakeholder_item(holder, on, name, identity, people.relationships.get(holder.id))


def _class(telling: Telling, of: ShareClass) -> Object:
    book = telling.book
    authorised = "UNLIMITED" if of.unlimited else book.text(-_change(telling, Role.CHARTER, of.id), of.id)
    converts_to = of.converts_to and book.name(of.converts_to)
    currency = book.nothing().currency
    return objects.class_item(of, telling.on, authorised=authorised, converts_to=converts_to, currency=currency)


def _change(telling: Telling, role: Role, subject: str) -> int:
    """Return what an entry adds to an account."""
    path = account(role, subject)
    return sum(each.amount for each in telling.happening.postings if each.account == path)


def _adjustments(telling: Telling, setting: Setting) -> Iterator[Object]:
    """Yield the transactions that set totals and ratios."""
    happening, book = telling.happening, telling.book
    splits = [record for record in happening.records if isinstance(record, ClassSplit)]
    for split in splits:
        ratio = {"numerator": str(split.numerator), "denominator": str(split.denominator)}
        of = book.name(split.class_id)
        yield item("TX_STOCK_CLASS_SPLIT", telling.id(), date=telling.on, stock_class_id=of, split_ratio=ratio)
    for record in happening.records:
        if isinstance(record, ClassRatio) and not splits:
            yield _ratio(telling, record)
        if isinstance(record, Plan) and not record.implied and telling.on > setting.beginning:
            yield from _reserve(telling, record.id)
    if happening.kind == ClassEntry.CLASS_ADJUSTED:
        yield from _authorised(telling)
    if happening.kind == ClassEntry.PLAN_ADJUSTED:
        yield from _reserve(telling, str(happening.facts["plan"]))


def _ratio(telling: Telling, ratio: ClassRatio) -> Object:
    of = telling.book.classes[ratio.class_id]
    currency = telling.book.nothing().currency
    mechanism = objects.ratio_mechanism(ratio.numerator, ratio.denominator, of.original_price, currency)
    return item(
        "TX_STOCK_CLASS_CONVERSION_RATIO_ADJUSTMENT",
        telling.id(),
        date=telling.on,
        stock_class_id=telling.book.name(of.id),
        new_ratio_conversion_mechanism=mechanism,
    )


def _authorised(telling: Telling) -> Iterator[Object]:
    """Yield what a class authorises in all from now on."""
    book = telling.book
    for posting in telling.happening.postings:
        role, _, of = posting.account.partition(":")
        if role == Role.CHARTER:
            total = book.text(book.authorised.get(of, 0) - posting.amount, of)
            kind = "TX_STOCK_CLASS_AUTHORIZED_SHARES_ADJUSTMENT"
            named = book.name(of)
            yield item(kind, telling.id(), date=telling.on, stock_class_id=named, new_shares_authorized=total)


def _reserve(telling: Telling, plan_id: str) -> Iterator[Object]:
    """Yield what is reserved for a plan in all from now on, unless that is what it was."""
    book, change = telling.book, _change(telling, Role.POOL, plan_id)
    if change:
        total = book.text(book.reserved.get(plan_id, 0) + change, book.plans[plan_id].class_id)
        kind, named = "TX_STOCK_PLAN_POOL_ADJUSTMENT", book.name(plan_id)
        yield item(kind, telling.id(), date=telling.on, stock_plan_id=named, shares_reserved=total)


def _issued(telling: Telling, held: Held, setting: Setting) -> Iterator[Listed]:
    """Yield the issuance of a new security, with its vesting terms and facts."""
    book = telling.book
    vesting = held.award.vesting if held.award else None
    if has_item(vesting) and terms_id(vesting) not in book.terms:
        book.terms[terms_id(vesting)] = terms_id(vesting)
        terms = terms_item(vesting, cliff_installment=setting.cliff_installment)
        if terms is not None:
            yield Listed(TERMS, terms)
    from_treasury = telling.happening.comes_from(Role.TREASURY) and held.security.kind is SecurityKind.STOCK
    id = telling.id()
    yield Listed(TRANSACTIONS, issuance(book, held, telling.on, id, from_treasury=from_treasury))
    if held.security.from_security is None:
        yield from (Listed(TRANSACTIONS, each) for each in vesting_facts(held, id, setting.as_of))
