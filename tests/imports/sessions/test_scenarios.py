"""Acceptance scenarios 28 to 34 and 40, as far as reading goes; and what comes close to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pytest

from app.imports.sessions.check import check_file
from app.imports.sessions.checked import Checked, Counts
from app.imports.sessions.reasons import Reason, Severity
from app.imports.sessions.sources import Source
from app.imports.sessions.table import Fate
from ledger.sessions.values import Attendance, Category, Delivery, Modality
from tests.imports.sessions.files import ANA, BEN, Day, Row, plain, rules, simplepractice, therapynotes

ANA_NAME, BEN_NAME = "Ana Díaz, LCSW", "Ben Ode"
HEADER = "provider,start,minutes,category,modality"


def recorded(*checks: Checked) -> Mapping[str, Delivery]:
    return {one.delivery.fingerprint: one.delivery for check in checks for one in check}


def again(data: bytes, source: Source, *before: Checked) -> Checked:
    """Check a file when what other checks accepted is on record."""
    known = recorded(*before)

    def lookup(asked: Sequence[str]) -> Mapping[str, Delivery]:
        return {one: known[one] for one in asked if one in known}

    return check_file(data, source, rules(), lookup)


def findings(checked: Checked) -> list[tuple[int, str, Reason]]:
    about_rows = [one for one in checked.findings if one.row]
    return [(one.row, one.column, one.reason) for one in about_rows]


GROUP = simplepractice(*[["06/02/2025 10:00", ANA_NAME, "90853"]] * 8)


def test_28_eight_rows_of_one_group_are_one_session() -> None:
    checked = check_file(GROUP, Source.SIMPLEPRACTICE, rules())
    (only,) = checked
    assert only.row == 2
    told = only.delivery
    assert (told.provider, told.local_date, told.minutes, told.count) == (ANA, date(2025, 6, 2), 60, 1)
    assert (told.category, told.modality, told.attendance) == (Category.GROUP, Modality.VIDEO, Attendance.DELIVERED)
    assert checked.counts == Counts(8, accepted=1, collapsed=7, duplicate=0, rejected=0, non_session=0)
    assert [one.fate for one in checked.fates()] == [Fate.ACCEPTED, *[Fate.COLLAPSED] * 7]


def test_groups_at_other_times_and_of_other_providers_are_other_sessions() -> None:
    rows = [
        ["06/02/2025 10:00", ANA_NAME, "90853"],
        ["06/02/2025 11:00", ANA_NAME, "90853"],
        ["06/02/2025 10:00", BEN_NAME, "90853"],
        ["06/03/2025 10:00", ANA_NAME, "90853"],
    ]
    assert check_file(simplepractice(*rows * 3), Source.SIMPLEPRACTICE, rules()).counts == Counts(12, 4, 8, 0, 0, 0)


def test_a_group_was_delivered_if_one_of_its_clients_came() -> None:
    header = ["Date of Service", "Client", "Clinician", "Billing Code", "Appointment Status"]
    rows = [["06/02/2025 10:00", ANA_NAME, "90853", status] for status in ("No Show", "Show", "Late Cancelled")]
    (only,) = check_file(simplepractice(*rows, header=header), Source.SIMPLEPRACTICE, rules())
    assert only.delivery.attendance is Attendance.DELIVERED
    assert only.row == 3


def test_29_the_same_file_again_adds_nothing() -> None:
    first = check_file(GROUP, Source.SIMPLEPRACTICE, rules())
    second = again(GROUP, Source.SIMPLEPRACTICE, first)
    assert list(second) == []
    assert second.counts == Counts(8, accepted=0, collapsed=7, duplicate=1, rejected=0, non_session=0)
    assert first.sniffed == second.sniffed


def test_30_an_overlapping_range_adds_only_what_is_new() -> None:
    june = [[f"06/{day:02}/2025 10:00", ANA_NAME, "90837"] for day in range(1, 28)]
    first = check_file(simplepractice(*june[:24]), Source.SIMPLEPRACTICE, rules())
    second = again(simplepractice(*june[10:]), Source.SIMPLEPRACTICE, first)
    assert second.counts == Counts(17, accepted=3, collapsed=0, duplicate=14, rejected=0, non_session=0)
    assert [one.delivery.local_date.day for one in second] == [25, 26, 27]


def test_31_payments_are_no_sessions_and_excel_counts_days_from_1900() -> None:
    rows: list[Row] = [
        ["Payment", 45809, ANA_NAME, 90837],
        ["Appointment", 45809, ANA_NAME, 90837],
        ["Write-Off", "", "", ""],
    ]
    checked = check_file(therapynotes(*rows), Source.THERAPYNOTES, rules())
    (only,) = checked
    assert (only.row, only.delivery.local_date) == (3, date(2025, 6, 1))
    assert checked.counts == Counts(3, accepted=1, collapsed=0, duplicate=0, rejected=0, non_session=2)
    assert [one.fate for one in checked.fates()] == [Fate.NOT_A_SESSION, Fate.ACCEPTED, Fate.NOT_A_SESSION]


@pytest.mark.parametrize("cell", [44347, Day(44347), 44347.0])
def test_31_a_workbook_of_1904_counts_days_from_there(cell: object) -> None:
    data = therapynotes(["Appointment", cell, ANA_NAME, "90837"], from_1904=True)
    (only,) = check_file(data, Source.THERAPYNOTES, rules())
    assert only.delivery.local_date == date(2025, 6, 1)


def test_32_two_sessions_with_one_client_each_at_one_minute_wait_for_a_person() -> None:
    data = simplepractice(["06/02/2025 10:00", ANA_NAME, "90837"], ["06/02/2025 10:00", ANA_NAME, "90837"])
    checked = check_file(data, Source.SIMPLEPRACTICE, rules())
    assert [one.row for one in checked] == [2]
    assert checked.counts == Counts(2, accepted=1, collapsed=0, duplicate=0, rejected=1, non_session=0, held=1)
    (finding,) = [one for one in checked.findings if one.row]
    assert (finding.row, finding.other, finding.reason, finding.severity) == (3, 2, Reason.OVERLAP, Severity.HELD)
    assert "row 2" in finding.message


@pytest.mark.parametrize(
    ("start", "is_held"),
    [("2025-06-02T09:10", False), ("2025-06-02T09:11", True), ("2025-06-02T10:49", True), ("2025-06-02T10:50", False)],
)
def test_32_sessions_may_touch_and_not_intersect(start: str, is_held: bool) -> None:
    data = plain(HEADER, f"{ANA},2025-06-02T10:00,50,INDIVIDUAL,VIDEO", f"{ANA},{start},50,INDIVIDUAL,VIDEO")
    checked = check_file(data, Source.PLAIN, rules())
    assert checked.counts.held == is_held


def test_33_a_session_belongs_to_the_day_it_began_where_the_provider_was() -> None:
    west = rules("America/Los_Angeles", today=date(2026, 1, 31))
    rows = [f"{ANA},2025-12-31T23:30,50,INDIVIDUAL,VIDEO", f"{BEN},2026-01-01T07:30Z,50,INDIVIDUAL,VIDEO"]
    checked = check_file(plain(HEADER, *rows), Source.PLAIN, west)
    assert [one.delivery.local_date for one in checked] == [date(2025, 12, 31)] * 2


def test_33_it_keeps_the_provider_from_the_next_one_after_midnight() -> None:
    rows = [f"{ANA},2025-06-01T23:30,50,INDIVIDUAL,VIDEO", f"{ANA},2025-06-02T00:10,50,INDIVIDUAL,VIDEO"]
    assert findings(check_file(plain(HEADER, *rows), Source.PLAIN, rules())) == [(3, "start", Reason.OVERLAP)]


def test_34_a_time_that_the_clocks_skipped_is_refused_with_a_hint() -> None:
    rows = [["03/09/2025 01:59", ANA_NAME, "90837"], ["03/09/2025 02:30", BEN_NAME, "90837"]]
    checked = check_file(simplepractice(*rows), Source.SIMPLEPRACTICE, rules())
    assert findings(checked) == [(3, "Date of Service", Reason.TIME_SKIPPED)]
    (finding,) = [one for one in checked.findings if one.row]
    assert "an hour later" in finding.remedy


def test_34_a_time_that_came_twice_is_fine() -> None:
    checked = check_file(
        simplepractice(["11/02/2025 01:30", ANA_NAME, "90837"]), Source.SIMPLEPRACTICE, rules(today=date(2025, 12, 1))
    )
    assert checked.counts.accepted == 1


def test_40_a_row_changed_at_its_source_is_a_new_one_and_the_old_one_is_missed() -> None:
    first = check_file(plain(HEADER, f"{ANA},2025-06-02T10:00,45,INDIVIDUAL,VIDEO"), Source.PLAIN, rules())
    second = again(plain(HEADER, f"{ANA},2025-06-02T10:00,55,INDIVIDUAL,VIDEO"), Source.PLAIN, first)
    assert [one.delivery.minutes for one in second] == [55]
    missed = recorded(first).keys() - set(second.present())
    assert [recorded(first)[one].minutes for one in missed] == [45]
    assert (second.providers(), second.span()) == ((ANA,), (date(2025, 6, 2), date(2025, 6, 2)))


def test_a_row_on_record_with_other_details_is_a_conflict_and_not_a_second_session() -> None:
    header = HEADER + ",attendance"
    first = check_file(plain(header, f"{ANA},2025-06-02T10:00,50,INDIVIDUAL,VIDEO,DELIVERED"), Source.PLAIN, rules())
    second = again(plain(header, f"{ANA},2025-06-02T10:00,50,INDIVIDUAL,VIDEO,NO_SHOW"), Source.PLAIN, first)
    assert findings(second) == [(2, "", Reason.CHANGED)]
    assert second.counts == Counts(1, accepted=0, collapsed=0, duplicate=0, rejected=1, non_session=0, held=1)
    assert list(second.present()) == list(recorded(first))


def test_minutes_out_of_the_map_can_change_without_making_sessions_new() -> None:
    data = simplepractice(["06/02/2025 10:00", ANA_NAME, "90837"])
    first = check_file(data, Source.SIMPLEPRACTICE, rules())
    known = recorded(first)
    longer = rules(
        text="""
        defaults = { modality = "VIDEO", attendance = "DELIVERED" }
        providers = { "Ana Díaz, LCSW" = "hld_ana" }
        codes.90837.minutes = 60
    """
    )
    second = check_file(data, Source.SIMPLEPRACTICE, longer, lambda asked: {one: known[one] for one in asked})
    assert findings(second) == [(2, "", Reason.CHANGED)]


def test_an_old_row_is_recorded_and_said_to_be_late() -> None:
    rows = [f"{ANA},2025-04-02T10:00,50,INDIVIDUAL,VIDEO", f"{ANA},2025-04-01T10:00,50,INDIVIDUAL,VIDEO"]
    checked = check_file(plain(HEADER, *rows), Source.PLAIN, rules())
    assert checked.lock_from == date(2025, 4, 2)
    assert [one.is_late for one in checked] == [False, True]
    assert (checked.counts.accepted, checked.counts.late) == (2, 1)
    assert Reason.LATE in {one.reason for one in checked.findings}


def test_progress_is_told_while_rows_are_read() -> None:
    told: list[int] = []
    rows = [f"{ANA},2025-06-0{1 + n % 9},1,INDIVIDUAL,VIDEO,1" for n in range(25_000)]
    check_file(plain(HEADER.replace("start", "date") + ",count", *rows), Source.PLAIN, rules(), progress=told.append)
    assert told == [10_000, 20_000]
