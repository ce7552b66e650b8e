"""Workbooks of TherapyNotes: what is a session, what a date; and workbooks that were made to do harm."""

from __future__ import annotations

import io
import struct
import zipfile
from datetime import date

import pytest

from app.imports.sessions.check import check_file
from app.imports.sessions.checked import Checked
from app.imports.sessions.findings import FileRefused
from app.imports.sessions.reasons import Reason
from app.imports.sessions.sources import Source
from app.imports.sessions.sources import workbook as reading
from tests.imports.sessions.files import ANA, THERAPYNOTES, Day, Row, rules, therapynotes, workbook

ANA_NAME = "Ana Díaz, LCSW"


def check(data: bytes) -> Checked:
    return check_file(data, Source.THERAPYNOTES, rules())


def refusal(data: bytes) -> Reason:
    with pytest.raises(FileRefused) as refused:
        check(data)
    return refused.value.finding.reason


@pytest.mark.parametrize(
    "cell", [45809, 45809.0, "2025-06-01", "6/1/2025", Day(45809), 45809.75, Day(45809.75), "6/1/2025 18:00"]
)
def test_every_way_of_writing_a_day_is_read(cell: object) -> None:
    (only,) = check(therapynotes(["Appointment", cell, ANA_NAME, 90837]))
    assert (only.delivery.provider, only.delivery.local_date) == (ANA, date(2025, 6, 1))


def test_a_fraction_of_a_day_is_a_time_to_the_nearest_minute() -> None:
    rows: list[Row] = [
        ["Appointment", 45809.4305555, ANA_NAME, 90837],
        ["Appointment", Day(45809.4305556), ANA_NAME, "90834"],
        ["Appointment", "2025-06-01 10:20", ANA_NAME, "90832"],
    ]
    checked = check(therapynotes(*rows))
    assert [(one.row, one.reason, one.other) for one in checked.findings if one.row] == [
        (3, Reason.OVERLAP, 2),
        (4, Reason.OVERLAP, 2),
    ]


@pytest.mark.parametrize("cell", ["", "soon", 0, -5, 1e300, True, 2958466])
def test_what_is_no_day_is_said(cell: object) -> None:
    checked = check(therapynotes(["Appointment", 45809, ANA_NAME, 90837], ["Appointment", cell, ANA_NAME, 90837]))
    (finding,) = [one for one in checked.findings if one.row]
    assert finding.reason in (Reason.DATE_UNREADABLE, Reason.DATE_MISSING)
    assert (finding.row, finding.column) == (3, "Date")


def test_the_first_row_that_is_written_is_the_header_and_rows_count_from_the_top() -> None:
    row = ["Appointment", "", 45809, 90837, *["x"] * 4, ANA_NAME, *["x"] * 20]
    data = workbook({"Summary": [["x"]], "Billing Transactions": [[], [], THERAPYNOTES, [], row]})
    assert [one.row for one in check(data)] == [5]


def test_like_sessions_of_a_day_are_counted_one_by_one() -> None:
    rows = [["Appointment", 45809, ANA_NAME, 90837]] * 4
    assert check(therapynotes(*rows)).counts.accepted == 4


def test_a_workbook_without_the_sheet_the_columns_or_any_row_is_refused() -> None:
    assert refusal(workbook({"Payments": [THERAPYNOTES]})) is Reason.SHEET_MISSING
    assert refusal(workbook({"Billing Transactions": [["Type", "Date"]]})) is Reason.COLUMN_MISSING
    assert refusal(workbook({"Billing Transactions": [[45809, 3.5, "Type"]]})) is Reason.COLUMN_MISSING
    assert refusal(workbook({"Billing Transactions": []})) is Reason.FILE_EMPTY


def test_one_cell_far_out_does_not_make_a_sheet_of_a_billion() -> None:
    data = therapynotes(["Appointment", 45809, ANA_NAME, 90837])
    for place in ("XFD1048576", "xfd1048576"):
        assert refusal(with_sheet(data, f'<row r="1048576"><c r="{place}"><v>1</v></c></row>')) is Reason.FILE_TOO_LARGE
    assert refusal(with_sheet(data, "<row  r = '1048576'><c r='AZ1048576'/></row>")) is Reason.FILE_TOO_LARGE


def with_sheet(data: bytes, rows: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                text = text.replace(b"</sheetData>", rows.encode() + b"</sheetData>")
            new.writestr(name, text)
    return packed.getvalue()


def test_a_workbook_that_swells_is_refused_whatever_size_it_states(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_UNPACKED_BYTES", 1 << 20)
    data = workbook({"Billing Transactions": [THERAPYNOTES]}, extra={"xl/media/image.bin": b"a" * (2 << 20)})
    assert refusal(data) is Reason.FILE_TOO_LARGE
    stated, lie = struct.pack("<L", 2 << 20), struct.pack("<L", 7)
    assert refusal(data.replace(stated, lie)) in (Reason.FILE_TOO_LARGE, Reason.WORKBOOK_BROKEN)


@pytest.mark.parametrize(
    "text",
    ["<worksheet><sheetData>".encode("utf-16"), b"<worksheet " + b" " * 100_000 + b">", b"<worksheet><sheetData><row>"],
)
def test_a_sheet_that_the_survey_can_not_read_is_not_opened(text: bytes) -> None:
    data = workbook({"Billing Transactions": [THERAPYNOTES]})
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            new.writestr(name, text if name == "xl/worksheets/sheet1.xml" else old.read(name))
    assert refusal(packed.getvalue()) in (Reason.WORKBOOK_BROKEN, Reason.FILE_EMPTY)


def test_a_member_with_a_password_or_an_odd_packing_is_refused() -> None:
    data = bytearray(workbook({"Billing Transactions": [THERAPYNOTES]}))
    entry = data.find(b"PK\x01\x02")
    encrypted, odd = bytearray(data), bytearray(data)
    encrypted[entry + 8] |= 1
    odd[entry + 10] = 14
    assert refusal(bytes(encrypted)) is Reason.FILE_PROTECTED
    assert refusal(bytes(odd)) is Reason.WORKBOOK_BROKEN


def test_a_workbook_of_too_many_bytes_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_PACKED_BYTES", 100)
    assert refusal(therapynotes()) is Reason.FILE_TOO_LARGE
