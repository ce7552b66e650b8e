"""Reports of a real company: their columns, their names, and the same bytes for ever on every database."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime
from fractions import Fraction
from hashlib import sha256
from io import StringIO
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app import reports
from app.db import make_engine
from app.people import vault
from app.reports import captable
from app.reports.captable import ratio_text
from app.reports.report import file_name
from ledger import journal
from ledger.equity import register
from ledger.equity.captable.holdings import holder_table
from ledger.equity.stock import StockOrder, issue_stock
from ledger.equity.values import HolderKind
from ledger.errors import DatesOutOfOrder, Invalid, NotFound
from ledger.types import Act, Cut
from tests import make
from tests.ledger.equity.captable.worked import YEAR_END, Acts, summary_of_ten_million

NEW_YEAR = date(2025, 1, 1)
LATE = datetime(2026, 2, 1, 9, tzinfo=UTC)

COLUMNS = {
    "summary": "as_of class_type class_id class_name authorized outstanding outstanding_awards "
    "available_for_issuance conversion_ratio as_converted_shares fully_diluted_shares fully_diluted_pct voting_pct "
    "cash_raised liquidation_pref",
    "pool": "plan reserved granted forfeited_returned expired_returned cancelled_returned repurchased_returned "
    "retired_not_returned exercised settled outstanding available check",
    "vesting": "label holder tranche_no vest_date vest_qty cumulative status condition_id",
}
"""The columns of reports.md §4.2, first and in order."""


def render(db: Session, report: str, format: str = "csv", **cut: Any) -> bytes:
    since = NEW_YEAR if report in reports.OF_PERIODS else None
    return reports.rendered(db, report, format, **({"as_of": YEAR_END, "since": since} | cut))


def read(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(data.decode(), newline="")))


def digests(db: Session, known_at: int, *leaving_out: str) -> dict[str, str]:
    """The SHA-256 of every report in every format."""
    found: dict[str, str] = {}
    for report in reports.REPORTS:
        since = NEW_YEAR if report in reports.OF_PERIODS else None
        made = reports.build(db, report, reports.cut_for(db, YEAR_END, known_at), since=since)
        found |= {
            f"{report}.{ending}": sha256(form(made)).hexdigest()
            for ending, form in reports.FORMATS.items()
            if ending not in leaving_out
        }
    return found


@pytest.mark.parametrize("report", COLUMNS)
def test_the_columns_are_those_of_the_specification(db: Session, report: str) -> None:
    summary_of_ten_million(db)
    columns = COLUMNS[report].split()
    assert list(read(render(db, report))[0])[: len(columns)] == columns


def test_the_columns_by_holder_have_one_for_each_class(db: Session) -> None:
    summary_of_ten_million(db)
    assert list(read(render(db, "holders"))[0])[:15] == [
        "holder_id",
        "name",
        "group",
        "outstanding: Founders common",
        "outstanding: Provider units",
        "outstanding: Seed preferred",
        "awards_outstanding",
        "vested",
        "unvested",
        "exercisable",
        "fully_diluted",
        "fd_pct",
        "member_class",
        "member_since",
        "note",
    ]


def test_the_worked_summary_as_a_file(db: Session) -> None:
    summary_of_ten_million(db)
    rows = read(render(db, "summary"))
    assert [(row["class_name"], row["fully_diluted_shares"], row["fully_diluted_pct"]) for row in rows] == [
        ("Founders common", "6000000", "60.0000"),
        ("Provider units", "41250", "0.4125"),
        ("Seed preferred", "2000000", "20.0000"),
        ("Provider plan", "1958750", "19.5875"),
        ("Total", "10000000", "100.0000"),
    ]
    seed = rows[2]
    assert (seed["cash_raised"], seed["liquidation_pref"], seed["currency"]) == ("2000000.00", "3000000.00", "USD")


def test_the_five_slices_of_the_worked_summary_add_up_to_a_hundred(db: Session) -> None:
    """Scenario 24: shares by class, grants and what is available are five rows of the table by holder, grouped."""
    summary_of_ten_million(db)
    rows = read(render(db, "holders"))
    assert sum(round(float(row["fd_pct"]) * 10_000) for row in rows[:-1]) == 1_000_000
    assert (rows[-2]["name"], rows[-2]["fd_pct"]) == ("Available for issuance", "6.4035")
    assert (rows[-1]["name"], rows[-1]["fd_pct"]) == ("Total", "100.0000")


def test_totals_are_the_sums_of_their_columns(db: Session) -> None:
    summary_of_ten_million(db)
    for report in ("summary", "holders"):
        *rows, total = read(render(db, report))
        summed = {"outstanding", "outstanding_awards", "fully_diluted_shares", "vested", "unvested", "fully_diluted"}
        for column in summed & total.keys():
            assert sum(int(row[column]) for row in rows) == int(total[column])


def test_a_report_never_changes_and_a_late_correction_shows_to_those_who_know_of_it(db: Session) -> None:
    """Scenario 22."""
    found = summary_of_ten_million(db)
    run_at = reports.known_by(db, datetime(2026, 1, 10, 12, tzinfo=UTC))
    before = digests(db, run_at)
    correction = Act("usr_steward", "board:2026-02", LATE)
    issue_stock(db, correction, StockOrder("hld_dan", found.units, 500), on=date(2025, 12, 15))
    assert reports.known_by(db, datetime(2026, 1, 10, 12, tzinfo=UTC)) == run_at == 44
    assert reports.known_by(db, LATE) == 45
    assert digests(db, run_at) == before
    after = digests(db, 45)
    assert not set(after.values()) & set(before.values())
    assert read(render(db, "summary", known_at=45))[1]["outstanding"] == "41750"


def test_the_same_journal_gives_the_same_bytes_on_both_databases(sqlite_url: str, postgresql_url: str) -> None:
    found = []
    for url in (sqlite_url, postgresql_url):
        engine = make_engine(url)
        with Session(engine) as db:
            summary_of_ten_million(db, Acts())
            found.append([digests(db, 20, "pdf"), digests(db, 40, "pdf"), digests(db, 44)])
        engine.dispose()
    assert found[0] == found[1]


def test_every_report_names_its_day_its_entry_and_the_root_of_the_journal(db: Session) -> None:
    summary_of_ten_million(db)
    root = journal.head_at(db, 44).root().hex()
    for report in reports.REPORTS:
        told = json.loads(render(db, report, "json"))
        assert (told["report"], told["as_of"], told["known_at"]) == (report, "2025-12-31", 44)
        assert (told["journal_root"], told["issuer"]["time_zone"]) == (root, "America/New_York")
        assert told["recorded_at"] == "2026-01-10T09:00:00.000000Z"
        if not told["rows"]:
            assert f"# journal_root: {root}" in render(db, report).decode()
            continue
        row = read(render(db, report))[0]
        expected = ("2025-12-31", "44", root, "America/New_York")
        assert (row["as_of"], row["known_at"], row["journal_root"], row["time_zone"]) == expected


def test_json_says_quantities_as_strings_and_nothing_as_null(db: Session) -> None:
    summary_of_ten_million(db)
    told = json.loads(render(db, "summary", "json"))
    units, plan = told["rows"][1], told["rows"][3]
    assert (units["outstanding"], units["cash_raised"], plan["conversion_ratio"]) == ("41250", None, None)
    assert list(units) == told["columns"]
    assert json.loads(render(db, "roll-forward", "json"))["from"] == "2025-01-01"


def test_a_holder_named_like_a_formula_is_text_in_the_file(db: Session) -> None:
    """Scenario 25."""
    summary_of_ten_million(db)
    name = '=HYPERLINK("http://evil.example","Ana")'
    digest = vault.keep_identity(db, make.act(), "hld_zoe", {"name": name})
    register.add_holder(db, make.act(), kind=HolderKind.INDIVIDUAL, on=NEW_YEAR, identity=digest, id="hld_zoe")
    issue_stock(db, make.act(), StockOrder("hld_zoe", "cls_founders", 10), on=date(2025, 6, 1))
    assert [row["name"] for row in read(render(db, "holders")) if row["holder_id"] == "hld_zoe"] == [f"'{name}"]
    vault.erase(db, "hld_zoe")
    [erased] = [row["name"] for row in read(render(db, "holders")) if row["holder_id"] == "hld_zoe"]
    assert erased.startswith("Former member #")


def test_holders_stand_in_the_order_of_their_names_and_not_of_what_they_have(db: Session) -> None:
    summary_of_ten_million(db)
    cut = Cut(YEAR_END, 44)
    names = {"hld_ana": "zora", "hld_ben": "Yves", "hld_gus": "alba"}
    report = captable.holders(holder_table(db, cut), reports.source_of(db, cut), names)
    shown = [row[1] for row in report.rows]
    assert shown[0] == "alba"
    assert shown[-4:] == ["Yves", "zora", "Available for issuance", "Total"]


def test_a_file_is_named_after_all_that_decides_what_is_in_it(db: Session) -> None:
    summary_of_ten_million(db)
    report = reports.build(db, "roll-forward", Cut(YEAR_END, 44), since=NEW_YEAR)
    data = reports.as_csv(report)
    eight = sha256(data).hexdigest()[:8]
    stem = "lanternleaf-care-cooperative_roll-forward_asof-2025-12-31_from-2025-01-01_known-20260110T090000Z"
    assert file_name(report, data, "csv") == f"{stem}_{eight}.csv"


def test_today_is_a_day_where_the_company_is(db: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    make.company(db, time_zone="Pacific/Auckland")
    monkeypatch.setattr("app.clock.now", lambda: datetime(2026, 3, 2, 15, 30, tzinfo=UTC))
    assert reports.cut_for(db) == Cut(date(2026, 3, 3), 1)
    assert reports.cut_for(db, date(2025, 1, 1), 0) == Cut(date(2025, 1, 1), 0)


def test_a_company_without_shares_has_a_summary_all_the_same(db: Session) -> None:
    make.company(db)
    [total] = read(render(db, "summary"))
    assert (total["class_name"], total["fully_diluted_shares"], total["fully_diluted_pct"]) == ("Total", "0", "")
    assert b"# journal_root: " in render(db, "pool")
    assert json.loads(render(db, "vesting", "json"))["rows"] == []


def test_without_a_company_there_are_no_reports(db: Session) -> None:
    with pytest.raises(NotFound, match="No company is on record"):
        render(db, "summary")
    with pytest.raises(NotFound, match="No company is on record"):
        reports.cut_for(db)
    make.company(db)
    with pytest.raises(NotFound, match="No company is on record before entry 0"):
        render(db, "summary", known_at=0)


def test_what_can_not_be_reported_is_refused_in_words(db: Session) -> None:
    make.company(db)
    with pytest.raises(NotFound, match="it can't be known at 2"):
        render(db, "summary", known_at=2)
    with pytest.raises(NotFound, match="it can't be known at -1"):
        render(db, "summary", known_at=-1)
    with pytest.raises(Invalid, match="there are summary, holders"):
        render(db, "gossip")
    with pytest.raises(Invalid, match="there are csv, json"):
        render(db, "summary", "xls")
    with pytest.raises(DatesOutOfOrder, match="the day it begins"):
        render(db, "roll-forward", since=None)
    with pytest.raises(DatesOutOfOrder, match="can't begin on 2026-01-01"):
        render(db, "roll-forward", since=date(2026, 1, 1))
    with pytest.raises(Invalid, match="only a roll-forward or an expense"):
        render(db, "summary", since=NEW_YEAR)


def test_a_ratio_is_a_decimal_number_where_one_says_it_exactly() -> None:
    assert [ratio_text(Fraction(*each)) for each in ((1, 1), (3, 2), (1, 8), (1, 3))] == ["1", "1.5", "0.125", "1/3"]
