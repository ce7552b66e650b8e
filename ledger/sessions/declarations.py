"""Patronage declared: previewed by one person, approved to the hash by another, then split to the cent or the unit.

The preview names the entry it was reckoned from, so anyone can reckon it again from the record.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from hashlib import sha256
from itertools import islice
from typing import Any

from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Draft, Posting, money, move, netted, unit
from ledger.equity.classes import available_units
from ledger.equity.promises import promised
from ledger.equity.register import issuer
from ledger.equity.securities import home_of, security_account
from ledger.equity.values import (
    Award,
    AwardType,
    Holder,
    Plan,
    Schedule,
    ScheduleCause,
    Security,
    SecurityKind,
    ShareClass,
)
from ledger.equity.vesting.table import encode
from ledger.errors import AlreadyExists, DatesOutOfOrder, FourEyes, NotAllowedNow, NotApproved
from ledger.kinds import declare
from ledger.reading import every, find, newest, of_the_record
from ledger.records import Record, canonical
from ledger.sessions.capital import allocable, book, capital
from ledger.sessions.disputes import holdback_needed
from ledger.sessions.months import close_of, disputes_of
from ledger.sessions.notices import notice
from ledger.sessions.patronage import Declaration, declaration
from ledger.sessions.records import Allocation, PatronageConsent, PatronageDeclaration, PatronageDraft
from ledger.sessions.shortfalls import require_nothing_new, shortfalls
from ledger.sessions.weights import Span, Weight, weights
from ledger.types import Act, Cut, Json, check_units

MEMBERS_AN_ENTRY = 400
"""Members whose parts go into one entry: well under 64 KiB of postings."""


@declare
class PatronageEntry(StrEnum):
    """The kinds of entry about patronage."""

    CONSENTED = "patronage.consented"
    """A member agrees to be taxed on qualified notices, or no longer does."""
    PREVIEWED = "patronage.previewed"
    """A declaration as it would be."""
    DECLARED = "patronage.declared"
    """Approved by a second person, with the parts of some members or all."""
    GRANTED = "patronage.granted"
    """A member's units, drawn from the pool."""


@dataclass(frozen=True, slots=True)
class PatronageOrder:
    """A pool to be split by credited minutes.

    Attributes:
        span: Whole months, all closed.
        pool: Cents of the company's currency, or with ``plan_id`` minor units of its class.
        alpha: The slice that is split equally.
        vesting: For units: the terms under which they vest; None for at once.
    """

    span: Span
    pool: int
    plan_id: str | None = None
    alpha: Fraction = Fraction(0)
    vesting: Json = None

    def __post_init__(self) -> None:
        """Refuse an empty pool and days the wrong way round."""
        check_units(self.pool, field="pool")
        if self.span.last < self.span.first:
            raise DatesOutOfOrder("A period ends after it begins.", field="last_day")

    @property
    def months(self) -> list[str]:
        """The names of the months of the span."""
        named, day = [], self.span.first.replace(day=1)
        while day <= self.span.last:
            named.append(f"{day:%Y-%m}")
            day = day.replace(year=day.year + day.month // 12, month=day.month % 12 + 1)
        return named


def consent(db: Session, act: Act, member: str, *, is_given: bool, on: date) -> None:
    """Record that a member takes qualified notices into income from ``on``, or no longer does; never back in time.

    Raises:
        NotFound: No such holder.
        FourEyes: Somebody else says so.
    """
    find(db, Holder, member)
    if act.actor != member:
        raise FourEyes("Only the member can consent to be taxed, or stop.")
    journal.append(db, act, Draft(PatronageEntry.CONSENTED, on, (PatronageConsent(member, is_given),)))


def has_consented(db: Session, member: str, on: date) -> bool:
    """Return whether a member's consent is on file on a day."""
    found = newest(db, PatronageConsent, Cut(on, journal.size(db)), member=member)
    return found is not None and found.is_given


def reckoned(db: Session, order: PatronageOrder, *, known_at: int, available: int, disputed: int) -> Declaration:
    """Return how a pool would be split, from what was known before an entry.

    Raises:
        PoolTooLarge: More than there is.
        NobodyToShare: Nobody has credit.
    """
    worked = {id: weight.balance for id, weight in weighed(db, order.span, order.plan_id, known_at).items()}
    return declaration(order.pool, worked, available=available, alpha=order.alpha, disputed=disputed)


@of_the_record
def weighed(db: Session, span: Span, plan_id: str | None, known_at: int) -> dict[str, Weight]:
    """Return the credit that each has in a span, with what was carried over from earlier ones."""
    carried = shortfalls(db, span, plan_id, known_at=known_at)
    return weights(db, span, known_at=known_at, carried=carried)


def preview(db: Session, act: Act, order: PatronageOrder, *, on: date) -> tuple[PatronageDraft, Declaration]:
    """Record how a pool would be split, for a second person to approve.

    Raises:
        NotAllowedNow: A month of the period is not closed.
        PoolTooLarge: More is to be split than is there.
        NobodyToShare: Nobody has credit.
    """
    journal.lock(db)
    for month in order.months:
        if close_of(db, month) is None:
            raise NotAllowedNow(f"{month} is not closed; close it before its patronage is declared.", field="first_day")
    known_at, currency = journal.size(db), None if order.plan_id else issuer(db).currency
    disputed = sum(holdback_needed(disputes_of(db, month)) for month in order.months)
    split = reckoned(db, order, known_at=known_at, available=_available(db, order), disputed=disputed)
    terms: dict[str, Json] = {"alpha": str(order.alpha), "disputed": disputed, "vesting": order.vesting}
    draft = PatronageDraft(
        act.new_id("pat"),
        order.span.first,
        order.span.last,
        order.pool,
        known_at,
        act.actor,
        terms,
        hash_of(order, split),
        currency,
        order.plan_id,
    )
    journal.append(db, act, Draft(PatronageEntry.PREVIEWED, on, (draft,)))
    return draft, split


def _available(db: Session, order: PatronageOrder) -> int:
    if order.plan_id is not None:
        find(db, Plan, order.plan_id)
        return available_units(db, order.plan_id)
    return journal.balance(db, allocable(issuer(db).currency))


def hash_of(order: PatronageOrder, split: Declaration) -> str:
    """Return what an approver approves: SHA-256 over the pool, the period and every member's part, hex."""
    told: Json = {
        "first_day": order.span.first.isoformat(),
        "last_day": order.span.last.isoformat(),
        "pool": order.pool,
        "held_back": split.held_back,
        "plan": order.plan_id,
        "alpha": str(order.alpha),
        "vesting": order.vesting,
        "parts": [[share.member, share.weight, share.amount] for share in split.shares],
    }
    return sha256(canonical(told)).hexdigest()


def order_of(draft: PatronageDraft) -> PatronageOrder:
    """Return the order that a draft was made from."""
    terms: dict[str, Any] = draft.terms
    span = Span(draft.first_day, draft.last_day)
    return PatronageOrder(span, draft.pool, draft.plan_id, Fraction(terms["alpha"]), terms["vesting"])


def reckoned_again(db: Session, draft: PatronageDraft) -> Declaration:
    """Return the split of a draft, reckoned again from what was known when it was previewed, whatever it comes to."""
    order, disputed = order_of(draft), int(draft.terms["disputed"])
    return reckoned(db, order, known_at=draft.known_at, available=order.pool, disputed=disputed)


def recompute(db: Session, draft: PatronageDraft) -> Declaration:
    """Return the split of a draft, reckoned again from what was known when it was previewed.

    Raises:
        NotApproved: It comes to something else than the draft says.
    """
    split = reckoned_again(db, draft)
    if hash_of(order_of(draft), split) != draft.terms_hash:
        raise NotApproved("Reckoned again, this comes to other parts than were previewed; preview it anew.")
    return split


def declare_patronage(
    db: Session, act: Act, draft_id: str, *, terms_hash: str, resolution_ref: str, on: date
) -> list[Allocation]:
    """Approve a preview and carry it out: cash and capital for money, grants from the pool for units.

    Raises:
        NotFound: No such draft.
        AlreadyExists: It is declared.
        FourEyes: Whoever previewed it approves it.
        NotApproved: The hash is another than the draft's, or another declaration left minutes to be taken from it.
        Overdrawn: Less is left to declare than when it was previewed.
    """
    journal.lock(db)
    draft = find(db, PatronageDraft, draft_id)
    if every(db, PatronageDeclaration, draft=draft_id):
        raise AlreadyExists("This is declared already.", field="draft")
    if act.actor == draft.requester:
        raise FourEyes("Who previews patronage and who approves it are two people.")
    if terms_hash != draft.terms_hash:
        raise NotApproved("That is not the preview on record; look at it again.", field="terms_hash")
    require_nothing_new(db, draft)
    split = recompute(db, draft)
    declared = PatronageDeclaration(draft_id, act.actor, resolution_ref)
    parts = [_allocation(db, draft, share.member, share.weight, share.amount, on) for share in split.shares]
    if draft.plan_id is None:
        drafts = list(_paid(draft, declared, parts, on))
    else:
        drafts = [_head(declared, parts, on), *_granted(db, act, draft, parts, on)]
    journal.append_all(db, act, drafts)
    return parts


def _allocation(db: Session, draft: PatronageDraft, member: str, weight: int, amount: int, on: date) -> Allocation:
    if draft.plan_id is not None:
        return Allocation(draft.id, member, weight, amount, 0, amount)
    paper = notice(amount, has_consented=has_consented(db, member, on))
    return Allocation(draft.id, member, weight, amount, paper.cash, paper.retained, paper.kind)


def _head(declared: PatronageDeclaration, parts: Sequence[Allocation], on: date) -> Draft:
    return Draft(PatronageEntry.DECLARED, on, (declared,), bulk=tuple(parts))


def _paid(
    draft: PatronageDraft, declared: PatronageDeclaration, parts: Sequence[Allocation], on: date
) -> Iterator[Draft]:
    """Yield the entries of a declaration in money: some hundred members each, every one balanced."""
    assert draft.currency is not None
    asset, rest = money(draft.currency), iter(parts)
    records: tuple[Record, ...] = (declared,)
    while some := tuple(islice(rest, MEMBERS_AN_ENTRY)):
        postings = [Posting(allocable(draft.currency), asset, -sum(part.amount for part in some))]
        postings += [Posting(capital(part.member), asset, part.retained) for part in some]
        postings.append(Posting(book(draft.currency), asset, sum(part.cash for part in some)))
        yield Draft(PatronageEntry.DECLARED, on, records, netted(postings), bulk=some)
        records = ()


def _granted(db: Session, act: Act, draft: PatronageDraft, parts: Sequence[Allocation], on: date) -> Iterator[Draft]:
    """Yield a grant of units for each member who has a part."""
    assert draft.plan_id is not None
    plan = find(db, Plan, draft.plan_id)
    share_class, vesting = find(db, ShareClass, plan.class_id), draft.terms["vesting"]
    for number, part in enumerate((part for part in parts if part.amount), 1):
        security = Security(
            act.new_id("sec"),
            f"PAT-{draft.id[-6:]}-{number}",
            SecurityKind.AWARD,
            part.member,
            part.amount,
            share_class.id,
            plan.id,
            resolution_ref=act.authority,
        )
        award = Award(
            security.id,
            AwardType.RSU,
            vesting,
            on if vesting is not None else None,
            drafter=draft.requester,
            approver=act.actor,
        )
        table = promised(vesting, part.amount, on, start=award.vesting_start)
        schedule = Schedule(security.id, ScheduleCause.GRANTED, encode(table))
        postings = move(unit(share_class.id), part.amount, home_of(share_class, plan), security_account(security))
        yield Draft(PatronageEntry.GRANTED, on, (security, award, schedule), postings, {"declaration": draft.id})
