"""The sample's Open Cap Format packages of all month-ends are valid and, read on their own, add up to the cap table."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app import tables as tables  # noqa: PLC0414 - builds every table
from app.db import Runner, make_engine
from app.reports.ocf import VERSIONS, export_package
from ledger.equity.captable.by_class import Line
from ledger.equity.captable.summary import cap_table
from tests.reports.packages import assert_valid, now
from tests.sample import sample_path

Totals = dict[tuple[str, str], Fraction]
"""What is counted, and the id of the class or plan, to units."""

FIRST, LAST = date(2023, 1, 31), date(2026, 1, 31)
"""The month-ends of the sample's story: its company is registered on the first."""

USES = {"TX_EQUITY_COMPENSATION_EXERCISE", "TX_EQUITY_COMPENSATION_RELEASE"}
ENDS = {"TX_EQUITY_COMPENSATION_CANCELLATION", "TX_STOCK_CANCELLATION", "TX_STOCK_REPURCHASE", "TX_STOCK_TRANSFER"}
"""What ends a security; what is left of it is issued again as its balance."""
MOVES_NOTHING = {"TX_VESTING_START", "TX_VESTING_ACCELERATION", "TX_EQUITY_COMPENSATION_ACCEPTANCE"}


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """Yield the sample cooperative, to read."""
    engine = make_engine(f"sqlite:///{sample_path(tmp_path_factory)}")
    yield Runner(engine)
    engine.dispose()


def month_ends() -> list[date]:
    """Return the month-ends from the first to the last."""
    found = [FIRST]
    while found[-1] < LAST:
        found.append((found[-1] + timedelta(days=32)).replace(day=1) - timedelta(days=1))
    return found


def items_of(package: dict[str, bytes], name: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = json.loads(package.get(f"{name}.ocf.json", b'{"items": []}'))["items"]
    return items


def replayed(package: dict[str, bytes]) -> Totals:
    """Return what a reader finds who has nothing but the package and the format's own words."""
    totals: Totals = defaultdict(Fraction)
    for one in items_of(package, "StockClasses"):
        totals["authorised", one["id"]] = Fraction(one["initial_shares_authorized"])
    for one in items_of(package, "StockPlans"):
        totals["authorised", one["id"]] = Fraction(one["initial_shares_reserved"])
    transactions = items_of(package, "Transactions")
    balances = {one.get("balance_security_id") for one in transactions}
    held: dict[str, tuple[tuple[str, str], Fraction]] = {}
    for one in transactions:
        kind = one["object_type"]
        if kind == "TX_STOCK_PLAN_POOL_ADJUSTMENT":
            totals["authorised", one["stock_plan_id"]] = Fraction(one["shares_reserved"])
        elif kind == "TX_STOCK_PLAN_RETURN_TO_POOL":
            totals["taken", one["stock_plan_id"]] -= Fraction(one["quantity"])
        elif kind == "TX_STOCK_ISSUANCE":
            held[one["security_id"]] = ("outstanding", one["stock_class_id"]), Fraction(one["quantity"])
        elif kind == "TX_EQUITY_COMPENSATION_ISSUANCE":
            held[one["security_id"]] = ("awards", one["stock_plan_id"]), Fraction(one["quantity"])
            if one["security_id"] not in balances:
                totals["taken", one["stock_plan_id"]] += Fraction(one["quantity"])
        elif kind in USES:
            key, units = held[one["security_id"]]
            held[one["security_id"]] = key, units - Fraction(one["quantity"])
        elif kind in ENDS:
            del held[one["security_id"]]
        else:
            assert kind in MOVES_NOTHING, f"{kind} is not reckoned here"
    for key, units in held.values():
        assert units >= 0
        totals[key] += units
    return {key: units for key, units in totals.items() if units}


def ours(db: Session, day: date) -> Totals:
    """Return the same from the cap table."""
    found: Totals = {}
    for row in cap_table(db, now(db, day)).rows:
        unit = 10**row.decimals
        if row.line in {Line.SHARE_CLASS, Line.EQUITY_PLAN}:
            found["authorised", row.id] = Fraction(row.authorised or 0, unit)
            found["outstanding", row.id] = Fraction(row.outstanding, unit)
            found["awards", row.id] = Fraction(row.awards, unit)
        if row.line is Line.EQUITY_PLAN:
            found["taken", row.id] = Fraction((row.authorised or 0) - (row.available or 0), unit)
    return {key: units for key, units in found.items() if units}


def test_every_month_end_validates_and_adds_up_to_the_cap_table(record: Runner) -> None:
    def compare(db: Session, day: date) -> None:
        package = export_package(db, now(db, day), version="1.2.0")
        assert_valid(package, VERSIONS["1.2.0"])
        theirs = replayed(package)
        assert theirs, f"nothing on {day}"
        assert theirs == ours(db, day), f"on {day}"

    for day in month_ends():
        record.read(compare, day)
