"""The journal as a feed: every entry once, by its number, thin, and nothing private in it."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

import app.tables  # noqa: F401 - declares every kind of entry
from app.events.feed import Event, events_after
from app.events.types import MEANINGS, PRIVATE, TYPES, type_of
from app.people.tokens import Scope
from ledger import journal, tables
from ledger.equity.values import Holder
from ledger.kinds import KINDS
from ledger.reading import every
from tests import make
from tests.api.client import Company, problem
from tests.sample import sample_path

OF_THOSE_CONCERNED = {
    "holder.cause_confirmed",
    "holder.cause_overturned",
    "sessions.threshold_set",
    "sessions.leave_taken",
    "sessions.council_served",
    "statement.answered",
    "patronage.consented",
    "layoff.filed",
    "layoff.viewed",
    "layoff.withdrawn",
}


@pytest.fixture(scope="module")
def sample_events(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Event]]:
    """Return the sample cooperative, and all of its events, read in pages of 500."""
    path = sample_path(tmp_path_factory)
    events, last, has_more = [], None, True
    with Session(create_engine(f"sqlite:///{path}")) as db:
        while has_more:
            found = events_after(db, last, limit=500)
            events += found.events
            last, has_more = found.last, found.has_more
    return path, events


def test_each_kind_of_entry_has_a_type_of_event() -> None:
    assert set(TYPES) == set(KINDS)
    assert all(name.replace(".", "").replace("_", "").isalnum() for name in MEANINGS)
    assert {kind for kind, one in TYPES.items() if one.name == PRIVATE} == OF_THOSE_CONCERNED
    assert type_of("kind.of_tomorrow").name == PRIVATE


def test_read_from_the_beginning_it_is_the_whole_journal(sample_events: tuple[Path, list[Event]]) -> None:
    path, events = sample_events
    columns = tables.entry.c
    with Session(create_engine(f"sqlite:///{path}")) as db:
        rows = db.execute(select(columns.n, columns.kind, columns.reverses).order_by(columns.n)).all()
    assert [(one.n, one.type, one.reverses) for one in events] == [(n, TYPES[kind].name, of) for n, kind, of in rows]


def test_an_event_has_the_id_that_its_type_promises(sample_events: tuple[Path, list[Event]]) -> None:
    _, events = sample_events
    promised = {one.name: bool(one.id_of) for one in TYPES.values()}
    assert {(one.type, one.id is not None) for one in events} == {(name, promised[name]) for name in _types(events)}
    assert len(_types(events)) > 40


def _types(events: list[Event]) -> set[str]:
    return {one.type for one in events}


def test_no_ballot_threshold_or_leave_leads_to_a_person(sample_events: tuple[Path, list[Event]]) -> None:
    path, events = sample_events
    with Session(create_engine(f"sqlite:///{path}")) as db:
        holders = {one.id for one in every(db, Holder)}
    named = {one.type for one in events if one.id in holders}
    assert named <= {"holder.added", "holder.identified", "holder.erased"}


def test_it_goes_on_where_the_page_before_ended(company: Company) -> None:
    company.granted()
    steward = company.office.person("usr_ehr", Scope.EVENTS_READ)
    first = steward.told("/events", limit=3)
    assert (len(first["data"]), first["last"], first["has_more"]) == (3, 2, True)
    rest = steward.told("/events", after=2)
    numbers = [one["data"]["entry"] for one in first["data"] + rest["data"]]
    assert numbers == list(range(company.office.runner.read(journal.size)))
    assert steward.told("/events", after=rest["last"]) == {"data": [], "last": rest["last"], "has_more": False}
    text = json.dumps([first, rest])
    assert "Okonkwo" not in text
    assert company.ava["id"] in text


def test_types_can_be_chosen_and_nothing_before_is_looked_at_again(company: Company) -> None:
    grant = company.granted()
    told = company.steward.told("/events", type=["grant.issued", "grant.approved"])
    assert [one["type"] for one in told["data"]] == ["grant.approved", "grant.issued"]
    assert told["data"][1]["data"]["id"] == grant["id"]
    assert told["last"] == company.office.runner.read(journal.size) - 1
    known = {one["type"] for one in company.steward.told("/events/types")["data"]}
    assert known == set(MEANINGS)
    problem(company.steward.get("/events", type="grant.eaten"), 422, "invalid")
    problem(company.steward.get("/events", after="-1"), 422, "invalid")


def test_a_reversal_says_which_entry_counts_no_more(company: Company) -> None:
    company.granted()
    n = company.office.runner.read(lambda db: db.execute(select(func.max(tables.entry.c.n))).scalar_one())
    company.steward.done(f"/entries/{n}/reverse", {"reason": "Typed twice."})
    [told] = company.steward.told("/events", after=n)["data"]
    assert told["type"] == "entry.reversed"
    assert told["data"] == {"id": None, "entry": n + 1, "reverses": n}


def test_who_prefers_to_wait_is_answered_when_something_happens(company: Company) -> None:
    last = company.office.runner.read(journal.size) - 1
    begun = time.monotonic()
    waiting = company.steward.headers | {"Prefer": "wait=1"}
    told = company.steward.http.get("/v1/events", params={"after": last}, headers=waiting).json()
    assert (told["data"], time.monotonic() - begun >= 1) == ([], True)
    timer = threading.Timer(0.3, company.office.runner.run, (make.member,))
    timer.start()
    waiting = company.steward.headers | {"Prefer": "wait=30"}
    told = company.steward.http.get("/v1/events", params={"after": last}, headers=waiting).json()
    assert [one["type"] for one in told["data"]][:1] == ["holder.added"]
    assert time.monotonic() - begun < 20
