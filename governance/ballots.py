"""Ballots: cast, and cast anew, until the vote closes; open ballots, of which nobody reads a tally before.

The entry says that somebody voted, and holds the digest of how; the choice waits beside the journal until the vote
closes. Whether the vote is open is asked inside the very statement that writes the choice, under the journal's lock: a
closing either sees the ballot or comes before it, and no clock is asked twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import Insert, Select, and_, bindparam, case, exists, func, insert, literal_column, select
from sqlalchemy.orm import Session

from governance.audit_file import FEWEST
from governance.clock import LATEST, moment
from governance.errors import NotEntitled, VotingClosed, VotingNotOpen
from governance.lifecycle import local_day, local_time
from governance.proposals import notice, option_keys, rules_of
from governance.records import BallotCast, Closing, Notice, RollCopied, RollLine, Withdrawn
from governance.rolls import people
from governance.tables import ballot_choice
from governance.tally.ballots import read_choice, text_of
from governance.tally.methods import Method
from ledger import journal, tables
from ledger.base import Words
from ledger.entries import Draft
from ledger.errors import Conflict
from ledger.kinds import declare_final
from ledger.reading import newest
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


def cast(
    db: Session,
    act: Act,
    proposal: str,
    member: str,
    raw: object,
    *,
    copy_roll: Callable[[Session, Act, str], object] | None = None,
) -> Receipt:
    """Record how somebody votes; cast again, the last counts, and the same again changes nothing.

    Args:
        db: The session.
        act: Who, when.
        proposal: What is voted on.
        member: Holder id of the voter.
        raw: Their choice, as JSON: ``"yes"``, a ranking, scores.
        copy_roll: Copies the roll of a vote that has opened, where whoever comes first votes.

    Raises:
        VotingNotOpen: It is not announced, or opens later.
        VotingClosed: The deadline has passed.
        NotEntitled: They are not on the roll.
        BallotInvalid: The choice can't be counted.
        Conflict: They have changed their mind too often.
    """
    journal.lock(db)
    booth = _booth(db, act, proposal, member)
    if booth is None:
        _refuse_unannounced(db, act, proposal)
        if copy_roll is not None:
            copy_roll(db, act, proposal)
        booth = _booth(db, act, proposal, member)
    if booth is None:
        raise VotingNotOpen("The roll has not been copied yet; try again in a minute.", field="proposal")
    if booth.is_secret:
        raise Conflict("This vote is secret: it takes the pass that you fetched, and no sign-in.", field="proposal")
    _refuse_outside(booth, booth.at)
    if not booth.is_on_roll:
        raise NotEntitled(f"You are not on the roll: it tells who was what on {booth.record_date}.", field="member")
    choice = text_of(read_choice(booth.method, booth.options, raw))
    if booth.last is not None and booth.last.choice == choice:
        return booth.last
    return _write(db, act, booth, choice)


@dataclass(frozen=True, slots=True)
class _Booth:
    """What a voter meets: everything that casting depends on, read at once.

    Attributes:
        is_secret: Whether it is cast elsewhere, by whoever holds a pass.
        at: The moment that counts.
        last: Their last ballot.
    """

    proposal: str
    member: str
    version: int
    method: Method
    is_secret: bool
    options: tuple[str, ...]
    record_date: date
    opens_at: int
    closes_at: int
    zone: str
    is_on_roll: bool
    at: int
    last: Receipt | None


def _booth(db: Session, act: Act, proposal: str, member: str) -> _Booth | None:
    """Return what a voter meets, or None while the roll has not been copied."""
    row = db.connection().execute(_BOOTH, {"proposal": proposal, "member": member}).first()
    if row is None:
        return None
    last = None if row.revision is None else _receipt(proposal, member, row)
    rule = orjson.loads(row.rule)
    return _Booth(
        proposal,
        member,
        row.version,
        Method(rule["method"]),
        rule.get("secret", False),
        option_keys(orjson.loads(row.options)),
        row.record_date,
        row.opens_at,
        row.closes_at,
        row.zone,
        row.on_roll is not None,
        max(act.at, row.latest),
        last,
    )


def _write(db: Session, act: Act, booth: _Booth, choice: str) -> Receipt:
    revision = (booth.last.revision if booth.last is not None else 0) + 1
    if revision > MOST_REVISIONS:
        raise Conflict(f"A ballot may be changed {MOST_REVISIONS - 1} times.", field="choice")
    salt = act.entropy(SALT_BYTES)
    values = {
        "proposal": booth.proposal,
        "version": booth.version,
        "at": booth.at,
        "member": booth.member,
        "revision": revision,
        "salt": salt,
        "choice": choice,
    }
    if db.connection().execute(_INSERT, values).rowcount != 1:
        raise VotingClosed("The vote is closed; ballots are no longer taken.", field="proposal")
    made = BallotCast(booth.proposal, booth.member, revision, digest_of(salt, choice))
    draft = Draft(BallotEntry.CAST, local_day(booth.at, booth.zone), (made,))
    [entry] = journal.append(db, act, draft)
    return Receipt(booth.proposal, booth.member, revision, made.digest, salt.hex(), choice, entry)


def _refuse_unannounced(db: Session, act: Act, proposal: str) -> None:
    """Refuse what is not announced, or opens later."""
    announced = notice(db, proposal)
    if announced is None or newest(db, Withdrawn, proposal=proposal) is not None:
        raise VotingNotOpen("No vote on this is announced.", field="proposal")
    _refuse_outside(announced, moment(db, act))


def _refuse_outside(hours: Notice | _Booth, at: int) -> None:
    if at < hours.opens_at:
        opens = local_time(hours.opens_at, hours.zone)
        raise VotingNotOpen(f"Voting opens on {opens:%Y-%m-%d at %H:%M} ({hours.zone}).", field="proposal")
    if at >= hours.closes_at:
        closed = local_time(hours.closes_at, hours.zone)
        raise VotingClosed(f"Voting closed on {closed:%Y-%m-%d at %H:%M} ({hours.zone}).", field="proposal")


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
    return None if row is None else _receipt(proposal, member, row)


def _receipt(proposal: str, member: str, row: Any) -> Receipt:  # noqa: ANN401 - a row with these three columns
    return Receipt(proposal, member, row.revision, digest_of(row.salt, row.choice), row.salt.hex(), row.choice, None)


def turnout(db: Session, proposal: str) -> tuple[int, int]:
    """Return how many have voted and how many may; all that is told while a vote is open."""
    rows = tables.table(BallotCast).c
    voted = select(func.count(func.distinct(rows.member))).where(rows.proposal == proposal)
    return int(db.execute(voted).scalar_one()), people(db, proposal)


@dataclass(frozen=True, slots=True)
class Turnout:
    """How many of a chamber have voted; of stockholders, by their votes.

    Attributes:
        needed: How many make its quorum; None where it has none.
    """

    chamber: str
    voted: int
    roll: int
    needed: int | None

    @property
    def is_short(self) -> bool:
        """Whether fewer have voted than have to."""
        return self.needed is not None and self.voted < self.needed


def turnouts(db: Session, announced: Notice) -> tuple[Turnout, ...]:
    """Return how many of each chamber have voted, without chambers of which so few people are that it would show who.

    Empty before the roll is copied.
    """
    line, rows = tables.table(RollLine).c, tables.table(BallotCast).c
    have_voted = select(rows.member).where(rows.proposal == announced.proposal)
    query = (
        select(
            line.chamber,
            func.sum(line.weight),
            func.sum(case((line.member.in_(have_voted), line.weight), else_=0)),
            func.count(),
        )
        .where(line.proposal == announced.proposal)
        .group_by(line.chamber)
    )
    found = {chamber: (int(roll), int(voted), int(people)) for chamber, roll, voted, people in db.execute(query)}
    most = max((people for _, _, people in found.values()), default=0)
    told = []
    for one in rules_of(announced).chambers:
        roll, voted, people = found.get(one.name, (0, 0, 0))
        if people and (people == most or (people >= FEWEST and most - people >= FEWEST)):
            quorum = one.rule.quorum
            told.append(Turnout(one.name, voted, roll, None if quorum is None else quorum.needed(roll)))
    return tuple(told)


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


def _booth_query() -> Select[Any]:
    roll, announced, line = (tables.table(of) for of in (RollCopied, Notice, RollLine))
    mine, other = ballot_choice, ballot_choice.alias("other")
    proposal, member = bindparam("proposal", type_=Words), bindparam("member", type_=Words)
    latest = select(func.max(other.c.revision)).where(other.c.proposal == proposal, other.c.member == member)
    on_roll = select(line.c.weight).where(line.c.proposal == proposal, line.c.member == member).limit(1)
    same = (announced.c.proposal == roll.c.proposal, announced.c.version == roll.c.version)
    last = (mine.c.proposal == proposal, mine.c.member == member, mine.c.revision == latest.scalar_subquery())
    return (
        select(
            roll.c.version,
            roll.c.options,
            *(announced.c[name] for name in ("rule", "record_date", "opens_at", "closes_at", "zone")),
            on_roll.scalar_subquery().label("on_roll"),
            LATEST.scalar_subquery().label("latest"),
            *(mine.c[name] for name in ("revision", "salt", "choice")),
        )
        .join(announced, and_(*same))
        .outerjoin(mine, and_(*last))
        .where(roll.c.proposal == proposal)
    )


# built once: building a query costs SQLAlchemy more than asking it
_INSERT = _insert_while_open()
_BOOTH = _booth_query()
_LAST = (
    select(ballot_choice.c.revision, ballot_choice.c.salt, ballot_choice.c.choice)
    .where(ballot_choice.c.proposal == bindparam("proposal"), ballot_choice.c.member == bindparam("member"))
    .order_by(ballot_choice.c.revision.desc())
    .limit(1)
)
