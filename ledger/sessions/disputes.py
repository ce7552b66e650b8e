"""A dispute about a statement, from its opening to the council's word, and what it takes to close a period.

::

    OPEN ── IN_REVIEW ─┬─ ACCEPTED
                       └─ REJECTED ── APPEALED ─┬─ COUNCIL_ACCEPTED
                                                └─ COUNCIL_REJECTED

What is accepted is put right by adjusting entries. The council does not judge in the person of who rejected.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from ledger.errors import FourEyes, Invalid
from ledger.sessions.errors import DisputesOpen, OnlyTheProvider, StepRefused


class DisputeState(StrEnum):
    """How far a dispute has come."""

    OPEN = "OPEN"
    """The provider says what is wrong."""
    IN_REVIEW = "IN_REVIEW"
    """Somebody looks at it."""
    ACCEPTED = "ACCEPTED"
    """It was wrong, and is put right."""
    REJECTED = "REJECTED"
    """It was right, for a reason that is told; the provider can appeal."""
    APPEALED = "APPEALED"
    """The council is asked."""
    COUNCIL_ACCEPTED = "COUNCIL_ACCEPTED"
    """The council finds for the provider."""
    COUNCIL_REJECTED = "COUNCIL_REJECTED"
    """The council finds that it was right."""

    @property
    def is_open(self) -> bool:
        """Whether a decision is still to come."""
        return self in {DisputeState.OPEN, DisputeState.IN_REVIEW, DisputeState.APPEALED}


NEXT: dict[DisputeState, frozenset[DisputeState]] = {
    DisputeState.OPEN: frozenset({DisputeState.IN_REVIEW}),
    DisputeState.IN_REVIEW: frozenset({DisputeState.ACCEPTED, DisputeState.REJECTED}),
    DisputeState.ACCEPTED: frozenset(),
    DisputeState.REJECTED: frozenset({DisputeState.APPEALED}),
    DisputeState.APPEALED: frozenset({DisputeState.COUNCIL_ACCEPTED, DisputeState.COUNCIL_REJECTED}),
    DisputeState.COUNCIL_ACCEPTED: frozenset(),
    DisputeState.COUNCIL_REJECTED: frozenset(),
}
"""What can follow on each state."""


@dataclass(frozen=True, slots=True)
class Dispute:
    """A dispute as it stands.

    Attributes:
        id: The case number, which is all that others than those concerned see.
        provider: Holder id of whose statement it is about.
        minutes: The most credit that it can change, whatever is decided.
        reviewer: Who took the newest step on the cooperative's side.
        reason: Why it was rejected.
    """

    id: str
    provider: str
    minutes: int
    state: DisputeState = DisputeState.OPEN
    reviewer: str | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        """Refuse a dispute about less than nothing."""
        if self.minutes < 0:
            raise ValueError("A dispute is about zero minutes of credit or more.")


def opened(id: str, provider: str, minutes: int, *, actor: str) -> Dispute:
    """Return a new dispute.

    Raises:
        OnlyTheProvider: Somebody else opens it.
    """
    _require_provider(provider, actor)
    return Dispute(id, provider, minutes)


def moved(dispute: Dispute, to: DisputeState, *, actor: str, reason: str | None = None) -> Dispute:
    """Return a dispute after its next step.

    Args:
        dispute: As it stands.
        to: The state it comes to.
        actor: Holder id of who takes the step: of an appeal the provider, of all others somebody else.
        reason: Why it is rejected; needed for that, and kept.

    Raises:
        StepRefused: Not a step from the present state.
        OnlyTheProvider: Somebody else appeals.
        FourEyes: The provider would decide their own case, or the council in the person of who rejected it.
        Invalid: It is rejected without a reason.
    """
    if to not in NEXT[dispute.state]:
        raise StepRefused(f"A dispute that is {_words(dispute.state)} can't become {_words(to)}.")
    if to is DisputeState.APPEALED:
        _require_provider(dispute.provider, actor)
        return replace(dispute, state=to)
    if actor == dispute.provider:
        raise FourEyes("Nobody decides on a dispute of their own.")
    if dispute.state is DisputeState.APPEALED and actor == dispute.reviewer:
        raise FourEyes("An appeal is not decided by who rejected the dispute.")
    if to in {DisputeState.REJECTED, DisputeState.COUNCIL_REJECTED} and not (reason and reason.strip()):
        raise Invalid("A dispute is rejected for a reason; tell it.", field="reason")
    return replace(dispute, state=to, reviewer=actor, reason=reason or dispute.reason)


def holdback_needed(disputes: Iterable[Dispute]) -> int:
    """Return the credited minutes to hold back for open disputes, as if all of them were accepted."""
    return sum(dispute.minutes for dispute in disputes if dispute.state.is_open)


def require_closable(disputes: Iterable[Dispute], *, holdback: int | None = None) -> None:
    """Refuse to close a period over open disputes, unless enough is held back for them (E18 I18.3).

    Args:
        disputes: All that are about the period.
        holdback: Credited minutes that the board approved to hold back; None where it approved nothing.

    Raises:
        DisputesOpen: Disputes are open, and less than they may come to is held back.
    """
    waiting = [dispute for dispute in disputes if dispute.state.is_open]
    needed = holdback_needed(waiting)
    if waiting and (holdback is None or holdback < needed):
        cases = "1 dispute is open" if len(waiting) == 1 else f"{len(waiting)} disputes are open"
        text = f"{cases}, about up to {needed:,} minutes of credit; {holdback or 0:,} are held back."
        raise DisputesOpen(text, field="holdback")


def _require_provider(provider: str, actor: str) -> None:
    if actor != provider:
        raise OnlyTheProvider("A dispute is opened and appealed by the provider it is about, and by nobody else.")


def _words(state: DisputeState) -> str:
    return state.lower().replace("_", " ")
