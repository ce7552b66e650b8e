"""A secret vote in two real browsers: the pass is fetched in one, taken to the other, and the ballot is cast there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, Request, Route, expect
from starlette.testclient import TestClient

from app.config import Settings
from app.db import Runner, make_engine
from app.main import create_app
from app.secret import record
from app.web.site import COOKIE
from governance.secret import audit_poll
from governance.secret.voter import Pass
from governance.tally.methods import Method
from tests import make
from tests.secret.live import listening
from tests.secret.precinct import CLOSES, OPENS, Precinct
from tests.secret.test_apart import free_port
from tests.secret.test_witness import Council, council, issue_to
from tests.web.chromium import eyes

__all__ = ["council"]


@pytest.fixture
def precinct(sqlite_url: str, tmp_path: Path) -> Iterator[Precinct]:
    """Yield a service whose registrar is visited by one name of this machine, and whose box by another."""
    port = free_port()
    public, box = f"http://localhost:{port}", f"http://127.0.0.1:{port}"
    settings = Settings(
        database_url=sqlite_url,
        public_url=public,
        box_url=box,
        key_file=str(tmp_path / "vestry.key"),
        poll_rsa_bits=2048,
    )
    app = create_app(settings)
    moments = [make.NOW]
    app.state.service.now = lambda: moments[0]
    with (
        TestClient(app, base_url=public, follow_redirects=False) as registrar,
        TestClient(app, base_url=box, follow_redirects=False) as at_box,
        listening(app, port),
    ):
        yield Precinct(
            registrar, at_box, Runner(make_engine(sqlite_url)), app.state.secret_votes, moments, origin=public
        )


@contextmanager
def device(playing: Playwright, folder: Path) -> Iterator[BrowserContext]:
    """Yield a browser with a profile of its own, which is there again when it is started once more."""
    browser = playing.chromium.launch_persistent_context(
        folder, executable_path=eyes.chromium(), args=list(eyes.ARGUMENTS), locale="en-US"
    )
    try:
        yield browser
    finally:
        browser.close()


def signed_in(browser: BrowserContext, precinct: Precinct, member: str) -> Page:
    """Return a page of somebody who is signed in at the service, and nowhere else."""
    cookie = precinct.cookie(member).partition("=")[2]
    browser.add_cookies([{"name": COOKIE, "value": cookie, "url": precinct.origin}])
    return browser.pages[0]


def test_from_the_pass_in_one_browser_to_the_counted_vote_in_another(
    precinct: Precinct, playing: Playwright, tmp_path: Path
) -> None:
    precinct.announce().issue()
    address = f"{precinct.origin}/decisions/{precinct.proposal}"
    saved = tmp_path / "pass.json"
    with device(playing, tmp_path / "laptop") as laptop:
        page = signed_in(laptop, precinct, precinct.members[0])
        page.goto(address)
        page.get_by_role("link", name="Fetch your pass").first.click()
        page.get_by_role("button", name="Fetch my pass").click()
        expect(page.get_by_role("heading", name="Your pass is in this browser")).to_be_visible()
        code = page.locator("[data-out=code]").inner_text()
        assert len(code) == 19
        page.get_by_role("button", name="Is my pass safe?").click()
        expect(page.locator("[data-out=safe]")).to_contain_text("Yes")
        with page.expect_download() as download:
            page.get_by_role("link", name="Save as a file").click()
        download.value.save_as(saved)
        page.get_by_role("button", name="Show as a picture").click()
        expect(page.get_by_role("img", name="Your pass as a picture")).to_be_visible()
        assert eyes.faults(page) == []
    for member in precinct.members[1:13]:
        precinct.fetch(member)
    precinct.turn_to(OPENS)
    sent: list[Request] = []

    def note(request: Request) -> None:
        sent.append(request)

    with device(playing, tmp_path / "phone") as phone:
        page = phone.pages[0]
        page.on("request", note)
        page.goto(f"{precinct.votes.settings.box_address}/vote")
        page.get_by_label("The file you saved").set_input_files(saved)
        page.get_by_role("button", name="Open", exact=True).click()
        page.get_by_role("radio", name="Yes").check()
        assert eyes.faults(page) == []
        page.get_by_role("button", name="Look at my ballot").click()
        expect(page.locator("[data-out=review]")).to_have_text("Yes")
        page.get_by_role("button", name="Cast my ballot").click()
        expect(page.get_by_role("heading", name="Your ballot is in the box")).to_be_visible()
        assert page.locator("[data-part=receipt] [data-out=code]").inner_text() == code
        assert eyes.faults(page) == []
        page.get_by_role("button", name="Is my vote counted?").click()
        expect(page.locator("[data-out=check]")).to_contain_text("not sealed it yet")
        precinct.turn_to(CLOSES)
        page.get_by_role("button", name="Is my vote counted?").click()
        expect(page.locator("[data-out=check]")).to_contain_text("as you cast it, and counts")
        for one in sent:
            assert one.url.startswith(precinct.votes.settings.box_address)
            assert not {"cookie", "referer", "authorization"} & {*one.all_headers()}
    assert {one.method for one in sent} == {"GET", "POST"}


def test_no_answer_loses_nothing_and_a_second_device_gets_no_second_pass(
    precinct: Precinct, playing: Playwright, tmp_path: Path
) -> None:
    precinct.announce().issue()
    address = f"{precinct.origin}/decisions/{precinct.proposal}/pass"
    with device(playing, tmp_path / "phone") as phone:
        page = signed_in(phone, precinct, precinct.members[0])
        _lose_answers(page, "**/pass")
        page.goto(address)
        page.get_by_role("button", name="Fetch my pass").click()
        expect(page.get_by_role("alert")).to_contain_text("Nothing is lost")
    with device(playing, tmp_path / "laptop") as laptop:
        page = signed_in(laptop, precinct, precinct.members[0])
        page.goto(address)
        page.get_by_role("button", name="Fetch my pass").click()
        expect(page.get_by_role("alert")).to_contain_text("on another device")
        expect(page.get_by_role("button", name="Fetch my pass")).to_be_visible()
    for member in precinct.members[1:13]:
        precinct.fetch(member)
    # the passes are counted and the key is gone, and still the same request gets its answer
    precinct.turn_to(OPENS)
    with device(playing, tmp_path / "phone") as phone:
        page = signed_in(phone, precinct, precinct.members[0])
        page.goto(address)
        page.get_by_role("button", name="Ask again").click()
        expect(page.get_by_role("heading", name="Your pass is in this browser")).to_be_visible()
        with phone.expect_page() as opened:
            page.get_by_role("button", name="Open the box with my pass").click()
        box = opened.value
        _lose_answers(box, "**/ballots")
        box.get_by_role("radio", name="No", exact=True).check()
        box.get_by_role("button", name="Look at my ballot").click()
        box.get_by_role("button", name="Cast my ballot").click()
        expect(box.get_by_role("alert")).to_contain_text("Nothing is lost")
        box.unroute_all()
        box.goto(f"{precinct.votes.settings.box_address}/vote/en")
        # what was to be sent is sent again by itself, to the letter
        expect(box.get_by_role("heading", name="Your ballot is in the box")).to_be_visible()
        box.get_by_role("button", name="Vote again").click()
        box.get_by_role("radio", name="I abstain").check()
        box.get_by_role("button", name="Look at my ballot").click()
        box.get_by_role("button", name="Cast my ballot").click()
        expect(box.get_by_role("heading", name="Your ballot is in the box")).to_be_visible()
    precinct.turn_to(CLOSES)
    seqs = [record["seq"] for record in _published(precinct)]
    assert sorted(seqs) == [1, 2]


def test_options_are_ranked_by_keyboard_with_a_pass_from_an_address(
    precinct: Precinct, playing: Playwright, tmp_path: Path
) -> None:
    options = {"oak": "Oak", "elm": "Elm", "ash": "Ash"}
    precinct.announce(method=Method.IRV, options=options).issue()
    held = [precinct.fetch(member) for member in precinct.members[:12]]
    precinct.turn_to(OPENS)
    ids = precinct.manifest.option_ids
    with device(playing, tmp_path / "phone") as phone:
        page = phone.pages[0]
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(f"{precinct.votes.settings.box_address}/vote/es#{_line_of(held[0])}")
        expect(page).to_have_url(f"{precinct.votes.settings.box_address}/vote/es")
        places = page.locator("[data-out=options] select")
        expect(places).to_have_count(3)
        assert eyes.faults(page) == []
        for at, place in ((0, "2"), (1, "2")):
            places.nth(at).focus()
            page.keyboard.press(place)
        eyes.tab_to(page, "Ver mi papeleta")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("el mismo puesto")
        places.nth(1).focus()
        page.keyboard.press("1")
        eyes.tab_to(page, "Ver mi papeleta")
        page.keyboard.press("Enter")
        eyes.tab_to(page, "Depositar mi papeleta")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Tu papeleta está en la urna")).to_be_visible()
    precinct.turn_to(CLOSES)
    assert [record["choice"] for record in _published(precinct)] == [[ids[1], ids[0]]]


def test_the_councils_witness_signs_as_well_and_the_audit_finds_nothing(
    precinct: Precinct, council: Council, playing: Playwright, tmp_path: Path
) -> None:
    with council.there(), device(playing, tmp_path / "phone") as phone:
        precinct.announce().issue()
        page = signed_in(phone, precinct, precinct.members[0])
        page.goto(f"{precinct.origin}/decisions/{precinct.proposal}/pass")
        page.get_by_role("button", name="Fetch my pass").click()
        expect(page.get_by_role("heading", name="Your pass is in this browser")).to_be_visible()
        passes = [precinct.fetch(member) for member in precinct.members[1:13]]
        precinct.turn_to(issue_to(precinct) + timedelta(minutes=1))
        precinct.turn_to(OPENS)
        page.reload()
        with phone.expect_page() as opened:
            page.get_by_role("button", name="Open the box with my pass").click()
        box = opened.value
        box.get_by_role("radio", name="No", exact=True).check()
        box.get_by_role("button", name="Look at my ballot").click()
        box.get_by_role("button", name="Cast my ballot").click()
        expect(box.get_by_role("heading", name="Your ballot is in the box")).to_be_visible()
    for held in passes:
        precinct.cast(held, "yes")
    precinct.turn_to(CLOSES + timedelta(minutes=1))
    files = dict(precinct.runner.read(record.files_of, precinct.poll, precinct.votes.other_box()))
    audit = audit_poll.Audit(
        files | {"cosigned.json": council.page.get(f"/polls/{precinct.poll}/cosigned.json").content}
    )
    audit.run()
    assert audit.findings == []
    assert json.loads(files["result.json"])["said"] == {"yes": 12, "no": 1, "abstain": 0}


def _lose_answers(page: Page, pattern: str) -> None:
    """Let what is asked for arrive, and its answer never come back."""

    def lose(route: Route) -> None:
        if route.request.method == "POST":
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route(pattern, lose)


def _published(precinct: Precinct) -> list[dict[str, Any]]:
    lines = precinct.box.get(f"/polls/{precinct.poll}/box.jsonl").text.splitlines()
    return [json.loads(json.loads(line)["ballot"]) for line in lines]


def _line_of(held: Pass) -> str:
    """Return a pass as it stands in an address behind the #."""
    raw = json.loads(held.to_bytes())
    parts = [raw["key"], raw["prefix"], *raw["pass_sigs"]]
    return ".".join(["v1", raw["poll"], *(part.replace("+", "-").replace("/", "_").rstrip("=") for part in parts)])
