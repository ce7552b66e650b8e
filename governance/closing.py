"""Closing a vote: once, by whoever comes first after the deadline; counted, told, and countable again.

The closing entry tells every ballot with its salt, so that each fits the digest its voter's entry holds, and the seed
of the lots, whose digest the notice holds.
"""

from __future__ import annotations

from enum import StrEnum
from hashlib import sha256

import orjson
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from governance.audit_file import Vote, summary, write
from governance.clock import moment
from governance.lifecycle import is_secret, local_day, local_time
from governance.proposals import notice, version
from governance.records import Ballot, Closing
from governance.rolls import copied, lines_of
from governance.secret import polls
from governance.tables import ballot_choice, lot_seed
from ledger import journal
from ledger.entries import Draft
from ledger.errors import NotAllowedNow, NotFound
from ledger.kinds import declare_final
from ledger.reading import every, newest
from ledger.types import Act


@declare_final
class VoteEntry(StrEnum):
    """The kind of entry by which a vote is over."""

    CLOSED = "vote.closed"
    """A vote is closed and counted."""


def closing(db: Session, proposal: str) -> Closing | None:
    """Return how a vote ended, or None."""
    return newest(db, Closing, proposal=proposal)


def close(db: Session, act: Act, proposal: str) -> Closing:
    """Close a vote whose time is over, and count it; closed before, it changes nothing.

    Raises:
        NotAllowedNow: No vote is announced, its roll was not copied, or its time is not over.
    """
    journal.lock(db)
    done = closing(db, proposal)
    if done is not None:
        return done
    announced, roll = notice(db, proposal), copied(db, proposal)
    if announced is None or roll is None:
        raise NotAllowedNow("No vote on this is announced, or its roll has not been copied.", field="proposal")
    at = moment(db, act)
    if at < announced.closes_at:
        closes = local_time(announced.closes_at, announced.zone)
        text = f"The vote is open until {closes:%Y-%m-%d %H:%M} ({announced.zone}); nobody closes it earlier."
        raise NotAllowedNow(text, field="proposal")
    if is_secret(announced) and not polls.is_ready(db, proposal):
        raise NotAllowedNow("The box of this vote has not been opened yet.", field="proposal")
    ballots = _last_ballots(db, proposal)
    seed = db.execute(select(lot_seed.c.seed).where(lot_seed.c.lot == announced.lot)).scalar_one()
    vote = _vote(db, proposal, ballots, seed)
    counted = vote.count()
    made = Closing(
        proposal,
        counted.outcome,
        list(counted.winners),
        len(vote.choices),
        summary(counted),
        seed.hex(),
        sha256(write(vote, counted)).hexdigest(),
    )
    draft = Draft(VoteEntry.CLOSED, local_day(at, announced.zone), (made,), bulk=ballots)
    journal.append(db, act, draft)
    return made


def _last_ballots(db: Session, proposal: str) -> tuple[Ballot, ...]:
    """Return the last ballot of each voter, in the order of their ids."""
    rows = ballot_choice.c
    last = (
        select(rows.member, func.max(rows.revision).label("revision"))
        .where(rows.proposal == proposal)
        .group_by(rows.member)
        .subquery()
    )
    query = (
        select(rows.member, rows.revision, rows.salt, rows.choice)
        .join(last, (last.c.member == rows.member) & (last.c.revision == rows.revision))
        .where(rows.proposal == proposal)
        .order_by(rows.member)
    )
    return tuple(Ballot(proposal, row.member, row.revision, row.choice, row.salt.hex()) for row in db.execute(query))


def ballots_of(db: Session, proposal: str) -> tuple[Ballot, ...]:
    """Return the ballots that a closing told."""
    return tuple(every(db, Ballot, proposal=proposal))


def _vote(db: Session, proposal: str, ballots: tuple[Ballot, ...], seed: bytes) -> Vote:
    announced, roll = notice(db, proposal), copied(db, proposal)
    assert announced is not None
    assert roll is not None
    said = version(db, proposal)
    if is_secret(announced):
        return polls.vote_of(db, announced, said, roll, seed)
    choices = {one.member: orjson.loads(one.choice) for one in ballots}
    return Vote(announced, said.digest, roll, lines_of(db, proposal), choices, said.seats, seed)


def closed_vote(db: Session, proposal: str) -> Vote:
    """Return a closed vote from what its closing told.

    Raises:
        NotFound: It is not closed.
    """
    done = closing(db, proposal)
    if done is None:
        raise NotFound("This vote is not closed: there is nothing to count yet.", field="proposal")
    return _vote(db, proposal, ballots_of(db, proposal), bytes.fromhex(done.seed))


def audit_file(db: Session, proposal: str) -> bytes:
    """Return the audit file of a closed vote.

    Raises:
        NotFound: It is not closed.
    """
    vote = closed_vote(db, proposal)
    return write(vote, vote.count())
