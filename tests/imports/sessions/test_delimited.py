"""Rows of text are read by position, and rows that do not fit are refused one by one without being repeated."""

from __future__ import annotations

import pytest

from app.imports.sessions.check import check_file
from app.imports.sessions.checked import Checked
from app.imports.sessions.findings import FileRefused
from app.imports.sessions.reasons import Reason
from app.imports.sessions.sources import Source
from tests.imports.sessions.files import (
    ANA,
    SIMPLEPRACTICE,
    SIMPLEPRACTICE_OLDER,
    delimited,
    plain,
    rules,
    simplepractice,
)

ANA_NAME = "Ana Díaz, LCSW"
ROW = ["06/02/2025 10:00", ANA_NAME, "90837"]


def check(data: bytes) -> Checked:
    return check_file(data, Source.SIMPLEPRACTICE, rules())


def rows_found(checked: Checked) -> list[tuple[int, Reason]]:
    return [(one.row, one.reason) for one in checked.findings if one.row]


@pytest.mark.parametrize(
    "header",
    [
        SIMPLEPRACTICE,
        SIMPLEPRACTICE_OLDER,
        [name for name in SIMPLEPRACTICE if "Insurance" not in name and name != "Progress Note Status"],
        [name.upper() for name in SIMPLEPRACTICE],
        [name.replace(" ", "_") for name in SIMPLEPRACTICE],
        list(reversed(SIMPLEPRACTICE)),
        [*SIMPLEPRACTICE, "Something new"],
    ],
)
def test_every_variant_of_the_report_is_read(header: list[str]) -> None:
    data = simplepractice(ROW)
    named = [name.upper().replace("_", " ") for name in header]
    cells = {"DATE OF SERVICE": ROW[0], "CLINICIAN": ROW[1], "BILLING CODE": ROW[2]}
    data = delimited(header, [cells.get(name, "x") for name in named])
    (only,) = check(data)
    assert (only.delivery.provider, only.delivery.minutes) == (ANA, 53)


@pytest.mark.parametrize("start", ["06/02/2025 10:00", "6/2/2025 10:00", "2025-06-02 10:00", "06/02/2025 10:00 AM"])
def test_every_way_of_writing_a_start_is_the_same_session(start: str) -> None:
    expected = next(iter(check(simplepractice(ROW))))
    assert list(check(simplepractice([start, ANA_NAME, "90837"]))) == [expected]


@pytest.mark.parametrize("day", ["06/02/2025", "2025-06-02"])
def test_without_times_like_sessions_of_a_day_are_counted_one_by_one(day: str) -> None:
    data = simplepractice(*[[day, ANA_NAME, "90837"]] * 5, [day, ANA_NAME, "90834"])
    checked = check(data)
    assert checked.counts.accepted == 6
    assert len(set(checked.present())) == 6
    known = {one.delivery.fingerprint: one.delivery for one in checked}
    more = simplepractice(*[[day, ANA_NAME, "90837"]] * 6, [day, ANA_NAME, "90834"])
    again = check_file(more, Source.SIMPLEPRACTICE, rules(), lambda asked: {o: known[o] for o in asked if o in known})
    assert (again.counts.accepted, again.counts.duplicate) == (1, 6)


def test_without_times_the_rows_of_a_group_are_one_session_and_that_is_said() -> None:
    checked = check(simplepractice(*[["06/02/2025", ANA_NAME, "90853"]] * 8))
    assert (checked.counts.accepted, checked.counts.collapsed) == (1, 7)
    assert rows_found(checked) == [(2, Reason.GROUP_WITHOUT_TIME)]


def test_a_practice_of_one_names_its_provider_in_the_map() -> None:
    header = [name for name in SIMPLEPRACTICE if name != "Clinician"]
    data = simplepractice(ROW, header=header)
    with pytest.raises(FileRefused) as refused:
        check(data)
    assert refused.value.finding.reason is Reason.PROVIDER_NOT_GIVEN
    solo = rules(text='defaults = { modality = "PHONE", provider = "hld_ana" }')
    (only,) = check_file(data, Source.SIMPLEPRACTICE, solo)
    assert only.delivery.provider == ANA


def test_a_column_that_is_needed_may_not_stand_twice() -> None:
    with pytest.raises(FileRefused, match="Two columns are named “Clinician”"):
        check(simplepractice(ROW, header=[*SIMPLEPRACTICE, "clinician"]))


def test_a_column_that_is_spelled_nearly_so_is_pointed_out() -> None:
    with pytest.raises(FileRefused, match=r"no column “provider” \(column 2 is spelled nearly so\)"):
        check_file(plain("start,provder,minutes", "x,y,z"), Source.PLAIN, rules())
    with pytest.raises(FileRefused, match="no column “date” or “start”\\."):
        check_file(plain("provider,minutes", "x,y"), Source.PLAIN, rules())


def test_row_numbers_are_those_of_the_spreadsheet() -> None:
    other = "two\nlines, and a “quote”"
    data = simplepractice(ROW, ["nonsense", ANA_NAME, "90837"], other=other).decode()
    lines = data.replace("nonsense", "\n\nnonsense").encode()
    for sent, row in ((data.encode(), 3), (lines, 5)):
        rows = [[f"06/{day:02}/2025 12:00", ANA_NAME, "90837"] for day in range(3, 9)]
        more = simplepractice(*rows, other=other).split(b"Unpaid\n", 1)[1]
        assert rows_found(check(sent + more)) == [(row, Reason.DATE_UNREADABLE)]


def test_rows_of_another_width_are_refused_and_blank_ones_passed_over() -> None:
    good = ",".join(["06/02/2025 10:00", "x", '"Ana Díaz, LCSW"', "90837", *["x"] * 16])
    more = [good.replace("10:00", f"{hour}:00") for hour in range(11, 22)]
    bad = [good + ",x", good.removesuffix(",x"), 'a "quote', '"a" quote,']
    blank = ["", "," * 19, "," * 25]
    text = "\n".join([",".join(SIMPLEPRACTICE), good + ",,", *blank, *bad[:2], *more])
    checked = check(text.encode())
    assert rows_found(checked) == [(6, Reason.ROW_MALFORMED), (7, Reason.ROW_MALFORMED)]
    assert checked.counts.rows_read == 14
    text = "\n".join([",".join(SIMPLEPRACTICE), *more, *bad[2:]])
    assert [reason for _, reason in rows_found(check(text.encode()))] == [Reason.ROW_MALFORMED] * 2


@pytest.mark.parametrize("ending", ["", 'x"y,z\n', '"x"\n' * 3])
def test_a_quotation_mark_that_is_never_closed_is_refused_with_its_row(ending: str) -> None:
    good = ",".join(["06/02/2025 10:00", "x", "Ben Ode", "90837", *["x"] * 16])
    rows = [",".join(SIMPLEPRACTICE), good, good.replace("x", '"x', 1), *[good] * 3]
    with pytest.raises(FileRefused) as refused:
        check(("\n".join(rows) + "\n" + ending).encode())
    assert (refused.value.finding.reason, refused.value.finding.row) == (Reason.QUOTE_OPEN, 3)


@pytest.mark.parametrize("moved", [["x"], []])
def test_shifted_columns_are_refused(moved: list[str]) -> None:
    cells = ["Jo Smith", "06/02/2025 10:00", ANA_NAME, "90837", *["x"] * 16]
    rows = [(moved + cells)[:20] for _ in range(20)]
    with pytest.raises(FileRefused) as refused:
        check(delimited(SIMPLEPRACTICE, *rows))
    assert refused.value.finding.reason is Reason.COLUMNS_SHIFTED


def test_clients_in_the_column_of_clinicians_are_refused() -> None:
    rows = [
        [f"06/02/2025 {n % 12 + 8}:{n % 60:02}", f"Person {chr(65 + n % 26)}{chr(97 + n // 26)}", "90837"]
        for n in range(60)
    ]
    with pytest.raises(FileRefused) as refused:
        check(simplepractice(*rows))
    assert refused.value.finding.reason is Reason.COLUMNS_SHIFTED


def test_a_few_unreadable_dates_are_refused_row_by_row() -> None:
    rows = [[f"06/{day:02}/2025 10:00", ANA_NAME, "90837"] for day in range(1, 9)]
    checked = check(simplepractice(*rows, ["02/30/2025", ANA_NAME, "90837"], ["", ANA_NAME, "90837"]))
    assert rows_found(checked) == [(10, Reason.DATE_UNREADABLE), (11, Reason.DATE_MISSING)]


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (["07/02/2025 10:00", ANA_NAME, "90837"], "Date of Service", Reason.DATE_IN_FUTURE),
        (["07/02/1925 10:00", ANA_NAME, "90837"], "Date of Service", Reason.DATE_TOO_OLD),
        (["06/02/2025 25:00", ANA_NAME, "90837"], "Date of Service", Reason.TIME_UNREADABLE),
        (["06/02/2025 10:00", "", "90837"], "Clinician", Reason.PROVIDER_MISSING),
        (["06/02/2025 10:00", "Zoë Nobody", "90837"], "Clinician", Reason.PROVIDER_UNKNOWN),
        (["06/02/2025 10:00", ANA_NAME, "WELLNESS"], "Billing Code", Reason.CODE_UNKNOWN),
        (["06/02/2025 10:00", ANA_NAME, "90999"], "Billing Code", Reason.CODE_UNKNOWN),
        (["06/02/2025 10:00", ANA_NAME, ""], "", Reason.MINUTES_NOT_GIVEN),
        (["06/02/2025 10:00", ANA_NAME, "90791"], "Billing Code", Reason.MINUTES_NOT_GIVEN),
    ],
)
def test_a_row_that_does_not_hold_is_named_with_column_reason_and_remedy(
    row: list[str], column: str, reason: Reason
) -> None:
    checked = check(simplepractice(ROW, row))
    (finding,) = [one for one in checked.findings if one.row]
    assert (finding.row, finding.column, finding.reason) == (3, column, reason)
    assert finding.remedy
    assert ("Zoë Nobody" in finding.message) == (reason is Reason.PROVIDER_UNKNOWN)


def test_where_no_clinician_is_known_none_is_named() -> None:
    checked = check(simplepractice(["06/02/2025 10:00", "Zoë Nobody", "90837"]))
    assert [one.name for one in checked.findings if one.row] == [""]
    unmapped = rules(text='defaults.modality = "VIDEO"')
    checked = check_file(simplepractice(["06/02/2025 10:00", "Zoë Nobody", "90837"]), Source.SIMPLEPRACTICE, unmapped)
    assert [one.name for one in checked.findings if one.row] == ["Zoë Nobody"]


def test_the_dropped_columns_are_named_if_they_are_known_and_else_counted() -> None:
    checked = check(simplepractice(ROW, header=[*SIMPLEPRACTICE, "Jo Smith"]))
    assert checked.dropped[:2] == ("Client", "Primary Insurance")
    assert checked.dropped[-1] == "column 21"


def test_it_is_said_when_the_file_does_not_tell_who_came() -> None:
    silent = rules(text='defaults.modality = "VIDEO"\nproviders."Ana Díaz, LCSW" = "hld_ana"')
    found = {one.reason for one in check_file(simplepractice(ROW), Source.SIMPLEPRACTICE, silent).findings}
    assert Reason.ATTENDANCE_ASSUMED in found
    assert Reason.ATTENDANCE_ASSUMED not in {one.reason for one in check(simplepractice(ROW)).findings}


def test_a_map_gives_other_systems_headers_a_meaning() -> None:
    mapped = rules(
        text="""
        system = "my-best-practice"
        dates = "month-first"
        defaults = { modality = "IN_PERSON" }
        providers = { "Ana" = "hld_ana" }
        columns = { provider = "Therapist", date = "DOS", start = "Start time", code = "CPT" }
    """
    )
    data = plain("Office,Therapist,Client ID,Client Name,DOS,Start time,CPT", "o,ana,7,x,6/2/2025,1:30 pm,90834")
    checked = check_file(data, Source.PLAIN, mapped)
    (only,) = checked
    assert (only.delivery.minutes, checked.system) == (38, "my-best-practice")
    assert checked.dropped == ("column 1", "Client ID", "Client Name")
    bad = plain("Therapist,DOS,Start time,CPT", "ana,6/2/2025,noon,90834")
    assert [one.column for one in check_file(bad, Source.PLAIN, mapped).findings if one.row] == ["Start time"]
