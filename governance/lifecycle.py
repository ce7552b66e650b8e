"""Where a proposal stands: a pure function of what is on record about it and of the clock.

Nothing stores a state, so none can be wrong: a vote whose closing time has passed takes no ballots, whether or not
anybody closed it yet.

    draft → idea → countdown → review → ready → notice → open → counting → passed → in effect
                                                                        ↘ failed, no quorum
    passed → stopped, lapsed, refused;  in effect → superseded;  before the vote: withdrawn
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from governance.records import BoardReview, Closing, Enactment, EnactmentOutcome, Notice, Outcome, ProposalKind
from ledger.types import MICROSECOND, micros_of, moment_at


class State(StrEnum):
    """Where a proposal stands."""

    DRAFT = "DRAFT"
    """Only its author sees it."""
    IDEA = "IDEA"
    """Everybody sees it, and says whether it should be decided."""
    COUNTDOWN = "COUNTDOWN"
    """Enough want it decided; a week for whoever would change it first."""
    REVIEW = "REVIEW"
    """The board says what it thinks, with reasons; it can't stop it."""
    READY = "READY"
    """The vote can be announced."""
    NOTICE = "NOTICE"
    """The vote is announced."""
    ISSUING = "ISSUING"
    """Of a secret vote: whoever is on the roll fetches a pass, which opens the ballot box later."""
    SETTLED = "SETTLED"
    """Of a secret vote: the passes are counted, and no more are given; the box opens soon."""
    OPEN = "OPEN"
    """Whoever is on the roll votes."""
    COUNTING = "COUNTING"
    """The time to vote is over; the count is made by whoever comes next."""
    PASSED = "PASSED"
    """It takes effect on its day, unless enough members object."""
    FAILED = "FAILED"
    """Too few were for it."""
    NO_QUORUM = "NO_QUORUM"
    """Too few took part."""
    IN_EFFECT = "IN_EFFECT"
    """It has taken effect."""
    SUPERSEDED = "SUPERSEDED"
    """Something that passed later stands in its place."""
    STOPPED = "STOPPED"
    """Enough members objected in time."""
    LAPSED = "LAPSED"
    """What it was to change is no longer what it was."""
    REFUSED = "REFUSED"
    """It passed, and the record refused to carry it out."""
    WITHDRAWN = "WITHDRAWN"
    """Its author took it back."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more can happen."""
        return self in _OVER

    @property
    def is_before_vote(self) -> bool:
        """Whether voting has not begun."""
        return self in _BEFORE


ISSUING_LEAST, BETWEEN_WINDOWS = timedelta(days=5), timedelta(hours=12)
"""How long passes are given out, and how long nothing happens between the last of them and the first ballot, so that
nobody can tell by the time who cast which."""

_OVER = {
    State.FAILED,
    State.NO_QUORUM,
    State.SUPERSEDED,
    State.STOPPED,
    State.LAPSED,
    State.REFUSED,
    State.WITHDRAWN,
}
_BEFORE = {State.DRAFT, State.IDEA, State.COUNTDOWN, State.REVIEW, State.READY, State.NOTICE}
_ENACTED = {
    EnactmentOutcome.ENACTED: State.IN_EFFECT,
    EnactmentOutcome.REFUSED: State.REFUSED,
    EnactmentOutcome.STOPPED: State.STOPPED,
    EnactmentOutcome.LAPSED: State.LAPSED,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What is on record about a proposal, as far as its state depends on it.

    Attributes:
        kind: What is decided.
        version: Number of the newest version.
        by_board: Whether the board put it forward: it needs no interest and no review.
        published_at: When it was shown to all, microseconds; None for a draft.
        gathered_at: When enough had said that it should be decided, microseconds; None before.
        review: What the board said, and when.
        notice: Of the newest version; None without one.
        is_petitioned: Whether enough signed for a vote.
    """

    kind: ProposalKind
    version: int
    by_board: bool
    published_at: int | None = None
    gathered_at: int | None = None
    review: BoardReview | None = None
    is_withdrawn: bool = False
    is_petitioned: bool = False
    notice: Notice | None = None
    closing: Closing | None = None
    enactment: Enactment | None = None
    is_superseded: bool = False


def state(standing: Standing, at: int, *, countdown_days: int, review_days: int) -> State:
    """Return where a proposal stands at a moment.

    Args:
        standing: What is on record.
        at: The moment, microseconds since 1970.
        countdown_days: How long after enough interest the board's time begins.
        review_days: How long the board has; silence stops nothing.
    """
    if standing.is_withdrawn:
        return State.WITHDRAWN
    if standing.enactment is not None:
        made = _ENACTED[standing.enactment.outcome]
        return State.SUPERSEDED if made is State.IN_EFFECT and standing.is_superseded else made
    if standing.closing is not None:
        return State(Outcome(standing.closing.outcome).value)
    if standing.notice is not None:
        if at < standing.notice.opens_at:
            return _before_ballots(standing.notice, at)
        return State.OPEN if at < standing.notice.closes_at else State.COUNTING
    return _before_notice(standing, at, countdown_days, review_days)


def _before_ballots(notice: Notice, at: int) -> State:
    if at < begins_at(notice):
        return State.NOTICE
    return State.ISSUING if at < issues_until(notice) else State.SETTLED


def is_secret(notice: Notice) -> bool:
    """Return whether nobody can find out who voted how."""
    return bool(notice.rule.get("secret"))


def begins_at(notice: Notice) -> int:
    """Return when a vote begins and its roll is copied, microseconds since 1970.

    An open vote begins when it opens; a secret one when its record date has ended, for then its passes are given out.
    """
    return end_of(notice.record_date, notice.zone) if is_secret(notice) else notice.opens_at


def issues_until(notice: Notice) -> int:
    """Return until just before when passes of a secret vote are given out, microseconds since 1970."""
    return notice.opens_at - micros(BETWEEN_WINDOWS)


def _before_notice(standing: Standing, at: int, countdown_days: int, review_days: int) -> State:
    if standing.published_at is None:
        return State.DRAFT
    if standing.by_board or standing.is_petitioned:
        return State.READY
    if standing.gathered_at is None:
        return State.IDEA
    begins = standing.gathered_at + micros(timedelta(days=countdown_days))
    if at < begins:
        return State.COUNTDOWN
    if standing.review is None and at < begins + micros(timedelta(days=review_days)):
        return State.REVIEW
    return State.READY


def micros(span: timedelta) -> int:
    """Return a span in microseconds."""
    return span // MICROSECOND


def moment(local: datetime, zone: str) -> int:
    """Return a wall-clock time of a zone in microseconds since 1970; of a repeated hour the first reading."""
    return micros_of(local.replace(tzinfo=ZoneInfo(zone), fold=0))


def local_time(at: int, zone: str) -> datetime:
    """Return a moment as the wall clock of a zone shows it."""
    return moment_at(at).astimezone(ZoneInfo(zone))


def local_day(at: int, zone: str) -> date:
    """Return the day on which a moment falls in a zone."""
    return local_time(at, zone).date()


def end_of(day: date, zone: str) -> int:
    """Return the moment at which a day has ended in a zone."""
    return moment(datetime.combine(day + timedelta(days=1), time()), zone)
