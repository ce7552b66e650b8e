"""A passkey in a real browser, with a device that the browser plays itself."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.web.chromium import eyes
from tests.web.chromium.conftest import Opened, Place

OWNER = "hld_provider_030"


@pytest.fixture
def named(place: Place) -> str:
    """The address of the service by a name: browsers make no passkeys for numbers."""
    return place.address.replace("127.0.0.1", "localhost")


def plugged_in(page: Page) -> None:
    """Give a browser a device that says yes."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": device})


def test_somebody_adds_a_passkey_and_comes_back_with_it(place: Place, named: str, opened: Opened) -> None:
    page = opened().new_page()
    plugged_in(page)
    page.goto(place.link(OWNER).replace(place.address, named))
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{named}/settings")
    page.get_by_label("Name of the new passkey").fill("My laptop")
    page.get_by_role("button", name="Add a passkey").click()
    page.wait_for_url(f"{named}/settings#passkeys")
    assert "From now on you can sign in with My laptop." in page.inner_text("main")
    assert eyes.faults(page) == []
    page.get_by_role("button", name="Add a passkey").click()  # without a name: the browser asks for one itself
    page.get_by_label("Name of the new passkey").fill("My laptop again")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_text("This device has a passkey for you already.").wait_for()
    page.get_by_role("button", name="Sign out here").click()
    page.goto(f"{named}/sign-in?next=/equity")
    assert eyes.faults(page) == []
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{named}/equity")
    assert page.locator("h1").inner_text() == "My equity"


def test_without_scripts_the_page_leads_to_links(named: str, opened: Opened) -> None:
    page = opened(scripts=False).new_page()
    page.goto(f"{named}/sign-in")
    assert "use a link as told below" in page.inner_text("main")
    assert not page.get_by_role("button", name="Sign in with a passkey").is_visible()
