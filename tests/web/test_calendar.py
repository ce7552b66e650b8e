"""The calendar feed: parsed back, its moments in UTC, its secret revocable, nothing in it that is nobody's business."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar, Component
from sqlalchemy.orm import Session

from app import voting
from app.people import accounts, preferences
from app.reports.calendar import Happening, feed
from governance import proposals
from governance.notices import Dates
from governance.proposals import Content
from governance.records import ProposalKind
from ledger.equity.values import Holder, Plan
from ledger.reading import every, find
from ledger.types import Act
from tests import make
from tests.web.browser import Browser, Site

TITLE = "Should the help desk answer on Sundays, and on all the holidays that some of us keep and others do not?"
ANNOUNCED = datetime(2026, 3, 2, 16, tzinfo=UTC)


@pytest.fixture
def member(site: Site) -> str:
    def deed(db: Session) -> str:
        make.company(db)
        make.plan(db)
        return make.member(db)

    return site.runner.run(deed)


def address(browser: Browser) -> str:
    """Make a link and return where it leads."""
    page = browser.post("/settings/calendar", {})
    found = re.search(r'value="http://[^"/]+(/calendar/[\w-]+\.ics)"', page.text)
    assert found is not None, page.text
    return found[1]


def events(browser: Browser, path: str) -> dict[str, Component]:
    """Fetch a feed as a program does that is not signed in, check its form, and return its events."""
    answer = browser.site.browser().get(path)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "private, max-age=3600"
    for line in answer.content.split(b"\r\n"):
        assert len(line) <= 75
        assert b"\n" not in line
    read = Calendar.from_ical(answer.content)
    assert str(read["X-WR-CALNAME"]) == "Lanternleaf Care Cooperative"
    return {str(one["UID"]): one for one in read.walk("VEVENT")}


def moment_of(event: Component, name: str) -> Any:  # noqa: ANN401 - a moment or a day
    """Return a moment or a day of an event."""
    return event.decoded(name)


def number_of(event: Component) -> int:
    """Return how often an event has changed."""
    return int(str(event["SEQUENCE"]))


def announced(db: Session, /, author: str, day: int, proposal: str | None = None) -> str:
    act = Act(author, "role:member", ANNOUNCED)
    said = Content(TITLE, f"Some of us see clients then, from the {day}th on.")
    if proposal is None:
        made = voting.put_forward(db, act, ProposalKind.ADVISORY, said, author=author, board_ref="board:2026-01")
        rules = voting.rules_today(db, made.id, ANNOUNCED)
        proposals.publish(db, act, made.id, author=author, rules=rules, on=ANNOUNCED.date())
        proposal = made.id
    else:
        voting.amend(db, act, proposal, said, author=author)
    opens, closes = datetime(2026, 3, day, 9), datetime(2026, 3, day + 7, 18)
    voting.announce(db, act, proposal, Dates(date(2026, 3, 4), opens, closes, "America/New_York"))
    return proposal


def test_votes_stand_in_it_in_utc_and_a_change_is_the_same_event_with_a_higher_number(site: Site, member: str) -> None:
    browser = site.browser(member)
    vote = site.runner.run(announced, member, 10)
    path = address(browser)
    before = events(browser, path)
    opens, closes = before[f"vote-{vote}-opens@vestry"], before[f"vote-{vote}-closes@vestry"]
    # nine in the morning in New York, where the clocks went forward two days before
    assert moment_of(opens, "DTSTART") == datetime(2026, 3, 10, 13, tzinfo=UTC)
    assert moment_of(closes, "DTSTART") == datetime(2026, 3, 17, 22, tzinfo=UTC)
    assert str(closes["SUMMARY"]) == f"Last moment to vote: {TITLE}"
    assert str(closes["URL"]).endswith(f"/decisions/{vote}")
    assert events(browser, path) == before
    site.runner.run(announced, member, 12, vote)
    after = events(browser, path)
    assert after.keys() == before.keys()
    moved = after[f"vote-{vote}-opens@vestry"]
    assert moment_of(moved, "DTSTART") == datetime(2026, 3, 12, 13, tzinfo=UTC)
    assert number_of(moved) > number_of(opens)
    act = Act(member, "role:member", ANNOUNCED)
    rules = site.runner.read(voting.rules_today, vote, ANNOUNCED)
    day = ANNOUNCED.date()
    site.runner.run(proposals.withdraw, act, vote, author=member, reason="Not now.", rules=rules, on=day)
    off = events(browser, path)[f"vote-{vote}-opens@vestry"]
    assert (str(off["STATUS"]), number_of(off) > number_of(moved)) == ("CANCELLED", True)


def test_days_on_which_something_vests_have_no_hour_and_no_units(site: Site, member: str) -> None:
    def deed(db: Session) -> str:
        [plan] = every(db, Plan)
        return make.grant(db, plan, find(db, Holder, member), label="ES-77").security.id

    grant = site.runner.run(deed)
    browser = site.browser(member)
    path = address(browser)
    found = [one for uid, one in events(browser, path).items() if uid.startswith(f"vest-{grant}-")]
    days = sorted(moment_of(one, "DTSTART") for one in found)
    assert days[:4] == [date(2025, 12, 15), date(2026, 1, 15), date(2026, 2, 15), date(2026, 3, 15)]
    assert all(type(day) is date for day in days)
    assert {str(one["SUMMARY"]) for one in found} == {"Part of the grant ES-77 becomes yours"}
    text = site.browser().get(path).text
    assert not re.search(r"\b(4800|4,800|100|2,?500)\b", text.replace("\r\n ", ""))
    account = site.runner.read(accounts.account_of_holder, member)
    assert account is not None
    site.runner.run(preferences.choose_language, account.id, "es")
    assert "Una parte de la concesión ES-77" in site.browser().get(path).text.replace("\r\n ", "")


def test_a_new_link_stops_the_old_one_and_nobody_elses_days_are_in_it(site: Site, member: str) -> None:
    browser = site.browser(member)
    first = address(browser)
    second = address(browser)
    assert site.browser().get(first).status_code == 404
    assert site.browser().get(second).status_code == 200
    assert second not in browser.get("/settings/calendar").text
    assert browser.send("/settings/calendar/stop") == "/settings/calendar"
    assert site.browser().get(second).status_code == 404
    assert "no link yet" in browser.see("/settings/calendar")
    third = address(browser)
    account = site.runner.read(accounts.account_of_holder, member)
    assert account is not None
    site.runner.run(accounts.end_account, site.act(), account.id)
    assert site.browser().get(third).status_code == 404


def test_long_titles_fold_by_bytes_and_come_back_whole() -> None:
    title = "Votación: ¿días libres? \U0001f333 " * 12 + "a,b;c\\d\ne"
    moment = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # a time that clocks in Europe show twice
    one = Happening("a@vestry", moment, title, "https://vestry.test/", 2, moment)
    other = replace(one, uid="b@vestry", at=date(2026, 3, 29))
    made = feed("Casa «Ñandú»", [one, other])
    assert all(len(line) <= 75 for line in made.split(b"\r\n"))
    read = Calendar.from_ical(made)
    first, second = read.walk("VEVENT")
    assert (str(first["SUMMARY"]), moment_of(first, "DTSTART"), number_of(first)) == (title, moment, 2)
    assert moment_of(second, "DTEND") - moment_of(second, "DTSTART") == timedelta(days=1)
    assert made == feed("Casa «Ñandú»", [one, other])
