"""Credit policies as records hold them, and back."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from ledger.sessions.policy import CreditPolicy
from ledger.sessions.records import CreditRule
from ledger.sessions.thresholds import Limits
from ledger.sessions.values import Category
from ledger.types import Json


def terms_of(policy: CreditPolicy) -> dict[str, Json]:
    """Return a policy's terms as JSON; fractions as ``"1/2"``."""
    return {
        "ceiling": {"day": policy.ceiling.day, "week": policy.ceiling.week},
        "factors": {category.value: str(factor) for category, factor in policy.factors.items()},
        "no_show_factor": str(policy.no_show_factor),
        "indirect_minutes_per_hour": policy.indirect_minutes_per_hour,
        "council_minutes_per_week": policy.council_minutes_per_week,
        "leave_weeks": policy.leave_weeks,
        "leave_mean_weeks": policy.leave_mean_weeks,
        "plateau": None if policy.plateau is None else str(policy.plateau),
        "alpha": str(policy.alpha),
    }


def policy_of(rule: CreditRule) -> CreditPolicy:
    """Return the policy that a record holds."""
    terms: dict[str, Any] = rule.terms
    return CreditPolicy(
        rule.resolution,
        rule.passed_on,
        rule.effective_from,
        Limits(terms["ceiling"]["day"], terms["ceiling"]["week"]),
        {Category(name): Fraction(factor) for name, factor in terms["factors"].items()},
        Fraction(terms["no_show_factor"]),
        terms["indirect_minutes_per_hour"],
        terms["council_minutes_per_week"],
        terms["leave_weeks"],
        terms["leave_mean_weeks"],
        None if terms["plateau"] is None else Fraction(terms["plateau"]),
        Fraction(terms["alpha"]),
    )
