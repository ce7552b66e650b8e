"""A record comes out as a package that says all of it, and goes in again as the same record."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from fractions import Fraction
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.imports.ocf import check
from app.imports.ocf.remarks import last_remark
from app.people import vault
from app.people.holders import rename_holder
from app.reports.ocf import VERSIONS, export_package, write_folder, write_zip
from ledger import tables
from ledger.equity import classes, exercise, returns, splits, transfers, vesting_changes
from ledger.equity.certificates import Part
from ledger.equity.securities import labelled, position
from ledger.equity.values import EventKind, Holder, SecurityEvent
from ledger.equity.vesting.table import Mark
from ledger.errors import Invalid, NotFound
from ledger.reading import every
from ledger.types import Cut
from tests import make
from tests.cases import cases_dir
from tests.ledger.equity.captable.test_properties import FIRST, LAST, Company, Numbers, a_company, attempt, steps
from tests.reports.cooperative import Cooperative
from tests.reports.packages import Fresh, bring_in, fresh_records, gone_round, now

SAMPLES = ["samples-1.2.0", "samples-main", "testbed/acme_holdings_limited"]
MONTHS = [date(2019 + n // 12, 1 + n % 12, 28) for n in range(0, 12 * 9)]


@pytest.fixture
def fresh(sqlite_template: Path, tmp_path: Path) -> Iterator[Fresh]:
    with fresh_records(sqlite_template, tmp_path) as fresh:
        yield fresh


@pytest.fixture
def told(fresh: Fresh) -> Session:
    """The record of a cooperative to which everything has happened."""
    db = fresh()
    Cooperative(db).tell()
    db.commit()
    return db


def items_of(files: dict[str, bytes], name: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = json.loads(files[f"{name}.ocf.json"])["items"]
    return items


def of_type(files: dict[str, bytes], object_type: str) -> list[dict[str, Any]]:
    return [item for item in items_of(files, "Transactions") if item["object_type"] == object_type]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", SAMPLES)
def test_what_was_imported_comes_out_as_it_came_in(name: str, version: str, fresh: Fresh, tmp_path: Path) -> None:
    source = cases_dir() / "ocf" / name
    db = fresh()
    bring_in(db, source)
    gone_round(db, fresh, tmp_path, MONTHS[::7], version=version)
    came_in, went_out = (
        {item.id: item.data for item in check(path).package.items} for path in (source, tmp_path / "out.ocf.zip")
    )
    assert came_in.keys() == went_out.keys()
    for id, item in came_in.items():
        added = {"vestings": went_out[id].get("vestings")} if id in {"eci_01", "eci_02", "eci_03"} else {}
        assert went_out[id] == item | added


@pytest.mark.parametrize("version", VERSIONS)
def test_all_that_can_happen_to_equity_goes_round(version: str, told: Session, fresh: Fresh, tmp_path: Path) -> None:
    changed = select(tables.entry.c.effective_on).distinct()
    days = sorted({day + timedelta(more) for day in told.execute(changed).scalars() for more in (-1, 0)})
    # another version says the same in other words: that it comes to the same is seen on fewer days
    gone_round(told, fresh, tmp_path, days if version == next(iter(VERSIONS)) else MONTHS[::3], version=version)


@pytest.mark.parametrize("as_of", [date(2024, 6, 30), date(2025, 3, 21), date(2025, 8, 1)])
def test_a_package_as_of_a_day_says_what_counts_by_then(
    as_of: date, told: Session, fresh: Fresh, tmp_path: Path
) -> None:
    gone_round(told, fresh, tmp_path, MONTHS[::3], as_of=as_of)
    files = export_package(told, now(told, as_of))
    assert all(item["date"] <= as_of.isoformat() for item in items_of(files, "Transactions"))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(deeds=steps, days=st.lists(st.integers(0, 1_500), min_size=1, max_size=6))
def test_whatever_is_done_goes_round(
    fresh: Fresh, tmp_path: Path, deeds: list[tuple[Callable[[Company, int, int, int], None], Numbers]], days: list[int]
) -> None:
    db = fresh()
    company = a_company(db)
    for deed, picks in deeds:
        if deed is not Company.undo:  # a deed of the journal alone; the one for members refuses what others rest on
            attempt(company, deed, picks)
    db.commit()
    as_of = FIRST + timedelta(days=days[0])
    gone_round(db, fresh, tmp_path, [min(FIRST + timedelta(days=each), LAST) for each in days], as_of=as_of)


def test_scenario_21_an_export_validates_and_gives_the_same_summary_again(
    db: Session, fresh: Fresh, tmp_path: Path
) -> None:
    plan = make.plan(db, (make.company(db), make.share_class(db))[1])
    for _ in range(3):
        make.grant(db, plan)
    db.commit()
    gone_round(db, fresh, tmp_path, MONTHS[::5])


def test_the_manifest_names_every_file_with_its_md5(told: Session) -> None:
    files = export_package(told, now(told))
    manifest = json.loads(files["Manifest.ocf.json"])
    listed = [file for name, of in manifest.items() if name.endswith("_files") for file in of]
    assert {f"./{name}" for name in files if name != "Manifest.ocf.json"} == {file["filepath"] for file in listed}
    for file in listed:
        assert md5(files[file["filepath"][2:]], usedforsecurity=False).hexdigest() == file["md5"]
    assert manifest["ocf_version"] == "1.2.0"
    assert manifest["as_of"] == "2045-01-01"
    assert manifest["generated_at"] == "2026-03-02T15:30:00.000000Z"


def test_a_zip_is_the_same_whenever_it_is_written(told: Session, tmp_path: Path) -> None:
    files = export_package(told, now(told))
    for name in ("a", "b"):
        write_zip(tmp_path / name, files)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    with zipfile.ZipFile(tmp_path / "a") as archive:
        assert archive.namelist() == [*files]
    write_folder(tmp_path / "folder", files)
    assert check(tmp_path / "folder").findings == check(tmp_path / "a").findings


def test_every_grant_carries_its_instalments_as_they_stand(told: Session) -> None:
    files = export_package(told, now(told, date(2025, 5, 31)))
    grants = of_type(files, "TX_EQUITY_COMPENSATION_ISSUANCE")
    assert len(grants) > 20
    for grant in grants:
        assert sum(Fraction(each["amount"]) for each in grant["vestings"]) == Fraction(grant["quantity"])
    assert grants[0]["vestings"][0] == {"date": "2025-07-15", "amount": "1200.00"}  # half a year on leave
    waiting = export_package(told, now(told, date(2025, 6, 2)))
    second = of_type(waiting, "TX_EQUITY_COMPENSATION_ISSUANCE")[1]
    assert second["vestings"][-1]["date"] == "9999-12-31"


def test_forfeiture_is_a_cancellation_with_a_balance_and_a_return_to_the_pool(told: Session) -> None:
    files = export_package(told, now(told))
    cancelled = [
        item
        for item in of_type(files, "TX_EQUITY_COMPENSATION_CANCELLATION")
        if (last_remark(item) or {}).get("as") == "FORFEITED" and "balance_security_id" in item
    ]
    assert cancelled
    issued = {item["security_id"] for item in of_type(files, "TX_EQUITY_COMPENSATION_ISSUANCE")}
    returned = {(item["security_id"], item["quantity"]) for item in of_type(files, "TX_STOCK_PLAN_RETURN_TO_POOL")}
    for item in cancelled:
        assert item["balance_security_id"] in issued
    assert {(item["security_id"], item["quantity"]) for item in cancelled} & returned


def test_an_old_version_does_not_count_consolidated_certificates_twice(told: Session) -> None:
    old, new = (export_package(told, now(told), version=version) for version in ("1.2.0", "main"))
    [consolidation] = of_type(new, "TX_STOCK_CONSOLIDATION")
    instead = [item for item in of_type(old, "TX_STOCK_CANCELLATION") if "stands_for" in (last_remark(item) or {})]
    assert [item["security_id"] for item in instead] == consolidation["security_ids"]


def test_a_membership_share_has_no_votes_of_its_own(told: Session) -> None:
    [membership] = [c for c in items_of(export_package(told, now(told)), "StockClasses") if c["name"] == "Membership"]
    assert membership["votes_per_share"] == "0"
    assert membership["class_type"] == "COMMON"
    assert membership["initial_shares_authorized"] == "UNLIMITED"
    assert membership["comments"][0].startswith("One member, one vote")


def test_holders_are_called_by_their_newest_name_and_reached_by_mail(told: Session) -> None:
    holders = items_of(export_package(told, now(told)), "Stakeholders")
    [ana] = [each for each in holders if each["name"]["legal_name"] == "Ana Mole-Oak"]
    assert ana["contact_info"]["emails"][0]["email_address"] == "ana@example.org"
    before = items_of(export_package(told, now(told, date(2023, 12, 31))), "Stakeholders")
    assert [each["name"]["legal_name"] for each in before if "contact_info" in each] == ["Ana Mole"]


def test_what_is_done_after_an_import_goes_round_too(fresh: Fresh, tmp_path: Path) -> None:
    db, act = fresh(), make.act()
    bring_in(db, cases_dir() / "ocf" / "testbed" / "acme_holdings_limited")
    emily = labelled(db, "EC-2").holder
    other = labelled(db, "OA-1").holder
    exercise.exercise(db, act, labelled(db, "EC-2").id, 1_000, on=date(2024, 1, 1))
    returns.cancel(db, act, labelled(db, "EC-3").id, on=date(2024, 2, 1), reason="Agreed.", part=Part(4_000))
    transfers.transfer(db, act, labelled(db, "OB-4").id, other, on=date(2024, 3, 1), part=Part(7_000))
    classes.adjust_authorised(db, act, "ordinaryA", 20_000_000, on=date(2024, 5, 1))
    splits.split_class(db, act, "ordinaryB", 2, 1, on=date(2024, 6, 1))
    rename_holder(db, act, emily, {"name": "Emily Renamed"}, on=date(2024, 7, 1))
    db.commit()
    again = gone_round(db, fresh, tmp_path, MONTHS)
    assert "Emily Renamed" in vault.names(again).values()
    gone_round(again, fresh, tmp_path, MONTHS[::9], version="main")


def test_a_leave_that_is_still_on_can_be_ended_in_the_record_that_an_export_made(
    told: Session, fresh: Fresh, tmp_path: Path
) -> None:
    other = gone_round(told, fresh, tmp_path, [], as_of=date(2025, 6, 15))
    held = [position(other, each.security) for each in every(other, SecurityEvent, kind=EventKind.PAUSED.value)]
    [away] = [each for each in held if any(row.mark is Mark.PAUSED for row in each.table) and each.outstanding]
    vesting_changes.resume(other, make.act(), away.security.id, on=date(2025, 12, 1))
    assert position(other, away.security.id).table[-1].date == date(2028, 7, 15)
    other.commit()
    gone_round(other, fresh, tmp_path, MONTHS[::5])


@pytest.mark.parametrize("gone", [[0], [1, 3], [0, 1, 2, 3]])
def test_who_was_erased_comes_out_as_a_former_member_with_the_same_holdings(
    gone: list[int], fresh: Fresh, tmp_path: Path
) -> None:
    db = fresh()
    bring_in(db, cases_dir() / "ocf" / "testbed" / "acme_holdings_limited")
    returns.cancel(db, make.act(), labelled(db, "EC-3").id, on=date(2024, 2, 1), reason="Agreed.", part=Part(4_000))
    holders = every(db, Holder)
    for number in gone:
        vault.erase(db, holders[number].id)
    db.commit()
    again = gone_round(db, fresh, tmp_path, MONTHS[::5])
    assert sum(name.startswith("Former member #") for name in vault.names(again).values()) == len(gone)


def test_an_empty_record_and_an_unknown_version_are_refused(db: Session) -> None:
    with pytest.raises(NotFound):
        export_package(db, Cut(date(2025, 1, 1), 0))
    with pytest.raises(Invalid):
        export_package(db, Cut(date(2025, 1, 1), 0), version="1.1.0")
