"""The books of capital: a year's surplus or loss, and what members pay in."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, Strict
from sqlalchemy.orm import Session

from app.api.amounts import Balance, Share, cents_in, fraction, money_of
from app.api.door import Door
from app.api.fields import Day, Id, Line, Money, Order, Told, Whole, shown
from app.people.tokens import Scope
from ledger import journal
from ledger.equity.register import issuer
from ledger.errors import AlreadyExists
from ledger.sessions import capital
from ledger.sessions.capital import SurplusOrder
from ledger.sessions.errors import NobodyToShare, NoPolicyInForce, PolicyInvalid
from ledger.sessions.surplus import SurplusPolicy, Waterfall
from ledger.sessions.weights import Span
from ledger.types import Act

door = Door("capital")

FALLS: dict[str, Any] = {
    "net": {"amount": "840000.00", "currency": "USD"},
    "patron_sourced": {"amount": "777000.00", "currency": "USD"},
    "non_patronage": {"amount": "63000.00", "currency": "USD"},
    "statutory_reserve": {"amount": "233100.00", "currency": "USD"},
    "prudent_reserve": {"amount": "0.00", "currency": "USD"},
    "deficits_retired": {"amount": "0.00", "currency": "USD"},
    "education": {"amount": "0.00", "currency": "USD"},
    "allocable": {"amount": "543900.00", "currency": "USD"},
}

Year = Annotated[int, Strict(), Field(ge=1900, le=2199)]


class SurplusIn(Order):
    """A year's net income to be divided, by the resolution in force at its start."""

    model_config = shown(
        {
            "fiscal_year": 2025,
            "net": {"amount": "840000.00", "currency": "USD"},
            "member_minutes": 2886000,
            "all_minutes": 3120000,
            "statutory_reserve": "3/10",
            "resolution_ref": "members:2024-11",
            "on": "2026-02-20",
        }
    )

    fiscal_year: Year
    net: Money
    member_minutes: Whole
    """Delivered by members."""
    all_minutes: Whole
    """Delivered by everybody."""
    statutory_reserve: Share = "0"
    prudent_reserve: Share = "0"
    education: Share = "0"
    deficits: Money | None = None
    """Losses of earlier years still to be made good."""
    resolution_ref: Line
    on: Day

    def order(self, currency: str) -> SurplusOrder:
        """Return the order for the ledger."""
        shares = (self.statutory_reserve, self.prudent_reserve, self.education)
        return SurplusOrder(
            self.fiscal_year,
            cents_in(self.net, currency, field="net"),
            SurplusPolicy(*(fraction(share) for share in shares)),
            self.member_minutes,
            self.all_minutes,
            self.resolution_ref,
            0 if self.deficits is None else cents_in(self.deficits, currency, field="deficits"),
        )


class SurplusOut(Told):
    """Where each cent of a year's net income goes."""

    model_config = shown(FALLS)

    net: Money
    patron_sourced: Money
    non_patronage: Money
    statutory_reserve: Money
    prudent_reserve: Money
    deficits_retired: Money
    education: Money
    allocable: Money
    """What can be declared as patronage at most."""

    @classmethod
    def of(cls, falls: Waterfall, currency: str) -> SurplusOut:
        """Return a waterfall as the API tells it."""
        return cls(**{name: money_of(getattr(falls, name), currency) for name in cls.model_fields})


class LossIn(Order):
    """A year's loss to be shared."""

    model_config = shown(
        {
            "fiscal_year": 2024,
            "loss": {"amount": "3000.00", "currency": "USD"},
            "collective_share": "2/5",
            "first_day": "2024-07-01",
            "last_day": "2024-12-31",
            "resolution_ref": "members:2025-01",
            "on": "2025-02-20",
        }
    )

    fiscal_year: Year
    loss: Money
    collective_share: Share
    """What the collective account bears of it; members bear the rest by their patronage."""
    first_day: Day
    """With `last_day`, the days whose patronage counts."""
    last_day: Day
    resolution_ref: Line
    on: Day


class LossOut(Told):
    """What was borne by whom, in total."""

    model_config = shown(
        {"members": {"value": "-1800.00", "currency": "USD"}, "collective": {"value": "-1200.00", "currency": "USD"}}
    )

    members: Balance
    """By all members together."""
    collective: Balance


class ContributionIn(Order):
    """What a member pays in."""

    model_config = shown({"payment": {"amount": "500.00", "currency": "USD"}, "on": "2026-03-02"})

    payment: Money
    on: Day


class Booked(Told):
    """Done: what moved."""

    model_config = shown({"payment": {"amount": "186.21", "currency": "USD"}})

    payment: Money


class BooksOut(Told):
    """What the accounts hold: members', the collective one and what may still be declared are the net book value."""

    model_config = shown(
        {
            "members": {"value": "10400.05", "currency": "USD"},
            "collective": {"value": "12000.00", "currency": "USD"},
            "allocable": {"value": "0.00", "currency": "USD"},
            "net_book_value": {"value": "22400.05", "currency": "USD"},
        }
    )

    members: Balance
    """All members' together."""
    collective: Balance
    allocable: Balance
    net_book_value: Balance


@door.write("/surpluses", Scope.CAPITAL_WRITE, refuses=[AlreadyExists, PolicyInvalid])
def state_surplus(db: Session, act: Act, order: SurplusIn) -> SurplusOut:
    """Divide a year's surplus.

    Only what members' own work earned is patronage; reserves, old deficits and education come first.
    """
    currency = issuer(db).currency
    return SurplusOut.of(capital.state_surplus(db, act, order.order(currency), on=order.on), currency)


@door.write("/losses", Scope.CAPITAL_WRITE, refuses=[AlreadyExists, NobodyToShare, NoPolicyInForce])
def share_loss(db: Session, act: Act, order: LossIn) -> LossOut:
    """Share a year's loss.

    A member's account never falls below zero; what it can't bear, the collective one does.
    """
    currency = issuer(db).currency
    loss = cents_in(order.loss, currency, field="loss")
    borne = capital.share_year_loss(
        db,
        act,
        order.fiscal_year,
        loss,
        collective_share=fraction(order.collective_share),
        span=Span(order.first_day, order.last_day),
        resolution_ref=order.resolution_ref,
        on=order.on,
    )
    by_members = sum(borne.values())
    return LossOut(members=Balance.of(by_members, currency), collective=Balance.of(-loss - by_members, currency))


@door.write("/members/{member}/contributions", Scope.CAPITAL_WRITE)
def pay_in(db: Session, act: Act, member: Id, order: ContributionIn) -> Booked:
    """Record what a member pays in: a membership fee or other capital."""
    currency = issuer(db).currency
    cents = cents_in(order.payment, currency, field="payment")
    capital.pay_in(db, act, member, cents, on=order.on)
    return Booked(payment=money_of(cents, currency))


@door.read("/capital", Scope.PATRONAGE_READ)
def get_books(db: Session) -> BooksOut:
    """Get the books of capital, in total."""
    currency = issuer(db).currency
    return BooksOut(
        members=Balance.of(sum(capital.balances(db).values()), currency),
        collective=Balance.of(journal.balance(db, capital.collective(currency)), currency),
        allocable=Balance.of(journal.balance(db, capital.allocable(currency)), currency),
        net_book_value=Balance.of(capital.net_book_value(db), currency),
    )
