"""What deciding together leaves on record: proposals, rolls, votes, their outcomes, and the policies they set.

Each class is declared once (``ledger.records``) and stands in the entries of the deeds beside it. A state is never
stored: it follows from these facts and the clock (``governance.lifecycle``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from ledger.records import Record, record


class ProposalKind(StrEnum):
    """What is decided; each kind has a ruleset (voting.md §6.3)."""

    FEE_OR_RATE = "FEE_OR_RATE"
    """What the platform keeps, or what a session pays."""
    CASELOAD_RAISE = "CASELOAD_RAISE"
    """A higher ceiling of sessions, or credit that rewards more of them."""
    CASELOAD_LOWER = "CASELOAD_LOWER"
    """A lower ceiling, or any other change of how sessions become credit that raises none."""
    DATA_SHARING = "DATA_SHARING"
    """Data goes to a recipient, for a purpose and for a time."""
    LAYOFF_PROTOCOL = "LAYOFF_PROTOCOL"
    """What protects those who are laid off."""
    BENEFITS = "BENEFITS"
    """Benefits, AI note-taking, no-shows, matching and other documents."""
    SURPLUS = "SURPLUS"
    """Reserve, equal slice and cash part of the surplus."""
    POOL_INCREASE = "POOL_INCREASE"
    """More shares for a plan."""
    GRANTS = "GRANTS"
    """A batch of grants that have been drafted."""
    BYLAWS = "BYLAWS"
    """The bylaws."""
    CORPORATE_ACTION = "CORPORATE_ACTION"
    """Sale, merger, dissolution, or the end of a plan."""
    ELECTION = "ELECTION"
    """Who sits on the board."""
    RECALL = "RECALL"
    """A director goes before the term ends."""
    ADVISORY = "ADVISORY"
    """A question; the board has to answer."""


class Phase(StrEnum):
    """What somebody says to a proposal beside voting."""

    INTEREST = "INTEREST"
    """It should be decided."""
    OBJECTION = "OBJECTION"
    """What has passed should not take effect; a reason belongs to it."""


class Recommendation(StrEnum):
    """What the board says to a proposal. It can't stop one."""

    FOR = "FOR"
    """The board recommends it."""
    AGAINST = "AGAINST"
    """The board recommends voting it down."""
    NONE = "NONE"
    """The board leaves it to the members."""


class Outcome(StrEnum):
    """How a vote ended."""

    PASSED = "PASSED"
    """It takes effect on its day."""
    FAILED = "FAILED"
    """Too few were for it."""
    NO_QUORUM = "NO_QUORUM"
    """Too few took part."""


class EnactmentOutcome(StrEnum):
    """What became of what passed."""

    ENACTED = "ENACTED"
    """Carried out."""
    REFUSED = "REFUSED"
    """The record refused it; the vote stands, and so does the refusal."""
    STOPPED = "STOPPED"
    """Enough members objected in time."""
    LAPSED = "LAPSED"
    """What it was to replace is no longer what it was."""


@record("proposal", unique=[("id",)])
@dataclass(frozen=True, slots=True)
class Proposal(Record):
    """Somebody puts something forward.

    Attributes:
        author: Member (holder id) who did.
        board_ref: The board's resolution, where the board puts it forward: no interest has to be gathered then.
        repeals: The proposal whose effect this one would undo.
    """

    id: str
    kind: ProposalKind
    author: str
    board_ref: str | None = None
    repeals: str | None = None


@record("proposal_version", unique=[("proposal", "number")], references={"proposal": Proposal})
@dataclass(frozen=True, slots=True)
class Version(Record):
    """What exactly is proposed; another wording is another version.

    Attributes:
        number: From 1.
        motions: What takes effect if it passes, typed (``app.motions``): ``[{"kind": …}, …]``.
        options: What can be chosen, as ``[{"key": …, "title": …}, …]``; empty for yes or no, and for an election, whose
            candidates come forward later.
        seats: How many are elected.
        digest: SHA-256 over text, motions and options, hex.
    """

    proposal: str
    number: int
    title: str
    text: str
    motions: Any
    options: Any
    seats: int
    author: str
    digest: str


@record("proposal_published", unique=[("proposal",)], references={"proposal": Proposal})
@dataclass(frozen=True, slots=True)
class Published(Record):
    """A draft is shown to all, as an idea."""

    proposal: str


@record("proposal_withdrawn", unique=[("proposal",)], references={"proposal": Proposal})
@dataclass(frozen=True, slots=True)
class Withdrawn(Record):
    """The author takes it back; never once voting has begun."""

    proposal: str
    reason: str


@record("stance", unique=[("id",)], references={"proposal": Proposal}, index=[("proposal", "phase")])
@dataclass(frozen=True, slots=True)
class Stance(Record):
    """A member wants it decided, or objects to its effect."""

    id: str
    proposal: str
    member: str
    phase: Phase
    reason: str | None


@record("interest_reached", unique=[("proposal",)], references={"proposal": Proposal})
@dataclass(frozen=True, slots=True)
class InterestReached(Record):
    """Enough members want it decided; that stays so, whoever changes their mind.

    Attributes:
        interested: How many did.
        members: Of how many.
    """

    proposal: str
    interested: int
    members: int


@record("stance_withdrawn", unique=[("stance",)], references={"stance": Stance})
@dataclass(frozen=True, slots=True)
class StanceWithdrawn(Record):
    """Whoever took a stance no longer does; nobody else can take it back for them."""

    stance: str


@record("comment", unique=[("id",)], references={"proposal": Proposal}, index=[("proposal",)])
@dataclass(frozen=True, slots=True)
class Comment(Record):
    """Somebody says something about a proposal. The words stand beside the journal, which holds what proves them.

    Attributes:
        version: What it was said about.
        parent: The comment it answers.
        digest: SHA-256 over salt and words, hex.
    """

    id: str
    proposal: str
    version: int
    parent: str | None
    author: str
    digest: str


@record("comment_moderated", references={"comment": Comment}, index=[("comment",)])
@dataclass(frozen=True, slots=True)
class CommentModerated(Record):
    """A comment is hidden, shown again, or its words are erased, for a reason that everybody sees."""

    comment: str
    is_shown: bool
    is_erased: bool
    reason: str


@record("conflict", unique=[("proposal", "member")], references={"proposal": Proposal})
@dataclass(frozen=True, slots=True)
class Conflict(Record):
    """A member declares an interest of their own in a proposal.

    Attributes:
        is_recused: They leave the roll, and with it the quorum's base.
    """

    proposal: str
    member: str
    statement: str
    is_recused: bool


@record("board_review", unique=[("proposal",)], references={"proposal": Proposal})
@dataclass(frozen=True, slots=True)
class BoardReview(Record):
    """What the board says to a proposal, with its reasons; for an advisory poll, its answer."""

    proposal: str
    recommendation: Recommendation
    reasons: str


@record("candidacy", unique=[("proposal", "member")], references={"proposal": Proposal})
@dataclass(frozen=True, slots=True)
class Candidacy(Record):
    """A member stands for election, of their own accord."""

    proposal: str
    member: str
    statement: str


@record("candidacy_withdrawn", unique=[("proposal", "member")], references={"proposal": Proposal})
@dataclass(frozen=True, slots=True)
class CandidacyWithdrawn(Record):
    """A candidate stands down before the vote."""

    proposal: str
    member: str


@record("notice", unique=[("proposal", "version")], references={"proposal": Proposal})
@dataclass(frozen=True, slots=True)
class Notice(Record):
    """The vote is announced: from here on, text, motions, rule and dates are frozen.

    Attributes:
        version: What is voted on; a newer version voids the notice.
        rule: The ruleset as it is now, in full (``governance.rules``).
        digest: SHA-256 over the version's digest, the rule and the dates, hex.
        record_date: Whoever is a member at the end of this day may vote.
        zone: IANA name; the dates are local there.
        opens_at: Microseconds since 1970, UTC; the vote is open from then on,
        closes_at: and until just before then.
        effective_on: The day on which it takes effect if it passes; None for what has no effect.
        lot: SHA-256 of the seed for ties, hex; the seed is told when the vote closes.
        petition: The petition that forced it.
    """

    proposal: str
    version: int
    rule: Any
    digest: str
    record_date: date
    zone: str
    opens_at: int
    closes_at: int
    effective_on: date | None
    lot: str
    petition: str | None = None


@record("roll_copied", unique=[("proposal",)], references={"proposal": Proposal})
@dataclass(frozen=True, slots=True)
class RollCopied(Record):
    """The roll of a vote is copied from the register; who may vote is settled.

    Attributes:
        known_at: What the register was known to say: the number of entries.
        options: What can be chosen: those of the version, or the candidates, by key.
        sizes: Chamber to how many are on its roll.
    """

    proposal: str
    version: int
    known_at: int
    options: Any
    sizes: Any


@record("roll", unique=[("proposal", "chamber", "member")], index=[("proposal", "member")], is_bulk=True)
@dataclass(frozen=True, slots=True)
class RollLine(Record):
    """Somebody may vote, in one chamber.

    Attributes:
        chamber: The name of the chamber in the rule.
        part: What they are in it: their class of membership, ``DIRECTOR`` or ``STOCKHOLDER``.
        weight: One; in a chamber of stockholders, their votes.
    """

    proposal: str
    chamber: str
    member: str
    part: str
    weight: int


@record("ballot_cast", unique=[("proposal", "member", "revision")], references={"proposal": Proposal})
@dataclass(frozen=True, slots=True)
class BallotCast(Record):
    """Somebody voted, or voted anew; not how.

    Attributes:
        revision: From 1; the last counts.
        digest: SHA-256 over salt and choice, hex. Both are told when the vote closes.
    """

    proposal: str
    member: str
    revision: int
    digest: str


@record("closing", unique=[("proposal",), ("proposal", "outcome")], references={"proposal": Proposal})
@dataclass(frozen=True, slots=True)
class Closing(Record):
    """A vote is closed and counted, once.

    Attributes:
        winners: Keys of what was chosen, in the order of election; empty for yes or no.
        turnout: How many of the roll voted.
        result: The count in short (``governance.closing``); every round stands in the audit file.
        seed: What the order of lots was made from, hex.
        audit: SHA-256 of the audit file, hex.
    """

    proposal: str
    outcome: Outcome
    winners: Any
    turnout: int
    result: Any
    seed: str
    audit: str


@record("ballot", unique=[("proposal", "member")], is_bulk=True)
@dataclass(frozen=True, slots=True)
class Ballot(Record):
    """How somebody voted, told when the vote closed: an open ballot.

    Attributes:
        choice: Canonical JSON text.
        salt: Hex; with the choice it gives the digest of their last ``ballot_cast``.
    """

    proposal: str
    member: str
    revision: int
    choice: str
    salt: str


@record("enactment", unique=[("proposal",)], references={"proposal": Proposal})
@dataclass(frozen=True, slots=True)
class Enactment(Record):
    """What became of what passed.

    Attributes:
        reason: Why it was refused, stopped or lapsed, in the words of whoever refused.
        entries: Numbers of the entries that carried it out.
    """

    proposal: str
    outcome: EnactmentOutcome
    reason: str | None
    entries: Any


@record("policy", unique=[("id",), ("key", "version")], index=[("key", "effective_from")])
@dataclass(frozen=True, slots=True)
class Policy(Record):
    """A setting that belongs to the members, in one version.

    Attributes:
        key: ``fees``, ``credit``, ``layoff_protection``, ``data_sharing.<name>``, ``rules.<kind>`` … (``policies``).
        version: From 1, by key.
        value: As its key demands.
        effective_from: Its first day; it counts until the next version's.
        expires_on: Its last day, where it has one.
        proposal: What passed; None for one that the founders set before anybody was a member.
    """

    id: str
    key: str
    version: int
    value: Any
    effective_from: date
    expires_on: date | None
    proposal: str | None


@record("petition", unique=[("id",)], references={"proposal": Proposal}, index=[("proposal",)])
@dataclass(frozen=True, slots=True)
class Petition(Record):
    """Members are asked to sign, so that a proposal comes to a vote.

    Attributes:
        needed: How many signatures force it.
        expires_on: The last day to sign.
    """

    id: str
    proposal: str
    author: str
    needed: int
    expires_on: date


@record("petition_ended", unique=[("petition",)], references={"petition": Petition})
@dataclass(frozen=True, slots=True)
class PetitionEnded(Record):
    """A petition reached its number, or its last day.

    Attributes:
        signatures: How many there were; nobody is told before.
        vote_by: Where it was reached, the day by which the vote must be open.
    """

    petition: str
    is_reached: bool
    signatures: int
    vote_by: date | None


@record("petition_seal", unique=[("petition", "seal")], is_bulk=True)
@dataclass(frozen=True, slots=True)
class PetitionSeal(Record):
    """A signature without its name.

    Attributes:
        seal: SHA-256 over salt, petition and member, hex: whoever signed has the salt, and finds theirs.
    """

    petition: str
    seal: str


@record("seat", unique=[("id",), ("name",)])
@dataclass(frozen=True, slots=True)
class Seat(Record):
    """A seat on the board.

    Attributes:
        reserved_for: Class of membership whose members alone may sit on it; None for all.
        term_months: How long a term is.
    """

    id: str
    name: str
    reserved_for: str | None
    term_months: int


@record("seat_term", unique=[("id",)], references={"seat": Seat}, index=[("seat",)])
@dataclass(frozen=True, slots=True)
class SeatTerm(Record):
    """Somebody sits on a seat.

    Attributes:
        ends_on: The last day of the term.
        votes: What they were elected with, which is what it takes to recall them; None for a founding director.
        proposal: The election; None for a founding director.
    """

    id: str
    seat: str
    member: str
    starts_on: date
    ends_on: date
    votes: str | None
    proposal: str | None


@record("seat_vacated", unique=[("term",)], references={"term": SeatTerm})
@dataclass(frozen=True, slots=True)
class SeatVacated(Record):
    """A term ended early: a recall, or the director stepped down.

    Attributes:
        free_from: The first day on which the seat is free.
        proposal: The recall, if it was one.
    """

    term: str
    free_from: date
    reason: str
    proposal: str | None


@record("layoff_case", unique=[("id",)])
@dataclass(frozen=True, slots=True)
class LayoffCase(Record):
    """A reduction is planned; the council sees it before anybody is told.

    Attributes:
        notice_on: The day on which those affected are told.
        last_day: The first day on which anybody may be let go under it.
        handover_days: Paid days to hand clients over.
        policy: The version of the layoff protection in force when it was filed.
    """

    id: str
    reason: str
    notice_on: date
    last_day: date
    handover_days: int
    policy: int | None


@record("layoff_affected", unique=[("layoff", "member")], references={"layoff": LayoffCase}, index=[("member",)])
@dataclass(frozen=True, slots=True)
class LayoffAffected(Record):
    """Somebody whom a case concerns."""

    layoff: str
    member: str


@record("layoff_view", references={"layoff": LayoffCase}, index=[("layoff",)])
@dataclass(frozen=True, slots=True)
class LayoffView(Record):
    """What the council says to a case."""

    layoff: str
    text: str


@record("layoff_withdrawn", unique=[("layoff",)], references={"layoff": LayoffCase})
@dataclass(frozen=True, slots=True)
class LayoffWithdrawn(Record):
    """A case is taken back: nobody is let go under it any more."""

    layoff: str
    reason: str
