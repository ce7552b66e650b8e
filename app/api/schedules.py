"""What may change a schedule that was promised: a leave, an acceleration, a milestone, a start that was not known."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.api.door import Door
from app.api.fields import Day, Id, Line, Quantity, shown
from app.api.quantities import units_of
from app.api.securities import OnDay, SecurityInFull, WithReason, stands
from app.people.tokens import Scope
from ledger.equity import vesting_changes
from ledger.equity.vesting.later import AccelerationOrder
from ledger.equity.vesting.leave import Leave
from ledger.errors import DatesOutOfOrder, LaterChangeExists, NotAllowedNow, TermsInvalid
from ledger.types import Act

door = Door("vesting")


class AccelerationIn(WithReason):
    """How many units vest early, which ones, and why."""

    model_config = shown(
        {"quantity": "600", "order": "EARLIEST", "reason": "Layoff of 2026-05-20.", "on": "2026-05-20"}
    )

    quantity: Quantity | None = None
    """Left out with `ALL`."""
    order: AccelerationOrder = AccelerationOrder.EARLIEST
    """Which instalments the units are taken from."""


class PauseIn(OnDay):
    """From when to when, and for what leave."""

    model_config = shown({"leave": "UNPAID_PERSONAL", "on": "2026-09-01", "until": "2026-12-01"})

    leave: Leave
    """Only unpaid personal leave of more than 90 days may pause vesting, and only where the plan says so."""
    until: Day
    """The day the holder is expected back."""


class MilestoneIn(OnDay):
    """Which event happened, and when."""

    model_config = shown({"condition": "licensed", "happened_on": "2026-05-12", "on": "2026-05-20"})

    condition: Line
    """The vesting condition or event that the terms wait for."""
    happened_on: Day


class StartIn(OnDay):
    """The day from which instalments are counted."""

    model_config = shown({"vesting_start": "2026-05-12", "on": "2026-05-20"})

    vesting_start: Day


@door.write("/securities/{security}/accelerate", Scope.EQUITY_WRITE, refuses=[NotAllowedNow, LaterChangeExists])
def accelerate_vesting(db: Session, act: Act, security: Id, order: AccelerationIn) -> SecurityInFull:
    """Let units vest now instead of later."""
    quantity = None if order.quantity is None else units_of(db, security, order.quantity)
    vesting_changes.accelerate(
        db, act, security, on=order.on, reason=order.reason, quantity=quantity, order=order.order
    )
    return stands(db, security, order.on)


@door.write("/securities/{security}/pause", Scope.EQUITY_WRITE, refuses=[NotAllowedNow, LaterChangeExists])
def pause_vesting(db: Session, act: Act, security: Id, order: PauseIn) -> SecurityInFull:
    """Pause vesting for a leave.

    Instalments dated before it stay; the others move by the length of the leave once it is over.
    """
    vesting_changes.pause(db, act, security, leave=order.leave, on=order.on, until=order.until)
    return stands(db, security, order.on)


@door.write("/securities/{security}/resume", Scope.EQUITY_WRITE, refuses=[NotAllowedNow, LaterChangeExists])
def resume_vesting(db: Session, act: Act, security: Id, order: OnDay) -> SecurityInFull:
    """Let vesting go on from the first day after a leave."""
    vesting_changes.resume(db, act, security, on=order.on)
    return stands(db, security, order.on)


@door.write(
    "/securities/{security}/milestones",
    Scope.EQUITY_WRITE,
    refuses=[TermsInvalid, DatesOutOfOrder, NotAllowedNow, LaterChangeExists],
)
def record_milestone(db: Session, act: Act, security: Id, order: MilestoneIn) -> SecurityInFull:
    """Record that an event happened that vesting waits for."""
    vesting_changes.record_milestone(db, act, security, order.condition, happened_on=order.happened_on, on=order.on)
    return stands(db, security, order.on)


@door.write("/securities/{security}/vesting-start", Scope.EQUITY_WRITE, refuses=[NotAllowedNow, LaterChangeExists])
def set_vesting_start(db: Session, act: Act, security: Id, order: StartIn) -> SecurityInFull:
    """Set the vesting start of a grant that was made without one."""
    vesting_changes.set_vesting_start(db, act, security, order.vesting_start, on=order.on)
    return stands(db, security, order.on)
