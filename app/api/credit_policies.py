"""The members' credit policy: how sessions become credit, by resolution and from a day on."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, Strict
from sqlalchemy.orm import Session

from app.api.amounts import Share, fraction
from app.api.door import Door
from app.api.fields import Day, Line, Order, Page, Told, shown
from app.api.lists import PagingAsked, page_of
from app.people.tokens import Scope
from app.policy_settings import credit_setting
from governance.errors import ResolutionMissing
from governance.policies import set_first
from ledger.equity.register import company_day
from ledger.errors import DatesOutOfOrder
from ledger.members import has_members
from ledger.reading import find
from ledger.sessions.choices import recorded_on
from ledger.sessions.errors import PolicyInvalid
from ledger.sessions.policies import policy_of
from ledger.sessions.policy import CreditPolicy
from ledger.sessions.records import CreditRule
from ledger.sessions.thresholds import Limits
from ledger.sessions.values import Category
from ledger.types import Act

door = Door("credit-policies")

POLICY: dict[str, Any] = {
    "resolution": "members:2025-08",
    "passed_on": "2025-08-12",
    "effective_from": "2025-09-01",
    "ceiling_day": 8,
    "ceiling_week": 22,
    "factors": {"GROUP": "1"},
    "no_show_factor": "0",
    "indirect_minutes_per_hour": 10,
    "council_minutes_per_week": 120,
    "leave_weeks": 12,
    "leave_mean_weeks": 13,
    "plateau": None,
    "alpha": "0",
}

Ceiling = Annotated[int, Strict(), Field(ge=1, le=1_000)]
Weeks = Annotated[int, Strict(), Field(ge=0, le=104)]


class PolicyTerms(Told):
    """How sessions become credit."""

    resolution: Line
    """What the members passed."""
    passed_on: Day
    effective_from: Day
    """A Monday after the day it was passed."""
    ceiling_day: Ceiling | None = None
    """The most sessions a day that anybody's threshold may be."""
    ceiling_week: Ceiling | None = None
    factors: Annotated[dict[Category, Share], Field(default_factory=dict)]
    """What a minute of a category counts, from 0 to 1; 1 where it is not named."""
    no_show_factor: Share = "0"
    """What a session counts to which nobody came: 0, 1/2 or 1."""
    indirect_minutes_per_hour: Annotated[int, Strict(), Field(ge=0, le=60)] = 10
    council_minutes_per_week: Annotated[int, Strict(), Field(ge=0, le=3_600)] = 120
    leave_weeks: Weeks = 12
    """How long protected leave is credited."""
    leave_mean_weeks: Annotated[int, Strict(), Field(ge=1, le=104)] = 13
    """Over how many weeks before it the credit is averaged."""
    plateau: Share | None = None
    """From what part of their own weekly threshold on a provider has the whole credit."""
    alpha: Share = "0"
    """The slice of a pool that is split equally."""


class PolicyIn(PolicyTerms, Order):
    """The policy that the members passed."""

    model_config = shown(POLICY)

    def policy(self) -> CreditPolicy:
        """Return the policy for the ledger."""
        return CreditPolicy(
            self.resolution,
            self.passed_on,
            self.effective_from,
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


class PolicyOut(PolicyTerms):
    """A credit policy on record."""

    model_config = shown(POLICY | {"id": "pol_01KJQ3YT5RWX6M1YFV0B1WJ6Q8"})

    id: str

    @classmethod
    def of(cls, rule: CreditRule) -> PolicyOut:
        """Return a policy as the API tells it."""
        policy = policy_of(rule)
        return cls(
            id=rule.id,
            resolution=policy.resolution,
            passed_on=policy.passed_on,
            effective_from=policy.effective_from,
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


@door.write(
    "/credit-policies",
    Scope.POLICIES_WRITE,
    refuses=[DatesOutOfOrder, PolicyInvalid, ResolutionMissing],
)
def adopt_credit_policy(db: Session, act: Act, order: PolicyIn) -> PolicyOut:
    """Set a credit policy, before anybody is a member.

    It counts from a Monday to come; only the first one may have been passed long ago. From the first member on it is
    set by what members pass, and by nothing else.
    """
    policy = order.policy()
    on = recorded_on(db, policy, company_day(db, act.now))
    made = set_first(db, act, credit_setting(policy, act.new_id("pol"), on=on), on=on, has_members=has_members(db))
    return PolicyOut.of(find(db, CreditRule, made.id))


@door.read("/credit-policies", Scope.POLICIES_READ)
def list_credit_policies(db: Session, page: PagingAsked) -> Page[PolicyOut]:
    """List credit policies in the order in which they were recorded."""
    return page_of(db, CreditRule, page, lambda item: PolicyOut.of(item.value))
