"""Where a proposal stands, in words that fit its state: nothing that is over is told as if it were ahead."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy.orm import Session

from app import voting
from governance import effects, proposals
from governance.lifecycle import State
from governance.records import ProposalKind
from governance.rules import default_rules
from governance.tally.methods import Method
from ledger.types import Act, Json, moment_at
from tests import make
from tests.governance import assembly
from tests.governance.hall import CLOSES, OPENS, Hall, at, chamber, late, rules
from tests.web.browser import Site, words_of

LEAVE: Json = {"title": "Parental leave", "text": "Twelve weeks.\n\nPaid in full."}
SET: dict[str, Json] = {"kind": "set_policy", "key": "documents.leave", "value": LEAVE, "expected_version": 0}
HOUR = timedelta(hours=1)


def _announced(site: Site) -> tuple[str, list[str]]:
    def deed(db: Session) -> tuple[str, list[str]]:
        members = assembly.council(db, 12)
        return assembly.announced(db, ProposalKind.BENEFITS, SET, author=members[0]), members

    return site.runner.run(deed)


def _turn_to(site: Site, proposal: str, which: str) -> None:
    announced = site.runner.read(proposals.notice, proposal)
    assert announced is not None
    moments = {
        "open": moment_at(announced.opens_at) + HOUR,
        "closed": moment_at(announced.closes_at) + HOUR,
        "over": moment_at(effects.objections_until(announced)) + timedelta(days=2),
    }
    site.turn_to(moments[which])


def _catch_up(site: Site, proposal: str) -> None:
    act = Act("system", "role:worker", site.moments[0])
    site.runner.run(voting.bring_up_to_date, act, proposal)


def test_the_words_fit_each_state_from_the_notice_to_the_effect(site: Site) -> None:
    proposal, members = _announced(site)
    path = f"/decisions/{proposal}"

    def see() -> str:
        return site.browser(members[0]).see(path)

    seen = see()
    assert "Voting opens" in seen
    assert "What it would change" in seen
    assert "Review my vote" not in seen
    _turn_to(site, proposal, "open")
    seen = see()
    assert "Voting is open until" in seen
    assert "If it passes" in seen
    _catch_up(site, proposal)
    for member in members:
        site.browser(member).send(f"{path}/ballot", choice="yes", seen="0")
    seen = see()
    assert "Members: 12 of 12 have voted" in seen
    assert "told to nobody before the close" in seen
    _turn_to(site, proposal, "closed")
    assert "The votes are being counted" in see()
    _catch_up(site, proposal)
    seen = see()
    assert "It passed. It takes effect on" in seen
    assert "2 of those who could vote object by" in seen
    assert "told to nobody before the close" not in seen
    assert "if it passes" not in seen.lower()
    site.browser(members[0]).send(f"{path}/objection", reason="Too short.")
    assert "One member objects so far; 2 stop it" in see()
    _turn_to(site, proposal, "over")
    _catch_up(site, proposal)
    seen = see()
    assert "has been in effect since" in seen
    assert "What it changed" in seen
    assert "of the record" in seen
    assert "if it passes" not in seen.lower()


def test_enough_objections_stop_it_and_the_page_says_so(site: Site) -> None:
    proposal, members = _announced(site)
    _turn_to(site, proposal, "open")
    _catch_up(site, proposal)
    for member in members:
        site.browser(member).send(f"/decisions/{proposal}/ballot", choice="yes", seen="0")
    _turn_to(site, proposal, "closed")
    _catch_up(site, proposal)
    for member in members[:2]:
        site.browser(member).send(f"/decisions/{proposal}/objection", reason="It is too short.")
    _turn_to(site, proposal, "over")
    _catch_up(site, proposal)
    seen = site.browser(members[0]).see(f"/decisions/{proposal}")
    assert "members stopped it by objecting" in seen
    assert "What it would have changed" in seen


def test_a_draft_is_its_authors_alone(site: Site) -> None:
    def deed(db: Session) -> tuple[str, list[str]]:
        members = assembly.council(db, 2)
        made = voting.put_forward(
            db, make.act(members[0]), ProposalKind.BENEFITS, assembly.content(SET), author=members[0]
        )
        return made.id, members

    proposal, (ana, ben) = site.runner.run(deed)
    assert "a draft that only you see" in site.browser(ana).see(f"/decisions/{proposal}")
    assert site.browser(ben).get(f"/decisions/{proposal}").status_code == 404


def test_what_was_taken_back_says_why(site: Site) -> None:
    proposal, (ana, *_) = _announced(site)

    def withdraw(db: Session) -> None:
        act, of = site.act(ana), default_rules(ProposalKind.BENEFITS)
        proposals.withdraw(db, act, proposal, author=ana, reason="A better one comes.", rules=of, on=make.NOW.date())

    site.runner.run(withdraw)
    seen = site.browser(ana).see(f"/decisions/{proposal}")
    assert "Its author took it back before the vote: A better one comes." in seen
    assert "Voting opens" not in seen


def test_too_few_is_not_valid_and_can_be_put_forward_again_with_the_same_words(site: Site) -> None:
    def deed(db: Session) -> tuple[str, list[str]]:
        make.company(db)
        members = [make.member(db) for _ in range(4)]
        return Hall(db, members[0], rules(Method.MAJORITY, chamber(quorum=Fraction(1, 2)))).announce().id, members

    proposal, (ana, ben, *_) = site.runner.run(deed)
    site.turn_to(at(OPENS + HOUR))
    _catch_up(site, proposal)
    refused = site.browser(ben).post(f"/decisions/{proposal}/again", {})
    assert refused.status_code == 409
    site.browser(ana).send(f"/decisions/{proposal}/ballot", choice="yes", seen="0")
    site.turn_to(at(CLOSES + HOUR))
    site.runner.run(voting.bring_up_to_date, late(CLOSES + HOUR), proposal)
    page = site.browser(ben).get(f"/decisions/{proposal}")
    seen = words_of(page)
    assert "Not valid: too few took part" in seen
    assert "Members: 1 of the 2 needed took part." in seen
    assert "It passed" not in seen
    to = site.browser(ben).send(f"/decisions/{proposal}/again", form_key="1")
    made = to.rpartition("/")[2]
    assert site.runner.read(proposals.version, made).title == "A question"
    assert site.runner.read(proposals.find, made).author == ben
    assert site.browser(ben).get(to).status_code == 200


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_decision_of_the_sample_cooperative_is_told_as_what_it_is(sample: Site, language: str) -> None:
    someone = sample.browser("hld_provider_012")
    someone.send("/language", language=language, next="/decisions")
    listed = someone.get("/decisions")
    assert listed.status_code == 200
    seen = set()
    for one in sample.runner.read(proposals.proposals):
        state = sample.runner.read(voting.state_now, one.id, sample.moments[0])
        if state in seen or state is State.DRAFT:
            continue
        seen.add(state)
        page = someone.get(f"/decisions/{one.id}")
        assert page.status_code == 200
        if language == "en" and state.is_over:
            assert "if it passes" not in words_of(page).lower()
            assert "before the close" not in words_of(page)
    assert len(seen) >= 3
