"""A provider's month: the statement, what they say of it, disputes about it, and its close."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Draft
from ledger.equity.values import Holder
from ledger.errors import AlreadyExists, FourEyes, Invalid, NotAllowedNow, NotFound
from ledger.kinds import declare
from ledger.reading import every, find, of_the_record
from ledger.sessions.choices import policies, settings_of
from ledger.sessions.credit import WeekCredit, credited_weeks
from ledger.sessions.deliveries import delivered_by_each, tallies
from ledger.sessions.disputes import Dispute, DisputeState, holdback_needed, moved, opened, require_closable
from ledger.sessions.records import (
    CloseRequest,
    DisputeAbout,
    DisputeOpened,
    DisputeStep,
    Finding,
    PeriodClose,
    StatementAnswer,
)
from ledger.sessions.statements import Answer, StatementState, require_answerable, statement_state
from ledger.sessions.values import Attendance
from ledger.sessions.weights import late_credits, month_of
from ledger.types import Act, Cut, Json


@declare
class MonthEntry(StrEnum):
    """The kinds of entry about a month's statements."""

    ANSWERED = "statement.answered"
    """A provider attests or disputes their statement."""
    DISPUTED = "dispute.opened"
    """A provider says what is wrong, and how much it may come to."""
    STEPPED = "dispute.stepped"
    """A dispute came to another state."""
    CLOSE_ASKED = "period.close_asked"
    """Somebody asks for a month to be closed."""
    CLOSED = "period.closed"
    """A month is closed."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What a provider delivered in a month and what of it counts, as known before one entry.

    Attributes:
        period: The month; its weeks are those whose Thursday lies in it.
        weeks: Monday to credit.
        sessions: Delivered.
        minutes: Delivered.
        not_delivered: No-shows and late cancellations.
        credited: Minutes within the provider's limits, indirect care and plateau included.
        late: Monday to what was posted in this month for that earlier week, in minutes; below zero where rows of it
            were reversed. It counts beside ``credited``.
    """

    provider: str
    period: str
    known_at: int
    weeks: dict[date, WeekCredit]
    sessions: int
    minutes: int
    not_delivered: int
    credited: int
    late: dict[date, int]

    @property
    def late_minutes(self) -> int:
        """What rows that came after a close add to earlier months, or take away from them."""
        return sum(self.late.values())

    @property
    def credited_sessions(self) -> Fraction:
        """Sessions within the limits, exact."""
        return sum((week.credited_sessions for week in self.weeks.values()), Fraction(0))

    def figures(self) -> dict[str, Json]:
        """Return what is written down with an answer."""
        told = {
            "sessions": self.sessions,
            "minutes": self.minutes,
            "credited": self.credited,
            "late": self.late_minutes,
        }
        return dict(told)


@of_the_record
def statement(db: Session, provider: str, period: str, *, known_at: int | None = None) -> Statement:
    """Return a provider's statement of a month, from all that is known or from what was known before an entry.

    Raises:
        NotFound: No such holder.
        NoPolicyInForce: The month is older than the first credit policy.
    """
    find(db, Holder, provider)
    known_at = journal.size(db) if known_at is None else known_at
    month, cut = month_of(period), Cut(date.max, known_at)
    found = list(tallies(db, known_at=known_at, first=month.monday, last=month.sunday, provider=provider))
    rules, settings = policies(db, cut), settings_of(db, provider, cut)
    weeks = credited_weeks(found, settings, rules)
    late = late_credits(db, month, cut, rules, {provider: settings}, provider=provider)
    delivered = [tally for tally in found if tally.attendance == Attendance.DELIVERED]
    sessions = sum(tally.sessions for tally in delivered)
    minutes = sum(tally.minutes for tally in delivered)
    missed = sum(tally.sessions for tally in found) - sessions
    credited = sum(week.minutes for week in weeks.values())
    added = {week: credit.minutes for _, week, credit in late if credit.minutes}
    return Statement(provider, period, known_at, weeks, sessions, minutes, missed, credited, added)


def state_of(db: Session, provider: str, period: str, on: date) -> StatementState:
    """Return how a provider's statement of a month stands on a day."""
    return statement_state(month_of(period).first, _newest_answer(db, provider, period), on)


def answer_statement(db: Session, act: Act, provider: str, period: str, answer: Answer, *, on: date) -> Statement:
    """Record what a provider says of their statement, with its figures and what they were reckoned from.

    Raises:
        OnlyTheProvider: Somebody else answers.
        AlreadyAttested: It is attested.
        StepRefused: The month is closed, or a dispute about it is not decided.
    """
    journal.lock(db)
    told = statement(db, provider, period)
    waiting = any(dispute.state.is_open for dispute in disputes_of(db, period) if dispute.provider == provider)
    require_answerable(
        answer,
        provider=provider,
        actor=act.actor,
        earlier=_newest_answer(db, provider, period),
        has_open_dispute=waiting,
        is_closed=close_of(db, period) is not None,
    )
    record = StatementAnswer(provider, month_of(period).first, answer, told.known_at, told.figures())
    journal.append(db, act, Draft(MonthEntry.ANSWERED, on, (record,)))
    return told


def _newest_answer(db: Session, provider: str, period: str) -> Answer | None:
    answers = every(db, StatementAnswer, provider=provider, month=month_of(period).first)
    return answers[-1].answer if answers else None


def answers_of(db: Session, period: str, on: date) -> Counter[StatementState]:
    """Return how many statements of a month stand how on a day: of everybody who delivered anything in it."""
    month = month_of(period).first
    newest = {one.provider: one.answer for one in every(db, StatementAnswer, month=month)}
    worked = delivered_by_each(db, period, known_at=journal.size(db))
    return Counter(statement_state(month, newest.get(provider), on) for provider in worked)


def open_dispute(
    db: Session, act: Act, provider: str, period: str, *, about: DisputeAbout, minutes: int, on: date
) -> Dispute:
    """Record that a provider disputes their statement, by up to ``minutes`` of credit.

    Raises:
        OnlyTheProvider: Somebody else opens it.
        NotAllowedNow: The month is closed.
        Invalid: No minutes, or more than a month has.
    """
    journal.lock(db)
    find(db, Holder, provider)
    if close_of(db, period) is not None:
        raise NotAllowedNow(
            f"{period} is closed; what was wrong in it is put right in the current month.", field="period"
        )
    if not 0 < minutes <= 31 * 24 * 60:
        raise Invalid("Say how many minutes of credit it may come to.", field="minutes")
    dispute = opened(act.new_id("dsp"), provider, minutes, actor=act.actor)
    month = month_of(period).first
    records = (
        DisputeOpened(dispute.id, provider, month, about, minutes),
        StatementAnswer(provider, month, Answer.DISPUTED, journal.size(db), statement(db, provider, period).figures()),
    )
    journal.append(db, act, Draft(MonthEntry.DISPUTED, on, records))
    return dispute


def step_dispute(
    db: Session, act: Act, dispute_id: str, to: DisputeState, *, on: date, finding: Finding | None = None
) -> Dispute:
    """Record the next step of a dispute.

    Raises:
        NotFound: No such dispute.
        StepRefused: Not a step from where it stands.
        FourEyes: Who decides is the provider, or rejected it before.
        Invalid: It is rejected without a finding.
    """
    journal.lock(db)
    dispute = moved(dispute_by_id(db, dispute_id), to, actor=act.actor, reason=finding.value if finding else None)
    record = DisputeStep(dispute_id, to, act.actor, finding)
    journal.append(db, act, Draft(MonthEntry.STEPPED, on, (record,)))
    return dispute


def dispute_by_id(db: Session, dispute_id: str) -> Dispute:
    """Return a dispute as it stands.

    Raises:
        NotFound: There is none.
    """
    found = every(db, DisputeOpened, id=dispute_id)
    if not found:
        raise NotFound(f"There is no dispute {dispute_id!r} on record.", field="dispute")
    return _as_it_stands(db, found)[0]


def disputes_of(db: Session, period: str) -> list[Dispute]:
    """Return all disputes about a month, as they stand."""
    return _as_it_stands(db, every(db, DisputeOpened, month=month_of(period).first))


def cases(
    db: Session, *, period: str | None = None, provider: str | None = None
) -> list[tuple[DisputeOpened, Dispute]]:
    """Return disputes as they were opened and as they stand: all, or those of a month or a provider."""
    wanted: dict[str, Any] = {} if period is None else {"month": month_of(period).first}
    if provider is not None:
        wanted["provider"] = provider
    found = every(db, DisputeOpened, **wanted)
    return list(zip(found, _as_it_stands(db, found), strict=True))


def _as_it_stands(db: Session, found: Iterable[DisputeOpened]) -> list[Dispute]:
    disputes = []
    for one in found:
        dispute = Dispute(one.id, one.provider, one.minutes)
        for step in every(db, DisputeStep, dispute=one.id):
            reason = step.finding.value if step.finding else None
            dispute = moved(dispute, step.state, actor=step.actor, reason=reason)
        disputes.append(dispute)
    return disputes


def close_of(db: Session, period: str) -> PeriodClose | None:
    """Return the close of a month, or None while it is open."""
    found = every(db, PeriodClose, period=period)
    return found[0] if found else None


def ask_close(db: Session, act: Act, period: str, *, on: date, holdback: int | None = None) -> CloseRequest:
    """Record that somebody asks for a month to be closed, for a second person to approve.

    Raises:
        AlreadyExists: It is closed.
        NotAllowedNow: It is not over.
        DisputesOpen: Disputes are open, and less would be held back than they may come to (I18.3).
    """
    journal.lock(db)
    held = refuse_unclosable(db, period, on, holdback)
    request = CloseRequest(act.new_id("clo"), period, held, act.actor)
    journal.append(db, act, Draft(MonthEntry.CLOSE_ASKED, on, (request,)))
    return request


def approve_close(db: Session, act: Act, request_id: str, *, on: date) -> PeriodClose:
    """Close a month that somebody else asked to close; see ``close_period``.

    Raises:
        NotFound: Nobody asked.
    """
    journal.lock(db)
    request = find(db, CloseRequest, request_id)
    return close_period(db, act, request.period, requester=request.requester, on=on, holdback=request.holdback)


def close_period(
    db: Session, act: Act, period: str, *, requester: str, on: date, holdback: int | None = None
) -> PeriodClose:
    """Close a month: two people, all disputes decided or enough held back for them.

    Raises:
        AlreadyExists: It is closed.
        NotAllowedNow: It is not over.
        FourEyes: Who approves is who asked for it.
        DisputesOpen: Disputes are open, and less is held back than they may come to (I18.3).
    """
    journal.lock(db)
    held = refuse_unclosable(db, period, on, holdback)
    if act.actor == requester:
        raise FourEyes("Who asks for a close and who approves it are two people.", field="requester")
    record = PeriodClose(period, journal.size(db), held, requester, act.actor)
    journal.append(db, act, Draft(MonthEntry.CLOSED, on, (record,)))
    return record


def refuse_unclosable(db: Session, period: str, on: date, holdback: int | None) -> int:
    """Return the credited minutes to hold back of a month that may be closed on a day.

    Raises:
        AlreadyExists: It is closed.
        NotAllowedNow: It is not over.
        DisputesOpen: Disputes are open, and less would be held back than they may come to (I18.3).
    """
    if close_of(db, period) is not None:
        raise AlreadyExists(f"{period} is closed already.", field="period")
    if on <= month_of(period).sunday:
        raise NotAllowedNow(
            f"{period} ends with the week to {month_of(period).sunday}; close it after that.", field="on"
        )
    disputes = disputes_of(db, period)
    require_closable(disputes, holdback=holdback)
    return holdback_needed(disputes) if holdback is None else holdback
