"""Capital paid out: what the board states can be afforded, exits promised, instalments and notices paid."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import Query
from pydantic.json_schema import SkipJsonSchema
from sqlalchemy.orm import Session

from app.api.amounts import cents_in, money_of
from app.api.capital import Booked, Year
from app.api.door import Door
from app.api.fields import Day, Flag, Id, Line, Money, Order, Page, Told, shown
from app.api.lists import PagingAsked, page_among, page_of
from app.api.members import PAYOUT, PayoutOut
from app.api.service import Now
from app.people.tokens import Scope
from ledger.equity.register import company_day, issuer
from ledger.errors import DatesOutOfOrder, FourEyes, NotAllowedNow
from ledger.reading import Known
from ledger.sessions import payouts, solvency
from ledger.sessions.errors import BalanceTooLow, NotSolvent, OutOfTurn
from ledger.sessions.records import ExitSchedule, SolvencyStatement
from ledger.sessions.redemption import ExitCause, Instalment, decode
from ledger.sessions.solvency import SolvencyOrder
from ledger.types import Act

door = Door("capital")

STATED: dict[str, Any] = {
    "id": "slv_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "on": "2031-03-02",
    "assets": {"amount": "412000.00", "currency": "USD"},
    "liabilities": {"amount": "268000.00", "currency": "USD"},
    "pays_debts": True,
    "good_until": "2031-06-30",
    "resolution_ref": "board:2031-03",
    "payable": {"amount": "144000.00", "currency": "USD"},
}
EXIT: dict[str, Any] = {
    "id": "exs_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "member": "hld_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "cause": "LEFT",
    "left_on": "2026-06-16",
    "promised": [PAYOUT],
    "unpaid": [PAYOUT],
}


class SolvencyIn(Order):
    """What the board states: what is owned, what is owed, and that debts can be paid."""

    model_config = shown({name: STATED[name] for name in STATED if name not in {"id", "payable"}})

    assets: Money
    liabilities: Money | None = None
    """With whatever ranks before members' capital; nothing, if left out."""
    pays_debts: Flag
    """Whether debts can still be paid as they fall due when all of the difference is paid out."""
    good_until: Day | None = None
    """The last day on which it counts: 120 days after `on` at most, and by default."""
    resolution_ref: Line
    on: Day

    def order(self, currency: str) -> SolvencyOrder:
        """Return the order for the ledger."""
        return SolvencyOrder(
            cents_in(self.assets, currency, field="assets"),
            0 if self.liabilities is None else cents_in(self.liabilities, currency, field="liabilities"),
            pays_debts=self.pays_debts,
            resolution_ref=self.resolution_ref,
            good_until=self.good_until,
        )


class SolvencyOut(Told):
    """What the board stated, and how much of it is left."""

    model_config = shown(STATED)

    id: str
    on: date
    assets: Money
    liabilities: Money
    pays_debts: bool
    good_until: date
    resolution_ref: str
    payable: Money
    """What can still be paid out on it, as long as it is the newest."""

    @classmethod
    def of(cls, db: Session, stated: SolvencyStatement, on: date) -> SolvencyOut:
        """Return a statement as the API tells it."""
        currency = issuer(db).currency
        return cls(
            id=stated.id,
            on=on,
            assets=money_of(stated.assets, currency),
            liabilities=money_of(stated.liabilities, currency),
            pays_debts=stated.pays_debts,
            good_until=stated.good_until,
            resolution_ref=stated.resolution_ref,
            payable=money_of(solvency.payable(stated, solvency.paid_on(db, stated.id)), currency),
        )


class RedemptionIn(Order):
    """What of a member's notices is paid out."""

    model_config = shown({"payment": {"amount": "186.21", "currency": "USD"}, "cause": "revolving", "on": "2031-03-02"})

    payment: Money
    cause: Line
    """Such as revolving."""
    fiscal_year: Year | None = None
    """Notices of this year only; the oldest by default."""
    resolution: Line | None = None
    """What allows a year out of turn, or more than is due."""
    on: Day


class ExitIn(Order):
    """Why an account is to be paid out as a whole."""

    model_config = shown({"cause": "LEFT", "on": "2026-07-01"})

    cause: ExitCause
    resolution: Line | None = None
    """In hardship: of the board."""
    on: Day


class ExitOut(Told):
    """How an account is paid out, as it was promised."""

    model_config = shown(EXIT)

    id: str
    member: str
    cause: ExitCause
    left_on: date
    promised: list[PayoutOut]
    unpaid: list[PayoutOut]

    @classmethod
    def of(cls, schedule: ExitSchedule, left: tuple[Instalment, ...], currency: str) -> ExitOut:
        """Return a schedule as the API tells it."""
        return cls(
            id=schedule.id,
            member=schedule.member,
            cause=schedule.cause,
            left_on=schedule.left_on,
            promised=[PayoutOut.of(each, currency) for each in decode(schedule.instalments)],
            unpaid=[PayoutOut.of(each, currency) for each in left],
        )


class ExitPaymentIn(Order):
    """A payment of a promised exit: all that it is the turn of, or as much as is said."""

    model_config = shown({"on": "2027-02-15"})

    payment: Money | None = None
    resolution: Line | None = None
    """What allows to pay before its turn."""
    on: Day


class DueOut(PayoutOut):
    """A payment to come, to whom and of what."""

    member: str
    schedule: str | None
    """For an exit: the schedule."""
    fiscal_year: int | None
    """For notices: the year of which they are."""


class Dues(Page[DueOut]):
    """What it is the turn of by a day and is not paid."""

    model_config = shown(
        {
            "until": "2026-12-31",
            "total": {"amount": "186.21", "currency": "USD"},
            "data": [PAYOUT | {"member": EXIT["member"], "schedule": EXIT["id"], "fiscal_year": None}],
            "next": None,
            "has_more": False,
        }
    )

    until: date
    total: Money
    """Of all pages."""


def _mark(due: DueOut) -> str:
    """Return what tells a payment to come from every other."""
    return f"{due.member} {due.schedule} {due.fiscal_year} {due.opens_on} {due.due_on}"


@door.write("/solvency-statements", Scope.CAPITAL_APPROVE, refuses=[DatesOutOfOrder])
def state_solvency(db: Session, act: Act, order: SolvencyIn) -> SolvencyOut:
    """State what the cooperative can afford to pay out.

    The board's statement: debts can be paid as they fall due, and what is owned is more than what is owed. Payments
    rest on the newest; it counts for 120 days at most, and until patronage is declared or a loss is shared.
    """
    made = solvency.state_solvency(db, act, order.order(issuer(db).currency), on=order.on)
    return SolvencyOut.of(db, made, order.on)


@door.read("/solvency-statements", Scope.PATRONAGE_READ)
def list_solvency(db: Session, page: PagingAsked) -> Page[SolvencyOut]:
    """List what the board stated."""

    def told(item: Known[SolvencyStatement]) -> SolvencyOut:
        return SolvencyOut.of(db, item.value, item.on)

    return page_of(db, SolvencyStatement, page, told)


@door.write(
    "/members/{member}/redemptions", Scope.CAPITAL_WRITE, refuses=[BalanceTooLow, OutOfTurn, NotSolvent, FourEyes]
)
def redeem_notices(db: Session, act: Act, member: Id, order: RedemptionIn) -> Booked:
    """Redeem part of a member's notices, oldest first.

    Five years after their own, or earlier by resolution. It touches the account and never the vote.
    """
    currency = issuer(db).currency
    cents = cents_in(order.payment, currency, field="payment")
    payouts.redeem(
        db,
        act,
        member,
        cents,
        on=order.on,
        cause=order.cause,
        fiscal_year=order.fiscal_year,
        resolution=order.resolution,
    )
    return Booked(payment=money_of(cents, currency))


@door.write("/members/{member}/exits", Scope.CAPITAL_WRITE, refuses=[NotAllowedNow, DatesOutOfOrder])
def promise_exit(db: Session, act: Act, member: Id, order: ExitIn) -> ExitOut:
    """Promise how an account is paid out to who left.

    In five yearly instalments, the first within 90 days of the end of the fiscal year; within twelve months after death
    or disability, or in hardship. What is in the account stays there until it is paid.
    """
    made = payouts.promise_exit(db, act, member, order.cause, on=order.on, resolution=order.resolution)
    return ExitOut.of(made, decode(made.instalments), issuer(db).currency)


@door.read("/members/{member}/exits", Scope.PATRONAGE_PAY)
def list_exits(db: Session, member: Id, page: PagingAsked) -> Page[ExitOut]:
    """List what was promised to a member."""
    currency = issuer(db).currency
    found = payouts.unpaid_schedules(db, member=member)
    return page_among("exits", found, page, lambda one: ExitOut.of(*one, currency), lambda one: one[0].id)


@door.write("/exits/{schedule}/payments", Scope.CAPITAL_WRITE, refuses=[BalanceTooLow, OutOfTurn, NotSolvent, FourEyes])
def pay_exit(db: Session, act: Act, schedule: Id, order: ExitPaymentIn) -> Booked:
    """Pay of a promised exit what it is the turn of."""
    currency = issuer(db).currency
    cents = None if order.payment is None else cents_in(order.payment, currency, field="payment")
    paid = payouts.pay_exit(db, act, schedule, on=order.on, cents=cents, resolution=order.resolution)
    return Booked(payment=money_of(paid, currency))


@door.read("/capital/dues", Scope.PATRONAGE_PAY, long=True)
def list_dues(
    db: Session,
    now: Now,
    page: PagingAsked,
    until: Annotated[
        Day | SkipJsonSchema[None], Query(description="What it is the turn of by this day; today by default.")
    ] = None,
) -> Dues:
    """List what of members' capital is to be paid out.

    Instalments of exits, and notices that revolve.
    """
    currency, by = issuer(db).currency, until or company_day(db, now)
    found = payouts.dues(db, by)
    data = [
        DueOut(
            **dict(PayoutOut.of(due.instalment, currency)),
            member=due.member,
            schedule=due.schedule,
            fiscal_year=due.fiscal_year,
        )
        for due in found
    ]
    listed = page_among("dues", data, page, lambda one: one, _mark)
    return Dues(until=by, total=money_of(sum(due.instalment.cents for due in found), currency), **dict(listed))
