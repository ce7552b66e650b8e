"""Proposals on their way to a vote: drafts, versions, interest, the board's word, and a notice that freezes them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.verification import check_proposals
from governance import notices, proposals, stances
from governance.errors import EffectTooEarly, MotionInvalid, NotEntitled, TextFrozen
from governance.lifecycle import State, moment
from governance.notices import Dates
from governance.proposals import Content, ProposalEntry
from governance.records import Notice, Phase, ProposalKind, Recommendation
from governance.rules import Ruleset, default_rules, earliest_effect
from governance.tables import lot_seed
from governance.tally.lot import commitment
from governance.tally.methods import Method
from ledger import journal
from ledger.entries import Draft
from ledger.errors import AlreadyExists, DatesOutOfOrder, Invalid, NotAllowedNow, NotFound
from ledger.members import end_membership, members_on
from ledger.types import Act
from tests import make
from tests.governance.hall import ZONE, at, rules

FEES: dict[str, Any] = {"kind": "set_policy", "key": "fees", "value": {"fees": []}, "expected_version": 0}
QUESTION = Content("A question", "Should we?")
LOWER_FEE = Content("A lower fee", "Because the reserve is full.", (FEES,))
START = datetime(2026, 9, 2, 10)
"""Local: everything here begins then, unless a test says otherwise."""


@dataclass
class Author:
    """A member with a proposal, and the clock they do things by."""

    db: Session
    member: str
    of: Ruleset
    id: str = ""
    now: datetime = START

    def act(self) -> Act:
        """Something done now."""
        return make.act(self.member, "role:proposals:own", at(self.now))

    @property
    def on(self) -> date:
        """Today."""
        return self.now.date()

    def state(self) -> State:
        """Where the proposal stands now."""
        return proposals.state_of(self.db, self.id, moment(self.now, ZONE), self.of)

    def draft(self, content: Content = QUESTION, board_ref: str | None = None) -> Author:
        """Put it forward."""
        members = members_on(self.db, self.on)
        order: dict[str, Any] = {"author": self.member, "members": members, "on": self.on, "board_ref": board_ref}
        self.id = proposals.draft(self.db, self.act(), self.of.kind, content, **order).id
        return self

    def publish(self) -> Author:
        """Show it to all."""
        proposals.publish(self.db, self.act(), self.id, author=self.member, rules=self.of, on=self.on)
        return self

    def amend(self, content: Content) -> None:
        """Let it say something else."""
        proposals.amend(self.db, self.act(), self.id, content, author=self.member, rules=self.of, on=self.on)

    def withdraw(self, reason: str = "Not yet") -> None:
        """Take it back."""
        order: dict[str, Any] = {"author": self.member, "reason": reason, "rules": self.of, "on": self.on}
        proposals.withdraw(self.db, self.act(), self.id, **order)

    def want(self, member: str) -> None:
        """Let somebody want it decided."""
        members = members_on(self.db, self.on)
        act = make.act(member, now=at(self.now))
        stances.want(self.db, act, self.id, member, members=members, rules=self.of, on=self.on)

    def review(self, reasons: str = "It can be paid.") -> None:
        """Let the board speak."""
        order: dict[str, Any] = {"rules": self.of, "on": self.on}
        proposals.review(self.db, make.act(now=at(self.now)), self.id, Recommendation.AGAINST, reasons, **order)

    def notice(self, opens: datetime, days: int = 8, effective_on: date | None = None) -> Notice:
        """Announce the vote."""
        dates = Dates(opens.date() - timedelta(days=1), opens, opens + timedelta(days=days), ZONE, effective_on)
        return notices.give_notice(self.db, self.act(), self.id, dates, rules=self.of, on=self.on)

    def ready(self, content: Content = QUESTION) -> Author:
        """On the board's word: nobody has to gather interest."""
        return self.draft(content, board_ref="board:2026-09").publish()


def author(db: Session, kind: ProposalKind = ProposalKind.ADVISORY, of: Ruleset | None = None) -> Author:
    """A member of a new cooperative."""
    make.company(db)
    return Author(db, make.member(db), of or default_rules(kind))


def test_a_draft_is_its_authors_alone(db: Session) -> None:
    ana = author(db).draft()
    assert ana.state() is State.DRAFT
    with pytest.raises(NotFound):
        proposals.shown(db, ana.id)
    assert ana.publish().state() is State.IDEA
    assert proposals.shown(db, ana.id).author == ana.member


def test_only_members_put_forward_and_only_authors_change(db: Session) -> None:
    ana = author(db).draft()
    stranger = replace(ana, member=make.holder(db).id)
    for deed in (stranger.draft, stranger.publish, stranger.withdraw, lambda: stranger.amend(LOWER_FEE)):
        with pytest.raises(NotEntitled):
            deed()


def test_a_tenth_of_the_members_lets_an_idea_go_on_after_a_week_and_the_boards_month(db: Session) -> None:
    ana = author(db)
    others = [make.member(db) for _ in range(10)]  # eleven members: two are needed
    ana.draft().publish().want(others[0])
    assert ana.state() is State.IDEA
    with pytest.raises(AlreadyExists):
        ana.want(others[0])
    ana.want(others[1])
    assert ana.state() is State.COUNTDOWN
    stances.withdraw(db, make.act(others[0], now=at(ana.now)), ana.id, others[0], Phase.INTEREST, on=ana.on)
    assert [one.member for one in stances.held(db, ana.id, Phase.INTEREST)] == [others[1]]
    assert ana.state() is State.COUNTDOWN  # what had enough stays so
    ana.now = START + timedelta(days=7)
    assert ana.state() is State.REVIEW
    ana.now = START + timedelta(days=37) - timedelta(microseconds=1)
    assert ana.state() is State.REVIEW
    ana.now = START + timedelta(days=37)
    assert ana.state() is State.READY  # the board was silent, which stops nothing


def test_interest_is_that_of_members_only_and_of_those_who_still_are(db: Session) -> None:
    ana = author(db)
    others = [make.member(db) for _ in range(10)]
    ana.draft().publish().want(others[0])
    end_membership(db, make.act(), others[0], on=date(2026, 3, 31), reason="Moved")
    with pytest.raises(NotEntitled):
        ana.want(make.holder(db).id)
    ana.want(others[1])  # one of ten: a tenth
    assert ana.state() is State.COUNTDOWN
    with pytest.raises(NotAllowedNow):
        ana.want(others[2])
    with pytest.raises(NotAllowedNow):
        stances.withdraw(db, make.act(), ana.id, others[3], Phase.INTEREST, on=ana.on)


def test_the_board_speaks_once_with_reasons_and_its_word_ends_its_time(db: Session) -> None:
    ana = author(db).draft().publish()
    ana.want(ana.member)
    ana.now = START + timedelta(days=8)
    assert ana.state() is State.REVIEW
    with pytest.raises(Invalid):
        ana.review("  ")
    ana.review()
    assert ana.state() is State.READY
    with pytest.raises(AlreadyExists):
        ana.review()


def test_the_board_says_nothing_to_drafts_and_to_what_was_taken_back(db: Session) -> None:
    ana = author(db).draft()
    with pytest.raises(NotAllowedNow):
        ana.review()
    with pytest.raises(Invalid):
        ana.withdraw(" ")
    ana.withdraw()
    assert ana.state() is State.WITHDRAWN
    for deed in (ana.review, ana.publish, ana.withdraw):
        with pytest.raises(NotAllowedNow):
            deed()
    with pytest.raises(TextFrozen):
        ana.amend(LOWER_FEE)


def test_scenario_60_a_fee_takes_effect_sixty_days_after_the_close_at_the_earliest(db: Session) -> None:
    ana = author(db, ProposalKind.FEE_OR_RATE)
    ana.now = datetime(2026, 8, 20, 10)
    ana.ready(LOWER_FEE)
    opens, days = datetime(2026, 9, 23, 18), 8  # closes on 2026-10-01
    with pytest.raises(EffectTooEarly, match="2026-11-30"):
        ana.notice(opens, days, effective_on=date(2026, 11, 29))
    assert ana.notice(opens, days, effective_on=date(2026, 12, 15)).effective_on == date(2026, 12, 15)
    assert earliest_effect(ana.of, date(2025, 10, 1)) == date(2025, 11, 30)


def test_left_out_the_effect_is_as_early_as_may_be_and_a_question_has_none(db: Session) -> None:
    ana = author(db, ProposalKind.FEE_OR_RATE).ready(LOWER_FEE)
    assert ana.notice(START + timedelta(days=30)).effective_on == date(2026, 10, 10) + timedelta(days=60)
    bo = Author(db, ana.member, default_rules(ProposalKind.ADVISORY)).ready()
    with pytest.raises(MotionInvalid):
        bo.notice(START + timedelta(days=30), effective_on=date(2027, 1, 1))
    assert bo.notice(START + timedelta(days=30)).effective_on is None


def test_scenario_61_a_typo_put_right_is_another_version_and_the_clock_begins_anew(db: Session) -> None:
    ana = author(db, ProposalKind.FEE_OR_RATE).ready(LOWER_FEE)
    first = ana.notice(START + timedelta(days=30))
    assert ana.state() is State.NOTICE
    ana.now = START + timedelta(days=2)
    ana.amend(replace(LOWER_FEE, text="Because the reserve is full!"))
    assert [one.number for one in proposals.versions(db, ana.id)] == [1, 2]
    assert proposals.notice(db, ana.id) is None
    assert ana.state() is State.READY
    with pytest.raises(DatesOutOfOrder, match="2026-10-04"):
        ana.notice(START + timedelta(days=30))
    second = ana.notice(START + timedelta(days=32))
    assert (first.version, second.version) == (1, 2)
    assert first.digest != second.digest


def test_the_same_words_are_no_new_version(db: Session) -> None:
    ana = author(db).draft()
    with pytest.raises(AlreadyExists):
        ana.amend(replace(QUESTION))


def test_scenario_68_bylaws_open_ten_to_a_hundred_and_twenty_days_after_the_notice(db: Session) -> None:
    ana = author(db, ProposalKind.BYLAWS).ready(replace(LOWER_FEE, motions=()))
    for opens, says in ((datetime(2026, 9, 11, 9), "2026-09-12"), (datetime(2027, 1, 1, 9), "2026-12-31")):
        with pytest.raises(DatesOutOfOrder, match=says):
            ana.notice(opens)
    assert ana.notice(datetime(2026, 12, 31, 9)).opens_at == moment(datetime(2026, 12, 31, 9), ZONE)
    bo = Author(db, ana.member, ana.of).ready(replace(LOWER_FEE, motions=()))
    assert bo.notice(datetime(2026, 9, 12)).opens_at == moment(datetime(2026, 9, 12), ZONE)


def test_a_clock_set_back_makes_no_notice_shorter(db: Session) -> None:
    ana = author(db).ready()
    ana.now = START - timedelta(days=30)
    with pytest.raises(DatesOutOfOrder, match="2026-09-09"):
        ana.notice(START)


def test_a_vote_is_open_for_its_days_and_the_record_date_comes_before(db: Session) -> None:
    ana = author(db).ready()
    opens = START + timedelta(days=10)
    with pytest.raises(DatesOutOfOrder, match="7 days"):
        ana.notice(opens, days=6)
    for record_date in (opens.date(), ana.on - timedelta(days=1)):
        dates = Dates(record_date, opens, opens + timedelta(days=7), ZONE)
        with pytest.raises(DatesOutOfOrder, match="record date"):
            notices.give_notice(db, ana.act(), ana.id, dates, rules=ana.of, on=ana.on)


def test_the_seed_of_the_lots_is_fixed_by_the_notice_and_told_by_nobody(db: Session) -> None:
    ana = author(db).ready()
    announced = ana.notice(START + timedelta(days=10))
    seed = db.execute(select(lot_seed.c.seed).where(lot_seed.c.lot == announced.lot)).scalar_one()
    assert commitment(seed) == announced.lot
    [entry] = journal.entries_between(db, journal.size(db) - 1, journal.size(db))
    assert announced.lot in str(entry.body)
    assert seed.hex() not in str(entry.body)


def test_nothing_changes_once_voting_has_begun(db: Session) -> None:
    ana = author(db).ready()
    opens = START + timedelta(days=10)
    ana.notice(opens)
    with pytest.raises(NotAllowedNow):
        ana.notice(opens)
    for ana.now in (opens, opens + timedelta(days=20)):
        with pytest.raises(TextFrozen):
            ana.amend(LOWER_FEE)
        for deed in (ana.withdraw, ana.review):
            with pytest.raises(NotAllowedNow):
                deed()


def test_before_it_opens_an_announced_vote_can_be_taken_back(db: Session) -> None:
    ana = author(db).ready()
    opens = START + timedelta(days=10)
    ana.notice(opens)
    ana.now = opens - timedelta(microseconds=1)
    ana.withdraw()
    ana.now = opens
    assert ana.state() is State.WITHDRAWN


def test_the_rule_in_force_when_it_was_announced_counts(db: Session) -> None:
    ana = author(db).ready()
    announced = ana.notice(START + timedelta(days=10))
    ana.of = replace(ana.of, interest=Fraction(1, 2), voting_days=30)
    assert proposals.rules_of(announced) == default_rules(ProposalKind.ADVISORY)


@pytest.mark.parametrize(
    ("method", "content", "field"),
    [
        (Method.MAJORITY, replace(QUESTION, options={"a": "One"}), "options"),
        (Method.MAJORITY, replace(QUESTION, seats=2), "options"),
        (Method.APPROVAL, QUESTION, "options"),
        (Method.SCHULZE, replace(QUESTION, options={"a": "One", "b": "Two"}, seats=2), "seats"),
    ],
)
def test_a_question_that_its_rule_cant_put_is_not_announced(
    db: Session, method: Method, content: Content, field: str
) -> None:
    ana = author(db, of=rules(method)).ready(content)
    with pytest.raises(Invalid) as refusal:
        ana.notice(START + timedelta(days=20))
    assert refusal.value.field == field


@pytest.mark.parametrize(
    "changes",
    [
        {"title": " "},
        {"title": "x" * 201},
        {"text": ""},
        {"text": "x" * 20_001},
        {"motions": (FEES,) * 21},
        {"options": {str(n): "One" for n in range(41)}},
        {"seats": 0},
    ],
)
def test_what_says_nothing_or_too_much_is_no_content(changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        Content(**({"title": "A question", "text": "Should we?"} | changes))


def test_the_verifier_compares_digests_with_what_they_stand_for(db: Session) -> None:
    ana = author(db).ready()
    ana.notice(START + timedelta(days=10))
    assert check_proposals(db) is None
    said = proposals.version(db, ana.id)
    forged = replace(said, number=2, text="Something else")
    journal.append(db, ana.act(), Draft(ProposalEntry.AMENDED, ana.on, (forged,)))
    fault = check_proposals(db)
    assert fault is not None
    assert "version 2" in fault.message


def test_the_verifier_compares_notices_with_what_they_froze(db: Session) -> None:
    ana = author(db).ready()
    announced = ana.notice(START + timedelta(days=10))
    other = Author(db, ana.member, ana.of).ready(LOWER_FEE)
    forged = replace(announced, proposal=other.id)
    journal.append(db, ana.act(), Draft(ProposalEntry.ANNOUNCED, ana.on, (forged,)))
    fault = check_proposals(db)
    assert fault is not None
    assert other.id in fault.message
