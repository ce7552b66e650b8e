"""What a package says of vesting is what its grants promise in the ledger."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app.verification import verify_all
from ledger import journal
from ledger.equity import expiry, grants
from ledger.equity.securities import position
from ledger.equity.values import (
    AwardType,
    EventKind,
)
from ledger.equity.vesting.table import Mark, vested
from ledger.types import Cut
from tests import make
from tests.imports.ocf.importing import OPTION, STARTED, TERMS, imported
from tests.imports.ocf.packages import PLAN, act, grant, shares


def instalments(db: Session, security: str = "g1") -> list[tuple[str, int]]:
    return [(row.date.isoformat(), row.quantity) for row in position(db, security).table]


QUARTERS = [("2024-03-01", 25), ("2024-06-01", 25), ("2024-09-01", 25), ("2024-12-01", 25)]


def test_terms_and_a_start_become_instalments(db: Session, tmp_path: Path) -> None:
    imported(db, tmp_path, PLAN, TERMS, grant("g1", vesting_terms_id="terms"), STARTED)
    made = position(db, "g1")
    assert instalments(db) == QUARTERS
    assert made.award is not None
    assert (made.award.vesting_start, made.award.vestings_given) == (date(2023, 12, 1), False)


def test_without_a_start_everything_waits(db: Session, tmp_path: Path) -> None:
    imported(db, tmp_path, PLAN, TERMS, grant("g1", vesting_terms_id="terms"))
    [row] = position(db, "g1").table
    assert (row.quantity, row.mark) == (100, Mark.AWAITED)


def test_instalments_written_out_win_over_terms(db: Session, tmp_path: Path) -> None:
    written = [{"date": "2025-01-01", "amount": "40"}, {"date": "2026-01-01", "amount": "60.00"}]
    imported(db, tmp_path, PLAN, TERMS, grant("g1", vesting_terms_id="terms", vestings=written), STARTED)
    made = position(db, "g1")
    assert instalments(db) == [("2025-01-01", 40), ("2026-01-01", 60)]
    assert made.award is not None
    assert made.award.vestings_given


def test_instalments_that_are_what_the_terms_come_to_rest_on_the_terms(db: Session, tmp_path: Path) -> None:
    written = [{"date": day, "amount": str(units)} for day, units in QUARTERS]
    imported(db, tmp_path, PLAN, TERMS, grant("g1", vesting_terms_id="terms", vestings=written), STARTED)
    made = position(db, "g1")
    assert made.award is not None
    assert not made.award.vestings_given


def test_parts_of_a_share_wait_until_they_are_whole(db: Session, tmp_path: Path) -> None:
    written = [{"date": f"2025-0{n}-01", "amount": "4.5"} for n in range(1, 5)]
    imported(db, tmp_path, PLAN, grant("g1", "18", vestings=written))
    assert [units for _, units in instalments(db)] == [4, 5, 4, 5]


def test_with_neither_all_is_vested_at_once(db: Session, tmp_path: Path) -> None:
    imported(db, tmp_path, PLAN, grant("g1"), shares("s1"))
    assert instalments(db) == [("2024-01-01", 100)]
    assert position(db, "s1").award is None


def test_shares_may_vest_too(db: Session, tmp_path: Path) -> None:
    imported(db, tmp_path, TERMS, shares("g1", vesting_terms_id="terms", issuance_type="RSA"), STARTED)
    made = position(db, "g1")
    assert instalments(db) == QUARTERS
    assert made.award is not None
    assert made.award.award_type is AwardType.RSA


def test_units_vest_early_from_the_day_of_the_acceleration(db: Session, tmp_path: Path) -> None:
    early = act("vesting_acceleration", "g1", "2024-04-01", quantity="30", reason_text="Sold.")
    imported(db, tmp_path, PLAN, TERMS, grant("g1", vesting_terms_id="terms"), STARTED, early)
    table = position(db, "g1").table
    assert [vested(table, date(2024, month, 15)) for month in (3, 4, 6, 9)] == [25, 55, 55, 75]
    assert position(db, "g1", Cut(date(2024, 3, 31), journal.size(db))).table != table


def test_an_option_says_how_long_it_can_be_exercised_after_leaving(db: Session, tmp_path: Path) -> None:
    windows = [
        {"reason": "VOLUNTARY_OTHER", "period": 3, "period_type": "MONTHS"},
        {"reason": "INVOLUNTARY_DEATH", "period": 2, "period_type": "YEARS"},
    ]
    more: dict[str, Any] = {"termination_exercise_windows": windows, "expiration_date": "2030-01-01"}
    imported(db, tmp_path, PLAN, grant("g1", **(OPTION | more)))
    made = position(db, "g1")
    assert made.award is not None
    assert made.award.windows == {"VOLUNTARY_OTHER": [3, "MONTHS"], "INVOLUNTARY_DEATH": [24, "MONTHS"]}
    assert expiry.last_day(made) == date(2030, 1, 1)


def test_what_was_imported_can_be_used(db: Session, tmp_path: Path) -> None:
    imported(db, tmp_path, PLAN, TERMS, grant("g1", vesting_terms_id="terms"), STARTED)
    grants.accept(db, make.act(), "g1", on=date(2024, 7, 1))
    assert position(db, "g1").happened(EventKind.ACCEPTED)
    assert verify_all(db).fault is None
