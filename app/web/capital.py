"""Capital accounts as finance keeps them: what is paid in, what it is the turn of to pay out, and what allows it.

The board states what can be afforded; somebody else pays. Balances of single members stand on their own pages only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.people import vault
from app.people.roles import Role
from app.web.choosing import holder_in, labels
from app.web.forms import cents_in, choice_in, day_in, line_in
from app.web.member import today_of
from app.web.patronage import books_of, listed
from app.web.site import Go, Here, Pages, View
from ledger.equity.register import issuer
from ledger.errors import Invalid
from ledger.reading import known
from ledger.sessions import capital, patr_forms, payouts, solvency
from ledger.sessions.payouts import Due
from ledger.sessions.records import ExitSchedule, SolvencyStatement
from ledger.sessions.redemption import ExitCause, fiscal_year_of
from ledger.sessions.solvency import SolvencyOrder
from ledger.sessions.weeks import last_day
from ledger.types import Act

pages = Pages()

READERS = (Role.FINANCE, Role.BOARD)


@dataclass(frozen=True, slots=True)
class Stated:
    """What the board stated, when, and how much of it is left."""

    of: SolvencyStatement
    on: date
    left: int


@dataclass(frozen=True, slots=True)
class ToPay:
    """A payment whose turn it is, by name."""

    due: Due
    name: str


@dataclass(frozen=True, slots=True)
class Promised:
    """An account that is paid out as a whole, and what of it is not paid."""

    of: ExitSchedule
    name: str
    left: int


@pages.get("/finance/capital", READERS, long=True)
def accounts(db: Session, here: Here) -> View:
    """The books, what it is the turn of, what allows to pay, and the forms that finance and the board each have."""
    company, on = issuer(db), today_of(db, here)
    until = last_day(fiscal_year_of(on, company.fiscal_year_end), company.fiscal_year_end)
    called = vault.names(db)
    dues = payouts.dues(db, until)
    stated = [
        Stated(one.value, one.on, solvency.payable(one.value, solvency.paid_on(db, one.value.id)))
        for one in reversed(known(db, SolvencyStatement))
    ]
    left = [
        Promised(one, called.get(one.member, one.member), sum(each.cents for each in unpaid))
        for one, unpaid in payouts.unpaid_schedules(db)
    ]
    return View(
        "capital.html",
        {
            "currency": company.currency,
            "books": books_of(db),
            "dues": [ToPay(due, called.get(due.member, due.member)) for due in dues],
            "total": sum(due.instalment.cents for due in dues),
            "until": until,
            "stated": stated[:10],
            "promised": left,
            "causes": list(ExitCause),
            "declarations": [one.draft for one in listed(db) if one.declared is not None],
            "people": sorted(labels(db), key=str.casefold) if here.role is Role.FINANCE else [],
            "today": on,
        },
    )


@pages.post("/finance/capital/solvency", Role.BOARD, again=accounts, authority="role:board")
def state(db: Session, act: Act, here: Here) -> Go:
    """State for the board what can be afforded."""
    order = SolvencyOrder(
        cents_in(here, "assets"),
        cents_in(here, "liabilities"),
        pays_debts=here.form.get("pays_debts") == "yes",
        resolution_ref=line_in(here, "resolution"),
    )
    solvency.state_solvency(db, act, order, on=day_in(here, "on"))
    return Go("/finance/capital", here.words.say("It is stated. Somebody of finance can pay on it, for 120 days."))


@pages.post("/finance/capital/contributions", Role.FINANCE, again=accounts, authority="role:finance")
def pay_in(db: Session, act: Act, here: Here) -> Go:
    """Record what a member paid in."""
    member, cents = holder_in(db, here, "payer"), _amount(here, "paid_in")
    capital.pay_in(db, act, member, cents, on=day_in(here, "paid_on"))
    return Go("/finance/capital", here.words.say("It is in the account."))


@pages.post("/finance/capital/exits", Role.FINANCE, again=accounts, authority="role:finance")
def promise_exit(db: Session, act: Act, here: Here) -> Go:
    """Promise how an account is paid out to somebody who left."""
    made = payouts.promise_exit(
        db,
        act,
        holder_in(db, here, "leaver"),
        choice_in(here, "cause", ExitCause),
        on=today_of(db, here),
        resolution=here.form.get("exit_resolution", "").strip() or None,
    )
    count = len(made.instalments)
    note = here.words.several("It is promised, in one payment.", "It is promised, in {count} payments.", count)
    return Go("/finance/capital", note)


@pages.post("/finance/capital/payments", Role.FINANCE, again=accounts, authority="role:finance")
def pay(db: Session, act: Act, here: Here) -> Go:
    """Pay what it is the turn of: an instalment of an exit, or a year's notices."""
    on, schedule = today_of(db, here), here.form.get("schedule", "")
    if schedule:
        payouts.pay_exit(db, act, schedule, on=on)
    else:
        year = here.form.get("fiscal_year", "")
        if not (year.isdecimal() and year.isascii() and len(year) == 4):
            raise Invalid(here.words.say("Choose what is to be paid."))
        cents = _amount(here, "cents")
        payouts.redeem(db, act, here.form.get("member", ""), cents, on=on, cause="revolving", fiscal_year=int(year))
    return Go("/finance/capital", here.words.say("The payment is recorded."))


@pages.post("/finance/capital/checks", Role.FINANCE, again=accounts, authority="role:finance")
def cash_check(db: Session, act: Act, here: Here) -> Go:
    """Record that a member cashed a qualified check: it is their consent."""
    member = holder_in(db, here, "casher")
    patr_forms.cash_check(db, act, here.form.get("declaration", ""), member, on=day_in(here, "cashed_on"))
    return Go("/finance/capital", here.words.say("It is recorded: their notice is qualified."))


def _amount(here: Here, name: str) -> int:
    cents = cents_in(here, name)
    if not cents:
        raise Invalid(here.words.say("Write an amount, such as 543900.00."), field=name)
    return cents
