"""Small packages imported into a record, as a test wants them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app.imports.ocf.writer import ImportResult, import_package
from app.verification import verify_all
from ledger.equity.securities import position
from tests.imports.ocf.packages import act, checked
from tests.reports.packages import importing

DAY = "2024-06-01"
ACME = "testbed/acme_holdings_limited"

TERMS: dict[str, Any] = {
    "object_type": "VESTING_TERMS",
    "id": "terms",
    "name": "Four quarters",
    "description": "A quarter each three months.",
    "allocation_type": "CUMULATIVE_ROUND_DOWN",
    "vesting_conditions": [
        {
            "id": "start",
            "quantity": "0",
            "trigger": {"type": "VESTING_START_DATE"},
            "next_condition_ids": ["quarters"],
        },
        {
            "id": "quarters",
            "portion": {"numerator": "1", "denominator": "4"},
            "trigger": {
                "type": "VESTING_SCHEDULE_RELATIVE",
                "period": {
                    "length": 3,
                    "type": "MONTHS",
                    "occurrences": 4,
                    "day_of_month": "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH",
                },
                "relative_to_condition_id": "start",
            },
            "next_condition_ids": [],
        },
    ],
}
OPTION: dict[str, Any] = {"compensation_type": "OPTION_NSO", "exercise_price": {"amount": "0.50", "currency": "USD"}}
STARTED = act("vesting_start", "g1", "2023-12-01", vesting_condition_id="start")


def imported(db: Session, at: Path, *items: dict[str, Any], **manifest: object) -> ImportResult:
    """Import a package of two holders, two classes and these items; the record verifies."""
    result = import_package(db, importing(), checked(at, *items, **manifest))
    assert verify_all(db).fault is None
    return result


def held(db: Session, security: str) -> int:
    return position(db, security).outstanding
