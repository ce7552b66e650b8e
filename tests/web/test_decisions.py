"""From the page of a proposal to the ballot, the receipt and the result, with the errors on the way."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from app.people.roles import Role
from governance import ballots, closing, proposals
from governance.tally.methods import Method
from tests import make
from tests.governance.hall import CLOSES, OPENS, Hall, at, late, rules
from tests.web.acting import acting
from tests.web.browser import Site, title_of, words_of

HOUR = timedelta(hours=1)


def _hall(site: Site, method: Method = Method.MAJORITY, options: dict[str, str] | None = None) -> tuple[str, list[str]]:
    """A vote that is open, and three members."""

    def deed(db: Session) -> tuple[str, list[str]]:
        make.company(db)
        members = [make.member(db) for _ in range(3)]
        return Hall(db, members[0], rules(method), options).announce().id, members

    made = site.runner.run(deed)
    site.turn_to(at(OPENS + HOUR))
    return made


def test_somebody_reads_votes_and_changes_their_mind(site: Site) -> None:
    proposal, (ana, *_) = _hall(site)
    browser, path = site.browser(ana), f"/decisions/{proposal}"
    assert "Read and vote" in browser.see("/")
    assert "Review my vote" in browser.see(path)
    looked_at = browser.post(f"{path}/ballot/review", {"choice": "yes", "go": "review", "form_key": "0", "seen": "0"})
    assert "This is what you are about to cast" in words_of(looked_at)
    assert site.runner.read(ballots.receipt, proposal, ana) is None
    assert browser.send(f"{path}/ballot", choice="yes", form_key="1", seen="0") == f"{path}/receipt"
    seen = browser.see(f"{path}/receipt")
    assert "Your receipt" in seen
    assert "Your vote is recorded" in seen
    browser.send(f"{path}/ballot", choice="no", form_key="2", seen="1")
    made = site.runner.read(ballots.receipt, proposal, ana)
    assert made is not None
    assert (made.revision, made.choice) == (2, '"no"')
    assert 'value="no" required checked' in browser.get(path).text
    assert "Read and vote" not in browser.see("/")


def test_the_deadline_holds_and_the_result_is_told_with_its_audit_file(site: Site) -> None:
    proposal, members = _hall(site)
    path = f"/decisions/{proposal}"
    for member in members[:2]:
        site.browser(member).send(f"{path}/ballot", choice="yes")
    site.turn_to(at(CLOSES))
    refused = site.browser(members[2]).post(f"{path}/ballot", {"choice": "no"})
    assert (refused.status_code, "Voting closed" in words_of(refused)) == (409, True)
    assert "It passed" not in site.browser(members[2]).see(path)
    site.runner.run(closing.close, late(), proposal)
    browser = site.browser(members[2])
    seen = browser.see(path)
    assert "It passed" in seen
    assert "2 yes, 0 no and 0 abstentions" in seen
    assert "2 of 3 voted" in seen
    file = browser.get(f"{path}/audit-file")
    assert (file.headers["content-type"], file.content.count(b"\n")) == ("application/x-ndjson", 3)


def test_whoever_is_not_on_the_roll_is_told_why(site: Site) -> None:
    proposal, (ana, *_) = _hall(site)
    site.browser(ana).send(f"/decisions/{proposal}/ballot", choice="yes")
    stranger = site.runner.run(make.holder).id
    assert "You are not on the roll" in site.browser(stranger).see(f"/decisions/{proposal}")
    refused = site.browser(stranger).post(f"/decisions/{proposal}/ballot", {"choice": "yes"})
    assert (refused.status_code, "not on the roll" in words_of(refused)) == (403, True)


def test_a_comment_is_words_and_never_markup(site: Site) -> None:
    proposal, (ana, *_) = _hall(site)
    browser, path = site.browser(ana), f"/decisions/{proposal}"
    words = '<script>alert("x")</script> مرحبا 👍'
    browser.send(f"{path}/comments", words=words)
    page = browser.get(path)
    assert "<script>alert" not in page.text
    assert 'alert("x")' in words_of(page)
    empty = browser.post(f"{path}/comments", {"words": " "})
    assert (empty.status_code, title_of(empty).startswith("Error:")) == (422, True)


def test_an_election_of_the_sample_cooperative_shows_every_round(sample: Site) -> None:
    [proposal] = [
        one.id
        for one in sample.runner.read(proposals.proposals)
        if sample.runner.read(proposals.version, one.id).title == "Five more for the board"
    ]
    page = sample.browser("hld_provider_012").get(f"/decisions/{proposal}")
    assert "first choices" in page.text
    assert "Elected in this order" in page.text


def test_a_vote_that_was_taken_back_after_its_notice_waits_for_nobody(site: Site) -> None:
    proposal, (ana, ben, _) = _hall(site)

    def withdraw(db: Session) -> None:
        on = make.NOW.date()
        proposals.withdraw(db, make.act(ana), proposal, author=ana, reason="Put anew.", rules=rules(), on=on)

    site.turn_to(make.NOW)
    site.runner.run(withdraw)
    site.turn_to(at(OPENS + HOUR))
    assert "Read and vote" not in site.browser(ben).see("/")
    assert "No vote is open" in acting(site, Role.STEWARD).see("/steward")
