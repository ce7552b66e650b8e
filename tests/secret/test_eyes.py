"""The result of a secret vote and the witness's page in a real browser."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from app.secret.witness_app import create_witness
from tests.secret.live import listening
from tests.secret.precinct import CLOSES, OPENS, Precinct
from tests.secret.test_witness import Council, issue_to
from tests.web.chromium.eyes import ARGUMENTS, WIDE, chromium, faults

SHOTS = os.environ.get("VESTRY_TEST_SHOTS")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_axe_finds_nothing_on_results_and_on_the_witness(precinct: Precinct, tmp_path: Path) -> None:
    browser_at = chromium()
    council = Council(precinct, tmp_path / "council")
    with council.there():
        precinct.announce().issue()
        passes = precinct.fetch_all()
        precinct.turn_to(issue_to(precinct) + timedelta(minutes=1))
    precinct.turn_to(OPENS + timedelta(minutes=1))
    for at, held in enumerate(passes[:11]):
        precinct.cast(held, "yes" if at % 2 else "no")
    precinct.turn_to(CLOSES + timedelta(minutes=1))
    name, _, value = precinct.cookie(precinct.members[0]).partition("=")
    found = []
    with (
        listening(precinct.registrar.app) as address,
        listening(create_witness(council.witness)) as witness,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=browser_at, args=[*ARGUMENTS])
        context = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]}, bypass_csp=True)
        context.add_cookies([{"name": name, "value": value, "url": address}])
        for at, path in enumerate((f"{address}/decisions/{precinct.proposal}", f"{witness}/")):
            page = context.new_page()
            answer = page.goto(path)
            assert answer is not None
            assert answer.status == 200
            if SHOTS:
                page.screenshot(path=f"{SHOTS}/{at}.png", full_page=True)
            found += [f"{path}: {one}" for one in faults(page)]
            if SHOTS:
                page.screenshot(path=f"{SHOTS}/{at}-narrow.png", full_page=True)
        browser.close()
    council.engine.dispose()
    assert found == []
