"""Form 1099-PATR, and qualified checks, whose cashing makes a notice qualified."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from sqlalchemy.orm import Session

from app.api.amounts import money_of
from app.api.door import Door
from app.api.fields import Day, Id, Money, Order, Page, Told, shown
from app.api.lists import PagingAsked, page_among
from app.people.tokens import Scope
from ledger.equity.register import issuer
from ledger.errors import AlreadyExists, NotAllowedNow
from ledger.sessions import patr_forms
from ledger.sessions.notices import Form1099Patr
from ledger.types import Act

door = Door("patronage")

MEMBER = "hld_01KJQ3YT5RWX6M1YFV0B1WJ6Q8"


class CheckIn(Order):
    """Whose check was cashed, and when."""

    model_config = shown({"member": MEMBER, "on": "2026-10-02"})

    member: Id
    on: Day


class CheckOut(Told):
    """On file."""

    model_config = shown({"declaration": "pat_01KJQ3YT5RWX6M1YFV0B1WJ6Q8", "member": MEMBER})

    declaration: str
    member: str


class PatrForm(Told):
    """A member's Form 1099-PATR."""

    member: str
    dividends: Money
    """Box 1: in money, and qualified notices at what they state."""
    redeemed: Money
    """Box 5: nonqualified notices of earlier years, redeemed."""

    @classmethod
    def of(cls, member: str, form: Form1099Patr, currency: str) -> PatrForm:
        """Return a form as the API tells it."""
        return cls(
            member=member, dividends=money_of(form.dividends, currency), redeemed=money_of(form.redeemed, currency)
        )


class PatrForms(Page[PatrForm]):
    """The forms that are filed for a calendar year, in the order of members' ids."""

    model_config = shown(
        {
            "year": 2026,
            "data": [
                {
                    "member": MEMBER,
                    "dividends": {"amount": "26946.76", "currency": "USD"},
                    "redeemed": {"amount": "0.00", "currency": "USD"},
                }
            ],
            "next": None,
            "has_more": False,
        }
    )

    year: int
    data: list[PatrForm]


@door.write("/patronage-drafts/{draft}/checks-cashed", Scope.CAPITAL_WRITE, refuses=[AlreadyExists, NotAllowedNow])
def record_cashed_check(db: Session, act: Act, draft: Id, order: CheckIn) -> CheckOut:
    """Record that a member cashed a qualified check.

    It is their consent to be taxed on all of that allocation, up to the 90th day after the payment period.
    """
    patr_forms.cash_check(db, act, draft, order.member, on=order.on)
    return CheckOut(declaration=draft, member=order.member)


@door.read("/patronage-forms/{year}", Scope.PATRONAGE_PAY, long=True)
def list_patronage_forms(db: Session, year: Annotated[int, Field(ge=1900, le=2199)], page: PagingAsked) -> PatrForms:
    """List what Form 1099-PATR says of a calendar year.

    Of members for whom it is filed: $10.00 or more.
    """
    currency = issuer(db).currency
    found = patr_forms.patr_forms(db, year)
    data = [PatrForm.of(member, form, currency) for member, form in found.items() if form.is_due]
    listed = page_among("patronage-forms", data, page, lambda one: one, lambda one: one.member)
    return PatrForms(year=year, **dict(listed))
