"""The register of policies: what belongs to the members, in versions; which one is in force, and what each said."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import Query
from pydantic.json_schema import SkipJsonSchema
from sqlalchemy.orm import Session

from app.api.door import Door
from app.api.fields import Day, Document, Line, Order, Page, Told, shown
from app.api.lists import PagingAsked, page_among
from app.api.service import Now
from app.people.tokens import Scope
from app.policy_settings import first_setting
from governance import policies
from governance.differences import changed_fields
from governance.errors import MotionInvalid, ResolutionMissing
from governance.records import Policy
from ledger.equity.register import company_day
from ledger.errors import DatesOutOfOrder, NotFound
from ledger.members import has_members
from ledger.types import Act

door = Door("policies")

FEES: dict[str, Any] = {"fees": [{"name": "Platform", "percent": "12.5", "amount": None, "per": "payment"}]}
POLICY: dict[str, Any] = {
    "id": "pol_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "key": "fees",
    "version": 2,
    "value": FEES,
    "effective_from": "2025-11-30",
    "expires_on": None,
    "proposal": "prp_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
}
CHANGE = {"field": "fees[0].percent", "before": '"12.5"', "after": '"11"'}

OnDay = Annotated[
    Day | SkipJsonSchema[None], Query(description="In force on this day; today in the company's time zone.")
]
Number = Annotated[int, Query(ge=1, le=1_000_000, examples=[2])]


class FirstPolicyIn(Order):
    """What the founders set, before anybody is a member."""

    model_config = shown({"value": FEES, "effective_from": "2025-09-01"})

    value: Document
    """As its key demands."""
    effective_from: Day
    expires_on: Day | None = None
    """Its last day: for data sharing, twelve months on at most."""


class PolicyVersion(Told):
    """A policy in one version."""

    model_config = shown(POLICY)

    id: str
    key: str
    """`fees`, `rates`, `credit`, `surplus`, `layoff_protection`, `bylaws`; `documents.…`, `data_sharing.…` and, for the
    rules of votes, `rules.…`, with a name after the dot."""
    version: int
    value: dict[str, Any]
    effective_from: date
    expires_on: date | None
    """After this day nothing is in force until another version is."""
    proposal: str | None
    """What members passed; null for one that the founders set before anybody was a member."""

    @classmethod
    def of(cls, made: Policy) -> PolicyVersion:
        """Return a version as the API tells it."""
        return cls.model_validate(made, from_attributes=True)


class PolicyChange(Told):
    """A field that says something else."""

    model_config = shown(CHANGE)

    field: str
    before: str | None
    """JSON; null where it was not there."""
    after: str | None


class PolicyDifferences(Told):
    """What one version says otherwise than another."""

    model_config = shown({"key": "fees", "before": 1, "after": 2, "fields": [CHANGE]})

    key: str
    before: int
    after: int
    fields: list[PolicyChange]


@door.write(
    "/policies/{key}",
    Scope.POLICIES_WRITE,
    refuses=[ResolutionMissing, MotionInvalid, DatesOutOfOrder],
)
def set_first_policy(db: Session, act: Act, key: Line, order: FirstPolicyIn) -> PolicyVersion:
    """Set a policy, before anybody is a member.

    From the first member on, a policy is set by what members pass, and by nothing else.
    """
    on = company_day(db, act.now)
    setting = first_setting(db, act, key, order.value, order.effective_from, order.expires_on, on=on)
    return PolicyVersion.of(policies.set_first(db, act, setting, on=on, has_members=has_members(db)))


@door.read("/policies", Scope.POLICIES_READ)
def list_policies(db: Session, now: Now, page: PagingAsked, on: OnDay = None) -> Page[PolicyVersion]:
    """List what is in force on a day, one version of each policy."""
    day = on or company_day(db, now)
    found = [policies.in_force(db, key, day) for key in policies.keys(db)]
    in_force = [PolicyVersion.of(each) for each in found if each is not None]
    return page_among("policies", in_force, page, lambda one: one, lambda one: one.key)


@door.read("/policies/{key}", Scope.POLICIES_READ)
def get_policy(db: Session, now: Now, key: Line, on: OnDay = None) -> PolicyVersion:
    """Get the version of a policy that is in force on a day."""
    day = on or company_day(db, now)
    found = policies.in_force(db, key, day)
    if found is None:
        raise NotFound(f"No version of {key} is in force on {day}.", field="key")
    return PolicyVersion.of(found)


@door.read("/policies/{key}/versions", Scope.POLICIES_READ)
def list_policy_versions(db: Session, key: Line, page: PagingAsked) -> Page[PolicyVersion]:
    """List all versions of a policy, oldest first."""
    found = policies.history(db, key)
    return page_among("policy-versions", found, page, PolicyVersion.of, lambda one: str(one.version))


@door.read("/policies/{key}/differences", Scope.POLICIES_READ)
def compare_policy_versions(db: Session, key: Line, before: Number, after: Number) -> PolicyDifferences:
    """Tell what one version of a policy says otherwise than another."""
    versions = {each.version: each for each in policies.history(db, key)}
    for number in (before, after):
        if number not in versions:
            raise NotFound(f"There is no version {number} of {key}.", field="key")
    found = changed_fields(versions[before].value, versions[after].value)
    told = [PolicyChange(field=each.field, before=each.before, after=each.after) for each in found]
    return PolicyDifferences(key=key, before=before, after=after, fields=told)
