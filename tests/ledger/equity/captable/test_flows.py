"""Pools, their events and the roll-forward: what moved is named, and leads to what is left."""

from __future__ import annotations

import importlib
import pkgutil
from datetime import date
from enum import StrEnum
from itertools import pairwise

import pytest
from sqlalchemy.orm import Session

from app import tables as _everything  # noqa: F401 - declares every kind of entry
from ledger import equity, journal
from ledger.entries import Draft, Role, account, move, unit
from ledger.equity import classes, exercise, splits
from ledger.equity.captable.flows import FLOWS, Flow, flow_of
from ledger.equity.captable.movements import pool_balances, pool_events, roll_forwards
from ledger.equity.captable.pools import PoolBalance
from ledger.equity.captable.roll_forward import Measure, RollForward, Span, roll_forward
from ledger.equity.conversions import convert
from ledger.equity.grants import retract
from ledger.equity.leaving import LeavingOrder, terminate
from ledger.equity.returns import cancel, repurchase
from ledger.equity.stock import StockOrder, issue_stock
from ledger.equity.transfers import transfer
from ledger.equity.values import ClassKind, LeavingReason, ReturnRule
from ledger.errors import DatesOutOfOrder, Tampered
from ledger.kinds import KINDS
from ledger.types import Cut, Price
from tests import make
from tests.ledger.equity.captable.worked import YEAR_END, summary_of_ten_million

LATER = date(2026, 6, 30)

MOVE_NOTHING = {
    "class.adjusted",
    "class.authorised",
    "class.ratio_set",
    "company.figure_stated",
    "engagement.changed",
    "grant.approved",
    "grant.drafted",
    "grant.repriced",
    "grant.valued",
    "holder.added",
    "holder.cause_overturned",
    "holder.engaged",
    "holder.erased",
    "holder.identified",
    "issuer.registered",
    "note.issued",
    "ocf.kept",
    "security.accepted",
    "valuation.recorded",
    "vesting.accelerated",
    "vesting.milestone",
    "vesting.paused",
    "vesting.resumed",
    "warrant.issued",
}
"""Kinds of entry about equity that move no units of plans and no certificates."""


def kinds_of_equity() -> set[str]:
    """Every kind of entry that a module about equity declares."""
    modules = [importlib.import_module(each.name) for each in pkgutil.walk_packages(equity.__path__, "ledger.equity.")]
    words = [word for module in modules for word in vars(module).values() if isinstance(word, type)]
    return {member.value for word in words if issubclass(word, StrEnum) for member in word if member.value in KINDS}


def balance(db: Session, as_of: date = LATER) -> PoolBalance:
    [found] = pool_balances(db, Cut(as_of, journal.size(db)))
    assert found.check == 0
    return found


def lines(db: Session, since: date, until: date) -> dict[tuple[str, Measure], RollForward]:
    found = roll_forwards(db, since, Cut(until, journal.size(db)))
    return {(line.subject, line.measure): line for line in found}


def test_every_kind_of_entry_about_equity_is_a_flow_or_moves_nothing() -> None:
    assert not FLOWS.keys() & MOVE_NOTHING
    assert FLOWS.keys() <= KINDS.keys()
    assert kinds_of_equity() - FLOWS.keys() == MOVE_NOTHING
    with pytest.raises(Tampered, match=r"moon\.landed"):
        flow_of("moon.landed")


def test_the_worked_pool_is_identical_with_what_it_reserved(db: Session) -> None:
    summary_of_ten_million(db)
    found = balance(db, YEAR_END)
    assert (found.reserved, found.granted, found.outstanding, found.available) == (
        2_000_000,
        1_402_000,
        1_318_400,
        640_350,
    )
    assert (found.forfeited_returned, found.expired_returned, found.exercised) == (38_350, 4_000, 41_250)


def test_the_worked_roll_forward_of_2025_leads_to_the_closing_figures(db: Session) -> None:
    """Scenario 23."""
    found = summary_of_ten_million(db)
    year = lines(db, date(2025, 1, 1), YEAR_END)
    awards, left = year[found.plan, Measure.AWARDS], year[found.plan, Measure.AVAILABLE]
    assert (awards.opening, awards.granted, awards.exercised_settled) == (640_000, 762_000, -41_250)
    assert (awards.forfeited, awards.expired, awards.closing) == (-38_350, -4_000, 1_318_400)
    assert (left.opening, left.granted, left.forfeited, left.expired) == (1_360_000, -762_000, 38_350, 4_000)
    assert left.closing == 640_350
    shares = year[found.units, Measure.SHARES]
    assert (shares.opening, shares.issued, shares.closing) == (0, 41_250, 41_250)


def test_the_next_period_opens_where_the_last_one_closed(db: Session) -> None:
    summary_of_ten_million(db)
    days = [date(2024, 1, 1), date(2024, 7, 1), date(2025, 1, 1), date(2025, 5, 5), date(2025, 5, 6), date(2026, 1, 1)]
    # a period ends on the day before the next begins
    periods = [lines(db, since, date.fromordinal(until.toordinal() - 1)) for since, until in pairwise(days)]
    for one, another in pairwise(periods):
        assert {key: line.closing for key, line in one.items()} == {key: line.opening for key, line in another.items()}


def test_every_way_out_of_a_grant_has_its_own_column(db: Session) -> None:
    make.company(db)
    plan = make.plan(db, reserved=100_000)
    held = make.grant(db, plan, quantity=4_800)
    exercise.settle(db, make.act(), held.security.id, 1_000, on=date(2026, 1, 15), withheld=300)
    cancel(db, make.act(), held.security.id, on=date(2026, 1, 16), reason="agreed")
    undone = make.grant(db, plan, quantity=500)
    retract(db, make.act(), undone.security.id, on=date(2024, 1, 15), reason="a mistake")
    classes.adjust_plan(db, make.act(), plan.id, 5_000, on=date(2026, 2, 1))
    found = balance(db)
    assert (found.reserved, found.granted, found.settled, found.outstanding) == (105_000, 4_800, 700, 0)
    # 300 withheld for tax and 3,800 cancelled
    assert (found.cancelled_returned, found.available) == (4_100, 104_300)
    assert balance(db, date(2026, 1, 31)).reserved == 100_000


def test_what_is_retired_or_held_by_the_company_is_not_returned(db: Session) -> None:
    make.company(db)
    for rule in (ReturnRule.RETIRE, ReturnRule.HOLD_AS_CAPITAL_STOCK):
        holder = make.holder(db)
        make.grant(db, make.plan(db, reserved=10_000, return_rule=rule), holder, quantity=4_800)
        terminate(db, make.act(), LeavingOrder(holder.id, LeavingReason.VOLUNTARY_OTHER, date(2024, 6, 1)))
    for found in pool_balances(db, Cut(LATER, journal.size(db))):
        assert (found.retired_not_returned, found.forfeited_returned, found.outstanding) == (4_800, 0, 0)
        assert (found.reserved, found.available, found.check) == (10_000, 5_200, 0)


def test_shares_granted_outright_are_settled_and_come_back_when_bought_back(db: Session) -> None:
    make.company(db)
    plan = make.plan(db, reserved=10_000)
    order = StockOrder(make.holder(db).id, plan.class_id, 900, plan_id=plan.id)
    held = issue_stock(db, make.act(), order, on=date(2024, 1, 15))
    repurchase(db, make.act(), held.security.id, on=date(2025, 1, 15), price=Price.parse("1.00", "USD"))
    before, after = balance(db, date(2025, 1, 14)), balance(db)
    assert (before.granted, before.settled, before.available) == (900, 900, 9_100)
    assert (after.granted, after.settled, after.repurchased_returned, after.available) == (900, 900, 900, 10_000)


def test_a_split_adjusts_what_is_reserved_and_the_pool_still_adds_up(db: Session) -> None:
    found = summary_of_ten_million(db)
    splits.split_class(db, make.act(), found.units, 3, 2, on=date(2026, 1, 2))
    after = balance(db)
    assert (after.reserved, after.outstanding, after.available) == (2_979_375, 1_977_600, 960_525)
    year = lines(db, date(2026, 1, 1), LATER)
    assert year[found.plan, Measure.AWARDS].adjusted == 659_200
    assert year[found.plan, Measure.AVAILABLE].adjusted == 320_175
    assert year[found.units, Measure.SHARES].adjusted == 20_625


def test_an_entry_that_was_reversed_leaves_no_trace_but_in_what_was_known(db: Session) -> None:
    make.company(db)
    plan = make.plan(db, reserved=10_000)
    make.grant(db, plan, quantity=4_800)
    issued = journal.size(db) - 1
    before = Cut(LATER, journal.size(db))
    journal.reverse(db, make.act(), issued, reason="another holder was meant")
    after = Cut(LATER, journal.size(db))
    assert [(each.granted, each.available, each.check) for each in pool_balances(db, after)] == [(0, 10_000, 0)]
    assert [(each.granted, each.available, each.check) for each in pool_balances(db, before)] == [(4_800, 5_200, 0)]
    assert [each.kind for each in pool_events(db, after)] == ["reserved", "granted", "granted reversed"]


def test_the_pool_of_an_implied_plan_is_not_known(db: Session) -> None:
    make.company(db)
    make.grant(db, make.plan(db, reserved=0, implied=True), quantity=1_000)
    [found] = pool_balances(db, Cut(LATER, journal.size(db)))
    assert (found.reserved, found.available, found.check) == (None, None, None)
    assert (found.granted, found.outstanding) == (1_000, 1_000)
    [event] = pool_events(db, Cut(LATER, journal.size(db)))
    assert (event.reserved, event.outstanding, event.running) == (None, 1_000, None)


def test_conversions_move_shares_between_classes_and_transfers_nothing(db: Session) -> None:
    make.company(db)
    common = make.share_class(db)
    preferred = make.share_class(db, kind=ClassKind.PREFERRED, prefix="PS-", converts_to=common.id, ratio=(2, 1))
    held = issue_stock(db, make.act(), StockOrder(make.holder(db).id, preferred.id, 100), on=date(2024, 1, 2))
    moved, _ = transfer(db, make.act(), held.security.id, make.holder(db).id, on=date(2025, 1, 2))
    assert lines(db, date(2025, 1, 1), LATER)[preferred.id, Measure.SHARES].transferred == 0
    convert(db, make.act(), moved.security.id, on=date(2025, 6, 1))
    year = lines(db, date(2025, 1, 1), LATER)
    assert year[preferred.id, Measure.SHARES].transferred == -100
    assert year[common.id, Measure.SHARES].transferred == 200


def test_the_events_of_a_pool_lead_to_what_is_available(db: Session) -> None:
    summary_of_ten_million(db)
    events = pool_events(db, Cut(YEAR_END, journal.size(db)))
    assert [each.kind for each in events] == [
        "reserved",
        "granted",
        "granted",
        "granted",
        "granted",
        "forfeited",
        "exercised",
        "expired",
    ]
    assert events[-1].running == 640_350
    assert sorted(events, key=lambda each: (each.on, each.n)) == events
    [exercised] = [each for each in events if each.kind == "exercised"]
    assert (exercised.outstanding, exercised.issued, exercised.labels) == (-41_250, 41_250, ("ES-1", "PU-1"))


def test_a_retired_forfeiture_makes_the_plan_smaller(db: Session) -> None:
    make.company(db)
    holder = make.holder(db)
    make.grant(db, make.plan(db, reserved=10_000, return_rule=ReturnRule.RETIRE), holder, quantity=4_800)
    terminate(db, make.act(), LeavingOrder(holder.id, LeavingReason.VOLUNTARY_OTHER, date(2024, 6, 1)))
    last = pool_events(db, Cut(LATER, journal.size(db)))[-1]
    assert (last.kind, last.reserved, last.available, last.outstanding) == ("forfeited", -4_800, 0, -4_800)


def test_a_roll_forward_does_not_run_backwards(db: Session) -> None:
    make.company(db)
    with pytest.raises(DatesOutOfOrder):
        roll_forwards(db, date(2025, 1, 2), Cut(date(2025, 1, 1), journal.size(db)))


def test_movements_that_do_not_lead_to_the_balance_are_refused() -> None:
    span = Span("pln", "Provider plan", Measure.AWARDS, 0, opening=0, closing=101)
    with pytest.raises(Tampered, match="lead to 100 outstanding awards of Provider plan; the accounts hold 101"):
        roll_forward(span, {(Role.AWARD, Flow.GRANTED): 100})


def test_a_check_that_is_not_zero_tells_of_units_that_left_by_no_known_way(db: Session) -> None:
    make.company(db)
    plan = make.plan(db, reserved=10_000)
    home, thief = account(Role.POOL, plan.id), account(Role.UNDELIVERED, "nobody's")
    taken = move(unit(plan.class_id), 70, home, thief)
    journal.append(db, make.act(), Draft("security.transferred", date(2025, 1, 1), (), taken))
    [found] = pool_balances(db, Cut(LATER, journal.size(db)))
    assert (found.reserved, found.available, found.check) == (10_000, 9_930, 70)
