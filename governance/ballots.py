"""Ballots: cast, and cast anew, until the vote closes; open ballots, of which nobody reads a tally before.

The entry says that somebody voted, and holds the digest of how; the choice waits beside the journal until the vote
closes. Whether the vote is open is asked inside the very statement that writes the choice, under the journal's lock: a
closing either sees the ballot or comes before it, and no clock is asked twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import Insert, Select, bindparam, exists, func, insert, literal_column, select
from sqlalchemy.orm import Session

from governance.clock import moment
from governance.errors import NotEntitled, VotingClosed, VotingNotOpen
from governance.lifecycle import local_day, local_time
from governance.proposals import notice, option_keys, rules_of
from governance.records import BallotCast, Closing, Notice, RollLine
from governance.rolls import copied, people
from governance.tables import ballot_choice
from governance.tally.ballots import read_choice, text_of
from ledger import journal, tables
from ledger.entries import Draft
from ledger.errors import Conflict
from ledger.kinds import declare_final
from ledger.types import Act

SALT_BYTES = 16
MOST_REVISIONS = 50
"""How often somebody may change their mind."""


@declare_final
class BallotEntry(StrEnum):
    """The kind of entry that somebody's vote is."""

    CAST = "ballot.cast"
    """Somebody voted, or voted anew."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a voter keeps: it proves, once the vote is closed, that their ballot is in the count as they cast it.

    Attributes:
        revision: Which of their ballots it is.
        digest: What the journal holds.
        salt: With the choice it gives the digest.
        choice: Canonical JSON text.
        entry: Number of the entry; None where the same choice stood already and nothing was written.
    """

    proposal: str
    member: str
    revision: int
    digest: str
    salt: str
    choice: str
    entry: int | None


def digest_of(salt: bytes, choice: str) -> str:
    """Return what the journal holds in place of a choice, hex."""
    return sha256(salt + choice.encode()).hexdigest()


def cast(db: Session, act: Act, proposal: str, member: str, raw: object) -> Receipt:
    """Record how somebody votes; cast again, the last counts, and the same again changes nothing.

    Args:
        db: The session.
        act: Who, when.
        proposal: What is voted on; its roll has been copied.
        member: Holder id of the voter.
        raw: Their choice, as JSON: ``"yes"``, a ranking, scores.

    Raises:
        VotingNotOpen: It is not announced, or opens later.
        VotingClosed: The deadline has passed.
        NotEntitled: They are not on the roll.
        BallotInvalid: The choice can't be counted.
        Conflict: They have changed their mind too often.
    """
    journal.lock(db)
    announced = notice(db, proposal)
    at = moment(db, act)
    if announced is None:
        raise VotingNotOpen("No vote on this is announced.", field="proposal")
    _refuse_outside(announced, at)
    roll = copied(db, proposal)
    if roll is None:
        raise VotingNotOpen("The roll has not been copied yet; try again in a minute.", field="proposal")
    if not db.connection().execute(_ON_ROLL, {"proposal": proposal, "member": member}).scalar():
        text = f"You are not on the roll: it was copied as of {announced.record_date}."
        raise NotEntitled(text, field="member")
    choice = text_of(read_choice(rules_of(announced).method, option_keys(roll.options), raw))
    last = _last(db, proposal, member)
    if last is not None and last.choice == choice:
        return last
    return _write(db, act, announced, member, choice, (last.revision if last is not None else 0) + 1, at)


def _write(db: Session, act: Act, announced: Notice, member: str, choice: str, revision: int, at: int) -> Receipt:
    if revision > MOST_REVISIONS:
        raise Conflict(f"A ballot may be changed {MOST_REVISIONS - 1} times.", field="choice")
    salt = act.entropy(SALT_BYTES)
    values = {
        "proposal": announced.proposal,
        "version": announced.version,
        "at": at,
        "member": member,
        "revision": revision,
        "salt": salt,
        "choice": choice,
    }
    if db.connection().execute(_INSERT, values).rowcount != 1:
        raise VotingClosed("The vote is closed; ballots are no longer taken.", field="proposal")
    made = BallotCast(announced.proposal, member, revision, digest_of(salt, choice))
    [entry] = journal.append(db, act, Draft(BallotEntry.CAST, local_day(at, announced.zone), (made,)))
    return Receipt(announced.proposal, member, revision, made.digest, salt.hex(), choice, entry)


def _refuse_outside(announced: Notice, at: int) -> None:
    if at < announced.opens_at:
        opens = local_time(announced.opens_at, announced.zone)
        raise VotingNotOpen(f"Voting opens on {opens:%Y-%m-%d at %H:%M} ({announced.zone}).", field="proposal")
    if at >= announced.closes_at:
        closed = local_time(announced.closes_at, announced.zone)
        raise VotingClosed(f"Voting closed on {closed:%Y-%m-%d at %H:%M} ({announced.zone}).", field="proposal")


def receipt(db: Session, proposal: str, member: str) -> Receipt | None:
    """Return the receipt of somebody's last ballot, for nobody but them; None if they have not voted."""
    found = _last(db, proposal, member)
    if found is None:
        return None
    rows = tables.table(BallotCast).c
    where = (rows.proposal == proposal, rows.member == member, rows.revision == found.revision)
    entry = db.execute(select(rows.n).where(*where)).scalar_one()
    return Receipt(proposal, member, found.revision, found.digest, found.salt, found.choice, int(entry))


def _last(db: Session, proposal: str, member: str) -> Receipt | None:
    row = db.connection().execute(_LAST, {"proposal": proposal, "member": member}).first()
    if row is None:
        return None
    return Receipt(proposal, member, row.revision, digest_of(row.salt, row.choice), row.salt.hex(), row.choice, None)


def turnout(db: Session, proposal: str) -> tuple[int, int]:
    """Return how many have voted and how many may; all that is told while a vote is open."""
    rows = tables.table(BallotCast).c
    voted = select(func.count(func.distinct(rows.member))).where(rows.proposal == proposal)
    return int(db.execute(voted).scalar_one()), people(db, proposal)


def _insert_while_open() -> Insert:
    announced, closed = tables.table(Notice), tables.table(Closing)
    at = bindparam("at", type_=announced.c.opens_at.type)
    values = [bindparam(column.name, type_=column.type) for column in ballot_choice.c]
    query = (
        select(*values)
        .select_from(announced)
        .where(announced.c.proposal == bindparam("proposal"), announced.c.version == bindparam("version"))
        .where(announced.c.opens_at <= at, at < announced.c.closes_at)
        .where(~exists(select(literal_column("1")).where(closed.c.proposal == bindparam("proposal"))))
    )
    writing = insert(ballot_choice).from_select([column.name for column in ballot_choice.c], query)
    return writing.inline().execution_options(preserve_rowcount=True)


# built once: building a query costs SQLAlchemy more than asking it
_INSERT = _insert_while_open()
_ROLL = tables.table(RollLine).c
_ON_ROLL: Select[Any] = (
    select(literal_column("1"))
    .select_from(tables.table(RollLine))
    .where(_ROLL.proposal == bindparam("proposal"), _ROLL.member == bindparam("member"))
    .limit(1)
)
_LAST = (
    select(ballot_choice.c.revision, ballot_choice.c.salt, ballot_choice.c.choice)
    .where(ballot_choice.c.proposal == bindparam("proposal"), ballot_choice.c.member == bindparam("member"))
    .order_by(ballot_choice.c.revision.desc())
    .limit(1)
)
