"""The company: registered once, and what Rule 701 needs to know of it."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, Strict
from sqlalchemy.orm import Session

from app.api.door import Door
from app.api.fields import Day, Line, Money, Order, Told, shown
from app.people.tokens import Scope
from ledger.equity import classes, register
from ledger.equity.values import Issuer, IssuerKind
from ledger.errors import AlreadyExists, NotFound
from ledger.types import Act

door = Door("issuer")

EXAMPLE = {
    "legal_name": "Lanternleaf Care Cooperative",
    "kind": "COOP",
    "time_zone": "America/New_York",
    "currency": "USD",
    "fiscal_year_end": "12-31",
    "formed_on": "2023-01-05",
    "country": "US",
}


class IssuerIn(Order):
    """The company whose record this is."""

    model_config = shown(EXAMPLE | {"on": "2023-01-05"})

    legal_name: Line
    kind: IssuerKind
    time_zone: Line
    """IANA name; legal days begin there."""
    currency: Annotated[str, Strict(), Field(pattern="^[A-Z]{3}$")]
    """ISO 4217."""
    fiscal_year_end: Annotated[str, Strict(), Field(pattern="^[0-9]{2}-[0-9]{2}$")] = "12-31"
    """`MM-DD`."""
    formed_on: Day | None = None
    country: Annotated[str, Strict(), Field(pattern="^[A-Z]{2}$")] | None = None
    on: Day
    """The day it counts from."""


class IssuerOut(Told):
    """The company."""

    model_config = shown({"id": "iss_01KJQ3YT5RWX6M1YFV0B1WJ6Q8"} | EXAMPLE)

    id: str
    legal_name: str
    kind: IssuerKind
    time_zone: str
    currency: str
    fiscal_year_end: str
    formed_on: date | None
    country: str | None

    @classmethod
    def of(cls, made: Issuer) -> IssuerOut:
        """Return the company as the API tells it."""
        return cls.model_validate(made, from_attributes=True)


class FigureIn(Order):
    """Total assets on a balance-sheet date."""

    model_config = shown({"total_assets": {"amount": "6200000", "currency": "USD"}, "stated_on": "2025-12-31"})

    total_assets: Money
    stated_on: Day


class FigureOut(Told):
    """Total assets on a balance-sheet date."""

    model_config = FigureIn.model_config

    total_assets: Money
    stated_on: date


@door.write("/issuer", Scope.REGISTER_WRITE, refuses=[AlreadyExists])
def register_issuer(db: Session, act: Act, order: IssuerIn) -> IssuerOut:
    """Register the company.

    There is one a database, and it comes first: its time zone says when a day ends.
    """
    wanted = register.IssuerOrder(**order.model_dump(exclude={"authority", "on"}))
    return IssuerOut.of(register.register_issuer(db, act, wanted, on=order.on))


@door.read("/issuer", Scope.CAPTABLE_READ, refuses=[NotFound])
def get_issuer(db: Session) -> IssuerOut:
    """Get the company."""
    return IssuerOut.of(register.issuer(db))


@door.write("/issuer/total-assets", Scope.REGISTER_WRITE)
def state_total_assets(db: Session, act: Act, order: FigureIn) -> FigureOut:
    """State total assets on a balance-sheet date.

    One of the three limits of Rule 701.
    """
    classes.state_total_assets(db, act, order.total_assets.price(), stated_on=order.stated_on)
    return FigureOut(total_assets=order.total_assets, stated_on=order.stated_on)
