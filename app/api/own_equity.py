"""What somebody holds, for themselves: what their own page shows, and nobody else gets.

It is asked for all day long, and changes when somebody is granted something or something vests. So an answer is kept,
for its day, until an entry touches it, and that is looked for among those added since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.api.answering import JSON
from app.api.conditions import etag_of
from app.api.door import Door
from app.api.fields import Id, Money, Told, Written, shown
from app.api.lists import AsOfAsked
from app.api.securities import ISSUED, InstalmentOut
from app.api.service import Now
from app.people.tokens import Scope
from ledger import journal
from ledger.equity import pricing
from ledger.equity.classes import splits_of
from ledger.equity.expiry import last_day
from ledger.equity.register import company_zone
from ledger.equity.securities import Position, positions
from ledger.equity.touching import is_touched
from ledger.equity.values import AwardType, EventKind, Holder, Security, SecurityKind, ShareClass
from ledger.equity.vesting.table import is_vested
from ledger.reading import find, known, until_touched
from ledger.types import MOST_UNITS, Cut, decimal_text

door = Door("holders")

NEXT: dict[str, Any] = {"date": "2026-04-10", "quantity": "100"}
HOLDING: dict[str, Any] = {
    "id": "sec_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "label": "ES-12",
    "kind": "AWARD",
    "award_type": "OPTION_NSO",
    "class_id": ISSUED["class_id"],
    "issued_on": "2025-03-10",
    "quantity": "4800",
    "outstanding": "4800",
    "vested": "1200",
    "unvested": "3600",
    "exercisable": "1200",
    "exercisable_until": "2035-03-09",
    "price_now": {"amount": "0.62", "currency": "USD"},
    "to_accept": False,
    "next": NEXT,
    "instalments": [{"date": "2026-03-10", "quantity": "1200", "mark": "scheduled"}],
}
TOTAL: dict[str, Any] = {
    "class_id": ISSUED["class_id"],
    "name": "Common",
    "quantity": "4800",
    "outstanding": "4800",
    "vested": "1200",
    "unvested": "3600",
    "next": NEXT,
}


class NextOut(Told):
    """What vests next."""

    date: date
    quantity: str


class HoldingOut(Told):
    """A security of one's own, as it stands on a day."""

    model_config = shown(HOLDING)

    id: str
    label: str
    kind: SecurityKind
    award_type: AwardType | None
    class_id: str | None
    issued_on: date
    quantity: str
    """Issued; what is left of it is `outstanding`."""
    outstanding: str
    vested: str
    """By the end of the day, whatever was done with them since."""
    unvested: str
    exercisable: str
    """Units that may be exercised or settled on the day."""
    exercisable_until: date | None
    price_now: Money | None
    """The price a share after splits and repricings."""
    to_accept: bool
    """Whether one has still to accept it."""
    next: NextOut | None
    """What of it vests next; null where nothing more has a day."""
    instalments: list[InstalmentOut]


class ClassTotalOut(Told):
    """One's own securities of a class, added up."""

    model_config = shown(TOTAL)

    class_id: str
    name: str
    quantity: str
    outstanding: str
    vested: str
    unvested: str
    next: NextOut | None


class OwnEquity(Told):
    """What somebody holds or held, on a day."""

    model_config = shown(
        {"holder": ISSUED["holder"], "as_of": "2026-03-10", "classes": [TOTAL], "securities": [HOLDING]}
    )

    holder: str
    as_of: date
    classes: list[ClassTotalOut]
    """By class, since units of one are not units of another."""
    securities: list[HoldingOut]
    """The oldest first."""


@door.read("/holders/{holder}/equity", Scope.EQUITY_OWN, own="holder")
def get_own_equity(db: Session, holder: Id, asked: AsOfAsked, now: Now) -> OwnEquity | Written:
    """Get what one holds oneself.

    Each grant and certificate with what has vested, what vests next and its instalments, and totals by class. Units are
    not cash and have no promised price.
    """
    kept = until_touched(db, (_Answers, holder), partial(is_touched, holder=holder), lambda: _Answers(company_zone(db)))
    if asked.known_at is not None:
        journal.known_size(db, asked.known_at)
    cut = Cut(asked.as_of or now.astimezone(kept.zone).date(), MOST_UNITS if asked.known_at is None else asked.known_at)
    return kept.given.get(cut) or kept.keep(cut, own_equity(db, holder, cut))


@dataclass(frozen=True, slots=True)
class _Answers:
    """What somebody was answered, by what they asked for; it stands until an entry touches what they hold.

    Attributes:
        zone: Where the company is: whose day it is today.
    """

    zone: ZoneInfo
    given: dict[Cut, Written] = field(default_factory=dict)

    def keep(self, cut: Cut, told: OwnEquity) -> Written:
        content = told.model_dump_json().encode()
        written = Written(content, JSON, tag=etag_of(content))
        if len(self.given) >= MOST_DAYS:
            self.given.clear()
        self.given[cut] = written
        return written


MOST_DAYS = 4
"""Of how many days somebody's answers are kept."""


def own_equity(db: Session, holder: str, cut: Cut) -> OwnEquity:
    """Return what somebody holds or held, as a cut sees it.

    Raises:
        NotFound: There is no such holder.
    """
    find(db, Holder, holder)
    held = positions(db, holder, cut)
    prices = _prices(db, holder, held, cut)
    return OwnEquity(
        holder=holder,
        as_of=cut.as_of,
        classes=[*_totals(held, cut.as_of)],
        securities=[_told(one, prices.get(one.security.id), cut.as_of) for one in held],
    )


def _prices(db: Session, holder: str, held: Iterable[Position], cut: Cut) -> dict[str, Money | None]:
    """Return the price a share of each security on the day."""
    issued = {item.value.id: item for item in known(db, Security, cut, holder=holder)}
    splits = {id: splits_of(db, id, cut) for id in dict.fromkeys(one.security.class_id for one in held) if id}
    return {
        one.security.id: Money.of(
            pricing.price_at(
                issued[one.security.id], one.events, splits.get(one.security.class_id or "", []), cut.as_of
            )
        )
        for one in held
    }


def _told(one: Position, price: Money | None, on: date) -> HoldingOut:
    decimals, is_award = _decimals(one), one.security.kind is SecurityKind.AWARD
    return HoldingOut(
        id=one.security.id,
        label=one.security.label,
        kind=one.security.kind,
        award_type=one.award.award_type if one.award else None,
        class_id=one.security.class_id,
        issued_on=one.issued_on,
        quantity=decimal_text(one.security.quantity, decimals),
        outstanding=decimal_text(one.outstanding, decimals),
        vested=decimal_text(one.vested(on), decimals),
        unvested=decimal_text(one.unvested(on), decimals),
        exercisable=decimal_text(one.exercisable(on) if is_award else 0, decimals),
        exercisable_until=last_day(one),
        price_now=price,
        to_accept=is_award and one.outstanding > 0 and not one.happened(EventKind.ACCEPTED),
        next=_next([one], on, decimals),
        instalments=[
            InstalmentOut(date=row.date, quantity=decimal_text(row.quantity, decimals), mark=row.mark)
            for row in one.table
        ],
    )


def _decimals(one: Position) -> int:
    return one.share_class.decimals if one.share_class else 0


def _totals(held: Iterable[Position], on: date) -> Iterable[ClassTotalOut]:
    classes: dict[str, ShareClass] = {}
    of_class: defaultdict[str, list[Position]] = defaultdict(list)
    for one in held:
        if one.share_class is not None:
            classes[one.share_class.id] = one.share_class
            of_class[one.share_class.id].append(one)
    for id, some in of_class.items():
        decimals = classes[id].decimals
        yield ClassTotalOut(
            class_id=id,
            name=classes[id].name,
            quantity=decimal_text(sum(one.security.quantity for one in some), decimals),
            outstanding=decimal_text(sum(one.outstanding for one in some), decimals),
            vested=decimal_text(sum(one.vested(on) for one in some), decimals),
            unvested=decimal_text(sum(one.unvested(on) for one in some), decimals),
            next=_next(some, on, decimals),
        )


def _next(held: Sequence[Position], on: date, decimals: int) -> NextOut | None:
    """Return the next day on which something vests, with all that does."""
    coming = [row for one in held for row in one.table if is_vested(row, row.date) and row.date > on]
    if not coming:
        return None
    day = min(row.date for row in coming)
    return NextOut(date=day, quantity=decimal_text(sum(row.quantity for row in coming if row.date == day), decimals))
