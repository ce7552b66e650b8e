"""A mistake is undone by an entry of its own, newest first, and everything stands as before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import journal, tables
from ledger.equity import classes, exercise, expiry, grants, leaving, register, splits, vesting_changes
from ledger.equity.leaving import LeavingOrder
from ledger.equity.parting import LayoffProtection
from ledger.equity.reversals import reverse
from ledger.equity.securities import Position, position
from ledger.equity.stock import StockOrder, issue_stock
from ledger.equity.values import AwardType, ClassKind, EngagementKind, Holder, LeavingReason, Plan, Security
from ledger.equity.vesting.later import AccelerationOrder
from ledger.equity.vesting.leave import Leave
from ledger.errors import Invalid, NotFound, NotReversible, Overdrawn, Refusal
from ledger.reading import every
from ledger.types import Cut, Price
from ledger.verify import verify
from tests import make

LATER = date(2026, 1, 15)


def newest(db: Session) -> int:
    return journal.size(db) - 1


def undo(db: Session, n: int) -> tuple[int, ...]:
    return reverse(db, make.act(), n, reason="Entered by mistake.")


def test_a_reversed_exercise_leaves_the_option_as_it_was_and_no_certificate(db: Session) -> None:
    option = make.option(db)
    made = exercise.exercise(db, make.act(), option.security.id, 1_000, on=LATER)
    n = newest(db)
    payload = db.execute(select(tables.entry.c.payload).where(tables.entry.c.n == n)).scalar_one()
    [undoing] = undo(db, n)
    assert position(db, option.security.id) == option
    with pytest.raises(NotFound):
        position(db, made.id)
    assert db.execute(select(tables.entry.c.payload).where(tables.entry.c.n == n)).scalar_one() == payload
    entry = journal.entry_at(db, undoing)
    assert (entry.reverses, entry.effective_on, entry.body["reason"]) == (n, LATER, "Entered by mistake.")


def test_reports_of_before_the_reversal_still_show_what_was_known(db: Session) -> None:
    option = make.option(db)
    exercise.exercise(db, make.act(), option.security.id, 1_000, on=LATER)
    known_at = journal.size(db)
    undo(db, newest(db))
    assert position(db, option.security.id, Cut(LATER, known_at)).outstanding == 3_800
    assert position(db, option.security.id, Cut(LATER, journal.size(db))).outstanding == 4_800


def test_an_entry_is_reversed_once_and_a_reversal_never(db: Session) -> None:
    """As scenario 41."""
    option = make.option(db)
    exercise.exercise(db, make.act(), option.security.id, 1_000, on=LATER)
    n = newest(db)
    [undoing] = undo(db, n)
    with pytest.raises(NotReversible, match="has been reversed already"):
        undo(db, n)
    with pytest.raises(NotReversible, match="A reversal can't be reversed"):
        undo(db, undoing)
    with pytest.raises(NotFound):
        undo(db, journal.size(db))
    exercise.exercise(db, make.act(), option.security.id, 1_200, on=LATER)
    with pytest.raises(NotReversible, match="has been reversed already"):
        undo(db, n)


def test_a_reversal_says_why(db: Session) -> None:
    make.holder(db)
    with pytest.raises(Invalid):
        reverse(db, make.act(), newest(db), reason=" ")


def test_what_rests_on_it_is_reversed_first(db: Session) -> None:
    """As scenario 40: the wrong number is undone, the right one entered, and the first entry is still there."""
    option = make.option(db)
    grant = newest(db)
    exercise.exercise(db, make.act(), option.security.id, 45, on=LATER)
    first = newest(db)
    exercise.exercise(db, make.act(), option.security.id, 10, on=LATER)
    second = newest(db)
    for n in (grant, first):
        with pytest.raises(NotReversible, match=rf"Entry (\d+) \(award.exercised\) rests on entry {n}"):
            undo(db, n)
    undo(db, second)
    undo(db, first)
    exercise.exercise(db, make.act(), option.security.id, 55, on=LATER)
    assert position(db, option.security.id).outstanding == 4_745
    assert journal.entry_at(db, first).kind == "award.exercised"


def test_a_leaver_of_many_grants_comes_back_by_one_reversal(db: Session) -> None:
    plan, holder = make.plan(db), make.holder(db)
    before = [make.grant(db, plan, holder, quantity=480 + n) for n in range(60)]
    numbers = leaving.terminate(
        db, make.act(), LeavingOrder(holder.id, LeavingReason.VOLUNTARY_OTHER, date(2024, 11, 20))
    )
    assert len(numbers) > 1
    assert len(undo(db, numbers[1])) == len(numbers)
    assert [position(db, one.security.id) for one in before] == before
    assert register.engaged_as(db, holder.id, LATER) == (EngagementKind.C1099,)


def test_units_that_were_granted_again_can_not_be_taken_back(db: Session) -> None:
    plan, holder = make.plan(db, reserved=5_000), make.holder(db)
    make.grant(db, plan, holder)
    [n] = leaving.terminate(db, make.act(), LeavingOrder(holder.id, LeavingReason.VOLUNTARY_OTHER, date(2024, 11, 20)))
    make.grant(db, plan, quantity=4_900, grant_date=LATER, vesting_start=LATER)
    with pytest.raises(Overdrawn):
        undo(db, n)


Case = Callable[[Session], tuple[int, str]]
"""Does two things, and returns the number of the first and the kind of the second, which rests on it."""


def _holder_and_engagement(db: Session) -> tuple[int, str]:
    holder = make.holder(db, engaged=None)
    n = newest(db)
    make.engage(db, holder)
    return n, "holder.engaged"


def _engagement_and_its_end(db: Session) -> tuple[int, str]:
    holder = make.holder(db)
    n = newest(db)
    leaving.terminate(db, make.act(), LeavingOrder(holder.id, LeavingReason.VOLUNTARY_OTHER, LATER))
    return n, "holder.left"


def _leaving_and_return(db: Session) -> tuple[int, str]:
    holder = make.holder(db)
    [n] = leaving.terminate(db, make.act(), LeavingOrder(holder.id, LeavingReason.VOLUNTARY_OTHER, LATER))
    make.engage(db, holder, on=LATER + timedelta(days=30))
    return n, "holder.engaged"


def _employment_and_an_iso(db: Session) -> tuple[int, str]:
    holder = make.holder(db, engaged=EngagementKind.W2)
    n = newest(db)
    make.option(db, to=holder, award_type=AwardType.ISO)
    return n, "grant.issued"


def _dismissal_and_decision(db: Session) -> tuple[int, str]:
    holder = make.holder(db)
    order = LeavingOrder(
        holder.id,
        LeavingReason.INVOLUNTARY_WITH_CAUSE,
        LATER,
        second_approver="usr_board",
        appeal_until=LATER + timedelta(days=30),
    )
    [n] = leaving.terminate(db, make.act(), order)
    leaving.confirm_cause(db, make.act(), holder.id, on=LATER + timedelta(days=31))
    return n, "holder.cause_confirmed"


def _class_and_plan(db: Session) -> tuple[int, str]:
    common = make.share_class(db)
    n = newest(db)
    make.plan(db, common)
    return n, "plan.adopted"


def _class_and_charter(db: Session) -> tuple[int, str]:
    common = make.share_class(db)
    n = newest(db)
    classes.adjust_authorised(db, make.act(), common.id, 11_000_000, on=LATER)
    return n, "class.adjusted"


def _class_and_one_that_converts(db: Session) -> tuple[int, str]:
    common = make.share_class(db)
    n = newest(db)
    make.share_class(db, kind=ClassKind.PREFERRED, converts_to=common.id)
    return n, "class.authorised"


def _plan_and_draft(db: Session) -> tuple[int, str]:
    plan = make.plan(db)
    n = newest(db)
    grants.draft_grant(db, make.act(), make.grant_order(plan, make.holder(db)), on=LATER)
    return n, "grant.drafted"


def _plan_and_reserve(db: Session) -> tuple[int, str]:
    plan = make.plan(db)
    n = newest(db)
    classes.adjust_plan(db, make.act(), plan.id, 10, on=LATER)
    return n, "plan.adjusted"


def _draft_and_approval(db: Session) -> tuple[int, str]:
    make.approved(db, make.grant_order(make.plan(db), make.holder(db)))
    return newest(db) - 1, "grant.approved"


def _approval_and_grant(db: Session) -> tuple[int, str]:
    draft = make.approved(db, make.grant_order(make.plan(db), make.holder(db)))
    n = newest(db)
    grants.issue_grant(db, make.act(), draft)
    return n, "grant.issued"


def _valuation_and_option(db: Session) -> tuple[int, str]:
    plan, holder = make.plan(db), make.holder(db)
    make.valuation(db, plan.class_id, "0.62", on=date(2024, 1, 1))
    n = newest(db)
    make.grant(db, plan, holder, award_type=AwardType.NSO, price=Price.parse("0.62", "USD"))
    return n, "grant.issued"


def _grant_and_acceptance(db: Session) -> tuple[int, str]:
    granted = make.grant(db)
    n = newest(db)
    grants.accept(db, make.act(), granted.security.id, on=LATER)
    return n, "security.accepted"


def _charter_and_split(db: Session) -> tuple[int, str]:
    common = make.share_class(db)
    classes.adjust_authorised(db, make.act(), common.id, 11_000_000, on=date(2024, 1, 1))
    n = newest(db)
    splits.split_class(db, make.act(), common.id, 2, 1, on=LATER)
    return n, "class.split"


def _split_and_shares(db: Session) -> tuple[int, str]:
    common, holder = make.share_class(db), make.holder(db)
    splits.split_class(db, make.act(), common.id, 2, 1, on=LATER)
    n = newest(db)
    issue_stock(db, make.act(), StockOrder(holder.id, common.id, 10), on=LATER)
    return n, "stock.issued"


def _company_and_anything(db: Session) -> tuple[int, str]:
    make.company(db)
    n = newest(db)
    make.holder(db, engaged=None)
    return n, "holder.added"


CASES: tuple[Case, ...] = (
    _holder_and_engagement,
    _engagement_and_its_end,
    _leaving_and_return,
    _employment_and_an_iso,
    _dismissal_and_decision,
    _class_and_plan,
    _class_and_charter,
    _class_and_one_that_converts,
    _plan_and_draft,
    _plan_and_reserve,
    _draft_and_approval,
    _approval_and_grant,
    _valuation_and_option,
    _grant_and_acceptance,
    _charter_and_split,
    _split_and_shares,
    _company_and_anything,
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__.removeprefix("_"))
def test_nothing_is_reversed_under_what_rests_on_it(db: Session, case: Case) -> None:
    n, kind = case(db)
    with pytest.raises(NotReversible, match=rf"Entry \d+ \({kind}\) rests on entry {n}; reverse that first"):
        undo(db, n)
    for later in range(newest(db), n, -1):
        undo(db, later)
    undo(db, n)
    assert verify(db).fault is None


# ── Any deeds, undone newest first ────────────────────────────────────────────────────────────────────────────────

CHAPTERS = (
    ("exercise",),
    ("settle",),
    ("accelerate",),
    ("split",),
    ("expire",),
    ("pause", "resume"),
    ("leave",),
    ("dismiss", "confirm"),
    ("dismiss", "overturn"),
)


def _attempt(db: Session, deed: str, on: date, number: int, held: tuple[Position, Position], holder: Holder) -> None:
    option, rsu = (one.security.id for one in held)
    if deed == "exercise":
        exercise.exercise(db, make.act(), option, number, on=on)
    elif deed == "settle":
        exercise.settle(db, make.act(), rsu, number, on=on, withheld=number // 3)
    elif deed == "accelerate":
        order = list(AccelerationOrder)[number % 3]
        vesting_changes.accelerate(db, make.act(), rsu, on=on, reason="Thanks.", quantity=number, order=order)
    elif deed == "pause":
        until = on + timedelta(days=100)
        vesting_changes.pause(db, make.act(), option, leave=Leave.UNPAID_PERSONAL, on=on, until=until)
    elif deed == "resume":
        vesting_changes.resume(db, make.act(), option, on=on)
    elif deed == "expire":
        expiry.expire_due(db, make.act(), on)
    elif deed == "split":
        assert held[0].share_class is not None
        splits.split_class(db, make.act(), held[0].share_class.id, 3, 2, on=on)
    elif deed == "confirm":
        leaving.confirm_cause(db, make.act(), holder.id, on=on)
    elif deed == "overturn":
        leaving.overturn_cause(db, make.act(), holder.id, on=on, reason="Heard.")
    else:
        cause: dict[str, Any] = {"second_approver": "usr_board", "appeal_until": on + timedelta(days=30)}
        reason = LeavingReason.INVOLUNTARY_WITH_CAUSE if deed == "dismiss" else LeavingReason.INVOLUNTARY_OTHER
        order_ = LeavingOrder(holder.id, reason, on, **(cause if deed == "dismiss" else {}))
        leaving.terminate(db, make.act(), order_, protection=LayoffProtection(waive_cliff=True, extra_months=6))


def _picture(db: Session, plan: Plan, holder: Holder) -> object:
    """Everything a member could see."""
    return (
        [position(db, one.id) for one in every(db, Security)],
        classes.available_units(db, plan.id),
        classes.authorised_units(db, plan.class_id),
        register.engagements(db, holder.id),
    )


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from(CHAPTERS), min_size=2, max_size=6),
    st.lists(st.tuples(st.integers(0, 200), st.integers(1, 900)), min_size=12, max_size=12),
)
def test_deeds_undone_newest_first_leave_everything_exactly_as_before(
    db: Session, chapters: list[tuple[str, ...]], choices: list[tuple[int, int]]
) -> None:
    plan, holder = make.plan(db, pauses_for_leave=True), make.holder(db)
    held = make.option(db, plan, holder, expires_on=date(2027, 1, 1)), make.grant(db, plan, holder)
    on, pictures = date(2025, 2, 1), []
    deeds = [deed for chapter in chapters for deed in chapter]
    for deed, (days, number) in zip(deeds, choices, strict=False):
        on += timedelta(days=days)
        before, size = _picture(db, plan, holder), journal.size(db)
        try:
            with db.begin_nested():
                _attempt(db, deed, on, number, held, holder)
        except Refusal:
            continue
        if journal.size(db) > size:
            pictures.append((journal.size(db) - 1, before))
    for n, before in reversed(pictures):
        undo(db, n)
        assert _picture(db, plan, holder) == before
    db.rollback()
