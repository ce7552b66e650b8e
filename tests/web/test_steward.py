"""The steward's pages on the sample cooperative: the numbers of the record, and nobody's sessions."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app import clock
from app.config import Settings
from app.db import Runner, make_engine
from app.main import create_app
from app.people import vault
from app.people.roles import Role
from app.web.charts import Part, bar
from app.web.steward import runway
from app.web.words import words
from ledger import journal
from ledger.equity.captable.movements import pool_balances
from ledger.equity.captable.pools import PoolBalance
from ledger.equity.values import Award
from ledger.members import members_on
from ledger.reading import every
from ledger.sessions.weeks import today
from ledger.types import Cut
from tests import make
from tests.web.browser import Browser, Site, title_of, words_of
from tests.web.officers import BOARD, PROVIDER, STEWARD, officer

ZONE = "America/New_York"
PAGES = (
    "/steward",
    "/steward/grants",
    "/steward/grants/new",
    f"/steward/grants/new?holder={PROVIDER}",
    "/steward/people",
    "/steward/people/new",
    f"/steward/people/{PROVIDER}",
)


@pytest.fixture(scope="module")
def open_house(sample_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Yield the service on one copy of the sample cooperative; the tests here only read."""
    path = tmp_path_factory.mktemp("house") / "sample.db"
    shutil.copyfile(sample_file, path)
    engine = make_engine(f"sqlite:///{path}")
    app = create_app(Settings(database_url=f"sqlite:///{path}"))
    with TestClient(app, base_url="http://vestry.test", follow_redirects=False, raise_server_exceptions=False) as http:
        yield Site(http, Runner(engine), [clock.now()])
    engine.dispose()


@pytest.fixture(scope="module")
def steward(open_house: Site) -> Browser:
    """Return the browser of who runs the sample cooperative."""
    return officer(open_house, STEWARD, Role.STEWARD)


@pytest.mark.parametrize("path", PAGES)
def test_each_page_is_there_for_the_steward_and_for_nobody_else(open_house: Site, steward: Browser, path: str) -> None:
    shown = steward.get(path)
    assert shown.status_code == 200, words_of(shown)[:400]
    assert len(shown.content) < 100_000
    assert shown.text.count("<h1") == 1
    assert officer(open_house, BOARD, Role.BOARD).get(path).status_code == 404
    assert open_house.browser(PROVIDER).get(path).status_code == 404
    assert open_house.browser().get(path).headers["location"].startswith("/sign-in")


def test_the_overview_shows_the_pool_as_the_ledger_has_it(open_house: Site, steward: Browser) -> None:
    def balance(db: Session) -> PoolBalance:
        [found] = pool_balances(db, Cut(today(open_house.moments[0], ZONE), journal.size(db)))
        return found

    pool, seen = open_house.runner.read(balance), steward.see("/steward")
    assert pool.reserved == 2_000_000
    assert f"Available {pool.available:,}" in seen
    assert f"What became of the {pool.reserved:,} units" in seen
    assert title_of(steward.get("/steward")) == "Overview · Lanternleaf Care Cooperative"


def test_the_list_of_grants_pages_through_all_of_them(open_house: Site, steward: Browser) -> None:
    count = len(open_house.runner.read(every, Award))
    first, last = steward.see("/steward/grants"), steward.see("/steward/grants?page=999999")
    assert f"{count} grants" in first
    assert "Page 1 of 5" in first
    assert "Page 5 of 5" in last
    assert "RSU-2" in first or "ES-2" in first


def test_a_grant_says_what_it_is_and_whose(open_house: Site, steward: Browser) -> None:
    award = open_house.runner.read(every, Award)[0]
    seen = steward.see(f"/steward/grants/{award.security}")
    assert "units, granted on" in seen
    assert "Resolution of the board" in seen
    assert steward.get("/steward/grants/sec_nothing").status_code == 404


def test_people_are_found_by_name_with_their_membership(open_house: Site, steward: Browser) -> None:
    name = open_house.runner.read(vault.names)[PROVIDER]
    assert name in steward.see(f"/steward/people?q={name.split()[0]}")
    assert "Nobody has such a name" in steward.see("/steward/people?q=%00zzz")
    seen = steward.see(f"/steward/people/{PROVIDER}")
    is_member = PROVIDER in open_house.runner.read(members_on, today(open_house.moments[0], ZONE))
    assert ("Admit them as a member" in seen) is not is_member
    assert steward.get("/steward/people/hld_nobody").status_code == 404


@pytest.mark.parametrize("path", PAGES)
def test_no_page_tells_what_one_provider_delivers_or_how_they_vote(steward: Browser, path: str) -> None:
    seen = steward.see(path).lower()
    for word in ("credited", "threshold", "sessions a week", "supply", "fungible", "utilization", "productivity"):
        assert word not in seen


def test_a_form_from_elsewhere_adds_nobody(open_house: Site, steward: Browser) -> None:
    form: dict[str, str | list[str]] = {"name": "Mallory", "kind": "W2", "shown_as": "staff", "on": "2026-01-05"}
    answer = steward.post("/steward/people", form, origin={"Origin": "http://elsewhere.test", "Host": "vestry.test"})
    assert answer.status_code == 403
    assert "Mallory" not in open_house.runner.read(vault.names).values()


def test_the_runway_names_its_pace_and_admits_when_there_is_none() -> None:
    en = words("en")
    assert "about 6 months" in runway(500, 1_000, 0, make.NOW.date(), en)
    assert "(1,000)" in runway(500, 1_000, 0, make.NOW.date(), en)
    assert "about one month" in runway(1, 1_000, 0, make.NOW.date(), en)
    assert "no pace is known" in runway(500, 0, 0, make.NOW.date(), en)
    assert "Nothing is left" in runway(0, 1_000, 0, make.NOW.date(), en)


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=6))
def test_a_bar_is_always_as_long_as_all_its_parts(units: list[int]) -> None:
    drawn = str(bar("Pool", [Part("Part", one, str(one), "f1") for one in units]))
    if not sum(units):
        assert drawn == ""
        return
    lengths = [int(piece.split('"')[0]) for piece in drawn.split(' width="')[1:]]
    assert sum(lengths) == 740
