"""A founder drafts twelve grants from a spreadsheet, mends three rows, and the holders see what the board approved."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.orm import Session

from app.people import vault
from app.people.roles import Role
from ledger.equity.register import issuer
from ledger.equity.values import Plan
from ledger.reading import every
from tests.web.chromium import eyes
from tests.web.chromium.conftest import Opened, Place

PEOPLE = [f"hld_provider_{n:03}" for n in range(13, 25)]


def test_a_founder_mends_a_spreadsheet_the_board_approves_it_and_holders_see_their_grants(
    place: Place, opened: Opened, tmp_path: Path
) -> None:
    def known(db: Session) -> tuple[list[str], str, str]:
        called = vault.names(db, PEOPLE)
        plan = next(one for one in every(db, Plan) if not one.implied)
        return [called[one] for one in PEOPLE], plan.name, issuer(db).currency

    names, _, _ = place.runner.read(known)
    good = [f"{name},120,2026-01-15,RSU" for name in names]
    bad = [
        *good[:9],
        f"{names[9]}x,120,2026-01-15,RSU",
        f"{names[10]},a lot,2026-01-15,RSU",
        f"{names[11]},120,1/2/26,RSU",
    ]
    file = tmp_path / "grants.csv"
    page = opened(place.cookie("hld_founder_002", Role.STEWARD)).new_page()
    page.goto("/steward/grants")
    page.get_by_role("link", name="Many from a spreadsheet").click()
    assert eyes.faults(page) == []
    file.write_text("\n".join(["Grantee,Shares,Vesting Commencement,Type", *bad]))
    page.get_by_label("The file", exact=True).set_input_files(file)
    page.get_by_label("Day of the grant").fill("2026-01-28")
    page.get_by_label("Approved on").fill("2026-01-20")
    page.get_by_role("button", name="Check the file").click()
    assert "12 rows were read. 9 grants would be drafted. 3 rows are kept out" in page.inner_text("main")
    assert eyes.faults(page) == []
    file.write_text("\n".join(["Grantee,Shares,Vesting Commencement,Type", *good]))
    page.get_by_label("The mended file").set_input_files(file)
    page.get_by_role("button", name="Check it again").click()
    page.get_by_role("button", name="Draft 12 grants").click()
    page.wait_for_url("**/steward/batches/bat_*")
    batch = page.url.rpartition("/")[2]
    board = opened(place.cookie("hld_founder_001", Role.BOARD)).new_page()
    board.goto(f"/board/batches/{batch}")
    assert eyes.faults(board) == []
    board.get_by_role("button", name="Approve 12 grants").click()
    board.wait_for_url("**/board")
    page.reload()
    page.get_by_role("button", name="Issue 12 grants").click()
    page.get_by_text("12 grants are issued").wait_for()
    assert eyes.faults(page) == []
    for holder in (PEOPLE[0], PEOPLE[11]):
        theirs = opened(place.cookie(holder)).new_page()
        theirs.goto("/equity")
        assert "120" in theirs.inner_text("main")


def test_pages_about_leaving_disputes_layoffs_and_pools(place: Place, opened: Opened) -> None:
    steward = opened(place.cookie("hld_founder_002", Role.STEWARD)).new_page()
    who = "/steward/people/hld_provider_015/leaving"
    for path in (
        who,
        f"{who}?reason=INVOLUNTARY_OTHER&on=2026-01-28",
        "/steward/layoffs",
        "/disputes",
        "/steward/pool",
    ):
        steward.goto(path)
        assert eyes.faults(steward) == [], path
    own = opened(place.cookie("hld_provider_015")).new_page()
    for path in ("/leaving", "/layoffs"):
        own.goto(path)
        assert eyes.faults(own) == [], path


def test_a_grant_is_told_in_a_sentence_while_it_is_filled_in(place: Place, opened: Opened) -> None:
    page = opened(place.cookie("hld_founder_002", Role.STEWARD)).new_page()
    page.goto("/steward/grants/new")
    page.get_by_label("Holder").select_option("hld_provider_030")
    page.get_by_label("Units", exact=True).fill("4800")
    page.get_by_text("receives 4,800 units").wait_for()
    assert eyes.faults(page) == []
    page.get_by_label("Units", exact=True).fill("lots")
    page.locator("#preview").wait_for(state="hidden")
