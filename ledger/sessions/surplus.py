"""From a year's net income to what can be allocated to members (cooperative-finance.md §2.2).

Only what was earned by members' own work is patronage; of that come, in this order, reserves, old deficits, education,
and then the members' allocation. All in whole cents; each share is rounded by largest remainder, so nothing is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from ledger.apportionment import apportion
from ledger.errors import Invalid
from ledger.sessions.errors import PolicyInvalid


@dataclass(frozen=True, slots=True)
class SurplusPolicy:
    """What is taken from the patron-sourced surplus before it is allocated, each as a share of it."""

    statutory_reserve: Fraction = Fraction(0)
    prudent_reserve: Fraction = Fraction(0)
    education: Fraction = Fraction(0)

    def __post_init__(self) -> None:
        """Refuse shares below nothing, or above the whole together."""
        shares = (self.statutory_reserve, self.prudent_reserve, self.education)
        if min(shares) < 0 or sum(shares) > 1:
            raise PolicyInvalid("Reserves and education take from nothing to all of the surplus.")


@dataclass(frozen=True, slots=True)
class Waterfall:
    """Where each cent of a year's net income goes: the parts after ``net`` add up to it.

    Attributes:
        non_patronage: Earned by the work of others than members; taxed, and nobody's in particular.
        deficits_retired: Losses of earlier years made good.
        allocable: What the board can declare as patronage at most (E19 I19.3).
    """

    net: int
    non_patronage: int
    statutory_reserve: int
    prudent_reserve: int
    deficits_retired: int
    education: int
    allocable: int

    @property
    def patron_sourced(self) -> int:
        """What members' own work earned."""
        return self.net - self.non_patronage

    @property
    def collective(self) -> int:
        """What goes to the collective account: everything that is neither allocated nor spent on education."""
        return self.net - self.allocable - self.education


def waterfall(
    net: int, policy: SurplusPolicy, *, member_minutes: int, all_minutes: int, deficits: int = 0
) -> Waterfall:
    """Return how a year's net income divides.

    $840,000.00, with 2,886,000 of 3,120,000 minutes by members and a reserve of 30 %, is $777,000.00 from patronage and
    $63,000.00 not; $233,100.00 are reserved and $543,900.00 can be allocated.

    Args:
        net: Net income in cents, zero or more; a loss is shared by ``ledger.sessions.accounts``.
        policy: The shares in force at the start of the year.
        member_minutes: Delivered by members.
        all_minutes: Delivered by everybody.
        deficits: Losses of earlier years that are still to be made good, in cents.

    Raises:
        Invalid: A figure is negative, or members delivered more than everybody did.
    """
    if min(net, deficits) < 0:
        raise Invalid("A waterfall divides a surplus: zero cents or more.", field="net")
    if not 0 <= member_minutes <= all_minutes or not all_minutes:
        raise Invalid("Members deliver from none to all of the minutes, and there are some.", field="member_minutes")
    patronage = Fraction(member_minutes, all_minutes)
    patron_sourced, non_patronage = _shares(net, {"patronage": patronage, "rest": 1 - patronage}).values()
    reserves = {"statutory": policy.statutory_reserve, "prudent": policy.prudent_reserve, "education": policy.education}
    taken = _shares(patron_sourced, reserves | {"rest": 1 - sum(reserves.values(), Fraction(0))})
    left = taken["education"] + taken["rest"]
    retired = min(deficits, left)
    # deficits come before education: where they leave less than its share, it gets what is left
    education = min(taken["education"], left - retired)
    allocable = left - retired - education
    return Waterfall(net, non_patronage, taken["statutory"], taken["prudent"], retired, education, allocable)


def _shares(total: int, shares: dict[str, Fraction]) -> dict[str, int]:
    """Return a total split by shares of it that add up to 1."""
    parts = lcm(*(share.denominator for share in shares.values()))
    return apportion(total, {name: int(share * parts) for name, share in shares.items()})
