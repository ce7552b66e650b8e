"""What each role comes for, in a real browser without scripts: council, teller, board, auditor, administrator."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page
from sqlalchemy.orm import Session

from app import petitions, voting
from app.people import vault
from app.people.roles import Role
from governance import proposals
from governance.proposals import Content
from governance.records import ProposalKind
from governance.rules import needed_members
from ledger.equity.register import company_day
from ledger.members import members_on
from ledger.reading import every
from ledger.sessions.records import DisputeOpened
from ledger.types import Act
from tests.web.chromium import eyes
from tests.web.chromium.conftest import NOW, Opened, Place

PROVIDER, STEWARD, BOARD, COUNCIL, TELLER = (
    "hld_provider_033",
    "hld_founder_002",
    "hld_founder_001",
    "hld_provider_034",
    "hld_provider_035",
)


def press(page: Page, name: str) -> None:
    """Move to what is called so by the Tab key, and press Enter."""
    eyes.tab_to(page, name)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def says(page: Page) -> str:
    """Return what the page says."""
    return page.inner_text("main")


def test_the_council_decides_an_appeal_by_its_case_number(place: Place, opened: Opened) -> None:
    provider = opened(place.cookie(PROVIDER), scripts=False).new_page()
    provider.goto("/sessions/2025-12")
    provider.get_by_label("How many minutes is it about?").fill("50")
    provider.get_by_role("button", name="Dispute it").click()
    case = place.runner.read(every, DisputeOpened, provider=PROVIDER)[-1].id
    name = place.runner.read(vault.names)[PROVIDER]
    steward = opened(place.cookie(STEWARD, Role.STEWARD), scripts=False).new_page()
    council = opened(place.cookie(COUNCIL, Role.COUNCIL), scripts=False, size=eyes.PHONE).new_page()
    steward.goto("/disputes")
    steward.get_by_role("link", name=case).click()
    steward.get_by_role("button", name="Look at it").click()
    council.goto(f"/disputes/{case}")
    for page in (steward, council):
        page.goto(f"/disputes/{case}")
        assert name not in page.content()
    steward.get_by_label("What was found").select_option(index=1)
    steward.get_by_role("button", name="Find that the record is right").click()
    provider.goto("/sessions/2025-12")
    provider.get_by_role("button", name="Appeal to the council").click()
    council.goto("/disputes")
    press(council, case)
    assert f"Whom the council hears\n{name}" in says(council)
    eyes.tab_to(council, "What was found")
    council.keyboard.press("ArrowDown")
    press(council, "Find for the provider")
    assert "It is recorded." in says(council)
    provider.goto("/sessions/2025-12")
    assert "The council found for the provider" in says(provider)
    steward.goto(f"/disputes/{case}")
    assert name not in steward.content()


def test_the_council_gives_its_view_on_a_layoff_case_before_anybody_is_told(place: Place, opened: Opened) -> None:
    steward = opened(place.cookie(STEWARD, Role.STEWARD), scripts=False).new_page()
    called = place.runner.read(vault.names)
    steward.goto("/steward/layoffs")
    steward.get_by_label("Reason").fill("A contract ends.")
    for holder in ("hld_provider_036", "hld_provider_037"):
        steward.get_by_label("Find by name").fill(called[holder].casefold())
        steward.get_by_role("button", name="Find").click()
        steward.locator(f"input[value={holder}]").check()
    assert steward.get_by_label("Reason").input_value() == "A contract ends."
    steward.get_by_role("button", name="File the case").click()
    assert "The council sees it now" in says(steward)
    council = opened(place.cookie(COUNCIL, Role.COUNCIL), scripts=False, size=eyes.PHONE).new_page()
    council.goto("/council/layoffs")
    assert called["hld_provider_036"] in says(council)
    eyes.tab_to(council, "What does the council say?")
    council.keyboard.type("We see no other way.")
    press(council, "Put it on record")
    assert "The council says: We see no other way." in says(council)
    concerned = opened(place.cookie("hld_provider_036"), scripts=False).new_page()
    concerned.goto("/leaving")
    assert "A contract ends." not in says(concerned)


def _a_petition_that_enough_signed(db: Session) -> str:
    act = Act(PROVIDER, "role:member", NOW)
    said = Content("Should we close at noon on Fridays?", "Most of us do already.")
    made = voting.put_forward(db, act, ProposalKind.ADVISORY, said, author=PROVIDER)
    rules, on = voting.rules_today(db, made.id, NOW), company_day(db, NOW)
    proposals.publish(db, act, made.id, author=PROVIDER, rules=rules, on=on)
    petition = petitions.open_petition(db, act, made.id, PROVIDER)
    members = [one for one in members_on(db, on) if one != TELLER]
    for one in members[: needed_members(rules.petition_share, len(members) + 1)]:
        petitions.sign(db, Act(one, "role:member", NOW), petition.id, one)
    return petition.id


def test_a_teller_checks_that_a_petition_was_counted_right_and_sees_nobody_who_signed(
    place: Place, opened: Opened
) -> None:
    petition = place.runner.run(_a_petition_that_enough_signed)
    page = opened(place.cookie(TELLER, Role.TELLER), scripts=False, size=eyes.PHONE).new_page()
    page.goto("/teller")
    assert "Fits" in says(page)
    press(page, "Should we close at noon on Fridays?")
    assert page.url.endswith(f"/teller/petitions/{petition}")
    assert "It fits: " in says(page)
    assert "each of somebody who could sign" in says(page)
    called = place.runner.read(vault.names)
    signed = [one for one in called if one not in {PROVIDER, TELLER}]
    assert [one for one in signed if called[one] in page.content() or one in page.content()] == []


def test_a_grant_is_drafted_approved_to_the_letter_issued_and_accepted(place: Place, opened: Opened) -> None:
    steward = opened(place.cookie(STEWARD, Role.STEWARD), scripts=False).new_page()
    steward.goto("/steward/grants/new")
    steward.get_by_label("Holder").select_option(PROVIDER)
    steward.get_by_label("Units", exact=True).fill("4800")
    steward.get_by_label("Kind").select_option("RSU")
    steward.get_by_label("Price of a share").fill("")
    label = steward.get_by_label("Label").input_value()
    for name in ("Counts from", "Approved on", "Day of the grant"):
        steward.get_by_label(name).fill("2026-01-28")
    steward.get_by_role("button", name="Check it").click()
    assert "receives 4,800 units" in says(steward)
    steward.get_by_role("button", name="Record the draft").click()
    draft = steward.url.rpartition("/")[2]
    board = opened(place.cookie(BOARD, Role.BOARD), scripts=False, size=eyes.PHONE).new_page()
    board.goto("/board")
    press(board, label)
    assert board.url.endswith(f"/board/grants/{draft}")
    assert "receives 4,800 units" in says(board)
    press(board, f"Approve {label}")
    assert f"You approved {label}." in says(board)
    steward.reload()
    steward.get_by_role("button", name="Issue").click()
    assert f"{label} is issued." in says(steward)
    holder = opened(place.cookie(PROVIDER), scripts=False, size=eyes.PHONE).new_page()
    holder.goto("/")
    press(holder, "Read and accept")
    press(holder, f"Accept {label}")
    holder.goto("/equity")
    assert "to accept" not in holder.get_by_role("row", name=label).inner_text()


def test_an_auditor_verifies_the_record_and_a_vote_and_takes_the_file_along(place: Place, opened: Opened) -> None:
    page = opened(place.cookie(None, Role.AUDITOR), scripts=False).new_page()
    page.goto("/audit")
    press(page, "Check the record")
    assert "Everything fits" in says(page)
    noted = page.locator(".callout.good code").inner_text()
    eyes.tab_to(page, "The line you noted last time")
    page.keyboard.type(noted)
    press(page, "Check the record")
    assert "Everything fits" in says(page)
    eyes.tab_to(page, "The line you noted last time")
    page.keyboard.press("Control+A")
    page.keyboard.type("5:" + "0" * 64)
    press(page, "Check the record")
    assert "The record does not fit" in says(page)
    page.goto("/audit/decisions")
    page.get_by_role("link", name="Sell the platform to Headstart").click()
    assert "Counted again, it comes to the same" in says(page)
    with page.expect_download() as taken:
        page.get_by_role("link", name="Save the file").click()
    assert Path(taken.value.path()).read_bytes().startswith(b"{")
    assert page.locator("main form[method=post]").count() == 0


def test_an_administrator_lets_somebody_in_and_another_one_approves_their_role(place: Place, opened: Opened) -> None:
    admin = opened(place.cookie("hld_provider_038", Role.ADMIN), scripts=False).new_page()
    admin.goto("/admin")
    press(admin, "Let somebody in")
    form = admin.locator("form", has=admin.get_by_role("heading", name="Somebody who is not on record"))
    form.get_by_label("Name").fill("Nadia <Outside> العربية")
    form.get_by_role("button", name="Make an account").click()
    account = admin.url
    admin.get_by_label("Role", exact=True).select_option("FINANCE")
    admin.get_by_role("button", name="Give the role").click()
    assert "waits until somebody else approves it" in says(admin)
    admin.get_by_role("button", name="Make a link").click()
    link = admin.get_by_label("Copy this link now").input_value()
    admin.goto("/admin")
    assert admin.get_by_role("button", name="Approve").count() == 0
    second = opened(place.cookie("hld_provider_039", Role.ADMIN), scripts=False, size=eyes.PHONE).new_page()
    second.goto("/admin")
    press(second, "Approve")
    assert "now has the role Finance" in says(second)
    nadia = opened(scripts=False).new_page()
    # the link names the address that the service is told, whichever port the test has
    nadia.goto(f"/enter/{link.rpartition('/')[2]}")
    press(nadia, "Sign in")
    nadia.goto("/finance")
    if "/finance" not in nadia.url or "The company on" not in says(nadia):
        press(nadia, "Go on as Finance")
    assert "The company on 28 Jan 2026" in says(nadia)
    admin.goto(account)
    admin.get_by_role("button", name="End the account").click()
    nadia.reload()
    assert "/sign-in" in nadia.url
