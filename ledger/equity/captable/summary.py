"""The facts behind the cap table by class: totals, and what was reserved, converted, sold and promised."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

import orjson
from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import Session

from ledger import tables
from ledger.entries import Role
from ledger.equity.captable.accounts import (
    ACCOUNT,
    ENTRY,
    ORIGINAL,
    POSTING,
    SECURITY,
    counted,
    few,
    is_of,
    standing,
    subject_of,
)
from ledger.equity.captable.by_class import CapTable, ClassFacts, Line, PlanFacts, PromiseFacts, cap_table_of
from ledger.equity.captable.flows import FLOWS, Flow
from ledger.equity.captable.money import Money, paid_for, summed
from ledger.equity.captable.totals import Totals, totals
from ledger.equity.instruments import NoteKind, amount_of, class_of, is_live, size_of
from ledger.equity.pricing import growth
from ledger.equity.securities import Position, position
from ledger.equity.values import ClassRatio, ClassSplit, EventKind, Security, SecurityEvent, SecurityKind
from ledger.reading import of_the_record
from ledger.types import Cut, Price

NOTES = {NoteKind.NOTE: "Convertible notes", NoteKind.SAFE: "SAFEs", NoteKind.OTHER: "Other convertibles"}

REVERSED = "journal.reversed"
"""The kind of an entry that undoes another one."""


@of_the_record
def cap_table(db: Session, cut: Cut) -> CapTable:
    """Return the cap table by class, as of a day and as known before an entry.

    Raises:
        NotFound: The journal has no entry that ``known_at`` comes after.
    """
    found = totals(db, cut)
    return cap_table_of(_class_facts(db, cut, found), _plan_facts(db, cut, found), _promise_facts(db, cut, found))


def _class_facts(db: Session, cut: Cut, found: Totals) -> list[ClassFacts]:
    ratios = {each.value.class_id: each.value for each in few(db, ClassRatio, cut)}
    splits = few(db, ClassSplit, cut)
    cash = _cash(db, cut, found)
    facts = []
    for each in found.classes:
        of = each.value
        ratio = ratios.get(of.id) or ClassRatio(of.id, of.ratio_numerator, of.ratio_denominator)
        facts.append(
            ClassFacts(
                of,
                None if of.unlimited else -found.held(Role.CHARTER, of.id),
                Fraction(ratio.numerator, ratio.denominator),
                growth((split for split in splits if split.value.class_id == of.id), (each.on, each.n), cut.as_of),
                found.held(Role.CERTIFICATE, of.id),
                found.held(Role.UNISSUED, of.id),
                found.held(Role.TREASURY, of.id),
                found.held(Role.UNDELIVERED, of.id),
                found.granted(of.id, None),
                cash.get(of.id, ()),
            )
        )
    return facts


def _plan_facts(db: Session, cut: Cut, found: Totals) -> list[PlanFacts]:
    reserved = _reserves(db, cut)
    return [
        PlanFacts(
            each.value,
            reserved.get(each.value.id, 0),
            found.available(each.value.id),
            found.granted(each.value.class_id, each.value.id),
        )
        for each in found.plans
    ]


def _reserves(db: Session, cut: Cut) -> dict[str, int]:
    """Return what each plan has reserved, at first and by adjustments and splits."""
    kinds = [kind for kind, flow in FLOWS.items() if flow in {Flow.RESERVED, Flow.SPLIT}]
    subject = subject_of(Role.POOL, Role.AWARD)
    moved = (
        select(subject.label("subject"), is_of(Role.POOL).label("is_pool"), POSTING.c.amount)
        .join(ENTRY, ENTRY.c.n == POSTING.c.n)
        .join(ACCOUNT, ACCOUNT.c.id == POSTING.c.account)
        .outerjoin(ORIGINAL, ORIGINAL.c.n == ENTRY.c.reverses)
        .where(ENTRY.c.kind.in_([*kinds, REVERSED]), or_(ENTRY.c.kind.in_(kinds), ORIGINAL.c.kind.in_(kinds)))
        .where(subject.is_not(None), *counted(cut))
        .subquery()
    )
    plan_id = case((moved.c.is_pool, moved.c.subject), else_=SECURITY.c.plan_id).label("plan_id")
    named = select(plan_id, moved.c.amount).outerjoin(SECURITY, SECURITY.c.id == moved.c.subject).subquery()
    query = select(named.c.plan_id, func.sum(named.c.amount)).group_by(named.c.plan_id)
    return {plan_id: int(units) for plan_id, units in db.execute(query) if plan_id is not None}


def _cash(db: Session, cut: Cut, found: Totals) -> dict[str, tuple[Money, ...]]:
    """Return what was paid for shares of each class when the company sold them, for cash or for a note.

    Certificates that came out of others, or out of grants and warrants, do not count; retracted ones never were.
    """
    notes = db.execute(select(SECURITY.c.id).where(SECURITY.c.kind == SecurityKind.CONVERTIBLE.value)).scalars().all()
    source = SECURITY.c.from_security
    sold = _sold(cut).where(or_(source.is_(None), source.in_(notes)) if notes else source.is_(None)).subquery()
    query = select(sold.c.class_id, sold.c.price, func.sum(sold.c.quantity)).group_by(sold.c.class_id, sold.c.price)
    decimals = found.decimals
    paid: dict[str, list[Money]] = {}
    for class_id, price, units in db.execute(query):
        money = paid_for(Price.decode(orjson.loads(price)), int(units), decimals[class_id])
        paid.setdefault(class_id, []).append(money)
    return {class_id: summed(money) for class_id, money in paid.items()}


def _sold(cut: Cut) -> Select[Any]:
    event = tables.table(SecurityEvent)
    retracted = standing(SecurityEvent, cut).where(
        event.c.security == SECURITY.c.id, event.c.kind == EventKind.RETRACTED.value
    )
    return (
        standing(Security, cut)
        .with_only_columns(SECURITY.c.class_id, SECURITY.c.price, SECURITY.c.quantity)
        .where(SECURITY.c.kind == SecurityKind.STOCK.value, SECURITY.c.price.is_not(None))
        .where(~retracted.correlate(SECURITY).exists())
    )


def _promise_facts(db: Session, cut: Cut, found: Totals) -> list[PromiseFacts]:
    """Return the warrants by class and the notes by kind, as far as they are still to be exercised or converted."""
    names = {each.value.id: each.value.name for each in found.classes}
    rows: dict[tuple[Line, str], PromiseFacts] = {}
    for each in _live_promises(db, cut):
        row = _warrant(each, names) if each.security.kind is SecurityKind.WARRANT else _note(each)
        before = rows.get((row.line, row.id))
        if before is not None:
            cash = summed([*before.cash, *row.cash])
            row = PromiseFacts(row.line, row.id, row.name, row.class_id, before.units + row.units, cash)
        rows[row.line, row.id] = row
    return [rows[key] for key in sorted(rows)]


def _live_promises(db: Session, cut: Cut) -> list[Position]:
    """Return the notes and warrants that a cut shows as neither ended nor expired."""
    kinds = [SecurityKind.WARRANT.value, SecurityKind.CONVERTIBLE.value]
    query = standing(Security, cut).with_only_columns(SECURITY.c.id).where(SECURITY.c.kind.in_(kinds))
    query = query.order_by(SECURITY.c.n, SECURITY.c.i)
    held = [position(db, id, cut) for id in db.execute(query).scalars().all()]
    return [each for each in held if is_live(each) and not _is_expired(each, cut.as_of)]


def _is_expired(held: Position, on: date) -> bool:
    last = (held.security.terms or {}).get("expires_on")
    return last is not None and date.fromisoformat(last) < on


def _warrant(held: Position, names: Mapping[str, str]) -> PromiseFacts:
    class_id = class_of(held) if class_of(held) in names else None
    paid = (held.security.terms or {}).get("purchase_price")
    price = Price.decode(paid) if paid is not None else None
    name = f"Warrants for {names[class_id]}" if class_id is not None else "Warrants for a class still open"
    return PromiseFacts(
        Line.WARRANT, class_id or "open", name, class_id, size_of(held), (paid_for(price, 1, 0),) if price else ()
    )


def _note(held: Position) -> PromiseFacts:
    kind = NoteKind((held.security.terms or {}).get("type", NoteKind.OTHER))
    amount = amount_of(held)
    return PromiseFacts(Line.CONVERTIBLE, kind.value, NOTES[kind], cash=(paid_for(amount, 1, 0),) if amount else ())
