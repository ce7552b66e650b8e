"""Disputed statements, for those who decide them.

Reviewers know a case by its number alone; the council, which hears the provider, knows whose it is.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from fastapi import Query
from pydantic.json_schema import SkipJsonSchema
from sqlalchemy.orm import Session

from app.api.door import Door
from app.api.fields import Id, Month, Order, Page, Told, shown
from app.api.lists import PagingAsked, page_among
from app.people.tokens import Scope
from ledger.equity.register import company_day
from ledger.errors import FourEyes
from ledger.reading import find
from ledger.sessions import months
from ledger.sessions.disputes import Dispute, DisputeState
from ledger.sessions.errors import StepRefused
from ledger.sessions.records import DisputeAbout, DisputeOpened, Finding
from ledger.types import Act

door = Door("disputes")

DISPUTE: dict[str, Any] = {
    "dispute": "dsp_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "minutes": 100,
    "state": "REJECTED",
    "finding": "RECORD_RIGHT",
}
CASE = DISPUTE | {"month": "2025-07", "about": "MISSING"}


class DisputeOut(Told):
    """A dispute as it stands."""

    model_config = shown(DISPUTE)

    dispute: str
    """The case number."""
    minutes: int
    state: DisputeState
    finding: str | None

    @classmethod
    def of(cls, dispute: Dispute) -> DisputeOut:
        """Return a dispute as the API tells it."""
        return cls(dispute=dispute.id, minutes=dispute.minutes, state=dispute.state, finding=dispute.reason)


class ReviewStep(StrEnum):
    """What whoever reviews a dispute may make of it."""

    IN_REVIEW = "IN_REVIEW"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"


class CouncilStep(StrEnum):
    """What the council may make of an appeal."""

    COUNCIL_ACCEPTED = "COUNCIL_ACCEPTED"
    COUNCIL_REJECTED = "COUNCIL_REJECTED"


class ReviewIn(Order):
    """The next step of a dispute."""

    model_config = shown({"to": "REJECTED", "finding": "RECORD_RIGHT"})

    to: ReviewStep
    finding: Finding | None = None
    """Why; needed to reject."""


class CouncilIn(Order):
    """The council's word on an appeal."""

    model_config = shown({"to": "COUNCIL_ACCEPTED", "finding": "RECORD_WRONG"})

    to: CouncilStep
    finding: Finding | None = None
    """Why; needed to reject."""


class CaseOut(DisputeOut):
    """A case without its author."""

    model_config = shown(CASE)

    month: str
    about: DisputeAbout

    @classmethod
    def about_case(cls, opened: DisputeOpened, dispute: Dispute) -> CaseOut:
        """Return a case as reviewers see it."""
        plain = DisputeOut.of(dispute).model_dump()
        return cls(**plain, month=f"{opened.month:%Y-%m}", about=opened.about)


class CaseInFull(CaseOut):
    """A case with its author: for the council, who has to hear them."""

    model_config = shown(CASE | {"provider": "hld_01KJQ3YT5RWX6M1YFV0B1WJ6Q8"})

    provider: str


@door.read("/disputes", Scope.DISPUTES_REVIEW)
def list_disputes(
    db: Session,
    page: PagingAsked,
    month: Annotated[Month | SkipJsonSchema[None], Query(description="About this month only.")] = None,
) -> Page[CaseOut]:
    """List disputed statements by case number.

    Whose they are is not told, so that nobody has to fear a dispute.
    """
    found = months.cases(db, period=month)
    return page_among("disputes", found, page, lambda case: CaseOut.about_case(*case), lambda case: case[0].id)


@door.write("/disputes/{dispute}/review", Scope.DISPUTES_REVIEW, refuses=[StepRefused, FourEyes])
def review_dispute(db: Session, act: Act, dispute: Id, order: ReviewIn) -> DisputeOut:
    """Review a dispute.

    Taken into review, then accepted or rejected; a rejection tells why, and can be appealed.
    """
    return _stepped(db, act, dispute, DisputeState(order.to.value), order.finding)


@door.write("/disputes/{dispute}/council", Scope.DISPUTES_COUNCIL, refuses=[StepRefused, FourEyes])
def decide_appeal(db: Session, act: Act, dispute: Id, order: CouncilIn) -> DisputeOut:
    """Decide an appeal, in another person than who rejected the dispute."""
    return _stepped(db, act, dispute, DisputeState(order.to.value), order.finding)


def _stepped(db: Session, act: Act, dispute: str, to: DisputeState, finding: Finding | None) -> DisputeOut:
    return DisputeOut.of(months.step_dispute(db, act, dispute, to, on=company_day(db, act.now), finding=finding))


@door.read("/disputes/{dispute}", Scope.DISPUTES_COUNCIL)
def get_dispute(db: Session, dispute: Id) -> CaseInFull:
    """Get a case and whose it is."""
    opened = find(db, DisputeOpened, dispute)
    plain = CaseOut.about_case(opened, months.dispute_by_id(db, dispute)).model_dump()
    return CaseInFull(**plain, provider=opened.provider)
