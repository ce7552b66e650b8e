"""What is a member's own of patronage and capital: allocations, consent, account. Nobody else gets in."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.api.amounts import Balance, money_of
from app.api.door import Door
from app.api.fields import Flag, Id, Money, Order, Page, Told, shown
from app.api.lists import PagingAsked, page_among
from app.api.patronage import PART
from app.api.quantities import class_of_plan
from app.api.service import Now
from app.people.tokens import Scope
from ledger import journal
from ledger.equity.register import company_day, issuer
from ledger.errors import NotFound
from ledger.reading import every, find
from ledger.sessions import capital, declarations, payouts
from ledger.sessions.notices import NoticeKind
from ledger.sessions.records import Allocation, PatronageDraft
from ledger.sessions.redemption import Instalment, due_in, exit_instalments, fiscal_year_of
from ledger.types import Act, decimal_text

door = Door("members")


class AllocationOut(Told):
    """A member's part of a declaration."""

    model_config = shown(PART)

    declaration: str
    minutes: int
    """Their weight: credited minutes, with indirect care, council and leave.

    Below zero where corrections took away more than there was: the next declaration takes the rest away.
    """
    allocated: Money | None
    cash: Money | None
    retained: Money | None
    """What went to their capital account; with `cash` it is what was allocated."""
    notice: NoticeKind | None
    units: str | None
    """Of a pool of units: what was granted."""

    @classmethod
    def of(cls, db: Session, part: Allocation) -> AllocationOut:
        """Return a part as the API tells it."""
        draft = find(db, PatronageDraft, part.declaration)
        plain: dict[str, Any] = {"declaration": part.declaration, "minutes": part.weight, "notice": part.notice}
        if draft.currency is None:
            assert draft.plan_id is not None
            units = decimal_text(part.amount, class_of_plan(db, draft.plan_id).decimals)
            return cls(**plain, allocated=None, cash=None, retained=None, units=units)
        return cls(
            **plain,
            allocated=money_of(part.amount, draft.currency),
            cash=money_of(part.cash, draft.currency),
            retained=money_of(part.retained, draft.currency),
            units=None,
        )


class AllocationExplained(AllocationOut):
    """A member's part and why it is what it is."""

    model_config = shown(
        PART | {"all_minutes": 227300, "disputed_minutes": 0, "alpha": "0", "exact": "612500000000/227300", "rank": 4}
    )

    all_minutes: int
    """Of everybody who shares."""
    disputed_minutes: int
    """Held back for disputes, as if somebody had them."""
    alpha: str
    """The slice that was split equally."""
    exact: str
    """Their part before rounding, in cents or the smallest units: a whole number or a fraction."""
    rank: int
    """Their place in the order in which what rounding left over was given out."""


class ConsentIn(Order):
    """Whether one takes qualified notices into income, from today on."""

    model_config = shown({"is_given": True})

    is_given: Flag


class ConsentOut(Told):
    """On file."""

    model_config = shown({"is_given": True})

    is_given: bool


class NoticesOfYear(Told):
    """What of the notices of a year has not been redeemed."""

    fiscal_year: int
    retained: Money


class PayoutOut(Told):
    """A payment to come."""

    opens_on: date
    """The first day on which it is its turn."""
    due_on: date
    payment: Money

    @classmethod
    def of(cls, instalment: Instalment, currency: str) -> PayoutOut:
        """Return an instalment as the API tells it."""
        payment = money_of(instalment.cents, currency)
        return cls(opens_on=instalment.opens_on, due_on=instalment.due_on, payment=payment)


PAYOUT: dict[str, Any] = {
    "opens_on": "2026-12-31",
    "due_on": "2027-03-31",
    "payment": {"amount": "186.21", "currency": "USD"},
}


class AccountOut(Told):
    """A member's capital account."""

    model_config = shown(
        {
            "account": {"value": "931.02", "currency": "USD"},
            "notices": [{"fiscal_year": 2025, "retained": {"amount": "931.02", "currency": "USD"}}],
            "due_this_year": {"amount": "0.00", "currency": "USD"},
            "promised": [],
            "if_leaving_today": [PAYOUT],
        }
    )

    account: Balance
    notices: list[NoticesOfYear]
    due_this_year: Money
    """By the revolving schedule, at the end of this fiscal year."""
    promised: list[PayoutOut]
    """What a schedule promises of it and is not paid yet."""
    if_leaving_today: list[PayoutOut]
    """How the rest would be paid out."""


@door.read("/members/{member}/allocations", Scope.PATRONAGE_OWN, own="member")
def list_own_allocations(db: Session, member: Id, page: PagingAsked) -> Page[AllocationOut]:
    """List one's own parts of declarations."""
    found = every(db, Allocation, member=member)
    return page_among(
        "allocations", found, page, lambda part: AllocationOut.of(db, part), lambda part: part.declaration
    )


@door.read("/members/{member}/allocations/{declaration}", Scope.PATRONAGE_OWN, own="member", long=True)
def explain_own_allocation(db: Session, member: Id, declaration: Id) -> AllocationExplained:
    """Explain one's own part of a declaration.

    Reckoned again from the record: the exact share, and where in the order of remainders it stands.
    """
    parts = every(db, Allocation, member=member, declaration=declaration)
    if not parts:
        raise NotFound(f"There is no declaration {declaration!r} with a part of theirs.", field="declaration")
    draft = find(db, PatronageDraft, declaration)
    split = declarations.recompute(db, draft)
    [share] = [share for share in split.shares if share.member == member]
    plain = AllocationOut.of(db, parts[-1]).model_dump()
    return AllocationExplained(
        **plain,
        all_minutes=sum(max(0, each.weight) for each in split.shares),
        disputed_minutes=draft.terms["disputed"],
        alpha=draft.terms["alpha"],
        exact=str(share.exact),
        rank=share.remainder_rank,
    )


@door.write("/members/{member}/patronage-consent", Scope.PATRONAGE_OWN, own="member")
def consent_to_notices(db: Session, act: Act, member: Id, order: ConsentIn) -> ConsentOut:
    """Consent to qualified notices, or no longer.

    With it, a part of at least 20 % is paid in money and all of it is one's income; without it, only the money is.
    """
    declarations.consent(db, act, member, is_given=order.is_given, on=company_day(db, act.now))
    return ConsentOut(is_given=order.is_given)


@door.read("/members/{member}/capital-account", Scope.PATRONAGE_OWN, own="member")
def get_own_account(db: Session, now: Now, member: Id) -> AccountOut:
    """Get one's own capital account."""
    company, on = issuer(db), company_day(db, now)
    year_end, currency = company.fiscal_year_end, company.currency
    held, notices = journal.balance(db, capital.capital(member)), payouts.notices_of(db, member)
    promised = [each for _, left in payouts.unpaid_schedules(db, member=member) for each in left]
    leaving = exit_instalments(payouts.unpromised(db, member), on, year_end=year_end)
    return AccountOut(
        account=Balance.of(held, currency),
        notices=[
            NoticesOfYear(fiscal_year=year, retained=money_of(cents, currency)) for year, cents in notices.items()
        ],
        due_this_year=money_of(due_in(notices, fiscal_year_of(on, year_end)), currency),
        promised=[PayoutOut.of(each, currency) for each in promised],
        if_leaving_today=[PayoutOut.of(each, currency) for each in leaving],
    )
