"""The ballot of every form: filled in, looked at once more, cast, changed, and found again among those counted."""

from __future__ import annotations

import re
from datetime import timedelta

import orjson
import pytest
from sqlalchemy.orm import Session

from governance import ballots, closing, rolls
from governance.records import ProposalKind
from governance.rules import Chamber, Electorate
from governance.tally.methods import Method
from governance.tally.rule import YesNoRule
from ledger.members import MemberClass
from tests import make
from tests.governance.hall import CLOSES, OPENS, TODAY, Hall, at, late, rules
from tests.web.browser import Browser, Site, title_of, words_of

HOUR = timedelta(hours=1)
OPTIONS = {"a": "Retreat", "b": "Library", "c": "Training"}
Form = dict[str, str | list[str]]

FORMS: list[tuple[Method, Form, str]] = [
    (Method.MAJORITY, {"choice": "no"}, '"no"'),
    (Method.MAJORITY, {"choice": "abstain"}, '"abstain"'),
    (Method.CONSENT, {"choice": "objection", "reason": "Too dear."}, '{"reason":"Too dear.","say":"objection"}'),
    (Method.CONSENT, {"choice": "stand_aside", "reason": ""}, '"stand_aside"'),
    (Method.APPROVAL, {"approve": ["c", "a"]}, '["a","c"]'),
    (Method.SCORE, {"score-a": "5", "score-b": "", "score-c": "0"}, '{"a":5,"c":0}'),
    (Method.STAR, {"score-a": "1", "score-b": "1", "score-c": ""}, '{"a":1,"b":1}'),
    (Method.IRV, {"rank-a": "2", "rank-b": "1", "rank-c": ""}, '[["b"],["a"]]'),
    (Method.STV, {"rank-a": "", "rank-b": "", "rank-c": "3"}, '[["c"]]'),
    (Method.SCHULZE, {"rank-a": "1", "rank-b": "1", "rank-c": "2"}, '[["a","b"],["c"]]'),
    (Method.BORDA, {"rank-a": "3", "rank-b": "", "rank-c": "1"}, '[["c"],["a"]]'),
    (Method.RANKED_PAIRS, {"go": "abstain", "rank-a": "1"}, '"abstain"'),
]

BAD: list[tuple[Method, Form, str, str]] = [
    (Method.MAJORITY, {}, "choice", "Choose one of the answers"),
    (Method.MAJORITY, {"choice": "<b>"}, "choice", "Choose one of the answers"),
    (Method.CONSENT, {"choice": "block", "reason": " "}, "reason", "Write your reason"),
    (Method.APPROVAL, {}, "approve", "Tick at least one"),
    (Method.APPROVAL, {"approve": ["a", "nobody"]}, "approve", "Tick at least one"),
    (Method.SCORE, {"score-a": "", "score-b": ""}, "score-a", "at least one of the options a score"),
    (Method.STAR, {"score-b": "6"}, "score-b", "from 0 to 5"),
    (Method.IRV, {"rank-a": ""}, "rank-a", "Rank at least one"),
    (Method.IRV, {"rank-a": "1", "rank-c": "99"}, "rank-c", "Choose one of the ranks"),
    (Method.STV, {"rank-a": "1", "rank-b": "2", "rank-c": "2"}, "rank-c", "Library and Training both have rank 2"),
]


def opened(site: Site, method: Method, members: int = 3) -> tuple[str, list[str]]:
    """A vote that is open, and its members."""

    def deed(db: Session) -> tuple[str, list[str]]:
        make.company(db)
        found = [make.member(db) for _ in range(members)]
        options = None if method in {Method.MAJORITY, Method.CONSENT} else OPTIONS
        return Hall(db, found[0], rules(method), options).announce().open().id, found

    made = site.runner.run(deed)
    site.turn_to(at(OPENS + HOUR))
    return made


def hidden_in(browser: Browser, path: str, form: Form) -> Form:
    """Send a filled-in ballot to be looked at; what the page that shows it would send on."""
    shown = browser.post(path, {"go": "review", "seen": "0", **form})
    assert shown.status_code == 200, words_of(shown)
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', shown.text):
        found.setdefault(name, []).append(value)
    assert "This is what you are about to cast" in words_of(shown)
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}


@pytest.mark.parametrize(("method", "form", "expected"), FORMS, ids=lambda one: one if isinstance(one, str) else "")
def test_a_ballot_is_looked_at_and_cast_as_it_was_filled_in(
    site: Site, method: Method, form: Form, expected: str
) -> None:
    proposal, (ana, *_) = opened(site, method)
    browser, path = site.browser(ana), f"/decisions/{proposal}"
    sent_on = hidden_in(browser, f"{path}/ballot/review", form)
    assert site.runner.read(ballots.receipt, proposal, ana) is None
    assert browser.send(f"{path}/ballot", **sent_on) == f"{path}/receipt"
    made = site.runner.read(ballots.receipt, proposal, ana)
    assert made is not None
    assert made.choice == expected
    seen = browser.see(f"{path}/receipt")
    assert made.digest in seen
    # and the page shows it filled in, ready to be changed
    filled = browser.get(path).text
    assert filled.count("checked") >= 1 or expected == '"abstain"'


@pytest.mark.parametrize(("method", "form", "field", "what"), BAD, ids=lambda one: one if isinstance(one, str) else "")
def test_a_ballot_that_can_not_be_counted_is_refused_at_its_field_and_keeps_the_rest(
    site: Site, method: Method, form: Form, field: str, what: str
) -> None:
    proposal, (ana, *_) = opened(site, method)
    browser, path = site.browser(ana), f"/decisions/{proposal}/ballot"
    for address in (f"{path}/review", path):
        wrong = browser.post(address, {"go": "review", "seen": "0", **form})
        assert (wrong.status_code, title_of(wrong).startswith("Error:")) == (422, True)
        assert what in words_of(wrong)
        assert f'href="#f-{field}"' in wrong.text
        assert f'id="f-{field}"' in wrong.text
        assert f'id="e-{field}"' in wrong.text
        for name, value in form.items():
            if isinstance(value, str) and value in {"1", "2"}:
                assert re.search(f'name="{name}" value="{value}"[^>]* checked', wrong.text)
    assert site.runner.read(ballots.receipt, proposal, ana) is None


def test_whoever_goes_back_from_the_look_finds_the_ballot_as_they_left_it(site: Site) -> None:
    proposal, (ana, *_) = opened(site, Method.IRV)
    browser = site.browser(ana)
    form: Form = {"rank-a": "2", "rank-b": "1", "seen": "0", "go": ["review", "change"]}
    shown = browser.post(f"/decisions/{proposal}/ballot/review", form)
    assert shown.status_code == 200
    assert "Review my vote" in words_of(shown)
    assert re.search('name="rank-a" value="2"[^>]* checked', shown.text)


def test_a_ballot_sent_twice_is_cast_once_and_one_from_an_older_window_is_refused(site: Site) -> None:
    proposal, (ana, *_) = opened(site, Method.MAJORITY)
    browser, path = site.browser(ana), f"/decisions/{proposal}/ballot"
    for _ in range(2):
        browser.send(path, choice="yes", seen="0", form_key="same")
    made = site.runner.read(ballots.receipt, proposal, ana)
    assert made is not None
    assert made.revision == 1
    older = browser.post(path, {"choice": "no", "seen": "0", "form_key": "other", "go": "review"})
    assert (older.status_code, "in another window" in words_of(older)) == (409, True)
    assert 'value="no" required checked' in older.text
    again = browser.post(f"{path}/review", {"choice": "no", "seen": "1", "go": "review"})
    assert "It takes the place of what you cast before" in words_of(again)


def test_who_may_not_vote_is_told_why(site: Site) -> None:
    def deed(db: Session) -> tuple[str, str, str, str]:
        make.company(db)
        ana, ben = make.member(db), make.member(db)
        staff = make.member(db, MemberClass.STAFF)
        stranger = make.holder(db).id
        of = rules(
            Method.MAJORITY,
            Chamber("providers", Electorate.PROVIDERS, YesNoRule()),
            kind=ProposalKind.DATA_SHARING,
        )
        hall = Hall(db, ana, of).announce()
        rolls.declare_conflict(db, make.act(ben), hall.id, ben, "I own the vendor.", is_recused=True, on=TODAY)
        hall.open()
        return hall.id, ben, staff, stranger

    proposal, ben, staff, stranger = site.runner.run(deed)
    site.turn_to(at(OPENS + HOUR))
    for who, why in (
        (ben, "You declared an interest of your own"),
        (staff, "On this one only these vote"),
        (stranger, "You were not a member"),
    ):
        browser = site.browser(who)
        assert why in browser.see(f"/decisions/{proposal}")
        refused = browser.post(f"/decisions/{proposal}/ballot", {"choice": "yes", "seen": "0"})
        assert (refused.status_code, why in words_of(refused)) == (403, True)


def test_a_receipt_finds_its_ballot_among_those_that_were_counted(site: Site) -> None:
    proposal, (ana, ben, _) = opened(site, Method.MAJORITY)
    for who, choice in ((ana, "yes"), (ben, "no")):
        site.browser(who).send(f"/decisions/{proposal}/ballot", choice=choice, seen="0")
    site.turn_to(at(CLOSES))
    site.runner.run(closing.close, late(), proposal)
    seen = site.browser(ana).see(f"/decisions/{proposal}/receipt")
    assert "Your ballot was counted" in seen
    assert "one of the 2 ballots" in seen
    file = site.browser(ana).get(f"/decisions/{proposal}/receipt/file")
    kept = orjson.loads(file.content)
    assert ballots.digest_of(bytes.fromhex(kept["salt"]), kept["choice"]) == kept["digest"]


def test_a_receipt_is_nobody_elses(site: Site) -> None:
    proposal, (ana, ben, _) = opened(site, Method.MAJORITY)
    site.browser(ana).send(f"/decisions/{proposal}/ballot", choice="yes", seen="0")
    for path in (f"/decisions/{proposal}/receipt", f"/decisions/{proposal}/receipt/file"):
        assert site.browser(ben).get(path).status_code == 404


@pytest.mark.parametrize("count", [2, 6, 9, 20])
def test_ranks_are_asked_for_in_a_grid_in_cards_or_in_lists_as_many_as_there_are_options(
    site: Site, count: int
) -> None:
    options = {f"k{number}": f"<i>Person</i> {number} مرحبا" for number in range(count)}

    def deed(db: Session) -> tuple[str, str]:
        make.company(db)
        ana = make.member(db)
        return Hall(db, ana, rules(Method.STV), options, seats=2).announce().open().id, ana

    proposal, ana = site.runner.run(deed)
    site.turn_to(at(OPENS + HOUR))
    page = site.browser(ana).get(f"/decisions/{proposal}")
    assert len(page.content) < 100_000
    assert "<i>Person" not in page.text
    for key in options:
        assert f'id="f-rank-{key}"' in page.text
    last = f'name="rank-k0" value="{count}"' if count <= 12 else f"<option>{count}</option>"
    assert last in page.text
