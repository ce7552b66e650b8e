"""What finance has to do when a month ends, and how far each thing is; what has changed since the last close."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from app.people.exports import exports
from app.web.changes import Line, line_of
from app.web.patronage import listed
from app.web.periods import Standing, standings
from app.web.words import Words
from ledger.equity.captable.movements import roll_forwards
from ledger.reading import known
from ledger.sessions.deliveries import closed_periods
from ledger.sessions.records import SessionImport
from ledger.sessions.weights import month_of
from ledger.types import Cut


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to do at a month's end, in a sentence, with where it is done."""

    is_done: bool
    told: str
    to: str
    words: str


def month_end(today: date) -> date:
    """Return the last day of the month before."""
    return today.replace(day=1) - timedelta(days=1)


def to_do(db: Session, today: date, *, ties: bool, words: Words) -> list[Item]:
    """Return what is to be done for the month that ended last, in the order in which it is done.

    Args:
        db: The session.
        today: Which day it is where the company is.
        ties: Whether the cap table at the end of that month ties out.
        words: The reader's language.
    """
    end = month_end(today)
    query, day = f"as_of={end}", words.day(end)
    imported = [one for one in known(db, SessionImport) if one.on > end]
    found = [
        Item(
            bool(imported),
            words.say("Sessions have been imported since {day}", day=day)
            if imported
            else words.say("No sessions have been imported since {day}", day=day),
            "/finance/imports",
            words.say("Imports"),
        )
    ]
    open_ones = [one for one in standings(db, today) if one.standing in {Standing.OPEN, Standing.ASKED}]
    asked = [one for one in open_ones if one.standing is Standing.ASKED]
    found.append(
        Item(
            not open_ones,
            words.say("Every month that is over is closed")
            if not open_ones
            else words.several(
                "One month is over and not closed; {asked} wait for the board",
                "{count} months are over and not closed; {asked} wait for the board",
                len(open_ones),
                asked=words.number(len(asked)),
            ),
            "/periods",
            words.say("Months"),
        )
    )
    found.append(
        Item(
            ties,
            words.say("The cap table of {day} ties out", day=day)
            if ties
            else words.say("The cap table of {day} does not tie out", day=day),
            f"/finance/cap-table?{query}",
            words.say("Cap table"),
        )
    )
    taken = exports(db, as_of=end)
    found.append(
        Item(
            bool(taken),
            words.several("One file of {day} was taken", "{count} files of {day} were taken", len(taken), day=day)
            if taken
            else words.say("No file of {day} has been taken yet", day=day),
            f"/finance/files?{query}",
            words.say("Files"),
        )
    )
    waiting = [one for one in listed(db) if one.declared is None]
    if waiting:
        told = words.several(
            "One preview of patronage waits for the board",
            "{count} previews of patronage wait for the board",
            len(waiting),
        )
        found.append(Item(False, told, "/finance/patronage", words.say("Patronage")))
    return found


def changes_since_close(db: Session, cut: Cut) -> tuple[date, list[Line]] | None:
    """Return the end of the newest closed month, and what has changed since; None where none is closed, or just now."""
    closed = sorted(closed_periods(db))
    if not closed:
        return None
    end = month_of(closed[-1]).last
    if end >= cut.as_of:
        return None
    lines = [line_of(one, one.name) for one in roll_forwards(db, end + timedelta(days=1), cut)]
    return end, [one for one in lines if one.has_changed]
