"""What belongs to the members is attacked by SQL and by the journal itself, on both databases (scenario 59)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.db import make_engine
from app.verification import verify_all
from governance.records import EnactmentOutcome, Policy, ProposalKind, Seat, SeatTerm, SeatVacated
from ledger import journal
from ledger.entries import Draft, Role, account, move, unit
from ledger.equity.reversals import OF_MEMBERS
from ledger.equity.values import Plan
from ledger.reading import every
from ledger.records import Record
from ledger.sessions.choices import credit_rule
from ledger.sessions.policy import CreditPolicy
from ledger.sessions.thresholds import Limits
from ledger.types import Json
from tests import make
from tests.governance.assembly import announced, effect, passed, voted

DAY = date(2026, 3, 2)
MONDAY = date(2026, 3, 9)

policy = CreditPolicy("founders", DAY, MONDAY, Limits(9, 30), {}, Fraction(0), 10, 120, 12, 13, None, Fraction(0))
CREDIT = credit_rule(policy, "pol_1", on=DAY)


def fee(proposal: str | None, *, key: str = "fees", version: int = 1) -> Policy:
    return Policy("pol_1", key, version, {"fees": []}, DAY, None, proposal)


def wrote(db: Session, *records: Record, kind: str = "policy.adopted") -> None:
    journal.append(db, make.act(), Draft(kind, DAY, records))


def refusal(db: Session, attack: Callable[[Session], object]) -> str:
    """Return how the database refused something; whatever was done before stays."""
    with pytest.raises(DBAPIError) as caught, db.begin_nested():
        attack(db)
    return str(caught.value.orig)


def pool_moved(db: Session, plan: Plan, units: int, kind: str) -> None:
    """An entry that moves units into a pool, past every deed."""
    moved = move(unit(plan.class_id), units, account(Role.UNISSUED, plan.class_id), account(Role.POOL, plan.id))
    journal.append(db, make.act(authority="proposal:prp_1"), Draft(kind, DAY, (), moved))


def test_before_the_first_member_founders_write_what_is_needed(db: Session) -> None:
    make.company(db)
    plan = make.plan(db)
    wrote(db, fee(None))
    wrote(db, CREDIT, kind="sessions.policy_set")
    wrote(db, Seat("sea_1", "Chair", None, 12), kind="seat.created")
    wrote(db, SeatTerm("trm_1", "sea_1", "hld_1", DAY, MONDAY, None, None), kind="seat.filled")
    pool_moved(db, plan, 5, "plan.adjusted")


@pytest.mark.parametrize(
    ("kind", "records"),
    [
        ("policy.adopted", (fee(None),)),
        ("policy.adopted", (fee("prp_none"),)),
        ("policy.adopted", (fee(None, key="rules.FEE_OR_RATE"),)),
        ("sessions.policy_set", (CREDIT,)),
        ("holder.added", (CREDIT,)),
        ("seat.created", (Seat("sea_1", "Chair", None, 12),)),
    ],
)
def test_from_the_first_member_on_no_entry_of_any_kind_sets_what_is_theirs(
    db: Session, kind: str, records: tuple[Record, ...]
) -> None:
    make.company(db)
    make.member(db)
    assert "only what has passed" in refusal(db, lambda db: wrote(db, *records, kind=kind))


@pytest.mark.parametrize("kind", sorted(OF_MEMBERS - {"sessions.policy_set"}))
def test_nobody_moves_a_pool_past_the_members(db: Session, kind: str) -> None:
    make.company(db)
    plan = make.plan(db)
    make.member(db)
    for units in (5, -5):
        assert "only what has passed" in refusal(db, lambda db, units=units: pool_moved(db, plan, units, kind))  # type: ignore[misc]


def test_a_pool_from_the_founding_is_not_reversed_past_the_members(db: Session) -> None:
    make.company(db)
    plan = make.plan(db)
    founded = journal.size(db) - 1
    make.member(db)
    assert "only what has passed" in refusal(db, lambda db: journal.reverse(db, make.act(), founded, reason="No"))
    assert every(db, Plan) == [plan]


def test_no_row_names_a_vote_that_failed_or_waits_or_is_about_something_else(db: Session) -> None:
    make.company(db)
    members = [make.member(db) for _ in range(3)]
    motion: dict[str, Json] = {"kind": "set_policy", "key": "fees", "value": {"fees": []}, "expected_version": 0}
    failed = announced(db, ProposalKind.FEE_OR_RATE, motion, author=members[0])
    voted(db, failed, dict.fromkeys(members, "no"))
    won = passed(db, ProposalKind.FEE_OR_RATE, motion, members=members)
    waiting = announced(db, ProposalKind.FEE_OR_RATE, motion, author=members[0])
    for wrong in (fee(waiting), fee(failed), fee(won, key="rates"), fee(won, version=2)):
        assert refusal(db, lambda db, wrong=wrong: wrote(db, wrong))  # type: ignore[misc]
    seat = SeatTerm("trm_1", "sea_1", "hld_1", DAY, MONDAY, "5", waiting)
    assert refusal(db, lambda db: wrote(db, seat, kind="seat.filled"))
    effect(db, won)
    again = fee(won, version=2)
    assert "once" in refusal(db, lambda db: wrote(db, again))


def test_a_founding_director_is_recalled_by_a_vote_or_steps_down(db: Session) -> None:
    make.company(db)
    wrote(db, Seat("sea_1", "Chair", None, 12), kind="seat.created")
    wrote(db, SeatTerm("trm_1", "sea_1", "hld_1", DAY, MONDAY, None, None), kind="seat.filled")
    make.member(db)
    second = SeatTerm("trm_2", "sea_1", "hld_2", MONDAY, MONDAY, None, None)
    assert "only what has passed" in refusal(db, lambda db: wrote(db, second, kind="seat.filled"))
    recalled = SeatVacated("trm_1", DAY, "Recalled", "prp_none")
    assert "only what has passed" in refusal(db, lambda db: wrote(db, recalled, kind="seat.vacated"))
    wrote(db, SeatVacated("trm_1", DAY, "Steps down", None), kind="seat.vacated")


def test_what_was_decided_is_not_changed(engine: Engine) -> None:
    with Session(engine) as db, db.begin():
        make.company(db)
        _filled(db)
    for table in ("policy", "credit_rule", "closing", "enactment", "seat_term", "ballot", "roll", "notice"):
        for attack in (f"UPDATE {table} SET n = n", f"DELETE FROM {table}"):
            with pytest.raises(DBAPIError, match="only ever added to"), engine.begin() as connection:
                connection.execute(text(attack))


def test_a_policy_that_got_past_the_guards_is_found_by_the_verifier(sqlite_url: str) -> None:
    engine = make_engine(sqlite_url)
    with Session(engine) as db:
        make.company(db)
        wrote(db, fee(None))
        members = [make.member(db) for _ in range(2)]
        motion: dict[str, Json] = {"kind": "set_policy", "key": "fees", "value": {"fees": []}, "expected_version": 1}
        made = effect(db, passed(db, ProposalKind.FEE_OR_RATE, motion, members=members))
        assert made is not None
        assert made.outcome is EnactmentOutcome.ENACTED, made.reason
        assert verify_all(db).fault is None
        for trigger in ("policy_passed", "head_passed"):
            db.execute(text(f"DROP TRIGGER {trigger}"))
        forged = replace(fee(None, version=3), id="pol_2")
        wrote(db, forged)
        fault = verify_all(db).fault
    engine.dispose()
    assert fault is not None
    assert fault.table == "policy"
    assert "version 3 rests on no vote" in fault.message


def _filled(db: Session) -> None:
    """A row in each table."""
    wrote(db, Seat("sea_1", "Chair", None, 12), kind="seat.created")
    wrote(db, SeatTerm("trm_1", "sea_1", "hld_1", DAY, MONDAY, None, None), kind="seat.filled")
    members = [make.member(db) for _ in range(2)]
    motion: dict[str, Json] = {
        "kind": "set_policy",
        "key": "credit",
        "value": {"ceiling_week": 22},
        "expected_version": 0,
    }
    effect(db, passed(db, ProposalKind.CASELOAD_LOWER, motion, members=members))
