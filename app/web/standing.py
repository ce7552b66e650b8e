"""Where a proposal stands, what comes next, and what whoever looks at it can do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy.orm import Session

from app import petitions, voting
from app.motions import electable
from app.people import vault
from app.people.roles import Role
from app.web.member import today_of
from app.web.motion_words import Told, told
from app.web.rule_words import bodies, has_one_vote_each, times
from app.web.site import Here
from governance import candidacies, effects, proposals, rolls, stances
from governance.lifecycle import State, issues_until, micros
from governance.petitions import WAITING, PetitionState, of_proposal, signature
from governance.petitions import Standing as PetitionStanding
from governance.policies import rules_in_force
from governance.records import Candidacy, Conflict, Notice, Phase, Proposal, ProposalKind
from governance.rules import Ruleset, needed_members
from ledger.errors import NotFound
from ledger.members import MemberClass, members_on
from ledger.reading import every
from ledger.types import Act

SAID = {
    State.DRAFT: "A draft. Nobody but you sees it.",
    State.IDEA: "An idea. It comes to a vote once enough members want it decided.",
    State.COUNTDOWN: "Enough members want it. There is time for changes until {when}; then the board is asked.",
    State.REVIEW: "The board has until {when} to say what it thinks. If it says nothing, the vote goes ahead.",
    State.READY: "It is ready. Its author or the board can announce the vote.",
    State.NOTICE: "The vote is announced. It opens {when}.",
    State.ISSUING: "The vote is secret. Passes for it are given out until {when}.",
    State.SETTLED: "The vote is secret. No more passes are given out; it opens {when}.",
    State.OPEN: "The vote is open until {when}. How it goes is told to nobody before.",
    State.COUNTING: "The time to vote is over. The count is being made.",
    State.PASSED: "It passed.",
    State.FAILED: "It did not pass: too few were for it.",
    State.NO_QUORUM: "Too few took part, so it did not pass.",
    State.IN_EFFECT: "It is in effect.",
    State.SUPERSEDED: "It was in effect until something else took its place.",
    State.STOPPED: "It passed, and was stopped by objections.",
    State.LAPSED: "It passed, but what it was to change had changed meanwhile.",
    State.REFUSED: "It passed, but could not be carried out.",
    State.WITHDRAWN: "Its author took it back.",
}
"""Where a proposal stands, in a sentence."""


@dataclass(frozen=True, slots=True)
class PetitionTold:
    """A petition as somebody sees it; how many signed nobody is told before it is over."""

    of: PetitionStanding
    has_signed: bool


@dataclass(frozen=True, slots=True)
class Objecting:
    """What members say against the effect of what passed.

    Attributes:
        until: Microseconds; objections are taken until just before.
        is_mine: Whether whoever looks objects.
        can: Whether they may say so, or take it back.
    """

    count: int
    needed: int
    until: int
    is_mine: bool
    can: bool


@dataclass(frozen=True, slots=True)
class Doings:
    """What a page shows beside a proposal's text and its result.

    Attributes:
        said: Where it stands, in a sentence.
        interest: How many members want it, and how many have to.
        called: Holder id to name, of all who appear.
        candidates: Who stands in an election.
        conflicts: Who declared an interest of their own.
        more: Names of what whoever looks can do: ``edit``, ``publish``, ``withdraw``, ``announce``, ``want``,
            ``unwant``, ``stand``, ``stand_down``, ``declare``, ``petition``, ``answer``, ``say``, ``moderate``.
    """

    one: Proposal
    state: State
    said: str
    rules: Ruleset
    bodies: list[tuple[str, str]]
    times: list[str]
    one_vote_each: bool
    effects: list[Told]
    versions: int
    interest: tuple[int, int]
    objecting: Objecting | None
    petition: PetitionTold | None
    called: Mapping[str, str]
    candidates: list[Candidacy]
    conflicts: list[Conflict]
    more: frozenset[str] = field(default=frozenset())

    def can(self, what: str) -> bool:
        """Return whether whoever looks can do something."""
        return what in self.more


def doings(db: Session, here: Here, proposal: str) -> Doings:
    """Return where a proposal stands and what whoever is here can do about it."""
    made, on = proposals.find(db, proposal), today_of(db, here)
    announced = proposals.notice(db, proposal)
    rules = rules_in_force(db, made.kind, on) if announced is None else proposals.rules_of(announced)
    state = state_now(db, here, made)
    members = members_on(db, on)
    wanted = {one.member for one in stances.held(db, proposal, Phase.INTEREST)}
    standing, declared = candidacies.statements(db, proposal), every(db, Conflict, proposal=proposal)
    said = proposals.version(db, proposal)
    people = {made.author, *(one.member for one in standing), *(one.member for one in declared)}
    petition = _petition(db, here, proposal)
    return Doings(
        made,
        state,
        said_now(db, here, made, state),
        rules,
        bodies(rules, here.words),
        times(rules, here.words),
        has_one_vote_each(rules),
        told(db, said.motions, here.words),
        said.number,
        (len(wanted & members.keys()), needed_members(rules.interest, len(members))),
        _objecting(db, here, state, announced),
        petition,
        vault.names(db, people),
        standing,
        declared,
        frozenset(_can(db, here, made, state, members, on, petition)),
    )


def state_now(db: Session, here: Here, made: Proposal) -> State:
    """Return where a proposal stands."""
    return voting.state_now(db, made.id, here.now)


def said_now(db: Session, here: Here, made: Proposal, state: State) -> str:
    """Return where a proposal stands, in a sentence."""
    announced = proposals.notice(db, made.id)
    rules = rules_in_force(db, made.kind, today_of(db, here)) if announced is None else proposals.rules_of(announced)
    at: int | None = None
    gathered = proposals.standing(db, made.id).gathered_at
    if state is State.COUNTDOWN and gathered is not None:
        at = gathered + micros(timedelta(days=rules.countdown_days))
    elif state is State.REVIEW and gathered is not None:
        at = gathered + micros(timedelta(days=rules.countdown_days + rules.review_days))
    elif announced is not None and state is State.ISSUING:
        at = issues_until(announced)
    elif announced is not None and state in {State.NOTICE, State.SETTLED, State.OPEN}:
        at = announced.closes_at if state is State.OPEN else announced.opens_at
    return here.words.say(SAID[state], when="" if at is None else here.words.time(at, here.zone))


def _petition(db: Session, here: Here, proposal: str) -> PetitionTold | None:
    found = of_proposal(db, proposal)
    if not found:
        return None
    act = Act("reader", "role:reader", here.now)
    has_signed = False
    if here.account is not None and here.account.holder is not None:
        try:
            has_signed = bool(signature(db, found[-1].id, here.account.holder))
        except NotFound:
            has_signed = False
    return PetitionTold(petitions.standing(db, act, found[-1].id), has_signed)


def _objecting(db: Session, here: Here, state: State, announced: Notice | None) -> Objecting | None:
    if state is not State.PASSED or announced is None or announced.effective_on is None:
        return None
    if not proposals.rules_of(announced).objection_days:
        return None
    count, needed = effects.objections(db, announced.proposal)
    until = effects.objections_until(announced)
    me = None if here.account is None else here.account.holder
    is_mine = any(one.member == me for one in stances.held(db, announced.proposal, Phase.OBJECTION))
    may = me is not None and bool(rolls.chambers_of(db, announced.proposal, me))
    return Objecting(count, needed, until, is_mine, may and Act("reader", "role:reader", here.now).at < until)


def _can(
    db: Session,
    here: Here,
    made: Proposal,
    state: State,
    members: Mapping[str, MemberClass],
    on: date,
    petition: PetitionTold | None,
) -> list[str]:
    me = None if here.account is None else here.account.holder
    found = []
    stands = proposals.standing(db, made.id)
    if me == made.author and state.is_before_vote:
        found += [] if stands.is_petitioned else ["edit", "withdraw"]
        found += ["publish"] if state is State.DRAFT else []
        found += ["announce"] if state is State.READY else []
    if here.role is Role.BOARD and state is not State.DRAFT:
        found += ["moderate"]
        if state is State.READY:
            found += ["board_announce"]
        if stands.review is None and state.is_before_vote and made.board_ref is None:
            found += ["answer"]
    if state is State.DRAFT or me is None or me not in members:
        return found
    found += ["say"]
    if state is State.IDEA:
        wants = any(one.member == me for one in stances.held(db, made.id, Phase.INTEREST))
        found += ["unwant" if wants else "want"]
    if state.is_before_vote and rolls.copied(db, made.id) is None:
        mine = any(one.member == me for one in every(db, Conflict, proposal=made.id))
        found += [] if mine else ["declare"]
        found += _election(db, made, me, on)
    is_running = petition is not None and petition.of.state in {PetitionState.RUNNING, PetitionState.REACHED}
    if state in WAITING and not is_running:
        found += ["petition"]
    return found


def _election(db: Session, made: Proposal, me: str, on: date) -> list[str]:
    if made.kind is not ProposalKind.ELECTION:
        return []
    ever = any(one.member == me for one in every(db, Candidacy, proposal=made.id))
    if me in rolls.candidates(db, made.id):
        return ["stand_down"]
    return [] if ever or me not in electable(db, made.id, on) else ["stand"]
