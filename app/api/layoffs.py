"""Layoff cases: filed by the board, seen by the council, told to whom they concern once notice is given."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from sqlalchemy.orm import Session

from app import layoffs as letting_go
from app.api.door import Door
from app.api.fields import Day, Id, Order, Page, Told, shown
from app.api.lists import PagingAsked, page_among
from app.api.prose import Prose
from app.api.service import Now
from app.people.tokens import Scope
from app.policy_values import Days
from governance import layoffs
from governance.layoffs import MOST_AFFECTED, Case, CaseOrder
from ledger.equity.register import company_day
from ledger.errors import DatesOutOfOrder, FourEyes, Invalid, NotAllowedNow
from ledger.types import Act

door = Door("layoff-cases")

ORDER: dict[str, Any] = {
    "reason": "The contract with the largest payer ends in June.",
    "affected": ["hld_01KJQ3YT5RWX6M1YFV0B1WJ6Q8"],
    "notice_on": "2025-04-16",
    "last_day": "2025-06-16",
    "handover_days": 10,
}
MINE: dict[str, Any] = {
    "id": "lay_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "reason": ORDER["reason"],
    "filed_on": "2025-04-15",
    "notice_on": "2025-04-16",
    "last_day": "2025-06-16",
    "handover_days": 10,
    "policy": 2,
    "views": ["The council sees no other way, and asks for the hand-over to be paid in full."],
    "is_withdrawn": False,
    "withdrawn_because": None,
}
CASE = MINE | {"affected": ORDER["affected"]}


class LayoffCaseIn(Order):
    """A reduction that is planned."""

    model_config = shown(ORDER)

    reason: Prose
    affected: Annotated[list[Id], Field(min_length=1, max_length=MOST_AFFECTED)]
    """Holders whom it concerns."""
    notice_on: Day
    """When they are told: tomorrow or later, for the council sees it first."""
    last_day: Day
    """The first day on which anybody may be let go; the members' policy says how long after notice."""
    handover_days: Days = 0
    """Paid days to hand clients over."""


class CouncilViewIn(Order):
    """What the council says."""

    model_config = shown({"text": MINE["views"][0]})

    text: Prose


class LayoffWithdrawalIn(Order):
    """Why a case is taken back."""

    model_config = shown({"reason": "Another payer takes the contract over."})

    reason: Prose


class OwnLayoffCaseOut(Told):
    """A case as those whom it concerns see it."""

    model_config = shown(MINE)

    id: str
    reason: str
    filed_on: Day
    notice_on: Day
    last_day: Day
    handover_days: int
    policy: int | None
    """The version of the policy `layoff_protection` in force at filing: its protection counts, unless a later one is
    better."""
    views: list[str]
    """What the council said, oldest first."""
    is_withdrawn: bool
    withdrawn_because: str | None

    @classmethod
    def of(cls, case: Case) -> OwnLayoffCaseOut:
        """Return a case as the API tells it, without the names of others."""
        return cls(**_plain(case))


class LayoffCaseOut(OwnLayoffCaseOut):
    """A case in full."""

    model_config = shown(CASE)

    affected: list[str]

    @classmethod
    def of(cls, case: Case) -> LayoffCaseOut:
        """Return a case as the council sees it."""
        return cls(**_plain(case), affected=sorted(case.affected))


def _plain(case: Case) -> dict[str, Any]:
    return {
        "id": case.case.id,
        "reason": case.case.reason,
        "filed_on": case.filed_on,
        "notice_on": case.case.notice_on,
        "last_day": case.case.last_day,
        "handover_days": case.case.handover_days,
        "policy": case.case.policy,
        "views": list(case.views),
        "is_withdrawn": case.withdrawn is not None,
        "withdrawn_because": None if case.withdrawn is None else case.withdrawn.reason,
    }


@door.write("/layoff-cases", Scope.BOARD_WRITE, refuses=[DatesOutOfOrder, Invalid])
def file_layoff_case(db: Session, act: Act, order: LayoffCaseIn) -> LayoffCaseOut:
    """File a layoff case.

    The council sees it at once; those whom it concerns see it from the day of notice on. Five providers or more are let
    go within thirty days under a case, or not at all.
    """
    wanted = CaseOrder(order.reason, frozenset(order.affected), order.notice_on, order.last_day, order.handover_days)
    return LayoffCaseOut.of(letting_go.file_case(db, act, wanted, on=company_day(db, act.now)))


@door.write("/layoff-cases/{case}/withdraw", Scope.BOARD_WRITE, refuses=[NotAllowedNow])
def withdraw_layoff_case(db: Session, act: Act, case: Id, order: LayoffWithdrawalIn) -> LayoffCaseOut:
    """Withdraw a layoff case: nobody is let go under it any more."""
    layoffs.withdraw_case(db, act, case, reason=order.reason, on=company_day(db, act.now))
    return LayoffCaseOut.of(layoffs.case(db, case))


@door.write("/layoff-cases/{case}/views", Scope.LAYOFFS_COUNCIL, refuses=[NotAllowedNow, FourEyes])
def state_council_view(db: Session, act: Act, case: Id, order: CouncilViewIn) -> LayoffCaseOut:
    """State what the council thinks of a layoff case.

    It goes on record and to those concerned. Whoever filed the case can't.
    """
    layoffs.record_view(db, act, case, order.text, on=company_day(db, act.now))
    return LayoffCaseOut.of(layoffs.case(db, case))


@door.read("/layoff-cases", Scope.LAYOFFS_COUNCIL)
def list_layoff_cases(db: Session, page: PagingAsked) -> Page[LayoffCaseOut]:
    """List layoff cases."""
    return page_among("layoff-cases", layoffs.cases(db), page, LayoffCaseOut.of, lambda one: one.case.id)


@door.read("/layoff-cases/{case}", Scope.LAYOFFS_COUNCIL)
def get_layoff_case(db: Session, case: Id) -> LayoffCaseOut:
    """Get a layoff case."""
    return LayoffCaseOut.of(layoffs.case(db, case))


@door.read("/members/{member}/layoff-cases", Scope.PROPOSALS_OWN, own="member")
def list_own_layoff_cases(db: Session, now: Now, member: Id, page: PagingAsked) -> Page[OwnLayoffCaseOut]:
    """List the layoff cases that concern oneself, from the day of notice on.

    They stay there, whatever ends; so does one's own record, and the way to open ballots.
    """
    told = [one for one in layoffs.cases(db) if member in one.affected and one.case.notice_on <= company_day(db, now)]
    return page_among("own-layoff-cases", told, page, OwnLayoffCaseOut.of, lambda one: one.case.id)
