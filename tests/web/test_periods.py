"""Months: finance asks, the board closes, and what is refused stands on the page with what was written."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from app.people.roles import Role
from ledger.reading import every
from ledger.sessions import months
from ledger.sessions.deliveries import ImportOrder, keep_import
from ledger.sessions.records import CloseRequest
from tests import make
from tests.web.acting import acting, founded
from tests.web.browser import Browser, Site, title_of, words_of

MONTH = "2026-01"
AFTER = datetime(2026, 2, 5, 15, tzinfo=UTC)
ELSEWHERE = {"Origin": "http://evil.test", "Host": "vestry.test"}


@pytest.fixture
def finance(site: Site) -> Browser:
    """Somebody from finance, on the fifth of February."""
    site.runner.run(founded)
    site.turn_to(AFTER)
    return acting(site, Role.FINANCE)


def requests(db: Session) -> list[str]:
    return [one.id for one in every(db, CloseRequest)]


def test_a_month_is_asked_for_by_one_and_closed_by_another(site: Site, finance: Browser) -> None:
    board = acting(site, Role.BOARD)
    assert "Finance has not asked to close it yet." in board.see(f"/periods/{MONTH}")
    to = finance.send(f"/periods/{MONTH}/close-requests", form_key="k1")
    assert "Somebody from finance asks for it to be closed" in finance.see(to)
    [request] = site.runner.read(requests)
    for _ in range(2):
        assert board.send(f"/periods/{MONTH}/close", request=request, form_key="k2") == f"/periods/{MONTH}"
    done = site.runner.read(months.close_of, MONTH)
    assert done is not None
    assert done.requester != done.approver
    seen = finance.see(f"/periods/{MONTH}")
    assert "Closed: Somebody from finance asked, Somebody from board closed it." in seen


def test_a_month_that_is_not_over_can_not_be_closed(site: Site, finance: Browser) -> None:
    assert "It can be closed from 2 Mar 2026 on." in finance.see("/periods/2026-02")
    refused = finance.post("/periods/2026-02/close-requests", {"form_key": "k1"})
    assert (refused.status_code, title_of(refused).startswith("Error:")) == (409, True)
    assert "close it after that" in words_of(refused)


def test_the_board_closes_what_it_has_read_and_not_what_was_asked_since(site: Site, finance: Browser) -> None:
    board = acting(site, Role.BOARD)
    finance.send(f"/periods/{MONTH}/close-requests", form_key="k1")
    [first] = site.runner.read(requests)
    finance.send(f"/periods/{MONTH}/close-requests", form_key="k2")
    stale = board.post(f"/periods/{MONTH}/close", {"request": first, "form_key": "k3"})
    assert stale.status_code == 422
    assert "Somebody asked anew since you opened this page." in words_of(stale)
    assert site.runner.read(months.close_of, MONTH) is None


def test_what_is_no_number_is_told_and_kept(finance: Browser) -> None:
    refused = finance.post(f"/periods/{MONTH}/close-requests", {"holdback": "many", "form_key": "k1"})
    assert refused.status_code == 422
    assert "Write the minutes as a whole number" in words_of(refused)


def test_each_does_only_their_own_half_and_only_from_our_own_pages(site: Site, finance: Browser) -> None:
    board = acting(site, Role.BOARD)
    assert board.post(f"/periods/{MONTH}/close-requests", {}).status_code == 404
    assert finance.post(f"/periods/{MONTH}/close", {}).status_code == 404
    assert finance.post(f"/periods/{MONTH}/close-requests", {}, origin=ELSEWHERE).status_code == 403
    assert site.runner.read(requests) == []


@pytest.mark.parametrize("month", ["2026-13", "soon", "2026-1", "٢٠٢٦-01"])
def test_there_is_no_month_of_another_name(finance: Browser, month: str) -> None:
    assert finance.get(f"/periods/{month}").status_code == 404
    assert finance.post(f"/periods/{month}/close-requests", {}).status_code == 404


def test_months_are_listed_from_the_first_import_on(site: Site, finance: Browser) -> None:
    assert "No sessions have been handed in yet." in finance.see("/periods")
    ready = ImportOrder("test", "0" * 64, {}, {"rows_read": 0}, 0)
    site.runner.run(lambda db: keep_import(db, make.act(), ready, [], on=date(2025, 12, 18)))
    seen = finance.see("/periods")
    assert "Dec 2025" in seen
    assert "Can be closed" in seen
    assert "Still running" in seen
    assert "Nov 2025" not in seen
