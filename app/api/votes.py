"""Votes: one's own ballot, how many have voted, and, once it is closed, what it came to and the file to count again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy.orm import Session

from app import voting
from app.api.door import Door
from app.api.fields import Document, Id, JsonLines, Line, Order, Page, Told, shown
from app.api.lists import PagingAsked, page_among
from app.api.service import Now
from app.config import Settings
from app.people.tokens import Scope
from app.secret.outcome import secret_outcome
from governance import ballots, closing, proposals, rolls
from governance.errors import BallotInvalid, NotEntitled, TallyHidden, VotingClosed, VotingNotOpen
from governance.records import Notice, Outcome
from ledger.errors import Conflict, NotAllowedNow, NotFound
from ledger.types import Act, moment_at

door = Door("votes")

PROPOSAL = "prp_01KJQ3YT5RWX6M1YFV0B1WJ6Q8"
HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
CHAMBER: dict[str, Any] = {
    "name": "members",
    "verdict": "passed",
    "roll": 243,
    "voters": 68,
    "yes": "34",
    "no": "29",
    "abstain": "5",
    "said": {"yes": 34, "no": 29, "abstain": 5},
    "investor_weight": "1",
}
OWN: dict[str, Any] = {
    "proposal": PROPOSAL,
    "chambers": ["members", "providers"],
    "opens_at": "2026-03-16T13:00:00Z",
    "closes_at": "2026-03-23T22:00:00Z",
    "is_open": True,
    "has_voted": False,
}
MOST_PLACES = 60

Place = Line | Annotated[list[Line], Field(max_length=MOST_PLACES)]
Choice = Line | Annotated[list[Place], Field(max_length=MOST_PLACES)] | Document
"""A word, a ranking or approvals as a list, scores or a reasoned objection as an object; the deed knows which."""


class BallotIn(Order):
    """How one votes."""

    model_config = shown({"choice": "yes"}, {"choice": ["hld_b", "hld_a"]}, {"choice": {"a": 5, "b": 0}})

    choice: Choice
    """`yes`, `no` or `abstain`; a ranking, best first; approvals; scores; by consent `{"say": …, "reason": …}`."""


class BallotMade(Told):
    """A ballot is in. What it says is told to nobody but its voter before the vote closes."""

    model_config = shown({"proposal": PROPOSAL, "revision": 1, "digest": HASH})

    proposal: str
    revision: int
    """Which of one's ballots it is: the last counts, and the same again changes nothing."""
    digest: str
    """SHA-256 of salt and choice, hex: what the journal holds."""


class ReceiptOut(BallotMade):
    """One's own ballot, and what proves it."""

    model_config = shown(
        {"proposal": PROPOSAL, "revision": 1, "digest": HASH, "salt": "ab" * 16, "choice": '"yes"', "entry": 4811}
    )

    salt: str
    """Hex; its bytes and then those of the choice give the digest."""
    choice: str
    """The choice, as canonical JSON."""
    entry: int | None
    """The number of the journal entry."""


class OwnVote(Told):
    """A vote on whose roll one stands."""

    model_config = shown(OWN)

    proposal: str
    chambers: list[str]
    """Where one's ballot counts."""
    opens_at: datetime
    closes_at: datetime
    """Ballots are taken until just before."""
    is_open: bool
    has_voted: bool


class TurnoutOut(Told):
    """How many have voted: all that anybody is told while a vote is open."""

    model_config = shown(
        {
            "proposal": PROPOSAL,
            "opens_at": "2026-03-16T13:00:00Z",
            "closes_at": "2026-03-23T22:00:00Z",
            "voted": 68,
            "may_vote": 243,
            "is_closed": False,
        }
    )

    proposal: str
    opens_at: datetime
    closes_at: datetime
    """Ballots are taken until just before."""
    voted: int
    may_vote: int | None
    """How many are on the roll; null before it is copied, when the vote opens."""
    is_closed: bool
    """Whether it has been counted."""


class ChamberOut(Told):
    """What a vote came to in one chamber."""

    name: str
    verdict: str
    hidden: bool = False
    """Too few people to tell more than the verdict."""
    roll: int | None = None
    """How many may vote; of stockholders their votes."""
    voters: int | None = None
    yes: str | None = None
    """Votes for it, a whole number or, where investors' votes are capped, a fraction."""
    no: str | None = None
    abstain: str | None = None
    said: dict[str, int] | None = None
    """How many said what, without a cap."""
    investor_weight: str | None = None
    """What each investor's vote weighed."""


class SecretOut(Told):
    """How far the result of a secret vote can be relied on, and what anybody counts it again from."""

    model_config = shown(
        {
            "poll": HASH,
            "is_void": False,
            "passes": 70,
            "counted": 68,
            "unused": 2,
            "margin": 14,
            "is_close": False,
            "registrars": ["registrar", "witness"],
            "published": f"https://box.example.org/polls/{HASH}/",
        }
    )

    poll: str | None
    """Hash of the manifest; null where no passes were given out."""
    is_void: bool
    """Too few fetched a pass, so no ballot was taken; the outcome is NO_QUORUM."""
    passes: int
    counted: int
    unused: int
    """How many votes could have been stuffed at the most, if every one of the registrars joined in."""
    margin: int | None
    """How many ballots more could have turned the result at the least; null where none could."""
    is_close: bool
    """The margin is not larger than the unused passes."""
    registrars: list[str]
    published: str | None
    """Where the box tells manifest.json, log.json, issued.json, hashes/<batch>.txt and box.jsonl."""


class VoteOut(Told):
    """What a vote came to."""

    model_config = shown(
        {
            "proposal": PROPOSAL,
            "outcome": "PASSED",
            "winners": [],
            "turnout": 68,
            "chambers": [CHAMBER],
            "count": None,
            "seed": HASH,
            "audit_sha256": HASH,
            "secret": None,
        }
    )

    proposal: str
    outcome: Outcome
    winners: list[str]
    """Of an election or a choice among options, in the order of election."""
    turnout: int
    chambers: list[ChamberOut]
    """Each has to pass it."""
    count: dict[str, Any] | None
    """Of a choice among options, every round."""
    seed: str
    """What ties were decided by; its digest stood in the notice."""
    audit_sha256: str
    """Of the audit file."""
    secret: SecretOut | None = None
    """Of a secret vote; null of an open one."""


def _told(db: Session, proposal: str) -> VoteOut:
    done = closing.closing(db, proposal)
    if done is None:
        proposals.find(db, proposal)
        raise TallyHidden("Nobody is told how a vote goes before it is closed; turnout is all there is.")
    counted = closing.closed_vote(db, proposal).count()
    return VoteOut(
        proposal=proposal,
        outcome=done.outcome,
        winners=done.winners,
        turnout=done.turnout,
        chambers=[ChamberOut(**one) for one in done.result["chambers"]],
        count=None if counted.result is None else counted.result.to_json(),
        seed=done.seed,
        audit_sha256=done.audit,
        secret=_secret(db, proposal),
    )


def _secret(db: Session, proposal: str) -> SecretOut | None:
    found = secret_outcome(db, proposal)
    if found is None:
        return None
    return SecretOut(
        poll=found.poll,
        is_void=found.is_void,
        passes=found.passes,
        counted=found.counted,
        unused=found.unused,
        margin=found.margin,
        is_close=found.is_close,
        registrars=[*found.registrars],
        published=None if found.poll is None else f"{Settings().box_address}/polls/{found.poll}/",
    )


@door.write(
    "/members/{member}/ballots/{proposal}",
    Scope.PROPOSALS_OWN,
    own="member",
    refuses=[BallotInvalid, NotEntitled, VotingNotOpen, VotingClosed, Conflict],
)
def cast_ballot(db: Session, act: Act, member: Id, proposal: Id, order: BallotIn) -> BallotMade:
    """Vote, or vote anew.

    Until the vote closes; the last ballot counts. Nobody votes for somebody else.
    """
    made = voting.cast(db, act, proposal, member, order.choice)
    return BallotMade(proposal=proposal, revision=made.revision, digest=made.digest)


@door.read("/members/{member}/ballots/{proposal}", Scope.PROPOSALS_OWN, own="member")
def get_own_ballot(db: Session, member: Id, proposal: Id) -> ReceiptOut:
    """Get one's own ballot.

    Keep it: with the salt one can prove, when the vote is closed, that the ballot counted is the one that was cast.
    """
    found = ballots.receipt(db, proposal, member)
    if found is None:
        raise NotFound("You have not voted on this.", field="proposal")
    return ReceiptOut(
        proposal=proposal,
        revision=found.revision,
        digest=found.digest,
        salt=found.salt,
        choice=found.choice,
        entry=found.entry,
    )


@door.read("/members/{member}/ballots", Scope.PROPOSALS_OWN, own="member")
def list_own_votes(db: Session, now: Now, member: Id, page: PagingAsked) -> Page[OwnVote]:
    """List the votes on whose roll one stands.

    A roll is copied when its vote opens. Whoever leaves meanwhile keeps the vote, and finds it here.
    """
    found = rolls.votes_of(db, member)
    return page_among("own-votes", found, page, lambda one: _own(db, now, member, one), lambda one: one.proposal)


def _own(db: Session, now: datetime, member: str, announced: Notice) -> OwnVote:
    opens_at, closes_at = (moment_at(at) for at in (announced.opens_at, announced.closes_at))
    return OwnVote(
        proposal=announced.proposal,
        chambers=[line.chamber for line in rolls.chambers_of(db, announced.proposal, member)],
        opens_at=opens_at,
        closes_at=closes_at,
        is_open=opens_at <= now < closes_at and closing.closing(db, announced.proposal) is None,
        has_voted=ballots.receipt(db, announced.proposal, member) is not None,
    )


@door.read("/proposals/{proposal}/turnout", Scope.PROPOSALS_READ)
def get_turnout(db: Session, proposal: Id) -> TurnoutOut:
    """Get how many have voted."""
    proposals.find(db, proposal)
    announced = proposals.notice(db, proposal)
    if announced is None:
        raise NotFound("No vote on this is announced.", field="proposal")
    voted, may_vote = ballots.turnout(db, proposal)
    return TurnoutOut(
        proposal=proposal,
        opens_at=moment_at(announced.opens_at),
        closes_at=moment_at(announced.closes_at),
        voted=voted,
        may_vote=None if rolls.copied(db, proposal) is None else may_vote,
        is_closed=closing.closing(db, proposal) is not None,
    )


@door.write("/proposals/{proposal}/close", Scope.BOARD_WRITE, refuses=[NotAllowedNow])
def close_vote(db: Session, act: Act, proposal: Id) -> VoteOut:
    """Close a vote whose time is over, and count it.

    The service does so by itself within a minute; nobody can do it earlier, and done twice it changes nothing.
    """
    proposals.find(db, proposal)
    voting.bring_up_to_date(db, act, proposal)
    closing.close(db, act, proposal)
    return _told(db, proposal)


@door.read("/proposals/{proposal}/result", Scope.PROPOSALS_READ, long=True, refuses=[TallyHidden])
def get_result(db: Session, proposal: Id) -> VoteOut:
    """Get what a vote came to, once it is closed.

    Of a class of fewer than eleven only whether it passed.
    """
    return _told(db, proposal)


@door.read("/proposals/{proposal}/audit-file", Scope.PROPOSALS_READ, long=True, refuses=[TallyHidden])
def get_audit_file(db: Session, proposal: Id) -> JsonLines:
    """Get the file by which anybody can count a closed vote again.

    Lines of JSON: the rule and the rolls, the ballots without names, the result with every round. `vestry tally FILE`
    counts it.
    """
    if closing.closing(db, proposal) is None:
        proposals.find(db, proposal)
        raise TallyHidden("Nobody is told how a vote goes before it is closed; turnout is all there is.")
    return JsonLines(closing.audit_file(db, proposal), "application/x-ndjson", f"vestry-vote-{proposal}.jsonl")
