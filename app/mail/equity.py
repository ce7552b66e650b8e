"""Letters about somebody's own equity: a grant waits, some became theirs. No units in a subject, and never money."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from sqlalchemy.orm import Session

from app.mail.kinds import Kind, Topic
from app.mail.letters import Letter, Line, Reader, Section
from app.mail.readers import Readers
from app.mail.rounds import Letters, Round, first_since
from governance.lifecycle import local_time
from ledger.equity.register import company_day, issuer
from ledger.equity.securities import Position, position
from ledger.equity.values import EventKind, Security, SecurityKind
from ledger.reading import every, known
from ledger.types import Act, decimal_text

MORNING = 8
"""The hour, where the company is, at which a month's letters are written."""

DAYS = 7
"""Until which day of a month the one before is told of."""


@dataclass(frozen=True, slots=True)
class Gained:
    """What became somebody's, of one grant; units as decimal text."""

    security: str
    label: str
    units: str
    vested: str
    granted: str


def rounds(db: Session, act: Act) -> Iterator[Round]:
    """Yield what has happened with equity."""
    first = first_since(db, act)
    for one in known(db, Security):
        if one.n >= first and one.value.kind is SecurityKind.AWARD and is_waiting(position(db, one.value.id)):
            yield Round(f"grant:{one.value.id}", partial(_grant, of=one.value))
    today = company_day(db, act.now)
    if today.day <= DAYS and (today.day > 1 or local_time(act.at, issuer(db).time_zone).hour >= MORNING):
        last = today.replace(day=1) - timedelta(days=1)
        yield Round(f"vested:{last:%Y-%m}", partial(_vested, last=last))


def is_waiting(of: Position) -> bool:
    """Return whether a grant waits for its holder's word."""
    return of.outstanding > 0 and not of.happened(EventKind.ACCEPTED)


def _grant(db: Session, readers: Readers, *, of: Security) -> Letters:
    del db
    return [(to, _about_grant(to, of)) for to in readers.who_want(Topic.GRANT) if to.holder == of.holder]


def _about_grant(to: Reader, of: Security) -> Letter:
    return Letter(
        Kind.GRANT,
        f"grant:{of.id}",
        Topic.GRANT,
        to.words.say("A grant waits for you"),
        (
            to.words.say("The grant {label} is yours to accept.", label=of.label),
            to.words.say("Read how much it is and when it becomes yours."),
        ),
        to.words.say("You get this because a grant was made to you."),
        f"/equity/{of.id}",
        to.words.say("Read the grant"),
    )


def gains(db: Session, holder: str, after: date, until: date) -> list[Gained]:
    """Return what became somebody's after one day and by the end of another, grant by grant."""
    found = []
    for security in every(db, Security, holder=holder):
        of = position(db, security.id)
        gained = of.vested(until) - of.vested(after) if of.table else 0
        if gained > 0:
            decimals = of.share_class.decimals if of.share_class is not None else 0
            texts = (decimal_text(units, decimals) for units in (gained, of.vested(until), security.quantity))
            found.append(Gained(security.id, security.label, *texts))
    return found


def line_of(to: Reader, one: Gained) -> Line:
    """Return a line about what became somebody's."""
    number = to.words.number
    text = to.words.say(
        "{label}: {units} became yours. Now {vested} of {granted} are.",
        label=one.label,
        units=number(one.units),
        vested=number(one.vested),
        granted=number(one.granted),
    )
    return Line(text, f"/equity/{one.security}")


def _vested(db: Session, readers: Readers, *, last: date) -> Letters:
    before, found = last.replace(day=1) - timedelta(days=1), []
    for to in readers.who_want(Topic.VESTED):
        gained = gains(db, to.holder, before, last) if to.holder is not None else []
        if gained:
            found.append((to, _about_vested(to, last, gained)))
    return found


def _about_vested(to: Reader, last: date, gained: list[Gained]) -> Letter:
    month = to.words.month(last)
    return Letter(
        Kind.VESTED,
        f"vested:{last:%Y-%m}:{to.holder}",
        Topic.VESTED,
        to.words.say("Equity that became yours in {month}", month=month),
        (to.words.say("This became yours in {month}. Units are not cash.", month=month),),
        to.words.say("You get this once a month in which something becomes yours."),
        "/equity",
        to.words.say("See all my equity"),
        sections=(Section(to.words.say("Grant by grant"), tuple(line_of(to, one) for one in gained)),),
    )
