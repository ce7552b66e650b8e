"""What passed takes effect: once, on its day, through the deeds that people use, or not, and then it says why."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import voting
from app.enactments import reserved_units
from app.verification import verify_all
from governance import effects, policies, proposals, seats
from governance.errors import EffectTooEarly, MotionInvalid, NotEntitled
from governance.lifecycle import State, local_time
from governance.records import EnactmentOutcome, Outcome, Policy, ProposalKind
from governance.rules import Ruleset, default_rules
from ledger import journal, tables
from ledger.equity.grants import draft_grant
from ledger.equity.reversals import reverse
from ledger.equity.securities import position
from ledger.equity.stock import StockOrder, issue_stock
from ledger.equity.values import Security
from ledger.errors import AlreadyExists, Invalid, NotAllowedNow, NotReversible
from ledger.members import MemberClass
from ledger.reading import every
from ledger.sessions.policies import policy_of
from ledger.sessions.records import CreditRule
from tests import make
from tests.governance.assembly import TODAY, act, announced, council, effect, passed, voted
from tests.governance.hall import ZONE

FEES: dict[str, Any] = {"fees": [{"name": "Platform", "percent": "12.5", "per": "payment"}]}


def set_policy(key: str, value: dict[str, Any], expected: int = 0, **more: Any) -> dict[str, Any]:
    """A motion that sets a policy."""
    return {"kind": "set_policy", "key": key, "value": value, "expected_version": expected, **more}


def document(text: str = "Everybody has thirty days of leave.") -> dict[str, Any]:
    return {"title": "Benefits", "text": text}


def benefits(text: str = "Thirty days of leave.", expected: int = 0) -> dict[str, Any]:
    return set_policy("documents.benefits", document(text), expected)


def effective_on(db: Session, id: str) -> date:
    found = proposals.notice(db, id)
    assert found is not None
    assert found.effective_on is not None
    return found.effective_on


def test_a_fee_that_passed_is_in_force_from_its_day_and_not_before(db: Session) -> None:
    """Scenario 60 on the register's side: sixty days after the vote."""
    members = council(db)
    id = passed(db, ProposalKind.FEE_OR_RATE, set_policy("fees", FEES), members=members)
    day = effective_on(db, id)
    found = proposals.notice(db, id)
    assert found is not None
    assert day - local_time(found.closes_at, ZONE).date() == timedelta(days=60)
    early = act("system", datetime.combine(day - timedelta(days=1), datetime.max.time()))
    voting.bring_up_to_date(db, early, id)
    assert policies.in_force(db, "fees", day) is None
    made = effect(db, id)
    assert made is not None
    assert made.outcome is EnactmentOutcome.ENACTED
    version = policies.in_force(db, "fees", day)
    assert version is not None
    assert (version.version, version.proposal, version.effective_from) == (1, id, day)
    assert version.value["fees"][0]["percent"] == "12.5"
    assert policies.in_force(db, "fees", day - timedelta(days=1)) is None
    entry = journal.entry_at(db, made.entries[0])
    assert (entry.kind, entry.authority, entry.actor) == ("policy.adopted", f"proposal:{id}", "members")
    assert proposals.state_of(db, id, act("x", datetime.combine(day, datetime.max.time())).at, _rules(db, id)) is (
        State.IN_EFFECT
    )


def _rules(db: Session, id: str) -> Ruleset:
    found = proposals.notice(db, id)
    assert found is not None
    return proposals.rules_of(found)


def test_an_effect_before_its_notice_allows_is_refused_with_the_earliest_day(db: Session) -> None:
    """Scenario 60: the vote closes on 2026-04-08, so 2026-06-07 is the earliest day."""
    [ana, *_] = council(db)
    with pytest.raises(EffectTooEarly, match="2026-06-07"):
        announced(db, ProposalKind.FEE_OR_RATE, set_policy("fees", FEES), author=ana, effective_on=date(2026, 6, 6))


def test_an_effect_comes_once_however_often_somebody_asks(db: Session) -> None:
    members = council(db)
    id = passed(db, ProposalKind.BENEFITS, benefits(), members=members)
    first = effect(db, id)
    size = journal.size(db)
    assert first == effect(db, id, days_late=3)
    assert effects.enact(db, act("system", datetime(2027, 1, 1)), id, _never) == first
    assert journal.size(db) == size
    assert len(every(db, Policy)) == 1


def _never(*_: object) -> None:
    raise AssertionError("carried out twice")


def test_nothing_is_carried_out_before_its_day_nor_of_what_failed(db: Session) -> None:
    members = council(db)
    id = passed(db, ProposalKind.BENEFITS, benefits(), members=members)
    before = datetime.combine(effective_on(db, id) - timedelta(days=1), datetime.max.time())
    with pytest.raises(NotAllowedNow, match=str(effective_on(db, id))):
        effects.enact(db, act("system", before), id, _never)
    failed = announced(db, ProposalKind.BENEFITS, benefits("No leave."), author=members[0])
    assert voted(db, failed, dict.fromkeys(members, "no")).outcome is Outcome.FAILED
    assert effect(db, failed) is None
    with pytest.raises(NotAllowedNow, match="not passed"):
        effects.enact(db, act("system", datetime(2027, 1, 1)), failed, _never)


def test_a_server_that_was_off_on_the_day_does_not_reach_back(db: Session) -> None:
    members = council(db)
    id = passed(db, ProposalKind.BENEFITS, benefits(), members=members)
    day = effective_on(db, id)
    effect(db, id, days_late=5)
    assert policies.in_force(db, "documents.benefits", day) is None
    assert policies.in_force(db, "documents.benefits", day + timedelta(days=5)) is not None


def test_of_two_that_replace_the_same_version_only_the_first_takes_effect(db: Session) -> None:
    members = council(db)
    first = passed(db, ProposalKind.BENEFITS, benefits("First."), members=members)
    second = announced(db, ProposalKind.BENEFITS, benefits("Second."), author=members[0])
    effect(db, first)
    voted(db, second, dict.fromkeys(members, "yes"))
    made = effect(db, second)
    assert made is not None
    assert (made.outcome, made.entries) == (EnactmentOutcome.LAPSED, [])
    assert made.reason is not None
    assert "version 0" in made.reason
    [version] = policies.history(db, "documents.benefits")
    assert version.value["text"] == "First."


def test_what_the_record_refuses_leaves_the_outcome_and_says_why(db: Session) -> None:
    """A pool that the charter has no shares for: the vote stands, and so does the refusal."""
    pool = Pool(db, reserved=9_000_000)
    id = pool.increase("2000000", "9000000")
    size = journal.size(db)
    made = effect(db, id)
    assert made is not None
    assert made.outcome is EnactmentOutcome.REFUSED
    assert made.reason is not None
    assert "authorised" in made.reason
    assert journal.size(db) == size + 1
    found = proposals.standing(db, id)
    assert found.closing is not None
    assert found.closing.outcome is Outcome.PASSED
    assert reserved_units(db, pool.plan, effective_on(db, id)) == 9_000_000
    assert verify_all(db).fault is None


def test_all_motions_of_a_proposal_take_effect_or_none(db: Session) -> None:
    members = council(db)
    stale = set_policy("documents.pets", document(), 7)
    id = passed(db, ProposalKind.BENEFITS, benefits(), stale, members=members)
    made = effect(db, id)
    assert made is not None
    assert made.outcome is EnactmentOutcome.LAPSED
    assert every(db, Policy) == []


class Pool:
    """A plan, its founding board, and members who hold shares."""

    def __init__(self, db: Session, reserved: int = 1_000_000) -> None:
        make.company(db)
        self.db = db
        self.common = make.share_class(db)
        self.plan = make.plan(db, self.common, reserved=reserved).id
        self.director = make.holder(db).id
        seat = seats.create_seat(
            db, make.act(), "Chair", reserved_for=None, term_months=24, on=TODAY, has_members=False
        )
        seats.name_first(db, make.act(), seat.id, self.director, on=TODAY, has_members=False)
        self.members = [make.member(db) for _ in range(3)]
        issue_stock(db, make.act(), StockOrder(self.members[0], self.common.id, 100), on=make.BEGINNING)

    def increase(self, units: str, expected: str) -> str:
        """A larger pool that members, board and stockholders have passed."""
        motion = {"kind": "enlarge_pool", "plan": self.plan, "units": units, "expected_total": expected}
        return passed(self.db, ProposalKind.POOL_INCREASE, motion, members=self.members, directors=[self.director])


def test_a_pool_grows_by_what_members_board_and_stockholders_passed(db: Session) -> None:
    pool = Pool(db)
    id = pool.increase("500000", "1000000")
    assert reserved_units(db, pool.plan, TODAY) == 1_000_000
    made = effect(db, id)
    assert made is not None
    assert made.outcome is EnactmentOutcome.ENACTED, made.reason
    day = effective_on(db, id)
    assert reserved_units(db, pool.plan, day) == 1_500_000
    assert reserved_units(db, pool.plan, day - timedelta(days=1)) == 1_000_000
    assert verify_all(db).fault is None


def test_a_pool_that_is_not_what_was_expected_is_left_alone(db: Session) -> None:
    pool = Pool(db)
    made = effect(db, pool.increase("500000", "900000"))
    assert made is not None
    assert made.outcome is EnactmentOutcome.LAPSED
    assert made.reason is not None
    assert "1000000" in made.reason


def test_what_members_decided_is_not_reversed_and_neither_is_what_they_took_over(db: Session) -> None:
    pool = Pool(db)
    made = effect(db, pool.increase("500000", "1000000"))
    assert made is not None
    with pytest.raises(NotReversible, match="put forward a proposal"):
        reverse(db, make.act(), made.entries[0], reason="A founder changes their mind")
    entry = tables.entry.c
    adopted = db.execute(select(entry.n).where(entry.kind == "plan.adopted")).scalar_one()
    with pytest.raises(NotReversible, match="members"):
        reverse(db, make.act(), adopted, reason="A founder changes their mind")


def test_grants_that_passed_are_approved_and_issued_whoever_comes_by_first(db: Session) -> None:
    """Not even the drafter's own request, if it is the first after the day, makes the drafter the approver."""
    make.company(db)
    plan, to = make.plan(db), make.holder(db)
    draft = draft_grant(db, make.act("usr_drafter"), make.grant_order(plan, to), on=TODAY)
    members = [make.member(db) for _ in range(3)]
    motion: dict[str, Any] = {"kind": "approve_grants", "drafts": [{"id": draft.id, "terms_hash": draft.terms_hash}]}
    id = passed(db, ProposalKind.GRANTS, motion, members=members)
    made = effect(db, id, actor="usr_drafter")
    assert made is not None
    assert made.outcome is EnactmentOutcome.ENACTED, made.reason
    [security] = every(db, Security, holder=to.id)
    assert position(db, security.id).outstanding == 4_800


def test_terms_that_changed_after_the_vote_are_not_granted(db: Session) -> None:
    make.company(db)
    plan, to = make.plan(db), make.holder(db)
    order = make.grant_order(plan, to)
    draft = draft_grant(db, make.act("usr_drafter"), order, on=TODAY)
    members = [make.member(db) for _ in range(3)]
    motion: dict[str, Any] = {"kind": "approve_grants", "drafts": [{"id": draft.id, "terms_hash": draft.terms_hash}]}
    id = passed(db, ProposalKind.GRANTS, motion, members=members)
    draft_grant(db, make.act("usr_drafter"), make.grant_order(plan, to, quantity=9_999), on=TODAY, draft_id=draft.id)
    made = effect(db, id)
    assert made is not None
    assert made.outcome is EnactmentOutcome.REFUSED
    assert every(db, Security, holder=to.id) == []


def test_a_plan_ends_only_by_two_thirds_twice_and_then_all_of_it_vests(db: Session) -> None:
    """Scenario 69: the sale of the company can't end a plan; once passed, what was granted vests at once."""
    make.company(db)
    plan, to = make.plan(db, reserved=10_000), make.holder(db)
    grant = make.grant(db, plan, to, grant_date=date(2026, 1, 15), vesting_start=date(2026, 1, 15))
    providers = [make.member(db) for _ in range(3)]
    stewards = [make.member(db, MemberClass.STEWARD) for _ in range(6)]
    motion = {"kind": "terminate_plan", "plan": plan.id}
    blocked = announced(db, ProposalKind.CORPORATE_ACTION, motion, author=stewards[0])
    ballots = dict.fromkeys(stewards, "yes") | {providers[0]: "yes", providers[1]: "no", providers[2]: "no"}
    assert voted(db, blocked, ballots).outcome is Outcome.FAILED
    assert effect(db, blocked) is None
    assert position(db, grant.security.id).vested(date(2026, 4, 1)) == 0
    id = passed(db, ProposalKind.CORPORATE_ACTION, motion, members=[*providers, *stewards])
    made = effect(db, id)
    assert made is not None
    assert made.outcome is EnactmentOutcome.ENACTED, made.reason
    day = effective_on(db, id)
    assert position(db, grant.security.id).vested(day) == 4_800
    assert position(db, grant.security.id).vested(day - timedelta(days=1)) < 4_800
    assert journal.balance(db, f"pool:{plan.id}") == 0
    assert verify_all(db).fault is None


def test_a_lower_ceiling_is_credited_from_the_next_monday(db: Session) -> None:
    members = council(db)
    motion = set_policy("credit", {"ceiling_week": 22})
    id = passed(db, ProposalKind.CASELOAD_LOWER, motion, members=members)
    made = effect(db, id)
    assert made is not None
    assert made.outcome is EnactmentOutcome.ENACTED, made.reason
    [policy] = map(policy_of, every(db, CreditRule))
    assert (policy.ceiling.week, policy.resolution) == (22, f"proposal:{id}")
    day = effective_on(db, id)
    assert policy.effective_from.weekday() == 0
    assert day < policy.effective_from <= day + timedelta(days=7)
    raised = set_policy("credit", {"ceiling_week": 30}, 1)
    made = effect(db, passed(db, ProposalKind.CASELOAD_LOWER, raised, members=members))
    assert made is not None
    assert made.outcome is EnactmentOutcome.REFUSED
    assert made.reason is not None
    assert "CASELOAD_RAISE" in made.reason
    made = effect(db, passed(db, ProposalKind.CASELOAD_RAISE, raised, members=members))
    assert made is not None
    assert made.outcome is EnactmentOutcome.ENACTED, made.reason
    assert verify_all(db).fault is None


def test_rules_for_votes_change_by_the_vote_they_replace(db: Session) -> None:
    members = council(db)
    rule = default_rules(ProposalKind.BENEFITS).to_json() | {"notice_days": 30}
    with pytest.raises(MotionInvalid, match="of that kind"):
        announced(db, ProposalKind.ADVISORY, set_policy("rules.BENEFITS", rule), author=members[0])
    # already this vote is announced as early as the longer notice asks
    id = passed(db, ProposalKind.BENEFITS, set_policy("rules.BENEFITS", rule), members=members, notice_days=30)
    effect(db, id)
    day = effective_on(db, id)
    assert policies.rules_in_force(db, ProposalKind.BENEFITS, day).notice_days == 30
    assert policies.rules_in_force(db, ProposalKind.BENEFITS, day - timedelta(days=1)).notice_days == 14


def objecting(db: Session, id: str, member: str, days: int = 1, reason: str = "It harms us.") -> None:
    """Somebody objects, some days after the vote."""
    found = proposals.notice(db, id)
    assert found is not None
    closed = local_time(found.closes_at, ZONE).replace(tzinfo=None)
    effects.object_to(db, act(member, closed + timedelta(days=days, minutes=-1)), id, member, reason)


def test_enough_objections_stop_what_passed(db: Session) -> None:
    """A tenth of eleven is two."""
    members = council(db, 11)
    id = passed(db, ProposalKind.BENEFITS, benefits(), members=members)
    objecting(db, id, members[3])
    assert effects.objections(db, id) == (1, 2)
    objecting(db, id, members[4])
    made = effect(db, id)
    assert made is not None
    assert made.outcome is EnactmentOutcome.STOPPED
    assert every(db, Policy) == []


def test_objections_below_the_share_or_taken_back_stop_nothing(db: Session) -> None:
    members = council(db, 11)
    id = passed(db, ProposalKind.BENEFITS, benefits(), members=members)
    objecting(db, id, members[3])
    objecting(db, id, members[4])
    closed = datetime.combine(effective_on(db, id) - timedelta(days=5), datetime.min.time())
    effects.withdraw_objection(db, act(members[4], closed), id, members[4])
    made = effect(db, id)
    assert made is not None
    assert made.outcome is EnactmentOutcome.ENACTED


def test_objections_are_for_the_roll_with_reasons_once_and_in_time(db: Session) -> None:
    members = council(db, 11)
    id = passed(db, ProposalKind.BENEFITS, benefits(), members=members)
    late = make.member(db)
    with pytest.raises(NotEntitled):
        objecting(db, id, late)
    with pytest.raises(Invalid):
        objecting(db, id, members[1], reason=" ")
    objecting(db, id, members[1])
    with pytest.raises(AlreadyExists):
        objecting(db, id, members[1])
    objecting(db, id, members[2], days=7)
    with pytest.raises(NotAllowedNow):
        objecting(db, id, members[3], days=8)
