"""Motions: what a proposal may do.

A motion is typed. Its form, and that what it names is there, is checked when it is put forward; what it expects to
find, when it is carried out (``app.enactments``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from sqlalchemy.orm import Session

from app.api.fields import Day, Document, Id, Line, Quantity, Whole
from app.api.quantities import class_of_plan, units_in
from app.policy_values import check_ends, checked
from governance import proposals, seats
from governance.errors import MotionInvalid
from governance.proposals import Content
from governance.records import ProposalKind, Seat
from ledger import reading
from ledger.equity import grants
from ledger.equity.values import Plan
from ledger.members import MemberClass, members_on


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


class AddSeat(Motion):
    """Add a seat to the board."""

    kind: Literal["add_seat"]
    name: Line
    reserved_for: MemberClass | None = None
    term_months: Annotated[int, Field(ge=1, le=seats.MOST_MONTHS)]


class TerminatePlan(Motion):
    """End a plan: all that is granted under it vests at once, and what its pool has left goes back."""

    kind: Literal["terminate_plan"]
    plan: Id


AnyMotion = Annotated[
    SetPolicy | EnlargePool | ApproveGrants | SeatDirectors | RemoveDirector | AddSeat | TerminatePlan,
    Field(discriminator="kind"),
]

_READER: TypeAdapter[Any] = TypeAdapter(AnyMotion)

ALLOWED: Mapping[ProposalKind, frozenset[type[Motion]]] = {
    ProposalKind.POOL_INCREASE: frozenset({SetPolicy, EnlargePool}),
    ProposalKind.GRANTS: frozenset({SetPolicy, ApproveGrants}),
    ProposalKind.BYLAWS: frozenset({SetPolicy, AddSeat}),
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
            check_ends(motion.key, motion.expires_on)
    needed = NEEDED.get(kind)
    if needed is not None and [type(motion) for motion in motions] != [needed]:
        raise MotionInvalid(f"A proposal of the kind {kind.value} has one motion of its own.", field="motions")
    if needed is SeatDirectors:
        assert isinstance(motions[0], SeatDirectors)
        if len(motions[0].seats) != content.seats or content.options:
            raise MotionInvalid("An election fills as many seats as it names, from whoever stands.", field="seats")


def check_motions(db: Session, kind: ProposalKind, content: Content) -> None:
    """Refuse motions that could never be carried out: their form is wrong, or what they name is not there.

    What can change until the day of the effect (a pool, a version, who sits where) is not asked here but then.

    Raises:
        MotionInvalid: The form is, or the seats of an election are for different members, or terms of a grant are not
            its newest.
        NotFound: There is no such plan, draft or seat.
        QuantityInvalid: Units with more places than the plan's class has.
    """
    check_form(kind, content)
    for motion in map(read_motion, content.motions):
        if isinstance(motion, EnlargePool):
            units_in(class_of_plan(db, motion.plan), motion.units, field="units")
        elif isinstance(motion, ApproveGrants):
            for each in motion.drafts:
                if grants.newest_draft(db, each.id).terms_hash != each.terms_hash:
                    raise MotionInvalid(f"{each.id} has other terms; name its newest version.", field="motions")
        elif isinstance(motion, SeatDirectors):
            reserved_class(db, motion)
        elif isinstance(motion, RemoveDirector):
            reading.find(db, Seat, motion.seat)
        elif isinstance(motion, TerminatePlan):
            reading.find(db, Plan, motion.plan)


def electable(db: Session, proposal: str, on: date) -> set[str]:
    """Return the members who can stand in an election: of the class for which its seats are reserved, if they are.

    Raises:
        NotFound: There is no such proposal.
    """
    found = members_on(db, on)
    for motion in map(read_motion, proposals.version(db, proposals.find(db, proposal).id).motions):
        if isinstance(motion, SeatDirectors) and (reserved := reserved_class(db, motion)) is not None:
            return {member for member, of in found.items() if of is reserved}
    return set(found)


def reserved_class(db: Session, motion: SeatDirectors) -> MemberClass | None:
    """Return the class for which the seats of an election are reserved, all of them or none.

    Otherwise whoever comes third could be elected to a seat that is not for them.
    """
    reserved = {reading.find(db, Seat, seat).reserved_for for seat in motion.seats}
    if len(reserved) > 1 or len(set(motion.seats)) < len(motion.seats):
        text = "The seats of an election are reserved for the same members, and each is named once."
        raise MotionInvalid(text, field="motions")
    [one] = reserved
    return None if one is None else MemberClass(one)


def _words(motion: Motion) -> str:
    return str(motion.kind).replace("_", " ")  # type: ignore[attr-defined]
