"""Who stands for election: of their own accord, until the vote opens."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from enum import StrEnum

from sqlalchemy.orm import Session

from governance.clock import moment
from governance.errors import NotEntitled
from governance.lifecycle import begins_at
from governance.proposals import notice, rules_of, shown
from governance.records import Candidacy, CandidacyWithdrawn, ProposalKind
from governance.rolls import candidates, copied
from governance.secret import offer
from ledger import journal
from ledger.entries import Draft
from ledger.errors import AlreadyExists, Invalid, NotAllowedNow
from ledger.kinds import declare_final
from ledger.reading import every
from ledger.types import Act

MOST_WORDS = 5_000


@declare_final
class CandidacyEntry(StrEnum):
    """The kinds of entry about who stands."""

    STOOD = "candidate.stood"
    """A member stands for election."""
    STOOD_DOWN = "candidate.stood_down"
    """A candidate does not, after all."""


def stand(
    db: Session, act: Act, proposal: str, member: str, statement: str, *, members: Collection[str], on: date
) -> Candidacy:
    """Record that a member stands for election.

    Raises:
        NotFound: No such election that is shown to all.
        NotAllowedNow: It is no election, or its candidates are settled.
        NotEntitled: They are no member.
        Invalid: They say nothing, or too much.
        AlreadyExists: They stand, or stood down.
        NotAllowedNow: The election is secret, and as many stand as its ballot may offer.
    """
    journal.lock(db)
    _require_open(db, act, proposal)
    if member not in members:
        raise NotEntitled("Only members stand for election.", field="member")
    if not 0 < len(statement.strip()) <= MOST_WORDS:
        raise Invalid(f"A candidate says something, in at most {MOST_WORDS:,} characters.", field="statement")
    if any(one.member == member for one in every(db, Candidacy, proposal=proposal)):
        raise AlreadyExists("You stand already, or stood down for good.", field="member")
    announced = notice(db, proposal)
    if announced is not None:
        offer.check_candidates(rules_of(announced), len(candidates(db, proposal)) + 1)
    made = Candidacy(proposal, member, statement)
    journal.append(db, act, Draft(CandidacyEntry.STOOD, on, (made,)))
    return made


def stand_down(db: Session, act: Act, proposal: str, member: str, *, on: date) -> None:
    """Record that a candidate stands down, before the vote.

    Raises:
        NotAllowedNow: They do not stand, or the roll has been copied.
    """
    journal.lock(db)
    _require_open(db, act, proposal)
    if member not in candidates(db, proposal):
        raise NotAllowedNow("You do not stand.", field="member")
    journal.append(db, act, Draft(CandidacyEntry.STOOD_DOWN, on, (CandidacyWithdrawn(proposal, member),)))


def _require_open(db: Session, act: Act, proposal: str) -> None:
    if shown(db, proposal).kind is not ProposalKind.ELECTION:
        raise NotAllowedNow("This is no election.", field="proposal")
    announced = notice(db, proposal)
    is_late = announced is not None and moment(db, act) >= begins_at(announced)
    if is_late or copied(db, proposal) is not None:
        raise NotAllowedNow("The candidates of this election are settled.", field="proposal")


def statements(db: Session, proposal: str) -> list[Candidacy]:
    """Return who stands, with what they say, in the order of their ids."""
    standing = set(candidates(db, proposal))
    return sorted((one for one in every(db, Candidacy, proposal=proposal) if one.member in standing), key=_member)


def _member(one: Candidacy) -> str:
    return one.member
