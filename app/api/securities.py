"""Securities: certificates, grants, notes and warrants, as they are issued and as they stand."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import Query
from pydantic.json_schema import SkipJsonSchema
from sqlalchemy.orm import Session

from app.api.door import Door
from app.api.fields import Day, Flag, Id, Line, Money, Order, Page, Quantity, Told, VestingTerms, price_of, shown
from app.api.lists import AsOfAsked, PagingAsked, page_of
from app.api.quantities import units_in
from app.api.service import Now
from app.people.tokens import Scope
from ledger.equity import grants, pricing, stock
from ledger.equity.expiry import last_day
from ledger.equity.securities import Position, position
from ledger.equity.values import AwardType, EventKind, Security, SecurityKind, ShareClass
from ledger.equity.vesting.table import Mark
from ledger.errors import AlreadyExists, AuthorisedExhausted, LaterChangeExists, NotAllowedNow, TermsInvalid
from ledger.reading import Known, every, find
from ledger.types import MOST_UNITS, Act, Cut, decimal_text

door = Door("securities")

ISSUED: dict[str, Any] = {
    "id": "sec_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "label": "ES-12-B",
    "kind": "AWARD",
    "holder": "hld_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "class_id": "cls_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "plan_id": "pln_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "quantity": "4800",
    "price": {"amount": "0.62", "currency": "USD"},
    "issued_on": "2025-03-10",
    "from_security": "sec_01KJP5H2M9E3T1ZC4QXV6R8W7N",
    "board_approved_on": "2025-03-05",
    "resolution_ref": "board:2025-03",
    "exemption": "RULE_701",
}
STANDING: dict[str, Any] = ISSUED | {
    "as_of": "2026-03-10",
    "outstanding": "4800",
    "price_now": {"amount": "0.62", "currency": "USD"},
    "vested": "1200",
    "unvested": "3600",
    "exercisable": "1200",
    "exercisable_until": "2035-03-09",
    "award_type": "OPTION_NSO",
    "instalments": [{"date": "2026-03-10", "quantity": "1200", "mark": "scheduled"}],
    "events": [
        {
            "kind": "REPRICED",
            "on": "2026-02-02",
            "quantity": "4800",
            "price": {"amount": "0.62", "currency": "USD"},
            "reason": "The valuation fell.",
            "results": [],
        }
    ],
}


class SecurityOut(Told):
    """A security as it was issued."""

    model_config = shown(ISSUED)

    id: str
    label: str
    kind: SecurityKind
    holder: str
    class_id: str | None
    plan_id: str | None
    quantity: str
    """Issued; what is left of it is `outstanding`."""
    price: Money | None
    """Paid or payable a share."""
    issued_on: date
    from_security: str | None
    """What it came out of: the grant exercised, the certificate transferred."""
    board_approved_on: date | None
    resolution_ref: str | None
    exemption: str | None

    @classmethod
    def of(cls, made: Security, on: date, decimals: int) -> SecurityOut:
        """Return a security as the API tells it."""
        return cls(
            id=made.id,
            label=made.label,
            kind=made.kind,
            holder=made.holder,
            class_id=made.class_id,
            plan_id=made.plan_id,
            quantity=decimal_text(made.quantity, decimals),
            price=Money.of(made.price),
            issued_on=on,
            from_security=made.from_security,
            board_approved_on=made.board_approved_on,
            resolution_ref=made.resolution_ref,
            exemption=made.exemption,
        )


class InstalmentOut(Told):
    """A dated quantity; one that waits for an event is dated 9999-12-31."""

    date: date
    quantity: str
    mark: Mark


class EventOut(Told):
    """Something that happened to a security."""

    kind: EventKind
    on: date
    quantity: str
    """Units concerned; 0 where none are."""
    price: Money | None
    reason: str | None
    results: list[str]
    """Ids of the securities that came out of it."""


class SecurityInFull(SecurityOut):
    """A security as it stands on a day: what is left, what has vested, what happened to it, what it still promises."""

    model_config = shown(STANDING)

    as_of: date
    outstanding: str
    price_now: Money | None
    """The price a share after splits and repricings."""
    vested: str
    """By the end of the day, whatever was done with them since."""
    unvested: str
    exercisable: str
    """Units that may be exercised or settled on the day."""
    exercisable_until: date | None
    award_type: AwardType | None
    instalments: list[InstalmentOut]
    events: list[EventOut]


def standing(db: Session, held: Position, on: date) -> SecurityInFull:
    """Return a security as it stands on a day, as the API tells it."""
    decimals = held.share_class.decimals if held.share_class else 0
    return SecurityInFull(
        **dict(SecurityOut.of(held.security, held.issued_on, decimals)),
        as_of=on,
        outstanding=decimal_text(held.outstanding, decimals),
        price_now=Money.of(pricing.price_of(db, held.security.id, on)),
        vested=decimal_text(held.vested(on), decimals),
        unvested=decimal_text(held.unvested(on), decimals),
        exercisable=decimal_text(held.exercisable(on) if held.security.kind is SecurityKind.AWARD else 0, decimals),
        exercisable_until=last_day(held),
        award_type=held.award.award_type if held.award else None,
        instalments=[
            InstalmentOut(date=row.date, quantity=decimal_text(row.quantity, decimals), mark=row.mark)
            for row in held.table
        ],
        events=[
            EventOut(
                kind=event.value.kind,
                on=event.on,
                quantity=decimal_text(event.value.quantity, decimals),
                price=Money.of(event.value.price),
                reason=event.value.reason,
                results=event.value.results or [],
            )
            for event in held.events
        ],
    )


class StockIn(Order):
    """Shares to be issued."""

    model_config = shown(
        {
            "holder": "hld_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
            "class_id": "cls_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
            "quantity": "2000000",
            "price": {"amount": "0.0001", "currency": "USD"},
            "vesting": {"months": 48, "cliff_months": 12, "every_months": 1},
            "vesting_start": "2023-01-31",
            "board_approved_on": "2023-01-05",
            "resolution_ref": "board:2023-01",
            "on": "2023-01-31",
        }
    )

    holder: Id
    class_id: Id
    quantity: Quantity
    label: Line | None = None
    """As printed on the certificate; the next number of the class by default."""
    price: Money | None = None
    """Paid a share."""
    plan_id: Id | None = None
    """The plan whose pool they come out of; unissued shares by default."""
    from_treasury: Flag = False
    """Out of the shares that the company holds itself."""
    vesting: VestingTerms | None = None
    """Terms under which they become the holder's for good; null for at once."""
    vesting_start: Day | None = None
    board_approved_on: Day | None = None
    resolution_ref: Line | None = None
    exemption: Line | None = None
    on: Day


class OnDay(Order):
    """The day on which something happens."""

    model_config = shown({"on": "2026-03-02"})

    on: Day


class WithReason(OnDay):
    """The day on which something happens, and why."""

    model_config = shown({"on": "2026-03-02", "reason": "Issued to the wrong person."})

    reason: Line


@door.write(
    "/securities",
    Scope.EQUITY_WRITE,
    refuses=[AuthorisedExhausted, AlreadyExists, TermsInvalid, NotAllowedNow, LaterChangeExists],
)
def issue_stock(db: Session, act: Act, order: StockIn) -> SecurityInFull:
    """Issue shares.

    Out of the unissued ones, a plan's pool or the treasury; the holder's at once, or as they vest. Grants are not
    issued here but drafted and approved first.
    """
    plain = order.model_dump(exclude={"authority", "on", "quantity", "price"})
    quantity = units_in(find(db, ShareClass, order.class_id), order.quantity)
    wanted = stock.StockOrder(**plain, quantity=quantity, price=price_of(order.price))
    return standing(db, stock.issue_stock(db, act, wanted, on=order.on), order.on)


@door.read("/securities", Scope.CAPTABLE_READ)
def list_securities(
    db: Session,
    page: PagingAsked,
    holder: Annotated[Id | SkipJsonSchema[None], Query(description="Of this holder only.")] = None,
    class_id: Annotated[Id | SkipJsonSchema[None], Query(description="Of this class only.")] = None,
    plan_id: Annotated[Id | SkipJsonSchema[None], Query(description="Of this plan only.")] = None,
    kind: Annotated[SecurityKind | SkipJsonSchema[None], Query(description="Of this kind only.")] = None,
    label: Annotated[Line | SkipJsonSchema[None], Query(description="With this label.")] = None,
) -> Page[SecurityOut]:
    """List securities as they were issued."""
    decimals = {each.id: each.decimals for each in every(db, ShareClass)}

    def told(item: Known[Security]) -> SecurityOut:
        return SecurityOut.of(item.value, item.on, decimals.get(item.value.class_id or "", 0))

    return page_of(db, Security, page, told, holder=holder, class_id=class_id, plan_id=plan_id, kind=kind, label=label)


@door.read("/securities/{security}", Scope.CAPTABLE_READ)
def get_security(db: Session, security: Id, asked: AsOfAsked, now: Now) -> SecurityInFull:
    """Get a security as it stands on a day."""
    cut = asked.cut(db, now)
    return standing(db, position(db, security, cut), cut.as_of)


def stands(db: Session, security: str, on: date) -> SecurityInFull:
    """Return a security as it stands on a day, with all that is on record, as the API tells it."""
    return standing(db, position(db, security, Cut(on, MOST_UNITS)), on)


@door.write("/securities/{security}/accept", Scope.EQUITY_WRITE, refuses=[NotAllowedNow])
def accept_security(db: Session, act: Act, security: Id, order: OnDay) -> SecurityInFull:
    """Record that the holder accepts a grant or certificate."""
    grants.accept(db, act, security, on=order.on)
    return stands(db, security, order.on)


@door.write("/securities/{security}/retract", Scope.EQUITY_WRITE, refuses=[NotAllowedNow, LaterChangeExists])
def retract_security(db: Session, act: Act, security: Id, order: WithReason) -> SecurityInFull:
    """Retract what was not accepted.

    As if it had never been issued: every unit goes back to where it came from.
    """
    grants.retract(db, act, security, on=order.on, reason=order.reason)
    return stands(db, security, order.on)
