"""What vests in which month: nothing that was promised is lost, and what waits or was forfeited stands apart."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.equity.captable.tranches import Status, Tranche
from ledger.equity.captable.vesting_months import VestingMonth, by_month

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)


def tranche(
    units: int, on: date | None, status: Status = Status.SCHEDULED, *, label: str = "ES-1", decimals: int = 0
) -> Tranche:
    return Tranche(label, "hld_ana", decimals, 1, on, units, units, status, None)


def test_instalments_of_a_month_are_added_up_and_their_grants_counted_once() -> None:
    found = by_month(
        [
            tranche(100, date(2026, 1, 5), Status.VESTED),
            tranche(50, date(2026, 1, 31)),
            tranche(25, date(2026, 1, 31), label="ES-2"),
            tranche(10, date(2026, 2, 1)),
        ]
    )
    assert found.months == (VestingMonth(JANUARY, 2, 175, 175), VestingMonth(FEBRUARY, 1, 10, 185))


def test_what_waits_and_what_was_forfeited_is_in_no_month() -> None:
    found = by_month(
        [
            tranche(7, None),
            tranche(11, JANUARY, Status.PAUSED),
            tranche(13, JANUARY, Status.FORFEITED),
            tranche(17, JANUARY, Status.ACCELERATED),
        ]
    )
    assert found.months == (VestingMonth(JANUARY, 1, 17, 17),)
    assert (found.awaited, found.forfeited, found.promised) == (18, 13, 48)


def test_classes_with_other_decimals_are_counted_in_the_finer_unit() -> None:
    found = by_month([tranche(3, JANUARY), tranche(250, JANUARY, decimals=2, label="ES-2")])
    assert (found.decimals, found.promised) == (2, 550)


@settings(max_examples=40)
@given(
    st.lists(
        st.builds(
            tranche,
            st.integers(0, 10**9),
            st.none() | st.dates(date(2020, 1, 1), date(2030, 12, 31)),
            st.sampled_from(Status),
        ),
        max_size=20,
    )
)
def test_nothing_that_was_promised_is_lost(tranches: list[Tranche]) -> None:
    found = by_month(tranches)
    assert found.promised == sum(each.units for each in tranches)
    assert [each.so_far for each in found.months] == sorted(each.so_far for each in found.months)
