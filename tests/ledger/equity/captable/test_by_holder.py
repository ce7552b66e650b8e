"""The cap table by holder: who holds what, what has vested, and what a member may exercise today."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Draft, Role, account, move, unit
from ledger.equity import classes, exercise, register
from ledger.equity.captable.by_class import ClassFacts, cap_table_of
from ledger.equity.captable.by_holder import HolderRow, HolderTable, Holding, Standing, group_of, holder_table_of
from ledger.equity.captable.holdings import holder_table
from ledger.equity.leaving import LeavingOrder, terminate
from ledger.equity.stock import StockOrder, issue_stock
from ledger.equity.transfers import transfer
from ledger.equity.values import ClassKind, EngagementKind, Group, LeavingReason, ShareClass
from ledger.errors import Tampered
from ledger.types import Cut
from tests import make
from tests.ledger.equity.captable.worked import YEAR_END, summary_of_ten_million

TWO_YEARS_LATER = date(2026, 1, 15)
"""2,400 of a grant of 4,800 have vested."""


def by_holder(db: Session, as_of: date = TWO_YEARS_LATER) -> HolderTable:
    return holder_table(db, Cut(as_of, journal.size(db)))


def row(table: HolderTable, holder: str) -> HolderRow:
    [found] = [each for each in table.rows if each.holder == holder]
    return found


def test_the_holders_of_the_worked_example_add_up_to_its_classes(db: Session) -> None:
    summary_of_ten_million(db)
    table = by_holder(db, YEAR_END)
    assert [each.id for each in table.classes] == ["cls_founders", "cls_units", "cls_seed"]
    assert table.total.outstanding == (6_000_000, 41_250, 2_000_000)
    assert (table.total.awards, table.total.fully_diluted, table.total.percentage) == (1_318_400, 10_000_000, 1_000_000)
    assert (table.available.fully_diluted, table.available.percentage) == (640_350, 64_035)
    dan, fay = row(table, "hld_dan"), row(table, "hld_fay")
    assert (dan.outstanding, dan.awards, dan.percentage) == ((0, 41_250, 0), 0, 4_125)
    # 23 months of 48 by the end of 2025
    assert (fay.awards, fay.vested, fay.unvested) == (556_400, 556_400 * 23 // 48, 556_400 - 556_400 * 23 // 48)
    assert "hld_eve" not in {each.holder for each in table.rows}


def test_shares_are_vested_and_grants_as_far_as_they_are(db: Session) -> None:
    make.company(db)
    plan, holder = make.plan(db), make.holder(db)
    held = make.option(db, plan, holder)
    issue_stock(db, make.act(), StockOrder(holder.id, plan.class_id, 100), on=make.BEGINNING)
    exercise.exercise(db, make.act(), held.security.id, 1_000, on=TWO_YEARS_LATER)
    found = row(by_holder(db), holder.id)
    assert (found.outstanding, found.awards) == ((1_100,), 3_800)
    assert (found.vested, found.unvested, found.exercisable) == (2_500, 2_400, 1_400)
    assert found.fully_diluted == found.vested + found.unvested == 4_900


def test_shares_that_vest_are_held_and_unvested(db: Session) -> None:
    make.company(db)
    common, founder = make.share_class(db), make.holder(db)
    order = StockOrder(
        founder.id, common.id, 4_800, vesting=make.FOUR_YEARS, vesting_start=date(2024, 1, 15), resolution_ref="board:1"
    )
    issue_stock(db, make.act(), order, on=date(2024, 1, 15))
    found = row(by_holder(db), founder.id)
    assert (found.outstanding, found.awards, found.vested, found.unvested) == ((4_800,), 0, 2_400, 2_400)
    assert found.exercisable == 0


def test_nothing_is_exercisable_after_the_last_day_that_leaving_left(db: Session) -> None:
    make.company(db)
    holder = make.holder(db)
    make.option(db, to=holder)
    terminate(db, make.act(), LeavingOrder(holder.id, LeavingReason.VOLUNTARY_OTHER, TWO_YEARS_LATER))
    last = row(by_holder(db, date(2027, 1, 15)), holder.id)
    after = row(by_holder(db, date(2027, 1, 16)), holder.id)
    assert (last.awards, last.vested, last.unvested, last.exercisable) == (2_400, 2_400, 0, 2_400)
    assert (after.awards, after.exercisable) == (2_400, 0)


def test_all_of_an_early_exercisable_option_is_exercisable_at_once(db: Session) -> None:
    make.company(db)
    holder = make.holder(db)
    make.option(db, to=holder, early_exercisable=True)
    found = row(by_holder(db, date(2024, 2, 1)), holder.id)
    assert (found.vested, found.unvested, found.exercisable) == (0, 4_800, 4_800)


def test_a_transfer_moves_the_shares_from_one_row_to_another(db: Session) -> None:
    make.company(db)
    common, giver, taker = make.share_class(db), make.holder(db), make.holder(db)
    held = issue_stock(db, make.act(), StockOrder(giver.id, common.id, 700), on=make.BEGINNING)
    transfer(db, make.act(), held.security.id, taker.id, on=date(2025, 1, 1))
    before, after = by_holder(db, date(2024, 12, 31)), by_holder(db, date(2025, 1, 1))
    assert [each.holder for each in before.rows] == [giver.id]
    assert [each.holder for each in after.rows] == [taker.id]


def test_a_holder_is_shown_under_what_they_are_and_as_ex_once_they_have_left(db: Session) -> None:
    make.company(db)
    plan, holder = make.plan(db), make.holder(db)
    make.grant(db, plan, holder)
    stranger = make.holder(db, engaged=None)
    issue_stock(db, make.act(), StockOrder(stranger.id, plan.class_id, 10), on=make.BEGINNING)
    issue_stock(db, make.act(), StockOrder(holder.id, plan.class_id, 10), on=make.BEGINNING)
    terminate(db, make.act(), LeavingOrder(holder.id, LeavingReason.VOLUNTARY_OTHER, TWO_YEARS_LATER))
    assert row(by_holder(db), holder.id).group == "provider"  # the day it ends is its last
    assert row(by_holder(db, date(2026, 1, 16)), holder.id).group == "ex-provider"
    register.engage(db, make.act(), holder.id, kind=EngagementKind.W2, shown_as=Group.STAFF, on=date(2026, 3, 1))
    assert row(by_holder(db, date(2026, 2, 28)), holder.id).group == "ex-provider"
    assert row(by_holder(db, date(2026, 3, 1)), holder.id).group == "staff"
    assert row(by_holder(db), stranger.id).group == "other"


def test_of_several_groups_the_first_counts() -> None:
    assert group_of([Group.PROVIDER, Group.FOUNDER], []) == "founder"
    assert group_of([], [Group.STAFF, Group.PROVIDER]) == "ex-provider"
    assert group_of([], []) == "other"


def test_a_member_is_one_since_their_membership_share(db: Session) -> None:
    make.company(db)
    member = make.share_class(db, kind=ClassKind.MEMBER_SHARE, prefix="MS-")
    holder = make.holder(db)
    issue_stock(db, make.act(), StockOrder(holder.id, member.id, 1), on=date(2024, 5, 1))
    found = row(by_holder(db), holder.id)
    assert (found.member_class, found.member_since, found.fully_diluted) == (member.name, date(2024, 5, 1), 0)


def test_what_has_no_certificate_is_noted_at_its_holder(db: Session) -> None:
    make.company(db)
    held = make.grant(db, make.plan(db, reserved=0, implied=True), quantity=4_800)
    assert held.share_class is not None
    source, target = (account(role, held.security.id) for role in (Role.AWARD, Role.UNDELIVERED))
    delivered = move(unit(held.share_class.id), 1_000, source, target)
    journal.append(db, make.act(), Draft("award.exercised", date(2025, 6, 1), (), delivered))
    found = row(by_holder(db), held.security.holder)
    assert (found.awards, found.outstanding) == (3_800, (0,))
    [note] = found.notes
    assert note.startswith("1000 of ")


def test_fractions_of_a_conversion_are_shared_out_to_the_last_unit(db: Session) -> None:
    make.company(db)
    common = make.share_class(db)
    preferred = make.share_class(db, kind=ClassKind.PREFERRED, prefix="PS-", converts_to=common.id, ratio=(4, 3))
    holders = [make.holder(db).id for _ in range(3)]
    for holder in holders:
        issue_stock(db, make.act(), StockOrder(holder, preferred.id, 100), on=make.BEGINNING)
    table = by_holder(db)
    # 133 ⅓ each make 400 in all: one holder has the unit that the thirds add up to
    assert [row(table, each).fully_diluted for each in sorted(holders)] == [134, 133, 133]
    assert table.total.fully_diluted == 400


def test_a_company_of_which_nobody_holds_anything_belongs_to_its_pool(db: Session) -> None:
    make.company(db)
    make.plan(db, reserved=10_000)
    table = by_holder(db)
    assert (table.rows, table.available.percentage, table.total.percentage) == ((), 1_000_000, 1_000_000)


def test_holders_that_do_not_add_up_are_refused() -> None:
    of = ShareClass("c", "Common", ClassKind.COMMON, "CS-", 0, 1, 1)
    table = cap_table_of([ClassFacts(of, 1_000, outstanding=100)], [], [])
    missing = [Holding("h", "c", None, Standing.SHARE, 99, date(2024, 1, 1))]
    with pytest.raises(Tampered, match="Common have 99 shares in all; the class has 100"):
        holder_table_of(table, [of], missing, {})


def test_classes_of_different_places_are_added_in_the_finest(db: Session) -> None:
    make.company(db)
    whole, fine, holder = make.share_class(db), make.share_class(db, decimals=2), make.holder(db)
    issue_stock(db, make.act(), StockOrder(holder.id, whole.id, 3), on=make.BEGINNING)
    issue_stock(db, make.act(), StockOrder(holder.id, fine.id, 150), on=make.BEGINNING)
    classes.adopt_plan(db, make.act(), classes.PlanOrder("Another plan", fine.id, 50), on=make.BEGINNING)
    table = by_holder(db)
    assert (table.decimals, row(table, holder.id).outstanding, row(table, holder.id).vested) == (2, (3, 150), 450)
    assert (table.available.fully_diluted, table.total.fully_diluted) == (50, 500)
