"""Findings come in the order of their rows, and the file of errors is safe to open."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.imports.sessions.findings import SAID, Finding
from app.imports.sessions.listing import MOST_NAMES, Findings, inert, write_errors
from app.imports.sessions.reasons import Reason, Severity


def written(findings: Findings) -> list[list[str]]:
    file = io.StringIO(newline="")
    write_errors(findings, file)
    return list(csv.reader(io.StringIO(file.getvalue(), newline="")))


def test_every_reason_is_said_with_a_remedy_and_in_sentences() -> None:
    assert set(SAID) == set(Reason)
    for reason in Reason:
        finding = Finding(reason, 7, "Date", 3, "Ana", "12")
        assert finding.message.endswith(".")
        assert finding.remedy[-1] in ".…"
        assert "{" not in finding.message + finding.remedy
        assert finding.as_dict()["code"] == reason.value


def test_no_word_in_it_is_one_that_we_do_not_use() -> None:
    text = " ".join(f"{said.message} {said.remedy}" for said in SAID.values()).casefold()
    for word in ("supply", "fungible", "utilization", "productivity", "headcount"):
        assert word not in text


def test_findings_come_in_the_order_of_rows_after_those_about_the_file() -> None:
    findings = Findings()
    findings.add(9, Reason.DATE_MISSING, "Date")
    findings.add(4, Reason.OVERLAP, other=2)
    findings.about_file(Finding(Reason.LATE, detail="1"))
    findings.add(9, Reason.PROVIDER_UNKNOWN, "Clinician", name="Zoë")
    assert [(one.row, one.reason) for one in findings] == [
        (0, Reason.LATE),
        (4, Reason.OVERLAP),
        (9, Reason.DATE_MISSING),
        (9, Reason.PROVIDER_UNKNOWN),
    ]
    assert (len(findings), findings.count(Reason.OVERLAP), findings.of(Severity.REJECTED)) == (4, 1, 2)
    findings.hide_names()
    assert "Zoë" not in "".join(one.message for one in findings)


def test_the_file_of_errors_tells_row_column_reason_and_remedy() -> None:
    findings = Findings()
    findings.add(4, Reason.OVERLAP, other=2)
    findings.add(9, Reason.PROVIDER_UNKNOWN, "Clinician", name="Zoë")
    findings.about_file(Finding(Reason.LATE, detail="1"))
    overlap, unknown = SAID[Reason.OVERLAP], SAID[Reason.PROVIDER_UNKNOWN]
    assert written(findings) == [
        ["row", "column", "reason", "remedy"],
        ["4", "", overlap.message.format(other=2), overlap.remedy],
        ["9", "Clinician", "The map does not know this clinician: Zoë.", unknown.remedy],
    ]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_a_cell_that_a_spreadsheet_would_run_is_made_inert(cell: str) -> None:
    assert inert(cell) == f"'{cell}"
    assert inert(f"x{cell}") == f"x{cell}"


@given(st.text())
def test_no_name_of_a_column_begins_a_formula(column: str) -> None:
    findings = Findings()
    findings.add(1, Reason.DATE_MISSING, column)
    assert written(findings)[1][1][:1] not in set("=+-@\t\r")


def test_names_are_bounded() -> None:
    findings = Findings()
    for number in range(MOST_NAMES + 50):
        findings.add(number + 1, Reason.PROVIDER_UNKNOWN, "Clinician", name=f"Zoë {number}")
    assert len({one.name for one in findings}) == MOST_NAMES
