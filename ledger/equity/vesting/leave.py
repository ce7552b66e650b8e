"""Which leaves pause vesting: by default none, and protected leave never (equity.md §3.4 rule 7)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ledger.equity.vesting.errors import PauseEndsTooEarly, PauseRefused, ProtectedLeave
from ledger.equity.vesting.months import add_days


class Leave(StrEnum):
    """Why a member is away."""

    PARENTAL = "PARENTAL"
    """Birth, adoption, care of a new child. Protected."""
    MEDICAL = "MEDICAL"
    """The member's own illness or injury. Protected."""
    FAMILY_CARE = "FAMILY_CARE"
    """Care of a sick relative. Protected."""
    MILITARY = "MILITARY"
    """Service. Protected."""
    JURY = "JURY"
    """Jury or witness duty. Protected."""
    BEREAVEMENT = "BEREAVEMENT"
    """A death in the family. Protected."""
    PAID = "PAID"
    """Holiday, sabbatical or other paid time."""
    UNPAID_PERSONAL = "UNPAID_PERSONAL"
    """Unpaid time off for reasons of one's own: the one leave that a plan may let pause vesting."""

    @property
    def is_protected(self) -> bool:
        """Whether no plan may pause vesting for it."""
        return self not in {Leave.PAID, Leave.UNPAID_PERSONAL}


@dataclass(frozen=True, slots=True)
class PauseRule:
    """What a plan says of unpaid personal leave.

    Attributes:
        unpaid_leave_pauses: Whether it pauses vesting at all; by default it does not.
        longer_than_days: It pauses only when it lasts longer than this.
    """

    unpaid_leave_pauses: bool = False
    longer_than_days: int = 90


def require_pause(leave: Leave, rule: PauseRule, *, from_: date, until: date | None = None) -> None:
    """Refuse a pause that the kind of leave, the plan or its length does not allow.

    Args:
        leave: Why the member is away.
        rule: The plan's rule.
        from_: First day of the leave.
        until: First day back; None while it is not known, and then only the kind is judged.

    Raises:
        ProtectedLeave: The leave is protected.
        PauseRefused: The plan does not pause for this leave, or not for one this short.
        PauseEndsTooEarly: The leave ends before it begins.
    """
    if leave.is_protected:
        raise ProtectedLeave(f"{leave.capitalize().replace('_', ' ')} leave is protected leave: vesting goes on.")
    if leave is not Leave.UNPAID_PERSONAL or not rule.unpaid_leave_pauses:
        raise PauseRefused("The plan does not pause vesting for this leave.")
    if until is not None and until <= from_:
        raise PauseEndsTooEarly(f"A leave from {from_} can't end on {until}.", field="until")
    if until is not None and until <= add_days(from_, rule.longer_than_days):
        raise PauseRefused(f"Vesting pauses only for a leave of more than {rule.longer_than_days} days.")
