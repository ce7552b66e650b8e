"""Saving what a check found, on both databases: once, all in one transaction, and undone by reversal."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import app.tables  # noqa: F401 - builds every table
from app.imports.sessions.correcting import correct_session, reverse_session
from app.imports.sessions.findings import FileRefused
from app.imports.sessions.keys import key_for_trial
from app.imports.sessions.mapfile import read_map
from app.imports.sessions.mapping import MapInvalid
from app.imports.sessions.reasons import Reason
from app.imports.sessions.saving import (
    RECORDING,
    Handover,
    Mode,
    RowsRejected,
    Saved,
    kept_map,
    save_file,
    save_rows,
    try_file,
)
from app.imports.sessions.sources import Source
from app.imports.sessions.words import speaks_of_clients
from app.people.holders import add_named_holder
from app.people.tables import fingerprint_key
from app.verification import verify_all
from ledger import journal, tables
from ledger.equity.values import HolderKind
from ledger.errors import Conflict, NotFound, NotReversible
from ledger.reading import every, find
from ledger.records import Record
from ledger.sessions import months
from ledger.sessions.deliveries import rows_of, undo_import
from ledger.sessions.records import DeliveryRow, RowKind, SessionImport
from ledger.sessions.values import Attendance, Category
from ledger.types import Act
from tests import make
from tests.imports.sessions.files import plain, simplepractice, therapynotes

NOW = datetime(2025, 7, 1, 16, tzinfo=UTC)
JUNE = (date(2025, 6, 1), date(2025, 6, 30))
HEADER = "provider,start,minutes,category,modality"
GROUP = [(f"06/02/2025 {hour}:00", "Ana Diaz", code) for hour, code in ((9, "90834"), *((10, "90853"),) * 8)]

MAP = """
[defaults]
modality = "VIDEO"
[codes]
90853 = { minutes = 60 }
"""


def act(actor: str = "usr_finance") -> Act:
    return make.act(actor, "role:finance", NOW)


def provider(db: Session, name: str = "Ana Diaz") -> str:
    """A provider whose name is in the vault."""
    return add_named_holder(
        db, act(), {"name": name}, kind=HolderKind.INDIVIDUAL, on=date(2024, 1, 1), licensed=True
    ).id


def given(
    db: Session, data: bytes, source: Source = Source.SIMPLEPRACTICE, text: str = MAP, **changes: object
) -> Saved:
    """A file handed in with a map."""
    handover = replace(Handover(source, read_map(text), "America/New_York"), **changes)  # type: ignore[arg-type]
    return save_file(db, act(), data, handover)


def told(provider: str, *starts: str, minutes: int = 50) -> bytes:
    """Our own columns: individual sessions by video."""
    return plain(HEADER, *(f"{provider},{start},{minutes},INDIVIDUAL,VIDEO" for start in starts))


def recorded_rows(db: Session) -> int:
    """How many rows there are, whatever became of them."""
    return int(db.execute(select(func.count()).select_from(tables.table(DeliveryRow))).scalar_one())


def test_a_group_is_one_session_of_one_provider_known_by_name(db: Session) -> None:
    """Scenario 28."""
    make.company(db)
    ana = provider(db)
    saved = given(db, simplepractice(*GROUP))
    assert (saved.checked.counts.accepted, saved.checked.counts.collapsed) == (2, 7)
    rows = [placed.row for placed in rows_of(db, ana, *JUNE)]
    assert {(row.category, row.minutes) for row in rows} == {(Category.INDIVIDUAL, 38), (Category.GROUP, 60)}
    assert saved.made is not None
    made = find(db, SessionImport, saved.made.id)
    assert (made.source, made.period) == ("simplepractice", "2025-07")
    assert (made.counts["rows_read"], made.counts["accepted"], made.counts["collapsed"]) == (9, 2, 7)
    assert made.mapping["codes"] == {
        "90853": {"attendance": None, "category": "GROUP", "minutes": 60, "modality": None}
    }
    assert (made.mapping["tz"], made.mapping["source"]) == ("America/New_York", "simplepractice")
    assert verify_all(db).fault is None


def test_the_same_file_again_adds_nothing(db: Session) -> None:
    """Scenario 29."""
    make.company(db)
    provider(db)
    first = given(db, simplepractice(*GROUP))
    size = journal.size(db)
    again = given(db, simplepractice(*GROUP))
    assert first.made is not None
    assert (again.made, again.earlier) == (None, first.made.id)
    assert (again.checked.counts.accepted, again.checked.counts.duplicate) == (0, 2)
    assert (journal.size(db), recorded_rows(db)) == (size, 2)


def test_an_overlapping_file_adds_only_what_is_new(db: Session) -> None:
    """Scenario 30."""
    make.company(db)
    ana = provider(db)
    given(db, told(ana, "2025-06-02T09:00", "2025-06-02T10:00"), Source.PLAIN)
    starts = [f"2025-06-0{day}T{hour}:00" for day, hour in ((2, 10), (3, 10), (3, 11), (4, 12))]
    saved = given(db, told(ana, *starts), Source.PLAIN)
    assert (saved.checked.counts.accepted, saved.checked.counts.duplicate) == (3, 1)
    assert recorded_rows(db) == 5


def test_a_day_is_no_longer_than_960_minutes_over_several_files(db: Session) -> None:
    make.company(db)
    ana = provider(db)
    given(db, told(ana, "2025-06-02T06:00", "2025-06-02T14:00", minutes=400), Source.PLAIN)
    late_first = ("2025-06-02T23:30", "2025-06-02T13:00", "2025-06-02T22:00", "2025-06-03T09:00")
    saved = given(db, told(ana, *late_first, minutes=80), Source.PLAIN)
    # 800 are on record: the earlier two of 80 fill the day, the last one waits, and the next day is another day
    assert (saved.checked.counts.accepted, saved.checked.counts.held) == (3, 1)
    [finding] = [one for one in saved.checked.findings if one.reason is Reason.DAY_TOO_LONG]
    assert (finding.row, finding.column, recorded_rows(db)) == (2, "minutes", 5)
    assert "960" in finding.message
    assert finding.remedy
    assert saved.made is not None
    undo_import(db, act(), saved.made.id, reason="The wrong file.")
    again = given(db, told(ana, "2025-06-02T23:00", minutes=160), Source.PLAIN)
    assert again.checked.counts.accepted == 1


def test_a_correction_makes_no_day_longer_than_960_minutes(db: Session) -> None:
    make.company(db)
    ana = provider(db)
    given(db, told(ana, "2025-06-02T06:00", "2025-06-02T14:00", minutes=400), Source.PLAIN)
    [session] = given(db, told(ana, "2025-06-02T22:00", minutes=100), Source.PLAIN).checked.present()
    right = {"start": "2025-06-02T22:00", "minutes": 161, "category": "INDIVIDUAL", "modality": "VIDEO"}
    with pytest.raises(RowsRejected) as refused:
        correct_session(db, act(), session, right)
    assert [each.reason for each in refused.value.checked.findings] == [Reason.DAY_TOO_LONG]
    _, anew = correct_session(db, act(), session, right | {"minutes": 160})
    assert anew.minutes == 160  # the 100 it replaces no longer count


def test_payments_are_no_sessions_and_serial_numbers_are_dates(db: Session) -> None:
    """Scenario 31."""
    make.company(db)
    ana = provider(db)
    data = therapynotes(
        ("Appointment", 45_809, "Ana Diaz", "90834"), ("Payment", 45_809, "x", "x"), ("Payment", 45_810, "x", "x")
    )
    saved = given(db, data, Source.THERAPYNOTES)
    assert (saved.checked.counts.accepted, saved.checked.counts.non_session) == (1, 2)
    [placed] = rows_of(db, ana, *JUNE)
    assert placed.row.local_date == date(2025, 6, 1)


def test_late_in_the_evening_is_still_that_day_where_the_provider_is(db: Session) -> None:
    """Scenario 33."""
    make.company(db)
    ana = provider(db)
    given(db, told(ana, "2024-12-31T23:30"), Source.PLAIN, tz="America/Los_Angeles")
    assert [placed.row.local_date for placed in rows_of(db, ana, date(2024, 12, 1), date(2025, 1, 31))] == [
        date(2024, 12, 31)
    ]


def test_what_holds_is_recorded_and_what_does_not_is_told(db: Session) -> None:
    """Scenarios 32 and 34, and the others of the issue's bad input."""
    make.company(db)
    ana = provider(db)
    rows = [
        f"{ana},2025-06-02T09:00,50,INDIVIDUAL,VIDEO",
        f"{ana},2025-06-02T09:30,50,INDIVIDUAL,VIDEO",
        f"{ana},2025-03-09T02:30,50,INDIVIDUAL,VIDEO",
        f"{ana},2025-07-02T09:00,50,INDIVIDUAL,VIDEO",
        f"{ana},2025-06-03T09:00,0,INDIVIDUAL,VIDEO",
        f"{ana},2025-06-03T10:00,900,INDIVIDUAL,VIDEO",
        "hld_nobody,2025-06-03T11:00,50,INDIVIDUAL,VIDEO",
        f"{ana},2025-02-30T11:00,50,INDIVIDUAL,VIDEO",
    ]
    saved = given(db, plain(HEADER, *rows), Source.PLAIN)
    found = [(each.row, each.reason) for each in saved.checked.findings]
    assert found == [
        (3, Reason.OVERLAP),
        (4, Reason.TIME_SKIPPED),
        (5, Reason.DATE_IN_FUTURE),
        (6, Reason.MINUTES_OUT_OF_RANGE),
        (7, Reason.MINUTES_OUT_OF_RANGE),
        (8, Reason.PROVIDER_UNKNOWN),
        (9, Reason.DATE_UNREADABLE),
    ]
    assert all(each.remedy for each in saved.checked.findings)
    assert recorded_rows(db) == 1


def test_atomic_records_all_or_nothing(db: Session) -> None:
    make.company(db)
    ana = provider(db)
    size = journal.size(db)
    data = told(ana, "2025-06-02T09:00", "2025-03-09T02:30")
    with pytest.raises(RowsRejected, match="1 of 2 rows") as refusal:
        given(db, data, Source.PLAIN, mode=Mode.ATOMIC)
    [fault] = refusal.value.rows
    assert (fault.row, fault.column) == (3, "start")
    assert (journal.size(db), recorded_rows(db)) == (size, 0)


def test_a_file_comes_again_once_the_map_knows_who_was_missing(db: Session) -> None:
    make.company(db)
    provider(db)
    data = simplepractice(
        ("06/02/2025 9:00", "Ana Diaz", "90834"), ("06/02/2025 9:00", "Benn Ode", "90834"), header=SHORT
    )
    first = given(db, data)
    assert [(each.row, each.name) for each in first.checked.findings if each.row] == [(3, "Benn Ode")]
    ben = provider(db, "Ben Ode")
    again = given(db, data, text=f'{MAP}\n[providers]\n"Benn Ode" = "{ben}"')
    assert first.made is not None
    assert again.made is not None
    assert again.earlier == first.made.id
    assert (again.checked.counts.accepted, again.checked.counts.duplicate) == (1, 1)
    assert len(every(db, SessionImport, file_digest=first.made.file_digest)) == 2


SHORT = ["Date of Service", "Client", "Clinician", "Billing Code"]


def test_a_name_that_two_have_is_nobodys_and_the_map_tells_which(db: Session) -> None:
    make.company(db)
    one, other = provider(db), provider(db, "ana  DIAZ")
    data = simplepractice(("06/02/2025 9:00", "Ana Diaz", "90834"), header=SHORT)
    assert given(db, data).checked.counts.rejected == 1
    saved = given(db, data, text=f'{MAP}\n[providers]\n"Ana Diaz" = {{ id = "{other}", tz = "America/Chicago" }}')
    assert saved.checked.counts.accepted == 1
    assert rows_of(db, one, *JUNE) == []


def test_a_map_names_only_who_is_on_record(db: Session) -> None:
    make.company(db)
    with pytest.raises(MapInvalid, match="no holder 'hld_x'"):
        given(db, simplepractice(*GROUP), text=f'{MAP}\n[providers]\n"Ana Diaz" = "hld_x"')
    with pytest.raises(MapInvalid, match="no holder 'hld_y'"):
        given(db, simplepractice(*GROUP), text='[defaults]\nprovider = "hld_y"')


def test_the_key_is_made_once_and_is_not_in_the_journal(db: Session) -> None:
    make.company(db)
    ana = provider(db)
    given(db, told(ana, "2025-06-02T09:00"), Source.PLAIN)
    key = key_for_trial(db)
    given(db, told(ana, "2025-06-03T09:00"), Source.PLAIN)
    assert key_for_trial(db) == key
    assert len(db.execute(select(fingerprint_key)).all()) == 1
    payloads = db.execute(select(tables.entry.c.payload)).scalars().all()
    assert not any(key in payload or key.hex().encode() in payload for payload in payloads)


def test_a_trial_finds_the_same_and_writes_nothing(db: Session) -> None:
    make.company(db)
    ana = provider(db)
    handover = Handover(Source.PLAIN, read_map(""), "America/New_York")
    data = told(ana, "2025-06-02T09:00", "2025-06-02T09:30")
    before = journal.size(db)
    tried = try_file(db, NOW, data, handover)
    assert (tried.counts.accepted, tried.counts.rejected, journal.size(db)) == (1, 1, before)
    assert db.execute(select(fingerprint_key)).all() == []
    save_file(db, act(), data, handover)
    assert try_file(db, NOW, data, handover).counts.duplicate == 1


def test_an_import_is_undone_and_comes_again(db: Session) -> None:
    make.company(db)
    ana = provider(db)
    data = told(ana, "2025-06-02T09:00", "2025-06-02T10:00")
    first = given(db, data, Source.PLAIN)
    assert first.made is not None
    undo_import(db, act(), first.made.id, reason="The wrong month.")
    again = given(db, data, Source.PLAIN)
    assert (again.earlier, again.checked.counts.accepted) == (None, 2)
    assert verify_all(db).fault is None


def test_rows_of_a_closed_month_are_posted_to_the_current_one(db: Session) -> None:
    make.company(db)
    ana = provider(db)
    given(db, told(ana, "2025-05-06T09:00"), Source.PLAIN)
    months.close_period(db, make.act("usr_board"), "2025-05", requester="usr_finance", on=date(2025, 6, 20))
    given(db, told(ana, "2025-05-07T09:00", "2025-06-02T09:00"), Source.PLAIN)
    rows = [placed.row for placed in rows_of(db, ana, date(2025, 5, 1), date(2025, 6, 30))]
    assert [row.period for row in rows] == ["2025-05", "2025-07", "2025-06"]


def test_progress_is_told_in_both_halves(db: Session) -> None:
    make.company(db)
    ana = provider(db)
    heard: list[tuple[str, int, int | None]] = []

    def tick(stage: str, done: int, of: int | None = None, /) -> None:
        heard.append((stage, done, of))

    save_file(db, act(), told(ana, "2025-06-02T09:00"), Handover(Source.PLAIN, read_map("")), tick)
    assert heard[-1] == (RECORDING, 0, 1)


def test_rows_of_json_are_saved_like_a_file_and_known_again(db: Session) -> None:
    make.company(db)
    ana = provider(db)
    row = {"provider": ana, "start": "2025-06-02T09:00", "minutes": 50, "category": "INDIVIDUAL", "modality": "VIDEO"}
    handover = Handover(Source.PLAIN, read_map(""), "America/New_York", Mode.ATOMIC)
    assert save_rows(db, act(), [row, row | {"start": "2025-06-02T10:00"}], handover).checked.counts.accepted == 2
    assert save_rows(db, act(), [row], handover).made is None
    assert given(db, told(ana, "2025-06-02T09:00"), Source.PLAIN).checked.counts.duplicate == 1
    with pytest.raises(RowsRejected, match="1 of 1 rows"):
        save_rows(db, act(), [row | {"provider": "nobody\x00"}], handover)


def test_a_correction_is_known_again_when_its_source_is_put_right(db: Session) -> None:
    """Scenarios 40 and 41."""
    make.company(db)
    ana = provider(db)
    saved = given(db, told(ana, "2025-06-02T09:00", minutes=45), Source.PLAIN)
    [session] = saved.checked.present()
    right = {"start": "2025-06-02T09:00", "minutes": 55, "category": "INDIVIDUAL", "modality": "VIDEO"}
    undone, anew = correct_session(db, act(), session, right)
    assert (undone.minutes, anew.minutes, undone.kind, anew.kind) == (-45, 55, RowKind.REVERSAL, RowKind.ADJUSTMENT)
    assert given(db, told(ana, "2025-06-02T09:00", minutes=55), Source.PLAIN).checked.counts.duplicate == 1
    stale = given(db, told(ana, "2025-06-02T09:00", minutes=45), Source.PLAIN)
    assert [each.reason for each in stale.checked.findings] == [Reason.CHANGED]
    with pytest.raises(NotFound):
        correct_session(db, act(), session, right)
    with pytest.raises(Conflict, match="on record already"):
        correct_session(db, act(), anew.fingerprint, right)
    with pytest.raises(RowsRejected):
        correct_session(db, act(), anew.fingerprint, right | {"minutes": 900})
    [reversal] = reverse_session(db, act(), anew.fingerprint)
    assert reversal.minutes == -55
    with pytest.raises(NotFound):
        reverse_session(db, act(), anew.fingerprint)
    assert given(db, told(ana, "2025-06-02T09:00", minutes=55), Source.PLAIN).checked.counts.accepted == 1
    assert verify_all(db).fault is None


def test_a_no_show_is_recorded_and_may_be_corrected_to_delivered(db: Session) -> None:
    make.company(db)
    ana = provider(db)
    row = {"provider": ana, "start": "2025-06-02T09:00", "minutes": 50, "category": "INDIVIDUAL", "modality": "VIDEO"}
    handover = Handover(Source.PLAIN, read_map("system = 'my-emr'"))
    saved = save_rows(db, act(), [row | {"attendance": "NO_SHOW"}], handover)
    [session] = saved.checked.present()
    _, anew = correct_session(db, act(), session, row)
    assert (anew.attendance, anew.fingerprint) == (Attendance.DELIVERED, session)
    assert save_rows(db, act(), [row], handover).checked.counts.duplicate == 1


def test_an_import_with_a_corrected_row_is_not_undone_as_a_whole(db: Session) -> None:
    make.company(db)
    ana = provider(db)
    saved = given(db, told(ana, "2025-06-02T09:00"), Source.PLAIN)
    assert saved.made is not None
    [session] = saved.checked.present()
    reverse_session(db, act(), session)
    with pytest.raises(NotReversible, match="corrected"):
        undo_import(db, act(), saved.made.id, reason="All of it.")


def test_a_file_of_another_kind_changes_nothing(db: Session) -> None:
    make.company(db)
    size = journal.size(db)
    for data in (b"", b"%PDF-1.7", b"a,b\n1,2\n", simplepractice(*GROUP)):
        with pytest.raises(FileRefused):
            given(db, data, Source.THERAPYNOTES)
    assert journal.size(db) == size


def test_of_a_very_large_map_an_entry_keeps_the_digest() -> None:
    kept = kept_map(Handover(Source.PLAIN, read_map("[providers]\nAna = 'hld_ana'")), "UTC")
    assert kept["providers"] == {"hld_ana": None}
    many = "\n".join(f"N{n} = 'hld_{n:026}'" for n in range(1_000))
    large = kept_map(Handover(Source.PLAIN, read_map(f"[providers]\n{many}")), "UTC")
    providers = large["providers"]
    assert isinstance(providers, dict)
    assert (providers["count"], len(str(providers["sha256"]))) == (1_000, 64)


@pytest.mark.parametrize("of", [DeliveryRow, SessionImport])
def test_no_column_can_hold_a_client(of: type[Record]) -> None:
    """The forbidden fields of sessions.md §5.1."""
    assert [
        column.name for column in tables.table(of).columns if speaks_of_clients(column.name.replace("_", " "))
    ] == []
