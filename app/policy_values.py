"""What each policy of the members' register says: one shape a key, checked before it is voted on and before it is set.

The keys stand in ``POLICIES``, each with the kinds of proposal that may set it. A key that ends in a dot is followed
by a name of the cooperative's own: ``documents.benefits``, ``data_sharing.claims-house``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict, StringConstraints, ValidationError

from app.api.amounts import Share, fraction
from app.api.fields import Flag, Line, Money
from governance.errors import MotionInvalid
from governance.policies import RULES
from governance.records import ProposalKind
from governance.rules import Ruleset
from ledger.equity.parting import LayoffProtection
from ledger.equity.vesting.months import add_months
from ledger.errors import Refusal
from ledger.sessions.policy import CreditPolicy
from ledger.sessions.thresholds import Limits
from ledger.sessions.values import Category
from ledger.types import Json

Text = Annotated[str, Strict(), StringConstraints(min_length=1, max_length=20_000)]
Days = Annotated[int, Strict(), Field(ge=0, le=365)]
Months = Annotated[int, Strict(), Field(ge=0, le=48)]
Ceiling = Annotated[int, Strict(), Field(ge=1, le=1_000)]
Weeks = Annotated[int, Strict(), Field(ge=0, le=104)]

MOST_SHARING_MONTHS = 12
"""How long data may go to a recipient before the members are asked again (E26 I26.3)."""


class Value(BaseModel):
    """What a policy says; a field too many is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Fee(Value):
    """One fee, and what it is taken from."""

    name: Line
    percent: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,3}(\.[0-9]{1,4})?$")] | None = None
    amount: Money | None = None
    per: Literal["session", "month", "year", "payment"]


class Fees(Value):
    """What the cooperative keeps."""

    fees: Annotated[list[Fee], Field(max_length=50)]


class Rate(Value):
    """What a kind of session pays."""

    code: Line
    amount: Money


class Rates(Value):
    """What sessions pay their providers."""

    rates: Annotated[list[Rate], Field(max_length=200)]


class Credit(Value):
    """How sessions become credit."""

    ceiling_day: Ceiling | None = None
    ceiling_week: Ceiling | None = None
    factors: Annotated[dict[Category, Share], Field(default_factory=dict)]
    no_show_factor: Share = "0"
    indirect_minutes_per_hour: Annotated[int, Strict(), Field(ge=0, le=60)] = 10
    council_minutes_per_week: Annotated[int, Strict(), Field(ge=0, le=3_600)] = 120
    leave_weeks: Weeks = 12
    leave_mean_weeks: Annotated[int, Strict(), Field(ge=1, le=104)] = 13
    plateau: Share | None = None
    alpha: Share = "0"

    @classmethod
    def of(cls, policy: CreditPolicy) -> Credit:
        """Return what a policy of the ledger says."""
        return cls(
            ceiling_day=policy.ceiling.day,
            ceiling_week=policy.ceiling.week,
            factors={category: str(factor) for category, factor in policy.factors.items()},
            no_show_factor=str(policy.no_show_factor),
            indirect_minutes_per_hour=policy.indirect_minutes_per_hour,
            council_minutes_per_week=policy.council_minutes_per_week,
            leave_weeks=policy.leave_weeks,
            leave_mean_weeks=policy.leave_mean_weeks,
            plateau=None if policy.plateau is None else str(policy.plateau),
            alpha=str(policy.alpha),
        )

    def policy(self, resolution: str, passed_on: date, effective_from: date) -> CreditPolicy:
        """Return the policy for the ledger."""
        return CreditPolicy(
            resolution,
            passed_on,
            effective_from,
            Limits(self.ceiling_day, self.ceiling_week),
            {category: fraction(factor) for category, factor in self.factors.items()},
            fraction(self.no_show_factor),
            self.indirect_minutes_per_hour,
            self.council_minutes_per_week,
            self.leave_weeks,
            self.leave_mean_weeks,
            None if self.plateau is None else fraction(self.plateau),
            fraction(self.alpha),
        )


class Sharing(Value):
    """Data that may go to one recipient, for one purpose; whatever is not named here goes nowhere."""

    recipient: Line
    purpose: Line
    data: Annotated[list[Line], Field(min_length=1, max_length=50)]


class Layoffs(Value):
    """What protects those who are laid off."""

    waive_cliff: Flag
    extra_months: Months
    notice_days: Days
    """The least days from being told to the last day."""
    handover_days: Days = 0
    """Paid days to hand clients over."""

    @property
    def protection(self) -> LayoffProtection:
        """What it adds to vesting."""
        return LayoffProtection(self.waive_cliff, self.extra_months)


class Surplus(Value):
    """How a year's surplus is divided, from the next period on."""

    statutory_reserve: Share
    prudent_reserve: Share = "0"
    education: Share = "0"
    alpha: Share = "0"
    cash_share: Share


class Words(Value):
    """A document: benefits, no-shows, matching, AI note-taking, the bylaws."""

    title: Line
    text: Text


@dataclass(frozen=True, slots=True)
class Described:
    """What is known of a key.

    Attributes:
        value: The shape of what it says.
        kinds: The kinds of proposal that may set it.
        expires: Whether it has to have a last day.
    """

    value: type[Value]
    kinds: tuple[ProposalKind, ...]
    expires: bool = False


POLICIES: Mapping[str, Described] = {
    "fees": Described(Fees, (ProposalKind.FEE_OR_RATE,)),
    "rates": Described(Rates, (ProposalKind.FEE_OR_RATE,)),
    "credit": Described(Credit, (ProposalKind.CASELOAD_RAISE, ProposalKind.CASELOAD_LOWER)),
    "data_sharing.": Described(Sharing, (ProposalKind.DATA_SHARING,), expires=True),
    "layoff_protection": Described(Layoffs, (ProposalKind.LAYOFF_PROTOCOL,)),
    "surplus": Described(Surplus, (ProposalKind.SURPLUS,)),
    "documents.": Described(Words, (ProposalKind.BENEFITS,)),
    "bylaws": Described(Words, (ProposalKind.BYLAWS,)),
}
"""Key, or the beginning of one, to what is known of it. Rulesets have keys of their own: ``rules.<kind>``."""


def described(key: str) -> Described:
    """Return what is known of a key.

    Raises:
        MotionInvalid: There is no such policy.
    """
    if key in POLICIES and not key.endswith("."):
        return POLICIES[key]
    start, dot, name = key.partition(".")
    found = POLICIES.get(f"{start}.")
    if found is None or not dot or not name.replace("-", "").isalnum() or not name.isascii():
        names = ", ".join(f"{known}<name>" if known.endswith(".") else known for known in POLICIES)
        raise MotionInvalid(f"There is no policy {key!r}; there are {names}.", field="key")
    return found


def checked(key: str, value: Mapping[str, Any], kind: ProposalKind | None = None) -> dict[str, Json]:
    """Return what a policy says, in its one form.

    Args:
        key: Which policy.
        value: What it would say.
        kind: The kind of proposal that would set it; None at the founding.

    Raises:
        MotionInvalid: There is no such policy, this kind of proposal does not set it, or it says something else.
    """
    if key.startswith(RULES):
        return _checked_rules(key, value, kind)
    known = described(key)
    if kind is not None and kind not in known.kinds:
        kinds = " or ".join(one.value for one in known.kinds)
        raise MotionInvalid(f"{key} is set by a proposal of the kind {kinds}, not {kind.value}.", field="key")
    return read(key, value).model_dump(mode="json")


def _checked_rules(key: str, value: Mapping[str, Any], kind: ProposalKind | None) -> dict[str, Json]:
    rules = Ruleset.from_json(value)
    if key != f"{RULES}{rules.kind.value}":
        raise MotionInvalid(f"{key} holds the rules for {rules.kind.value}; name the kind they are for.", field="key")
    if kind is not None and kind is not rules.kind:
        text = f"The rules for {rules.kind.value} change by a proposal of that kind: by the rule they replace."
        raise MotionInvalid(text, field="key")
    return rules.to_json()


def read(key: str, value: Mapping[str, Any]) -> Value:
    """Return what a policy says as a value.

    Raises:
        MotionInvalid: It says something else than its key demands; the message names the field.
    """
    try:
        made = described(key).value.model_validate(value)
        if isinstance(made, Credit):
            # the ledger has the last word on what can be credited
            made.policy("-", date(2000, 1, 1), date(2000, 1, 3))
        if isinstance(made, Surplus):
            _check_surplus(made)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise MotionInvalid(f"{key}: {where}: {first['msg']}.", field="value") from None
    except Refusal as refusal:
        raise MotionInvalid(f"{key}: {refusal}", field="value") from None
    return made


def _check_surplus(made: Surplus) -> None:
    shares = (made.statutory_reserve, made.prudent_reserve, made.education)
    if sum(map(fraction, shares)) > 1 or fraction(made.alpha) > 1:
        raise MotionInvalid("The reserves come to more than all.", field="value")
    if not Fraction(1, 5) <= fraction(made.cash_share) <= 1:
        raise MotionInvalid("At least 20 % of an allocation is paid in money.", field="value")


def check_ends(key: str, expires_on: date | None) -> None:
    """Refuse data sharing without an end, whenever it may begin.

    Raises:
        MotionInvalid: It has none.
    """
    if not key.startswith(RULES) and described(key).expires and expires_on is None:
        raise MotionInvalid(f"{key} needs a last day: data goes nowhere for ever.", field="expires_on")


def check_expiry(key: str, effective_from: date, expires_on: date | None) -> None:
    """Refuse data sharing without an end, or with one more than twelve months on.

    Raises:
        MotionInvalid: It is.
    """
    if key.startswith(RULES) or not described(key).expires:
        if expires_on is not None and expires_on < effective_from:
            raise MotionInvalid("It would end before it begins.", field="expires_on")
        return
    latest = add_months(effective_from, MOST_SHARING_MONTHS)
    if expires_on is None or not effective_from <= expires_on <= latest:
        raise MotionInvalid(f"{key} needs a last day, {latest} or earlier.", field="expires_on")


def raises_ceiling(now: Credit | None, then: Credit) -> bool:
    """Return whether one credit policy allows more sessions than another; no ceiling is the highest."""
    if now is None:
        return False
    pairs = ((now.ceiling_day, then.ceiling_day), (now.ceiling_week, then.ceiling_week))
    return any(before is not None and (after is None or after > before) for before, after in pairs)
