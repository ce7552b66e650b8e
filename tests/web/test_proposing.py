"""Putting something forward: every beginning, the draft, its versions, what is refused, and who sees what."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.people.roles import Role
from app.policy_values import checked
from app.web.starts import Start
from governance import policies, proposals, seats
from governance.policies import Setting
from governance.records import ProposalKind, Version
from ledger.equity.values import Plan
from ledger.reading import every
from ledger.sessions.values import Category
from tests import make
from tests.web.browser import Site, title_of, words_of
from tests.web.officers import BOARD, STEWARD, officer

PROVIDER = "hld_provider_012"
Filled = dict[str, str | list[str]]
FEES: dict[str, Any] = {"fees": [{"name": "Platform", "percent": "12.5", "per": "payment"}]}
FORM: Filled = {
    "title": "Set the platform fee to 11 %",
    "heading-0": "What changes?",
    "say-0": "The fee is lower.",
    "heading-1": "Why?",
    "say-1": "Eleven per cent cover it.",
    "rows": "3",
    "fee-0-name": "Platform",
    "fee-0-percent": "11",
    "fee-0-per": "payment",
    "fee-1-name": "",
    "fee-1-per": "payment",
}


def founded(db: Session, members: int = 3) -> list[str]:
    """A cooperative with a fee that its founders set, a seat on the board, and members."""
    make.company(db)
    for key, value in (("fees", FEES), ("bylaws", {"title": "Bylaws", "text": "One member, one vote."})):
        setting = Setting(key, checked(key, value), date(2026, 1, 1))
        policies.set_first(db, make.act(), setting, on=date(2026, 1, 1), has_members=False)
    seats.create_seat(
        db, make.act(), "Seat 1", reserved_for=None, term_months=24, on=date(2026, 1, 1), has_members=False
    )
    return [make.member(db) for _ in range(members)]


def fields_of(page: str) -> Filled:
    """What stands in the hidden fields of a page's last form with a key."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in found if name != "next"}


def drafted(site: Site, author: str, form: Filled | None = None, start: Start = Start.FEES) -> str:
    """A draft of somebody's, by the form; its id."""
    to = site.browser(author).send(f"/decisions/new/{start.value}", **(form or FORM))
    return to.rpartition("/")[2]


def newest(site: Site, proposal: str) -> Version:
    """What a proposal says now."""
    return site.runner.read(proposals.version, proposal)


def test_a_member_writes_looks_and_saves_a_draft_that_nobody_else_sees(site: Site) -> None:
    ana, ben, _ = site.runner.run(founded)
    browser = site.browser(ana)
    assert "Change a fee" in browser.see("/decisions/new")
    first = browser.get("/decisions/new/fees").text
    assert "Now: 12.5 % per payment" in first
    assert 'value="12.5"' in first
    looked = browser.post("/decisions/new/fees/check", FORM | fields_of(first))
    told = words_of(looked)
    assert "Platform: from 12.5 % per payment to 11 % per payment." in told
    assert "This is what happens if it passes" in told
    assert site.runner.read(proposals.proposals) == []
    to = browser.send("/decisions/new/fees", **fields_of(looked.text))
    [made] = site.runner.read(proposals.proposals)
    assert to == f"/decisions/drafts/{made.id}"
    assert newest(site, made.id).text == "## What changes?\n\nThe fee is lower.\n\n## Why?\n\nEleven per cent cover it."
    assert newest(site, made.id).motions == [
        {
            "kind": "set_policy",
            "key": "fees",
            "value": {"fees": [{"name": "Platform", "percent": "11", "per": "payment"}]},
            "expected_version": 1,
        }
    ]
    other = site.browser(ben)
    assert [other.get(path).status_code for path in (to, f"/decisions/{made.id}", f"/decisions/{made.id}/edit")] == [
        404
    ] * 3
    assert "Set the platform fee" not in other.see("/decisions")
    assert "Set the platform fee" in browser.see("/decisions/mine")


def test_a_form_that_is_wrong_keeps_what_was_written_and_says_where(site: Site) -> None:
    ana, *_ = site.runner.run(founded)
    browser = site.browser(ana)
    changes: list[tuple[Filled, str]] = [
        ({"fee-0-percent": "twelve"}, "fee-0-percent"),
        ({"fee-0-percent": "101"}, "fee-0-percent"),
        ({"fee-0-name": ""}, "fee-0-name"),
        ({"fee-0-percent": "", "fee-0-amount": "a lot"}, "fee-0-amount"),
        ({"title": " "}, "title"),
        ({"title": "x" * 300}, "title"),
        ({"say-0": ""}, "say-0"),
        ({"say-0": "x" * 20_001}, "say-0"),
    ]
    for changed, field in changes:
        wrong = browser.post("/decisions/new/fees/check", FORM | changed)
        assert (wrong.status_code, title_of(wrong).startswith("Error:"), f'href="#f-{field}"' in wrong.text) == (
            422,
            True,
            True,
        ), field
        assert f'id="f-{field}"' in wrong.text
        assert "Eleven per cent cover it." in wrong.text
    odd = '<b>"مرحبا" 👍</b>'
    page = browser.post("/decisions/new/fees/check", FORM | {"title": odd, "fee-0-name": odd})
    assert page.status_code == 200
    assert odd not in page.text
    assert odd in words_of(page)
    more = browser.post("/decisions/new/fees/details", FORM | {"more": "1"})
    assert 'name="fee-5-name"' in more.text


def test_a_form_that_was_filled_in_upon_something_else_is_refused_with_what_changed(site: Site) -> None:
    ana, *_ = site.runner.run(founded)
    browser = site.browser(ana)
    id = drafted(site, ana)
    opened = fields_of(browser.get(f"/decisions/{id}/edit").text)
    twelve = FORM | {"fee-0-percent": "12", "title": "Set the platform fee to 12 %"}
    browser.send(f"/decisions/{id}/edit", **(twelve | {"seen": opened["seen"]}))
    late = browser.post(f"/decisions/{id}/edit", FORM | {"say-0": "My own words.", "seen": opened["seen"]})
    told = words_of(late)
    assert late.status_code == 409
    assert "it is at version 2 now" in told
    assert "Its title is “Set the platform fee to 12 %” now." in told
    assert "My own words." in late.text
    assert newest(site, id).number == 2
    browser.send(f"/decisions/{id}/edit", **(FORM | {"say-0": "My own words.", "seen": fields_of(late.text)["seen"]}))
    seen = browser.get(f"/decisions/{id}/versions")
    assert "Version 3" in words_of(seen)
    assert "<ins>My own words.</ins>" in seen.text
    assert "<del>The fee is lower.</del>" in seen.text
    assert "The title was changed to “Set the platform fee to 11 %”." in words_of(seen)


def test_the_same_form_sent_twice_makes_one_draft(site: Site) -> None:
    ana, *_ = site.runner.run(founded)
    browser = site.browser(ana)
    first, second = (browser.send("/decisions/new/fees", **(FORM | {"form_key": "1"})) for _ in range(2))
    assert first == second
    assert len(site.runner.read(proposals.proposals)) == 1


SAYS: Filled = {"heading-0": "What changes?", "say-0": "This."}
FILLED: dict[Start, Filled] = {
    Start.RATES: {"rows": "2", "rate-0-code": "90837", "rate-0-amount": "130.00"},
    Start.CEILING_RAISE: {"ceiling_week": "24"},
    Start.CEILING_LOWER: {"ceiling_day": "8", "ceiling_week": "20"},
    Start.SHARING: {"recipient": "Scribe & Co", "purpose": "Notes", "data": "Audio\nNames", "expires_on": "2026-12-31"},
    Start.LAYOFFS: {"waive_cliff": "yes", "extra_months": "6", "notice_days": "60", "handover_days": "10"},
    Start.DOCUMENT: {"doc-title": "No-shows", "doc-text": "Whoever keeps an hour free is paid for it."},
    Start.SURPLUS: {
        "statutory_reserve": "10",
        "prudent_reserve": "1/3",
        "education": "0",
        "alpha": "0",
        "cash_share": "50",
    },
    Start.BYLAWS: {"doc-title": "Bylaws", "doc-text": "One member, one vote.\n\nThe board meets in the open."},
    Start.SEAT: {"seat-name": "Staff seat", "reserved_for": "STAFF", "term_months": "24"},
    Start.ASK: {},
    Start.SALE: {},
    Start.RULE: {
        "about": "FEE_OR_RATE",
        "threshold-0": "2/3",
        "quorum-0": "50",
        "threshold-1": "half",
        "quorum-1": "",
        "notice_days": "30",
        "voting_days": "7",
        "effect_days": "60",
        "objection_days": "7",
        "interest": "5",
        "petition_share": "10",
    },
}
CREDIT: Filled = {
    "ceiling_day": "8",
    "no_show_factor": "0",
    "indirect_minutes_per_hour": "10",
    "council_minutes_per_week": "120",
    "leave_weeks": "12",
    **{f"factor-{one.value}": "100" for one in Category},
}


@pytest.mark.parametrize("start", list(FILLED), ids=str)
def test_every_beginning_leads_to_a_draft_and_back_into_its_form(start: Start, sample: Site) -> None:
    browser = sample.browser(PROVIDER)
    asked = FILLED[start].get("about", "")
    page = browser.get(f"/decisions/new/{start.value}?about={asked}")
    assert page.status_code == 200
    form: Filled = {"title": "Something else"} | SAYS | FILLED[start]
    if start in {Start.CEILING_LOWER, Start.CEILING_RAISE}:
        form = form | CREDIT | FILLED[start]
    looked = browser.post(f"/decisions/new/{start.value}/check", fields_of(page.text) | form)
    assert looked.status_code == 200, words_of(looked)[:900]
    id = browser.send(f"/decisions/new/{start.value}", **fields_of(looked.text)).rpartition("/")[2]
    browser.see(f"/decisions/drafts/{id}")
    again = browser.get(f"/decisions/{id}/edit")
    assert again.status_code == 200
    for name, value in FILLED[start].items():
        if name not in {"rows", "about", "waive_cliff"}:
            assert str(value) in unescape(again.text), (name, value)


def test_members_propose_that_votes_of_a_kind_are_secret(sample: Site) -> None:
    browser = sample.browser(PROVIDER)
    page = browser.get("/decisions/new/rule?about=ADVISORY")
    form = fields_of(page.text) | {"title": "Ask in secret"} | SAYS | FILLED[Start.RULE]
    form |= {"about": "ADVISORY", "method": "majority", "threshold-0": "half", "secret": "secret", "notice_days": "6"}
    hasty = browser.post("/decisions/new/rule/check", form)
    assert (hasty.status_code, "needs 7 days of notice" in words_of(hasty)) == (422, True)
    looked = browser.post("/decisions/new/rule/check", form | {"notice_days": "14"})
    assert "The vote is secret: nobody can find out who voted how." in words_of(looked), words_of(looked)
    assert 'name="secret"' in page.text
    assert 'name="secret"' not in browser.get("/decisions/new/rule?about=FEE_OR_RATE").text


def test_a_steward_begins_what_needs_units_seats_and_drafts(sample: Site) -> None:
    browser = officer(sample, STEWARD, Role.STEWARD)
    assert "Approve a batch of grants" in browser.see("/decisions/new")
    [plan, *_] = [one for one in sample.runner.read(every, Plan) if not one.implied]
    seat = sample.runner.read(seats.seats)[4].id
    forms: list[tuple[Start, Filled]] = [
        (Start.POOL, {"plan": plan.id, "units": "1,000"}),
        (Start.ELECTION, {"seats": seat}),
        (Start.RECALL, {"seat": seat}),
        (Start.PLAN_END, {"plan": plan.id}),
    ]
    for start, form in forms:
        page = browser.get(f"/decisions/new/{start.value}")
        looked = browser.post(
            f"/decisions/new/{start.value}/check", fields_of(page.text) | {"title": "It"} | SAYS | form
        )
        assert looked.status_code == 200, words_of(looked)[:900]
        to = browser.send(f"/decisions/new/{start.value}", **fields_of(looked.text))
        browser.see(to)
        browser.see(f"/decisions/{to.rpartition('/')[2]}/edit")
    assert browser.get("/decisions/new/grants").status_code == 200
    provider = sample.browser(PROVIDER)
    assert "Approve a batch of grants" not in provider.see("/decisions/new")
    assert provider.get("/decisions/new/grants").status_code == 404


def test_a_lower_ceiling_that_is_a_higher_one_is_refused_before_it_is_a_draft(sample: Site) -> None:
    form = {"title": "Lower"} | SAYS | CREDIT | {"ceiling_week": "40"}
    wrong = sample.browser(PROVIDER).post("/decisions/new/lower-ceiling/check", form)
    assert (wrong.status_code, "choose “Raise the caseload ceiling”" in words_of(wrong)) == (422, True)


def test_the_board_proposes_on_a_resolution_and_nobody_else_does(sample: Site) -> None:
    form = {"title": "Rooms?", "board_ref": "board:2026-01"} | SAYS
    assert sample.browser(PROVIDER).post("/decisions/new/ask", form).status_code == 404
    board = officer(sample, BOARD, Role.BOARD)
    to = board.send("/decisions/new/ask", **form)
    id = board.send(f"{to}/publish").rpartition("/")[2]
    made = sample.runner.read(proposals.find, id)
    assert (made.kind, made.board_ref) == (ProposalKind.ADVISORY, "board:2026-01")
    assert "Announce the vote for the board" in board.see(f"/decisions/{id}")


def test_an_author_takes_a_proposal_back_with_a_reason(site: Site) -> None:
    ana, ben, _ = site.runner.run(founded)
    id, browser = drafted(site, ana), site.browser(ana)
    assert site.browser(ben).get(f"/decisions/{id}/withdraw").status_code == 404
    assert browser.post(f"/decisions/{id}/withdraw", {"reason": " "}).status_code == 422
    browser.send(f"/decisions/{id}/withdraw", reason="The payer has changed its mind.")
    assert "Taken back" in browser.see("/decisions/mine")
    assert browser.get(f"/decisions/{id}/edit").status_code == 404
    assert browser.post(f"/decisions/drafts/{id}/publish", {}).status_code == 409


def test_whoever_is_no_member_can_look_but_not_propose(site: Site) -> None:
    site.runner.run(founded)
    stranger = site.browser(site.runner.run(make.holder).id)
    assert "Only members put proposals forward" in stranger.see("/decisions/new")
    refused = stranger.post("/decisions/new/fees", FORM)
    assert (refused.status_code, "Only members put proposals forward" in words_of(refused)) == (403, True)
