"""From the draft to the rule that counts: wanted, answered, announced, passed, objected to, and read as our rule."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app import voting
from app.people.roles import Role
from governance import comments, petitions, proposals
from governance.lifecycle import State
from governance.records import Petition
from ledger.members import MemberClass
from ledger.reading import every
from ledger.types import Act
from tests import make
from tests.web.acting import acting
from tests.web.browser import Browser, Site, title_of, words_of
from tests.web.test_proposing import FORM, drafted, fields_of, founded

DAY = timedelta(days=1)


def cooperative(db: Session) -> list[str]:
    """Twelve members, two of whom are stewards: two make an idea go on, and two signatures a vote."""
    found = founded(db, 10)
    return found + [make.member(db, MemberClass.STEWARD) for _ in range(2)]


def state_of(site: Site, proposal: str) -> State:
    """Where a proposal stands now."""
    return site.runner.read(voting.state_now, proposal, site.moments[0])


def shown(site: Site, author: str) -> str:
    """A proposal to set the fee to 11 %, shown to everybody; its id."""
    id = drafted(site, author)
    site.browser(author).send(f"/decisions/drafts/{id}/publish")
    return id


def ready(site: Site, people: list[str]) -> str:
    """A proposal that enough want and to which the board has said nothing in time."""
    id = shown(site, people[0])
    for one in people[1:3]:
        site.browser(one).send(f"/decisions/{id}/interest")
    site.turn_to(site.moments[0] + 38 * DAY)
    return id


def carried_on(site: Site) -> None:
    """What is due is done, as the worker does it."""
    voting.carry_on_all(site.runner.run, Act("system", "role:system", site.moments[0]))


def announced(site: Site, browser: Browser, id: str) -> None:
    """The vote is announced for the dates that stand in the form."""
    page = browser.get(f"/decisions/{id}/announce")
    dates = _dates(page.text)
    looked = browser.post(f"/decisions/{id}/announce/check", dates)
    assert looked.status_code == 200, words_of(looked)[:600]
    browser.send(f"/decisions/{id}/announce", **fields_of(looked.text))


def _dates(page: str) -> dict[str, str | list[str]]:
    found: dict[str, str | list[str]] = {}
    for name in ("record_date", "opens", "closes"):
        found[name] = page.partition(f'name="{name}"')[2].partition('value="')[2].partition('"')[0]
    return found


def test_a_fee_that_members_want_becomes_their_rule(site: Site) -> None:
    people = site.runner.run(cooperative)
    ana, ben, cay, *rest = people
    id = shown(site, ana)
    path = f"/decisions/{id}"
    for one, told in ((ben, "1 members want it; 2 are needed."), (cay, "Enough members want it decided.")):
        browser = site.browser(one)
        assert "I want this, too" in browser.see(path)
        browser.send(f"{path}/interest")
        assert told in browser.see(path)
    assert site.browser(rest[0]).post(f"{path}/interest", {}).status_code == 409
    site.turn_to(site.moments[0] + 8 * DAY)
    assert state_of(site, id) is State.REVIEW
    board = acting(site, Role.BOARD, holder=people[-1])
    assert "Platform: from 12.5 % per payment to 11 % per payment." in board.see(f"/board/proposals/{id}")
    board.send(f"/board/proposals/{id}/answer", recommendation="AGAINST", reasons="It also pays for the reserve.")
    author = site.browser(ana)
    assert "Announce the vote" in author.see(path)
    announced(site, author, id)
    notice = site.runner.read(proposals.notice, id)
    assert notice is not None
    assert "The vote is announced." in author.see(path)
    site.turn_to(datetime.fromtimestamp(notice.opens_at / 1_000_000, site.moments[0].tzinfo) + timedelta(hours=1))
    for one in people[:9]:
        site.browser(one).send(f"{path}/ballot", choice="yes")
    site.turn_to(datetime.fromtimestamp(notice.closes_at / 1_000_000, site.moments[0].tzinfo))
    carried_on(site)
    against = site.browser(rest[0])
    assert "objections" in against.see(path).lower() or "Object" in against.see(path)
    assert title_of(against.post(f"{path}/objection", {"reason": " "})).startswith("Error:")
    against.send(f"{path}/objection", reason="The reserve is empty.")
    assert "You object." in against.see(path)
    against.send(f"{path}/objection/withdraw")
    site.turn_to(site.moments[0] + 70 * DAY)
    carried_on(site)
    author = site.browser(ana)
    rules = author.get("/rules")
    assert "11 % per payment" in words_of(rules)
    assert f'<a href="{path}">Set the platform fee to 11 %</a>' in rules.text
    history = author.see("/rules/fees")
    assert "from 12.5 % per payment to 11 % per payment" in history
    assert "Set by the founders, before anybody was a member." in history
    assert 'value="11"' in author.get("/decisions/new/fees?about=fees").text


def test_an_idea_is_wanted_and_no_longer_wanted(site: Site) -> None:
    ana, ben, *_ = site.runner.run(cooperative)
    id, browser = shown(site, ana), site.browser(ben)
    browser.send(f"/decisions/{id}/interest")
    browser.send(f"/decisions/{id}/interest/withdraw")
    assert "0 members want it; 2 are needed." in browser.see(f"/decisions/{id}")
    assert browser.post(f"/decisions/{id}/interest/withdraw", {}).status_code == 409


def test_dates_are_looked_at_before_a_vote_is_announced(site: Site) -> None:
    people = site.runner.run(cooperative)
    id = ready(site, people)
    author, path = site.browser(people[0]), f"/decisions/{id}/announce"
    assert site.browser(people[1]).get(path).status_code == 404
    dates = _dates(author.get(path).text)
    clean = author.post(f"{path}/check", dates)
    assert "Before you announce it" not in clean.text
    closes = datetime.fromisoformat(str(dates["closes"]))
    saturday = closes + (5 - closes.weekday()) * DAY
    late = author.post(f"{path}/check", dates | {"closes": f"{saturday.replace(hour=22):%Y-%m-%dT%H:%M}"})
    assert "It closes on a weekend." in words_of(late)
    assert "outside working hours" in words_of(late)
    assert state_of(site, id) is State.READY
    early = author.post(f"{path}/check", dates | {"opens": f"{site.moments[0]:%Y-%m-%d}T09:00"})
    assert (early.status_code, "This needs 30 days of notice" in words_of(early)) == (422, True)
    odd = author.post(f"{path}/check", dates | {"opens": "soon"})
    assert (odd.status_code, 'value="soon"' in odd.text, 'href="#f-opens"' in odd.text) == (422, True, True)
    author.send(path, **dates)
    assert state_of(site, id) is State.NOTICE
    changed = author.post(f"/decisions/{id}/edit/check", FORM | {"fee-0-percent": "10"})
    assert "A vote that is announced is called off by it" in words_of(changed)


def test_a_petition_tells_nobody_who_signed_nor_how_many_before_it_is_over(site: Site) -> None:
    people = site.runner.run(cooperative)
    id = shown(site, people[0])
    to = site.browser(people[1]).send(f"/decisions/{id}/petition")
    [petition] = site.runner.read(every, Petition)
    assert to == f"/petitions/{petition.id}"
    ben, cay = site.browser(people[1]), site.browser(people[2])
    ben.send(f"{to}/sign")
    ben.send(f"{to}/sign")
    mine = site.runner.read(petitions.signature, petition.id, people[1])
    assert mine.salt in ben.see(to)
    teller = acting(site, Role.TELLER, holder=people[-1])
    steward = acting(site, Role.STEWARD, holder=people[-2])
    for page in (cay.see(to), cay.see("/petitions"), cay.see(f"/decisions/{id}"), teller.see("/teller")):
        assert mine.seal not in page
        assert "1 signed" not in page
    assert teller.see(f"/teller/petitions/{petition.id}").count("It is not over, so nothing of it is shown.") == 1
    assert steward.get("/teller").status_code == 404
    cay.send(f"{to}/sign")
    assert state_of(site, id) is State.NOTICE
    assert "2 signed; 2 were needed." in cay.see(to)
    assert "you were counted" in cay.see(to)
    assert "It fits: 2 signatures, 2 seals" in teller.see(f"/teller/petitions/{petition.id}")
    late = site.browser(people[3]).post(f"{to}/sign", {})
    assert (late.status_code, "can't be signed any more" in words_of(late)) == (409, True)
    stranger = site.runner.run(make.holder).id
    assert site.browser(stranger).post(f"{to}/sign", {}).status_code in {403, 409}


def test_members_talk_and_what_is_taken_back_leaves_a_trace(site: Site) -> None:
    people = site.runner.run(cooperative)
    id, path = shown(site, people[0]), ""
    path = f"/decisions/{id}"
    ben, cay = site.browser(people[1]), site.browser(people[2])
    ben.send(f"{path}/comments", words="What becomes of the reserve?")
    [said] = [one.comment for one in site.runner.read(comments.remarks, id)]
    cay.send(f"{path}/comments", words="It stays.", parent=said.id)
    assert "In answer to this comment" in cay.see(path)
    assert cay.get(f"{path}/comments/{said.id}/take-back").status_code == 404
    assert cay.post(f"{path}/comments/{said.id}/take-back", {}).status_code == 404
    assert cay.get(f"{path}/comments/{said.id}/moderate").status_code == 404
    ben.send(f"{path}/comments/{said.id}/take-back")
    seen = cay.see(path)
    assert "What becomes of the reserve?" not in seen
    assert "Its author took it back." in seen
    board = acting(site, Role.BOARD, holder=people[-1])
    answer = site.runner.read(comments.remarks, id)[1].comment.id
    for what, told in (("hide", "Hidden by a moderator: Too loud."), ("show", "is shown again: Too loud.")):
        board.send(f"{path}/comments/{answer}/moderate", what=what, reason="Too loud.")
        assert told in cay.see(path)
    assert board.post(f"{path}/comments/{answer}/moderate", {"what": "burn", "reason": "x"}).status_code == 422


def test_a_member_with_an_interest_of_their_own_says_so_and_stands_aside(site: Site) -> None:
    people = site.runner.run(cooperative)
    id = shown(site, people[0])
    browser = site.browser(people[1])
    wrong = browser.post(f"/decisions/{id}/interests", {"statement": "I own a part of it."})
    assert (wrong.status_code, "I own a part of it." in wrong.text) == (422, True)
    browser.send(f"/decisions/{id}/interests", statement="I own a part of it.", recused="yes")
    assert "Does not vote on this" in site.browser(people[2]).see(f"/decisions/{id}")
    assert "Declare an interest" not in browser.see(f"/decisions/{id}")


def test_a_member_stands_for_election_and_stands_down_for_good(site: Site) -> None:
    people = site.runner.run(cooperative)
    board = acting(site, Role.BOARD, holder=people[-1])
    page = board.get("/decisions/new/election")
    seat = page.text.partition('name="seats" value="')[2].partition('"')[0]
    form = {"title": "Elect a director", "heading-0": "What?", "say-0": "One seat.", "board_ref": "board:2026-03"}
    to = board.send("/decisions/new/election", seats=seat, **form)
    id = board.send(f"{to}/publish").rpartition("/")[2]
    browser = site.browser(people[1])
    assert "Stand for election" in browser.see(f"/decisions/{id}")
    assert browser.post(f"/decisions/{id}/stand", {"statement": ""}).status_code == 422
    browser.send(f"/decisions/{id}/stand", statement="I have run a practice of six. 👍")
    assert "I have run a practice of six. 👍" in site.browser(people[2]).see(f"/decisions/{id}")
    browser.send(f"/decisions/{id}/stand-down")
    assert "Nobody stands yet." in browser.see(f"/decisions/{id}")
    assert browser.post(f"/decisions/{id}/stand", {"statement": "Again"}).status_code == 409
    assert "Elect a director" in acting(site, Role.STEWARD, holder=people[-2]).see("/steward/decisions")


def test_a_steward_sees_what_waits_but_no_draft_of_somebody_else(site: Site) -> None:
    people = site.runner.run(cooperative)
    steward = acting(site, Role.STEWARD, holder=people[-2])
    id = drafted(site, people[0])
    assert "Set the platform fee" not in steward.see("/steward/decisions")
    site.browser(people[0]).send(f"/decisions/drafts/{id}/publish")
    seen = steward.see("/steward/decisions")
    assert "Set the platform fee" in seen
    assert "0 members want it; 2 are needed." in seen
    assert site.browser(people[0]).get("/steward/decisions").status_code == 404


@pytest.mark.parametrize("path", ["/decisions/new", "/decisions/mine", "/petitions", "/rules", "/rules/decisions"])
def test_whoever_is_not_signed_in_is_led_to_the_door(path: str, site: Site) -> None:
    site.runner.run(cooperative)
    assert site.browser().get(path).headers["location"].startswith("/sign-in")
