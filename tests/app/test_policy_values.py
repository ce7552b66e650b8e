"""What each policy may say, without a database."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policy_values import Credit, check_ends, check_expiry, checked, raises_ceiling
from governance.errors import MotionInvalid, RuleInvalid
from governance.records import ProposalKind
from governance.rules import default_rules

SHARING: dict[str, Any] = {"recipient": "Clearing house", "purpose": "Claims", "data": ["session date"]}


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("fees", {"fees": [{"name": "x", "percent": 3, "per": "month"}]}, "percent"),
        ("fees", {"fees": [], "bonus": 1}, "bonus"),
        ("fees", {"fees": [{"name": "x", "per": "fortnight"}]}, "per"),
        ("rates", {"rates": [{"code": "90834", "amount": {"amount": 90, "currency": "USD"}}]}, "amount"),
        ("bonus", {"fees": []}, "There is no policy 'bonus'"),
        ("documents.", {"title": "x", "text": "y"}, "There is no policy"),
        ("documents.a b", {"title": "x", "text": "y"}, "There is no policy"),
        ("documents.x", {"title": "x", "text": ""}, "text"),
        ("surplus", {"statutory_reserve": "1/2", "prudent_reserve": "2/3", "cash_share": "1/2"}, "more than all"),
        ("surplus", {"statutory_reserve": "1/5", "cash_share": "19/100"}, "20 %"),
        ("layoff_protection", {"waive_cliff": "yes", "extra_months": 3, "notice_days": 60}, "waive_cliff"),
        ("layoff_protection", {"waive_cliff": True, "extra_months": -1, "notice_days": 60}, "extra_months"),
        ("credit", {"ceiling_week": 0}, "ceiling_week"),
        ("credit", {"factors": {"GROUP": "3/2"}}, "credit"),
    ],
)
def test_what_a_policy_can_not_say_is_refused_and_the_field_named(key: str, value: Any, complaint: str) -> None:  # noqa: ANN401
    with pytest.raises(MotionInvalid, match=complaint):
        checked(key, value)


def test_a_policy_is_kept_in_its_one_form() -> None:
    said = checked("layoff_protection", {"waive_cliff": True, "extra_months": 6, "notice_days": 60})
    assert said == {"waive_cliff": True, "extra_months": 6, "notice_days": 60, "handover_days": 0}
    assert checked("layoff_protection", said) == said


@pytest.mark.parametrize("kind", ProposalKind)
def test_rules_are_set_by_a_proposal_of_their_own_kind_and_by_no_other(kind: ProposalKind) -> None:
    value = default_rules(kind).to_json()
    assert checked(f"rules.{kind.value}", value, kind) == value
    other = next(one for one in ProposalKind if one is not kind)
    with pytest.raises(MotionInvalid, match="of that kind"):
        checked(f"rules.{kind.value}", value, other)
    with pytest.raises(MotionInvalid, match="name the kind"):
        checked(f"rules.{other.value}", value, other)


def test_a_rule_of_a_quorum_that_nobody_reaches_is_none() -> None:
    value = default_rules(ProposalKind.BENEFITS).to_json()
    chamber: Any = value["chambers"]
    for share in ("0", "11/10", "-1/4"):
        changed = [chamber[0] | {"rule": chamber[0]["rule"] | {"quorum": {"share": share}}}]
        with pytest.raises(RuleInvalid):
            checked("rules.BENEFITS", value | {"chambers": changed})


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("fees", ProposalKind.BENEFITS),
        ("credit", ProposalKind.ADVISORY),
        ("bylaws", ProposalKind.BENEFITS),
        ("data_sharing.x", ProposalKind.FEE_OR_RATE),
    ],
)
def test_a_policy_is_set_by_the_kind_of_proposal_that_decides_it(key: str, kind: ProposalKind) -> None:
    with pytest.raises(MotionInvalid, match="is set by a proposal of the kind"):
        checked(key, SHARING, kind)


def test_data_goes_nowhere_for_longer_than_twelve_months() -> None:
    """From 2025-11-30 it ends on 2026-11-30 at the latest."""
    begins = date(2025, 11, 30)
    check_expiry("data_sharing.x", begins, date(2026, 11, 30))
    for ends in (date(2026, 12, 1), date(2025, 11, 29), None):
        with pytest.raises(MotionInvalid, match="2026-11-30"):
            check_expiry("data_sharing.x", begins, ends)
    with pytest.raises(MotionInvalid, match="last day"):
        check_ends("data_sharing.x", None)
    check_ends("fees", None)
    check_expiry("fees", begins, None)


def credit(day: int | None = None, week: int | None = None) -> Credit:
    return Credit(ceiling_day=day, ceiling_week=week, factors={})


@pytest.mark.parametrize(
    ("now", "then", "raises"),
    [
        (None, credit(week=22), False),
        (credit(week=22), credit(week=22), False),
        (credit(week=22), credit(week=21), False),
        (credit(week=22), credit(week=23), True),
        (credit(week=22), credit(), True),
        (credit(), credit(day=6), False),
        (credit(day=6, week=22), credit(day=7, week=20), True),
    ],
)
def test_no_ceiling_is_the_highest(now: Credit | None, then: Credit, raises: bool) -> None:
    assert raises_ceiling(now, then) is raises


ceilings = st.builds(credit, st.none() | st.integers(1, 12), st.none() | st.integers(1, 40))


@given(ceilings, ceilings, ceilings)
def test_no_row_of_lowerings_ends_higher_than_it_began(first: Credit, second: Credit, third: Credit) -> None:
    if not raises_ceiling(first, second) and not raises_ceiling(second, third):
        assert not raises_ceiling(first, third)
