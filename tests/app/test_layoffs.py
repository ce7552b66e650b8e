"""Layoffs by the registers: who needs a case, and what the members' policy gives whoever is let go."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app import layoffs
from app.people.tokens import Scope, Token, create_token, revoke_token
from app.policy_values import Layoffs
from governance import policies
from governance.errors import LayoffCaseMissing
from governance.layoffs import CaseOrder, withdraw_case
from governance.policies import Setting
from governance.records import ProposalKind
from ledger import members
from ledger.equity.leaving import LeavingOrder
from ledger.equity.parting import LayoffProtection
from ledger.equity.register import engage, engagements
from ledger.equity.securities import position
from ledger.equity.values import EngagementKind, Group, Holder, LeavingReason
from ledger.equity.vesting.table import forfeited
from ledger.errors import DatesOutOfOrder, Invalid, NotAllowedNow
from ledger.members import MemberClass
from ledger.types import Json
from tests import make
from tests.governance import assembly
from tests.governance.assembly import TODAY

TOLD = TODAY + timedelta(days=1)
LAST = date(2026, 5, 20)
"""Twenty-eight months after the vesting start."""
SIX_MONTHS = {"waive_cliff": False, "extra_months": 6, "notice_days": 60, "handover_days": 0}


def let_go(db: Session, holder: Holder, on: date = LAST) -> tuple[int, ...]:
    return layoffs.leave(db, make.act(), LeavingOrder(holder.id, LeavingReason.INVOLUNTARY_OTHER, on))


def filed(db: Session, *affected: Holder, last_day: date = LAST) -> str:
    order = CaseOrder("A payer leaves", frozenset(one.id for one in affected), TOLD, last_day)
    return layoffs.file_case(db, make.act(), order, on=TODAY).case.id


def founded(db: Session, **changes: Any) -> None:
    """The founders set the first policy."""
    setting = Setting("layoff_protection", SIX_MONTHS | changes, make.BEGINNING)
    policies.set_first(db, make.act(), setting, on=make.BEGINNING, has_members=False)


def passed(db: Session, **changes: Any) -> None:
    """The members pass another policy; it counts from the middle of April."""
    people = [make.member(db) for _ in range(2)]
    motion: dict[str, Json] = {
        "kind": "set_policy",
        "key": "layoff_protection",
        "value": SIX_MONTHS | changes,
        "expected_version": 1,
    }
    assembly.effect(db, assembly.passed(db, ProposalKind.LAYOFF_PROTOCOL, motion, members=people))
    assert len(policies.history(db, "layoff_protection")) == 2


def kept(db: Session, holder: Holder, security: str) -> tuple[int, int]:
    """What has vested by the last day, and what was forfeited."""
    held = position(db, security)
    return held.vested(LAST), forfeited(held.table)


def test_eighteen_in_one_week_need_a_case(db: Session) -> None:
    """Scenario 70."""
    make.company(db)
    people = [make.holder(db) for _ in range(18)]
    for one in people[:4]:
        let_go(db, one)
    with pytest.raises(LayoffCaseMissing):
        let_go(db, people[4], LAST + timedelta(days=6))
    filed(db, *people[4:])
    for one in people[4:]:
        let_go(db, one, LAST + timedelta(days=6))
    assert all(end is not None for one in people for _, end in engagements(db, one.id))


def test_only_those_whom_a_case_names_go_under_it(db: Session) -> None:
    make.company(db)
    people = [make.holder(db) for _ in range(6)]
    filed(db, *people[:5])
    for one in people[:5]:
        let_go(db, one)
    with pytest.raises(LayoffCaseMissing):
        let_go(db, people[5])


def test_a_withdrawn_case_covers_nobody(db: Session) -> None:
    make.company(db)
    people = [make.holder(db) for _ in range(5)]
    case = filed(db, *people)
    withdraw_case(db, make.act(), case, reason="The payer stays", on=TODAY)
    for one in people[:4]:
        let_go(db, one)
    with pytest.raises(LayoffCaseMissing):
        let_go(db, people[4])


def test_whoever_a_case_names_goes_on_its_first_day_or_later_however_few_they_are(db: Session) -> None:
    make.company(db)
    one = make.holder(db)
    filed(db, one)
    with pytest.raises(DatesOutOfOrder, match="2026-05-20 at the earliest"):
        let_go(db, one, LAST - timedelta(days=1))
    let_go(db, one)


def test_resignations_and_people_who_deliver_no_sessions_are_not_counted(db: Session) -> None:
    make.company(db)
    for _ in range(4):
        let_go(db, make.holder(db))
    staff = make.holder(db, engaged=None)
    engage(db, make.act(), staff.id, kind=EngagementKind.W2, shown_as=Group.STAFF, on=make.BEGINNING)
    let_go(db, staff)
    resigning = LeavingOrder(make.holder(db).id, LeavingReason.VOLUNTARY_OTHER, LAST)
    layoffs.leave(db, make.act(), resigning)
    with pytest.raises(LayoffCaseMissing):
        let_go(db, make.holder(db))


def test_a_provider_by_membership_counts_whatever_they_are_shown_as(db: Session) -> None:
    make.company(db)
    for _ in range(4):
        let_go(db, make.holder(db))
    shown_as_staff = make.holder(db, engaged=None)
    engage(db, make.act(), shown_as_staff.id, kind=EngagementKind.W2, shown_as=Group.STAFF, on=make.BEGINNING)
    members.admit(db, make.act(), shown_as_staff.id, MemberClass.PROVIDER, on=make.BEGINNING)
    with pytest.raises(LayoffCaseMissing):
        let_go(db, shown_as_staff)


def test_a_case_gives_as_much_notice_as_the_policy_in_force_asks(db: Session) -> None:
    make.company(db)
    founded(db, notice_days=60, handover_days=5)
    one = make.holder(db)
    with pytest.raises(DatesOutOfOrder, match="before 2026-05-02"):
        filed(db, one, last_day=date(2026, 5, 1))
    with pytest.raises(Invalid, match="5 days to hand"):
        filed(db, one)


def test_without_a_policy_nothing_is_added(db: Session) -> None:
    make.company(db)
    holder = make.holder(db)
    granted = make.grant(db, to=holder)
    let_go(db, holder)
    assert kept(db, holder, granted.security.id) == (2_800, 2_000)


def test_a_layoff_has_what_the_policy_in_force_adds(db: Session) -> None:
    """Scenario 10, with the policy of the register."""
    make.company(db)
    founded(db)
    holder = make.holder(db)
    granted = make.grant(db, to=holder)
    let_go(db, holder)
    assert kept(db, holder, granted.security.id) == (3_400, 1_400)


@pytest.mark.parametrize(("months", "expected"), [(0, (3_400, 1_400)), (12, (4_000, 800))])
def test_the_policy_of_filing_counts_or_the_one_of_the_last_day_if_it_is_better(
    db: Session, months: int, expected: tuple[int, int]
) -> None:
    """I10.3."""
    make.company(db)
    founded(db)
    holder = make.holder(db)
    granted = make.grant(db, to=holder)
    filed(db, holder)
    passed(db, extra_months=months)
    let_go(db, holder)
    assert kept(db, holder, granted.security.id) == expected


def test_the_better_of_two_policies_is_better_in_each_point() -> None:
    waiver = Layoffs(waive_cliff=True, extra_months=0, notice_days=0)
    months = Layoffs(waive_cliff=False, extra_months=6, notice_days=0)
    assert layoffs.protection([waiver, months]) == LayoffProtection(waive_cliff=True, extra_months=6)
    assert layoffs.protection([]) is None


def a_token(db: Session, actor: str, *scopes: Scope) -> Token:
    return create_token(db, make.act(), actor=actor, label="Own record", scopes=scopes)[0]


def test_whoever_is_laid_off_keeps_the_way_to_their_own_record(db: Session) -> None:
    """I27.2: from the filing on, and for good."""
    make.company(db)
    holder = make.holder(db)
    own = a_token(db, holder.id, Scope.SESSIONS_OWN, Scope.PROPOSALS_OWN, Scope.CAPTABLE_READ)
    admin = make.act("usr_admin")
    layoffs.refuse_lockout(db, admin, own.id)
    filed(db, holder)
    for _ in range(2):
        with pytest.raises(NotAllowedNow, match="for proposals:own, sessions:own first"):
            layoffs.refuse_lockout(db, admin, own.id)
        if not engagements(db, holder.id)[0][1]:
            let_go(db, holder)
    layoffs.refuse_lockout(db, make.act(holder.id), own.id)


def test_a_token_can_be_revoked_once_there_is_another_for_the_same(db: Session) -> None:
    make.company(db)
    holder = make.holder(db)
    own = a_token(db, holder.id, Scope.SESSIONS_OWN, Scope.PROPOSALS_OWN)
    let_go(db, holder)
    admin = make.act("usr_admin")
    a_token(db, holder.id, Scope.SESSIONS_OWN)
    with pytest.raises(NotAllowedNow, match="for proposals:own first"):
        layoffs.refuse_lockout(db, admin, own.id)
    another = a_token(db, holder.id, Scope.PROPOSALS_OWN)
    layoffs.refuse_lockout(db, admin, own.id)
    revoke_token(db, another.id, make.NOW)
    with pytest.raises(NotAllowedNow):
        layoffs.refuse_lockout(db, admin, own.id)
    for other in (a_token(db, holder.id, Scope.CAPTABLE_READ), a_token(db, "usr_finance", Scope.PROPOSALS_OWN)):
        layoffs.refuse_lockout(db, admin, other.id)
