"""The test bed's company, imported: its cap table is what it is known to be, on every day that is known."""

from __future__ import annotations

import csv
import json
from datetime import date
from io import StringIO
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app import reports
from app.imports.ocf.checking import check
from app.imports.ocf.writer import import_package
from ledger import journal
from ledger.equity.captable.movements import pool_balances, roll_forwards
from ledger.types import Cut
from tests import make
from tests.cases import cases_dir

TESTBED = cases_dir() / "ocf" / "testbed"
DAYS = json.loads((TESTBED / "captable_acme_as_of.json").read_bytes())["expected_totals"]


@pytest.fixture
def acme(db: Session) -> Session:
    """The database with the company in it."""
    import_package(db, make.act(), check(TESTBED / "acme_holdings_limited"))
    return db


def read(db: Session, report: str, as_of: str) -> list[dict[str, str]]:
    data = reports.rendered(db, report, "csv", as_of=date.fromisoformat(as_of))
    return list(csv.DictReader(StringIO(data.decode(), newline="")))


def totals(db: Session, as_of: str) -> dict[str, str]:
    """What the summary says, in the words of the expected tables."""
    found = {}
    for row in read(db, "summary", as_of):
        if row["class_type"] == "share_class":
            found[f"stock:{row['class_name']}"] = row["outstanding"]
        elif row["class_type"] == "equity_plan":
            found[f"plan:{row['class_name']}"] = row["outstanding_awards"]
    return {name: units for name, units in found.items() if units != "0"}


def test_the_summary_is_the_known_one_on_every_day(acme: Session) -> None:
    assert {day: totals(acme, day) for day in DAYS} == DAYS


def test_the_holders_are_the_known_ones_by_name(acme: Session) -> None:
    expected: dict[str, Any] = json.loads((TESTBED / "captable_acme_2023-06-29.json").read_bytes())["expected"]
    *rows, _, total = read(acme, "holders", expected["as_of"])
    found = {}
    for row in rows:
        shares = {
            f"stock:{column.removeprefix('outstanding: ')}": units
            for column, units in row.items()
            if column.startswith("outstanding: ")
        }
        held = shares | {"plan:stock_plan_01": row["awards_outstanding"]}
        found[row["name"]] = {name: units for name, units in held.items() if units != "0"}
    assert found == expected["holdings"]
    assert total["awards_outstanding"] == expected["totals"]["plan:stock_plan_01"]


def test_options_exercised_without_a_certificate_are_shown_with_a_warning(acme: Session) -> None:
    rows = {row["class_name"]: row for row in read(acme, "summary", "2023-06-29")}
    assert rows["Ordinary B"]["outstanding"] == "50000"
    assert rows["Ordinary B"]["note"].startswith("2000 exercised or settled, but no certificate")
    assert rows["stock_plan_01"]["authorized"] == ""
    told = json.loads(reports.rendered(acme, "summary", "json", as_of=date(2023, 6, 29)))
    assert [warning.partition(":")[0] for warning in told["warnings"]] == ["Ordinary B", "stock_plan_01"]


def test_what_moved_leads_from_day_to_day(acme: Session) -> None:
    size = journal.size(acme)
    for day in map(date.fromisoformat, DAYS):
        assert all(balance.check in {0, None} for balance in pool_balances(acme, Cut(day, size)))
        assert len(roll_forwards(acme, date(2019, 1, 1), Cut(day, size))) <= 4
