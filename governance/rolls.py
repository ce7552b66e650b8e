"""Rolls: who may vote, copied once from the register as it stood at the end of the record date.

Whoever leaves later keeps the vote, whoever joins later waits for the next. The lines are handed down (``app.rolls``);
here they become records, without those who have declared themselves recused.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session

from governance.clock import moment
from governance.lifecycle import begins_at, end_of, local_day, local_time
from governance.proposals import find, notice, rules_of, version
from governance.records import (
    Candidacy,
    CandidacyWithdrawn,
    Conflict,
    Notice,
    ProposalKind,
    RollCopied,
    RollLine,
    Withdrawn,
)
from ledger import journal, tables
from ledger.entries import Draft
from ledger.errors import AlreadyExists, Invalid, NotAllowedNow
from ledger.kinds import declare_final
from ledger.reading import every, newest
from ledger.records import from_row
from ledger.types import Act, Json

MOST_WORDS = 5_000


@declare_final
class RollEntry(StrEnum):
    """The kinds of entry that settle who may vote."""

    COPIED = "roll.copied"
    """The roll of a vote is copied from the register."""
    CONFLICT = "roll.conflict_declared"
    """A member declares an interest of their own, and may leave the roll for it."""


def copied(db: Session, proposal: str) -> RollCopied | None:
    """Return the record of a roll, or None while it has not been copied."""
    return newest(db, RollCopied, proposal=proposal)


def copy_roll(db: Session, act: Act, proposal: str, lines: Sequence[RollLine], *, known_at: int) -> RollCopied:
    """Copy the roll of an announced vote; done before, it changes nothing.

    Args:
        db: The session.
        act: Who, when.
        proposal: The proposal.
        lines: Who may vote, in each chamber.
        known_at: How much of the journal the register was read from.

    Not before the vote begins: until then it may be taken back or put anew, and candidates and conflicts come forward.

    Raises:
        NotAllowedNow: No vote is announced, it was taken back, or it is not open yet.
    """
    journal.lock(db)
    done = copied(db, proposal)
    if done is not None:
        return done
    announced = notice(db, proposal)
    if announced is None or newest(db, Withdrawn, proposal=proposal) is not None:
        raise NotAllowedNow("No vote on this is announced, or it was taken back.", field="proposal")
    at, begins = moment(db, act), begins_at(announced)
    if at < begins:
        opens = local_time(begins, announced.zone)
        raise NotAllowedNow(f"The vote begins on {opens:%Y-%m-%d at %H:%M} ({announced.zone}).", field="proposal")
    kept = without_recused(db, proposal, lines)
    sizes = dict.fromkeys((chamber.name for chamber in rules_of(announced).chambers), 0)
    for line in kept:
        sizes[line.chamber] += line.weight
    made = RollCopied(proposal, announced.version, known_at, options_of(db, announced), sizes)
    draft = Draft(RollEntry.COPIED, local_day(at, announced.zone), (made,), bulk=tuple(kept))
    journal.append(db, act, draft)
    return made


def without_recused(db: Session, proposal: str, lines: Sequence[RollLine]) -> list[RollLine]:
    """Return the lines of whoever has not declared to stand aside, by chamber and id."""
    recused = {one.member for one in every(db, Conflict, proposal=proposal) if one.is_recused}
    return sorted((line for line in lines if line.member not in recused), key=lambda line: (line.chamber, line.member))


def known_by(db: Session, announced: Notice) -> int:
    """Return how much of the journal tells who was what on the record date: the number of the first entry too late.

    What was recorded by the end of that day counts, and whatever the notice could know; nothing that came after the
    vote had opened. So a roll copied late is the same as one copied in time.
    """
    entry, notices = tables.entry.c, tables.table(Notice).c
    of_notice = (notices.proposal == announced.proposal, notices.version == announced.version)
    given = int(db.execute(select(notices.n).where(*of_notice)).scalar_one())
    until = min(end_of(announced.record_date, announced.zone), announced.opens_at)
    query = select(func.min(entry.n)).where(entry.n > given, entry.recorded_at >= until)
    first = db.execute(query).scalar()
    return journal.size(db) if first is None else int(first)


def declare_conflict(
    db: Session, act: Act, proposal: str, member: str, statement: str, *, is_recused: bool, on: date
) -> Conflict:
    """Record that a member has an interest of their own in a proposal; recused, they leave its roll.

    Raises:
        Invalid: They do not say which.
        AlreadyExists: They have said so.
        NotAllowedNow: The roll has been copied.
    """
    journal.lock(db)
    find(db, proposal)
    if not statement.strip() or len(statement) > MOST_WORDS:
        raise Invalid("Say what your interest is.", field="statement")
    if copied(db, proposal) is not None:
        raise NotAllowedNow("The roll has been copied.", field="proposal")
    if any(one.member == member for one in every(db, Conflict, proposal=proposal)):
        raise AlreadyExists("You have declared an interest already.", field="member")
    made = Conflict(proposal, member, statement, is_recused)
    journal.append(db, act, Draft(RollEntry.CONFLICT, on, (made,)))
    return made


def options_of(db: Session, announced: Notice) -> list[Json]:
    """Return what can be chosen: the options of the version or, in an election, whoever stands, by id."""
    said = version(db, announced.proposal)
    if find(db, announced.proposal).kind is not ProposalKind.ELECTION:
        return list(said.options)
    return [{"key": member, "title": member} for member in candidates(db, announced.proposal)]


def candidates(db: Session, proposal: str) -> list[str]:
    """Return who stands for election and has not stood down, in the order of their ids."""
    return standing_for(db, proposal)


def lines_of(db: Session, proposal: str) -> list[RollLine]:
    """Return the roll, chamber by chamber."""
    return every(db, RollLine, proposal=proposal)


def chambers_of(db: Session, proposal: str, member: str) -> list[RollLine]:
    """Return where somebody stands on the roll; nowhere if they do not."""
    return every(db, RollLine, proposal=proposal, member=member)


def votes_of(db: Session, member: str) -> list[Notice]:
    """Return the votes on whose roll somebody stands, by their notices, in the order in which the rolls were copied."""
    roll, announced, line = (tables.table(of) for of in (RollCopied, Notice, RollLine))
    stands = exists(select(line.c.n).where(line.c.proposal == roll.c.proposal, line.c.member == member))
    same = (announced.c.proposal == roll.c.proposal, announced.c.version == roll.c.version)
    query = select(announced).join(roll, and_(*same)).where(stands).order_by(roll.c.n)
    return [from_row(Notice, row) for row in db.execute(query).mappings()]


def people(db: Session, proposal: str) -> int:
    """Return how many people are on the roll, each once, in however many chambers."""
    rows = tables.table(RollLine).c
    query = select(func.count(func.distinct(rows.member))).where(rows.proposal == proposal)
    return int(db.execute(query).scalar_one())


def standing_for(db: Session, proposal: str) -> list[str]:
    """Return who stands for election and has not stood down, in the order of their ids."""
    gone = {one.member for one in every(db, CandidacyWithdrawn, proposal=proposal)}
    return sorted(one.member for one in every(db, Candidacy, proposal=proposal) if one.member not in gone)
