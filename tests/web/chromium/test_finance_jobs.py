"""What finance comes for, in a real browser: the cap table of a year-end without scripts, sessions mended by phone."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import Page

from app.people import vault
from app.people.roles import Role
from ledger.reading import every
from ledger.sessions.records import DeliveryRow, PatronageDraft, SessionImport
from tests.imports.sessions.files import simplepractice
from tests.web.chromium import eyes
from tests.web.chromium.conftest import THERAPIST, Opened, Place

YEAR_END = "as_of=2025-12-31&compare=2024-12-31"


def test_finance_gets_the_cap_table_of_a_year_end_for_the_auditor_without_asking_anybody(
    place: Place, opened: Opened
) -> None:
    page = opened(place.cookie(None, Role.FINANCE), scripts=False).new_page()
    page.goto("/finance")
    page.get_by_role("link", name="Cap table", exact=True).first.click()
    page.get_by_label("As of", exact=True).fill("2025-12-31")
    page.get_by_label("Compare with").fill("2024-12-31")
    page.get_by_role("button", name="Show").click()
    checks = page.locator("section", has=page.get_by_role("heading", name="Does it tie out?")).locator("li")
    assert checks.count() >= 4
    assert page.locator("ul.checks li.ok").count() == checks.count()
    page.get_by_role("link", name="See what changed after").click()
    assert "From the end of 31 Dec 2024 to the end of 31 Dec 2025" in page.inner_text("main")
    with page.expect_download() as taken:
        page.get_by_role("link", name="JSON By holder").click()
    name, told = taken.value.suggested_filename, json.loads(Path(taken.value.path()).read_text())
    assert "holder-roll-forward_asof-2025-12-31_from-2025-01-01_known-" in name
    assert (told["from"], told["as_of"]) == ("2025-01-01", "2025-12-31")
    page.get_by_role("link", name="Files", exact=True).click()
    assert "Changes by holder (json)" in page.inner_text("main")
    assert _auditor_sees(place, opened, "Changes by holder (json)")


def _auditor_sees(place: Place, opened: Opened, text: str) -> bool:
    page = opened(place.cookie(None, Role.AUDITOR), scripts=False).new_page()
    page.goto("/audit/access")
    page.get_by_role("link", name="Which files were taken").click()
    return text in page.inner_text("main")


def test_finance_imports_a_file_with_bad_rows_mends_it_and_records_nothing_twice(
    place: Place, opened: Opened, tmp_path: Path
) -> None:
    name = place.runner.read(vault.names)[THERAPIST]
    bad, mended = tmp_path / "bad.csv", tmp_path / "mended.csv"
    rows = [("01/20/2026 8:00", name, "90837"), ("01/21/2026 8:00", name, "90837")]
    bad.write_bytes(simplepractice(*rows, ("01/32/2026 8:00", name, "90837"), other="Jane Roe"))
    mended.write_bytes(simplepractice(*rows, ("01/22/2026 8:00", name, "90837"), other="Jane Roe"))
    before = len(place.runner.read(every, SessionImport))
    page = opened(place.cookie(None, Role.FINANCE), size=eyes.PHONE).new_page()
    page.goto("/finance/imports/map/simplepractice")
    page.get_by_label("How they met").select_option("VIDEO")
    page.get_by_label("Whether it took place").select_option("DELIVERED")
    page.get_by_role("button", name="Keep it so").click()
    _choose(page, "The file", bad)
    page.get_by_role("button", name="Check the file").click()
    told = page.inner_text("main")
    assert "2 sessions are new." in told
    assert "Client, Primary Insurance" in told
    assert "Jane Roe" not in page.content()
    assert page.get_by_role("row", name="4 Date of Service This is not a date.").count() == 1
    assert eyes.faults(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    _choose(page, "The mended file", mended)
    page.get_by_role("button", name="Check it again").click()
    page.get_by_role("button", name="Record 3 sessions").click()
    page.wait_for_url("**/finance/imports/imp_*")
    assert "3 sessions are recorded." in page.inner_text("main")
    page.goto("/finance/imports")
    _choose(page, "The file", mended)
    page.get_by_role("button", name="Check the file").click()
    assert "There is nothing new to record." in page.inner_text("main")
    assert len(place.runner.read(every, SessionImport)) == before + 1
    assert len(place.runner.read(every, DeliveryRow, provider=THERAPIST)) > 3


def _choose(page: Page, label: str, path: Path) -> None:
    page.get_by_label(label, exact=True).set_input_files(path)


def test_everybody_can_read_the_pages_of_finance(place: Place, opened: Opened) -> None:
    draft = place.runner.read(every, PatronageDraft)[-1].id
    paths = [
        f"/finance/cap-table?{YEAR_END}",
        f"/finance/changes?{YEAR_END}",
        f"/finance/expense?{YEAR_END}",
        "/finance/expense/values",
        "/finance/holders",
        "/finance/imports/map/plain",
        "/finance/patronage/surplus",
        f"/finance/patronage/{draft}",
        "/finance/capital",
        "/finance/valuations",
        "/periods/2025-03",
    ]
    page = opened(place.cookie(None, Role.FINANCE)).new_page()
    found = []
    for path in paths:
        page.goto(path)
        found += [f"{path}: {one}" for one in eyes.faults(page)]
    assert found == []


def test_a_member_can_read_how_their_part_was_reckoned(place: Place, opened: Opened) -> None:
    draft = place.runner.read(every, PatronageDraft)[-1].id
    page = opened(place.cookie(THERAPIST)).new_page()
    page.goto("/patronage")
    page.goto(f"/patronage/{draft}")
    assert "How it was reckoned" in page.inner_text("main")
    assert eyes.faults(page) == []
