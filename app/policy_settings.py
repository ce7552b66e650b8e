"""How a policy comes into the register, with what follows from it in the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.policy_values import Credit, check_expiry, checked, read
from governance.policies import Setting
from ledger.sessions.choices import credit_rule, recorded_on
from ledger.sessions.policy import CreditPolicy
from ledger.types import Act


def credit_setting(policy: CreditPolicy, id: str, *, on: date) -> Setting:
    """Return a credit policy to be set, with the ledger's record of it in the same entry and under the same id."""
    rule = credit_rule(policy, id, on=on)
    return Setting("credit", Credit.of(policy).model_dump(mode="json"), policy.effective_from, None, (rule,), id)


def first_setting(
    db: Session,
    act: Act,
    key: str,
    value: Mapping[str, Any],
    effective_from: date,
    expires_on: date | None,
    *,
    on: date,
) -> Setting:
    """Return the first version of a policy, as the founders set it.

    Raises:
        MotionInvalid: There is no such policy, or it says something else than it should.
    """
    said = checked(key, value)
    check_expiry(key, effective_from, expires_on)
    if key != "credit":
        return Setting(key, said, effective_from, expires_on)
    credit = read(key, said)
    assert isinstance(credit, Credit)
    policy = credit.policy(act.authority, min(on, effective_from), effective_from)
    return credit_setting(policy, act.new_id("pol"), on=recorded_on(db, policy, on))
