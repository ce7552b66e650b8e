"""Grant drafts: drafted by one person, approved by another to the letter, issued to a third."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import Field, Strict
from pydantic.json_schema import SkipJsonSchema
from sqlalchemy.orm import Session

from app.api.door import Door
from app.api.fields import Asked, Day, Flag, Id, Line, Money, Order, Page, Quantity, Told, VestingTerms, price_of, shown
from app.api.lists import PagingAsked, page_of
from app.api.quantities import class_of_plan, units_in
from app.api.securities import SecurityInFull, standing
from app.people.tokens import Scope
from ledger.equity import grants
from ledger.equity.values import Award, AwardType, GrantDraft, LeavingReason
from ledger.errors import (
    AlreadyExists,
    DatesOutOfOrder,
    ExemptionExhausted,
    FourEyes,
    NotAllowedNow,
    NotApproved,
    PoolExhausted,
    TermsInvalid,
)
from ledger.reading import Known, every
from ledger.types import Act, Json, decimal_text

door = Door("grant-drafts")

NOTHING_MORE = Order()
"""What an order says that needs no body."""

Window = tuple[Literal["FULL_TERM"]] | tuple[Annotated[int, Strict(), Field(ge=0, le=1200)], Literal["DAYS", "MONTHS"]]

TERMS: dict[str, Any] = {
    "label": "ES-12",
    "holder": "hld_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "plan_id": "pln_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "award_type": "OPTION_NSO",
    "quantity": "4800",
    "grant_date": "2026-03-02",
    "board_approved_on": "2026-02-27",
    "resolution_ref": "board:2026-02",
    "price": {"amount": "0.62", "currency": "USD"},
    "vesting": {"months": 48, "cliff_months": 12, "every_months": 1},
    "vesting_start": "2026-03-01",
    "expires_on": "2036-03-01",
    "windows": {"VOLUNTARY_OTHER": [12, "MONTHS"], "VOLUNTARY_RETIREMENT": ["FULL_TERM"]},
    "early_exercisable": False,
    "exemption": "RULE_701",
}
HASH = "8d0bd5e3f0b0f4a3e8a7a6f6f8a4c1ddc2d1a6f0f9be3e3d0f6a5b1c2d3e4f50"


class GrantTerms(Asked):
    """Every term of a grant; an approval is bound to all of them."""

    model_config = shown(TERMS)

    label: Line
    """As printed on it; never used twice."""
    holder: Id
    plan_id: Id
    award_type: AwardType
    quantity: Quantity
    """In shares of the plan's class."""
    grant_date: Day
    board_approved_on: Day
    """On or before the grant date."""
    resolution_ref: Line
    price: Money | None = None
    """The exercise or base price a share, at or above the valuation in force; none for RSUs."""
    vesting: VestingTerms | None = None
    """`{"months": 48, "cliff_months": 12, "every_months": 1}`, conditions of the Open Cap Format
    (`vesting_conditions`) or ordered `statements`; null vests at once."""
    vesting_start: Day | None = None
    expires_on: Day | None = None
    windows: dict[LeavingReason, Window] | None = None
    """How long vested options stay exercisable after leaving, by reason; absent ones as by default."""
    early_exercisable: Flag = False
    exemption: Line | None = None
    """The securities exemption that it is made under, which every draft names: `RULE_701`, or another one such as
    `REG_D_506B`."""

    def order(self, db: Session) -> grants.GrantOrder:
        """Return the order for the ledger."""
        quantity = units_in(class_of_plan(db, self.plan_id), self.quantity)
        plain = self.model_dump(include=set(GrantTerms.model_fields) - {"quantity", "price", "windows"})
        windows: dict[str, Json] | None = None
        if self.windows is not None:
            windows = {reason.value: list(window) for reason, window in self.windows.items()}
        return grants.GrantOrder(**plain, quantity=quantity, price=price_of(self.price), windows=windows)


class DraftIn(GrantTerms, Order):
    """A grant to be drafted."""

    model_config = shown(TERMS | {"on": "2026-03-02"})

    on: Day
    """The day of the draft."""


class DraftState(StrEnum):
    """How far a draft has come."""

    PENDING_APPROVAL = "PENDING_APPROVAL"
    """Nobody has approved its newest version."""
    APPROVED = "APPROVED"
    """Exactly these terms are approved; it may be issued."""
    ISSUED = "ISSUED"
    """The promise is made."""


class DraftOut(Told):
    """The newest version of a draft."""

    model_config = shown(
        {
            "id": "dft_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
            "version": 1,
            "state": "APPROVED",
            "drafter": "usr_steward",
            "terms": TERMS,
            "terms_hash": HASH,
            "approver": "usr_board",
        }
    )

    id: str
    version: int
    state: DraftState
    drafter: str
    terms: GrantTerms
    terms_hash: str
    """What an approver approves: SHA-256 over the canonical terms."""
    approver: str | None

    @classmethod
    def of(cls, db: Session, draft: GrantDraft) -> DraftOut:
        """Return a draft as the API tells it."""
        approval = grants.approval_of(db, draft)
        issued = bool(every(db, Award, draft_id=draft.id))
        state = DraftState.APPROVED if approval else DraftState.PENDING_APPROVAL
        return cls(
            id=draft.id,
            version=draft.version,
            state=DraftState.ISSUED if issued else state,
            drafter=draft.drafter,
            terms=_terms(db, draft),
            terms_hash=draft.terms_hash,
            approver=approval.approver if approval else None,
        )


def _terms(db: Session, draft: GrantDraft) -> GrantTerms:
    order = grants.GrantOrder.from_terms(draft.terms)
    said = {name: getattr(order, name) for name in GrantTerms.model_fields}
    decimals = class_of_plan(db, order.plan_id).decimals
    return GrantTerms(**said | {"quantity": decimal_text(order.quantity, decimals), "price": Money.of(order.price)})


class ApprovalIn(Order):
    """Which terms are approved, and on which resolution."""

    model_config = shown({"terms_hash": HASH, "resolution_ref": "board:2026-02", "on": "2026-03-02"})

    terms_hash: Annotated[str, Strict(), Field(pattern="^[0-9a-f]{64}$")]
    """As the draft showed it."""
    resolution_ref: Line
    on: Day


@door.write("/grant-drafts", Scope.GRANTS_WRITE, refuses=[AlreadyExists, TermsInvalid, DatesOutOfOrder])
def draft_grant(db: Session, act: Act, order: DraftIn) -> DraftOut:
    """Draft a grant.

    Nothing is promised before someone else has approved exactly these terms and the draft is issued.
    """
    return DraftOut.of(db, grants.draft_grant(db, act, order.order(db), on=order.on))


@door.write("/grant-drafts/{draft_id}/versions", Scope.GRANTS_WRITE, refuses=[NotAllowedNow, AlreadyExists])
def redraft_grant(db: Session, act: Act, draft_id: Id, order: DraftIn) -> DraftOut:
    """Change a draft.

    A new version voids any approval of the one before.
    """
    return DraftOut.of(db, grants.draft_grant(db, act, order.order(db), on=order.on, draft_id=draft_id))


@door.read("/grant-drafts", Scope.CAPTABLE_READ)
def list_drafts(
    db: Session,
    page: PagingAsked,
    holder: Annotated[Id | SkipJsonSchema[None], Query(description="For this holder only.")] = None,
) -> Page[DraftOut]:
    """List drafts, each in its newest version."""

    def told(item: Known[GrantDraft]) -> DraftOut:
        return DraftOut.of(db, grants.newest_draft(db, item.value.id))

    return page_of(db, GrantDraft, page, told, version=1, holder=holder)


@door.read("/grant-drafts/{draft_id}", Scope.CAPTABLE_READ)
def get_draft(db: Session, draft_id: Id) -> DraftOut:
    """Get the newest version of a draft."""
    return DraftOut.of(db, grants.newest_draft(db, draft_id))


@door.write("/grant-drafts/{draft_id}/approve", Scope.GRANTS_APPROVE, refuses=[FourEyes, NotApproved, NotAllowedNow])
def approve_grant(db: Session, act: Act, draft_id: Id, order: ApprovalIn) -> DraftOut:
    """Approve a draft.

    Whoever drafted it or would receive it can't.
    """
    grants.approve_grant(
        db, act, draft_id, terms_hash=order.terms_hash, resolution_ref=order.resolution_ref, on=order.on
    )
    return DraftOut.of(db, grants.newest_draft(db, draft_id))


@door.write(
    "/grant-drafts/{draft_id}/issue",
    Scope.GRANTS_WRITE,
    refuses=[NotApproved, FourEyes, PoolExhausted, ExemptionExhausted, TermsInvalid, NotAllowedNow],
)
def issue_grant(db: Session, act: Act, draft_id: Id, order: Order = NOTHING_MORE) -> SecurityInFull:
    """Issue an approved draft.

    From its grant date on the pool is smaller, and every instalment is written down.
    """
    held = grants.issue_grant(db, act, draft_id)
    return standing(db, held, held.issued_on)
