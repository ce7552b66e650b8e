"""Why the vesting rules refuse: one tree, each class named for the fact.

::

    VestingError
    ├── VestingTermsInvalid     terms that contradict themselves; the message names the condition
    │   ├── ConditionCycle
    │   ├── NoRootCondition
    │   ├── UnknownCondition
    │   └── ScheduleTooLong
    ├── UnknownTemplate
    ├── TableInvalid            a written table that can't be read back
    ├── ExceedsGranted          instalments that add up to more than the grant
    ├── ExceedsUnvested         more accelerated than is still to vest
    └── PauseRefused
        ├── ProtectedLeave
        ├── PausesOverlap
        └── PauseEndsTooEarly
"""

from ledger.errors import Conflict, DatesOutOfOrder, Invalid, NotAllowedNow, NotFound, Refusal, TermsInvalid


class VestingError(Refusal):
    """The vesting rules refuse, in words a member can read."""

    code = "vesting_refused"


class VestingTermsInvalid(VestingError, TermsInvalid):
    """Vesting terms that can't be kept as they are written."""

    code = "vesting_terms_invalid"


class ConditionCycle(VestingTermsInvalid):
    """Conditions lead back to one that has already been met, so the terms never end."""

    code = "vesting_condition_cycle"


class NoRootCondition(VestingTermsInvalid):
    """Every condition waits for another one, so nothing can ever begin."""

    code = "vesting_no_root_condition"


class UnknownCondition(VestingTermsInvalid):
    """A condition or an event is named that the terms do not have."""

    code = "vesting_unknown_condition"


class ScheduleTooLong(VestingTermsInvalid):
    """A schedule of more than a century, or past the last year of the calendar."""

    code = "vesting_schedule_too_long"


class UnknownTemplate(VestingError, NotFound):
    """No template of vesting terms has this name."""

    code = "vesting_unknown_template"


class TableInvalid(VestingError, Invalid):
    """A table of instalments that is not one: wrong shape, date, quantity or mark."""

    code = "vesting_table_invalid"


class ExceedsGranted(VestingError, Invalid):
    """The instalments add up to more than was granted."""

    code = "vesting_exceeds_granted"


class ExceedsUnvested(VestingError, Conflict):
    """More units are accelerated than are still to vest (E8 I8.7)."""

    code = "vesting_exceeds_unvested"


class PauseRefused(VestingError, NotAllowedNow):
    """Vesting goes on; this leave does not pause it."""

    code = "vesting_pause_refused"


class ProtectedLeave(PauseRefused):
    """Parental, medical, military and other protected leave never pauses vesting (E8 I8.5)."""

    code = "vesting_protected_leave"


class PausesOverlap(PauseRefused):
    """The grant is paused already; two pauses can't overlap (E8 I8.6)."""

    code = "vesting_pauses_overlap"


class PauseEndsTooEarly(PauseRefused, DatesOutOfOrder):
    """A pause ends after it begins."""

    code = "vesting_pause_ends_too_early"
