"""Petitions: so many signatures force a vote, and nobody learns who signed.

A signature stands beside the journal until the petition is over. Only then an entry tells how many there were, with the
seal of each: whoever signed has the salt to theirs, and finds it. Before, nobody is told even the number (E25 I25.2).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from governance.clock import moment
from governance.errors import NotEntitled
from governance.lifecycle import State
from governance.proposals import state_of
from governance.records import Petition, PetitionEnded, PetitionSeal, Version
from governance.rules import Ruleset, needed_members
from governance.tables import petition_signature
from ledger import journal
from ledger.entries import Draft
from ledger.errors import AlreadyExists, NotAllowedNow, NotFound
from ledger.kinds import declare_final
from ledger.reading import every, find, known, newest
from ledger.types import Act

SALT_BYTES = 16
VOTE_WITHIN_DAYS = 90
"""How soon the vote is open after enough have signed (E25 I25.3)."""

WAITING = frozenset({State.IDEA, State.COUNTDOWN, State.REVIEW, State.READY})
"""Where a proposal stands for which a petition makes sense: everybody sees it, and no vote is announced."""


@declare_final
class PetitionEntry(StrEnum):
    """The kinds of entry about petitions; no signature is one."""

    OPENED = "petition.opened"
    """Members are asked to sign."""
    REACHED = "petition.reached"
    """Enough have signed: the proposal comes to a vote."""
    EXPIRED = "petition.expired"
    """Too few have signed in time."""


class PetitionState(StrEnum):
    """Where a petition stands."""

    RUNNING = "RUNNING"
    """Members may sign; nobody is told how many did."""
    REACHED = "REACHED"
    """Enough have signed."""
    EXPIRED = "EXPIRED"
    """Its last day is over."""
    OVERTAKEN = "OVERTAKEN"
    """What was to be signed has been changed or taken back, or a vote on it is announced."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A petition as it stands on a day.

    Attributes:
        opened_on: The first day to sign.
        signatures: How many signed; None until it is over.
        vote_by: The day by which the vote is open, where it was reached.
    """

    petition: Petition
    state: PetitionState
    opened_on: date
    signatures: int | None
    vote_by: date | None


@dataclass(frozen=True, slots=True)
class Signature:
    """What whoever signs keeps, and nobody else: it proves later that they were counted.

    Attributes:
        seal: What the journal tells when the petition is over, hex.
        salt: Hex; with petition and member it gives the seal.
    """

    petition: str
    member: str
    seal: str
    salt: str


def seal_of(salt: bytes, petition: str, member: str) -> str:
    """Return the seal of a signature, hex."""
    return sha256(b"\0".join([salt, petition.encode(), member.encode()])).hexdigest()


def open_petition(
    db: Session, act: Act, proposal: str, author: str, *, members: Collection[str], rules: Ruleset, on: date
) -> Petition:
    """Ask members to sign for a vote on a proposal as it reads now.

    Of 240 members, a tenth is 24 and of 241 it is 25; that stays so, whoever joins or leaves meanwhile.

    Args:
        db: The session.
        act: Who, when.
        proposal: The proposal.
        author: Holder id of the member who asks.
        members: Who is a member today.
        rules: The ruleset in force for its kind today.
        on: Today, where the company is.

    Raises:
        NotFound: No such proposal.
        NotEntitled: They are no member.
        NotAllowedNow: It is a draft, or a vote on it is announced, or it is over.
        AlreadyExists: Another petition for it is running.
    """
    journal.lock(db)
    if author not in members:
        raise NotEntitled("Only members open petitions.", field="member")
    now = state_of(db, proposal, moment(db, act), rules)
    if now not in WAITING:
        raise NotAllowedNow(f"The proposal is {now.value}; a petition is for one that waits.", field="proposal")
    stand = [standing(db, one.id, rules=rules, at=moment(db, act), on=on).state for one in of_proposal(db, proposal)]
    if PetitionState.RUNNING in stand:
        raise AlreadyExists("A petition for this is running; sign that one.", field="proposal")
    if PetitionState.REACHED in stand:
        raise AlreadyExists("Enough have signed already for a vote on this.", field="proposal")
    needed = needed_members(rules.petition_share, len(members))
    made = Petition(act.new_id("pet"), proposal, author, needed, on + timedelta(days=rules.petition_days))
    journal.append(db, act, Draft(PetitionEntry.OPENED, on, (made,)))
    return made


def sign(
    db: Session, act: Act, id: str, member: str, *, members: Collection[str], rules: Ruleset, on: date
) -> tuple[Signature, bool]:
    """Sign a petition, and return what the signer keeps and whether that made it enough.

    No entry says that somebody signed. The one that says that enough did names nobody, least of all the last.

    Args:
        db: The session.
        act: Who, when.
        id: The petition.
        member: Holder id of the signer.
        members: Who is a member today; those who leave later have signed all the same.
        rules: The ruleset in force for the proposal's kind today.
        on: Today, where the company is.

    Raises:
        NotFound: No such petition.
        NotEntitled: They are no member (I25.1).
        NotAllowedNow: It is over, or what was to be signed has changed.
        AlreadyExists: They have signed.
    """
    journal.lock(db)
    stands = standing(db, id, rules=rules, at=moment(db, act), on=on)
    if member not in members:
        raise NotEntitled("Only members sign petitions.", field="member")
    if stands.state is not PetitionState.RUNNING:
        raise NotAllowedNow(f"The petition is {stands.state.value}; it can't be signed any more.", field="petition")
    if _row(db, id, member) is not None:
        raise AlreadyExists("You have signed this petition.", field="member")
    salt = act.entropy(SALT_BYTES)
    db.connection().execute(insert(petition_signature), [{"petition": id, "member": member, "salt": salt}])
    is_enough = signed(db, id) >= stands.petition.needed
    if is_enough:
        by = on + timedelta(days=max(VOTE_WITHIN_DAYS, rules.notice_days))
        _end(db, act, PetitionEntry.REACHED, PetitionEnded(id, True, signed(db, id), by), on)
    return Signature(id, member, seal_of(salt, id, member), salt.hex()), is_enough


def expire(db: Session, act: Act, id: str, *, on: date) -> PetitionEnded:
    """Record that a petition's last day is over; done before, it changes nothing.

    Raises:
        NotFound: No such petition.
        NotAllowedNow: It runs, still.
    """
    journal.lock(db)
    petition = find(db, Petition, id)
    done = newest(db, PetitionEnded, petition=id)
    if done is not None:
        return done
    if on <= petition.expires_on:
        raise NotAllowedNow(f"The petition runs until {petition.expires_on}.", field="petition")
    return _end(db, act, PetitionEntry.EXPIRED, PetitionEnded(id, False, signed(db, id), None), on)


def _end(db: Session, act: Act, kind: PetitionEntry, ended: PetitionEnded, on: date) -> PetitionEnded:
    # by their seals, in an order that tells nothing, and by nobody: whoever signs last must not be known by it
    seals = [PetitionSeal(ended.petition, seal) for seal in sorted(_seals(db, ended.petition))]
    nobody = replace(act, actor="system", authority=f"petition:{ended.petition}")
    journal.append(db, nobody, Draft(kind, on, (ended,), bulk=tuple(seals)))
    return ended


def overdue(db: Session, *, on: date) -> list[Petition]:
    """Return the petitions whose last day is over and of which no entry says so yet."""
    over = {one.petition for one in every(db, PetitionEnded)}
    return [one for one in every(db, Petition) if one.id not in over and one.expires_on < on]


def of_proposal(db: Session, proposal: str) -> list[Petition]:
    """Return the petitions for a proposal, oldest first."""
    return every(db, Petition, proposal=proposal)


def standing(db: Session, id: str, *, rules: Ruleset, at: int, on: date) -> Standing:
    """Return a petition as it stands at a moment, which falls on the day ``on``.

    Raises:
        NotFound: There is none with this id.
    """
    petition = find(db, Petition, id)
    opened = known(db, Petition, id=id)[0]
    ended = newest(db, PetitionEnded, petition=id)
    if ended is not None:
        state = PetitionState.REACHED if ended.is_reached else PetitionState.EXPIRED
        return Standing(petition, state, opened.on, ended.signatures, ended.vote_by)
    if on > petition.expires_on:
        return Standing(petition, PetitionState.EXPIRED, opened.on, signed(db, id), None)
    changed = any(one.n > opened.n for one in known(db, Version, proposal=petition.proposal))
    waits = not changed and state_of(db, petition.proposal, at, rules) in WAITING
    return Standing(petition, PetitionState.RUNNING if waits else PetitionState.OVERTAKEN, opened.on, None, None)


def signed(db: Session, id: str) -> int:
    """Return how many signed; to be told to nobody before the petition is over."""
    of_petition = petition_signature.c.petition == id
    return int(db.connection().execute(select(func.count()).where(of_petition)).scalar_one())


def signature(db: Session, id: str, member: str) -> Signature:
    """Return somebody's own signature, for nobody but them.

    Raises:
        NotFound: No such petition, or they have not signed it.
    """
    find(db, Petition, id)
    salt = _row(db, id, member)
    if salt is None:
        raise NotFound("You have not signed this petition.", field="petition")
    return Signature(id, member, seal_of(salt, id, member), salt.hex())


def _row(db: Session, id: str, member: str) -> bytes | None:
    rows = petition_signature.c
    salt = db.connection().execute(select(rows.salt).where(rows.petition == id, rows.member == member)).scalar()
    return None if salt is None else bytes(salt)


def _seals(db: Session, id: str) -> list[str]:
    rows = petition_signature.c
    found = db.connection().execute(select(rows.salt, rows.member).where(rows.petition == id))
    return [seal_of(bytes(row.salt), id, row.member) for row in found]


def ended(db: Session, id: str) -> PetitionEnded | None:
    """Return the record that a petition is over, with its count; None while it runs, or nobody has said so yet."""
    return newest(db, PetitionEnded, petition=id)


def fits(db: Session, of: PetitionEnded) -> bool:
    """Return whether what was told of a petition's end is what its seals and its signatures come to."""
    return _fault(db, of) is None


def misfit(db: Session) -> tuple[str, str] | None:
    """Return the first petition whose count is not what the seals and the signatures come to, and why; or None."""
    for one in every(db, PetitionEnded):
        fault = _fault(db, one)
        if fault is not None:
            return one.petition, fault
    return None


def _fault(db: Session, of: PetitionEnded) -> str | None:
    told = sorted(one.seal for one in every(db, PetitionSeal, petition=of.petition))
    if told != sorted(_seals(db, of.petition)):
        return "the seals are not those of the signatures"
    if len(told) != of.signatures:
        return "another number was told than there are seals"
    if of.is_reached != (of.signatures >= find(db, Petition, of.petition).needed):
        return "what was told of its end is not what the number says"
    return None
