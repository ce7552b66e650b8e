"""What a grant was found to be worth for the accounts (ASC 718): recorded by finance, from whoever valued it.

An option's value takes a model and an appraiser (Black-Scholes and the like), so it is on record or unknown. A share
promised or given (RSU, RSA) is worth what the valuation in force on its day says, unless a value is recorded for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Draft
from ledger.equity.register import issuer
from ledger.equity.securities import Position, position
from ledger.equity.values import EventKind, Security
from ledger.errors import DatesOutOfOrder, Invalid, NotAllowedNow
from ledger.kinds import declare
from ledger.reading import Known
from ledger.records import Record, record
from ledger.types import Act, Price


class FairValueMethod(StrEnum):
    """How a value was found."""

    BLACK_SCHOLES = "BLACK_SCHOLES"
    """The closed formula for options."""
    LATTICE = "LATTICE"
    """A binomial or trinomial tree."""
    MONTE_CARLO = "MONTE_CARLO"
    """Simulation, for what depends on a price to come."""
    INTRINSIC = "INTRINSIC"
    """Value of the share less the exercise price, which a private company may choose for some awards."""
    SHARE_VALUE = "SHARE_VALUE"
    """The value of the share itself, less what was paid for it."""


@record("fair_value", references={"security": Security}, index=[("security",)])
@dataclass(frozen=True, slots=True)
class FairValue(Record):
    """What one unit of a grant is worth, from its entry's day on; the newest that counts wins, for all units.

    Attributes:
        price: Of a unit as units are on that day.
        source: The report it was taken from, or the firm that made it; no person's name.
    """

    security: str
    price: Price
    method: FairValueMethod
    source: str


@declare
class FairValueEntry(StrEnum):
    """The kinds of entry about what grants are worth."""

    VALUED = "grant.valued"
    """A grant's fair value is on record."""


@dataclass(frozen=True, slots=True)
class FairValueOrder:
    """A value to be recorded.

    Attributes:
        on: The day it counts from; the day of the grant where it is left out.
    """

    security: str
    price: Price
    method: FairValueMethod
    source: str
    on: date | None = None

    def __post_init__(self) -> None:
        """Refuse a value that nobody stands for."""
        if not self.source.strip():
            raise Invalid("Say which report the value was taken from, or who made it.", field="source")

    @property
    def value(self) -> FairValue:
        """The record it makes."""
        return FairValue(self.security, self.price, self.method, self.source.strip())


def record_fair_values(db: Session, act: Act, orders: Sequence[FairValueOrder]) -> list[Known[FairValue]]:
    """Record what units of grants are worth, all or none; a later value amends an earlier one.

    Raises:
        NotFound: No such security.
        NotAllowedNow: One of them is no grant, or was retracted.
        DatesOutOfOrder: One would count from before its grant.
        Invalid: One is in another currency than the company's.
    """
    journal.lock(db)
    currency = issuer(db).currency
    drafts = [_draft(position(db, order.security), order, currency) for order in orders]
    numbers = journal.append_all(db, act, drafts)
    written = zip(numbers, drafts, orders, strict=True)
    return [Known(n, draft.effective_on, order.value) for n, draft, order in written]


def record_fair_value(db: Session, act: Act, order: FairValueOrder) -> Known[FairValue]:
    """Record what a unit of a grant is worth; see ``record_fair_values``."""
    [made] = record_fair_values(db, act, [order])
    return made


def _draft(held: Position, order: FairValueOrder, currency: str) -> Draft:
    if held.award is None or held.happened(EventKind.RETRACTED):
        raise NotAllowedNow(f"{held.security.label} is no grant, so there is no expense for it.", field="security")
    on = order.on or held.issued_on
    if on < held.issued_on:
        text = f"{held.security.label} was granted on {held.issued_on}; a value can't count from {on}."
        raise DatesOutOfOrder(text, field="on")
    if order.price.currency != currency:
        raise Invalid(f"The books are kept in {currency}; write the value in it.", field="price")
    return Draft(FairValueEntry.VALUED, on, (order.value,))
