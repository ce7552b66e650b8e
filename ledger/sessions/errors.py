"""Why the rules of sessions and patronage refuse: one tree, each class named for the fact.

::

    SessionsRefusal
    ├── UnknownZone             no place on earth keeps this time
    ├── NoSuchTime              the clocks skipped it
    ├── InTheFuture
    ├── OnlyTheProvider         done by somebody else than the provider it concerns
    ├── AboveCeiling            a threshold above what the members voted
    ├── PolicyInvalid           a policy that contradicts itself or comes too early
    ├── NoPolicyInForce         nothing was promised for that day
    ├── NobodyToShare           a pool, and no credit to split it by
    ├── PoolTooLarge            more declared than is there
    ├── CashTooLow              less than 20 % of a qualified allocation in money
    ├── BalanceTooLow           more redeemed than a capital account holds
    ├── OutOfTurn               a younger notice redeemed before an older one, or anything before it is due
    ├── NotSolvent              no statement by the board that the cooperative can afford it
    ├── StepRefused             not the next step of a statement or a dispute
    │   └── AlreadyAttested
    └── DisputesOpen            a period closed over open disputes
"""

from ledger.errors import AlreadyExists, Conflict, FourEyes, Invalid, NotAllowedNow, Refusal, TermsInvalid


class SessionsRefusal(Refusal):
    """The rules of sessions and patronage refuse, in words a member can read."""

    code = "sessions_refused"


class UnknownZone(SessionsRefusal, Invalid):
    """Not the name of a time zone, such as America/New_York."""

    code = "unknown_zone"


class NoSuchTime(SessionsRefusal, Invalid):
    """A local time that the clocks skipped there on that day."""

    code = "no_such_time"


class InTheFuture(SessionsRefusal, Invalid):
    """A session can't have been delivered on a day that has not come (E14 I14.4)."""

    code = "in_the_future"


class OnlyTheProvider(SessionsRefusal, FourEyes):
    """Something that only the provider it concerns may do (E15 I15.1, E18 I18.2)."""

    # the mirror of four eyes: two roles that must be one person are two
    code = "only_the_provider"


class AboveCeiling(SessionsRefusal, Conflict):
    """A threshold above the ceiling that the members voted (E15 I15.3)."""

    code = "above_ceiling"


class PolicyInvalid(SessionsRefusal, TermsInvalid):
    """A policy that contradicts itself, or that would apply before it was passed."""

    code = "policy_invalid"


class NoPolicyInForce(SessionsRefusal, Conflict):
    """No policy was in force on that day, and none applies to days before it (E16 I16.2)."""

    code = "no_policy_in_force"


class NobodyToShare(SessionsRefusal, Conflict):
    """There is something to split and no credit to split it by."""

    code = "nobody_to_share"


class PoolTooLarge(SessionsRefusal, Conflict):
    """More is declared than is there to be allocated (E19 I19.3)."""

    code = "pool_too_large"


class CashTooLow(SessionsRefusal, Invalid):
    """A qualified notice needs 20 % of each member's allocation in money (E20 I20.4)."""

    code = "cash_too_low"


class BalanceTooLow(SessionsRefusal, Conflict):
    """More would be redeemed than the capital account holds (E21 I21.2)."""

    code = "balance_too_low"


class OutOfTurn(SessionsRefusal, Conflict):
    """Notices are redeemed oldest first, unless a resolution says otherwise (E21 I21.2)."""

    code = "out_of_turn"


class NotSolvent(SessionsRefusal, NotAllowedNow):
    """Capital is paid out only as far as the board states that the cooperative can afford it."""

    code = "not_solvent"


class StepRefused(SessionsRefusal, NotAllowedNow):
    """Not a step that follows on the present state of a statement or a dispute."""

    code = "step_refused"


class AlreadyAttested(StepRefused, AlreadyExists):
    """A statement is attested once (E18 I18.1)."""

    code = "already_attested"


class DisputesOpen(SessionsRefusal, NotAllowedNow):
    """A period closes without open disputes, or with enough held back for them (E18 I18.3)."""

    code = "disputes_open"
