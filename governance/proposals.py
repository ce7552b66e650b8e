"""Proposals: put forward, changed, shown, looked at by the board, taken back; and where each stands.

What a proposal would do is typed (its motions) and checked for its form by whoever hands it in (``app.motions``).
``notices`` announces the vote, and then all of it is frozen; ``stances`` has who wants it decided.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy.orm import Session

from governance.clock import moment
from governance.errors import MotionInvalid, NotEntitled, TextFrozen
from governance.lifecycle import Standing, State, state
from governance.records import (
    BoardReview,
    Closing,
    Enactment,
    InterestReached,
    Notice,
    Petition,
    PetitionEnded,
    Policy,
    Proposal,
    ProposalKind,
    Published,
    Recommendation,
    Version,
    Withdrawn,
)
from governance.rules import Ruleset
from ledger import journal, reading
from ledger.entries import Draft
from ledger.errors import AlreadyExists, Invalid, NotAllowedNow, NotFound
from ledger.kinds import declare_final
from ledger.reading import every, known, newest, of_the_record
from ledger.records import canonical
from ledger.types import Act, Json

MOST_TITLE, MOST_TEXT, MOST_REASONS = 200, 20_000, 10_000
MOST_OPTIONS = 40
MOST_MOTIONS = 20


@declare_final
class ProposalEntry(StrEnum):
    """The kinds of entry by which a proposal comes to a vote, or does not."""

    DRAFTED = "proposal.drafted"
    """Somebody puts something forward."""
    AMENDED = "proposal.amended"
    """It says something else from here on."""
    PUBLISHED = "proposal.published"
    """Everybody sees it."""
    WITHDRAWN = "proposal.withdrawn"
    """Its author takes it back."""
    WANTED = "proposal.wanted"
    """A member wants it decided."""
    STANCE_WITHDRAWN = "proposal.stance_withdrawn"
    """A member no longer says what they said."""
    REVIEWED = "proposal.reviewed"
    """The board says what it thinks."""
    ANNOUNCED = "proposal.announced"
    """The vote is announced."""


@dataclass(frozen=True, slots=True)
class Content:
    """What is proposed.

    Attributes:
        motions: What takes effect if it passes, each with its ``kind``.
        options: Key to title of what can be chosen; empty for yes or no, and for an election.
        seats: How many are elected.
    """

    title: str
    text: str
    motions: Sequence[Mapping[str, Json]] = ()
    options: Mapping[str, str] | None = None
    seats: int = 1

    def __post_init__(self) -> None:
        """Refuse what says nothing, or too much for one entry."""
        if not 0 < len(self.title.strip()) <= MOST_TITLE:
            raise Invalid(f"A title has 1 to {MOST_TITLE} characters.", field="title")
        if not 0 < len(self.text.strip()) <= MOST_TEXT:
            raise Invalid(f"The text has 1 to {MOST_TEXT:,} characters.", field="text")
        if len(self.motions) > MOST_MOTIONS:
            raise MotionInvalid(f"A proposal has at most {MOST_MOTIONS} motions; make two of it.", field="motions")
        if len(self.options or {}) > MOST_OPTIONS:
            raise Invalid(f"A vote has at most {MOST_OPTIONS} options.", field="options")
        if not 1 <= self.seats <= MOST_OPTIONS:
            raise Invalid(f"One to {MOST_OPTIONS} are chosen.", field="seats")

    @property
    def option_list(self) -> list[Json]:
        """The options as a version holds them."""
        return [{"key": key, "title": title} for key, title in (self.options or {}).items()]

    @property
    def digest(self) -> str:
        """SHA-256 over all of it, hex."""
        said: Json = {
            "title": self.title,
            "text": self.text,
            "motions": [dict(motion) for motion in self.motions],
            "options": self.option_list,
            "seats": self.seats,
        }
        return sha256(canonical(said)).hexdigest()


def find(db: Session, id: str) -> Proposal:
    """Return a proposal.

    Raises:
        NotFound: There is none with this id.
    """
    return reading.find(db, Proposal, id)


def shown(db: Session, id: str) -> Proposal:
    """Return a proposal that everybody sees.

    Raises:
        NotFound: There is none with this id, or it is a draft, which is its author's alone.
    """
    found = find(db, id)
    if newest(db, Published, proposal=id) is None:
        raise NotFound(f"There is no proposal {id!r} on record.", field="proposal")
    return found


def version(db: Session, proposal: str) -> Version:
    """Return the newest version of a proposal.

    Raises:
        NotFound: There is no such proposal.
    """
    found = versions(db, proposal)
    if not found:
        raise NotFound(f"There is no proposal {proposal!r} on record.", field="proposal")
    return found[-1]


def versions(db: Session, proposal: str) -> list[Version]:
    """Return all versions of a proposal, oldest first."""
    return sorted(every(db, Version, proposal=proposal), key=lambda one: one.number)


def notice(db: Session, proposal: str) -> Notice | None:
    """Return the notice of the newest version; None where there is none, or an amendment voided it."""
    return newest(db, Notice, proposal=proposal, version=version(db, proposal).number)


def rules_of(announced: Notice) -> Ruleset:
    """Return the ruleset that a notice froze."""
    return Ruleset.from_json(announced.rule)


@of_the_record
def frozen_rules(db: Session, id: str) -> Ruleset | None:
    """Return the rules that the notice of a proposal froze, or None where none is given."""
    announced = notice(db, id)
    return rules_of(announced) if announced is not None else None


@of_the_record
def standing(db: Session, id: str) -> Standing:
    """Return what is on record about a proposal.

    Raises:
        NotFound: There is none.
    """
    proposal = find(db, id)
    return Standing(
        proposal.kind,
        version(db, id).number,
        proposal.board_ref is not None,
        _recorded_at(db, Published, id),
        _recorded_at(db, InterestReached, id),
        newest(db, BoardReview, proposal=id),
        newest(db, Withdrawn, proposal=id) is not None,
        any(newest(db, PetitionEnded, petition=one.id, is_reached=1) for one in every(db, Petition, proposal=id)),
        notice(db, id),
        newest(db, Closing, proposal=id),
        newest(db, Enactment, proposal=id),
        _is_superseded(db, id),
    )


def _recorded_at(db: Session, of: type[Published] | type[InterestReached], proposal: str) -> int | None:
    found = known(db, of, proposal=proposal)
    return journal.recorded_at(db, found[0].n) if found else None


def _is_superseded(db: Session, proposal: str) -> bool:
    """Return whether every policy that a proposal set has a later version."""
    made = every(db, Policy, proposal=proposal)
    latest = {one.key: max(every(db, Policy, key=one.key), key=lambda each: each.version) for one in made}
    return bool(made) and all(latest[one.key].version > one.version for one in made)


def state_of(db: Session, id: str, at: int, rules: Ruleset) -> State:
    """Return where a proposal stands at a moment; ``rules`` are those in force for its kind, before a notice."""
    found = standing(db, id)
    frozen = frozen_rules(db, id) or rules
    return state(found, at, countdown_days=frozen.countdown_days, review_days=frozen.review_days)


def draft(  # noqa: PLR0913 - what a proposal has
    db: Session,
    act: Act,
    kind: ProposalKind,
    content: Content,
    *,
    author: str,
    members: Collection[str],
    on: date,
    board_ref: str | None = None,
    repeals: str | None = None,
) -> Proposal:
    """Put something forward, as a draft that only its author sees.

    Args:
        db: The session.
        act: Who, when.
        kind: What is decided.
        content: What is proposed; its motions have been checked.
        author: Holder id of the member who proposes it.
        members: Who is a member today.
        on: Today, where the company is.
        board_ref: The board's resolution, where the board proposes it.
        repeals: The proposal that this one would undo.

    Raises:
        NotEntitled: The author is no member.
        NotFound: What it would repeal is not there.
    """
    journal.lock(db)
    if author not in members:
        raise NotEntitled("Only members put proposals forward.", field="author")
    if repeals is not None:
        find(db, repeals)
    made = Proposal(act.new_id("prp"), kind, author, board_ref, repeals)
    first = _version(made.id, 1, content, author)
    journal.append(db, act, Draft(ProposalEntry.DRAFTED, on, (made, first)))
    return made


def _version(proposal: str, number: int, content: Content, author: str) -> Version:
    return Version(
        proposal,
        number,
        content.title,
        content.text,
        [dict(motion) for motion in content.motions],
        content.option_list,
        content.seats,
        author,
        content.digest,
    )


def amend(db: Session, act: Act, id: str, content: Content, *, author: str, rules: Ruleset, on: date) -> Version:
    """Let a proposal say something else: another version; a notice that was given is void, and has to be given anew.

    Raises:
        NotEntitled: Somebody else's.
        TextFrozen: Voting has begun, it was taken back, or members have signed for a vote on it as it is.
        Conflict: It says just that already.
    """
    journal.lock(db)
    require_author(db, id, author)
    if not state_of(db, id, moment(db, act), rules).is_before_vote:
        raise TextFrozen("Voting has begun, or it was taken back: put forward another proposal.", field="text")
    if standing(db, id).is_petitioned:
        raise TextFrozen("Members signed for exactly this text: put forward another proposal.", field="text")
    last = version(db, id)
    if last.digest == content.digest:
        raise AlreadyExists("That is what it says already.", field="text")
    made = _version(id, last.number + 1, content, author)
    journal.append(db, act, Draft(ProposalEntry.AMENDED, on, (made,)))
    return made


def publish(db: Session, act: Act, id: str, *, author: str, rules: Ruleset, on: date) -> None:
    """Show a draft to everybody.

    Raises:
        NotEntitled: Somebody else's.
        NotAllowedNow: It is no draft.
    """
    journal.lock(db)
    require_author(db, id, author)
    require_state(db, act, id, rules, State.DRAFT)
    journal.append(db, act, Draft(ProposalEntry.PUBLISHED, on, (Published(id),)))


def withdraw(db: Session, act: Act, id: str, *, author: str, reason: str, rules: Ruleset, on: date) -> None:
    """Take a proposal back, for good; never once voting has begun.

    Raises:
        NotEntitled: Somebody else's.
        NotAllowedNow: Voting has begun, it was taken back already, or members have signed for a vote.
        Invalid: No reason is given.
    """
    journal.lock(db)
    require_author(db, id, author)
    if not reason.strip() or len(reason) > MOST_REASONS:
        raise Invalid("Say why, in at most 10,000 characters.", field="reason")
    if not state_of(db, id, moment(db, act), rules).is_before_vote:
        raise NotAllowedNow("Once voting has begun, a proposal can't be taken back.", field="proposal")
    if standing(db, id).is_petitioned:
        raise NotAllowedNow("Members signed for a vote on this; it is theirs to decide.", field="proposal")
    journal.append(db, act, Draft(ProposalEntry.WITHDRAWN, on, (Withdrawn(id, reason),)))


def review(
    db: Session, act: Act, id: str, recommendation: Recommendation, reasons: str, *, rules: Ruleset, on: date
) -> BoardReview:
    """Record what the board says to a proposal, with its reasons, once; it stops nothing.

    Of an advisory poll it is the answer, and may come when the vote is over.

    Raises:
        Invalid: No reasons are given.
        NotAllowedNow: It is a draft, was taken back, or is voted on already.
        AlreadyExists: The board has spoken.
    """
    journal.lock(db)
    if not reasons.strip() or len(reasons) > MOST_REASONS:
        raise Invalid("The board gives its reasons, in at most 10,000 characters.", field="reasons")
    now = state_of(db, id, moment(db, act), rules)
    is_answer = find(db, id).kind is ProposalKind.ADVISORY and now in {State.PASSED, State.FAILED, State.NO_QUORUM}
    if not is_answer and (not now.is_before_vote or now is State.DRAFT):
        raise NotAllowedNow(f"It is {now.value}; the board speaks before the vote.", field="proposal")
    if newest(db, BoardReview, proposal=id) is not None:
        raise AlreadyExists("The board has said what it thinks of this.", field="proposal")
    made = BoardReview(id, recommendation, reasons)
    journal.append(db, act, Draft(ProposalEntry.REVIEWED, on, (made,)))
    return made


def require_author(db: Session, id: str, author: str) -> None:
    """Refuse whoever did not put a proposal forward.

    Raises:
        NotEntitled: It is somebody else's.
    """
    if find(db, id).author != author:
        raise NotEntitled("Only its author may do this.", field="author")


def require_state(db: Session, act: Act, id: str, rules: Ruleset, wanted: State) -> None:
    """Refuse what is for a proposal that stands elsewhere.

    Raises:
        NotAllowedNow: It is in another state.
    """
    now = state_of(db, id, moment(db, act), rules)
    if now is not wanted:
        raise NotAllowedNow(f"The proposal is {now.value}; this is for one that is {wanted.value}.", field="proposal")


def proposals(db: Session) -> list[Proposal]:
    """Return all proposals, oldest first."""
    return every(db, Proposal)


def option_keys(raw: Any) -> tuple[str, ...]:  # noqa: ANN401 - JSON of a record
    """Return the keys of options as a version or a roll holds them."""
    return tuple(str(one["key"]) for one in raw)
