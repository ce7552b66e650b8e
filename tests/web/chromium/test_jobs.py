"""What people come for, done in a real browser: with scripts off, on a phone, by keyboard alone."""

from __future__ import annotations

from governance import ballots
from tests.mailbox import address_in
from tests.web.chromium import eyes
from tests.web.chromium.conftest import Opened, Place


def test_a_therapist_comes_from_a_letter_votes_and_gets_a_receipt_by_keyboard_without_scripts(
    place: Place, opened: Opened
) -> None:
    place.deliver()
    [letter] = [one for one in place.mailbox.to("therapist@example.org") if "help desk" in str(one["Subject"])]
    page = opened(scripts=False, size=eyes.PHONE).new_page()
    page.goto(address_in(letter, "/decisions/"))
    assert "/sign-in?next=" in page.url
    eyes.tab_to(page, "Your e-mail address")
    page.keyboard.type("Therapist@example.org")
    eyes.tab_to(page, "Send me a link")
    page.keyboard.press("Enter")
    page.get_by_text("a link is on its way").wait_for()
    place.deliver()
    page.goto(address_in(place.mailbox.to("therapist@example.org")[-1], "/enter/"))
    eyes.tab_to(page, "Sign in")
    page.keyboard.press("Enter")
    page.wait_for_url(f"http://*/decisions/{place.vote}")
    eyes.tab_to(page, "Yes")
    page.keyboard.press("Space")
    eyes.tab_to(page, "Review my vote")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ballot/review")
    eyes.tab_to(page, "Cast my vote")
    page.keyboard.press("Enter")
    page.wait_for_url("**/receipt")
    made = place.runner.read(ballots.receipt, place.vote, "hld_provider_020")
    assert made is not None
    assert made.choice == '"yes"'
    receipt = page.inner_text("main")
    assert made.digest in receipt
    assert made.salt in receipt


def test_a_therapist_ranks_what_they_like_on_a_phone_by_keyboard_without_scripts(place: Place, opened: Opened) -> None:
    page = opened(place.cookie("hld_provider_027"), scripts=False, size=eyes.PHONE).new_page()
    page.goto("/")
    eyes.tab_to(page, "How should we spend the learning fund?")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/decisions/{place.ranked}")
    # from "No rank", one step on is the first rank, two are the second
    for steps in (2, 1):
        eyes.tab_to(page, "No rank")
        for _ in range(steps):
            page.keyboard.press("ArrowRight")
    eyes.tab_to(page, "Review my vote")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ballot/review")
    assert "Rank 1" in page.inner_text("main")
    eyes.tab_to(page, "Cast my vote")
    page.keyboard.press("Enter")
    page.wait_for_url("**/receipt")
    made = place.runner.read(ballots.receipt, place.ranked, "hld_provider_027")
    assert made is not None
    assert made.choice == '[["cohort"],["hours"]]'
    assert made.digest in page.inner_text("main")


def test_two_options_with_one_rank_are_refused_and_nothing_is_lost(place: Place, opened: Opened) -> None:
    page = opened(place.cookie("hld_provider_024")).new_page()
    page.goto(f"/decisions/{place.ranked}")
    for option in ("Group supervision hours", "EMDR training cohort"):
        page.get_by_role("radiogroup", name=option).get_by_label("Rank 1").check()
    page.get_by_role("button", name="Review my vote").click()
    assert page.title().startswith("Error: ")
    page.get_by_role("alert").get_by_role("link").click()
    assert page.evaluate("document.activeElement.id") == "f-rank-cohort"
    assert page.locator(":checked").count() == 3
    assert eyes.faults(page) == []
    page.get_by_role("radiogroup", name="EMDR training cohort").get_by_label("Rank 2").check()
    page.get_by_role("button", name="Review my vote").click()
    assert eyes.faults(page) == []
    page.get_by_role("button", name="Cast my vote").click()
    assert eyes.faults(page) == []


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
        page.get_by_role("button", name="Review my vote").click()
        page.get_by_role("button", name="Cast my vote").click()
        page.goto(f"/decisions/{place.vote}")
    page.get_by_role("button", name="Español").click()
    assert page.locator("html").get_attribute("lang") == "es"
    assert "Tu voto" in page.inner_text("main")
    made = place.runner.read(ballots.receipt, place.vote, "hld_provider_022")
    assert made is not None
    assert (made.revision, made.choice) == (2, '"yes"')
