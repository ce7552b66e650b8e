"""What was forfeited, expired, cancelled, bought back, repriced or transferred, and what of it a pool got back (R9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import orjson
from sqlalchemy.orm import Session

from ledger import tables
from ledger.equity.captable.accounts import refuse_unknown
from ledger.equity.expiry import Ending
from ledger.equity.values import EventKind, Plan, ReturnRule, Security, SecurityEvent, ShareClass
from ledger.reading import every, of_the_record, selection
from ledger.types import Cut

CALLED = {
    EventKind.FORFEITED: "Forfeited",
    EventKind.EXPIRED: "Expired-PTEP",
    EventKind.CANCELLED: "Canceled",
    EventKind.REPRICED: "Repriced",
    EventKind.REPURCHASED: "Repurchased",
    EventKind.TRANSFERRED: "Transferred",
}
"""Kind of event to what auditors call it."""

LIFETIME_ENDED = "Lifetime Ended"
"""What an expiry is called when the grant's own last day had come."""

COMES_BACK = (EventKind.FORFEITED, EventKind.EXPIRED, EventKind.CANCELLED, EventKind.REPURCHASED)


@dataclass(frozen=True, slots=True)
class Returned:
    """Something that took units away from a holder, in minor units of ``decimals`` places.

    Attributes:
        n: Its entry.
        called: In auditors' words.
        left_on: The day the holder left, if they had by then.
        to_plan: What a pool got back of it.
    """

    n: int
    on: date
    security: Security
    kind: EventKind
    called: str
    left_on: date | None
    decimals: int
    quantity: int
    to_plan: int
    reason: str | None


@of_the_record
def returned(db: Session, cut: Cut) -> list[Returned]:
    """Return what was taken back or went to somebody else, by day; as of a day and as known before an entry.

    Raises:
        NotFound: The journal has no entry that ``known_at`` comes after.
    """
    refuse_unknown(db, cut)
    securities = {each.id: each for each in every(db, Security, cut)}
    decimals = {each.id: each.decimals for each in every(db, ShareClass, cut)}
    plans = {each.id: each for each in every(db, Plan, cut)}
    event = tables.table(SecurityEvent)
    asked = (*CALLED, EventKind.LEFT, EventKind.REINSTATED)
    query = selection(SecurityEvent, cut).where(event.c.kind.in_([kind.value for kind in asked]))
    left_on: dict[str, date] = {}
    found = []
    for row in db.execute(query):
        kind, one = EventKind(row.kind), securities[row.security]
        if kind is EventKind.LEFT:
            left_on[one.id] = row.on
        elif kind is EventKind.REINSTATED:
            left_on.pop(one.id, None)
        elif row.quantity:
            places = decimals.get(one.class_id or "", 0)
            back = row.quantity if kind in COMES_BACK and _is_pooled(one, plans) else 0
            called = _called(kind, row.detail)
            found.append(Returned(row.n, row.on, one, kind, called, None, places, row.quantity, back, row.reason))
    # units are forfeited in the entry that says their holder left, and stand in it before that
    return [replace(each, left_on=left_on.get(each.security.id)) for each in found]


def _is_pooled(one: Security, plans: Mapping[str, Plan]) -> bool:
    """Return whether what is taken back of a security goes to the pool of its plan."""
    plan = plans.get(one.plan_id or "")
    return plan is not None and not plan.implied and plan.return_rule is ReturnRule.RETURN_TO_POOL


def _called(kind: EventKind, detail: str | None) -> str:
    has_run_out = kind is EventKind.EXPIRED and orjson.loads(detail or "{}").get("ended") == Ending.TERM.value
    return LIFETIME_ENDED if has_run_out else CALLED[kind]
