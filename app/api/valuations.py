"""Valuations (409A): what a share of a class is worth, since when and until when."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Query
from pydantic.json_schema import SkipJsonSchema
from sqlalchemy.orm import Session

from app.api.door import Door
from app.api.fields import Day, Id, Money, Order, Page, Told, shown
from app.api.lists import PagingAsked, page_of
from app.people.tokens import Scope
from ledger.equity import classes
from ledger.equity.values import Valuation
from ledger.errors import DatesOutOfOrder
from ledger.reading import Known
from ledger.types import Act

door = Door("valuations")

EXAMPLE = {
    "class_id": "cls_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "price": {"amount": "0.62", "currency": "USD"},
    "on": "2025-03-10",
    "expires_on": "2026-03-09",
    "approved_on": "2025-03-12",
}


class ValuationIn(Order):
    """What a share is worth, from a day on."""

    model_config = shown(EXAMPLE)

    class_id: Id
    price: Money
    on: Day
    """The day it is in force from."""
    expires_on: Day
    """The last day it is in force; at most 12 months later."""
    approved_on: Day | None = None


class ValuationOut(Told):
    """A valuation."""

    model_config = shown({"id": "val_01KJQ3YT5RWX6M1YFV0B1WJ6Q8"} | EXAMPLE)

    id: str
    class_id: str
    price: Money
    on: date
    expires_on: date
    approved_on: date | None

    @classmethod
    def of(cls, made: Valuation, on: date) -> ValuationOut:
        """Return a valuation as the API tells it."""
        return cls(
            id=made.id,
            class_id=made.class_id,
            price=Money.of(made.price),
            on=on,
            expires_on=made.expires_on,
            approved_on=made.approved_on,
        )


@door.write("/valuations", Scope.REGISTER_WRITE, refuses=[DatesOutOfOrder])
def record_valuation(db: Session, act: Act, order: ValuationIn) -> ValuationOut:
    """Record a valuation of a share class.

    It holds until a newer one begins, and 12 months at most.
    """
    made = classes.record_valuation(
        db,
        act,
        order.class_id,
        order.price.price(),
        on=order.on,
        expires_on=order.expires_on,
        approved_on=order.approved_on,
    )
    return ValuationOut.of(made, order.on)


@door.read("/valuations", Scope.CAPTABLE_READ)
def list_valuations(
    db: Session,
    page: PagingAsked,
    class_id: Annotated[Id | SkipJsonSchema[None], Query(description="Of this class only.")] = None,
) -> Page[ValuationOut]:
    """List valuations."""
    return page_of(db, Valuation, page, _told, class_id=class_id)


def _told(item: Known[Valuation]) -> ValuationOut:
    return ValuationOut.of(item.value, item.on)
