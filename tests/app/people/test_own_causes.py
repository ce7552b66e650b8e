"""Nobody counts an election they stand in, or checks a petition of their own (E31)."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from app import elections, petitions, voting
from app.people import accounts, roles
from app.people.roles import Role
from governance import candidacies, proposals
from governance.proposals import Content
from governance.records import ProposalKind
from ledger.equity.register import company_day
from ledger.errors import Conflict
from ledger.members import members_on
from tests import make

SAID = Content("Who sits on the board?", "One seat.")


def published(db: Session, author: str, kind: ProposalKind) -> str:
    on = make.NOW.date()
    made = proposals.draft(db, make.act(author), kind, SAID, author=author, members=members_on(db, on), on=on)
    rules = voting.rules_today(db, made.id, make.NOW)
    proposals.publish(db, make.act(author), made.id, author=author, rules=rules, on=on)
    return made.id


def member(db: Session) -> tuple[str, str]:
    """A member and their account."""
    holder = make.member(db)
    return holder, accounts.create_account(db, make.act(), holder=holder).id


def teller(db: Session, account: str) -> None:
    held = roles.give(db, make.act("usr_admin"), account, Role.TELLER)
    roles.approve(db, make.act("usr_other"), held.id)


def test_a_candidate_is_no_teller_until_they_stand_down(db: Session) -> None:
    make.company(db)
    (ana, account), (bo, other) = member(db), member(db)
    election = published(db, bo, ProposalKind.ELECTION)
    waits = roles.give(db, make.act("usr_admin"), account, Role.TELLER)
    elections.stand(db, make.act(ana), election, ana, "I listen.")
    with pytest.raises(Conflict, match="stands in an election"):
        roles.approve(db, make.act("usr_other"), waits.id)
    roles.take(db, make.act("usr_admin"), waits.id)
    with pytest.raises(Conflict, match="stands in an election"):
        teller(db, account)
    roles.give(db, make.act("usr_admin"), account, Role.COUNCIL)
    teller(db, other)
    with pytest.raises(Conflict, match="You are a teller"):
        elections.stand(db, make.act(bo), election, bo, "So do I.")
    candidacies.stand_down(db, make.act(ana), election, ana, on=company_day(db, make.NOW))
    teller(db, account)


def test_who_asks_for_signatures_is_no_teller_while_the_petition_runs(db: Session) -> None:
    make.company(db)
    (ana, account), (bo, other) = member(db), member(db)
    for _ in range(10):
        make.member(db)
    asked, another = (published(db, one, ProposalKind.ADVISORY) for one in (ana, bo))
    petitions.open_petition(db, make.act(ana), asked, ana)
    with pytest.raises(Conflict, match="asks members to sign"):
        teller(db, account)
    teller(db, other)
    with pytest.raises(Conflict, match="You are a teller"):
        petitions.open_petition(db, make.act(bo), another, bo)
    proposals.withdraw(
        db,
        make.act(ana),
        asked,
        author=ana,
        reason="It is settled.",
        rules=voting.rules_today(db, asked, make.NOW),
        on=make.NOW.date(),
    )
    teller(db, account)
