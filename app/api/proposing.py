"""What a member does about proposals as nobody but themselves: propose, change, show, announce, want, take back."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app import elections, voting
from app.api.door import Door
from app.api.fields import Flag, Id, Order, Page, Told, shown
from app.api.lists import PagingAsked, page_among
from app.api.proposals import in_full
from app.api.proposals_told import (
    PROPOSAL_ID,
    ContentIn,
    NoticeIn,
    NoticeOut,
    ProposalIn,
    ProposalInFull,
    ProposalOut,
)
from app.api.prose import Prose
from app.api.service import Now
from app.people.tokens import Scope
from governance import candidacies, comments, proposals, rolls, stances
from governance.errors import EffectTooEarly, MotionInvalid, NotEntitled, TextFrozen
from governance.records import Phase, Proposal
from governance.rules import Ruleset
from ledger.equity.register import company_day, issuer
from ledger.errors import AlreadyExists, Conflict, DatesOutOfOrder, Invalid, NotAllowedNow, NotFound
from ledger.members import members_on
from ledger.reading import every
from ledger.types import Act

door = Door("proposing")

STATEMENT: dict[str, Any] = {"statement": "I have run a practice of six for nine years."}


class ReasonIn(Order):
    """Why."""

    model_config = shown({"reason": "The payer has changed its mind."})

    reason: Prose


class StanceOut(Told):
    """What is on record."""

    model_config = shown({"proposal": PROPOSAL_ID, "wants_it": True})

    proposal: str
    wants_it: bool


class CommentIn(Order):
    """What one says about a proposal. Never name a client."""

    model_config = shown({"words": "What becomes of the reserve?"})

    words: Prose
    parent: Id | None = None
    """The comment that this one answers."""


class CommentMade(Told):
    """A comment is on record; its words stand beside the journal, which holds their digest."""

    model_config = shown({"id": "cmt_01KJQ3YT5RWX6M1YFV0B1WJ6Q8", "proposal": PROPOSAL_ID, "version": 2})

    id: str
    proposal: str
    version: int
    """What it was said about."""


class ConflictIn(Order):
    """An interest of one's own in a proposal."""

    model_config = shown({"statement": "I own a part of the vendor.", "is_recused": True})

    statement: Prose
    is_recused: Flag
    """Whether one leaves the roll for it, and with it the base of the quorum."""


class ConflictOut(Told):
    """An interest that was declared."""

    model_config = shown({"proposal": PROPOSAL_ID, "is_recused": True})

    proposal: str
    is_recused: bool


class CandidacyIn(Order):
    """A member stands for election."""

    model_config = shown(STATEMENT)

    statement: Prose
    """What one has to say to the voters."""


class CandidacyMade(Told):
    """Whether one stands."""

    model_config = shown({"proposal": PROPOSAL_ID, "stands": True})

    proposal: str
    stands: bool


def _both(db: Session, act: Act, proposal: str) -> tuple[Ruleset, date]:
    return voting.rules_today(db, proposal, act.now), company_day(db, act.now)


def _own(db: Session, proposal: str, member: str) -> Proposal:
    """Return one's own proposal; a draft of somebody else's is not there."""
    made = proposals.find(db, proposal)
    return made if made.author == member else proposals.shown(db, proposal)


@door.write(
    "/members/{member}/proposals",
    Scope.PROPOSALS_OWN,
    own="member",
    refuses=[Invalid, MotionInvalid, NotEntitled, NotFound],
)
def draft_proposal(db: Session, act: Act, member: Id, order: ProposalIn) -> ProposalOut:
    """Put something forward, as a draft that only oneself sees.

    A starting text stands under `/v1/proposal-templates/{kind}`.
    """
    made = voting.put_forward(db, act, order.kind, order.content(), author=member, repeals=order.repeals)
    return ProposalOut.of(db, made, act.now)


@door.read("/members/{member}/proposals", Scope.PROPOSALS_OWN, own="member")
def list_own_proposals(db: Session, now: Now, member: Id, page: PagingAsked) -> Page[ProposalOut]:
    """List one's own proposals, drafts too."""
    found = every(db, Proposal, author=member)
    return page_among("own-proposals", found, page, lambda one: ProposalOut.of(db, one, now), lambda one: one.id)


@door.read("/members/{member}/proposals/{proposal}", Scope.PROPOSALS_OWN, own="member")
def get_own_proposal(db: Session, now: Now, member: Id, proposal: Id) -> ProposalInFull:
    """Get a proposal of one's own, a draft too."""
    return in_full(db, _own(db, proposal, member), now)


@door.write(
    "/members/{member}/proposals/{proposal}/amend",
    Scope.PROPOSALS_OWN,
    own="member",
    refuses=[Invalid, MotionInvalid, NotEntitled, TextFrozen, AlreadyExists],
)
def amend_proposal(db: Session, act: Act, member: Id, proposal: Id, order: ContentIn) -> ProposalOut:
    """Let one's proposal say something else: another version.

    A vote that was announced is called off by it, and has to be announced anew. Once voting has begun, nothing changes
    any more.
    """
    made = _own(db, proposal, member)
    voting.amend(db, act, proposal, order.content(), author=member)
    return ProposalOut.of(db, made, act.now)


@door.write(
    "/members/{member}/proposals/{proposal}/publish",
    Scope.PROPOSALS_OWN,
    own="member",
    refuses=[NotEntitled, NotAllowedNow],
)
def publish_proposal(db: Session, act: Act, member: Id, proposal: Id) -> ProposalOut:
    """Show one's draft to everybody."""
    made = _own(db, proposal, member)
    rules, on = _both(db, act, proposal)
    proposals.publish(db, act, proposal, author=member, rules=rules, on=on)
    return ProposalOut.of(db, made, act.now)


@door.write(
    "/members/{member}/proposals/{proposal}/withdraw",
    Scope.PROPOSALS_OWN,
    own="member",
    refuses=[Invalid, NotEntitled, NotAllowedNow],
)
def withdraw_proposal(db: Session, act: Act, member: Id, proposal: Id, order: ReasonIn) -> ProposalOut:
    """Take one's proposal back, for good, before voting begins."""
    made = _own(db, proposal, member)
    rules, on = _both(db, act, proposal)
    proposals.withdraw(db, act, proposal, author=member, reason=order.reason, rules=rules, on=on)
    return ProposalOut.of(db, made, act.now)


@door.write(
    "/members/{member}/proposals/{proposal}/notice",
    Scope.PROPOSALS_OWN,
    own="member",
    refuses=[Invalid, NotEntitled, NotAllowedNow, DatesOutOfOrder, EffectTooEarly, MotionInvalid],
)
def announce_own_vote(db: Session, act: Act, member: Id, proposal: Id, order: NoticeIn) -> NoticeOut:
    """Announce the vote on one's own proposal, once it is ready: the board can't keep it from coming to a vote."""
    _own(db, proposal, member)
    proposals.require_author(db, proposal, member)
    return NoticeOut.of(voting.announce(db, act, proposal, order.dates(issuer(db).time_zone)))


@door.write(
    "/members/{member}/interest/{proposal}",
    Scope.PROPOSALS_OWN,
    own="member",
    refuses=[NotEntitled, NotAllowedNow, AlreadyExists],
)
def want_proposal(db: Session, act: Act, member: Id, proposal: Id) -> StanceOut:
    """Say that an idea should be decided. When enough members do, it goes on by itself."""
    proposals.shown(db, proposal)
    rules, on = _both(db, act, proposal)
    stances.want(db, act, proposal, member, members=members_on(db, on), rules=rules, on=on)
    return StanceOut(proposal=proposal, wants_it=True)


@door.write(
    "/members/{member}/interest/{proposal}/withdraw", Scope.PROPOSALS_OWN, own="member", refuses=[NotAllowedNow]
)
def no_longer_want_proposal(db: Session, act: Act, member: Id, proposal: Id) -> StanceOut:
    """Take back that an idea should be decided; what had enough already goes on."""
    proposals.shown(db, proposal)
    stances.withdraw(db, act, proposal, member, Phase.INTEREST, on=company_day(db, act.now))
    return StanceOut(proposal=proposal, wants_it=False)


@door.write("/members/{member}/comments/{proposal}", Scope.PROPOSALS_OWN, own="member", refuses=[Invalid, NotEntitled])
def comment_on_proposal(db: Session, act: Act, member: Id, proposal: Id, order: CommentIn) -> CommentMade:
    """Say something about a proposal, or answer a comment on it."""
    on = company_day(db, act.now)
    made = comments.say(db, act, proposal, member, order.words, members=members_on(db, on), on=on, parent=order.parent)
    return CommentMade(id=made.id, proposal=proposal, version=made.version)


@door.write(
    "/members/{member}/conflicts/{proposal}",
    Scope.PROPOSALS_OWN,
    own="member",
    refuses=[Invalid, NotAllowedNow, AlreadyExists],
)
def declare_conflict(db: Session, act: Act, member: Id, proposal: Id, order: ConflictIn) -> ConflictOut:
    """Declare an interest of one's own in a proposal, before its vote opens; everybody sees it."""
    proposals.shown(db, proposal)
    rolls.declare_conflict(
        db, act, proposal, member, order.statement, is_recused=order.is_recused, on=company_day(db, act.now)
    )
    return ConflictOut(proposal=proposal, is_recused=order.is_recused)


@door.write(
    "/members/{member}/candidacies/{proposal}",
    Scope.PROPOSALS_OWN,
    own="member",
    refuses=[Invalid, NotEntitled, NotAllowedNow, AlreadyExists, Conflict],
)
def stand_for_election(db: Session, act: Act, member: Id, proposal: Id, order: CandidacyIn) -> CandidacyMade:
    """Stand for election, before its vote opens."""
    elections.stand(db, act, proposal, member, order.statement)
    return CandidacyMade(proposal=proposal, stands=True)


@door.write(
    "/members/{member}/candidacies/{proposal}/withdraw", Scope.PROPOSALS_OWN, own="member", refuses=[NotAllowedNow]
)
def stand_down(db: Session, act: Act, member: Id, proposal: Id) -> CandidacyMade:
    """Stand down before the vote opens, for good."""
    candidacies.stand_down(db, act, proposal, member, on=company_day(db, act.now))
    return CandidacyMade(proposal=proposal, stands=False)
