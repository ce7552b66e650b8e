"""What the command line sends in the place of an export tells the same sessions, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.imports.sessions.check import check_file
from app.imports.sessions.checked import Checked
from app.imports.sessions.findings import FileRefused
from app.imports.sessions.mapfile import read_map
from app.imports.sessions.reasons import Reason
from app.imports.sessions.sources import Source
from app.imports.sessions.stripping import strip_file
from tests.imports.sessions.files import SIMPLEPRACTICE, delimited, plain, rules, simplepractice, therapynotes

ANA_NAME, BEN_NAME = "Ana Díaz, LCSW", "Ben Ode"


def found(checked: Checked) -> list[tuple[int, Reason]]:
    return [(one.row, one.reason) for one in checked.findings if one.row]


def stripped(data: bytes, source: Source, text: str | None = None) -> list[dict[str, object]]:
    return [json.loads(line) for line in strip_file(data, source, read_map(text) if text else None)]


REPORT = simplepractice(
    *[[f"06/{day:02}/2025 10:00", ANA_NAME, "90853"] for day in range(1, 9)] * 3,
    ["6/9/2025 10:00", BEN_NAME, "90837-95"],
    ["6/9/2025 10:00", BEN_NAME, "90837"],
    ["soon", BEN_NAME, "90837"],
    ["3/9/2025 02:30", BEN_NAME, "90837"],
    ["6/9/2025 12:00", "Zoë Nobody", "90837"],
    ["6/9/2025 13:00", BEN_NAME, "wellness"],
    ["6/9/2025", BEN_NAME, "90837"],
)
BILLING = therapynotes(
    ["Appointment", 45809, ANA_NAME, 90837],
    ["Payment", 45809, ANA_NAME, 90837],
    ["Appointment", 45809.5, ANA_NAME, "90834"],
    ["Appointment", 45810, "Zoë Nobody", 90837],
)
OWN = plain(
    "external_id,provider,date,start,minutes,code,category,modality,attendance,count,client",
    "s-1,hld_ana,,2025-06-02T10:00,50,,INDIVIDUAL,VIDEO,,,x",
    ",hld_ben,2025-06-02,14:30,50,90834,,Video,no show,,x",
    ",hld_ben,2025-06-03,,200,,INDIVIDUAL,PHONE,,4,x",
    ",hld_ben,2025-06-04,,fifty,,INDIVIDUAL,PHONE,,,x",
    ",hld_ben,2025-06-04,,50,,SOLO,PHONE,,,x",
)


@pytest.mark.parametrize(
    ("data", "source"), [(REPORT, Source.SIMPLEPRACTICE), (BILLING, Source.THERAPYNOTES), (OWN, Source.PLAIN)]
)
def test_the_same_rows_are_accepted_and_the_same_ones_refused(data: bytes, source: Source) -> None:
    whole = check_file(data, source, rules())
    lines = b"".join(strip_file(data, source, rules().mapping))
    sent = check_file(lines, source, rules())
    assert list(sent) == list(whole)
    assert list(sent)
    assert found(sent) == found(whole)
    assert found(sent)
    assert sent.counts.rows_read == whole.counts.rows_read - whole.counts.non_session


def test_only_allowed_columns_come_out_and_unfit_cells_do_not() -> None:
    rows = stripped(REPORT, Source.SIMPLEPRACTICE)
    assert {key for row in rows for key in row} == {"row", "start", "provider", "code"}
    told = {row["row"]: row for row in rows}
    assert told[28] == {"row": 28, "start": "?", "provider": "?", "code": "90837"}
    assert told[31] == {"row": 31, "start": "6/9/2025 13:00", "provider": "?", "code": "?"}


def test_a_map_makes_known_what_nothing_else_tells() -> None:
    data = simplepractice(["6/9/2025 13:00", BEN_NAME, "wellness"], ["6/9/2025 13:00", "Dr. 7", "90837"])
    text = 'codes.WELLNESS = { category = "OTHER", minutes = 30 }\nproviders."Dr. 7" = "hld_7"'
    assert stripped(data, Source.SIMPLEPRACTICE, text) == [
        {"row": 2, "start": "6/9/2025 13:00", "code": "WELLNESS", "provider": BEN_NAME},
        {"row": 3, "start": "6/9/2025 13:00", "code": "90837", "provider": "Dr. 7"},
    ]
    assert stripped(data, Source.SIMPLEPRACTICE)[1]["provider"] == "?"


def test_external_ids_come_out_only_if_they_are_plain() -> None:
    data = plain(
        "provider,date,minutes,external_id", "hld_ana,2025-06-02,50,a-1", "hld_ana,2025-06-02,50,Jo Smith 1960"
    )
    assert [row.get("external_id") for row in stripped(data, Source.PLAIN)] == ["a-1", None]


def test_a_file_that_would_be_refused_is_refused_before_a_line_comes_out() -> None:
    rows = [["x", "06/02/2025", ANA_NAME, *["x"] * 17]] * 9
    with pytest.raises(FileRefused) as refused:
        strip_file(delimited(SIMPLEPRACTICE, *rows), Source.SIMPLEPRACTICE)
    assert refused.value.finding.reason is Reason.COLUMNS_SHIFTED
    with pytest.raises(FileRefused, match="Excel workbook"):
        strip_file(BILLING, Source.SIMPLEPRACTICE)


def test_a_file_may_be_named_by_its_path_and_left_half_read(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    path.write_bytes(REPORT)
    lines = strip_file(path, Source.SIMPLEPRACTICE)
    assert json.loads(next(lines))["row"] == 2
    del lines
