"""Leaving: an engagement ends, for one reason and on one day, and what rests on it ends or stays.

One entry holds the end and everything it does; where a holder has so many grants that it would be too long, several
entries do, written together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import MOST_BYTES, Draft, netted
from ledger.equity.parting import (
    SERVICE,
    Consequence,
    LayoffProtection,
    confirmation,
    ends_vesting,
    leaving,
    reinstatement,
)
from ledger.equity.register import engagements
from ledger.equity.securities import Position, position, security_account
from ledger.equity.values import (
    CauseDecision,
    Engagement,
    EngagementEnd,
    EngagementKind,
    EventKind,
    Holder,
    LeavingReason,
    Security,
    SecurityEvent,
    SecurityKind,
)
from ledger.equity.vesting_changes import open_pause
from ledger.errors import Conflict, DatesOutOfOrder, FourEyes, Invalid, NotAllowedNow
from ledger.kinds import declare
from ledger.reading import every, find
from ledger.records import Record, canonical, to_body
from ledger.types import Act, Json

APPEAL_DAYS = 30
"""The least time to appeal against a dismissal for cause (I3.3)."""

A_DAY = timedelta(days=1)


@declare
class LeavingEntry(StrEnum):
    """The kinds of entry by which engagements end."""

    LEFT = "holder.left"
    """Someone's engagement ended, with all that follows for what they hold."""
    CAUSE_CONFIRMED = "holder.cause_confirmed"
    """A dismissal for cause stands: what waited for the appeal is forfeited."""
    CAUSE_OVERTURNED = "holder.cause_overturned"
    """A dismissal for cause is overturned: the engagement and the vesting go on."""
    CHANGED = "engagement.changed"
    """An engagement became one of another kind; nobody left."""


@dataclass(frozen=True, slots=True)
class LeavingOrder:
    """Someone leaves.

    Attributes:
        on: The last day; what vests on it still vests.
        kinds: The kinds of engagement that end; None for all service, or for a founder engaged as nothing else, owner.
        second_approver: With cause only: who decided it beside the actor.
        appeal_until: With cause only: the last day to appeal, 30 days after ``on`` or later.
    """

    holder: str
    reason: LeavingReason
    on: date
    kinds: frozenset[EngagementKind] | None = None
    second_approver: str | None = None
    appeal_until: date | None = None

    def __post_init__(self) -> None:
        """Refuse a dismissal for cause without a second approver or time to appeal (I3.3), and those without cause."""
        if self.reason is not LeavingReason.INVOLUNTARY_WITH_CAUSE:
            if self.second_approver or self.appeal_until:
                raise Invalid("Only a dismissal for cause has a second approver and an appeal.", field="reason")
            return
        if not self.second_approver:
            raise FourEyes("A dismissal for cause needs two people who decide it.", field="second_approver")
        earliest = self.on + timedelta(days=APPEAL_DAYS)
        if self.appeal_until is None or self.appeal_until < earliest:
            text = f"A dismissal for cause can be appealed against for {APPEAL_DAYS} days: until {earliest} or later."
            raise DatesOutOfOrder(text, field="appeal_until")


@dataclass(frozen=True, slots=True)
class Parting:
    """What leaving does to one security."""

    held: Position
    consequence: Consequence

    def units(self, kind: EventKind) -> int:
        """Return the minor units that an event of a kind is about: forfeited, vested early, suspended."""
        events = [one for one in self.consequence.records if isinstance(one, SecurityEvent)]
        return sum(one.quantity for one in events if one.kind is kind)

    @property
    def is_concerned(self) -> bool:
        """Whether it changes anything about the security."""
        return bool(self.consequence.records)

    @property
    def returned(self) -> int:
        """The minor units that go back to where they came from."""
        account = None if self.held.share_class is None else security_account(self.held.security)
        return -sum(one.amount for one in self.consequence.postings if one.account == account)


def terminate(
    db: Session, act: Act, order: LeavingOrder, *, protection: LayoffProtection | None = None
) -> tuple[int, ...]:
    """Record that someone leaves, and return the numbers of the entries.

    Unvested units are forfeited once no service engagement is left, running or beginning the next day. A dismissal for
    cause only suspends them, until ``confirm_cause`` or ``overturn_cause``. Layoff protection is the members' policy,
    handed in; it counts for ``INVOLUNTARY_OTHER``.

    Raises:
        NotFound: No such holder.
        NotAllowedNow: They are not engaged on that day.
        FourEyes: Of the two who dismiss for cause, one is the other or the holder.
        LaterChangeExists: Something they hold has changed since that day.
    """
    journal.lock(db)
    find(db, Holder, order.holder)
    if order.second_approver and len({order.second_approver, act.actor, order.holder}) < 3:
        raise FourEyes("The two who dismiss for cause and who is dismissed are three people.", field="second_approver")
    ending, running = _ending(db, order)
    ends: list[Record] = [
        EngagementEnd(one.id, order.on, order.reason, order.second_approver, order.appeal_until) for one in ending
    ]
    consequences: list[Consequence] = []
    if ends_vesting(frozenset(one.kind for one in ending), running):
        consequences = [one.consequence for one in _partings(db, order, protection)]
    facts: dict[str, Json] = {"holder": order.holder}
    if protection and order.reason is LeavingReason.INVOLUNTARY_OTHER:
        facts["protection"] = {"extra_months": protection.extra_months, "waive_cliff": protection.waive_cliff}
    return journal.append_all(db, act, packed(LeavingEntry.LEFT, order.on, ends, consequences, facts))


def foreseen(db: Session, order: LeavingOrder, *, protection: LayoffProtection | None = None) -> list[Parting]:
    """Return what ``terminate`` would do to each grant and certificate, or nothing where vesting goes on.

    Raises:
        NotFound: No such holder.
        NotAllowedNow: They are not engaged on that day.
        LaterChangeExists: Something they hold has changed since that day.
    """
    find(db, Holder, order.holder)
    ending, running = _ending(db, order)
    if not ends_vesting(frozenset(one.kind for one in ending), running):
        return []
    return _partings(db, order, protection)


def _partings(db: Session, order: LeavingOrder, protection: LayoffProtection | None) -> list[Parting]:
    return [
        Parting(held, _checked(held, leaving(held, order.reason, order.on, protection), order.on))
        for held in _holdings(db, order.holder, order.on)
    ]


def open_causes(db: Session, holder: str) -> list[EngagementEnd]:
    """Return the dismissals of somebody for cause whose appeal is undecided."""
    ended = [end for _, end in engagements(db, holder) if end is not None]
    return [
        end
        for end in ended
        if end.reason is LeavingReason.INVOLUNTARY_WITH_CAUSE
        and not every(db, CauseDecision, engagement=end.engagement)
    ]


def confirm_cause(db: Session, act: Act, holder: str, *, on: date) -> tuple[int, ...]:
    """Record that a dismissal for cause stands: what waited for the appeal is forfeited.

    Raises:
        NotAllowedNow: No dismissal for cause is open, or it can still be appealed against.
        LaterChangeExists: Something they hold has changed since that day.
    """
    journal.lock(db)
    open_ends = _open_causes(db, holder)
    last = max(end.appeal_until or end.ended_on for _, end in open_ends)
    if on <= last:
        raise NotAllowedNow(f"The dismissal can be appealed against until {last}; confirm it after that.", field="on")
    decisions = [CauseDecision(one.id, stands=True) for one, _ in open_ends]
    consequences = [_checked(held, confirmation(held, on), on) for held in _holdings(db, holder, on)]
    drafts = packed(LeavingEntry.CAUSE_CONFIRMED, on, decisions, consequences, {"holder": holder})
    return journal.append_all(db, act, drafts)


def overturn_cause(db: Session, act: Act, holder: str, *, on: date, reason: str) -> tuple[int, ...]:
    """Record that a dismissal for cause is overturned: the engagement goes on without a gap, and so does vesting.

    Raises:
        NotAllowedNow: No dismissal for cause is open.
        DatesOutOfOrder: ``on`` is before the dismissal.
        LaterChangeExists: Something they hold has changed since that day.
    """
    journal.lock(db)
    open_ends = _open_causes(db, holder)
    if on < max(end.ended_on for _, end in open_ends):
        raise DatesOutOfOrder("A dismissal is overturned on its day or later.", field="on")
    others = [one for one, end in engagements(db, holder) if end is None]
    records: list[Record] = [CauseDecision(one.id, stands=False) for one, _ in open_ends]
    records += [
        Engagement(act.new_id("eng"), holder, one.kind, one.shown_as, end.ended_on + A_DAY)
        for one, end in open_ends
        if one.kind not in {other.kind for other in others}
    ]
    consequences = [
        _checked(held, reinstatement(held, on_leave=open_pause(held) is not None), on)
        for held in _holdings(db, holder, on)
    ]
    facts: dict[str, Json] = {"holder": holder, "reason": reason}
    return journal.append_all(db, act, packed(LeavingEntry.CAUSE_OVERTURNED, on, records, consequences, facts))


def change_engagement(db: Session, act: Act, engagement_id: str, *, to: EngagementKind, on: date) -> Engagement:
    """Record that from ``on`` someone is engaged otherwise (a W-2 that becomes a 1099); vesting does not notice.

    Raises:
        NotFound: No such engagement.
        NotAllowedNow: It does not run on the day before.
        Conflict: It is of that kind already, or another one of that kind is running (I3.1).
    """
    journal.lock(db)
    was = find(db, Engagement, engagement_id)
    for other, end in engagements(db, was.holder):
        if other.id == was.id and (end is not None or on <= was.starts_on):
            raise NotAllowedNow(f"This engagement does not run up to {on}.", field="on")
        if other.kind is to and (end is None or end.ended_on >= on):
            raise Conflict(f"{was.holder} is already engaged as {to} from {other.starts_on}.", field="to")
    becomes = Engagement(act.new_id("eng"), was.holder, to, was.shown_as, on)
    end = EngagementEnd(was.id, on - A_DAY, None, became=becomes.id)
    journal.append(db, act, Draft(LeavingEntry.CHANGED, on, (becomes, end), facts={"holder": was.holder}))
    return becomes


def _ending(db: Session, order: LeavingOrder) -> tuple[list[Engagement], frozenset[EngagementKind]]:
    """Return the engagements that end, and the kinds that run on or begin the next day."""
    found = engagements(db, order.holder)
    running = [one for one, end in found if one.starts_on <= order.on and (end is None or end.ended_on > order.on)]
    kinds = order.kinds or frozenset(SERVICE & {one.kind for one in running}) or frozenset({EngagementKind.OWNER})
    ending = [one for one in running if one.kind in kinds]
    if not ending:
        raise NotAllowedNow(f"{order.holder} is not engaged on {order.on}.", field="holder")
    for one, end in found:
        if one in ending and end is not None:
            raise NotAllowedNow(f"This engagement already ends on {end.ended_on}; reverse that first.", field="on")
    after = order.on + A_DAY
    goes_on = [one for one, end in found if one.starts_on <= after and (end is None or end.ended_on >= after)]
    return ending, frozenset(one.kind for one in goes_on if one not in ending)


def _holdings(db: Session, holder: str, on: date) -> list[Position]:
    """Return a holder's grants and certificates, less those of an engagement that began after ``on``."""
    kinds = {SecurityKind.AWARD, SecurityKind.STOCK}
    held = [position(db, one.id) for one in every(db, Security, holder=holder) if one.kind in kinds]
    begins_anew = min((one.starts_on for one, _ in engagements(db, holder) if one.starts_on > on), default=date.max)
    return [one for one in held if one.issued_on < begins_anew]


def _open_causes(db: Session, holder: str) -> list[tuple[Engagement, EngagementEnd]]:
    """Return the dismissals for cause whose appeal is undecided.

    Raises:
        NotAllowedNow: There are none.
    """
    dismissed = [
        (one, end)
        for one, end in engagements(db, holder)
        if end is not None and end.reason is LeavingReason.INVOLUNTARY_WITH_CAUSE
    ]
    found = [(one, end) for one, end in dismissed if not every(db, CauseDecision, engagement=one.id)]
    if not found:
        raise NotAllowedNow(f"No dismissal of {holder} for cause is open.", field="holder")
    return found


def _checked(held: Position, consequence: Consequence | None, on: date) -> Consequence:
    """Return what a deed does to a security, once it is sure that nothing happened to it since.

    Raises:
        LaterChangeExists: Something did; NotAllowedNow: it was issued since.
    """
    if consequence is None:
        return Consequence(())
    held.refuse_before(on)
    return consequence


def packed(
    kind: str, on: date, first: Sequence[Record], consequences: Iterable[Consequence], facts: dict[str, Json]
) -> list[Draft]:
    """Return the entries that hold all of it, as few as their size allows; ``facts`` says which part each one is.

    Args:
        kind: Of every entry.
        on: The day they count from.
        first: Records of the first one.
        consequences: Each goes whole into one entry.
        facts: Of every entry.
    """
    parts: list[tuple[list[Record], list[Any]]] = [(list(first), [])]
    room = MOST_BYTES // 2  # the other half is for the entry's own fields and for surprises
    used = _size(first)
    for one in consequences:
        size = _size(one.records) + 128 * len(one.postings)
        if used + size > room and used:
            parts.append(([], []))
            used = 0
        used += size
        parts[-1][0].extend(one.records)
        parts[-1][1].extend(one.postings)
    if len(parts) == 1:
        return [Draft(kind, on, tuple(parts[0][0]), netted(parts[0][1]), facts)]
    return [
        Draft(kind, on, tuple(records), netted(postings), {**facts, "part": n, "parts": len(parts)})
        for n, (records, postings) in enumerate(parts, 1)
    ]


def _size(records: Sequence[Record]) -> int:
    return sum(len(canonical(to_body(one))) for one in records)
