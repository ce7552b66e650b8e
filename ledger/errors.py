"""Why the ledger refuses: one tree, each class named for the fact.

::

    Refusal
    ├── Invalid                 what was handed in breaks a rule of its own
    │   ├── QuantityInvalid
    │   ├── DatesOutOfOrder
    │   └── TermsInvalid
    ├── NotFound                an id that no entry made
    ├── Conflict                true of itself, but not with what is on record
    │   ├── AlreadyExists
    │   ├── Overdrawn
    │   │   ├── PoolExhausted
    │   │   └── AuthorisedExhausted
    │   ├── ExemptionExhausted
    │   ├── LaterChangeExists
    │   ├── NotReversible
    │   └── NotAllowedNow
    ├── NotApproved             an approval is missing, void, or for other terms
    ├── FourEyes                two roles that must be two people are one
    └── Tampered                the record does not fit what its entries say

``str(error)`` is fit to show a member; ``code`` is the stable word that the API and the command line print.
"""

from __future__ import annotations

from datetime import date


class Refusal(Exception):
    """The ledger will not do this, and says why in words a member can read."""

    code = "refused"

    def __init__(self, message: str, *, field: str | None = None) -> None:
        """Keep the message, and the field of the order it is about where there is one."""
        super().__init__(message)
        self.field = field


class Invalid(Refusal):
    """What was handed in breaks a rule of its own, whatever is on record."""

    code = "invalid"


class QuantityInvalid(Invalid):
    """Not a whole, positive number of the class's smallest units below 2^53."""

    code = "quantity_invalid"


class DatesOutOfOrder(Invalid):
    """Two dates stand the wrong way round."""

    code = "dates_out_of_order"


class TermsInvalid(Invalid):
    """Terms of a grant, a class or a schedule that contradict themselves."""

    code = "terms_invalid"


class NotFound(Refusal):
    """No entry made a thing with this id."""

    code = "not_found"


class Conflict(Refusal):
    """Sound of itself, but it does not fit what is on record."""

    code = "conflict"


class AlreadyExists(Conflict):
    """An id or a label that is already used; labels are never used twice, like cheque numbers."""

    code = "already_exists"


class Overdrawn(Conflict):
    """An account would fall below its floor, on the day of the entry or on a later one.

    Attributes:
        account: Path of the account, such as ``pool:pln_…``.
        available: The most that may be taken on that day, in minor units.
        needed: What the entry would take, in minor units.
        day: The day on which the account is lowest.
    """

    code = "overdrawn"

    def __init__(self, account: str, available: int, needed: int, day: date, message: str | None = None) -> None:
        """Word the refusal with the figures."""
        text = message or f"{account} has {available:,} units left on {day}; this needs {needed:,}."
        super().__init__(text, field="quantity")
        self.account, self.available, self.needed, self.day = account, available, needed, day


class PoolExhausted(Overdrawn):
    """A plan's pool has too few units left on this day or on a later one."""

    code = "pool_exhausted"


class AuthorisedExhausted(Overdrawn):
    """The charter authorises too few shares of the class on this day or on a later one."""

    code = "authorised_exhausted"


class ExemptionExhausted(Conflict):
    """Grants come to more than a securities exemption allows."""

    code = "exemption_exhausted"


class LaterChangeExists(Conflict):
    """Something that happened later rests on the state this would change; reverse that first."""

    code = "later_change_exists"


class NotReversible(Conflict):
    """This entry can't be reversed: it is a reversal, is reversed already, or others rest on it."""

    code = "not_reversible"


class NotAllowedNow(Conflict):
    """The thing exists, but not in a state in which this may be done."""

    code = "not_allowed_now"


class NotApproved(Refusal):
    """No approval of exactly these terms is on file."""

    code = "not_approved"


class FourEyes(Refusal):
    """Drafter, approver and recipient must be three different people (E7 I7.2, E28 I28.1)."""

    code = "four_eyes"


class Tampered(Refusal):
    """A row or an entry does not fit the journal."""

    code = "tampered"
