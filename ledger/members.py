"""The register of members: one membership each, one vote each, whatever anybody holds or delivers.

It is a register of its own and never mixes with equity (decisions.md D1). No condition of membership speaks of sessions
(E4 I4.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import journal, tables
from ledger.entries import Draft
from ledger.equity.values import Holder
from ledger.errors import Conflict, DatesOutOfOrder, Invalid, NotAllowedNow
from ledger.kinds import declare, declare_final
from ledger.reading import every, find, newest, of_the_record
from ledger.records import Record, record
from ledger.types import Act, Cut


class MemberClass(StrEnum):
    """The classes of membership."""

    PROVIDER = "PROVIDER"
    """Delivers sessions."""
    STEWARD = "STEWARD"
    """Runs the cooperative."""
    STAFF = "STAFF"
    """Works for it without delivering sessions."""
    INVESTOR = "INVESTOR"
    """Put in money; their votes together are capped."""


@declare
class MemberEntry(StrEnum):
    """The kinds of entry that admit members; one made in error is reversed, and the number stays used."""

    ADMITTED = "member.admitted"
    """Somebody becomes a member."""


@declare_final
class MemberLeft(StrEnum):
    """The kinds of entry that end memberships.

    Nothing reverses one: whoever was admitted again meanwhile would have two. Admit them again instead.
    """

    LEFT = "member.left"
    """A membership ends; what was earned stays."""


@record("membership", unique=[("id",), ("number",)], references={"member": Holder}, index=[("member",)])
@dataclass(frozen=True, slots=True)
class Membership(Record):
    """Somebody is a member.

    Attributes:
        number: The member's number, never used twice.
        member: Holder id.
        buy_in_due: Cents of the fee to be paid in, at once or in parts; 0 where it was waived. No vote waits for it.
    """

    id: str
    number: int
    member: str
    member_class: MemberClass
    starts_on: date
    buy_in_due: int


@record("membership_end", unique=[("membership",)], references={"membership": Membership})
@dataclass(frozen=True, slots=True)
class MembershipEnd(Record):
    """A membership is over after a day."""

    membership: str
    ended_on: date
    reason: str


def admit(
    db: Session,
    act: Act,
    member: str,
    member_class: MemberClass,
    *,
    on: date,
    buy_in_due: int = 0,
) -> Membership:
    """Record that a holder becomes a member on a day.

    Raises:
        NotFound: No such holder.
        Conflict: They are a member on that day or from a later one (E4 I4.1).
        Invalid: A fee below nothing.
    """
    journal.lock(db)
    find(db, Holder, member)
    if buy_in_due < 0:
        raise Invalid("What is due is zero or more.", field="buy_in_due")
    for other, end in memberships(db, member):
        if end is None or end.ended_on >= on:
            raise Conflict(f"{member} is a member already, since {other.starts_on}.", field="member")
    rows = tables.table(Membership).c
    number = 1 + int(db.execute(select(func.coalesce(func.max(rows.number), 0))).scalar_one())
    made = Membership(act.new_id("mem"), number, member, member_class, on, buy_in_due)
    journal.append(db, act, Draft(MemberEntry.ADMITTED, on, (made,)))
    return made


def end_membership(db: Session, act: Act, member: str, *, on: date, reason: str) -> MembershipEnd:
    """Record that somebody is a member for the last time on a day.

    Ballots on whose roll they stand stay theirs to cast.

    Raises:
        NotAllowedNow: They are no member.
        DatesOutOfOrder: Before the membership began.
        Invalid: No reason is given.
    """
    journal.lock(db)
    running = [one for one, end in memberships(db, member) if end is None]
    if not running:
        raise NotAllowedNow(f"{member} is no member.", field="member")
    if on < running[0].starts_on:
        raise DatesOutOfOrder(f"The membership began on {running[0].starts_on}.", field="on")
    if not reason.strip():
        raise Invalid("Say why the membership ends.", field="reason")
    made = MembershipEnd(running[0].id, on, reason)
    journal.append(db, act, Draft(MemberLeft.LEFT, on, (made,)))
    return made


def memberships(db: Session, member: str) -> list[tuple[Membership, MembershipEnd | None]]:
    """Return somebody's memberships, each with its end if it has one, oldest first."""
    return [(one, newest(db, MembershipEnd, membership=one.id)) for one in every(db, Membership, member=member)]


def members_on(db: Session, day: date, *, known_at: int | None = None) -> dict[str, MemberClass]:
    """Return who is a member at the end of a day, and of which class, in the order of their numbers.

    Args:
        db: The session.
        day: Whoever leaves on it is still a member.
        known_at: As the register was known before that entry; all that is on record by default.
    """
    cut = None if known_at is None else Cut(day, known_at)
    over = {end.membership for end in every(db, MembershipEnd, cut) if end.ended_on < day}
    found = [one for one in every(db, Membership, cut) if one.starts_on <= day and one.id not in over]
    return {one.member: one.member_class for one in sorted(found, key=lambda one: one.number)}


def has_members(db: Session) -> bool:
    """Return whether anybody was ever admitted: from then on, members decide what belongs to them."""
    return first_admitted(db) is not None


def first_admitted(db: Session) -> int | None:
    """Return the number of the entry that admitted the first member, or None while nobody ever was."""
    n = db.execute(select(func.min(tables.table(Membership).c.n))).scalar()
    return None if n is None else int(n)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A membership as the register shows it on a day.

    Attributes:
        end: How it ended by then, or ends on that day.
        is_eligible: Whether its member stands on the roll of a vote with this record date.
    """

    membership: Membership
    end: MembershipEnd | None
    is_eligible: bool


@of_the_record
def member_register(db: Session, cut: Cut) -> list[Enrolled]:
    """Return every membership begun by a day, as known before an entry, by number.

    Whoever leaves on the day is still a member at its end, as in ``members_on``.
    """
    ends = {end.membership: end for end in every(db, MembershipEnd, cut)}
    begun = [one for one in every(db, Membership, cut) if one.starts_on <= cut.as_of]
    return [
        Enrolled(one, end, end is None or end.ended_on >= cut.as_of)
        for one in sorted(begun, key=lambda one: one.number)
        for end in [ends.get(one.id)]
    ]
