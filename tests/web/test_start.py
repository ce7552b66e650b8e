"""From an empty database to the first grant's form: what a newcomer sees and does, in order."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app.db import make_engine
from app.people import administration, roles
from app.people.roles import Role
from app.reports.ocf import export_package, write_zip
from app.web import pages, render
from ledger import journal
from ledger.equity.values import Holder, Plan, ShareClass
from ledger.reading import every
from ledger.types import Cut
from tests import make
from tests.web.acting import acting
from tests.web.browser import Browser, Site, title_of, words_of

COMPANY = {
    "legal_name": "Lanternleaf Care Cooperative",
    "kind": "COOP",
    "formed_on": "2023-01-05",
    "time_zone": "America/New_York",
    "currency": "usd",
    "fiscal_year_end": "12-31",
}


def whoever_sets_it_up(site: Site) -> Browser:
    """The browser of whoever has followed the link that the service prints."""
    link = site.runner.run(administration.first_link, site.act(administration.SHELL))
    assert link is not None
    browser = site.browser()
    assert browser.send(f"/enter/{link.secret}") == "/start"
    return browser


def test_a_newcomer_is_led_from_the_printed_link_to_the_first_grant(site: Site) -> None:
    me = whoever_sets_it_up(site)
    assert "Five steps from an empty record to the first grant" in me.see("/start")
    assert me.send("/start/name", name="Bo Ek", form_key="k1") == "/start"
    assert "Welcome, Bo Ek." in me.see("/start")
    assert me.send("/start/steward", form_key="k2") == "/start#steward"
    waits = me.see("/start")
    assert "Bo Ek waits for a second person." in waits
    [id] = re.findall(r"vestry user role approve (rol_\w+)", waits)
    site.runner.run(roles.approve, site.act(administration.SHELL), id)
    # the ledger is a steward's: as an administrator there is only the way to switch
    assert "Another of your roles is needed here" in words_of(me.get("/start/company"))
    assert me.send("/role", role="STEWARD", next="/start/company") == "/start/company"
    assert me.send("/start/company", **COMPANY, form_key="k3") == "/start"
    assert "Lanternleaf Care Cooperative is on record." in me.see("/start")
    common = {"name": "Common", "kind": "COMMON", "authorised": "10,000,000", "prefix": "CS-", "on": "2023-01-05"}
    assert me.send("/start/class", **common, form_key="k4") == "/start"
    [made] = site.runner.read(every, ShareClass)
    plan = {"name": "Provider plan", "class": made.id, "reserved": "1500000", "on": "2024-01-10", "form_key": "k5"}
    assert me.send("/start/plan", **plan) == "/start"
    assert "Everything that a first grant needs is there." in me.see("/start")
    assert "Pool: Provider plan" in me.see("/steward")
    assert me.get("/steward/grants/new").status_code == 200


def test_what_is_wrong_is_said_at_its_field_and_what_was_written_is_kept(site: Site) -> None:
    steward = acting(site, Role.STEWARD)
    for wrong, says in (
        ({"legal_name": " "}, "Write something here."),
        ({"kind": "GUILD"}, "Choose one of the list."),
        ({"formed_on": "soon"}, "Write a day"),
        ({"formed_on": "2026-03-03"}, "still to come"),
        ({"time_zone": "Mars/Olympus"}, "is no time zone"),
        ({"currency": "dollars"}, "urrency"),
        ({"fiscal_year_end": "13-45"}, "is no day of the year"),
    ):
        form: dict[str, str | list[str]] = {**COMPANY, **wrong}
        answer = steward.post("/start/company", form)
        assert (answer.status_code, title_of(answer).startswith("Error:")) == (422, True), wrong
        assert says in words_of(answer)
        assert 'value="12-31"' in answer.text or "fiscal_year_end" in wrong
    name = "אנה & <b>Söhne</b> 🦊 " + "x" * 280
    assert steward.send("/start/company", **{**COMPANY, "legal_name": name}) == "/start"
    assert name in steward.see("/start")
    twice = steward.post("/start/company", {**COMPANY})
    assert (twice.status_code, "belongs to a company" in words_of(twice)) == (409, True)
    common = {"name": "Common", "kind": "COMMON", "authorised": "many", "prefix": "CS-", "on": "2023-01-05"}
    assert steward.post("/start/class", dict(common)).status_code == 422
    plan = {"name": "Plan", "class": "cls_none", "reserved": "10", "on": "2023-01-05"}
    assert steward.post("/start/plan", dict(plan)).status_code == 404


@pytest.fixture
def package(sqlite_template: Path, tmp_path: Path) -> bytes:
    """A small cap table of another cooperative, as an ``.ocf.zip``."""
    path = tmp_path / "other.db"
    shutil.copyfile(sqlite_template, path)
    engine = make_engine(f"sqlite:///{path}")
    with Session(engine) as db, db.begin():
        make.company(db)
        make.share_class(db)
        files = export_package(db, Cut(make.NOW.date(), journal.size(db)), version="1.2.0")
    engine.dispose()
    write_zip(tmp_path / "other.ocf.zip", files)
    return (tmp_path / "other.ocf.zip").read_bytes()


def test_a_cap_table_is_checked_then_brought(site: Site, package: bytes) -> None:
    steward = acting(site, Role.STEWARD)
    zone = {"time_zone": "America/Chicago"}
    checked = steward.upload("/start/check/upload", {}, file=package)
    assert "nothing against" in words_of(checked)
    [digest] = re.findall(r'name="checked" value="(\w+)"', checked.text)
    assert site.runner.read(every, ShareClass) == []
    another = steward.upload("/start/import/upload", {"checked": digest, **zone}, file=package + b"\0")
    assert (another.status_code, "another file than the one" in words_of(another)) == (409, True)
    done = steward.upload("/start/import/upload", {"checked": digest, **zone, "form_key": "k1"}, file=package)
    assert (done.status_code, done.headers["location"]) == (303, "/start")
    assert "The cap table is on record, in" in steward.see("/start")
    assert len(site.runner.read(every, ShareClass)) == 1


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 broken", b"a,b\n1,2\n"], ids=str)
def test_a_file_of_another_kind_is_refused_in_words(site: Site, content: bytes) -> None:
    steward = acting(site, Role.STEWARD)
    answer = steward.upload("/start/check/upload", {}, file=content)
    if content:
        assert "can't be brought in as it is" in words_of(answer)
        assert "Error" in words_of(answer)
    else:
        assert (answer.status_code, "nothing in this file" in words_of(answer)) == (422, True)
    assert steward.post("/start/check/upload", {}).status_code == 422


def test_once_there_are_members_a_plan_begins_empty(site: Site) -> None:
    def founded(db: Session) -> None:
        make.company(db)
        make.share_class(db)
        make.member(db)

    site.runner.run(founded)
    steward = acting(site, Role.STEWARD)
    assert "so it begins empty" in steward.see("/start/plan")
    [made] = site.runner.read(every, ShareClass)
    form: dict[str, str] = {"name": "Plan", "class": made.id, "reserved": "100", "on": "2026-01-10"}
    refused = steward.post("/start/plan", dict(form))
    assert (refused.status_code, "put forward a proposal" in words_of(refused)) == (403, True)
    assert steward.send("/start/plan", **{**form, "reserved": "0"}) == "/start"
    assert len(site.runner.read(every, Plan)) == 1
    assert len(site.runner.read(every, Holder)) == 1


def test_before_the_company_every_page_says_so_and_none_breaks(site: Site) -> None:
    """Every page that anybody can open, on an empty record and in every role."""
    for role in Role:
        browser = acting(site, role)
        for path in every_path():
            answer = browser.get(path)
            assert answer.status_code in {200, 303, 404, 409}, (role, path, answer.status_code)
            if answer.status_code == 409:
                assert "Your cooperative is not on record yet" in words_of(answer), (role, path)
        for path, _ in render.EARLY.get(role.value, ()):
            assert browser.get(path).status_code == 200, (role, path)


def every_path() -> list[str]:
    """The address of every page, with nothing in particular in it."""
    found = [
        route.path for module in pages.AUDIENCES for route in module.pages.routes if "GET" in (route.methods or ())
    ]
    return [re.sub(r"\{\w+\}", "nothing", path) for path in found if not path.startswith("/static")]
