"""Internal capital accounts: each member's claim on the net book value, and the collective account (§2.4).

The members' accounts and the collective one add up to the net book value, each year anew (E21 I21.1). Value sits in
accounts, votes do not: a balance never gives or takes a vote. All in cents.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from ledger.apportionment import apportion
from ledger.errors import Invalid
from ledger.sessions.errors import BalanceTooLow, NobodyToShare


@dataclass(frozen=True, slots=True)
class Accounts:
    """The balances at the end of a year; a member's can be below zero only where the bylaws allow it."""

    members: Mapping[str, int]
    collective: int

    @property
    def net_book_value(self) -> int:
        """What all of them add up to."""
        return sum(self.members.values()) + self.collective


@dataclass(frozen=True, slots=True)
class Year:
    """What a year does to the accounts, member to cents; who is not named has nothing.

    Attributes:
        paid_in: Membership fees and other capital, zero or more.
        allocated: Share of the year's patronage; of a loss, below zero.
        cash: What of it was paid out at once.
        redeemed: Notices of earlier years, and accounts of who left, paid out.
        collective: What goes to the collective account, or comes from it.
    """

    paid_in: Mapping[str, int] = field(default_factory=dict)
    allocated: Mapping[str, int] = field(default_factory=dict)
    cash: Mapping[str, int] = field(default_factory=dict)
    redeemed: Mapping[str, int] = field(default_factory=dict)
    collective: int = 0

    def __post_init__(self) -> None:
        """Refuse money that flows the wrong way."""
        for name in ("paid_in", "cash", "redeemed"):
            if min(getattr(self, name).values(), default=0) < 0:
                raise Invalid("What is paid in or out is zero cents or more.", field=name)
        if any(cash > max(0, self.allocated.get(member, 0)) for member, cash in self.cash.items()):
            raise Invalid("No more of an allocation can be paid out than there is.", field="cash")


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss shared out: all figures zero or below, together the loss."""

    members: Mapping[str, int]
    collective: int


def roll_forward(opening: Accounts, year: Year) -> Accounts:
    """Return the accounts at the end of a year.

    Members come in the order of their ids; nobody's account is dropped, however long ago they left (E21 I21.3).

    Raises:
        BalanceTooLow: More is redeemed than an account held when the year began, or was paid in.
    """
    named = opening.members.keys() | year.paid_in.keys() | year.allocated.keys() | year.redeemed.keys()
    closing = {}
    for member in sorted(named):
        before = opening.members.get(member, 0) + year.paid_in.get(member, 0)
        out = year.redeemed.get(member, 0)
        if out > max(0, before):
            raise BalanceTooLow(f"{member} has {before:,} cents; {out:,} can't be redeemed.", field="redeemed")
        closing[member] = before - out + year.allocated.get(member, 0) - year.cash.get(member, 0)
    return Accounts(closing, opening.collective + year.collective)


def share_loss(
    loss: int,
    weights: Mapping[str, int],
    balances: Mapping[str, int],
    *,
    collective: Fraction,
    may_go_below_zero: bool = False,
) -> Loss:
    """Return how a loss is shared: a part by the collective account, the rest by patronage.

    Of $3,000.00, with 40 % for the collective account, minutes of 61,250, 48,300 and 9,135 bear $928.93, $732.53 and
    $138.54.

    Args:
        loss: Cents, zero or more.
        weights: Member to credited minutes of the year.
        balances: Member to what their account holds before the loss.
        collective: The part that the collective account bears, from 0 to 1.
        may_go_below_zero: Whether the bylaws let a member's account fall below zero; otherwise the collective account
            bears what a member's can't.

    Raises:
        Invalid: The loss is negative, or the part is not one.
        NobodyToShare: Members bear a part and none has any credit.
    """
    if loss < 0 or not 0 <= collective <= 1:
        raise Invalid("A loss is zero cents or more, and the collective account bears none to all of it.", field="loss")
    parts = {"collective": collective.numerator, "members": collective.denominator - collective.numerator}
    by_members = apportion(loss, parts)["members"]
    if by_members and not any(weights.values()):
        raise NobodyToShare("Nobody has any credit to share this loss by.", field="loss")
    borne = apportion(by_members, weights)
    if not may_go_below_zero:
        borne = {member: min(part, max(0, balances.get(member, 0))) for member, part in borne.items()}
    return Loss({member: -part for member, part in borne.items()}, sum(borne.values()) - loss)
