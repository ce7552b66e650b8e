"""Digests: what somebody did not want at once, every day or every Monday at eight where they are, if there is any."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import voting
from app.mail import votes
from app.mail.equity import gains, is_waiting, line_of
from app.mail.kinds import Choice, Digest, Kind, Topic
from app.mail.letters import Letter, Line, Reader, Section
from app.mail.readers import Readers
from app.mail.rounds import Letters, Round
from governance import proposals, rolls
from governance.lifecycle import local_day, local_time, moment
from governance.records import Closing, Enactment, Published
from ledger import tables
from ledger.equity.register import company_day
from ledger.equity.securities import position
from ledger.equity.values import Security, SecurityKind
from ledger.members import members_on
from ledger.reading import Known, known
from ledger.records import Record
from ledger.types import Act, moment_at

R = TypeVar("R", bound=Record)

HOUR = time(8)
LATEST: Mapping[Digest, timedelta] = {Digest.DAILY: timedelta(hours=12), Digest.WEEKLY: timedelta(days=3)}
"""How late a digest may be written, if the service stood still; later, the next one will do."""


@dataclass(frozen=True, slots=True)
class Span:
    """What a digest tells of: from one moment until just before another, microseconds since 1970.

    Attributes:
        day: The day it is written, where its reader is.
    """

    day: date
    since: int
    until: int


def span_at(often: Digest, zone: str, at: int) -> Span | None:
    """Return what a digest tells of that is due now, by the wall clock of a zone; None if none is."""
    today = local_day(at, zone)
    day = today if often is Digest.DAILY else today - timedelta(days=today.weekday())
    days = 1 if often is Digest.DAILY else 7
    due, before = (moment(datetime.combine(one, HOUR), zone) for one in (day, day - timedelta(days=days)))
    is_due = due <= at < due + LATEST[often] // timedelta(microseconds=1)
    return Span(day, before, due) if is_due else None


def rounds(db: Session, act: Act, zones: frozenset[str]) -> Iterator[Round]:
    """Yield the digests that are due, by how often and zone; ``zones`` are those in which somebody reads."""
    del db
    for zone in sorted(zones):
        for often in (Digest.DAILY, Digest.WEEKLY):
            span = span_at(often, zone, act.at)
            if span is not None:
                key = f"digest:{often.value}:{zone}:{span.day}"
                yield Round(key, partial(_digests, often=often, zone=zone, span=span))


def _digests(db: Session, readers: Readers, *, often: Digest, zone: str, span: Span) -> Letters:
    found, news = [], _News(db, span)
    for to, choices in readers.with_digest(often):
        if to.zone == zone and to.holder is not None:
            sections = news.sections(to, to.holder, choices)
            if sections:
                found.append((to, _letter(to, often, span, sections)))
    return found


def _letter(to: Reader, often: Digest, span: Span, sections: tuple[Section, ...]) -> Letter:
    is_daily = often is Digest.DAILY
    return Letter(
        Kind.DIGEST,
        f"digest:{to.account}:{span.day}",
        Topic.DIGEST,
        to.words.say("Your day in short" if is_daily else "Your week in short"),
        (to.words.say("What has happened since {when}.", when=to.time(span.since)),),
        to.words.say(
            "You get this because you chose a digest every day."
            if is_daily
            else "You get this every Monday if something has happened."
        ),
        "/",
        to.words.say("Open my first page"),
        sections=sections,
    )


class _News:
    """What happened in a span, found once for all who read of it."""

    def __init__(self, db: Session, span: Span) -> None:
        self._db, self._span = db, span
        self._members = members_on(db, company_day(db, moment_at(span.until)))
        self._closed = self._within(Closing)
        self._made = self._within(Enactment)
        self._ideas = [
            one for one in self._within(Published) if not proposals.standing(db, one.value.proposal).is_withdrawn
        ]
        self._open = [
            one for one in voting.open_votes(db, moment_at(span.until)) if span.since <= one.opens_at < span.until
        ]
        self._grants = [one.value for one in self._within(Security) if one.value.kind is SecurityKind.AWARD]

    def _within(self, of: type[R]) -> list[Known[R]]:
        entry = tables.entry.c
        query = select(entry.n).where(entry.recorded_at >= self._span.since, entry.recorded_at < self._span.until)
        numbers = set(self._db.execute(query).scalars())
        return [one for one in known(self._db, of) if one.n in numbers] if numbers else []

    def sections(self, to: Reader, holder: str, choices: Mapping[Topic, Choice]) -> tuple[Section, ...]:
        """Return what somebody hears of in their digest."""
        makers: Mapping[Topic, tuple[str, Callable[[Reader, str], list[Line]]]] = {
            Topic.VOTE: (to.words.say("Votes that have opened"), self._opened),
            Topic.RESULT: (to.words.say("Votes that have ended"), self._ended),
            Topic.IDEA: (to.words.say("Put forward"), self._put_forward),
            Topic.GRANT: (to.words.say("Grants that wait for you"), self._waiting),
            Topic.VESTED: (to.words.say("Equity that became yours"), self._vested),
        }
        found = []
        for topic, (heading, make) in makers.items():
            lines = make(to, holder) if choices[topic] is Choice.DIGEST else []
            if lines:
                found.append(Section(heading, tuple(lines)))
        return tuple(found)

    def _is_on_roll(self, proposal: str, holder: str) -> bool:
        return bool(rolls.chambers_of(self._db, proposal, holder))

    def _opened(self, to: Reader, holder: str) -> list[Line]:
        return [
            Line(
                to.words.say(
                    "{title}: you can vote until {when}.",
                    title=votes.title_of(self._db, one.proposal),
                    when=to.time(one.closes_at),
                ),
                f"/decisions/{one.proposal}",
            )
            for one in self._open
            if self._is_on_roll(one.proposal, holder)
        ]

    def _ended(self, to: Reader, holder: str) -> list[Line]:
        told = [(one.value.proposal, self._ending(to, one.value)) for one in self._closed]
        told += [(one.value.proposal, votes.effect_words(to, one.value)) for one in self._made]
        return [
            Line(f"{votes.title_of(self._db, proposal)}: {words}", f"/decisions/{proposal}")
            for proposal, words in told
            if self._is_on_roll(proposal, holder)
        ]

    def _ending(self, to: Reader, of: Closing) -> str:
        return f"{votes.outcome_words(to, of)} {votes.log_words(self._db, to, of)}".rstrip()

    def _put_forward(self, to: Reader, holder: str) -> list[Line]:
        del to
        if holder not in self._members:
            return []
        ids = [one.value.proposal for one in self._ideas]
        return [Line(votes.title_of(self._db, id), f"/decisions/{id}") for id in ids]

    def _waiting(self, to: Reader, holder: str) -> list[Line]:
        return [
            Line(to.words.say("The grant {label} is yours to accept.", label=one.label), f"/equity/{one.id}")
            for one in self._grants
            if one.holder == holder and is_waiting(position(self._db, one.id))
        ]

    def _vested(self, to: Reader, holder: str) -> list[Line]:
        # a day counts when it is over: the last one that is told of is the day before the digest
        zone_days = (local_time(at, to.zone).date() - timedelta(days=1) for at in (self._span.since, self._span.until))
        return [line_of(to, one) for one in gains(self._db, holder, *zone_days)]
