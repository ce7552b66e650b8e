"""The ledger of securities: everything ever issued, what is left of it by a day, and how the rest ended (R3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import orjson
from sqlalchemy.orm import Session

from ledger import tables
from ledger.equity.captable.accounts import refuse_unknown, remains
from ledger.equity.captable.holdings import newest_instalments
from ledger.equity.captable.money import Money, paid_for
from ledger.equity.instruments import is_live
from ledger.equity.securities import position
from ledger.equity.values import (
    Award,
    EventKind,
    Plan,
    Security,
    SecurityEvent,
    SecurityKind,
    ShareClass,
)
from ledger.equity.vesting.table import decode, vested
from ledger.reading import Known, every, known, of_the_record, selection
from ledger.types import Cut

ENDINGS = (
    EventKind.EXERCISED,
    EventKind.SETTLED,
    EventKind.TRANSFERRED,
    EventKind.CONVERTED,
    EventKind.REPURCHASED,
    EventKind.CANCELLED,
    EventKind.RETRACTED,
    EventKind.REISSUED,
    EventKind.CONSOLIDATED,
    EventKind.FORFEITED,
    EventKind.EXPIRED,
)
"""After which nothing may be left of a security."""

PROMISES = (SecurityKind.CONVERTIBLE, SecurityKind.WARRANT)


@dataclass(frozen=True, slots=True)
class Ending:
    """How the last of a security ended."""

    kind: EventKind
    on: date
    reason: str | None


@dataclass(frozen=True, slots=True)
class Issued:
    """One security, in minor units of ``decimals`` places.

    Attributes:
        class_name: Of the class it is of or gives; None for a note that names none.
        left: None where it is counted in no units.
        paid: In cash when the company issued it; None for what came out of another certificate, or cost nothing.
        debt_cancelled: Of the note it came out of.
        acquired_from: Label of the security it came out of.
        ending: None while something is left of it.
        vested: None where it does not vest.
    """

    security: Security
    on: date
    award_type: str | None
    class_name: str | None
    plan_name: str | None
    decimals: int
    left: int | None
    paid: Money | None
    debt_cancelled: Money | None
    acquired_from: str | None
    ending: Ending | None
    vesting_start: date | None
    vested: int | None


@of_the_record
def securities_ledger(db: Session, cut: Cut) -> list[Issued]:
    """Return everything ever issued, oldest first, as of a day and as known before an entry.

    Raises:
        NotFound: The journal has no entry that ``known_at`` comes after.
    """
    refuse_unknown(db, cut)
    issued = known(db, Security, cut)
    gathered = _Gathered(
        {each.id: each for each in every(db, ShareClass, cut)},
        {each.id: each.name for each in every(db, Plan, cut)},
        {each.security: each for each in every(db, Award, cut)},
        {each.value.id: each.value for each in issued},
        remains(db, cut),
        newest_instalments(db, cut),
        _endings(db, cut),
    )
    return [_issued(db, cut, each, gathered) for each in issued]


@dataclass(frozen=True, slots=True)
class _Gathered:
    classes: Mapping[str, ShareClass]
    plans: Mapping[str, str]
    awards: Mapping[str, Award]
    securities: Mapping[str, Security]
    left: Mapping[str, int]
    promised: Mapping[str, str]
    endings: Mapping[str, Ending]


def _issued(db: Session, cut: Cut, each: Known[Security], found: _Gathered) -> Issued:
    one = each.value
    of, award = found.classes.get(one.class_id or ""), found.awards.get(one.id)
    is_promise = one.kind in PROMISES
    is_over = not is_live(position(db, one.id, cut)) if is_promise else not found.left.get(one.id)
    origin = found.securities.get(one.from_security or "")
    money = paid_for(one.price, one.quantity, of.decimals if of else 0) if one.price is not None else None
    is_sold = one.kind is SecurityKind.STOCK and (origin is None or origin.kind is not SecurityKind.STOCK)
    is_of_note = origin is not None and origin.kind is SecurityKind.CONVERTIBLE
    return Issued(
        one,
        each.on,
        award.award_type.value if award else None,
        of.name if of else None,
        found.plans.get(one.plan_id or ""),
        of.decimals if of else 0,
        None if is_promise else found.left.get(one.id, 0),
        money if is_sold and not is_of_note else None,
        money if is_sold and is_of_note else None,
        origin.label if origin else None,
        found.endings.get(one.id) if is_over else None,
        award.vesting_start if award else None,
        vested(decode(orjson.loads(found.promised[one.id])), cut.as_of) if one.id in found.promised else None,
    )


def _endings(db: Session, cut: Cut) -> dict[str, Ending]:
    """Return the newest event of each security after which nothing may be left of it."""
    rows = tables.table(SecurityEvent)
    query = selection(SecurityEvent, cut).where(rows.c.kind.in_([kind.value for kind in ENDINGS]))
    return {row.security: Ending(EventKind(row.kind), row.on, row.reason) for row in db.execute(query)}
