"""Proposals: put forward, changed, shown, wanted by enough, looked at by the board, announced, or taken back.

What a proposal would do is typed (its motions) and checked for its form by whoever hands it in (``app.motions``). From
the notice on, text, motions, rule and dates are frozen under one digest; another word is another version, and its
notice begins anew.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from governance.clock import moment
from governance.errors import EffectTooEarly, MotionInvalid, NotEntitled, TextFrozen
from governance.lifecycle import BETWEEN_WINDOWS, ISSUING_LEAST, Standing, State, end_of, local_day, micros, state
from governance.lifecycle import moment as moment_of
from governance.records import (
    BoardReview,
    Candidacy,
    CandidacyWithdrawn,
    Closing,
    Enactment,
    InterestReached,
    Notice,
    Petition,
    PetitionEnded,
    Phase,
    Policy,
    Proposal,
    ProposalKind,
    Published,
    Recommendation,
    Stance,
    StanceWithdrawn,
    Version,
    Withdrawn,
)
from governance.rules import Ruleset, earliest_effect, needed_members
from governance.secret import offer
from governance.tables import lot_seed
from governance.tally.lot import SEED_BYTES, commitment
from governance.tally.methods import Form
from ledger import journal, reading, tables
from ledger.entries import Draft
from ledger.errors import AlreadyExists, DatesOutOfOrder, Invalid, NotAllowedNow, NotFound
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


@dataclass(frozen=True, slots=True)
class Dates:
    """When a vote is held, by the wall clock of a zone.

    Attributes:
        record_date: Whoever is a member at its end may vote.
        opens: Local, without a zone of its own.
        closes: The same; the vote is open until just before.
        zone: IANA name.
        effective_on: When it takes effect if it passes; the earliest possible day if left out.
    """

    record_date: date
    opens: datetime
    closes: datetime
    zone: str
    effective_on: date | None = None


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
    _require(db, act, id, rules, State.DRAFT)
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


def want(db: Session, act: Act, id: str, member: str, *, members: Collection[str], rules: Ruleset, on: date) -> Stance:
    """Record that a member wants a proposal decided; when enough do, the entry says so.

    Raises:
        NotEntitled: They are no member.
        NotAllowedNow: It is not an idea (any more).
        AlreadyExists: They have said so.
    """
    journal.lock(db)
    if member not in members:
        raise NotEntitled("Only members say what is to be decided.", field="member")
    _require(db, act, id, rules, State.IDEA)
    so_far = {one.member for one in stances(db, id, Phase.INTEREST)}
    if member in so_far:
        raise AlreadyExists("You have said so already.", field="member")
    made = Stance(act.new_id("stc"), id, member, Phase.INTEREST, None)
    interested = len((so_far | {member}) & set(members))
    reached = interested >= needed_members(rules.interest, len(members))
    records = (made, InterestReached(id, interested, len(members))) if reached else (made,)
    journal.append(db, act, Draft(ProposalEntry.WANTED, on, records))
    return made


def stances(db: Session, id: str, phase: Phase) -> list[Stance]:
    """Return the stances of a phase that nobody took back."""
    rows, withdrawn = tables.table(Stance).c, tables.table(StanceWithdrawn).c
    mine = select(rows.id).where(rows.proposal == id)
    gone = set(db.execute(select(withdrawn.stance).where(withdrawn.stance.in_(mine))).scalars())
    return [one for one in every(db, Stance, proposal=id, phase=phase.value) if one.id not in gone]


def withdraw_stance(db: Session, act: Act, id: str, member: str, phase: Phase, *, on: date) -> None:
    """Take back what a member said; only they can.

    Raises:
        NotAllowedNow: They have not said it.
    """
    journal.lock(db)
    mine = [one for one in stances(db, id, phase) if one.member == member]
    if not mine:
        raise NotAllowedNow("There is nothing to take back.", field="member")
    journal.append(db, act, Draft(ProposalEntry.STANCE_WITHDRAWN, on, (StanceWithdrawn(mine[0].id),)))


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


def give_notice(
    db: Session, act: Act, id: str, dates: Dates, *, rules: Ruleset, on: date, petition: str | None = None
) -> Notice:
    """Announce the vote on the newest version: from here on text, motions, rule and dates are frozen.

    Args:
        db: The session.
        act: Who, when.
        id: The proposal.
        dates: When.
        rules: The ruleset in force for its kind today; it is written into the notice.
        on: Today, where the company is.
        petition: The petition that forced it.

    Raises:
        NotAllowedNow: It is not ready: too few want it, or the board still has time to speak.
        DatesOutOfOrder: Too soon, too late, or too short; the message says what would do.
        EffectTooEarly: It would take effect before its notice allows; the message says when it may.
        Invalid: What can be chosen does not fit the method of the ruleset.
    """
    journal.lock(db)
    _require(db, act, id, rules, State.READY)
    said = version(db, id)
    _check_question(said, rules)
    offer.check_options(rules, len(said.options) or len(standing_for(db, id)))
    # a clock that is set back makes no notice shorter
    on = max(on, local_day(moment(db, act), dates.zone))
    opens_at, closes_at = (moment_of(local, dates.zone) for local in (dates.opens, dates.closes))
    _check_dates(dates, opens_at, closes_at, rules, on)
    effective_on = _effect(said, dates, closes_at, rules)
    seed = act.entropy(SEED_BYTES)
    made = Notice(
        id,
        said.number,
        rules.to_json(),
        _frozen(said, rules, dates, opens_at, closes_at, effective_on),
        dates.record_date,
        dates.zone,
        opens_at,
        closes_at,
        effective_on,
        commitment(seed),
        petition,
    )
    db.execute(insert(lot_seed), [{"lot": made.lot, "seed": seed}])
    journal.append(db, act, Draft(ProposalEntry.ANNOUNCED, on, (made,)))
    return made


def standing_for(db: Session, proposal: str) -> list[str]:
    """Return who stands for election and has not stood down, in the order of their ids."""
    gone = {one.member for one in every(db, CandidacyWithdrawn, proposal=proposal)}
    return sorted(one.member for one in every(db, Candidacy, proposal=proposal) if one.member not in gone)


def _check_question(said: Version, rules: Ruleset) -> None:
    """Refuse a question that the method can't put: options where yes or no is asked, or none where one is chosen."""
    is_yes_no = rules.method.form in {Form.YES_NO, Form.CONSENT}
    if is_yes_no and (said.options or said.seats != 1):
        text = f"By the rule for {rules.kind.value} members vote {rules.method.value}: it has no options and no seats."
        raise Invalid(text, field="options")
    if not is_yes_no and rules.kind is not ProposalKind.ELECTION and not said.options:
        text = f"By the rule for {rules.kind.value} members choose among options, and there are none."
        raise Invalid(text, field="options")
    if said.seats > 1 and not rules.method.elects_several:
        raise Invalid(f"By {rules.method.value} one is chosen, not {said.seats}.", field="seats")


def _check_dates(dates: Dates, opens_at: int, closes_at: int, rules: Ruleset, on: date) -> None:
    days = (dates.opens.date() - on).days
    if days < rules.notice_days:
        text = (
            f"This needs {rules.notice_days} days of notice: it opens {_after(on, rules.notice_days)} at the earliest."
        )
        raise DatesOutOfOrder(text, field="opens")
    if rules.notice_most_days is not None and days > rules.notice_most_days:
        latest = _after(on, rules.notice_most_days)
        raise DatesOutOfOrder(f"It opens {latest} at the latest, or notice is given later.", field="opens")
    if closes_at <= opens_at or (dates.closes - dates.opens).days < rules.voting_days:
        raise DatesOutOfOrder(f"The vote is open for {rules.voting_days} days at least.", field="closes")
    if not on <= dates.record_date < dates.opens.date():
        text = "The record date is today or later, and before the vote opens."
        raise DatesOutOfOrder(text, field="record_date")
    if rules.secret and opens_at - end_of(dates.record_date, dates.zone) < micros(ISSUING_LEAST + BETWEEN_WINDOWS):
        text = "Passes are given out for five days after the record date, and rest for twelve hours: it opens later."
        raise DatesOutOfOrder(text, field="opens")


def _after(day: date, days: int) -> date:
    return date.fromordinal(day.toordinal() + days)


def _effect(said: Version, dates: Dates, closes_at: int, rules: Ruleset) -> date | None:
    if not said.motions:
        if dates.effective_on is not None:
            raise MotionInvalid("Without a motion there is nothing to take effect.", field="effective_on")
        return None
    earliest = earliest_effect(rules, local_day(closes_at - 1, dates.zone))
    if dates.effective_on is not None and dates.effective_on < earliest:
        raise EffectTooEarly(f"This takes effect on {earliest} at the earliest.", field="effective_on")
    return dates.effective_on or earliest


def _frozen(
    said: Version, rules: Ruleset, dates: Dates, opens_at: int, closes_at: int, effective_on: date | None
) -> str:
    return frozen_digest(
        said.digest, rules.to_json(), dates.record_date, dates.zone, (opens_at, closes_at), effective_on
    )


def frozen_digest(
    content: str, rule: Json, record_date: date, zone: str, times: tuple[int, int], effective_on: date | None
) -> str:
    """Return the digest over all that a notice freezes, hex."""
    said: Json = {
        "content": content,
        "rule": rule,
        "record_date": record_date.isoformat(),
        "zone": zone,
        "opens_at": times[0],
        "closes_at": times[1],
        "effective_on": None if effective_on is None else effective_on.isoformat(),
    }
    return sha256(canonical(said)).hexdigest()


def require_author(db: Session, id: str, author: str) -> None:
    """Refuse whoever did not put a proposal forward.

    Raises:
        NotEntitled: It is somebody else's.
    """
    if find(db, id).author != author:
        raise NotEntitled("Only its author may do this.", field="author")


def _require(db: Session, act: Act, id: str, rules: Ruleset, wanted: State) -> None:
    now = state_of(db, id, moment(db, act), rules)
    if now is not wanted:
        raise NotAllowedNow(f"The proposal is {now.value}; this is for one that is {wanted.value}.", field="proposal")


def proposals(db: Session) -> list[Proposal]:
    """Return all proposals, oldest first."""
    return every(db, Proposal)


def option_keys(raw: Any) -> tuple[str, ...]:  # noqa: ANN401 - JSON of a record
    """Return the keys of options as a version or a roll holds them."""
    return tuple(str(one["key"]) for one in raw)


def misfit(db: Session) -> tuple[str, str] | None:
    """Return the first proposal whose digests are not those of what it says, with what is wrong; None if all fit."""
    digests: dict[tuple[str, int], str] = {}
    for said in every(db, Version):
        options = {one["key"]: one["title"] for one in said.options}
        content = Content(said.title, said.text, said.motions, options, said.seats)
        if content.digest != said.digest:
            return said.proposal, f"version {said.number} is not what its digest stands for"
        digests[said.proposal, said.number] = said.digest
    for one in every(db, Notice):
        frozen = frozen_digest(
            digests[one.proposal, one.version],
            one.rule,
            one.record_date,
            one.zone,
            (one.opens_at, one.closes_at),
            one.effective_on,
        )
        if frozen != one.digest:
            return one.proposal, "its notice is not what its digest stands for"
    return None
