"""Holders, what they are called, and how they are engaged."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from app.api.door import Door
from app.api.fields import Day, Flag, Id, Line, Order, Page, Told, shown
from app.api.lists import PagingAsked, page_of
from app.people import erasure, holders, vault
from app.people.tokens import Scope, Token
from ledger.equity import register
from ledger.equity.register import company_day
from ledger.equity.values import Engagement, EngagementEnd, EngagementKind, Group, Holder, HolderKind, LeavingReason
from ledger.errors import Conflict, NotAllowedNow
from ledger.reading import Known, find
from ledger.types import Act

door = Door("holders")

HOLDER = "hld_01KJQ3YT5RWX6M1YFV0B1WJ6Q8"
ENGAGEMENT = {
    "id": "eng_01KJQ3YTC8B2S1XQ9M3W0N5J7D",
    "kind": "C1099",
    "shown_as": "provider",
    "starts_on": "2024-01-15",
    "ended_on": "2026-05-20",
    "reason": "VOLUNTARY_OTHER",
}


class HolderIn(Order):
    """Someone who may hold equity, and what they are called."""

    model_config = shown(
        {
            "kind": "INDIVIDUAL",
            "name": "Ava Okonkwo",
            "email": "ava@example.org",
            "licensed": True,
            "on": "2024-01-15",
        }
    )

    kind: HolderKind
    name: Line
    """Kept in the vault and never in the journal."""
    email: Line | None = None
    state: Line | None = None
    """Where they work, such as `NY`: kept in the vault, for totals by state."""
    licensed: Flag = False
    """Whether they hold a licence to practise."""
    on: Day
    """The day it counts from."""


class HolderMade(Told):
    """A holder, without a name."""

    model_config = shown({"id": HOLDER, "kind": "INDIVIDUAL", "licensed": True})

    id: str
    kind: HolderKind
    licensed: bool


class HolderOut(HolderMade):
    """A holder."""

    model_config = shown({"id": HOLDER, "kind": "INDIVIDUAL", "licensed": True, "name": "Ava Okonkwo"})

    name: str | None
    """For a token with `people:read`; null for others."""


class EngagementOut(Told):
    """How someone works with or owns part of the company, since when and until when."""

    model_config = shown(ENGAGEMENT)

    id: str
    kind: EngagementKind
    shown_as: Group
    starts_on: date
    ended_on: date | None
    reason: LeavingReason | None

    @classmethod
    def of(cls, one: Engagement, end: EngagementEnd | None = None) -> EngagementOut:
        """Return an engagement as the API tells it."""
        ended_on, reason = (end.ended_on, end.reason) if end else (None, None)
        return cls(
            id=one.id,
            kind=one.kind,
            shown_as=one.shown_as,
            starts_on=one.starts_on,
            ended_on=ended_on,
            reason=reason,
        )


class HolderInFull(HolderOut):
    """A holder with all that is on record about them."""

    model_config = shown(
        {
            "id": HOLDER,
            "kind": "INDIVIDUAL",
            "licensed": True,
            "name": "Ava Okonkwo",
            "email": "ava@example.org",
            "engagements": [ENGAGEMENT],
        }
    )

    email: str | None
    """For a token with `people:read`; null for others."""
    engagements: list[EngagementOut]


class IdentityIn(Order):
    """What a holder is called from a day on."""

    model_config = shown({"name": "Ava Reyes", "email": "ava@example.org", "on": "2026-03-02"})

    name: Line
    email: Line | None = None
    state: Line | None = None
    on: Day


class ErasureIn(Order):
    """Why somebody's name goes."""

    model_config = shown({"reason": "Asked for it in writing on 2033-02-01."})

    reason: Line


class Erased(Told):
    """What is left to call them, and how many documents went."""

    model_config = shown({"id": HOLDER, "name": "Former member #J6Q8", "documents": 1})

    id: str
    name: str
    documents: int


class EngagementIn(Order):
    """How someone works with or owns part of the company, from a day on."""

    model_config = shown({"kind": "C1099", "shown_as": "provider", "starts_on": "2024-01-15"})

    kind: EngagementKind
    shown_as: Group
    """The group they appear under in reports."""
    starts_on: Day


@door.write("/holders", Scope.REGISTER_WRITE)
def add_holder(db: Session, act: Act, order: HolderIn) -> HolderMade:
    """Add a holder.

    The journal gets an opaque id and a digest; name and address go to the vault, where they can be erased.
    """
    document = order.model_dump(include={"name", "email", "state"}, exclude_none=True)
    made = holders.add_named_holder(db, act, document, kind=order.kind, on=order.on, licensed=order.licensed)
    return HolderMade.model_validate(made, from_attributes=True)


@door.read("/holders", Scope.CAPTABLE_READ)
def list_holders(db: Session, token: Token, page: PagingAsked) -> Page[HolderOut]:
    """List holders."""
    listed = page_of(db, Holder, page, _unnamed)
    if not token.may(Scope.PEOPLE_READ):
        return listed
    names = vault.names(db, [one.id for one in listed.data])
    named = [one.model_copy(update={"name": names[one.id]}) for one in listed.data]
    return listed.model_copy(update={"data": named})


def _unnamed(item: Known[Holder]) -> HolderOut:
    one = item.value
    return HolderOut(id=one.id, kind=one.kind, licensed=one.licensed, name=None)


@door.read("/holders/{holder}", Scope.CAPTABLE_READ)
def get_holder(db: Session, token: Token, holder: Id) -> HolderInFull:
    """Get a holder with their engagements."""
    found = find(db, Holder, holder)
    name = email = None
    if token.may(Scope.PEOPLE_READ):
        name = vault.names(db, [holder])[holder]
        email = (vault.identity_of(db, holder) or {}).get("email")
    return HolderInFull(
        id=found.id,
        kind=found.kind,
        licensed=found.licensed,
        name=name,
        email=email,
        engagements=[EngagementOut.of(one, end) for one, end in register.engagements(db, holder)],
    )


@door.write("/holders/{holder}/identity", Scope.REGISTER_WRITE)
def rename_holder(db: Session, act: Act, holder: Id, order: IdentityIn) -> HolderMade:
    """Give a holder another name or address."""
    document = order.model_dump(include={"name", "email", "state"}, exclude_none=True)
    holders.rename_holder(db, act, holder, document, on=order.on)
    return HolderMade.model_validate(find(db, Holder, holder), from_attributes=True)


@door.write("/holders/{holder}/erase", Scope.PEOPLE_ERASE, refuses=[NotAllowedNow])
def erase_holder(db: Session, act: Act, holder: Id, order: ErasureIn) -> Erased:
    """Erase who a holder was.

    Refused while they are engaged or hold anything, and for seven years after; the answer says until when. No hash and
    no total changes, and it can't be undone: there is nothing left to restore.
    """
    count = erasure.erase_holder(db, act, holder, on=company_day(db, act.now), reason=order.reason)
    return Erased(id=holder, name=vault.names(db, [holder])[holder], documents=count)


@door.write("/holders/{holder}/engagements", Scope.REGISTER_WRITE, refuses=[Conflict])
def engage_holder(db: Session, act: Act, holder: Id, order: EngagementIn) -> EngagementOut:
    """Engage a holder.

    As employee, contractor, owner or investor. Two engagements of one kind can't run at once.
    """
    made = register.engage(db, act, holder, kind=order.kind, shown_as=order.shown_as, on=order.starts_on)
    return EngagementOut.of(made)
