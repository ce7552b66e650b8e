"""The registers that finance files, on the worked example: grants with their terms."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from app.reports.granted import GRANTS
from tests.app.reports.test_securities import rows, total
from tests.ledger.equity.captable.worked import summary_of_ten_million

R4 = (
    "label holder relationship_at_grant plan award_type grant_date board_approval_date resolution_ref quantity "
    "exercise_price fmv_at_grant valuation_id vesting_template vesting_start expiration ptep_voluntary "
    "ptep_involuntary ptep_with_cause ptep_retirement ptep_disability ptep_death exemption accepted_date drafter "
    "approver"
)


def test_the_register_of_grants_has_the_columns_that_the_record_holds() -> None:
    assert GRANTS[:25] == tuple(R4.split())


def test_each_grant_stands_with_its_terms_and_all_of_them_make_the_outstanding_awards(db: Session) -> None:
    summary_of_ten_million(db)
    register, [*_, summed] = rows(db, "grants"), rows(db, "summary")
    assert total(register, "remaining") == int(summed["outstanding_awards"]) == 1_318_400
    assert total(register, "quantity") == int(rows(db, "pool")[0]["granted"]) == 1_402_000
    option, later = register[0], register[3]
    told = {
        "label": "ES-1",
        "holder": "hld_dan",
        "relationship_at_grant": "C1099",
        "plan": "Provider plan",
        "award_type": "OPTION_NSO",
        "grant_date": date(2024, 1, 15),
        "exercise_price": "0.10",
        "fmv_at_grant": "0.10",
        "vesting_template": "at once",
        "expiration": date(2025, 9, 30),
        "ptep_voluntary": "12 months",
        "ptep_with_cause": "30 days",
        "ptep_retirement": "full term",
        "drafter": "usr_drafter",
        "approver": "usr_board",
        "remaining": "0",
    }
    assert {name: option[name] for name in told} == told
    # nothing was valued when these units were granted, and nobody exercises them
    assert (later["vesting_template"], later["fmv_at_grant"], later["ptep_death"]) == ("4y/1y/monthly", None, None)


def test_what_was_recorded_later_is_not_in_a_register_of_before(db: Session) -> None:
    summary_of_ten_million(db)
    assert [row["label"] for row in rows(db, "grants", known_at=35)] == ["ES-1", "ES-2"]
