"""What is not voted on in secret: more options than a ballot may offer, one candidate too many, too few voters."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from app import elections, voting
from governance import candidacies, notices, policies, proposals, rolls
from governance.policies import RULES, Setting
from governance.records import ProposalKind
from governance.tally.methods import Method
from ledger.errors import Invalid, NotAllowedNow
from ledger.members import members_on
from tests import make
from tests.governance import hall
from tests.secret.precinct import CLOSES, OPENS, RECORD_DATE, TODAY, Precinct

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.mark.parametrize(("method", "most"), [(Method.SCHULZE, 6), (Method.SCORE, 6), (Method.APPROVAL, 16)])
def test_too_many_options_are_refused_at_the_notice(precinct: Precinct, method: Method, most: int) -> None:
    options = {f"k{number}": f"Option {number}" for number in range(most)}
    with pytest.raises(Invalid, match=f"offers {most} at most, and here are {most + 1}"):
        precinct.announce(method=method, options=options | {"one_more": "One more"})
    assert precinct.announce(method=method, options=options).proposal


def election(db: Session, people: list[str], **more: Any) -> str:
    on = TODAY
    made = proposals.draft(
        db,
        make.act(people[0]),
        ProposalKind.ELECTION,
        proposals.Content("Who sits on the board?", "An election.", (), None, 1),
        author=people[0],
        members=members_on(db, on),
        on=on,
        board_ref="board:2026-02",
    )
    rules = hall.rules(Method.SCHULZE, kind=ProposalKind.ELECTION, secret=True, **more)
    proposals.publish(db, make.act(people[0]), made.id, author=people[0], rules=rules, on=on)
    return made.id


def announce(db: Session, proposal: str) -> None:
    rules = hall.rules(Method.SCHULZE, kind=ProposalKind.ELECTION, secret=True)
    dates = notices.Dates(RECORD_DATE, OPENS, CLOSES, hall.ZONE)
    notices.give_notice(db, make.act(), proposal, dates, rules=rules, on=TODAY)


def test_a_seventh_candidate_is_refused_and_may_stand_when_one_stands_down(db: Session) -> None:
    make.company(db)
    people = [make.member(db) for _ in range(24)]
    proposal = election(db, people)
    announce(db, proposal)
    for one in people[:6]:
        elections.stand(db, make.act(one), proposal, one, "I would.")
    with pytest.raises(NotAllowedNow, match="6 stand already"):
        elections.stand(db, make.act(people[6]), proposal, people[6], "I would, too.")
    candidacies.stand_down(db, make.act(people[0]), proposal, people[0], on=TODAY)
    elections.stand(db, make.act(people[6]), proposal, people[6], "I would, too.")
    assert len(rolls.candidates(db, proposal)) == 6


def test_seven_who_stood_before_the_notice_keep_it_from_being_secret(db: Session) -> None:
    make.company(db)
    people = [make.member(db) for _ in range(24)]
    proposal = election(db, people)
    for one in people[:7]:
        elections.stand(db, make.act(one), proposal, one, "I would.")
    with pytest.raises(Invalid, match="offers 6 at most, and here are 7"):
        announce(db, proposal)


def test_a_secret_vote_among_too_few_is_not_announced(db: Session) -> None:
    make.company(db)
    rules = hall.rules(Method.MAJORITY, secret=True)
    setting = Setting(f"{RULES}{rules.kind.value}", rules.to_json(), TODAY)
    policies.set_first(db, make.act(), setting, on=TODAY, has_members=False)
    people = [make.member(db) for _ in range(19)]
    content = proposals.Content("Should we?", "A question.", (), None, 1)
    made = voting.put_forward(db, make.act(people[0]), rules.kind, content, author=people[0], board_ref="board:2026-02")
    proposals.publish(db, make.act(people[0]), made.id, author=people[0], rules=rules, on=TODAY)
    dates = notices.Dates(TODAY, OPENS, CLOSES, hall.ZONE)
    with pytest.raises(NotAllowedNow, match="takes 20 people who may vote, and there are 19"), db.begin_nested():
        voting.announce(db, make.act(), made.id, dates)
    make.member(db)
    assert voting.announce(db, make.act(), made.id, dates).rule["secret"]
