"""One security as it stands: what was issued, what is left of it, what happened to it, what it still promises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Posting, Role, account, unit
from ledger.equity.classes import pool, unissued
from ledger.equity.values import (
    Award,
    EventKind,
    Plan,
    ReturnRule,
    Schedule,
    Security,
    SecurityEvent,
    SecurityKind,
    ShareClass,
)
from ledger.equity.vesting.table import Table, decode, unvested, vested
from ledger.errors import LaterChangeExists, NotAllowedNow, NotFound
from ledger.reading import Known, every, find, known, known_among, newest
from ledger.types import Cut

ENDINGS = (
    EventKind.TRANSFERRED,
    EventKind.CANCELLED,
    EventKind.CONVERTED,
    EventKind.EXERCISED,
    EventKind.RETRACTED,
)
"""What ends a note or warrant; what remains goes on under a balance."""


@dataclass(frozen=True, slots=True)
class Position:
    """A security with everything on record about it, as a cut (or all that is known) sees it.

    Attributes:
        outstanding: Minor units left in its account; 0 for notes and warrants.
        table: The instalments as now promised; empty when it does not vest.
        changed_on: The day the newest schedule or event counts from.
    """

    security: Security
    issued_on: date
    share_class: ShareClass | None
    plan: Plan | None
    award: Award | None
    outstanding: int
    table: Table
    events: tuple[Known[SecurityEvent], ...]
    changed_on: date

    def happened(self, *kinds: EventKind) -> tuple[Known[SecurityEvent], ...]:
        """Return the events of these kinds, oldest first."""
        return tuple(event for event in self.events if event.value.kind in kinds)

    def used(self, on: date | None = None) -> int:
        """Return the vested units exercised, settled, expired, cancelled or moved on (by a day, if given).

        Forfeited units are not among them: they never vested.
        """
        return sum(
            event.value.quantity
            for event in self.happened(EventKind.EXERCISED, EventKind.SETTLED, EventKind.EXPIRED)
            if on is None or event.on <= on
        )

    def vested(self, on: date) -> int:
        """Return the units vested by the end of a day, whatever was done with them since."""
        return vested(self.table, on) if self.table else self.outstanding + self.used(on)

    def unvested(self, on: date) -> int:
        """Return the units that have yet to vest."""
        return unvested(self.table, on) if self.table else 0

    def exercisable(self, on: date) -> int:
        """Return the units that may be exercised or settled on a day: vested (all, if early-exercisable), less used."""
        if self.award is not None and self.award.early_exercisable:
            return self.outstanding
        return min(self.vested(on) - self.used(), self.outstanding)

    def refuse_before(self, on: date) -> None:
        """Refuse to change the security on a day before its newest change, or before it was issued.

        Raises:
            LaterChangeExists: It has changed since.
        """
        if on < self.issued_on:
            raise NotAllowedNow(f"{self.security.label} was issued on {self.issued_on}, after {on}.", field="on")
        if on < self.changed_on:
            text = (
                f"{self.security.label} changed on {self.changed_on}; {on} is before that. Reverse that change first."
            )
            raise LaterChangeExists(text, field="on")

    def refuse_unless_live(self) -> None:
        """Refuse a security of which nothing is left.

        Raises:
            NotAllowedNow: It was retracted, transferred, cancelled or used up.
        """
        if self.happened(*ENDINGS) if self.share_class is None else self.outstanding == 0:
            raise NotAllowedNow(f"Nothing is left of {self.security.label}.", field="security")


def position(db: Session, security_id: str, cut: Cut | None = None) -> Position:
    """Return a security as it stands.

    Raises:
        NotFound: No such security (as the cut sees it).
    """
    found = known(db, Security, cut, id=security_id)
    if not found:
        raise NotFound(f"There is no security {security_id!r} on record.", field="security")
    return _stands(
        db,
        found[0],
        known(db, Schedule, cut, security=security_id),
        known(db, SecurityEvent, cut, security=security_id),
        newest(db, Award, cut, security=security_id),
        journal.balance(db, security_account(found[0].value), cut) if found[0].value.class_id else 0,
    )


def positions(db: Session, holder: str, cut: Cut | None = None) -> list[Position]:
    """Return everything that somebody holds or held, as it stands, the oldest first.

    As ``position`` tells of each, but asked all at once: a few questions, however much somebody holds.
    """
    found = known(db, Security, cut, holder=holder)
    ids = [item.value.id for item in found]
    schedules = known_among(db, Schedule, cut, "security", ids)
    events = known_among(db, SecurityEvent, cut, "security", ids)
    awards = known_among(db, Award, cut, "security", ids)
    of_a_class = [security_account(item.value) for item in found if item.value.class_id]
    left = journal.balances(db, of_a_class, cut)
    return [
        _stands(
            db,
            item,
            schedules[item.value.id],
            events[item.value.id],
            awards[item.value.id][-1].value if awards[item.value.id] else None,
            left.get(security_account(item.value), 0),
        )
        for item in found
    ]


def _stands(
    db: Session,
    issued: Known[Security],
    schedules: Sequence[Known[Schedule]],
    events: Sequence[Known[SecurityEvent]],
    award: Award | None,
    outstanding: int,
) -> Position:
    security = issued.value
    return Position(
        security,
        issued.on,
        find(db, ShareClass, security.class_id) if security.class_id else None,
        find(db, Plan, security.plan_id) if security.plan_id else None,
        award,
        outstanding,
        decode(schedules[-1].value.instalments) if schedules else (),
        tuple(events),
        max([issued.on, *(item.on for item in schedules), *(item.on for item in events)]),
    )


def labelled(db: Session, label: str) -> Security:
    """Return the security with this label.

    Raises:
        NotFound: There is none.
    """
    found = every(db, Security, label=label)
    if not found:
        raise NotFound(f"There is no security labelled {label!r} on record.", field="label")
    return found[0]


def security_account(of: Security) -> str:
    """Return the account that holds what is left of a security."""
    return account(Role.AWARD if of.kind is SecurityKind.AWARD else Role.CERTIFICATE, of.id)


def unit_of(of: Security) -> str:
    """Return the asset a security is counted in."""
    assert of.class_id is not None
    return unit(of.class_id)


def home_of(share_class: ShareClass, plan: Plan | None) -> str:
    """Return the account that a security is issued from: its plan's pool, or the class's unissued shares."""
    return unissued(share_class) if plan is None or plan.implied else pool(plan.id)


def return_to(share_class: ShareClass, plan: Plan | None) -> str:
    """Return the account that units of a security go to when they come back (E6 ``cancellation_behavior``)."""
    if plan is None or plan.implied or plan.return_rule is ReturnRule.RETIRE:
        return unissued(share_class)
    if plan.return_rule is ReturnRule.HOLD_AS_CAPITAL_STOCK:
        return account(Role.TREASURY, share_class.id)
    return pool(plan.id)


def drawn(of: Security, quantity: int, target: str) -> tuple[Posting, Posting]:
    """Return the postings that take units out of a security into ``target``."""
    return Posting(security_account(of), unit_of(of), -quantity), Posting(target, unit_of(of), quantity)
