"""Votes as they pass: what is due is done by whoever comes first, the worker or anybody's request, and once.

No state changes by a timer. A roll is copied when its vote opens, the vote closed when its time is over,
what passed carried out when its day has come; each deed looks under the journal's lock whether it has been done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from math import ceil

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.api.quantities import class_of_plan
from app.enactments import carry_out, reserved_units
from app.motions import EnlargePool, RemoveDirector, SetPolicy, check_motions, read_motion
from app.policy_values import check_expiry
from app.rolls import chamber_lines, copy_roll, roll_lines
from governance import ballots, closing, effects, notices, policies, proposals, rolls
from governance.ballots import Receipt
from governance.clock import moment
from governance.lifecycle import State, begins_at, is_secret
from governance.notices import Dates
from governance.policies import RULES, rules_in_force
from governance.proposals import Content
from governance.records import Closing, Enactment, Notice, Proposal, ProposalKind, RollCopied, Version
from governance.rules import Ruleset, strictest
from governance.seats import director_of
from governance.secret import offer, polls
from ledger import journal, tables
from ledger.equity.register import company_day
from ledger.errors import NotAllowedNow, NotFound
from ledger.members import members_on
from ledger.reading import every
from ledger.types import Act, Json, decimal_text


class Step(StrEnum):
    """What can be due."""

    ROLL = "ROLL"
    """The vote opens: its roll is copied, as the registers stood on the record date."""
    CLOSE = "CLOSE"
    """The time to vote is over: the vote can be counted."""
    ENACT = "ENACT"
    """The day of the effect has come."""


@dataclass(frozen=True, slots=True)
class Due:
    """What is due of one proposal."""

    proposal: str
    step: Step


def rules_today(db: Session, proposal: str, now: datetime) -> Ruleset:
    """Return the ruleset in force today for the kind of a proposal."""
    return rules_in_force(db, proposals.find(db, proposal).kind, company_day(db, now))


def state_now(db: Session, proposal: str, now: datetime) -> State:
    """Return where a proposal stands."""
    at = moment(db, Act("reader", "role:reader", now))
    return proposals.state_of(db, proposal, at, rules_today(db, proposal, now))


def open_votes(db: Session, now: datetime) -> list[Notice]:
    """Return the notices of the votes that are open, in the order in which they were announced."""
    at = moment(db, Act("reader", "role:reader", now))
    # most notices are of votes long over, and a state takes many queries
    running = [one for one in every(db, Notice) if one.opens_at <= at < one.closes_at]
    return [
        one
        for one in running
        if one == proposals.notice(db, one.proposal) and state_now(db, one.proposal, now) is State.OPEN
    ]


def passes_given(db: Session, now: datetime) -> list[Notice]:
    """Return the notices of the secret votes whose passes are given out now."""
    at = moment(db, Act("reader", "role:reader", now))
    ahead = [one for one in every(db, Notice) if is_secret(one) and at < one.opens_at]
    return [one for one in ahead if state_now(db, one.proposal, now) is State.ISSUING]


def is_on_roll(db: Session, announced: Notice, member: str) -> bool:
    """Return whether somebody votes on what is announced, by the roll; before it is copied, by what it would be now."""
    if rolls.copied(db, announced.proposal) is not None:
        return bool(rolls.chambers_of(db, announced.proposal, member))
    lines = roll_lines(db, announced, rolls.known_by(db, announced))
    return any(line.member == member for line in rolls.without_recused(db, announced.proposal, lines))


def put_forward(
    db: Session,
    act: Act,
    kind: ProposalKind,
    content: Content,
    *,
    author: str,
    board_ref: str | None = None,
    repeals: str | None = None,
) -> Proposal:
    """Put something forward, its motions checked for their form; see ``governance.proposals.draft``.

    Raises:
        MotionInvalid: A motion is not for this kind of proposal, or says something else than it should.
    """
    check_motions(db, kind, content)
    on = company_day(db, act.now)
    members = members_on(db, on)
    return proposals.draft(
        db, act, kind, content, author=author, members=members, on=on, board_ref=board_ref, repeals=repeals
    )


CAME_TO_NOTHING = frozenset(
    {State.FAILED, State.NO_QUORUM, State.STOPPED, State.LAPSED, State.REFUSED, State.WITHDRAWN}
)
"""States of what can be put forward once more."""


def put_again(db: Session, act: Act, proposal: str, *, author: str) -> Proposal:
    """Put what came to nothing forward once more, as a draft: the same words, expecting what stands there now.

    Raises:
        NotAllowedNow: It is under way, or has passed.
        NotEntitled: They are no member.
    """
    if state_now(db, proposal, act.now) not in CAME_TO_NOTHING:
        raise NotAllowedNow("Only what came to nothing is put forward once more.", field="proposal")
    made, said = proposals.find(db, proposal), proposals.version(db, proposal)
    on = company_day(db, act.now)
    motions = tuple(_expecting_now(db, motion, on) for motion in said.motions)
    options = {one["key"]: one["title"] for one in said.options}
    content = Content(said.title, said.text, motions, options or None, said.seats)
    return put_forward(db, act, made.kind, content, author=author)


def _expecting_now(db: Session, raw: Mapping[str, Json], on: date) -> Mapping[str, Json]:
    motion = read_motion(raw)
    if isinstance(motion, SetPolicy):
        return {**raw, "expected_version": len(policies.history(db, motion.key))}
    if isinstance(motion, EnlargePool):
        decimals = class_of_plan(db, motion.plan).decimals
        return {**raw, "expected_total": decimal_text(reserved_units(db, motion.plan, on), decimals)}
    return raw


def amend(db: Session, act: Act, proposal: str, content: Content, *, author: str) -> Version:
    """Let a proposal say something else; see ``governance.proposals.amend``."""
    check_motions(db, proposals.find(db, proposal).kind, content)
    rules = rules_today(db, proposal, act.now)
    return proposals.amend(db, act, proposal, content, author=author, rules=rules, on=company_day(db, act.now))


def announce(db: Session, act: Act, proposal: str, dates: Dates, *, petition: str | None = None) -> Notice:
    """Announce a vote by the rules in force today; see ``governance.proposals.give_notice``.

    A recall takes as many votes as the director was elected with; a change of a rule takes the longer times of the rule
    it replaces and of the one it proposes.

    Raises:
        MotionInvalid: Data would be shared without an end, or for too long.
        NotAllowedNow: It would be secret, among too few.
    """
    journal.lock(db)
    on = company_day(db, act.now)
    rules = rules_today(db, proposal, act.now)
    for motion in map(read_motion, proposals.version(db, proposal).motions):
        if isinstance(motion, RemoveDirector):
            rules = replace(rules, least_for=votes_to_recall(db, motion.seat, on))
        elif isinstance(motion, SetPolicy) and motion.key.startswith(RULES):
            rules = strictest(rules, Ruleset.from_json(motion.value))
    made = notices.give_notice(db, act, proposal, dates, rules=rules, on=on, petition=petition)
    if rules.secret:
        _refuse_few(db, proposal, rules, on)
    for motion in map(read_motion, proposals.version(db, proposal).motions):
        if isinstance(motion, SetPolicy) and made.effective_on is not None:
            check_expiry(motion.key, made.effective_on, motion.expires_on)
    return made


def _refuse_few(db: Session, proposal: str, rules: Ruleset, day: date) -> None:
    """Refuse a secret vote among too few; whoever joins until the record date may make it possible later."""
    [chamber] = rules.chambers
    lines = chamber_lines(db, proposal, chamber, day, known_at=journal.size(db))
    offer.check_electorate(rules, len(rolls.without_recused(db, proposal, lines)))


def votes_to_recall(db: Session, seat: str, on: date) -> int | None:
    """Return how many votes it takes to recall the director on a seat: those it took to elect them, rounded up.

    None for a founding director, whom nobody elected.

    Raises:
        NotFound: Nobody sits there.
    """
    term = director_of(db, seat, on)
    if term is None:
        raise NotFound("Nobody sits on this seat.", field="seat")
    return None if term.votes is None else ceil(Fraction(term.votes))


def pending(db: Session, act: Act) -> list[Due]:
    """Return the next step of each proposal for which one is due, without doing it."""
    at = moment(db, act)
    over = _proposals(db, Enactment)
    closed = _proposals(db, Closing)
    copied = _proposals(db, RollCopied)
    found = []
    for announced in every(db, Notice):
        id = announced.proposal
        if id in over or proposals.version(db, id).number != announced.version:
            continue
        if id in closed:
            if effects.is_due(db, act, id):
                found.append(Due(id, Step.ENACT))
        elif id not in copied:
            if at >= begins_at(announced) and not proposals.standing(db, id).is_withdrawn:
                found.append(Due(id, Step.ROLL))
        elif at >= announced.closes_at and (not is_secret(announced) or polls.is_ready(db, id)):
            found.append(Due(id, Step.CLOSE))
    return found


def _proposals(db: Session, of: type[Enactment] | type[Closing] | type[RollCopied]) -> frozenset[str]:
    return frozenset(db.execute(select(tables.table(of).c.proposal)).scalars())


_STEPS: dict[Step, Callable[[Session, Act, str], object]] = {
    Step.ROLL: copy_roll,
    Step.CLOSE: closing.close,
    Step.ENACT: lambda db, act, id: effects.enact(db, act, id, carry_out),
}


def carry_on(db: Session, act: Act, one: Due) -> None:
    """Do one thing that is due."""
    journal.lock(db)
    _STEPS[one.step](db, act, one.proposal)


def carry_on_all(run: Callable[[Callable[[Session, Act], Sequence[Due]], Act], Sequence[Due]], act: Act) -> list[Due]:
    """Do everything that is due, each in a transaction of its own, and return what was done.

    Args:
        run: Runs a deed in a transaction.
        act: Who comes by, and when.
    """

    def one_step(db: Session, act: Act) -> Sequence[Due]:
        journal.lock(db)
        waiting = pending(db, act)
        if waiting:
            carry_on(db, act, waiting[0])
        return waiting[:1]

    done: list[Due] = []
    while step := run(one_step, act):
        done += step
    return done


def bring_up_to_date(db: Session, act: Act, proposal: str) -> None:
    """Do what is due of one proposal, before somebody asks about it or acts on it."""
    journal.lock(db)
    while mine := [one for one in pending(db, act) if one.proposal == proposal]:
        carry_on(db, act, mine[0])


def cast(db: Session, act: Act, proposal: str, member: str, raw: object) -> Receipt:
    """Record how a member votes; a roll that is due is copied first. See ``governance.ballots.cast``."""
    return ballots.cast(db, act, proposal, member, raw, copy_roll=copy_roll)
