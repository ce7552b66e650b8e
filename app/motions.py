"""Motions: what a proposal may do, and how each is carried out by the very deeds that people use.

A motion is typed. Its form is checked when it is put forward; what it expects to find, when it is carried out: two
proposals can't silently overwrite each other. Only here does anybody act on the authority of a proposal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from sqlalchemy.orm import Session

from app.api.fields import Day, Document, Id, Line, Quantity, Whole
from app.api.quantities import class_of_plan, units_in
from app.policy_values import Credit, check_expiry, checked, raises_ceiling, read
from governance import closing, policies, proposals, seats
from governance.errors import MotionInvalid, Overtaken
from governance.policies import Setting
from governance.proposals import Content
from governance.records import Proposal, ProposalKind, Seat
from ledger import journal, reading
from ledger.equity import classes, grants, vesting_changes
from ledger.equity.captable.movements import pool_balances
from ledger.equity.securities import position
from ledger.equity.values import Plan, Security, SecurityKind
from ledger.equity.vesting.later import AccelerationOrder
from ledger.errors import Conflict
from ledger.members import MemberClass, members_on
from ledger.sessions.choices import credit_rule, recorded_on
from ledger.sessions.policy import CreditPolicy
from ledger.sessions.weeks import next_monday
from ledger.types import Act, Cut, decimal_text


class Motion(BaseModel):
    """What takes effect; a field too many is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SetPolicy(Motion):
    """Set the next version of a policy."""

    kind: Literal["set_policy"]
    key: Line
    value: Document
    expected_version: Whole
    """The version it replaces; 0 if there is none."""
    expires_on: Day | None = None


class EnlargePool(Motion):
    """Reserve more shares for a plan."""

    kind: Literal["enlarge_pool"]
    plan: Id
    units: Quantity
    expected_total: Quantity
    """What is reserved before."""


class DraftOfGrant(Motion):
    """A drafted grant and the hash of its exact terms."""

    id: Id
    terms_hash: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class ApproveGrants(Motion):
    """Approve and issue grants that were drafted, all of them or none."""

    kind: Literal["approve_grants"]
    drafts: Annotated[list[DraftOfGrant], Field(min_length=1, max_length=200)]


class SeatDirectors(Motion):
    """Seat whoever is elected, in the order of election."""

    kind: Literal["seat_directors"]
    seats: Annotated[list[Id], Field(min_length=1, max_length=40)]


class RemoveDirector(Motion):
    """Recall a director."""

    kind: Literal["remove_director"]
    seat: Id
    member: Id


class TerminatePlan(Motion):
    """End a plan: all that is granted under it vests at once, and what its pool has left goes back."""

    kind: Literal["terminate_plan"]
    plan: Id


AnyMotion = Annotated[
    SetPolicy | EnlargePool | ApproveGrants | SeatDirectors | RemoveDirector | TerminatePlan,
    Field(discriminator="kind"),
]

_READER: TypeAdapter[Any] = TypeAdapter(AnyMotion)

ALLOWED: Mapping[ProposalKind, frozenset[type[Motion]]] = {
    ProposalKind.POOL_INCREASE: frozenset({SetPolicy, EnlargePool}),
    ProposalKind.GRANTS: frozenset({SetPolicy, ApproveGrants}),
    ProposalKind.CORPORATE_ACTION: frozenset({SetPolicy, TerminatePlan}),
    ProposalKind.ELECTION: frozenset({SetPolicy, SeatDirectors}),
    ProposalKind.RECALL: frozenset({SetPolicy, RemoveDirector}),
    ProposalKind.ADVISORY: frozenset({SetPolicy}),
}
"""Kind of proposal to the motions it may carry; every other kind sets policies only (``app.policy_values``)."""

NEEDED: Mapping[ProposalKind, type[Motion]] = {
    ProposalKind.ELECTION: SeatDirectors,
    ProposalKind.RECALL: RemoveDirector,
}
"""Kinds that are about nothing without their motion."""


def read_motion(raw: Mapping[str, Any]) -> Motion:
    """Return a motion as typed.

    Raises:
        MotionInvalid: It is none; the message names the field.
    """
    try:
        made = _READER.validate_python(dict(raw))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise MotionInvalid(f"{where or 'motion'}: {first['msg']}.", field="motions") from None
    assert isinstance(made, Motion)
    return made


def check_form(kind: ProposalKind, content: Content) -> None:
    """Refuse motions that no proposal of a kind could carry, whatever is on record.

    Raises:
        MotionInvalid: One of them is for another kind of proposal, or says something else than it should.
    """
    motions = [read_motion(raw) for raw in content.motions]
    allowed = ALLOWED.get(kind, frozenset({SetPolicy}))
    for motion in motions:
        if type(motion) not in allowed:
            raise MotionInvalid(f"A proposal of the kind {kind.value} can't {_words(motion)}.", field="motions")
        if isinstance(motion, SetPolicy):
            checked(motion.key, motion.value, kind)
    needed = NEEDED.get(kind)
    if needed is not None and [type(motion) for motion in motions] != [needed]:
        raise MotionInvalid(f"A proposal of the kind {kind.value} has one motion of its own.", field="motions")
    if needed is SeatDirectors:
        assert isinstance(motions[0], SeatDirectors)
        if len(motions[0].seats) != content.seats or content.options:
            raise MotionInvalid("An election fills as many seats as it names, from whoever stands.", field="seats")


def _words(motion: Motion) -> str:
    return str(motion.kind).replace("_", " ")  # type: ignore[attr-defined]


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


def credit_setting(policy: CreditPolicy, id: str, *, on: date) -> Setting:
    """Return a credit policy to be set, with the ledger's record of it in the same entry and under the same id."""
    rule = credit_rule(policy, id, on=on)
    return Setting("credit", Credit.of(policy).model_dump(mode="json"), policy.effective_from, None, (rule,), id)


def first_setting(
    db: Session,
    act: Act,
    key: str,
    value: Mapping[str, Any],
    effective_from: date,
    expires_on: date | None,
    *,
    on: date,
) -> Setting:
    """Return the first version of a policy, as the founders set it.

    Raises:
        MotionInvalid: There is no such policy, or it says something else than it should.
    """
    said = checked(key, value)
    check_expiry(key, effective_from, expires_on)
    if key != "credit":
        return Setting(key, said, effective_from, expires_on)
    credit = read(key, said)
    assert isinstance(credit, Credit)
    policy = credit.policy(act.authority, min(on, effective_from), effective_from)
    return credit_setting(policy, act.new_id("pol"), on=recorded_on(db, policy, on))


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
    members = members_on(db, on)
    for seat_id, winner in zip(motion.seats, counted.winners, strict=False):
        reserved = reading.find(db, Seat, seat_id).reserved_for
        if reserved is not None and members.get(winner) is not MemberClass(reserved):
            raise Conflict(f"The seat is for members of the class {reserved}.", field="seats")
    seats.fill(db, act, motion.seats, list(votes.items()), on=on, proposal=proposal)


def _remove_director(db: Session, act: Act, proposal: str, motion: RemoveDirector, on: date) -> None:
    term = seats.director_of(db, motion.seat, on)
    if term is None or term.member != motion.member:
        raise Overtaken("That director does not sit there any more.", field="member")
    seats.vacate(db, act, motion.seat, on=on, reason="Recalled by the members.", proposal=proposal)


def _terminate_plan(db: Session, act: Act, proposal: str, motion: TerminatePlan, on: date) -> None:
    plan = reading.find(db, Plan, motion.plan)
    for security in reading.every(db, Security, plan_id=plan.id, kind=SecurityKind.AWARD.value):
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
    TerminatePlan: _terminate_plan,
}
