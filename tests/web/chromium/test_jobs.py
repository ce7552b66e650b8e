"""What people come for, done in a real browser: with scripts off, on a phone, by keyboard alone."""

from __future__ import annotations

from governance import ballots
from tests.web.chromium import eyes
from tests.web.chromium.conftest import Opened, Place


def test_a_therapist_comes_by_a_link_votes_and_gets_a_receipt_by_keyboard_without_scripts(
    place: Place, opened: Opened
) -> None:
    page = opened(scripts=False, size=eyes.PHONE).new_page()
    page.goto(place.link("hld_provider_020"))
    eyes.tab_to(page, "Sign in")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{place.address}/")
    eyes.tab_to(page, "Read and vote")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/decisions/{place.vote}")
    eyes.tab_to(page, "Yes")
    page.keyboard.press("Space")
    eyes.tab_to(page, "Cast my vote")
    page.keyboard.press("Enter")
    page.wait_for_url("**#receipt")
    made = place.runner.read(ballots.receipt, place.vote, "hld_provider_020")
    assert made is not None
    assert made.choice == '"yes"'
    receipt = page.get_by_role("region", name="Your receipt").inner_text()
    assert made.digest in receipt
    assert made.salt in receipt


def test_a_link_works_once(place: Place, opened: Opened) -> None:
    link = place.link("hld_provider_021")
    for said in ("My equity", "This link has been used"):
        page = opened(scripts=False).new_page()
        page.goto(link)
        page.get_by_role("button", name="Sign in").click()
        assert said in page.inner_text("body")


def test_somebody_changes_the_language_and_the_vote(place: Place, opened: Opened) -> None:
    page = opened(place.cookie("hld_provider_022"), scripts=False, size=eyes.PHONE).new_page()
    page.goto(f"/decisions/{place.vote}")
    for choice in ("No", "Yes"):
        page.get_by_label(choice, exact=True).check()
        page.get_by_role("button", name="my vote").click()
    page.get_by_role("button", name="Español").click()
    assert page.locator("html").get_attribute("lang") == "es"
    assert "Tu comprobante" in page.inner_text("main")
    made = place.runner.read(ballots.receipt, place.vote, "hld_provider_022")
    assert made is not None
    assert (made.revision, made.choice) == (2, '"yes"')
