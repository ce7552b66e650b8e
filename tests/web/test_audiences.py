"""Every route and every role: who is let in and who is not is as each page declares, and private is private."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app import voting
from app.people import accounts
from app.people.roles import Role
from app.secret import by_hand, record_file
from app.web import pages
from app.web.site import Anybody, Own, PageRoute, Signed
from governance.proposals import Content
from governance.records import ProposalKind
from ledger.equity.values import Security
from ledger.reading import every
from ledger.types import Act
from tests.web.acting import acting, sample_site
from tests.web.browser import Browser, Site, words_of
from tests.web.officers import BOARD, PROVIDER

ROUTES = [route for module in pages.AUDIENCES for route in module.pages.routes if isinstance(route, PageRoute)]
NOBODY, HOLDER = "nobody", "a holder without a role"
KEPT_OUT = "There is nothing at this address"
VISITORS = (NOBODY, HOLDER, *Role)


@pytest.fixture(scope="module")
def place(sample_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with sample_site(sample_file, tmp_path_factory.mktemp("audiences")) as site:
        yield site


@pytest.fixture(scope="module")
def browsers(place: Site) -> dict[str, Browser]:
    """A browser of each: those who act in a role hold nothing."""
    found = {NOBODY: place.browser(), HOLDER: place.browser(PROVIDER)}
    return found | {role: acting(place, role) for role in Role}


def is_meant_for(route: PageRoute, visitor: str) -> bool:
    """Return whether a page is meant for a visitor; the rule, said once more in other words."""
    if route.audience is Anybody:
        return True
    if visitor == NOBODY:
        return False
    if route.audience is Signed:
        return True
    if route.audience is Own:
        return visitor == HOLDER
    wanted = route.audience if isinstance(route.audience, tuple) else (route.audience,)
    return visitor in wanted


def method_of(route: PageRoute) -> str:
    return "POST" if "POST" in (route.methods or ()) else "GET"


def asked_for(route: PageRoute) -> str:
    """Return the address of a page about nothing in particular, or, where it is refused anyhow, about a person."""
    return re.sub(r"\{\w+\}", "nothing", route.path.replace("{holder}", BOARD))


def test_every_route_says_whom_it_is_for() -> None:
    plain = [route for module in pages.AUDIENCES for route in module.pages.routes if not isinstance(route, PageRoute)]
    assert [route.path for route in plain] == ["/static/{name}"]
    assert len({(method_of(route), route.path) for route in ROUTES}) == len(ROUTES) > 100


@pytest.mark.parametrize("visitor", VISITORS, ids=str)
def test_whom_a_page_is_not_meant_for_is_kept_out(visitor: str, browsers: dict[str, Browser]) -> None:
    browser, wrong = browsers[visitor], []
    for route in ROUTES:
        if is_meant_for(route, visitor):
            continue
        path = asked_for(route)
        answer = browser.get(path) if method_of(route) == "GET" else browser.post(path, {"form_key": "k"})
        if visitor == NOBODY:
            is_kept_out = (answer.status_code, answer.headers.get("location")) == (303, f"/sign-in?next={path}")
        else:
            is_kept_out = answer.status_code == 404 and KEPT_OUT in answer.text
        if not is_kept_out:
            wrong.append((method_of(route), path, answer.status_code))
    assert wrong == []


@pytest.mark.parametrize("visitor", VISITORS, ids=str)
def test_whom_a_page_is_meant_for_is_let_in(visitor: str, browsers: dict[str, Browser]) -> None:
    browser, wrong = browsers[visitor], []
    for route in ROUTES:
        if method_of(route) == "GET" and "{" not in route.path and is_meant_for(route, visitor):
            answer = browser.get(route.path)
            is_let_in = answer.status_code == 200 or (
                answer.status_code == 303 and not answer.headers["location"].startswith("/sign-in")
            )
            # what some pages are about is asked for in the address, or set up by an operator
            if not is_let_in and (answer.status_code not in {403, 404, 422} or route.path in MENUED):
                wrong.append((route.path, answer.status_code))
    assert wrong == []


BY_HAND, RECORD = "/decisions/nothing/pass/by-hand", "/decisions/nothing/record.zip"
OF_SECRET_VOTES = [("GET", BY_HAND), ("POST", BY_HAND), ("GET", RECORD)]
"""Addresses beside the pages, for holders as ``Own`` pages are."""


def test_the_addresses_of_secret_votes_are_named_here() -> None:
    found = [(method, route.path) for route in (*by_hand.ROUTES, *record_file.ROUTES) for method in route.methods or ()]
    named = [(method, path.replace("nothing", "{proposal}")) for method, path in OF_SECRET_VOTES]
    assert {one for one in found if one[0] != "HEAD"} == set(named)


@pytest.mark.parametrize("visitor", VISITORS, ids=str)
def test_passes_and_records_of_secret_votes_are_for_holders(visitor: str, browsers: dict[str, Browser]) -> None:
    browser = browsers[visitor]
    for method, path in OF_SECRET_VOTES:
        answer = browser.get(path) if method == "GET" else browser.post(path, {"request": "{}"})
        if visitor == NOBODY:
            assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={path}")
        else:
            assert (method, path, answer.status_code) == (method, path, 404)
            assert KEPT_OUT in answer.text
    unsigned = browser.post(f"/polls/{'0' * 64}/pass", {}, {"Origin": "http://elsewhere.test"})
    assert unsigned.status_code == 403
    assert browser.post(f"/polls/{'0' * 64}/pass", {}).status_code in ({404, 422} if visitor == HOLDER else {404})


MENUED = {"/", "/settings", "/roles", "/help", "/equity", "/sessions", "/decisions", "/admin", "/steward", "/board"}
MENUED |= {"/finance", "/audit", "/start", "/periods"}


def test_what_is_somebody_elses_is_not_there(place: Site) -> None:
    def private(db: Session) -> list[str]:
        [theirs, *_] = every(db, Security, holder=BOARD)
        act = Act(BOARD, "role:member", place.moments[0])
        said = Content("A draft of my own", "Not to be read yet.")
        draft = voting.put_forward(db, act, ProposalKind.ADVISORY, said, author=BOARD, board_ref="board:2026-01")
        return [f"/equity/{theirs.id}", f"/decisions/drafts/{draft.id}", f"/decisions/{draft.id}"]

    paths = place.runner.run(private)
    owner, other = place.browser(BOARD), place.browser(PROVIDER)
    assert [owner.get(path).status_code for path in paths[:2]] == [200, 200]
    assert [(path, other.get(path).status_code) for path in paths] == [(path, 404) for path in paths]
    for path in paths[:2]:
        assert KEPT_OUT in words_of(other.get(path))


def test_an_account_that_has_ended_is_nobody(place: Site) -> None:
    browser = acting(place, Role.COUNCIL, holder="hld_provider_040")
    account = place.runner.read(accounts.account_of_holder, "hld_provider_040")
    assert account is not None
    place.runner.run(accounts.end_account, place.act(), account.id)
    assert browser.get("/settings").headers["location"] == "/sign-in?next=/settings"
