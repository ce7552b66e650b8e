"""The roll-forward: what became of grants, pools and shares from one day to another (reports.md R8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ledger.entries import Role
from ledger.equity.captable.flows import Flow, Sums
from ledger.errors import Tampered
from ledger.types import decimal_text


class Measure(StrEnum):
    """What a line of the roll-forward follows from one day to another."""

    AWARDS = "outstanding awards"
    """Granted under a plan, neither exercised nor settled."""
    AVAILABLE = "available"
    """What a plan may still grant."""
    SHARES = "outstanding shares"
    """Shares of a class on certificates."""


@dataclass(frozen=True, slots=True)
class RollForward:
    """From the day before the first to the end of the last day (R8); ``opening`` and the changes make ``closing``.

    Attributes:
        subject: The plan or class.
        cancelled: By the company, bought back ones among them.
        transferred: Into another class, or out of it; between holders it comes to nothing.
        adjusted: Reserves, for what is available, and splits.
    """

    subject: str
    name: str
    measure: Measure
    decimals: int
    opening: int
    granted: int
    issued: int
    exercised_settled: int
    forfeited: int
    expired: int
    cancelled: int
    transferred: int
    adjusted: int
    closing: int


@dataclass(frozen=True, slots=True)
class HolderRollForward:
    """A line about one holder's grants or shares of one class; its ``subject`` is the class."""

    holder: str
    line: RollForward


ROLES: Mapping[Measure, Role] = {
    Measure.AWARDS: Role.AWARD,
    Measure.AVAILABLE: Role.POOL,
    Measure.SHARES: Role.CERTIFICATE,
}


@dataclass(frozen=True, slots=True)
class Span:
    """What a measure of a plan or class was the day before the first, and at the end of the last day."""

    subject: str
    name: str
    measure: Measure
    decimals: int
    opening: int
    closing: int


def roll_forward(span: Span, sums: Sums) -> RollForward:
    """Return the line that leads from the opening balance to the closing one.

    Args:
        span: What is followed, and the two balances.
        sums: What moved from the first day to the last, by role and flow.

    Raises:
        Tampered: It leads elsewhere: the record is not what its entries say.
    """
    change = _changes(sums, ROLES[span.measure])
    is_shares = span.measure is Measure.SHARES
    came = change(Flow.GRANTED)
    delivered = change(Flow.EXERCISED, Flow.SETTLED)
    line = RollForward(
        span.subject,
        span.name,
        span.measure,
        span.decimals,
        span.opening,
        0 if is_shares else came,
        came + delivered + change(Flow.CONVERTED) if is_shares else 0,
        0 if is_shares else delivered,
        change(Flow.FORFEITED),
        change(Flow.EXPIRED),
        change(Flow.CANCELLED, Flow.REPURCHASED),
        change(Flow.MOVED),
        change(Flow.RESERVED, Flow.SPLIT),
        span.opening + change(*Flow),
    )
    if line.closing != span.closing:
        leads, stands = (decimal_text(units, span.decimals) for units in (line.closing, span.closing))
        raise Tampered(f"The entries lead to {leads} {span.measure} of {span.name}; the accounts hold {stands}.")
    return line


def _changes(sums: Sums, role: Role) -> Callable[..., int]:
    return lambda *flows: sum(sums.get((role, flow), 0) for flow in flows)
