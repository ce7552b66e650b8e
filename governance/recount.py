"""Every closed vote counted again from the record, for the verifier.

The verifier has shown that each row is as its entry says; here it is shown that what entries say about votes fits: the
notice fits the version, each told ballot fits the digest its voter's entry holds, nobody off the roll was counted, and
the count comes to what was told.
"""

from __future__ import annotations

from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from governance.audit_file import summary, write
from governance.ballots import digest_of
from governance.closing import ballots_of, closed_vote
from governance.lifecycle import is_secret
from governance.notices import frozen_digest
from governance.proposals import version
from governance.records import BallotCast, Closing, Notice, RollLine
from governance.secret import polls
from governance.tally.lot import commitment
from ledger import tables
from ledger.reading import every
from ledger.types import Json


def misfit(db: Session) -> tuple[str, str] | None:
    """Return the first closed vote that does not fit, as the proposal's id and what is wrong; None if all do."""
    for done in every(db, Closing):
        wrong = _wrong(db, done)
        if wrong is not None:
            return done.proposal, wrong
    return None


def _wrong(db: Session, done: Closing) -> str | None:
    vote = closed_vote(db, done.proposal)
    announced, said = vote.announced, version(db, done.proposal)
    frozen = frozen_digest(
        said.digest,
        announced.rule,
        announced.record_date,
        announced.zone,
        (announced.opens_at, announced.closes_at),
        announced.effective_on,
    )
    if frozen != announced.digest or said.number != announced.version:
        return "what was voted on is not what the notice froze"
    if commitment(vote.seed) != announced.lot:
        return "the seed of the lots is not the one that the notice fixed"
    if _is_late(db, announced):
        return "a ballot was recorded after the deadline"
    wrong = (polls.misfit if is_secret(announced) else _wrong_ballots)(db, done.proposal)
    if wrong is not None:
        return wrong
    counted = vote.count()
    told: Json = summary(counted)
    if told != done.result or counted.outcome is not done.outcome or list(counted.winners) != done.winners:
        return "counted again, it comes to something else"
    if sha256(write(vote, counted)).hexdigest() != done.audit:
        return "its audit file is not the one that the closing names"
    return None


def _is_late(db: Session, announced: Notice) -> bool:
    entry, cast = tables.entry.c, tables.table(BallotCast).c
    late = select(cast.n).join(tables.entry, entry.n == cast.n)
    late = late.where(cast.proposal == announced.proposal, entry.recorded_at >= announced.closes_at)
    return db.execute(late.limit(1)).first() is not None


def _wrong_ballots(db: Session, proposal: str) -> str | None:
    last = {one.member: one for one in sorted(every(db, BallotCast, proposal=proposal), key=lambda one: one.revision)}
    told = {one.member: one for one in ballots_of(db, proposal)}
    if told.keys() != last.keys():
        return "the ballots told are not those that were cast"
    if told.keys() - {line.member for line in every(db, RollLine, proposal=proposal)}:
        return "somebody voted who is not on the roll"
    for member, one in told.items():
        cast = last[member]
        if one.revision != cast.revision or digest_of(bytes.fromhex(one.salt), one.choice) != cast.digest:
            return f"the ballot of {member} is not the one they cast"
    return None
