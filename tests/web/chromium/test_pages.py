"""Everybody can read every page: axe finds nothing, in light and dark, wide and narrow, and nothing is cut off."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from app.mail import queue
from app.mail.kinds import Kind, Topic
from app.mail.letters import Letter
from app.mail.readers import Readers, house_of
from app.people.roles import Role
from app.web import render
from governance import closing, proposals
from ledger.equity.values import Security
from ledger.reading import every
from ledger.types import Act
from tests.web.chromium import eyes
from tests.web.chromium.conftest import NOW, THERAPIST, Opened, Place
from tests.web.chromium.crawl import MOST_BYTES

FROM_OUTSIDE = {Role.FINANCE, Role.AUDITOR, Role.ADMIN}
"""Roles that somebody may have who holds nothing here."""


def _seen(opened: Opened, cookie: str | None, paths: list[str], *, status: int = 200) -> list[str]:
    """Return what is wrong with pages, each with its address."""
    page, found = opened(cookie).new_page(), []
    for path in paths:
        answer = page.goto(path)
        assert answer is not None
        if answer.status != status:
            found.append(f"{path}: {answer.status}")
            continue
        if len(answer.body()) > MOST_BYTES:
            found.append(f"{path}: {len(answer.body()):,} bytes")
        found += [f"{path}: {one}" for one in eyes.faults(page)]
    return found


def test_the_pages_of_nobody_in_particular(opened: Opened) -> None:
    assert _seen(opened, None, ["/sign-in", "/enter/secret", "/address/secret", "/help"]) == []


def test_a_members_pages(place: Place, opened: Opened) -> None:
    menu = [path for path, _ in render.MENUS[None]]
    mine = place.runner.read(every, Security, holder=THERAPIST)
    paths = [
        "/documents",
        "/check",
        *menu,
        f"/equity/{mine[0].id}",
        "/sessions/2025-11",
        "/roles",
        f"/decisions/{place.vote}",
        f"/decisions/{place.ranked}",
    ]
    assert _seen(opened, place.cookie(THERAPIST), paths) == []


def test_results_of_votes_and_of_elections(place: Place, opened: Opened) -> None:
    def closed(db: object) -> list[str]:
        found = [one for one in proposals.proposals(db) if closing.closing(db, one.id)]  # type: ignore[arg-type]
        of_each = {(one.kind, closing.closing(db, one.id).outcome): one.id for one in found}  # type: ignore[arg-type, union-attr]
        return [f"/decisions/{id}" for id in of_each.values()]

    assert _seen(opened, place.cookie(THERAPIST), place.runner.read(closed)) == []


def test_a_page_that_is_not_there(place: Place, opened: Opened) -> None:
    assert _seen(opened, place.cookie(THERAPIST), ["/equity/sec_nobody"], status=404) == []


def test_a_form_that_was_refused(place: Place, opened: Opened) -> None:
    page = opened(place.cookie(THERAPIST)).new_page()
    page.goto("/sessions")
    page.get_by_label("Sessions a day").fill("a lot")
    page.get_by_role("button", name="Set my limits").click()
    assert page.title().startswith("Error: ")
    assert page.get_by_label("Sessions a day").input_value() == "a lot"
    assert eyes.faults(page) == []


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_the_pages_of_each_role(role: Role, place: Place, opened: Opened) -> None:
    holder = None if role in FROM_OUTSIDE else "hld_founder_002"
    paths = [path for path, _ in render.MENUS[role.value]]
    assert _seen(opened, place.cookie(holder, role), paths) == []


def test_how_somebody_reads_and_what_they_hear_of(place: Place, opened: Opened) -> None:
    assert _seen(opened, place.cookie(THERAPIST), ["/settings/mail", "/settings/calendar"]) == []
    admin = place.cookie(None, Role.ADMIN)
    assert _seen(opened, admin, ["/settings/mail", "/admin/mail"]) == []


def test_the_page_that_stops_letters(place: Place, opened: Opened) -> None:
    place.known_as("hld_provider_031", "stop@example.org")
    place.runner.run(_a_letter, "hld_provider_031", place.address)
    place.deliver()
    told = str(place.mailbox.to("stop@example.org")[-1]["List-Unsubscribe"]).strip(" <>")
    page = opened().new_page()
    page.goto(told)
    assert eyes.faults(page) == []
    page.get_by_role("button", name="Stop them all").click()
    assert "You get no more letters" in page.inner_text("main")
    assert eyes.faults(page) == []


def _a_letter(db: Session, holder: str, origin: str) -> None:
    """Queue a letter that can be stopped."""
    to = Readers(db).of_actor(holder)
    assert to is not None
    said = Letter(Kind.GRANT, "grant:sec_1", Topic.GRANT, "A grant waits for you", ("Read it.",), "It is yours.")
    queue.put(db, Act("system", "role:worker", NOW), house_of(db, origin), [(to, said)])


def test_the_pages_that_set_a_cooperative_up(place: Place, opened: Opened) -> None:
    paths = ["/start", "/start/company", "/start/import", "/start/class", "/start/plan"]
    assert _seen(opened, place.cookie("hld_founder_002", Role.STEWARD), paths) == []
    # somebody with a role who acts as themselves is shown where to switch
    assert _seen(opened, place.cookie("hld_founder_002"), ["/start"], status=404) == []


def test_the_menu_of_whoever_is_signed_in_opens_without_scripts(place: Place, opened: Opened) -> None:
    page = opened(place.cookie("hld_founder_002", Role.STEWARD), scripts=False, size=eyes.PHONE).new_page()
    page.goto("/steward")
    eyes.tab_to(page, "as Steward")
    page.keyboard.press("Enter")
    eyes.tab_to(page, "Yourself")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{place.address}/")
    assert "as yourself" in page.inner_text("header")


def test_a_page_is_printed_with_the_fingerprint_of_the_record(place: Place, opened: Opened) -> None:
    page = opened(place.cookie(THERAPIST)).new_page()
    page.goto("/equity")
    foot = page.locator("p.printed")
    assert not foot.is_visible()
    assert page.pdf().startswith(b"%PDF-")
    page.emulate_media(media="print")
    assert foot.is_visible()
    assert "/check" in foot.inner_text()
