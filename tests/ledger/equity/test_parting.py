"""The rules of leaving: windows, and when vesting ends."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.equity.parting import LayoffProtection, ends_vesting, exercise_by
from ledger.equity.values import Award, AwardType, EngagementKind, LeavingReason
from ledger.errors import Invalid

LEFT_ON = date(2026, 5, 20)
W2, C1099, OWNER, INVESTOR = EngagementKind


def option(expires_on: date | None = date(2034, 1, 14), **windows: Any) -> Award:
    return Award("sec_1", AwardType.NSO, windows=windows, expires_on=expires_on)


@pytest.mark.parametrize(
    ("window", "last"),
    [
        ([90, "DAYS"], date(2026, 8, 18)),
        ([12, "MONTHS"], date(2027, 5, 20)),
        ([24, "MONTHS"], date(2028, 5, 20)),
        ([0, "DAYS"], LEFT_ON),
        (["FULL_TERM"], date(2034, 1, 14)),
    ],
)
def test_the_window_promised_for_the_reason_counts(window: list[Any], last: date) -> None:
    assert exercise_by(option(VOLUNTARY_OTHER=window), LeavingReason.VOLUNTARY_OTHER, LEFT_ON) == last


@pytest.mark.parametrize(
    ("reason", "last"),
    [
        (LeavingReason.VOLUNTARY_OTHER, date(2027, 5, 20)),
        (LeavingReason.VOLUNTARY_GOOD_CAUSE, date(2028, 5, 20)),
        (LeavingReason.VOLUNTARY_RETIREMENT, date(2034, 1, 14)),
        (LeavingReason.INVOLUNTARY_OTHER, date(2028, 5, 20)),
        (LeavingReason.INVOLUNTARY_DEATH, date(2028, 5, 20)),
        (LeavingReason.INVOLUNTARY_DISABILITY, date(2028, 5, 20)),
        (LeavingReason.INVOLUNTARY_WITH_CAUSE, date(2026, 6, 19)),
    ],
)
def test_without_a_promise_the_defaults_count(reason: LeavingReason, last: date) -> None:
    assert exercise_by(option(), reason, LEFT_ON) == last


def test_no_window_outlasts_the_option() -> None:
    assert exercise_by(option(date(2026, 6, 1)), LeavingReason.VOLUNTARY_OTHER, LEFT_ON) == date(2026, 6, 1)


def test_twelve_months_from_a_leap_day_end_on_the_28th() -> None:
    assert exercise_by(option(), LeavingReason.VOLUNTARY_OTHER, date(2024, 2, 29)) == date(2025, 2, 28)


def test_rsus_have_no_window() -> None:
    assert exercise_by(Award("sec_1", AwardType.RSU), LeavingReason.VOLUNTARY_OTHER, LEFT_ON) is None


@pytest.mark.parametrize(
    ("ended", "running", "ends"),
    [
        ({W2}, set(), True),
        ({W2}, {C1099}, False),
        ({W2}, {OWNER, INVESTOR}, True),
        ({W2, C1099}, {OWNER}, True),
        ({OWNER}, {W2}, False),
        ({OWNER}, {INVESTOR}, True),
        ({INVESTOR}, set(), False),
        ({INVESTOR}, {OWNER}, False),
    ],
)
def test_vesting_ends_with_the_last_service(
    ended: set[EngagementKind], running: set[EngagementKind], ends: bool
) -> None:
    assert ends_vesting(frozenset(ended), frozenset(running)) is ends


def test_protection_takes_nothing_away() -> None:
    with pytest.raises(Invalid):
        LayoffProtection(waive_cliff=True, extra_months=-1)


windows = st.one_of(
    st.tuples(st.integers(0, 2_000), st.sampled_from(["DAYS", "MONTHS"])).map(list), st.just(["FULL_TERM"])
)


@given(windows, st.sampled_from(LeavingReason), st.dates(date(2020, 1, 1), date(2033, 1, 1)), st.integers(0, 5_000))
def test_a_window_ends_between_the_last_day_and_the_expiry(
    window: list[Any], reason: LeavingReason, left_on: date, days: int
) -> None:
    expires_on = left_on + timedelta(days=days)
    last = exercise_by(option(expires_on, **{reason.value: window}), reason, left_on)
    assert last is not None
    assert left_on <= last <= expires_on
