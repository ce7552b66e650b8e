"""What passed takes effect: once, on its day, unless enough members object in time.

The motions are carried out by whoever may know all of the ledger (``app.enactments``), in a savepoint: outcome and deed
appear together. If the ledger refuses the deed, the vote stands, and the refusal is kept with it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from governance import stances
from governance.clock import moment
from governance.errors import NotEntitled, Overtaken
from governance.lifecycle import local_day, micros
from governance.proposals import MOST_REASONS, notice, rules_of, version
from governance.records import Closing, Enactment, EnactmentOutcome, Notice, Outcome, Phase, Stance
from governance.rolls import chambers_of, people
from governance.rules import needed_members
from ledger import journal
from ledger.entries import Draft
from ledger.errors import AlreadyExists, Invalid, NotAllowedNow, Refusal
from ledger.kinds import declare_final
from ledger.reading import newest
from ledger.types import Act

CarryOut = Callable[[Session, Act, str, date], None]
"""Carries out the motions of a proposal on a day, or raises what refuses it."""

MEMBERS = "members"
"""Who acts when something that passed is carried out, whoever happened to come by first: a grant is not approved by its
drafter or by whom it is for because they were quicker than the worker."""


@declare_final
class EffectEntry(StrEnum):
    """The kinds of entry about what passed."""

    OBJECTED = "proposal.objected"
    """Somebody on the roll objects to the effect."""
    ENACTED = "proposal.enacted"
    """It took effect, or why it did not."""


def enactment(db: Session, proposal: str) -> Enactment | None:
    """Return what became of what passed, or None while it waits."""
    return newest(db, Enactment, proposal=proposal)


def objections_until(announced: Notice) -> int:
    """Return the moment, in microseconds since 1970, until which objections are taken."""
    return announced.closes_at + micros(timedelta(days=rules_of(announced).objection_days))


def _passed(db: Session, proposal: str) -> Notice:
    done, announced = newest(db, Closing, proposal=proposal), notice(db, proposal)
    if done is None or announced is None or done.outcome is not Outcome.PASSED:
        raise NotAllowedNow("This has not passed.", field="proposal")
    return announced


def object_to(db: Session, act: Act, proposal: str, member: str, reason: str) -> Stance:
    """Record that somebody on the roll objects to the effect of what passed, with a reason.

    Raises:
        NotAllowedNow: It has not passed, or the time to object is over.
        NotEntitled: They are not on the roll.
        Invalid: No reason is given.
        AlreadyExists: They object already.
    """
    journal.lock(db)
    announced, at = _passed(db, proposal), moment(db, act)
    if enactment(db, proposal) is not None or at >= objections_until(announced):
        raise NotAllowedNow("The time to object is over.", field="proposal")
    if not chambers_of(db, proposal, member):
        raise NotEntitled("Only whoever could vote can object.", field="member")
    if not reason.strip() or len(reason) > MOST_REASONS:
        raise Invalid("An objection needs a reason, of at most 10,000 characters.", field="reason")
    if any(one.member == member for one in stances.held(db, proposal, Phase.OBJECTION)):
        raise AlreadyExists("You object already.", field="member")
    made = Stance(act.new_id("stc"), proposal, member, Phase.OBJECTION, reason)
    journal.append(db, act, Draft(EffectEntry.OBJECTED, local_day(at, announced.zone), (made,)))
    return made


def withdraw_objection(db: Session, act: Act, proposal: str, member: str) -> None:
    """Take an objection back; only whoever made it can, and only while objections are taken.

    Raises:
        NotAllowedNow: There is none, or the time is over.
    """
    journal.lock(db)
    announced, at = _passed(db, proposal), moment(db, act)
    if at >= objections_until(announced):
        raise NotAllowedNow("The time to object is over.", field="proposal")
    stances.withdraw(db, act, proposal, member, Phase.OBJECTION, on=local_day(at, announced.zone))


def objections(db: Session, proposal: str) -> tuple[int, int]:
    """Return how many object, and how many would stop it."""
    announced = _passed(db, proposal)
    needed = needed_members(rules_of(announced).objection_share, people(db, proposal))
    return len(stances.held(db, proposal, Phase.OBJECTION)), needed


def is_due(db: Session, act: Act, proposal: str) -> bool:
    """Return whether something that passed is to take effect now."""
    done, announced = newest(db, Closing, proposal=proposal), notice(db, proposal)
    if done is None or announced is None or done.outcome is not Outcome.PASSED or announced.effective_on is None:
        return False
    at = moment(db, act)
    is_time = local_day(at, announced.zone) >= announced.effective_on and at >= objections_until(announced)
    return is_time and enactment(db, proposal) is None


def enact(db: Session, act: Act, proposal: str, carry_out: CarryOut) -> Enactment:
    """Let what passed take effect; done before, it changes nothing.

    Args:
        db: The session.
        act: Who comes first after its day: the worker, or anybody's request.
        proposal: What passed.
        carry_out: Carries out its motions.

    Raises:
        NotAllowedNow: It has not passed, has no effect, or its day has not come.
    """
    journal.lock(db)
    done = enactment(db, proposal)
    if done is not None:
        return done
    announced = _passed(db, proposal)
    if not is_due(db, act, proposal):
        text = f"This takes effect on {announced.effective_on}." if announced.effective_on else "This has no effect."
        raise NotAllowedNow(text, field="proposal")
    on = local_day(moment(db, act), announced.zone)
    made = _attempt(db, act, proposal, carry_out, on)
    journal.append(db, act, Draft(EffectEntry.ENACTED, on, (made,)))
    return made


def _attempt(db: Session, act: Act, proposal: str, carry_out: CarryOut, on: date) -> Enactment:
    against, needed = objections(db, proposal)
    if rules_of(_passed(db, proposal)).objection_days and against >= needed:
        text = f"{against} members objected, and {needed} were enough."
        return Enactment(proposal, EnactmentOutcome.STOPPED, text, [])
    first = journal.size(db)
    authorised = Act(MEMBERS, f"proposal:{proposal}", act.now, act.entropy)
    savepoint = db.begin_nested()
    try:
        carry_out(db, authorised, proposal, on)
    except Refusal as refusal:
        savepoint.rollback()
        outcome = EnactmentOutcome.LAPSED if isinstance(refusal, Overtaken) else EnactmentOutcome.REFUSED
        return Enactment(proposal, outcome, str(refusal), [])
    savepoint.commit()
    return Enactment(proposal, EnactmentOutcome.ENACTED, None, list(range(first, journal.size(db))))


def motions_of(db: Session, proposal: str) -> list[dict[str, object]]:
    """Return the motions of what was voted on."""
    return [dict(motion) for motion in version(db, proposal).motions]
