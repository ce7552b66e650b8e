"""The ledger of securities, what came back, and Form 3921, on the worked example: they tie to the summary and pools."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app import reports
from ledger import journal
from ledger.equity import classes, exercise
from ledger.equity.captable.iso_exercises import Due
from ledger.equity.values import AwardType
from ledger.types import Cut, Price
from tests.ledger.equity.captable.worked import (
    DIME,
    YEAR_END,
    Acts,
    grant,
    security,
    summary_of_ten_million,
)


def rows(db: Session, name: str, as_of: date = YEAR_END, known_at: int | None = None) -> list[dict[str, Any]]:
    cut = Cut(as_of, journal.size(db) if known_at is None else known_at)
    report = reports.build(db, name, cut)
    texts = ([getattr(cell, "text", cell) for cell in row] for row in report.rows)
    return [dict(zip(report.columns, each, strict=True)) for each in texts]


def total(of: list[dict[str, Any]], column: str) -> int:
    return sum(int(row[column] or 0) for row in of)


def test_what_is_left_of_every_security_adds_up_to_the_summary(db: Session) -> None:
    summary_of_ten_million(db)
    ledger, summary = rows(db, "securities"), rows(db, "summary")[-1]
    assert total(ledger, "quantity_outstanding") == int(summary["outstanding"]) + int(summary["outstanding_awards"])


def test_shares_bought_with_an_option_say_what_was_paid_and_where_they_come_from(db: Session) -> None:
    summary_of_ten_million(db)
    ledger = {row["label"]: row for row in rows(db, "securities")}
    [bought] = [row for row in ledger.values() if row["acquired_from"] == "ES-1"]
    assert (bought["quantity_issued"], bought["cash_paid"], bought["status"]) == ("41250", "4125.00", "outstanding")
    option = ledger["ES-1"]
    assert (option["status"], option["canceled_date"]) == ("expired", date(2025, 10, 1))
    assert (option["quantity_outstanding"], option["cash_paid"]) == ("0", None)
    assert ledger["ES-2"]["status"] == "forfeited"


def test_what_was_returned_ties_to_the_balance_of_the_plan(db: Session) -> None:
    """Forfeited 38,350 and expired 4,000: 42,350 came back."""
    summary_of_ten_million(db)
    [left, expired] = rows(db, "returned")
    assert (left["label"], left["transaction_type"], left["quantity_forfeited"]) == ("ES-2", "Forfeited", "38350")
    assert left["termination_date"] == date(2025, 3, 1)
    assert (expired["transaction_type"], expired["quantity_expired"]) == ("Lifetime Ended", "4000")
    [plan] = rows(db, "pool")
    assert total([left, expired], "returned_to_plan") == 42_350
    assert int(plan["forfeited_returned"]) + int(plan["expired_returned"]) == 42_350
    assert rows(db, "returned", date(2025, 2, 28)) == []


def test_form_3921_names_each_exercise_of_an_incentive_option_and_no_other(db: Session) -> None:
    act = Acts()
    found = summary_of_ten_million(db, act)
    day = date(2025, 6, 2)
    option: dict[str, Any] = {"award_type": AwardType.ISO, "price": DIME, "expires_on": date(2033, 1, 1)}
    grant(db, act, found, "ES-9", "hld_fay", 1_000, vesting=None, **option)
    exercise.exercise(db, act(), security(db, "ES-9"), 400, on=day)
    size = journal.size(db)
    [told] = rows(db, "iso-exercises")
    assert (told["label"], told["box1_granted_on"], told["box2_exercised_on"]) == ("ES-9", date(2024, 1, 15), day)
    assert (told["box3_price"], told["box4_fair_value"], told["box5_shares"]) == ("0.10", None, "400")
    assert rows(db, "iso-exercises", date(2026, 1, 1)) == []
    value = Price.parse("0.62", "USD")
    classes.record_valuation(db, act(), found.units, value, on=date(2025, 3, 10), expires_on=date(2026, 3, 9))
    assert rows(db, "iso-exercises")[0]["box4_fair_value"] == "0.62"
    assert rows(db, "iso-exercises", known_at=size) == [told]


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2024, (date(2025, 1, 31), date(2025, 2, 28), date(2025, 3, 31))),
        (2025, (date(2026, 2, 2), date(2026, 3, 2), date(2026, 3, 31))),
    ],
)
def test_form_3921_is_due_on_the_last_working_day_rule(year: int, days: tuple[date, ...]) -> None:
    due = Due.after(year)
    assert (due.to_holder, due.on_paper, due.electronically) == days
