"""A therapist puts something forward on a phone, by keyboard alone, until its vote is announced; how pages look."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy.orm import Session

from app import voting
from app.people.roles import Role
from app.web.site import COOKIE
from app.web.starts import Start
from governance import stances
from governance.lifecycle import State
from governance.records import Proposal
from ledger.equity.register import company_day
from ledger.members import members_on
from ledger.reading import every
from ledger.types import Act
from tests.web.chromium import eyes
from tests.web.chromium.conftest import NOW, THERAPIST, Opened, Place, served

AUTHOR, SECOND, BOARD = "hld_provider_020", "hld_provider_021", "hld_founder_002"
DAY = timedelta(days=1)


@pytest.fixture
def moments() -> list[datetime]:
    """What time it is where the story plays."""
    return [NOW]


@pytest.fixture
def town(sample_file: Path, tmp_path: Path, moments: list[datetime]) -> Iterator[Place]:
    """Yield the sample cooperative, served for one story alone: time goes on in it."""
    with served(sample_file, tmp_path, lambda: moments[0]) as made:
        yield made


def phone(town: Place, chromium: Browser, holder: str, role: Role | None = None) -> Page:
    """Somebody's phone, signed in, with scripts off."""
    made = chromium.new_context(
        base_url=town.address, java_script_enabled=False, viewport={"width": 390, "height": 844}, locale="en-US"
    )
    made.add_cookies([{"name": COOKIE, "value": town.cookie(holder, role), "url": town.address}])
    made.set_default_timeout(15_000)
    return made.new_page()


def press(page: Page, name: str) -> None:
    """Move to what is called so by the Tab key, and press Enter."""
    eyes.tab_to(page, name)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def write(page: Page, name: str, text: str) -> None:
    """Move to a field by the Tab key, and write into it in place of what stands there."""
    eyes.tab_to(page, name)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def all_want_it(db: Session, id: str) -> None:
    """As many members want it decided as it takes."""
    on = company_day(db, NOW)
    members = members_on(db, on)
    rules = voting.rules_today(db, id, NOW)
    for one in [one for one in members if one not in {AUTHOR, SECOND}]:
        if voting.state_now(db, id, NOW) is not State.IDEA:
            return
        stances.want(db, Act(one, "role:member", NOW), id, one, members=members, rules=rules, on=on)


def test_a_fee_change_from_the_first_word_to_the_announced_vote_by_keyboard_on_a_phone(
    town: Place, chromium: Browser, moments: list[datetime]
) -> None:
    page = phone(town, chromium, AUTHOR)
    page.goto("/decisions")
    press(page, "Put something forward")
    press(page, "Change a fee")
    write(page, "Title", "Set the platform fee to 10 %")
    write(page, "What changes?", "The fee goes down.")
    write(page, "Percent", "10")
    press(page, "Look at what would happen")
    assert "Platform: from 12.5 % per payment to 10 % per payment." in page.inner_text("main")
    press(page, "Save as a draft")
    press(page, "Show it to everybody")
    [made] = [one for one in town.runner.read(every, Proposal) if one.author == AUTHOR]
    assert page.url == f"{town.address}/decisions/{made.id}"
    other = phone(town, chromium, SECOND)
    other.goto(f"/decisions/{made.id}")
    press(other, "I want this, too")
    assert "You are one of them." in other.inner_text("main")
    town.runner.run(all_want_it, made.id)
    moments[0] = NOW + 8 * DAY
    board = phone(town, chromium, BOARD, Role.BOARD)
    board.goto("/board")
    press(board, "Set the platform fee to 10 %")
    eyes.tab_to(board, "Recommendation")
    board.keyboard.press("ArrowDown")
    write(board, "Reasons", "It can be paid from the reserve.")
    press(board, "Record the answer")
    page.goto(f"/decisions/{made.id}")
    assert "It can be paid from the reserve." in page.inner_text("main")
    press(page, "Announce the vote")
    press(page, "Look at these dates")
    press(page, "Announce the vote")
    assert "The vote is announced." in page.inner_text("main")
    assert town.runner.read(voting.state_now, made.id, moments[0]) is State.NOTICE


def test_the_pages_of_proposing(place: Place, opened: Opened) -> None:
    page, found = opened(place.cookie(THERAPIST)).new_page(), []
    forms = [f"/decisions/new/{start.value}" for start in Start if start not in LEFT_OUT]
    paths = ["/decisions/new", "/decisions/mine", "/petitions", "/rules/decisions", "/rules/fees", "/rules/bylaws"]
    for path in [*paths, *forms, "/decisions/new/rule?about=ADVISORY"]:
        answer = page.goto(path)
        assert answer is not None
        assert (path, answer.status) == (path, 200)
        found += [f"{path}: {one}" for one in eyes.faults(page)]
    assert found == []


LEFT_OUT = {Start.GRANTS, Start.RULE, Start.AS_IT_IS, Start.RATES, Start.CEILING_RAISE, Start.SALE, Start.PLAN_END}
"""Of stewards alone, or forms like another one."""


def test_what_stands_on_the_way_from_a_form_to_a_petition(place: Place, opened: Opened) -> None:
    page = opened(place.cookie(THERAPIST)).new_page()
    found: list[str] = []

    def look(where: str) -> None:
        found.extend(f"{where}: {one}" for one in eyes.faults(page))

    page.goto("/decisions/new/bylaws")
    page.get_by_label("Title").fill("The board meets on Mondays")
    page.get_by_role("button", name="Look at what would happen").click()
    page.get_by_label("What does it say now").fill("## Not a heading\n\n- one\n- two " + "long" * 80)
    page.get_by_label("The whole new text").fill("The board meets in the open.\n\nIt meets on Mondays. مرحبا 👍")
    page.get_by_role("button", name="Look at what would happen").click()
    look("check")
    page.get_by_role("button", name="Save as a draft").click()
    look("draft")
    page.get_by_role("button", name="Show it to everybody").click()
    look("idea")
    at = page.url
    for name in ("Declare an interest of your own", "Take it back", "Change what it says", "Start a petition"):
        page.goto(at)
        page.get_by_role("link", name=name).click()
        look(name)
    page.get_by_role("button", name="Start the petition").click()
    page.get_by_role("button", name="Sign it").click()
    look("petition")
    assert found == []
