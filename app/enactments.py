"""What passed, carried out by the very deeds that people use.

What a motion expects to find is asked here, when it is carried out: two proposals can't silently overwrite each other.
Only here does anybody act on the authority of a proposal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.api.quantities import class_of_plan, units_in
from app.motions import (
    AddSeat,
    ApproveGrants,
    EnlargePool,
    Motion,
    RemoveDirector,
    SeatDirectors,
    SetPolicy,
    TerminatePlan,
    electable,
    read_motion,
)
from app.policy_settings import credit_setting
from app.policy_values import Credit, check_expiry, checked, raises_ceiling, read
from governance import closing, policies, proposals, seats
from governance.errors import MotionInvalid, Overtaken
from governance.policies import Setting
from governance.records import Proposal, ProposalKind
from ledger import journal, reading
from ledger.equity import classes, grants, vesting_changes
from ledger.equity.captable.movements import pool_balances
from ledger.equity.securities import position
from ledger.equity.values import Plan, Security
from ledger.equity.vesting.later import AccelerationOrder
from ledger.sessions.weeks import next_monday
from ledger.types import Act, Cut, decimal_text


def carry_out(db: Session, act: Act, proposal: str, on: date) -> None:
    """Carry out all motions of what passed, or none.

    Args:
        db: The session, in a savepoint.
        act: On the authority of the proposal.
        proposal: What passed.
        on: Today, where the company is.

    Raises:
        Refusal: The record refuses one of them, in its own words.
        Overtaken: What one of them expects to find is not there any more.
    """
    for raw in proposals.version(db, proposal).motions:
        motion = read_motion(raw)
        _DEEDS[type(motion)](db, act, proposal, motion, on)


def _set_policy(db: Session, act: Act, proposal: str, motion: SetPolicy, on: date) -> None:
    made = reading.find(db, Proposal, proposal)
    value = checked(motion.key, motion.value, made.kind)
    check_expiry(motion.key, on, motion.expires_on)
    setting = Setting(motion.key, value, on, motion.expires_on)
    if motion.key == "credit":
        setting = _credit(db, act, proposal, made.kind, motion, on)
    policies.adopt(db, act, setting, proposal=proposal, on=on, expected=motion.expected_version)


def _credit(db: Session, act: Act, proposal: str, kind: ProposalKind, motion: SetPolicy, on: date) -> Setting:
    """Return the credit policy and the ledger's record of it: from next Monday on, so that no week is cut in two."""
    # what it replaces is the newest version, which may begin only next Monday
    then, versions = read("credit", motion.value), policies.history(db, "credit")
    assert isinstance(then, Credit)
    before = read("credit", versions[-1].value) if versions else None
    assert before is None or isinstance(before, Credit)
    if kind is ProposalKind.CASELOAD_LOWER and raises_ceiling(before, then):
        text = "This would raise a ceiling; that takes a proposal of the kind CASELOAD_RAISE."
        raise MotionInvalid(text, field="value")
    return credit_setting(then.policy(f"proposal:{proposal}", on, next_monday(on)), act.new_id("pol"), on=on)


def reserved_units(db: Session, plan: str, on: date) -> int:
    """Return what is reserved for a plan on a day, in minor units of its class."""
    [found] = [each for each in pool_balances(db, Cut(on, journal.size(db))) if each.plan.id == plan]
    return found.reserved or 0


def _enlarge_pool(db: Session, act: Act, proposal: str, motion: EnlargePool, on: date) -> None:
    of = class_of_plan(db, motion.plan)
    units = units_in(of, motion.units, field="units")
    now = reserved_units(db, motion.plan, on)
    if now != units_in(of, motion.expected_total, field="expected_total", least=0):
        told = decimal_text(now, of.decimals)
        raise Overtaken(f"{told} are reserved now, and {motion.expected_total} were expected.", field="expected_total")
    classes.adjust_plan(db, act, motion.plan, units, on=on)
    del proposal


def _approve_grants(db: Session, act: Act, proposal: str, motion: ApproveGrants, on: date) -> None:
    for each in motion.drafts:
        grants.approve_grant(db, act, each.id, terms_hash=each.terms_hash, resolution_ref=f"proposal:{proposal}", on=on)
        grants.issue_grant(db, act, each.id)


def _seat_directors(db: Session, act: Act, proposal: str, motion: SeatDirectors, on: date) -> None:
    counted = closing.closed_vote(db, proposal).count()
    assert counted.result is not None
    quota = counted.result.details.get("quota")
    last = {name: votes for step in counted.result.rounds for name, votes in step.votes.items()}
    votes = {
        name: str(quota) if quota is not None else counted.result.votes_text(last[name]) for name in counted.winners
    }
    # whoever has left since leaves their seat free; the others take theirs
    can_sit = electable(db, proposal, on)
    pairs = zip(motion.seats, counted.winners, strict=False)
    elected = {seat: (who, votes[who]) for seat, who in pairs if who in can_sit}
    seats.fill(db, act, elected, on=on, proposal=proposal)


def _remove_director(db: Session, act: Act, proposal: str, motion: RemoveDirector, on: date) -> None:
    term = seats.director_of(db, motion.seat, on)
    if term is None or term.member != motion.member:
        raise Overtaken("That director does not sit there any more.", field="member")
    seats.vacate(db, act, motion.seat, on=on, reason="Recalled by the members.", proposal=proposal)


def _add_seat(db: Session, act: Act, proposal: str, motion: AddSeat, on: date) -> None:
    seats.add_seat(db, act, motion.name, reserved_for=motion.reserved_for, term_months=motion.term_months, on=on)
    del proposal


def _terminate_plan(db: Session, act: Act, proposal: str, motion: TerminatePlan, on: date) -> None:
    plan = reading.find(db, Plan, motion.plan)
    for security in reading.every(db, Security, plan_id=plan.id):
        held = position(db, security.id)
        if held.outstanding and held.unvested(on):
            vesting_changes.accelerate(
                db, act, security.id, on=on, reason="The plan ends.", order=AccelerationOrder.ALL
            )
    left = classes.available_units(db, plan.id)
    if left:
        classes.adjust_plan(db, act, plan.id, -left, on=on)
    del proposal


_Deed = Callable[[Session, Act, str, Any, date], None]

_DEEDS: Mapping[type[Motion], _Deed] = {
    SetPolicy: _set_policy,
    EnlargePool: _enlarge_pool,
    ApproveGrants: _approve_grants,
    SeatDirectors: _seat_directors,
    RemoveDirector: _remove_director,
    AddSeat: _add_seat,
    TerminatePlan: _terminate_plan,
}
