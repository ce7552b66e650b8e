"""What passed takes effect: when, whether it has, who objects in time."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from app import voting
from app.api.door import Door
from app.api.fields import Id, Order, Told, shown
from app.people.tokens import Scope
from app.policy_values import Text
from governance import effects, proposals
from governance.errors import NotEntitled
from governance.records import EnactmentOutcome
from ledger.equity.register import company_day
from ledger.errors import AlreadyExists, NotAllowedNow
from ledger.types import Act, moment_at

door = Door("effects")

PROPOSAL = "prp_01KJQ3YT5RWX6M1YFV0B1WJ6Q8"


class ObjectionIn(Order):
    """Why something that passed should not take effect."""

    model_config = shown({"reason": "The vendor that the text names was sold yesterday."})

    reason: Text


class ObjectionMade(Told):
    """On record: who objects and why is for all to read."""

    model_config = shown({"proposal": PROPOSAL, "objections": 3, "needed": 25})

    proposal: str
    objections: int
    """How many members object."""
    needed: int
    """How many stop it."""


class EffectOut(ObjectionMade):
    """What becomes of something that passed."""

    model_config = shown(
        {
            "proposal": PROPOSAL,
            "objections": 3,
            "needed": 25,
            "objections_until": "2025-10-08T22:00:00Z",
            "effective_on": "2025-11-30",
            "outcome": "ENACTED",
            "reason": None,
            "entries": [4811],
        }
    )

    objections_until: datetime
    """Objections are taken until just before."""
    effective_on: date | None
    """The day on which it takes effect; null for what has no effect."""
    outcome: EnactmentOutcome | None
    """Null while it waits for its day."""
    reason: str | None
    """Why it was refused, stopped or has lapsed."""
    entries: list[int]
    """The numbers of the entries that carried it out."""


def _objections(db: Session, proposal: str) -> ObjectionMade:
    objecting, needed = effects.objections(db, proposal)
    return ObjectionMade(proposal=proposal, objections=objecting, needed=needed)


@door.write(
    "/members/{member}/objections/{proposal}",
    Scope.PROPOSALS_OWN,
    own="member",
    refuses=[NotAllowedNow, NotEntitled, AlreadyExists],
)
def object_to_effect(db: Session, act: Act, member: Id, proposal: Id, order: ObjectionIn) -> ObjectionMade:
    """Object to the effect of something that passed, with a reason.

    For whoever could vote on it, and only for some days after the vote. If enough do, it does not take effect.
    """
    proposals.find(db, proposal)
    voting.bring_up_to_date(db, act, proposal)
    effects.object_to(db, act, proposal, member, order.reason)
    return _objections(db, proposal)


@door.write(
    "/members/{member}/objections/{proposal}/withdraw", Scope.PROPOSALS_OWN, own="member", refuses=[NotAllowedNow]
)
def withdraw_objection(db: Session, act: Act, member: Id, proposal: Id) -> ObjectionMade:
    """Take one's own objection back, while objections are taken."""
    proposals.find(db, proposal)
    effects.withdraw_objection(db, act, proposal, member)
    return _objections(db, proposal)


@door.read("/proposals/{proposal}/effect", Scope.PROPOSALS_READ, refuses=[NotAllowedNow])
def get_effect(db: Session, proposal: Id) -> EffectOut:
    """Get what becomes of something that passed."""
    proposals.find(db, proposal)
    plain = _objections(db, proposal).model_dump()
    announced, done = proposals.notice(db, proposal), effects.enactment(db, proposal)
    assert announced is not None
    return EffectOut(
        **plain,
        objections_until=moment_at(effects.objections_until(announced)),
        effective_on=announced.effective_on,
        outcome=None if done is None else done.outcome,
        reason=None if done is None else done.reason,
        entries=[] if done is None else done.entries,
    )


@door.write("/proposals/{proposal}/enact", Scope.BOARD_WRITE, refuses=[NotAllowedNow])
def enact(db: Session, act: Act, proposal: Id) -> EffectOut:
    """Let something that passed take effect, once its day has come.

    The service does so by itself within a minute; nobody can do it earlier, and done twice it changes nothing.
    """
    proposals.find(db, proposal)
    voting.bring_up_to_date(db, act, proposal)
    if effects.enactment(db, proposal) is None:
        announced = proposals.notice(db, proposal)
        day = None if announced is None else announced.effective_on
        text = (
            f"It is {company_day(db, act.now)}; this takes effect on {day}." if day else "Nothing of this takes effect."
        )
        raise NotAllowedNow(text, field="proposal")
    return get_effect(db, proposal)
