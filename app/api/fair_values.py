"""Fair values: what a unit of a grant was found to be worth for the accounts (ASC 718)."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Query
from pydantic.json_schema import SkipJsonSchema
from sqlalchemy.orm import Session

from app.api.door import Door
from app.api.fields import Day, Id, Line, Money, Order, Page, Told, shown
from app.api.lists import PagingAsked, page_of
from app.people.tokens import Scope
from ledger.equity import fair_values
from ledger.equity.fair_values import FairValue, FairValueMethod
from ledger.errors import DatesOutOfOrder, Invalid, NotAllowedNow
from ledger.reading import Known
from ledger.types import Act

door = Door("fair-values")

EXAMPLE = {
    "security": "grt_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "price": {"amount": "0.3412", "currency": "USD"},
    "method": "BLACK_SCHOLES",
    "source": "report:2025-03",
    "on": "2025-03-10",
}


class FairValueIn(Order):
    """What a unit of a grant is worth."""

    model_config = shown(EXAMPLE)

    security: Id
    price: Money
    """Of one share or unit, as they are on the day it counts from."""
    method: FairValueMethod
    source: Line
    """The report it was taken from, or the firm that made it; no person's name."""
    on: Day | None = None
    """The day it counts from; the day of the grant, if left out."""


class FairValueOut(Told):
    """A fair value."""

    model_config = shown(EXAMPLE)

    security: str
    price: Money
    method: FairValueMethod
    source: str
    on: date

    @classmethod
    def of(cls, item: Known[FairValue]) -> FairValueOut:
        """Return a value as the API tells it."""
        made = item.value
        return cls(
            security=made.security, price=Money.of(made.price), method=made.method, source=made.source, on=item.on
        )


@door.write("/fair-values", Scope.REGISTER_WRITE, refuses=[NotAllowedNow, DatesOutOfOrder, Invalid])
def record_fair_value(db: Session, act: Act, order: FairValueIn) -> FairValueOut:
    """Record what a unit of a grant is worth for the accounts.

    A later value amends an earlier one, from the day it counts from; reports of what was known before stay as they
    were.
    """
    wanted = fair_values.FairValueOrder(order.security, order.price.price(), order.method, order.source, on=order.on)
    return FairValueOut.of(fair_values.record_fair_value(db, act, wanted))


@door.read("/fair-values", Scope.CAPTABLE_READ)
def list_fair_values(
    db: Session,
    page: PagingAsked,
    security: Annotated[Id | SkipJsonSchema[None], Query(description="Of this grant only.")] = None,
) -> Page[FairValueOut]:
    """List fair values."""
    return page_of(db, FairValue, page, FairValueOut.of, security=security)
