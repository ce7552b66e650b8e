"""The register of members: who is one, since when, until when."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import Query
from pydantic.json_schema import SkipJsonSchema
from sqlalchemy.orm import Session

from app.api.amounts import cents_in, money_of
from app.api.door import Door
from app.api.fields import Day, Id, Line, Money, Order, Page, Told, shown
from app.api.lists import PagingAsked, page_among
from app.api.service import Now
from app.people.tokens import Scope
from ledger import members
from ledger.equity.register import company_day, issuer
from ledger.errors import Conflict, DatesOutOfOrder, NotAllowedNow, NotFound
from ledger.members import MemberClass, Membership, MembershipEnd
from ledger.types import Act

door = Door("memberships")

MEMBER = "hld_01KJQ3YT5RWX6M1YFV0B1WJ6Q8"
MEMBERSHIP: dict[str, Any] = {
    "number": 17,
    "member": MEMBER,
    "member_class": "PROVIDER",
    "starts_on": "2025-09-01",
    "ended_on": None,
    "reason": None,
    "buy_in_due": {"amount": "250.00", "currency": "USD"},
}


class MembershipIn(Order):
    """A holder becomes a member."""

    model_config = shown(
        {
            "member": MEMBER,
            "member_class": "PROVIDER",
            "on": "2025-09-01",
            "buy_in_due": {"amount": "250.00", "currency": "USD"},
        }
    )

    member: Id
    """A holder on record."""
    member_class: MemberClass
    on: Day
    """Their first day. Whoever joins after a record date waits for the next vote."""
    buy_in_due: Money | None = None
    """The fee to be paid in, at once or in parts. No vote waits for it."""


class MembershipEndIn(Order):
    """A membership ends."""

    model_config = shown({"on": "2026-05-20", "reason": "Moves to another state."})

    on: Day
    """Their last day. Votes whose record date it has passed stay theirs to cast."""
    reason: Line


class MembershipOut(Told):
    """A membership."""

    model_config = shown(MEMBERSHIP)

    number: int
    """Never used twice."""
    member: str
    member_class: MemberClass
    starts_on: date
    ended_on: date | None
    """The last day."""
    reason: str | None
    """Why it ended."""
    buy_in_due: Money

    @classmethod
    def of(cls, db: Session, made: Membership, end: MembershipEnd | None) -> MembershipOut:
        """Return a membership as the API tells it."""
        return cls(
            number=made.number,
            member=made.member,
            member_class=made.member_class,
            starts_on=made.starts_on,
            ended_on=None if end is None else end.ended_on,
            reason=None if end is None else end.reason,
            buy_in_due=money_of(made.buy_in_due, issuer(db).currency),
        )


class MemberOut(Told):
    """A member on a day."""

    member: str
    member_class: MemberClass


class MembersOut(Page[MemberOut]):
    """Who is a member on a day, in the order of their numbers."""

    model_config = shown(
        {
            "as_of": "2026-03-02",
            "data": [{"member": MEMBER, "member_class": "PROVIDER"}],
            "next": None,
            "has_more": False,
        }
    )

    as_of: date


@door.write("/memberships", Scope.MEMBERS_WRITE, refuses=[NotFound, Conflict])
def admit_member(db: Session, act: Act, order: MembershipIn) -> MembershipOut:
    """Admit a member.

    One membership each, one vote each, whatever they hold or deliver.
    """
    due = 0
    if order.buy_in_due is not None:
        due = cents_in(order.buy_in_due, issuer(db).currency, field="buy_in_due")
    made = members.admit(db, act, order.member, order.member_class, on=order.on, buy_in_due=due)
    return MembershipOut.of(db, made, None)


@door.write("/memberships/{member}/end", Scope.MEMBERS_WRITE, refuses=[NotAllowedNow, DatesOutOfOrder])
def end_membership(db: Session, act: Act, member: Id, order: MembershipEndIn) -> MembershipOut:
    """Record that a membership ends.

    What was earned stays, and so do ballots on whose roll they stand.
    """
    end = members.end_membership(db, act, member, on=order.on, reason=order.reason)
    [made] = [one for one, _ in members.memberships(db, member) if one.id == end.membership]
    return MembershipOut.of(db, made, end)


@door.read("/memberships", Scope.PROPOSALS_READ)
def list_members(
    db: Session,
    now: Now,
    page: PagingAsked,
    as_of: Annotated[Day | SkipJsonSchema[None], Query(description="At the end of this day; today by default.")] = None,
) -> MembersOut:
    """List who is a member."""
    day = as_of or company_day(db, now)
    found = [MemberOut(member=who, member_class=part) for who, part in members.members_on(db, day).items()]
    listed = page_among("members", found, page, lambda one: one, lambda one: one.member)
    return MembersOut(as_of=day, **dict(listed))


@door.read("/memberships/{member}", Scope.PROPOSALS_READ)
def get_memberships(db: Session, member: Id, page: PagingAsked) -> Page[MembershipOut]:
    """Get somebody's memberships."""
    found = members.memberships(db, member)
    if not found:
        raise NotFound(f"{member!r} never was a member.", field="member")
    return page_among("memberships", found, page, lambda one: MembershipOut.of(db, *one), lambda one: one[0].id)
