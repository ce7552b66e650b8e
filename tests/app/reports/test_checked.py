"""Whether a file is one of ours: by its hash in the log, else made again from what it says of itself."""

from __future__ import annotations

from datetime import UTC, date, datetime
from hashlib import sha256
from io import BytesIO

import pytest
import xlsxwriter
from sqlalchemy.orm import Session

from app import reports
from app.people.exports import Taken, note_export
from app.reports.checked import check
from ledger.equity.stock import StockOrder, issue_stock
from ledger.errors import Invalid
from ledger.types import Act
from tests import make
from tests.ledger.equity.captable.worked import YEAR_END, summary_of_ten_million

NEW_YEAR = date(2025, 1, 1)


def taken(db: Session, report: str, format: str) -> bytes:
    since = NEW_YEAR if report in reports.OF_PERIODS else None
    return reports.rendered(db, report, format, as_of=YEAR_END, known_at=44, since=since)


def test_a_file_is_ours_by_what_it_says_of_itself_whatever_is_recorded_later(db: Session) -> None:
    found = summary_of_ten_million(db)
    files = [taken(db, report, format) for report in ("holders", "roll-forward", "pool") for format in reports.FORMATS]
    act = Act("usr_steward", "board:2026-02", datetime(2026, 2, 1, 9, tzinfo=UTC))
    issue_stock(db, act, StockOrder("hld_dan", found.units, 500), on=date(2025, 12, 15))
    for data in files:
        verdict = check(db, data)
        assert (verdict.holds, verdict.is_made_again, verdict.noted, verdict.told) == (True, True, (), "")


def test_what_was_altered_is_told_cell_by_cell(db: Session) -> None:
    summary_of_ten_million(db)
    data = taken(db, "pool", "csv")
    for altered, told in (
        (data.replace(b"640350", b"640351"), "Row 2, available: the file says '640351', the record '640350'."),
        (data + b"x\r\n", "Row 3 is not in the record: x."),
        (data.replace(b"\r\n", b"\n"), "Every cell agrees"),
        (data.replace(b",44,", b",99,"), "the record has 44 entries"),
        (data.replace(b",44,", b",43,"), "It says the root of the journal at entry 43"),
    ):
        verdict = check(db, altered)
        assert not verdict.holds
        assert told in verdict.told
    verdict = check(db, taken(db, "pool", "json").replace(b'"640350"', b'"1"'))
    assert (verdict.holds, "available: the file says '1'" in verdict.told) == (False, True)


def test_a_file_that_was_handed_out_is_known_by_its_hash_whatever_it_holds(db: Session) -> None:
    summary_of_ten_million(db)
    data = b"a workbook of an older version"
    file = Taken("summary", "xlsx", YEAR_END, 44, None, sha256(data).hexdigest(), len(data))
    note_export(db, make.act(), file)
    verdict = check(db, data)
    assert verdict.holds
    assert [one.file for one in verdict.noted] == [file]


@pytest.mark.parametrize(
    "data",
    [b"", b"PK\x03\x04rubbish", b"%PDF-1.7 rubbish", b"{", b'{"report": 1}', b"a,b\r\n1,2\r\n", b"\xff\xfe", b'"'],
)
def test_rubbish_is_no_report(db: Session, data: bytes) -> None:
    make.company(db)
    with pytest.raises(Invalid, match="no report of ours"):
        check(db, data)


def test_a_workbook_that_swells_is_no_report_and_is_not_opened(db: Session) -> None:
    make.company(db)
    out = BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet("Context")
        for row, (name, value) in enumerate([("Report", "summary"), ("As of", "2026-01-31")]):
            sheet.write_row(row, 0, [name, value])
        # one cell far out costs a reader as much as all before it
        sheet.write(4_000, 3_000, "x")
    with pytest.raises(Invalid, match="no report of ours") as refused:
        check(db, out.getvalue())
    assert "cells" in str(refused.value.__cause__)
