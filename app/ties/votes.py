"""The check of rolls: who may vote is who the registers had on the record date, and no more did (20)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.rolls import roll_lines
from app.ties.finding import Finding, found
from governance import rolls
from governance.records import BallotCast, Closing, Notice, RollCopied, RollLine, Version
from governance.secret.records import PollIssued
from ledger import tables
from ledger.reading import every
from ledger.types import Cut


@dataclass(frozen=True, slots=True)
class Roll:
    """The roll of a vote.

    Attributes:
        title: Of what is voted on.
        listed: How many lines it has.
        expected: How many the registers give.
        is_same: Whether they are the same lines.
        people: How many stand on it, each once.
        ballots: How many voted, or fetched a pass to.
    """

    title: str
    listed: int
    expected: int
    is_same: bool
    people: int
    ballots: int


def voting_rolls(db: Session, cut: Cut) -> Finding:
    """Return whether each roll is what the registers had on its record date, and no more people voted (20)."""
    return judged_rolls([_roll(db, copied, cut) for copied in every(db, RollCopied, cut)])


def _roll(db: Session, copied: RollCopied, cut: Cut) -> Roll:
    [announced] = every(db, Notice, proposal=copied.proposal, version=copied.version)
    [said] = every(db, Version, proposal=copied.proposal, number=copied.version)
    lines = rolls.lines_of(db, copied.proposal)
    expected = rolls.without_recused(db, copied.proposal, roll_lines(db, announced, copied.known_at))
    turnout = max((one.turnout for one in every(db, Closing, cut, proposal=copied.proposal)), default=0)
    ballots = max(_people(db, BallotCast, copied.proposal, cut), _passes(db, copied.proposal, cut), turnout)
    people = len({line.member for line in lines})
    return Roll(said.title, len(lines), len(expected), _sorted(lines) == _sorted(expected), people, ballots)


def _sorted(lines: Sequence[RollLine]) -> list[tuple[str, str, str, int]]:
    return sorted((one.chamber, one.member, one.part, one.weight) for one in lines)


def _people(db: Session, of: type[BallotCast], proposal: str, cut: Cut) -> int:
    rows = tables.table(of).c
    query = select(func.count(func.distinct(rows.member))).where(rows.proposal == proposal, rows.n < cut.known_at)
    return int(db.execute(query).scalar_one())


def _passes(db: Session, proposal: str, cut: Cut) -> int:
    rows = tables.table(PollIssued).c
    query = select(func.count(func.distinct(rows.number))).where(rows.proposal == proposal, rows.n < cut.known_at)
    return int(db.execute(query).scalar_one())


def judged_rolls(votes: Sequence[Roll]) -> Finding:
    """Judge rolls."""
    return found(
        20,
        "rolls",
        [one.title for one in votes if not one.is_same or one.ballots > one.people],
        listed=sum(one.listed for one in votes),
        expected=sum(one.expected for one in votes),
        ballots=sum(one.ballots for one in votes),
    )
