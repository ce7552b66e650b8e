"""How an import grows with its package: ``python -m tests.bench.bench_import``.

Packages of 10,000 and of 100,000 grants (each with a vesting start, 37 instalments and, for every fifth, an exercise)
are read, checked and imported into an empty SQLite file, each in a process of its own. Printed, never asserted: CPU
seconds, peak memory, and the ratio, which is to be 12 at most for ten times the grants; memory is to stay below 1 GB.
"""

from __future__ import annotations

import json
import multiprocessing
import resource
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import process_time
from typing import Any

from sqlalchemy.orm import Session

import app.tables  # noqa: F401 - every table and kind of entry
from app.db import make_engine
from app.imports.ocf import check
from app.imports.ocf.writer import import_package
from app.migrate import upgrade
from ledger.types import Act

SIZES = (10_000, 100_000)
HOLDERS = 10
"""Grants for each holder."""

TERMS = {
    "object_type": "VESTING_TERMS",
    "id": "4y",
    "name": "Four years",
    "description": "Four years, a year's cliff, monthly.",
    "allocation_type": "CUMULATIVE_ROUND_DOWN",
    "vesting_conditions": [
        {
            "id": "start",
            "quantity": "0",
            "trigger": {"type": "VESTING_START_DATE"},
            "next_condition_ids": ["cliff"],
        },
        {
            "id": "cliff",
            "portion": {"numerator": "12", "denominator": "48"},
            "trigger": {
                "type": "VESTING_SCHEDULE_RELATIVE",
                "period": {
                    "length": 12,
                    "type": "MONTHS",
                    "occurrences": 1,
                    "day_of_month": "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH",
                },
                "relative_to_condition_id": "start",
            },
            "next_condition_ids": ["monthly"],
        },
        {
            "id": "monthly",
            "portion": {"numerator": "1", "denominator": "48"},
            "trigger": {
                "type": "VESTING_SCHEDULE_RELATIVE",
                "period": {
                    "length": 1,
                    "type": "MONTHS",
                    "occurrences": 36,
                    "day_of_month": "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH",
                },
                "relative_to_condition_id": "cliff",
            },
            "next_condition_ids": [],
        },
    ],
}


def transactions(grants: int) -> Iterator[dict[str, Any]]:
    """Yield a grant, the start of its vesting and sometimes its exercise, as often as asked."""
    for number in range(grants):
        granted = date(2018, 1, 1) + timedelta(number % 1461)
        yield {
            "object_type": "TX_EQUITY_COMPENSATION_ISSUANCE",
            "id": f"grant-{number}",
            "security_id": f"security-{number}",
            "date": granted.isoformat(),
            "custom_id": f"ES-{number}",
            "stakeholder_id": f"holder-{number // HOLDERS}",
            "security_law_exemptions": [{"description": "Rule 701", "jurisdiction": "US"}],
            "stock_plan_id": "plan",
            "stock_class_id": "common",
            "compensation_type": "OPTION_NSO",
            "quantity": str(1_000 + number % 5_000),
            "exercise_price": {"amount": "0.31", "currency": "USD"},
            "expiration_date": (granted + timedelta(3650)).isoformat(),
            "termination_exercise_windows": [{"reason": "VOLUNTARY_OTHER", "period": 12, "period_type": "MONTHS"}],
            "vesting_terms_id": "4y",
        }
        yield {
            "object_type": "TX_VESTING_START",
            "id": f"start-{number}",
            "security_id": f"security-{number}",
            "date": granted.isoformat(),
            "vesting_condition_id": "start",
        }
        if number % 5 == 0:
            yield from exercise(number, granted + timedelta(800))


def exercise(number: int, on: date) -> Iterator[dict[str, Any]]:
    """Yield the exercise of part of a grant, and the certificate."""
    yield {
        "object_type": "TX_EQUITY_COMPENSATION_EXERCISE",
        "id": f"exercise-{number}",
        "security_id": f"security-{number}",
        "date": on.isoformat(),
        "quantity": "100",
        "resulting_security_ids": [f"certificate-{number}"],
    }
    yield {
        "object_type": "TX_STOCK_ISSUANCE",
        "id": f"shares-{number}",
        "security_id": f"certificate-{number}",
        "date": on.isoformat(),
        "custom_id": f"CS-{number}",
        "stakeholder_id": f"holder-{number // HOLDERS}",
        "security_law_exemptions": [],
        "stock_class_id": "common",
        "stock_plan_id": "plan",
        "share_price": {"amount": "0.31", "currency": "USD"},
        "quantity": "100",
        "stock_legend_ids": [],
    }


def write_package(folder: Path, grants: int) -> None:
    """Write a package of so many grants, item after item."""
    holders = (
        {
            "object_type": "STAKEHOLDER",
            "id": f"holder-{number}",
            "name": {"legal_name": f"Somebody {number}"},
            "stakeholder_type": "INDIVIDUAL",
        }
        for number in range(-(-grants // HOLDERS))
    )
    common = {
        "object_type": "STOCK_CLASS",
        "id": "common",
        "name": "Common",
        "class_type": "COMMON",
        "default_id_prefix": "CS-",
        "initial_shares_authorized": "4000000000",
        "votes_per_share": "1",
        "seniority": "1",
    }
    plan = {
        "object_type": "STOCK_PLAN",
        "id": "plan",
        "plan_name": "Plan",
        "initial_shares_reserved": "3000000000",
        "stock_class_ids": ["common"],
    }
    lists: dict[str, tuple[str, Iterator[dict[str, Any]]]] = {
        "stock_classes_files": ("OCF_STOCK_CLASSES_FILE", iter([common])),
        "stock_plans_files": ("OCF_STOCK_PLANS_FILE", iter([plan])),
        "stakeholders_files": ("OCF_STAKEHOLDERS_FILE", holders),
        "vesting_terms_files": ("OCF_VESTING_TERMS_FILE", iter([TERMS])),
        "valuations_files": ("OCF_VALUATIONS_FILE", iter([])),
        "stock_legend_templates_files": ("OCF_STOCK_LEGEND_TEMPLATES_FILE", iter([])),
        "transactions_files": ("OCF_TRANSACTIONS_FILE", transactions(grants)),
    }
    for name, (file_type, items) in lists.items():
        with (folder / f"{name}.ocf.json").open("w") as file:
            file.write(f'{{"file_type": "{file_type}", "items": [')
            for number, item in enumerate(items):
                file.write(("," if number else "") + json.dumps(item))
            file.write("]}")
    manifest = {
        "ocf_version": "1.2.0",
        "file_type": "OCF_MANIFEST_FILE",
        "issuer": {
            "object_type": "ISSUER",
            "id": "issuer",
            "legal_name": "Many Grants, Inc.",
            "formation_date": "2017-01-01",
            "country_of_formation": "US",
        },
        "as_of": "2025-12-31",
        "generated_at": "2025-12-31T00:00:00Z",
        **{name: [{"filepath": f"./{name}.ocf.json", "md5": "0" * 32}] for name in lists},
    }
    (folder / "Manifest.ocf.json").write_text(json.dumps(manifest))


def measure(folder: Path) -> tuple[float, float, int, int]:
    """Return CPU seconds to read and check and to import, peak memory in MB, and how many entries were written."""
    engine = make_engine(f"sqlite:///{folder}/imported.db")
    upgrade(engine)
    began = process_time()
    checked = check(folder)
    read = process_time()
    with Session(engine) as db:
        act = Act("bench", "import:ocf", datetime(2026, 1, 1, tzinfo=UTC))
        result = import_package(db, act, checked)
        db.commit()
    done = process_time()
    engine.dispose()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return read - began, done - read, peak, result.entries


def main(sizes: tuple[int, ...]) -> None:
    """Measure each size in a process of its own, and print how they compare."""
    seconds = []
    for grants in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_package(folder, grants)
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                checking, importing, peak, entries = pool.apply(measure, (folder,))
        seconds.append(checking + importing)
        print(
            f"{grants:>9,} grants: {checking:6.1f} s to check, {importing:6.1f} s to import {entries:,} entries, "
            f"peak {peak:,} MB"
        )
    if len(seconds) > 1:
        print(f"{sizes[-1] / sizes[0]:g} times the grants, {seconds[-1] / seconds[0]:.1f} times the CPU (at most 12)")


if __name__ == "__main__":
    main(tuple(int(size) for size in sys.argv[1:]) or SIZES)
