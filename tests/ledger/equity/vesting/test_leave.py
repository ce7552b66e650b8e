from __future__ import annotations

from datetime import date

import pytest

from ledger.equity.vesting.errors import PauseEndsTooEarly, PauseRefused, ProtectedLeave
from ledger.equity.vesting.leave import Leave, PauseRule, require_pause

ALLOWED = PauseRule(unpaid_leave_pauses=True)
FROM = date(2025, 1, 1)


@pytest.mark.parametrize("leave", [each for each in Leave if each.is_protected])
def test_protected_leave_never_pauses_vesting(leave: Leave) -> None:  # scenario 6
    with pytest.raises(ProtectedLeave, match="protected leave"):
        require_pause(leave, ALLOWED, from_=FROM)


def test_six_kinds_of_leave_are_protected() -> None:
    assert sum(leave.is_protected for leave in Leave) == 6


def test_by_default_no_leave_pauses_vesting() -> None:
    with pytest.raises(PauseRefused, match="does not pause"):
        require_pause(Leave.UNPAID_PERSONAL, PauseRule(), from_=FROM)
    with pytest.raises(PauseRefused, match="does not pause"):
        require_pause(Leave.PAID, ALLOWED, from_=FROM)


def test_unpaid_leave_pauses_vesting_when_it_is_longer_than_the_plan_says() -> None:
    with pytest.raises(PauseRefused, match="more than 90 days"):
        require_pause(Leave.UNPAID_PERSONAL, ALLOWED, from_=FROM, until=date(2025, 4, 1))
    require_pause(Leave.UNPAID_PERSONAL, ALLOWED, from_=FROM, until=date(2025, 4, 2))
    require_pause(Leave.UNPAID_PERSONAL, ALLOWED, from_=FROM)
    short = PauseRule(unpaid_leave_pauses=True, longer_than_days=14)
    require_pause(Leave.UNPAID_PERSONAL, short, from_=date(2025, 6, 10), until=date(2025, 7, 1))


def test_a_leave_ends_after_it_begins() -> None:
    with pytest.raises(PauseEndsTooEarly):
        require_pause(Leave.UNPAID_PERSONAL, ALLOWED, from_=FROM, until=FROM)
