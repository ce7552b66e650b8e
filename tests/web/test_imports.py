"""Imports by page: checked first, recorded as shown, nothing twice, nothing of a client anywhere, a way back."""

from __future__ import annotations

import re

import pytest
from httpx2 import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.imports.tables import waiting_import
from app.people.roles import Role
from ledger import journal
from ledger.reading import every
from ledger.sessions.records import DeliveryRow, SessionImport
from tests import make
from tests.imports.sessions.files import SIMPLEPRACTICE, simplepractice, therapynotes
from tests.web.acting import acting, founded
from tests.web.browser import Browser, Site, title_of, words_of

CHECK = "/finance/imports/check/upload"
CANARY = "Jane Roe"


@pytest.fixture
def ana(site: Site) -> str:
    """Return a provider by id: what a file calls somebody of whom no name is on record."""
    site.runner.run(founded)
    return site.runner.run(make.holder).id


@pytest.fixture
def finance(site: Site, ana: str) -> Browser:
    """Somebody from finance, who has said that sessions are by video where a row does not tell."""
    browser = acting(site, Role.FINANCE)
    browser.send("/finance/imports/map/simplepractice", modality="VIDEO", attendance="DELIVERED", form_key="m")
    return browser


def report(ana: str, *more: tuple[str, str, str]) -> bytes:
    """Return a report of two good sessions, and more rows."""
    good = [(f"02/{day}/2026 10:00", ana, "90837") for day in (17, 18)]
    return simplepractice(*good, *more, other=CANARY)


def check(browser: Browser, data: bytes, source: str = "simplepractice") -> Response:
    return browser.upload(CHECK, {"source": source}, file=data)


def hidden(page: Response) -> dict[str, str]:
    return dict(re.findall(r'name="(waiting|key)" value="([^"]+)"', page.text))


def sessions(db: Session) -> int:
    return len(every(db, DeliveryRow))


def test_a_check_shows_what_was_found_and_records_nothing(site: Site, finance: Browser, ana: str) -> None:
    page = check(finance, report(ana, ("02/30/2026 9:00", ana, "90837"), ("02/19/2026 9:00", ana, "ZZ1")))
    seen = words_of(page)
    assert page.status_code == 200
    assert "4 rows were read. 2 sessions are new. 2 rows are kept out" in seen
    assert "4 Date of Service This is not a date. Write it like 2025-06-01" in seen
    assert "5 Billing Code It is not known what this billing code means." in seen
    assert "Client, Primary Insurance, Secondary Insurance, Rate per Unit" in seen
    assert CANARY not in page.text
    assert (site.runner.read(sessions), site.runner.read(every, SessionImport)) == (0, [])


def test_what_was_shown_is_recorded_and_nothing_twice(site: Site, finance: Browser, ana: str) -> None:
    page = check(finance, report(ana))
    told = hidden(page)
    to = finance.send("/finance/imports/confirm", **told, form_key="c")
    assert finance.send("/finance/imports/confirm", **told, form_key="c") == to
    assert site.runner.read(sessions) == 2
    assert "2 of 2 rows read" in finance.see(to)
    again = words_of(check(finance, report(ana)))
    assert "2 rows were read. 0 sessions are new." in again
    assert "This very file has been imported before." in again
    assert "There is nothing new to record." in again
    mended = words_of(check(finance, report(ana, ("02/19/2026 10:00", ana, "90834"))))
    assert "3 rows were read. One session is new." in mended
    assert "simplepractice 2 2 0 0 0 0" in finance.see("/finance/imports")


def test_nothing_of_what_waits_can_be_read_in_the_database(site: Site, finance: Browser, ana: str) -> None:
    page = check(finance, report(ana, ("02/20/2026 9:00", "Zoë Unknown", "90837")))

    def waiting(db: Session) -> tuple[bytes, bytes]:
        return tuple(db.execute(select(waiting_import.c.rows, waiting_import.c.problems)).one())

    for sealed in site.runner.read(waiting):
        for text in (ana, "2026-02-17", "90837", CANARY, "Unknown", hidden(page)["key"]):
            assert text.encode() not in sealed
    wrong: dict[str, str | list[str]] = {**hidden(page), "key": "00" * 32, "form_key": "x"}
    assert finance.post("/finance/imports/confirm", wrong).status_code == 404
    other = acting(site, Role.FINANCE)
    assert other.post("/finance/imports/confirm", {**hidden(page), "form_key": "y"}).status_code == 404
    assert site.runner.read(sessions) == 0


def test_what_changed_since_the_check_is_not_recorded_over(site: Site, finance: Browser, ana: str) -> None:
    first = hidden(check(finance, report(ana)))
    second = hidden(check(finance, report(ana, ("02/20/2026 9:00", ana, "90837"))))
    finance.send("/finance/imports/confirm", **second, form_key="a")
    stale = finance.post("/finance/imports/confirm", {**first, "form_key": "b"})
    assert (stale.status_code, title_of(stale).startswith("Error:")) == (409, True)
    assert "Check the file again" in words_of(stale)
    assert site.runner.read(sessions) == 3


def test_problems_are_taken_away_as_a_spreadsheet_that_runs_nothing(finance: Browser, ana: str) -> None:
    page = check(finance, report(ana, ("02/20/2026 9:00", "=HYPERLINK(1)", "90837"), ("soon", ana, "90837")))
    told = finance.post("/finance/imports/problems", {**hidden(page)}).content.decode("utf-8-sig")
    assert told.splitlines()[0] == "Row,Column,Problem,What to do"
    assert "4,Clinician,It is not known who this clinician is." in told
    assert "5,Date of Service,This is not a date." in told
    assert "HYPERLINK" not in told + page.text


def test_a_clinician_of_another_name_is_told_once(site: Site, finance: Browser, ana: str) -> None:
    file = report(ana, ("02/20/2026 9:00", "Zoë O’Hara-Ruiz 🦊"[:14], "90837"))
    page = check(finance, file)
    assert "Zoë O’Hara-Rui first in row 4" in words_of(page)
    named = {"source": "simplepractice", "name": "Zoë O’Hara-Rui", "form_key": "n"}
    refused = finance.post("/finance/imports/clinicians", {**named, "holder": "nobody"})
    assert (refused.status_code, "Nobody on record is called “nobody”." in words_of(refused)) == (422, True)
    finance.send("/finance/imports/clinicians", **{**named, "holder": ana})
    assert "3 rows were read. 3 sessions are new." in words_of(check(finance, file))


def test_codes_and_statuses_are_told_once_and_a_stale_form_keeps_what_was_written(
    site: Site, finance: Browser, ana: str
) -> None:
    rows = simplepractice(
        ("02/17/2026 9:00", ana, "NOSHOW"),
        ("02/18/2026 9:00", ana, "90837", "Checked in"),
        header=[*SIMPLEPRACTICE, "Appointment Status"],
        other="Show",
    )
    assert "2 rows are kept out" in words_of(check(finance, rows))
    path = "/finance/imports/map/simplepractice"
    said: dict[str, str | list[str]] = {
        "modality": "VIDEO",
        "code": ["NOSHOW", ""],
        "code_category": ["SKIP", ""],
        "code_minutes": ["", ""],
        "status": ["Checked in"],
        "status_attendance": [""],
    }
    refused = finance.post(path, {**said, "form_key": "1"})
    assert "Choose what this status means: Checked in." in words_of(refused)
    assert 'value="NOSHOW"' in refused.text
    seen = re.findall(r'name="seen" value="([^"]+)"', finance.get(path).text)[0]
    finance.send(path, **{**said, "status_attendance": ["DELIVERED"], "form_key": "2", "seen": seen})
    assert "2 rows were read. One session is new." in words_of(check(finance, rows))
    stale = finance.post(path, {**said, "status_attendance": ["SKIP"], "form_key": "3", "seen": seen})
    assert stale.status_code == 409
    assert "Somebody else changed how this source is read" in words_of(stale)


def test_usual_names_of_columns_are_found_and_columns_about_clients_can_not_be_named(
    finance: Browser, ana: str
) -> None:
    file = f"DOS;Therapist;CPT Code;Client\n2026-02-17;{ana};90837;{CANARY}\n".encode("utf-16")
    finance.send("/finance/imports/map/plain", modality="VIDEO", attendance="DELIVERED", form_key="p")
    page = check(finance, file, "plain")
    assert "One row was read. One session is new." in words_of(page)
    assert CANARY not in page.text
    refused = finance.post("/finance/imports/map/plain", {"column_provider": "Client Name", "form_key": "q"})
    assert (refused.status_code, 'value="Client Name"' in refused.text) == (422, True)


@pytest.mark.parametrize(
    ("data", "source", "told"),
    [
        (b"", "simplepractice", "There is nothing in this file."),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00", "simplepractice", "This is neither a spreadsheet nor text."),
        (therapynotes(), "simplepractice", "This is another kind of file than this source sends."),
        (b"Date of Servce,Clinician,Billing Code\n", "simplepractice", "spelled nearly so"),
        (b"a,b\n1,2\n", "plain", "The first row lacks a column"),
        (b"date;provider", "practice", "Choose one of the list."),
    ],
)
def test_what_can_not_be_read_is_told_at_the_field(finance: Browser, data: bytes, source: str, told: str) -> None:
    page = check(finance, data, source)
    assert (page.status_code, title_of(page).startswith("Error:")) == (422, True)
    assert told in words_of(page)


def test_a_file_in_latin_1_and_a_very_long_name_do_no_harm(finance: Browser, ana: str) -> None:
    rows = [("02/17/2026 9:00", "Añá " + "x" * 300, "90837"), ("02/18/2026 9:00", ana, "90837")]
    page = check(finance, simplepractice(*rows, encoding="latin-1"))
    seen = words_of(page)
    assert "2 rows were read. One session is new." in seen
    assert "it was read as" in seen
    assert "x" * 100 not in page.text


def test_an_import_is_undone_by_two_people(site: Site, finance: Browser, ana: str) -> None:
    to = finance.send("/finance/imports/confirm", **hidden(check(finance, report(ana))), form_key="c")
    assert "Say why" in words_of(finance.post(f"{to}/undo", {"reason": " ", "form_key": "u"}))
    finance.send(f"{to}/undo", reason="The wrong month.", form_key="v")
    board = acting(site, Role.BOARD)
    request = re.findall(r'name="request" value="([^"]+)"', board.get(to).text)[0]
    assert to in board.get("/board").text
    mine = finance.post(f"{to}/undo/decide", {"request": request, "decision": "undo", "form_key": "w"})
    assert mine.status_code == 403
    board.send(f"{to}/undo/decide", request=request, decision="undo", form_key="x")
    assert "It has been undone" in finance.see(to)
    reasons = site.runner.read(lambda db: [str(one.body.get("reason")) for one in journal.entries_between(db, 0, 999)])
    assert sum("The wrong month. (asked for by" in one for one in reasons) == 2
    assert "2 rows were read. 2 sessions are new." in words_of(check(finance, report(ana)))


def test_a_month_that_is_closed_keeps_its_import(site: Site, finance: Browser, ana: str) -> None:
    file = simplepractice(("01/13/2026 9:00", ana, "90837"))
    to = finance.send("/finance/imports/confirm", **hidden(check(finance, file)), form_key="c")
    acting(site, Role.BOARD)
    finance.send("/periods/2026-01/close-requests", form_key="k")
    board = acting(site, Role.BOARD)
    asked = re.findall(r'name="request" value="([^"]+)"', board.get("/periods/2026-01").text)[0]
    board.send("/periods/2026-01/close", request=asked, form_key="l")
    finance.send(f"{to}/undo", reason="Wrong.", form_key="v")
    request = re.findall(r'name="request" value="([^"]+)"', board.get(to).text)[0]
    refused = board.post(f"{to}/undo/decide", {"request": request, "decision": "undo", "form_key": "x"})
    assert (refused.status_code, "which is closed" in words_of(refused)) == (409, True)
    board.send(f"{to}/undo/decide", request=request, decision="leave", form_key="y")
    assert "Left as it is" in board.see(to)


def test_nobody_but_finance_hands_in_files(site: Site, ana: str) -> None:
    for browser in (acting(site, Role.STEWARD), acting(site, Role.AUDITOR), site.browser(ana)):
        assert browser.get("/finance/imports").status_code == 404
        assert check(browser, b"x").status_code == 404
    assert acting(site, Role.BOARD).get("/finance/imports").status_code == 404
