"""The cap table by class: the worked numbers of reports.md §4.3, and what a class, a plan and a promise add to it."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from ledger import journal
from ledger.apportionment import HUNDRED_PER_CENT
from ledger.entries import Draft, Role, account, move, unit
from ledger.equity import classes, exercise, instrument_conversions, instruments, splits
from ledger.equity.captable.by_class import (
    CapTable,
    ClassFacts,
    ClassRow,
    Line,
    Piece,
    PlanFacts,
    PromiseFacts,
    cap_table_of,
)
from ledger.equity.captable.money import Money
from ledger.equity.captable.summary import cap_table
from ledger.equity.grants import retract
from ledger.equity.instruments import NoteKind
from ledger.equity.returns import repurchase
from ledger.equity.stock import StockOrder, issue_stock
from ledger.equity.values import ClassKind, Plan, ReturnRule, ShareClass
from ledger.types import Cut, Price
from tests import make
from tests.ledger.equity.captable.worked import YEAR_END, summary_of_ten_million

LATER = date(2026, 6, 30)


def now(db: Session, as_of: date = LATER) -> CapTable:
    return cap_table(db, Cut(as_of, journal.size(db)))


def row(table: CapTable, id: str, line: Line | None = None) -> ClassRow:
    [found] = [each for each in table.rows if each.id == id and line in {None, each.line}]
    return found


def dollars(amount: str) -> Money:
    return Money(Fraction(amount), "USD")


def test_the_worked_summary_comes_out_to_ten_million_fully_diluted_shares(db: Session) -> None:
    found = summary_of_ten_million(db)
    table = now(db, YEAR_END)
    assert table.converted == {
        Piece.shares(found.founders): 6_000_000,
        Piece.awards(found.founders, None): 0,
        Piece.shares(found.units): 41_250,
        Piece.awards(found.units, None): 0,
        Piece.awards(found.units, found.plan): 1_318_400,
        Piece.pool(found.plan): 640_350,
        Piece.shares(found.seed): 2_000_000,
        Piece.awards(found.seed, None): 0,
    }
    assert [(each.id, each.fully_diluted, each.percentage) for each in table.rows] == [
        (found.founders, 6_000_000, 600_000),
        (found.units, 41_250, 4_125),
        (found.seed, 2_000_000, 200_000),
        (found.plan, 1_958_750, 195_875),
    ]
    assert (table.total.fully_diluted, table.total.percentage) == (10_000_000, HUNDRED_PER_CENT)
    assert table.warnings == ()


def test_the_pool_has_left_what_was_reserved_less_granted_plus_returned(db: Session) -> None:
    """Scenario 1: 2,000,000 reserved, 1,402,000 granted, 42,350 returned."""
    found = summary_of_ten_million(db)
    plan = row(now(db, YEAR_END), found.plan)
    assert (plan.authorised, plan.awards, plan.available) == (2_000_000, 1_318_400, 640_350)


def test_votes_are_counted_by_share_and_money_by_class(db: Session) -> None:
    found = summary_of_ten_million(db)
    table = now(db, YEAR_END)
    assert [each.votes for each in table.rows] == [750_000, 0, 250_000, None]
    assert row(table, found.founders).cash == (dollars("600"),)
    assert row(table, found.seed).cash == (dollars("2000000"),)
    assert row(table, found.seed).preference == (dollars("3000000"),)
    assert row(table, found.units).cash == ()
    assert table.total.cash == (dollars("2000600"),)


def test_preferred_shares_convert_at_the_ratio_in_force_on_the_day(db: Session) -> None:
    make.company(db)
    common = make.share_class(db)
    preferred = make.share_class(db, kind=ClassKind.PREFERRED, prefix="PS-", converts_to=common.id)
    issue_stock(db, make.act(), StockOrder(make.holder(db).id, preferred.id, 1_001), on=make.BEGINNING)
    classes.set_ratio(db, make.act(), preferred.id, 3, 2, on=date(2025, 6, 1))
    before, after = now(db, date(2025, 5, 31)), now(db, date(2025, 6, 1))
    assert (row(before, preferred.id).ratio, row(before, preferred.id).as_converted) == (Fraction(1), 1_001)
    assert (row(after, preferred.id).ratio, row(after, preferred.id).as_converted) == (Fraction(3, 2), 1_501)
    assert row(after, preferred.id).outstanding == 1_001


def test_a_split_leaves_the_company_divided_as_it_was(db: Session) -> None:
    found = summary_of_ten_million(db)
    splits.split_class(db, make.act(), found.units, 2, 1, on=date(2026, 1, 2))
    splits.split_class(db, make.act(), found.founders, 2, 1, on=date(2026, 1, 2))
    before, after = now(db, YEAR_END), now(db)
    assert [each.percentage for each in after.rows] == [each.percentage for each in before.rows]
    assert after.total.fully_diluted == 20_000_000
    assert row(after, found.seed).ratio == 2
    plan = row(after, found.plan)
    # the 41,250 shares delivered before the split have left the plan
    assert (plan.authorised, plan.awards, plan.available) == (3_958_750, 2_636_800, 1_280_700)


def test_the_preference_of_a_class_stays_what_it_was_when_it_splits(db: Session) -> None:
    found = summary_of_ten_million(db)
    splits.split_class(db, make.act(), found.seed, 3, 1, on=date(2026, 1, 2))
    assert row(now(db), found.seed).outstanding == 6_000_000
    assert row(now(db), found.seed).preference == (dollars("3000000"),)


def test_several_plans_of_one_class_and_grants_under_none_are_told_apart(db: Session) -> None:
    make.company(db)
    common = make.share_class(db)
    first, second = make.plan(db, common, reserved=10_000), make.plan(db, common, reserved=10_000)
    implied = make.plan(db, common, reserved=0, implied=True)
    for plan, quantity in ((first, 100), (second, 200), (second, 300), (implied, 1_000)):
        make.grant(db, plan, quantity=quantity)
    table = now(db)
    assert [row(table, plan.id).awards for plan in (first, second, implied)] == [100, 500, 1_000]
    assert row(table, common.id).awards == 0


def test_what_an_implied_plan_reserves_is_not_known_and_said_to_be(db: Session) -> None:
    make.company(db)
    implied = make.plan(db, reserved=0, implied=True)
    make.grant(db, implied, quantity=1_000)
    table = now(db)
    plan = row(table, implied.id)
    assert (plan.authorised, plan.awards, plan.available, plan.fully_diluted) == (None, 1_000, None, 1_000)
    assert table.warnings == (
        f"{implied.name}: Known only from the grants that name it; nothing says what it reserves.",
    )


def test_what_was_exercised_without_a_certificate_is_shown_beside_the_class_not_in_it(db: Session) -> None:
    make.company(db)
    held = make.grant(db, make.plan(db, reserved=0, implied=True), quantity=4_800)
    assert held.share_class is not None
    delivered = move(
        unit(held.share_class.id),
        1_000,
        account(Role.AWARD, held.security.id),
        account(Role.UNDELIVERED, held.security.id),
    )
    journal.append(db, make.act(), Draft("award.exercised", date(2025, 6, 1), (), delivered))
    table = now(db)
    common = row(table, held.share_class.id)
    assert (common.outstanding, common.fully_diluted, table.total.fully_diluted) == (0, 0, 3_800)
    [note] = common.notes
    assert note.startswith("1000 exercised or settled, but no certificate")


def test_shares_that_the_company_holds_itself_are_not_outstanding(db: Session) -> None:
    make.company(db)
    common = make.share_class(db)
    stock = issue_stock(db, make.act(), StockOrder(make.holder(db).id, common.id, 900), on=make.BEGINNING)
    price = Price.parse("1.00", "USD")
    repurchase(db, make.act(), stock.security.id, on=date(2025, 6, 1), price=price, into_treasury=True)
    found = row(now(db), common.id)
    assert (found.outstanding, found.available, found.notes) == (0, 9_999_100, ("900 held by the company itself.",))


def test_a_plan_that_retires_what_comes_back_keeps_what_it_reserved(db: Session) -> None:
    make.company(db)
    plan = make.plan(db, reserved=10_000, return_rule=ReturnRule.RETIRE)
    held = make.grant(db, plan, quantity=4_800)
    retract(db, make.act(), held.security.id, on=date(2024, 2, 1), reason="never accepted")
    found = row(now(db), plan.id)
    assert (found.authorised, found.awards, found.available) == (10_000, 0, 10_000)


def test_membership_shares_are_outside_fully_diluted(db: Session) -> None:
    make.company(db)
    common = make.share_class(db)
    member = make.share_class(db, kind=ClassKind.MEMBER_SHARE, prefix="MS-")
    issue_stock(db, make.act(), StockOrder(make.holder(db).id, common.id, 300), on=make.BEGINNING)
    issue_stock(db, make.act(), StockOrder(make.holder(db).id, member.id, 1), on=make.BEGINNING)
    table = now(db)
    found = row(table, member.id)
    assert (found.line, found.outstanding, found.fully_diluted, found.percentage) == (Line.MEMBER_SHARE, 1, 0, 0)
    assert table.total.fully_diluted == 300


def test_notes_and_warrants_are_shown_and_not_counted_until_they_become_shares(db: Session) -> None:
    make.company(db)
    common, holder = make.share_class(db), make.holder(db)
    note = instruments.NoteOrder(holder.id, NoteKind.SAFE, Price.parse("50000", "USD"))
    safe = instruments.issue_note(db, make.act(), note, on=date(2024, 1, 2))
    instruments.issue_note(db, make.act(), note, on=date(2024, 1, 2))
    warrant = instruments.WarrantOrder(
        holder.id, class_id=common.id, quantity=2_500, purchase_price=Price.parse("10.00", "USD")
    )
    instruments.issue_warrant(db, make.act(), warrant, on=date(2024, 1, 2))
    table = now(db)
    assert (row(table, "SAFE").line, row(table, "SAFE").cash) == (Line.CONVERTIBLE, (dollars("100000"),))
    rights = row(table, common.id, Line.WARRANT)
    assert (rights.name, rights.outstanding, rights.cash) == (f"Warrants for {common.name}", 2_500, (dollars("10"),))
    assert (table.total.outstanding, table.total.fully_diluted, table.total.percentage) == (0, 0, None)
    shares = instrument_conversions.Shares(common.id, 40_000, Price.parse("1.25", "USD"))
    instrument_conversions.convert_note(db, make.act(), safe.security.id, [shares], on=date(2025, 1, 2))
    after = now(db)
    assert row(after, "SAFE").cash == (dollars("50000"),)
    assert (row(after, common.id, Line.SHARE_CLASS).cash, after.total.outstanding) == ((dollars("50000"),), 40_000)


def test_a_warrant_is_gone_the_day_after_its_last(db: Session) -> None:
    make.company(db)
    common, holder = make.share_class(db), make.holder(db)
    order = instruments.WarrantOrder(holder.id, class_id=common.id, quantity=2_500, expires_on=date(2025, 3, 31))
    instruments.issue_warrant(db, make.act(), order, on=date(2024, 1, 2))
    assert any(each.line is Line.WARRANT for each in now(db, date(2025, 3, 31)).rows)
    assert not any(each.line is Line.WARRANT for each in now(db, date(2025, 4, 1)).rows)


def test_cash_counts_what_the_company_sold_not_what_changed_hands_or_was_exercised(db: Session) -> None:
    make.company(db)
    common = make.share_class(db)
    option = make.option(db, make.plan(db, common))
    exercise.exercise(db, make.act(), option.security.id, 1_000, on=date(2026, 1, 15))
    order = StockOrder(make.holder(db).id, common.id, 100, price=Price.parse("2.00", "USD"))
    issue_stock(db, make.act(), order, on=date(2024, 5, 1))
    undone = issue_stock(db, make.act(), order, on=date(2024, 5, 1))
    assert row(now(db), common.id).cash == (dollars("400"),)
    retract(db, make.act(), undone.security.id, on=date(2024, 5, 2), reason="a mistake")
    assert row(now(db), common.id).cash == (dollars("200"),)


def test_classes_of_different_places_add_up_in_the_finest(db: Session) -> None:
    make.company(db)
    whole, fine = make.share_class(db), make.share_class(db, decimals=2)
    issue_stock(db, make.act(), StockOrder(make.holder(db).id, whole.id, 3), on=make.BEGINNING)
    issue_stock(db, make.act(), StockOrder(make.holder(db).id, fine.id, 150), on=make.BEGINNING)
    table = now(db)
    assert (table.decimals, table.total.outstanding, table.total.fully_diluted) == (2, 450, 450)
    assert [each.percentage for each in table.rows] == [666_667, 333_333]


def test_a_company_without_shares_has_an_empty_table_and_no_percentages(db: Session) -> None:
    make.company(db)
    table = now(db)
    assert (table.rows, table.total.fully_diluted, table.total.percentage) == ((), 0, None)


def test_money_that_no_decimal_number_can_say_is_rounded_to_the_cent() -> None:
    assert Money(Fraction(1, 3), "USD").text == "0.33"
    assert Money(Fraction(2, 3), "USD").text == "0.67"
    assert Money(Fraction(31, 100_000), "USD").text == "0.00031"
    assert Money(Fraction(5), "USD").text == "5.00"


def a_class(id: str, decimals: int, converts_to: str | None) -> ShareClass:
    return ShareClass(id, id, ClassKind.COMMON, "CS-", decimals, 1, 1, converts_to=converts_to)


units = st.integers(0, 10**9)


@st.composite
def companies(draw: st.DrawFn) -> tuple[list[ClassFacts], list[PlanFacts]]:
    """Up to four classes in a chain of conversions, each with a plan."""
    classes, plans = [], []
    for number in range(draw(st.integers(1, 4))):
        to = f"c{number - 1}" if number and draw(st.booleans()) else None
        of = a_class(f"c{number}", draw(st.integers(0, 6)), to)
        ratio = Fraction(draw(st.integers(1, 50)), draw(st.integers(1, 50)))
        classes.append(ClassFacts(of, 10**12, ratio, outstanding=draw(units), awards=draw(units)))
        plan = Plan(f"p{number}", f"p{number}", of.id, ReturnRule.RETURN_TO_POOL)
        plans.append(PlanFacts(plan, 0, draw(units), draw(units)))
    return classes, plans


@given(companies())
def test_rows_pieces_and_percentages_add_up(company: tuple[list[ClassFacts], list[PlanFacts]]) -> None:
    classes, plans = company
    table = cap_table_of(classes, plans, [PromiseFacts(Line.CONVERTIBLE, "NOTE", "Notes")])
    assert sum(each.fully_diluted for each in table.rows) == table.total.fully_diluted
    assert sum(table.converted.values()) == table.total.fully_diluted
    shares = [each.percentage for each in table.rows if each.percentage is not None]
    assert sum(shares) == (HUNDRED_PER_CENT if table.total.fully_diluted else 0)
    votes = [each.votes for each in table.rows if each.votes is not None]
    assert sum(votes) == (HUNDRED_PER_CENT if any(each.outstanding for each in classes) else 0)
