"""Layoff cases: a reduction is filed where the council sees it, before anybody is told (entities.md E27).

Five providers or more are let go within thirty days under a case, or not at all; a case names who is concerned, when
they are told, and the first day on which anybody may go. What the council says is put on record; its silence holds
nothing up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from governance.errors import LayoffCaseMissing
from governance.records import LayoffAffected, LayoffCase, LayoffView, LayoffWithdrawn
from ledger import journal, reading
from ledger.entries import Draft
from ledger.errors import DatesOutOfOrder, FourEyes, Invalid, NotAllowedNow
from ledger.kinds import declare_final
from ledger.reading import every, known, newest
from ledger.types import Act

FEWEST = 5
"""From so many providers on, letting them go needs a case (E27 I27.3),"""
WITHIN = timedelta(days=30)
"""where no more days than these lie between the first and the last of them."""
MOST_AFFECTED = 500
"""What an entry has room for; a larger reduction is several cases."""
MOST_WORDS = 10_000


@declare_final
class LayoffEntry(StrEnum):
    """The kinds of entry about layoff cases."""

    FILED = "layoff.filed"
    """A reduction is planned; the council sees it."""
    VIEWED = "layoff.viewed"
    """The council says what it thinks of it."""
    WITHDRAWN = "layoff.withdrawn"
    """It is taken back."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the members' policy asks of a case, in days; nothing where there is none.

    Attributes:
        notice_days: The least from the day they are told to the first day on which anybody may go.
        handover_days: The least that is paid to hand clients over.
    """

    notice_days: int = 0
    handover_days: int = 0


@dataclass(frozen=True, slots=True)
class CaseOrder:
    """A reduction that is planned.

    Attributes:
        affected: Holder ids of those it concerns.
        notice_on: The day on which they are told.
        last_day: The first day on which anybody may be let go.
        handover_days: Paid days to hand clients over.
    """

    reason: str
    affected: frozenset[str]
    notice_on: date
    last_day: date
    handover_days: int = 0

    def __post_init__(self) -> None:
        """Refuse a case without a reason or people, and days that make no sense."""
        if not 0 < len(self.reason.strip()) <= MOST_WORDS:
            raise Invalid(f"Give the reason, in at most {MOST_WORDS:,} characters.", field="reason")
        if not 0 < len(self.affected) <= MOST_AFFECTED:
            raise Invalid(f"A case concerns 1 to {MOST_AFFECTED} people; file several.", field="affected")
        if self.handover_days < 0:
            raise Invalid("Hand-over days are zero or more.", field="handover_days")
        if self.last_day < self.notice_on:
            raise DatesOutOfOrder("Nobody is let go before being told.", field="last_day")


@dataclass(frozen=True, slots=True)
class Case:
    """A case with all that is on record about it.

    Attributes:
        filed_on: The day on which the council first saw it.
        affected: Holder ids of those it concerns.
        views: What the council said, oldest first.
        withdrawn: The record that it was taken back; None while it stands.
    """

    case: LayoffCase
    filed_on: date
    affected: frozenset[str]
    views: tuple[str, ...]
    withdrawn: LayoffWithdrawn | None


@dataclass(frozen=True, slots=True)
class Departure:
    """Somebody is let go.

    Attributes:
        who: Holder id.
        on: Their last day.
    """

    who: str
    on: date


def check_order(order: CaseOrder, asked: Asked, today: date) -> None:
    """Refuse a case that gives less than the members' policy asks for, or that comes after the fact.

    With 60 days asked, those who are told on 2025-04-16 are let go on 2025-06-15 at the earliest (I27.1).

    Raises:
        DatesOutOfOrder: They would be told on the day of filing or before, or let go too soon.
        Invalid: Too few hand-over days.
    """
    if order.notice_on <= today:
        text = "The council sees a case before anybody is told: notice is given tomorrow or later."
        raise DatesOutOfOrder(text, field="notice_on")
    earliest = order.notice_on + timedelta(days=asked.notice_days)
    if order.last_day < earliest:
        text = f"The members' policy asks for {asked.notice_days} days: nobody is let go before {earliest}."
        raise DatesOutOfOrder(text, field="last_day")
    if order.handover_days < asked.handover_days:
        text = f"The members' policy asks for {asked.handover_days} days to hand clients over."
        raise Invalid(text, field="handover_days")


def check_departure(
    going: Departure, others: Iterable[Departure], cases: Collection[LayoffCase], *, notice_days: int
) -> None:
    """Refuse to let a provider go too soon, or with so many others that it needs a case.

    Whoever a case names goes under it, on its first day or later. Whoever none names counts with all others, whether
    those went under a case or not: the fifth within thirty days needs one.

    Args:
        going: The provider, and their last day.
        others: Providers let go so far, on any day.
        cases: The cases that stand and name the provider.
        notice_days: What the members' policy asks for on that day, if it came to ask for more since a case was filed.

    Raises:
        DatesOutOfOrder: The case that names them allows it later.
        LayoffCaseMissing: None names them, and they would be one of five or more.
    """
    if cases:
        earliest = min(max(one.last_day, one.notice_on + timedelta(days=notice_days)) for one in cases)
        if going.on < earliest:
            raise DatesOutOfOrder(f"Under the layoff case they are let go on {earliest} at the earliest.", field="on")
        return
    if most_within(going, others) >= FEWEST:
        text = f"That would make {FEWEST} providers or more within {WITHIN.days} days: file a layoff case first."
        raise LayoffCaseMissing(text, field="holder")


def most_within(going: Departure, others: Iterable[Departure]) -> int:
    """Return how many people go, in the fullest thirty days that have ``going`` in them; each counts once."""
    near = [one for one in others if abs(one.on - going.on) <= WITHIN and one.who != going.who] + [going]
    begins = {one.on for one in near if one.on <= going.on}
    return max(len({one.who for one in near if first <= one.on <= first + WITHIN}) for first in begins)


def file_case(
    db: Session, act: Act, order: CaseOrder, *, asked: Asked, policy: int | None, on: date, holders: Collection[str]
) -> Case:
    """File a case; from now on the council sees it.

    Args:
        db: The session.
        act: Who, when.
        order: What is planned.
        asked: What the members' policy asks for today.
        policy: The version of that policy; None where there is none.
        on: Today, where the company is.
        holders: Those of the affected who are on record.

    Raises:
        DatesOutOfOrder: See ``check_order``.
        Invalid: Too few hand-over days, or somebody who is not on record.
    """
    journal.lock(db)
    check_order(order, asked, on)
    unknown = sorted(order.affected - set(holders))
    if unknown:
        raise Invalid(f"There is no holder {unknown[0]!r} on record.", field="affected")
    made = LayoffCase(act.new_id("lay"), order.reason, order.notice_on, order.last_day, order.handover_days, policy)
    concerned = [LayoffAffected(made.id, member) for member in sorted(order.affected)]
    journal.append(db, act, Draft(LayoffEntry.FILED, on, (made, *concerned)))
    return case(db, made.id)


def record_view(db: Session, act: Act, id: str, text: str, *, on: date) -> LayoffView:
    """Record what the council says to a case; it may speak more than once.

    Raises:
        NotFound: No such case.
        FourEyes: Whoever filed it is not the council.
        NotAllowedNow: It was withdrawn.
        Invalid: Nothing is said, or too much.
    """
    journal.lock(db)
    filed = _standing(db, id)
    if not 0 < len(text.strip()) <= MOST_WORDS:
        raise Invalid(f"A view has 1 to {MOST_WORDS:,} characters.", field="text")
    if journal.entry_at(db, filed.n).actor == act.actor:
        raise FourEyes("Whoever filed a case does not speak for the council.", field="case")
    made = LayoffView(id, text)
    journal.append(db, act, Draft(LayoffEntry.VIEWED, on, (made,)))
    return made


def withdraw_case(db: Session, act: Act, id: str, *, reason: str, on: date) -> LayoffWithdrawn:
    """Take a case back: from now on nobody is let go under it.

    Raises:
        NotFound: No such case.
        NotAllowedNow: It was withdrawn before.
        Invalid: No reason is given.
    """
    journal.lock(db)
    _standing(db, id)
    if not 0 < len(reason.strip()) <= MOST_WORDS:
        raise Invalid(f"Say why, in at most {MOST_WORDS:,} characters.", field="reason")
    made = LayoffWithdrawn(id, reason)
    journal.append(db, act, Draft(LayoffEntry.WITHDRAWN, on, (made,)))
    return made


def _standing(db: Session, id: str) -> reading.Known[LayoffCase]:
    reading.find(db, LayoffCase, id)
    if newest(db, LayoffWithdrawn, layoff=id) is not None:
        raise NotAllowedNow("This case was withdrawn.", field="case")
    return known(db, LayoffCase, id=id)[0]


def case(db: Session, id: str) -> Case:
    """Return a case.

    Raises:
        NotFound: There is none with this id.
    """
    made = reading.find(db, LayoffCase, id)
    return Case(
        made,
        known(db, LayoffCase, id=id)[0].on,
        frozenset(one.member for one in every(db, LayoffAffected, layoff=id)),
        tuple(one.text for one in every(db, LayoffView, layoff=id)),
        newest(db, LayoffWithdrawn, layoff=id),
    )


def cases(db: Session) -> list[Case]:
    """Return all cases, oldest first."""
    return [case(db, one.id) for one in every(db, LayoffCase)]


def cases_naming(db: Session, member: str) -> list[LayoffCase]:
    """Return the cases that stand and name somebody, oldest first."""
    named = {one.layoff for one in every(db, LayoffAffected, member=member)}
    over = {one.layoff for one in every(db, LayoffWithdrawn)}
    return [one for one in every(db, LayoffCase) if one.id in named - over]
