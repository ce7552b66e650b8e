"""A checked package becomes entries: what is known comes out, every item is kept, all of it or nothing."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.imports.ocf import CheckedPackage, check
from app.imports.ocf.books import holdings
from app.imports.ocf.findings import Severity
from app.imports.ocf.writer import import_package
from app.people import vault
from app.people.tables import vault as vault_table
from app.verification import verify_all
from ledger import journal, tables
from ledger.equity.captable.holdings import holder_table
from ledger.equity.captable.summary import cap_table
from ledger.equity.values import (
    SourceItem,
)
from ledger.errors import AlreadyExists, Invalid, Overdrawn
from ledger.reading import every
from ledger.types import Cut, decimal_text
from tests import make
from tests.cases import cases_dir
from tests.imports.ocf.importing import ACME, DAY, held, imported
from tests.imports.ocf.packages import CLASSES, PLAN, checked, shares
from tests.imports.ocf.test_arithmetic import _random_package, operations
from tests.reports.packages import importing


def test_acme_has_the_known_cap_table_on_every_date(db: Session) -> None:
    testbed = cases_dir() / "ocf" / "testbed"
    import_package(db, importing(), check(testbed / "acme_holdings_limited"))
    assert verify_all(db).fault is None
    expected = json.loads((testbed / "captable_acme_as_of.json").read_bytes())["expected_totals"]
    for day, totals in expected.items():
        assert _totals(db, Cut(date.fromisoformat(day), journal.size(db))) == totals
    last = json.loads((testbed / "captable_acme_2023-06-29.json").read_bytes())["expected"]
    cut = Cut(date.fromisoformat(last["as_of"]), journal.size(db))
    assert _totals(db, cut) == last["totals"]
    assert _holdings(db, cut) == last["holdings"]


def _totals(db: Session, cut: Cut) -> dict[str, str]:
    rows = cap_table(db, cut).rows
    stock = {f"stock:{row.name}": str(row.outstanding) for row in rows if row.outstanding}
    return stock | {f"plan:{row.name}": str(row.awards) for row in rows if row.awards}


def _holdings(db: Session, cut: Cut) -> dict[str, dict[str, str]]:
    names, table = vault.names(db), holder_table(db, cut)
    found: dict[str, dict[str, str]] = {}
    for row in table.rows:
        of = {f"stock:{c.name}": str(n) for c, n in zip(table.classes, row.outstanding, strict=True) if n}
        found[names[row.holder]] = of | ({"plan:stock_plan_01": str(row.awards)} if row.awards else {})
    return found


@pytest.mark.parametrize("name", ["samples-1.2.0", "samples-main", ACME])
def test_every_item_is_kept_whole_with_a_record_that_proves_it(name: str, db: Session) -> None:
    package = check(cases_dir() / "ocf" / name)
    import_package(db, importing(), package)
    assert verify_all(db).fault is None
    documents = db.execute(select(vault_table.c.document).where(vault_table.c.kind == "SOURCE")).scalars()
    kept = [bytes(document) for document in documents]
    assert all(bytes(item.raw) in kept for item in package.package.items)
    assert len(every(db, SourceItem)) == len(kept) == len(package.package.items) + 2  # the company and the manifest


def test_names_and_addresses_are_in_the_vault_only(db: Session, tmp_path: Path) -> None:
    import_package(db, importing(), check(cases_dir() / "ocf" / ACME))
    written = _written(db)
    assert not [word for word in ("emily", "eliza", "fiona", "felicity", "chuck", "eyre") if word in written]
    assert set(vault.names(db).values()) == {
        "Emily Eliza Employee",
        "Fiona Felicity Founder",
        "Charlie Chuck Cofounder",
        "Jane Eyre CTO",
    }


def test_contact_details_and_tax_ids_are_in_the_vault_only(db: Session) -> None:
    import_package(db, importing(), check(cases_dir() / "ocf" / "samples-1.2.0"))
    written = _written(db)
    for secret in ("test.email", "256-33", "+1 316", "abc st", "ceo@acme.io", "34-2345123", "main street", "person x"):
        assert secret not in written


def _written(db: Session) -> str:
    """All that stands in the journal and in the tables that its entries make."""
    payloads = db.execute(select(tables.entry.c.payload)).scalars()
    return "\n".join(bytes(payload).decode().lower() for payload in payloads)


def test_a_package_with_an_error_is_refused_and_leaves_nothing(db: Session) -> None:
    broken = check(cases_dir() / "ocf" / "testbed" / "invalidCompany")
    assert "st_01" in {f.object_id for f in broken.findings if f.severity is Severity.ERROR}
    with pytest.raises(Invalid):
        import_package(db, importing(), broken)
    assert journal.size(db) == 0


def test_a_record_that_has_a_company_takes_no_other(db: Session, tmp_path: Path) -> None:
    make.company(db)
    with pytest.raises(AlreadyExists):
        imported(db, tmp_path, shares("s1"))


def test_what_fails_half_way_leaves_nothing(db: Session, tmp_path: Path) -> None:
    forged = {
        "object_type": "VESTRY_RECORD",
        "id": "x",
        "date": DAY,
        "kind": "holder.left",
        "records": [["issuer", {}]],
    }
    with pytest.raises(Invalid):
        imported(db, tmp_path, shares("s1"), forged)
    assert journal.size(db) == 0
    assert db.execute(select(func.count()).select_from(vault_table)).scalar() == 0


def test_a_forged_remark_can_not_overdraw(db: Session, tmp_path: Path) -> None:
    remark = 'vestry: {"from_treasury": true}'
    with pytest.raises(Overdrawn) as refused:
        imported(db, tmp_path, shares("s1", comments=[remark]))
    assert "Common has 0 treasury units left" in str(refused.value)
    assert journal.size(db) == 0


@pytest.mark.parametrize(
    "remark",
    [
        {"kind": 5, "decimals": "x", "on": "never"},
        {"detail": [], "windows": {"VOLUNTARY_OTHER": {}}, "price": {"amount": 1.5}},
        {"promised": 5, "vesting": 7, "events": ["x"]},
        {"put": {"/nowhere/at/all": 1}},
    ],
)
def test_a_remark_that_no_export_would_have_made_has_no_effect(
    remark: dict[str, Any], db: Session, tmp_path: Path
) -> None:
    comment = f"vestry: {json.dumps(remark)}"
    imported(
        db,
        tmp_path,
        {**CLASSES[0], "id": "other", "name": "Other", "comments": [comment]},
        shares("s1", comments=[comment]),
    )
    assert held(db, "s1") == 100


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(plan=operations, chance=st.randoms(use_true_random=False))
def test_random_packages_become_the_holdings_that_the_checks_say(
    plan: list[tuple[str, int, int]], chance: Random, db: Session, tmp_path: Path
) -> None:
    items, _ = _random_package(plan)
    chance.shuffle(items)
    package = checked(tmp_path / str(chance.random()), {**PLAN, "initial_shares_reserved": "5000"}, *items)
    with db.begin_nested() as example:
        import_package(db, importing(), package)
        assert verify_all(db).fault is None
        for step in package.story.steps[::4]:
            assert _held_by_name(db, step.date) == _expected(package, step.date)
        example.rollback()


def _expected(package: CheckedPackage, on: date) -> dict[tuple[str, str], str]:
    held = holdings(package.story, on)
    return {(who, what): str(units) for who, of in held.items() for what, units in of.items() if units}


def _held_by_name(db: Session, on: date) -> dict[tuple[str, str], str]:
    names, table = vault.names(db), holder_table(db, Cut(on, journal.size(db)))
    found = {}
    for row in table.rows:
        for each, units in zip(table.classes, row.outstanding, strict=True):
            if units:
                found[names[row.holder], f"stock:{each.name}"] = decimal_text(units, each.decimals)
        if row.awards:
            found[names[row.holder], "plan:Pool"] = decimal_text(row.awards, table.decimals)
    return found
