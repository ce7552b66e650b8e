"""The register of patronage: every part of every declaration, with what it was reckoned from (reports.md R14).

What was declared is on record; what it was reckoned from is reckoned again, from what was known when it was previewed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from ledger import tables
from ledger.reading import find, known, of_the_record, selection
from ledger.records import from_row
from ledger.sessions.declarations import order_of, weighed
from ledger.sessions.patronage import Share, declaration
from ledger.sessions.records import Allocation, PatronageDeclaration, PatronageDraft
from ledger.sessions.weights import Weight
from ledger.types import Cut


@dataclass(frozen=True, slots=True)
class Registered:
    """A member's part of a declaration.

    Attributes:
        weight: What their credit is made of, reckoned again; None where reckoning again finds none.
        share: Their part before and after rounding, reckoned again; likewise.
        notice: Number of the written notice: the entry it stands in and its place there. None where there is none.
    """

    part: Allocation
    weight: Weight | None
    share: Share | None
    notice: str | None


@dataclass(frozen=True, slots=True)
class DeclaredPool:
    """A declaration, with every member's part, by member.

    Attributes:
        declared_on: The day it counts from.
        held_back: What of the pool is kept for credit that is disputed.
    """

    draft: PatronageDraft
    declared_on: date
    resolution: str
    held_back: int
    parts: tuple[Registered, ...]


@of_the_record
def patronage_register(db: Session, cut: Cut) -> list[DeclaredPool]:
    """Return every declaration as of a day and as known before an entry, the oldest first."""
    return [
        _declared(db, find(db, PatronageDraft, each.value.draft), each.on, each.value.resolution_ref, cut)
        for each in known(db, PatronageDeclaration, cut)
    ]


def _declared(db: Session, draft: PatronageDraft, on: date, resolution: str, cut: Cut) -> DeclaredPool:
    order = order_of(draft)
    weights = weighed(db, order.span, order.plan_id, draft.known_at)
    split = declaration(
        order.pool,
        {member: weight.balance for member, weight in weights.items()},
        available=order.pool,
        alpha=order.alpha,
        disputed=int(draft.terms["disputed"]),
    )
    shares = {share.member: share for share in split.shares}
    query = selection(Allocation, cut).where(tables.table(Allocation).c.declaration == draft.id)
    parts = []
    for row in db.execute(query).mappings():
        part = from_row(Allocation, row)
        notice = f"{row['n']}-{row['i']}" if part.notice is not None and part.retained else None
        parts.append(Registered(part, weights.get(part.member), shares.get(part.member), notice))
    parts.sort(key=lambda each: each.part.member)
    return DeclaredPool(draft, on, resolution, split.held_back, tuple(parts))
