"""Patronage: a pool previewed by one person, declared by another, and each member's part for that member alone."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, Strict
from sqlalchemy.orm import Session

from app.api.amounts import Share, cents_in, fraction, money_of
from app.api.door import Door
from app.api.fields import Day, Id, Line, Money, Order, Page, Quantity, Told, VestingTerms, shown
from app.api.grants import HASH
from app.api.lists import PagingAsked, page_among, page_of
from app.api.quantities import class_of_plan, units_in
from app.people.tokens import Scope
from ledger.equity.register import issuer
from ledger.errors import (
    AlreadyExists,
    FourEyes,
    Invalid,
    NotAllowedNow,
    NotApproved,
    NotFound,
    Overdrawn,
    TermsInvalid,
)
from ledger.reading import every, find
from ledger.sessions import declarations
from ledger.sessions.declarations import PatronageOrder
from ledger.sessions.errors import NobodyToShare, NoPolicyInForce, PoolTooLarge
from ledger.sessions.patronage import Declaration
from ledger.sessions.records import Allocation, PatronageDeclaration, PatronageDraft
from ledger.sessions.weights import Span
from ledger.types import Act, Json, decimal_text

door = Door("patronage")

DRAFT: dict[str, Any] = {
    "id": "pat_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "first_day": "2025-01-01",
    "last_day": "2025-06-30",
    "pool": {"amount": "543900.00", "currency": "USD"},
    "plan_id": None,
    "units": None,
    "alpha": "0",
    "known_at": 4812,
    "requester": "usr_finance",
    "terms_hash": HASH,
    "state": "PREVIEWED",
}
PART: dict[str, Any] = {
    "declaration": "pat_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "minutes": 61250,
    "allocated": {"amount": "26946.76", "currency": "USD"},
    "cash": {"amount": "5389.36", "currency": "USD"},
    "retained": {"amount": "21557.40", "currency": "USD"},
    "notice": "QUALIFIED",
    "units": None,
}


class PoolIn(Order):
    """A pool to be split by credited minutes: of money, or of the units of a plan."""

    model_config = shown(
        {
            "first_day": "2025-01-01",
            "last_day": "2025-06-30",
            "pool": {"amount": "543900.00", "currency": "USD"},
            "on": "2026-03-02",
        },
        {
            "first_day": "2025-01-01",
            "last_day": "2025-06-30",
            "plan_id": "pln_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
            "units": "10000",
            "vesting": {"months": 12, "cliff_months": 0, "every_months": 3},
            "on": "2026-03-02",
        },
    )

    first_day: Day
    """With `last_day`, whole months, all of them closed."""
    last_day: Day
    pool: Money | None = None
    plan_id: Id | None = None
    """For units: the plan whose pool they are drawn from."""
    units: Quantity | None = None
    alpha: Share = "0"
    """The slice that is split equally."""
    vesting: VestingTerms | None = None
    """For units: how they vest; at once, if left out."""
    on: Day

    def order(self, db: Session) -> PatronageOrder:
        """Return the order for the ledger."""
        span, alpha = Span(self.first_day, self.last_day), fraction(self.alpha)
        if self.pool is not None and self.plan_id is None and self.units is None:
            return PatronageOrder(span, cents_in(self.pool, issuer(db).currency, field="pool"), alpha=alpha)
        if self.pool is not None or self.plan_id is None or self.units is None:
            raise Invalid("Split either a pool of money, or units of a plan.", field="pool")
        units = units_in(class_of_plan(db, self.plan_id), self.units, field="units")
        vesting: Json = self.vesting  # type: ignore[assignment] # JSON of any shape, checked by the deed
        return PatronageOrder(span, units, self.plan_id, alpha, vesting)


class PatronageState(StrEnum):
    """How far a declaration has come."""

    PREVIEWED = "PREVIEWED"
    """It waits for a second person."""
    DECLARED = "DECLARED"
    """It was approved and carried out."""


class PatronageOut(Told):
    """A declaration, in total: what anybody's part is, only they see."""

    model_config = shown(DRAFT)

    id: str
    first_day: date
    last_day: date
    pool: Money | None
    plan_id: str | None
    units: str | None
    alpha: str
    known_at: int
    """The entries it was reckoned from: with them anybody can reckon it again."""
    requester: str
    terms_hash: str
    """What a second person approves: SHA-256 over the pool, the period and every member's part."""
    state: PatronageState

    @classmethod
    def of(cls, db: Session, draft: PatronageDraft) -> PatronageOut:
        """Return a declaration as the API tells it."""
        declared = bool(every(db, PatronageDeclaration, draft=draft.id))
        return cls(
            id=draft.id,
            first_day=draft.first_day,
            last_day=draft.last_day,
            plan_id=draft.plan_id,
            alpha=str(draft.terms["alpha"]),
            known_at=draft.known_at,
            requester=draft.requester,
            terms_hash=draft.terms_hash,
            state=PatronageState.DECLARED if declared else PatronageState.PREVIEWED,
            **_amount(db, draft, draft.pool, "pool"),
        )


def _amount(db: Session, draft: PatronageDraft, amount: int, name: str) -> dict[str, Any]:
    """Return an amount of a pool as the API writes it: money, or units of the plan's class."""
    if draft.currency is not None:
        return {name: money_of(amount, draft.currency), "units": None}
    assert draft.plan_id is not None
    return {name: None, "units": decimal_text(amount, class_of_plan(db, draft.plan_id).decimals)}


class Preview(PatronageOut):
    """A declaration as it would be."""

    model_config = shown(DRAFT | {"members": 240, "held_back": "0.00"})

    members: int
    """How many have a part."""
    held_back: str
    """Of the pool, for what is disputed; in its money or units."""

    @classmethod
    def made(cls, db: Session, draft: PatronageDraft, split: Declaration) -> Preview:
        """Return a preview as the API tells it."""
        held = _amount(db, draft, split.held_back, "held")
        text = held["held"].amount if held["held"] is not None else held["units"]
        plain = PatronageOut.of(db, draft).model_dump()
        return cls(**plain, members=sum(share.amount > 0 for share in split.shares), held_back=text)


class PatronageApprovalIn(Order):
    """Which preview is declared, and on which resolution."""

    model_config = shown({"terms_hash": HASH, "resolution_ref": "members:2026-02", "on": "2026-03-02"})

    terms_hash: Annotated[str, Strict(), Field(pattern="^[0-9a-f]{64}$")]
    """As the preview showed it."""
    resolution_ref: Line
    on: Day


class Recomputed(Told):
    """A declaration reckoned again from the record."""

    model_config = shown({"id": DRAFT["id"], "terms_hash": HASH, "is_same": True})

    id: str
    terms_hash: str
    is_same: bool
    """Whether it comes to exactly the same parts."""


class PaymentOut(Told):
    """What is paid to a member in money."""

    model_config = shown({"member": "hld_01KJQ3YT5RWX6M1YFV0B1WJ6Q8", "cash": {"amount": "5389.36", "currency": "USD"}})

    member: str
    cash: Money


@door.write(
    "/patronage-drafts",
    Scope.PATRONAGE_WRITE,
    refuses=[NotAllowedNow, PoolTooLarge, NobodyToShare, NoPolicyInForce, TermsInvalid, NotFound],
)
def preview_patronage(db: Session, act: Act, order: PoolIn) -> Preview:
    """Preview how a pool is split by credited minutes.

    To the cent or the unit, by largest remainder. Nothing is promised before a second person declares exactly this.
    """
    draft, split = declarations.preview(db, act, order.order(db), on=order.on)
    return Preview.made(db, draft, split)


@door.read("/patronage-drafts", Scope.PATRONAGE_READ)
def list_patronage(db: Session, page: PagingAsked) -> Page[PatronageOut]:
    """List declarations and those that wait."""
    return page_of(db, PatronageDraft, page, lambda item: PatronageOut.of(db, item.value))


@door.read("/patronage-drafts/{draft}", Scope.PATRONAGE_READ)
def get_patronage(db: Session, draft: Id) -> PatronageOut:
    """Get a declaration, in total."""
    return PatronageOut.of(db, find(db, PatronageDraft, draft))


@door.read("/patronage-drafts/{draft}/recompute", Scope.PATRONAGE_READ, long=True)
def recompute_patronage(db: Session, draft: Id) -> Recomputed:
    """Reckon a declaration again, from what was on record when it was previewed."""
    found = find(db, PatronageDraft, draft)
    split = declarations.reckoned_again(db, found)
    hashed = declarations.hash_of(declarations.order_of(found), split)
    return Recomputed(id=found.id, terms_hash=hashed, is_same=hashed == found.terms_hash)


@door.write(
    "/patronage-drafts/{draft}/declare",
    Scope.PATRONAGE_APPROVE,
    refuses=[FourEyes, NotApproved, AlreadyExists, Overdrawn],
)
def declare_patronage(db: Session, act: Act, draft: Id, order: PatronageApprovalIn) -> PatronageOut:
    """Declare what someone else previewed.

    Money goes to members in cash and to their capital accounts; units are granted from the pool.
    """
    declarations.declare_patronage(
        db, act, draft, terms_hash=order.terms_hash, resolution_ref=order.resolution_ref, on=order.on
    )
    return PatronageOut.of(db, find(db, PatronageDraft, draft))


@door.read("/patronage-drafts/{draft}/payments", Scope.PATRONAGE_PAY)
def list_payments(db: Session, draft: Id, page: PagingAsked) -> Page[PaymentOut]:
    """List what is to be paid after a declaration."""
    found = find(db, PatronageDraft, draft)
    if found.currency is None:
        return page_among("payments", [], page, lambda one: one, lambda one: one.member)
    parts = sorted(every(db, Allocation, declaration=draft), key=lambda part: part.member)
    paid = [PaymentOut(member=part.member, cash=money_of(part.cash, found.currency)) for part in parts if part.cash]
    return page_among("payments", paid, page, lambda one: one, lambda one: one.member)
