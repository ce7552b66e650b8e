"""The facts behind the cap table by class: one pass over all postings, and a few small questions beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import orjson
from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from ledger import tables
from ledger.entries import Role, account, unit
from ledger.equity.captable.accounts import (
    ACCOUNT,
    ENTRY,
    ORIGINAL,
    POSTING,
    SECURITY,
    balances,
    counted,
    is_of,
    refuse_unknown,
    subject_of,
)
from ledger.equity.captable.by_class import CapTable, ClassFacts, Line, PlanFacts, PromiseFacts, cap_table_of
from ledger.equity.captable.flows import FLOWS, Flow
from ledger.equity.captable.money import Money, paid_for, summed
from ledger.equity.instruments import NoteKind, amount_of, class_of, is_live, size_of
from ledger.equity.pricing import growth
from ledger.equity.securities import Position, position
from ledger.equity.values import (
    ClassRatio,
    ClassSplit,
    EventKind,
    Plan,
    Security,
    SecurityEvent,
    SecurityKind,
    ShareClass,
)
from ledger.reading import Known, known, selection
from ledger.types import Cut, Price

PREFIX = 3
"""Letters that tell one role of accounts from another: shorter keys are grouped faster."""

NOTES = {NoteKind.NOTE: "Convertible notes", NoteKind.SAFE: "SAFEs", NoteKind.OTHER: "Other convertibles"}


Home = tuple[str, str | None]
"""A class, and the plan that a grant in it was made under, or None."""


@dataclass(frozen=True, slots=True)
class Totals:
    """What all accounts come to as a cut sees them.

    Attributes:
        sums: By role and class, and by pool; see ``key_of``.
        awards: What is granted, by plan or under none.
        classes: Those that count by the day of the cut, and any that holds units before it does.
        plans: The same of plans.
    """

    sums: Mapping[str, int]
    awards: Mapping[Home, int]
    classes: tuple[Known[ShareClass], ...]
    plans: tuple[Known[Plan], ...]

    def held(self, role: Role, class_id: str) -> int:
        """Return what all accounts of a role and a class hold."""
        return self.sums.get(key_of(role, class_id), 0)

    def available(self, plan_id: str) -> int:
        """Return what a pool holds."""
        return self.sums.get(account(Role.POOL, plan_id), 0)

    def granted(self, class_id: str, plan_id: str | None) -> int:
        """Return what is granted under a plan, or under none, and neither exercised nor settled."""
        return self.awards.get((class_id, plan_id), 0)

    @property
    def decimals(self) -> dict[str, int]:
        """The decimal places of each class."""
        return {each.value.id: each.value.decimals for each in self.classes}


def cap_table(db: Session, cut: Cut, found: Totals | None = None) -> CapTable:
    """Return the cap table by class, as of a day and as known before an entry; ``found`` is handed in where at hand.

    Raises:
        NotFound: The journal has no entry that ``known_at`` comes after.
    """
    found = found or totals(db, cut)
    return cap_table_of(_class_facts(db, cut, found), _plan_facts(db, cut, found), _promise_facts(db, cut, found))


def totals(db: Session, cut: Cut) -> Totals:
    """Return what all accounts come to.

    Raises:
        NotFound: The journal has no entry that ``known_at`` comes after.
    """
    refuse_unknown(db, cut)
    sums = account_sums(db, cut)
    awards = award_sums(db, cut, sums)
    # an imported record may hold shares that are older than the day it says their class is from
    ever = Cut(date.max, cut.known_at)
    held = {key[PREFIX:] for key, units in sums.items() if units} | {key for key, units in sums.items() if units}
    named = {plan_id for (_, plan_id), units in awards.items() if units}
    return Totals(
        sums,
        awards,
        tuple(each for each in known(db, ShareClass, ever) if each.on <= cut.as_of or unit(each.value.id) in held),
        tuple(
            each
            for each in known(db, Plan, ever)
            if each.on <= cut.as_of or each.value.id in named or account(Role.POOL, each.value.id) in held
        ),
    )


def account_sums(db: Session, cut: Cut) -> dict[str, int]:
    """Return what accounts hold, added up: one sum for each role and class, and one for each pool; see ``key_of``."""
    each = balances(cut).subquery()
    # as short a key as can be: grouping by it is most of the work that summing does not do anyway
    key = case((is_of(Role.POOL), ACCOUNT.c.path), else_=func.substr(ACCOUNT.c.path, 1, PREFIX).concat(ACCOUNT.c.asset))
    keyed = select(key.label("key"), each.c.units).join(ACCOUNT, ACCOUNT.c.id == each.c.account).subquery()
    rows = db.execute(select(keyed.c.key, func.sum(keyed.c.units)).group_by(keyed.c.key))
    return {key: int(units) for key, units in rows}


def key_of(role: Role, class_id: str) -> str:
    """Return the key of the sum over all accounts of a role and a class."""
    return role[:PREFIX] + unit(class_id)


def award_sums(db: Session, cut: Cut, sums: Mapping[str, int]) -> dict[Home, int]:
    """Return what is granted under each plan, and under none.

    Where all grants of a class are under one plan, that is the sum of the class; only classes with several need their
    grants told apart.
    """
    homes = _homes(db)
    found: dict[Home, int] = {}
    shared = []
    for class_id, plans in homes.items():
        if len(plans) > 1:
            shared.append(class_id)
        elif units := sums.get(key_of(Role.AWARD, class_id), 0):
            found[class_id, next(iter(plans))] = units
    return found | (_told_apart(db, cut, shared) if shared else {})


def _homes(db: Session) -> dict[str, set[str | None]]:
    """Return under which plans, or none, there are ever grants in each class."""
    homes: dict[str, set[str | None]] = {}
    for each in known(db, Plan):
        homes.setdefault(each.value.class_id, set()).add(each.value.id)
    planless = select(SECURITY.c.class_id).where(
        SECURITY.c.kind == SecurityKind.AWARD.value, SECURITY.c.plan_id.is_(None)
    )
    for class_id in db.execute(planless.distinct()).scalars():
        homes.setdefault(class_id, set()).add(None)
    return homes


def _told_apart(db: Session, cut: Cut, classes: Iterable[str]) -> dict[Home, int]:
    query = (
        select(SECURITY.c.class_id, SECURITY.c.plan_id, func.sum(POSTING.c.amount))
        .join(ACCOUNT, ACCOUNT.c.path == account(Role.AWARD, "") + SECURITY.c.id)
        .join(POSTING, POSTING.c.account == ACCOUNT.c.id)
        .where(SECURITY.c.class_id.in_(classes), SECURITY.c.kind == SecurityKind.AWARD.value, *counted(cut))
        .group_by(SECURITY.c.class_id, SECURITY.c.plan_id)
    )
    return {(class_id, plan_id): int(units) for class_id, plan_id, units in db.execute(query)}


def _class_facts(db: Session, cut: Cut, found: Totals) -> list[ClassFacts]:
    ratios = {each.value.class_id: each.value for each in known(db, ClassRatio, cut)}
    splits = known(db, ClassSplit, cut)
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
    reserved = reserves(db, cut)
    return [
        PlanFacts(
            each.value,
            reserved.get(each.value.id, 0),
            found.available(each.value.id),
            found.granted(each.value.class_id, each.value.id),
        )
        for each in found.plans
    ]


def reserves(db: Session, cut: Cut) -> dict[str, int]:
    """Return what each plan has reserved, at first and by adjustments and splits."""
    kinds = [kind for kind, flow in FLOWS.items() if flow in {Flow.RESERVED, Flow.SPLIT}]
    subject = subject_of(Role.POOL, Role.AWARD)
    moved = (
        select(subject.label("subject"), is_of(Role.POOL).label("is_pool"), POSTING.c.amount)
        .join(ENTRY, ENTRY.c.n == POSTING.c.n)
        .join(ACCOUNT, ACCOUNT.c.id == POSTING.c.account)
        .outerjoin(ORIGINAL, ORIGINAL.c.n == ENTRY.c.reverses)
        .where(or_(ENTRY.c.kind.in_(kinds), ORIGINAL.c.kind.in_(kinds)), ENTRY.c.kind.in_([*kinds, REVERSED]))
        .where(subject.is_not(None), *counted(cut))
        .subquery()
    )
    plan_id = case((moved.c.is_pool, moved.c.subject), else_=SECURITY.c.plan_id).label("plan_id")
    named = select(plan_id, moved.c.amount).outerjoin(SECURITY, SECURITY.c.id == moved.c.subject).subquery()
    query = select(named.c.plan_id, func.sum(named.c.amount)).group_by(named.c.plan_id)
    return {plan_id: int(units) for plan_id, units in db.execute(query) if plan_id is not None}


REVERSED = "journal.reversed"
"""The kind of an entry that undoes another one."""


def _cash(db: Session, cut: Cut, found: Totals) -> dict[str, tuple[Money, ...]]:
    """Return what was paid for shares of each class when the company sold them, for cash or for a note.

    Certificates that came out of others, or out of grants and warrants, do not count; retracted ones never were.
    """
    event = tables.table(SecurityEvent)
    notes = select(SECURITY.c.id).where(SECURITY.c.kind == SecurityKind.CONVERTIBLE.value).scalar_subquery()
    retracted = selection(SecurityEvent, cut).where(
        event.c.security == SECURITY.c.id, event.c.kind == EventKind.RETRACTED.value
    )
    sold = (
        selection(Security, cut)
        .where(SECURITY.c.kind == SecurityKind.STOCK.value, SECURITY.c.price.is_not(None))
        .where(or_(SECURITY.c.from_security.is_(None), SECURITY.c.from_security.in_(notes)))
        .where(~retracted.order_by(None).correlate(SECURITY).exists())
        .order_by(None)
        .subquery()
    )
    query = select(sold.c.class_id, sold.c.price, func.sum(sold.c.quantity)).group_by(sold.c.class_id, sold.c.price)
    decimals = found.decimals
    paid: dict[str, list[Money]] = {}
    for class_id, price, units in db.execute(query):
        money = paid_for(Price.decode(orjson.loads(price)), int(units), decimals[class_id])
        paid.setdefault(class_id, []).append(money)
    return {class_id: summed(money) for class_id, money in paid.items()}


def _promise_facts(db: Session, cut: Cut, found: Totals) -> list[PromiseFacts]:
    """Return the warrants by class and the notes by kind, as far as they are still to be exercised or converted."""
    names = {each.value.id: each.value.name for each in found.classes}
    rows: dict[tuple[Line, str], PromiseFacts] = {}
    for each in live_promises(db, cut):
        row = _warrant(each, names) if each.security.kind is SecurityKind.WARRANT else _note(each)
        before = rows.get((row.line, row.id))
        if before is not None:
            cash = summed([*before.cash, *row.cash])
            row = PromiseFacts(row.line, row.id, row.name, row.class_id, before.units + row.units, cash)
        rows[row.line, row.id] = row
    return [rows[key] for key in sorted(rows)]


def live_promises(db: Session, cut: Cut) -> list[Position]:
    """Return the notes and warrants that a cut shows as neither ended nor expired."""
    kinds = (SecurityKind.WARRANT, SecurityKind.CONVERTIBLE)
    found = [each.value.id for kind in kinds for each in known(db, Security, cut, kind=kind.value)]
    held = [position(db, id, cut) for id in found]
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
