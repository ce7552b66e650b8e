"""Our own columns: sessions one by one, tallies of a day, external ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.imports.sessions.check import check_file
from app.imports.sessions.checked import Checked, Counts
from app.imports.sessions.reasons import Reason
from app.imports.sessions.sources import Source
from ledger.sessions.values import Attendance, Category, Delivery, Modality
from tests.imports.sessions.files import ANA, BEN, plain, rules

HEADER = "external_id,provider,date,start,minutes,code,category,modality,attendance,count"


def check(*rows: str) -> Checked:
    return check_file(plain(HEADER, *rows), Source.PLAIN, rules())


def found(checked: Checked) -> list[tuple[int, str, Reason]]:
    return [(one.row, one.column, one.reason) for one in checked.findings if one.row]


def test_a_session_is_read_as_it_stands() -> None:
    (only,) = check("s-1,hld_ana,,2025-06-02T10:00,50,90834,family/couples,In person,no show,")
    told = only.delivery
    assert (told.provider, told.local_date, told.minutes, told.count) == (ANA, date(2025, 6, 2), 50, 1)
    assert told.category is Category.FAMILY_COUPLES
    assert (told.modality, told.attendance) == (Modality.IN_PERSON, Attendance.NO_SHOW)


def test_a_tally_tells_a_day_of_sessions_at_once() -> None:
    (only,) = check(",hld_ana,2025-06-02,,200,,INDIVIDUAL,VIDEO,,4")
    assert (only.delivery.count, only.delivery.minutes) == (4, 200)


def test_a_tally_without_minutes_takes_them_from_its_code() -> None:
    (only,) = check(",hld_ana,2025-06-02,,,90837,,VIDEO,,4")
    assert (only.delivery.count, only.delivery.minutes) == (4, 4 * 53)


def test_a_day_has_one_tally_of_a_kind() -> None:
    first = ",hld_ana,2025-06-02,,200,,INDIVIDUAL,VIDEO,,4"
    other_kinds = [
        first.replace("VIDEO", "PHONE"),
        first.replace("VIDEO,", "VIDEO,NO_SHOW"),
        first.replace("06-02", "06-03"),
    ]
    checked = check(first, first.replace("200", "150"), *other_kinds)
    assert found(checked) == [(3, "date", Reason.TALLY_TWICE)]
    before = next(iter(check(first)))
    changed = plain(HEADER, first.replace("200,", "250,").replace(",4", ",5"))
    again = check_file(changed, Source.PLAIN, rules(), lambda asked: {asked[0]: before.delivery})
    assert found(again) == [(2, "", Reason.CHANGED)]


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (",hld_ana,2025-06-02,,0,,INDIVIDUAL,VIDEO,,", "minutes", Reason.MINUTES_OUT_OF_RANGE),
        (",hld_ana,2025-06-02,,900,,INDIVIDUAL,VIDEO,,", "minutes", Reason.MINUTES_OUT_OF_RANGE),
        (",hld_ana,2025-06-02,,481,,INDIVIDUAL,VIDEO,,", "minutes", Reason.MINUTES_OUT_OF_RANGE),
        (",hld_ana,2025-06-02,,-50,,INDIVIDUAL,VIDEO,,", "minutes", Reason.MINUTES_UNREADABLE),
        (",hld_ana,2025-06-02,,50.5,,INDIVIDUAL,VIDEO,,", "minutes", Reason.MINUTES_UNREADABLE),
        (",hld_ana,2025-06-02,,\u0665\u0660,,INDIVIDUAL,VIDEO,,", "minutes", Reason.MINUTES_UNREADABLE),
        (",hld_ana,2025-06-02,,,,INDIVIDUAL,VIDEO,,", "minutes", Reason.MINUTES_NOT_GIVEN),
        (",hld_ana,2025-06-02,,3,,INDIVIDUAL,VIDEO,,4", "minutes", Reason.MINUTES_OUT_OF_RANGE),
        (",hld_ana,2025-06-02,,50,,INDIVIDUAL,VIDEO,,0", "count", Reason.COUNT_INVALID),
        (",hld_ana,2025-06-02,,900,,INDIVIDUAL,VIDEO,,100", "count", Reason.COUNT_INVALID),
        (",hld_ana,2025-06-02,,50,,INDIVIDUAL,VIDEO,,two", "count", Reason.COUNT_INVALID),
        (",hld_ana,2025-06-02,,50,,SOLO,VIDEO,,", "category", Reason.CATEGORY_UNKNOWN),
        (",hld_ana,2025-06-02,,50,,,VIDEO,,", "category", Reason.CATEGORY_UNKNOWN),
        (",hld_ana,2025-06-02,,50,,GROUP,TELEPATHY,,", "modality", Reason.MODALITY_UNKNOWN),
        (",hld_ana,2025-06-02,,50,,GROUP,VIDEO,maybe,", "attendance", Reason.ATTENDANCE_UNKNOWN),
        (",hld_ana,2025-06-02,,50,wellness,GROUP,VIDEO,,", "code", Reason.CODE_UNKNOWN),
        (",hld_ana,06/02/2025,,50,,GROUP,VIDEO,,", "date", Reason.DATE_UNREADABLE),
        (",hld_ana,2025-02-29,,50,,GROUP,VIDEO,,", "date", Reason.DATE_UNREADABLE),
        (",hld_ana,,2025-06-02T10:60,50,,GROUP,VIDEO,,", "start", Reason.TIME_UNREADABLE),
        (",hld_ana,2025-07-02,,50,,GROUP,VIDEO,,", "date", Reason.DATE_IN_FUTURE),
        (",hld_ana,,2025-07-02T03:59Z,50,,GROUP,VIDEO,,", "", Reason.NOT_A_SESSION),
        (",hld_ana,,2025-07-02T04:00Z,50,,GROUP,VIDEO,,", "start", Reason.DATE_IN_FUTURE),
        (",hld_ana,1999-12-31,,50,,GROUP,VIDEO,,", "date", Reason.DATE_TOO_OLD),
        (",hld_eve,2025-06-02,,50,,GROUP,VIDEO,,", "provider", Reason.PROVIDER_UNKNOWN),
        (f"{'x' * 201},hld_ana,2025-06-02,,50,,GROUP,VIDEO,,", "external_id", Reason.EXTERNAL_ID_INVALID),
    ],
)
def test_a_row_that_does_not_hold_is_named_with_its_column(row: str, column: str, reason: Reason) -> None:
    checked = check(",hld_ben,2025-06-02,,50,,INDIVIDUAL,VIDEO,,", row)
    assert found(checked) == ([(3, column, reason)] if reason is not Reason.NOT_A_SESSION else [])


def test_today_is_what_it_is_where_the_provider_works() -> None:
    far = """
        defaults = { modality = "VIDEO" }
        providers.east = { id = "hld_ana", tz = "Pacific/Auckland" }
        providers.home = "hld_ben"
    """
    rows = [f",{name},2025-07-02,,50,,INDIVIDUAL,VIDEO,," for name in ("east", "home")]
    checked = check_file(plain(HEADER, *rows), Source.PLAIN, rules(text=far))
    assert [one.delivery.provider for one in checked] == [ANA]
    assert found(checked) == [(3, "date", Reason.DATE_IN_FUTURE)]
    one_day = replace(rules(text=far), now=None)
    assert check_file(plain(HEADER, *rows), Source.PLAIN, one_day).counts.accepted == 0


def test_statuses_that_mean_no_session_are_counted_apart() -> None:
    rows = [",hld_ana,2025-06-02,,50,,GROUP,VIDEO,cancelled,", ",hld_ana,2025-06-02,,,90785,,VIDEO,,"]
    assert check(*rows).counts == Counts(2, 0, 0, 0, 0, non_session=2)


def test_minutes_that_do_not_fit_the_code_are_recorded_and_said() -> None:
    checked = check(
        ",hld_ana,,2025-06-02T10:00,60,90834,,VIDEO,,",
        ",hld_ana,,2025-06-02T12:00,52,90834,,VIDEO,,",
        ",hld_ana,,2025-06-02T14:00,52,90837,,VIDEO,,",
    )
    assert checked.counts.accepted == 3
    assert found(checked) == [(2, "minutes", Reason.CODE_TIME_MISMATCH), (4, "minutes", Reason.CODE_TIME_MISMATCH)]


def test_a_day_of_more_than_960_minutes_waits_for_a_person() -> None:
    rows = [
        f",hld_ana,2025-06-02,,240,,INDIVIDUAL,{modality},,1" for modality in ("VIDEO", "PHONE", "CHAT", "IN_PERSON")
    ]
    assert check(*rows).counts == Counts(4, 4, 0, 0, 0, 0)
    checked = check(*rows, ",hld_ana,2025-06-02,,1,,GROUP,VIDEO,,", ",hld_ben,2025-06-02,,1,,GROUP,VIDEO,,")
    assert checked.counts == Counts(6, 5, 0, 0, 1, 0, held=1)
    assert [one.reason for one in checked.findings if one.row] == [Reason.DAY_TOO_LONG]


def test_a_missed_session_does_not_keep_its_provider_from_another() -> None:
    row = ",hld_ana,,2025-06-02T10:00,50,90834,,VIDEO,{},"
    assert check(row.format("NO_SHOW"), row.format("DELIVERED").replace("50", "45")).counts.accepted == 2


def test_an_external_id_is_what_a_session_is_known_by() -> None:
    row = "s-1,hld_ana,,2025-06-02T10:00,50,,INDIVIDUAL,VIDEO,,"
    (first,) = check(row)
    (moved,) = check(row.replace("10:00", "16:00"))
    assert moved.delivery.fingerprint == first.delivery.fingerprint
    other = check(row, row.replace("s-1", "s-2").replace("10:00", "12:00"), row.replace("02T10", "03T10"))
    assert found(other) == [(4, "external_id", Reason.EXTERNAL_ID_TWICE)]
    assert next(iter(check(row.replace("s-1", "")))).delivery.fingerprint != first.delivery.fingerprint


def test_a_session_on_record_without_an_id_is_not_counted_again_when_it_comes_with_one() -> None:
    row = "{},hld_ana,,2025-06-02T{}:00,50,,INDIVIDUAL,VIDEO,,"
    (before,) = check(row.format("", "10"))

    def known(asked: Sequence[str]) -> Mapping[str, Delivery]:
        on_record = before.delivery.fingerprint
        return {on_record: before.delivery} if on_record in asked else {}

    again = plain(HEADER, row.format("s-1", "10"), row.format("s-2", "12"))
    checked = check_file(again, Source.PLAIN, rules(), known)
    assert found(checked) == [(2, "", Reason.RECORDED_WITHOUT_ID)]
    assert (checked.counts.accepted, checked.counts.rejected) == (1, 1)


def test_a_group_with_a_start_is_one_session_whatever_ids_its_rows_have() -> None:
    row = "{},hld_ana,,2025-06-02T10:00,60,90853,,VIDEO,,"
    checked = check(*[row.format(f"s-{n}") for n in range(8)])
    assert (checked.counts.accepted, checked.counts.collapsed) == (1, 7)
    assert list(checked.present()) == list(check(row.format("s-99")).present())


@given(st.permutations(range(12)))
def test_what_is_accepted_does_not_depend_on_the_order_of_rows(order: list[int]) -> None:
    rows = [
        f",{ANA if n % 2 else BEN},,2025-06-0{1 + n // 6}T{8 + n % 5:02}:{n * 5:02},{30 + n * 3},,INDIVIDUAL,VIDEO,,"
        for n in range(12)
    ]
    straight, shuffled = check(*rows), check(*(rows[n] for n in order))
    assert sorted(straight.present()) == sorted(shuffled.present())
    assert straight.counts == shuffled.counts
    assert straight.counts.held > 0
