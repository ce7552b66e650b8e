"""What moves units in and out of plans and classes.

Every entry that moves units of a plan, or certificates, is of some kind; each kind is one flow. Pools (``pools``) and
the roll-forward (``roll_forward``) are sums over flows, and their figures are compared with balances that were summed
without asking for any kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ledger.entries import Role
from ledger.errors import Tampered


class Flow(StrEnum):
    """Why units moved."""

    RESERVED = "reserved"
    """The plan was adopted, or its reserve adjusted."""
    GRANTED = "granted"
    """Granted, or issued as shares; below zero when an issuance was retracted."""
    EXERCISED = "exercised"
    """Options became shares."""
    SETTLED = "settled"
    """RSUs or SARs became shares or cash."""
    FORFEITED = "forfeited"
    """Unvested when their holder left."""
    EXPIRED = "expired"
    """Not exercised in time."""
    CANCELLED = "cancelled"
    """Cancelled by the company."""
    REPURCHASED = "repurchased"
    """Bought back by the company."""
    CONVERTED = "converted"
    """Notes and warrants became shares."""
    MOVED = "transferred"
    """To another certificate, holder or class."""
    SPLIT = "split"
    """The class split."""


FLOWS: Mapping[str, Flow] = {
    "plan.adopted": Flow.RESERVED,
    "plan.adjusted": Flow.RESERVED,
    "grant.issued": Flow.GRANTED,
    "stock.issued": Flow.GRANTED,
    "patronage.granted": Flow.GRANTED,
    "security.retracted": Flow.GRANTED,
    "award.exercised": Flow.EXERCISED,
    "award.settled": Flow.SETTLED,
    "holder.left": Flow.FORFEITED,
    "holder.cause_confirmed": Flow.FORFEITED,
    "award.expired": Flow.EXPIRED,
    "security.cancelled": Flow.CANCELLED,
    "security.repurchased": Flow.REPURCHASED,
    "note.converted": Flow.CONVERTED,
    "warrant.exercised": Flow.CONVERTED,
    "security.transferred": Flow.MOVED,
    "security.converted": Flow.MOVED,
    "security.reissued": Flow.MOVED,
    "security.consolidated": Flow.MOVED,
    "class.split": Flow.SPLIT,
}
"""The flow of each kind of entry that moves units of a plan, or certificates."""


def flow_of(kind: str) -> Flow:
    """Return the flow that a kind of entry is.

    Raises:
        Tampered: No report knows entries of this kind to move units of a plan.
    """
    try:
        return FLOWS[kind]
    except KeyError:
        raise Tampered(f"Entries of the kind {kind!r} are not known to move units of a plan or class.") from None


@dataclass(frozen=True, slots=True)
class Movement:
    """So many minor units, below zero for out, in accounts of one role, by one flow.

    Attributes:
        subject: The plan or class they belong to.
        role: Pool, award, certificate or undelivered.
    """

    subject: str
    role: Role
    flow: Flow
    units: int


Sums = Mapping[tuple[Role, Flow], int]


def sums_by_subject(movements: Iterable[Movement]) -> dict[str, dict[tuple[Role, Flow], int]]:
    """Return the movements of each plan or class added up by role and flow; undelivered units count as delivered."""
    sums: dict[str, dict[tuple[Role, Flow], int]] = {}
    for each in movements:
        role = Role.CERTIFICATE if each.role is Role.UNDELIVERED else each.role
        found = sums.setdefault(each.subject, {})
        found[role, each.flow] = found.get((role, each.flow), 0) + each.units
    return sums
