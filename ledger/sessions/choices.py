"""What people decide about credit: providers their own thresholds, members the policy; leave and council service."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Draft
from ledger.equity.values import Holder
from ledger.errors import Conflict, DatesOutOfOrder, FourEyes, Invalid
from ledger.kinds import declare
from ledger.reading import every, find, of_the_record
from ledger.sessions.leave_credit import ProtectedLeave
from ledger.sessions.policies import policy_of, terms_of
from ledger.sessions.policy import CreditPolicy, in_force
from ledger.sessions.records import CouncilService, CreditRule, LeaveTaken, Threshold
from ledger.sessions.thresholds import Limits, ThresholdSetting, threshold_setting
from ledger.sessions.weeks import next_monday, week_of
from ledger.types import Act, Cut


@declare
class ChoiceEntry(StrEnum):
    """The kinds of entry about what people decide."""

    THRESHOLD_SET = "sessions.threshold_set"
    """A provider set their own thresholds."""
    POLICY_SET = "sessions.policy_set"
    """The members' credit policy, in records from before there was a register of policies."""
    LEAVE_TAKEN = "sessions.leave_taken"
    """A protected leave that is credited."""
    COUNCIL_SERVED = "sessions.council_served"
    """Minutes on council or committees."""


@of_the_record
def policies(db: Session, cut: Cut | None = None) -> list[CreditPolicy]:
    """Return all credit policies in the order in which they were recorded."""
    return [policy_of(rule) for rule in every(db, CreditRule, cut)]


def settings_of(db: Session, provider: str, cut: Cut | None = None) -> list[ThresholdSetting]:
    """Return all thresholds that a provider ever set, oldest first."""
    return [_setting(one) for one in every(db, Threshold, cut, provider=provider)]


def settings_of_each(db: Session, cut: Cut | None = None) -> Mapping[str, list[ThresholdSetting]]:
    """Return everybody's settings, by provider."""
    found: dict[str, list[ThresholdSetting]] = {}
    for one in every(db, Threshold, cut):
        found.setdefault(one.provider, []).append(_setting(one))
    return found


def _setting(one: Threshold) -> ThresholdSetting:
    return ThresholdSetting(one.provider, Limits(one.day, one.week), one.from_week)


def set_threshold(db: Session, act: Act, provider: str, limits: Limits, *, on: date) -> ThresholdSetting:
    """Record how many sessions a provider lets count, from next Monday on.

    Raises:
        OnlyTheProvider: Somebody else sets it.
        AboveCeiling: Above the members' ceiling of that week.
        NotFound: No such holder.
    """
    journal.lock(db)
    find(db, Holder, provider)
    known_policies = policies(db)
    ceiling = in_force(known_policies, next_monday(on)).ceiling if known_policies else Limits()
    setting = threshold_setting(provider, limits, actor=act.actor, on=on, ceiling=ceiling)
    record = Threshold(provider, setting.from_week, limits.day, limits.week)
    journal.append(db, act, Draft(ChoiceEntry.THRESHOLD_SET, on, (record,)))
    return setting


def credit_rule(policy: CreditPolicy, id: str, *, on: date) -> CreditRule:
    """Return the record of a credit policy that is set on a day; it stands in the entry that sets the policy.

    Raises:
        DatesOutOfOrder: It would count from a day before ``on``: a policy is never retroactive (I16.1).
        Invalid: It does not begin on a Monday: no week is cut in two (I16.2).
    """
    if policy.effective_from <= on:
        raise DatesOutOfOrder("A policy comes into force after the day it is recorded.", field="effective_from")
    if policy.effective_from != week_of(policy.effective_from):
        raise Invalid("A policy comes into force on a Monday, so that no week is cut in two.", field="effective_from")
    return CreditRule(id, policy.resolution, policy.passed_on, policy.effective_from, terms_of(policy))


def recorded_on(db: Session, policy: CreditPolicy, today: date) -> date:
    """Return the day on which a policy counts as recorded: today, so that it can't reach back.

    Before the first one there was nothing to change: it may be recorded as of the day it was passed.
    """
    return today if every(db, CreditRule) else min(policy.passed_on, today)


def take_leave(db: Session, act: Act, provider: str, leave: ProtectedLeave, *, on: date) -> LeaveTaken:
    """Record a protected leave, so that it is credited.

    Raises:
        NotFound: No such holder.
        Conflict: It overlaps another one.
    """
    journal.lock(db)
    find(db, Holder, provider)
    for other in every(db, LeaveTaken, provider=provider):
        if other.first_day <= leave.last_day and leave.first_day <= other.last_day:
            raise Conflict(
                f"A leave from {other.first_day} to {other.last_day} is on record already.", field="first_day"
            )
    record = LeaveTaken(act.new_id("lvt"), provider, leave.first_day, leave.last_day)
    journal.append(db, act, Draft(ChoiceEntry.LEAVE_TAKEN, on, (record,)))
    return record


def serve_council(db: Session, act: Act, provider: str, week: date, minutes: int, *, on: date) -> None:
    """Record minutes that a provider served on council or committees in the week of a day.

    Raises:
        NotFound: No such holder.
        Invalid: No minutes, or more than a week has working hours.
        FourEyes: They record it for themselves.
    """
    journal.lock(db)
    find(db, Holder, provider)
    if act.actor == provider:
        raise FourEyes("Council service is recorded by somebody else than who served.")
    if not 1 <= minutes <= 60 * 60:
        raise Invalid("Council service is 1 to 3,600 minutes a week.", field="minutes")
    journal.append(db, act, Draft(ChoiceEntry.COUNCIL_SERVED, on, (CouncilService(provider, week_of(week), minutes),)))
