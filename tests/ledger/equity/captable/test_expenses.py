"""Equity-compensation expense from the record: values as finance records them, and what happens to grants since."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy.orm import Session

from app import reports
from app.db import make_engine
from app.ties import CHECKS, Finding
from ledger import journal
from ledger.equity import leaving, splits, transfers, vesting_changes
from ledger.equity.captable.expenses import Expenses, bookings, expenses
from ledger.equity.captable.valued_awards import costed
from ledger.equity.certificates import Part
from ledger.equity.exercise import exercise
from ledger.equity.expense import Attribution, DayCount
from ledger.equity.fair_values import FairValueMethod, FairValueOrder, record_fair_value
from ledger.equity.grants import retract
from ledger.equity.returns import cancel
from ledger.equity.reversals import reverse
from ledger.equity.securities import Position
from ledger.equity.values import AwardType, LeavingReason, Plan, Security
from ledger.equity.vesting.leave import Leave
from ledger.errors import DatesOutOfOrder, Invalid, NotAllowedNow, NotReversible
from ledger.reading import find, known
from ledger.types import Cut, Price
from tests import make

YEARLY = {"months": 48, "cliff_months": 12, "every_months": 12}
GRANTED = date(2024, 1, 15)


@pytest.fixture
def db(sqlite_url: str) -> Iterator[Session]:
    """One database is enough: the queries are those of reports that are tried on both."""
    engine = make_engine(sqlite_url)
    with Session(engine) as db:
        make.company(db)
        yield db
    engine.dispose()


def usd(text: str) -> Price:
    return Price.parse(text, "USD")


def value(db: Session, of: Position, text: str = "2.50", on: date | None = None, currency: str = "USD") -> None:
    price = Price.parse(text, currency)
    order = FairValueOrder(of.security.id, price, FairValueMethod.BLACK_SCHOLES, "report:2024-01", on)
    record_fair_value(db, make.act(), order)


def year(db: Session, of: int, method: Attribution = Attribution.GRADED, known_at: int | None = None) -> Expenses:
    cut = Cut(date(of, 12, 31), journal.size(db) if known_at is None else known_at)
    return expenses(db, date(of, 1, 1), cut, method, DayCount.ELAPSED)


def adds_up(told: Expenses) -> bool:
    """Whether what is recognised and what is still to be come to all but what was forfeited (tie 16)."""
    return told.cumulative + told.unamortised == told.cost - told.lost and told.period == told.cumulative - told.prior


def test_a_value_on_record_makes_the_expense_and_changes_no_report_known_before(db: Session) -> None:
    option = make.option(db, vesting=YEARLY)
    before = journal.size(db)
    [missing] = year(db, 2024).errors
    assert missing.told == f"No fair value of {option.security.label}, granted on 2024-01-15, is on record."
    value(db, option)
    size = journal.size(db)
    assert (year(db, 2024).period, year(db, 2025).period) == (599_905, 336_947)
    assert year(db, 2024, Attribution.STRAIGHT).period == 288_296
    assert (year(db, 2024, known_at=before).period, len(year(db, 2024, known_at=before).errors)) == (0, 1)
    files = [reports.rendered(db, "expense", "csv", as_of=date(2025, 12, 31), since=date(2025, 1, 1), known_at=size)]
    value(db, option, "2.00")
    assert (year(db, 2024).period, year(db, 2024, known_at=size).period) == (479_924, 599_905)
    # amended from a day on: reports of days before keep the older value, and the day makes up for it
    value(db, option, "3.00", date(2025, 7, 1))
    assert year(db, 2024).period == 479_924
    assert year(db, 2025).cumulative == 1_124_222
    assert year(db, 2025).period == 1_124_222 - 479_924
    reverse(db, make.act(), journal.size(db) - 1, reason="Another grant's.")
    assert year(db, 2025).cumulative == 749_482
    files.append(
        reports.rendered(db, "expense", "csv", as_of=date(2025, 12, 31), since=date(2025, 1, 1), known_at=size)
    )
    assert files[0] == files[1]
    with pytest.raises(NotReversible):
        reverse(db, make.act(), known(db, Security, id=option.security.id)[0].n, reason="Undo.")


def test_shares_are_worth_what_the_valuation_in_force_says_less_what_was_paid(db: Session) -> None:
    plan = make.plan(db)
    make.grant(db, plan, vesting=YEARLY)
    assert [one.told[:26] for one in year(db, 2024).errors] == ["No valuation was in force "]
    make.valuation(db, plan.class_id, "2.50", on=date(2024, 1, 1))
    assert (year(db, 2024).errors, year(db, 2024).period) == ((), 599_905)


def test_a_leaver_a_leave_an_acceleration_and_a_cancellation_all_add_up(db: Session) -> None:
    plan = make.plan(db, pauses_for_leave=True)
    make.valuation(db, plan.class_id, "2.50", on=date(2024, 1, 1))
    people = [make.holder(db) for _ in range(6)]
    left, away, early, cut, moved, dropped = (make.grant(db, plan, one, vesting=YEARLY) for one in people)
    ids = [one.security.id for one in (left, away, early, cut, moved, dropped)]
    retract(db, make.act(), ids[5], on=date(2024, 3, 1), reason="Twice.")
    vesting_changes.pause(
        db, make.act(), ids[1], leave=Leave.UNPAID_PERSONAL, on=date(2024, 9, 1), until=date(2024, 12, 1)
    )
    vesting_changes.resume(db, make.act(), ids[1], on=date(2024, 12, 1))
    order = leaving.LeavingOrder(people[0].id, LeavingReason.VOLUNTARY_OTHER, date(2025, 9, 30))
    leaving.terminate(db, make.act(), order)
    vesting_changes.accelerate(db, make.act(), ids[2], on=date(2025, 6, 1), reason="Sold.", quantity=1_200)
    cancel(db, make.act(), ids[3], on=date(2025, 5, 1), reason="By agreement.")
    transfers.transfer(db, make.act(), ids[4], make.holder(db).id, on=date(2025, 8, 1), part=Part(600))
    for method in Attribution:
        told = [year(db, each, method) for each in range(2024, 2030)]
        assert all(adds_up(each) for each in told)
        assert [each.prior for each in told[1:]] == [each.cumulative for each in told[:-1]]
        # of six grants one was retracted, and one left with a quarter
        assert told[-1].cumulative == sum(each.period for each in told) == 4 * 1_200_000 + 300_000
        booked = bookings(db, GRANTED, Cut(date(2024, 12, 31), journal.size(db)), method, DayCount.ELAPSED)
        assert sum(one.amount for one in booked) == told[0].period
        assert (booked[0].first, booked[0].last, booked[1].first) == (GRANTED, date(2024, 1, 31), date(2024, 2, 1))
    graded = {each.award.security.id: each for each in year(db, 2025).awards}
    quarter = expenses(
        db,
        date(2025, 10, 1),
        Cut(date(2025, 10, 1), journal.size(db)),
        Attribution.GRADED,
        DayCount.ELAPSED,
    )
    assert graded[ids[0]].period == 300_000 - 599_905
    assert {each.award.security.id for each in quarter.awards if each.period} <= {ids[1], ids[2], ids[4]}
    assert sum(line.cumulative for line in graded[ids[3]].lines) == 1_200_000
    assert {line.line.done for line in graded[ids[1]].lines if line.line.number == 1} == {365}
    assert ids[5] not in {each.award.security.id for each in year(db, 2025).awards}


def test_a_split_changes_no_cost_and_a_value_of_after_it_is_of_the_new_shares(db: Session) -> None:
    option = make.option(db, vesting=YEARLY)
    value(db, option)
    class_id = find(db, Plan, option.security.plan_id or "").class_id
    exercise(db, make.act(), option.security.id, 1_000, on=date(2025, 1, 20))
    splits.split_class(db, make.act(), class_id, 2, 1, on=date(2025, 2, 1))
    assert year(db, 2025).cumulative == 936_852
    value(db, option, "1.25", date(2025, 3, 1))
    assert year(db, 2025).cumulative == 936_852


def test_what_can_not_be_a_value_is_refused(db: Session) -> None:
    option = make.option(db)
    with pytest.raises(DatesOutOfOrder, match="a value can't count from"):
        value(db, option, on=date(2024, 1, 14))
    with pytest.raises(Invalid, match="The books are kept in USD"):
        value(db, option, currency="EUR")
    with pytest.raises(Invalid, match="which report"):
        FairValueOrder(option.security.id, usd("1"), FairValueMethod.LATTICE, "  ")
    retract(db, make.act(), option.security.id, on=date(2024, 2, 1), reason="Twice.")
    with pytest.raises(NotAllowedNow, match="is no grant"):
        value(db, option)
    cut = Cut(date(2024, 12, 31), journal.size(db))
    assert costed(db, cut) == ([], [])
    with pytest.raises(DatesOutOfOrder, match="can't begin on 2025-01-01 and end on 2024-12-31"):
        expenses(db, date(2025, 1, 1), cut, Attribution.GRADED, DayCount.ELAPSED)
    with pytest.raises(DatesOutOfOrder, match="50 years at most"):
        bookings(db, date.min, cut, Attribution.GRADED, DayCount.ELAPSED)


def test_the_check_of_the_expense_holds_until_a_grant_lacks_a_value(db: Session) -> None:
    plan = make.plan(db)
    first = make.option(db, plan, vesting=YEARLY)

    def checked(on: date) -> Finding:
        return CHECKS["expense"](db, Cut(on, journal.size(db)))

    # who has recorded no value keeps the expense elsewhere
    assert checked(date(2025, 12, 31)).holds
    value(db, first)
    told = checked(date(2025, 12, 31))
    assert (told.holds, told.number) == (True, 16)
    assert told.told == (
        "Expense of the year 3,369.47, by quarters 3,369.47; recognised and still to come 12,000.00 of 12,000.00; "
        "0 grants without a value"
    )
    second = make.grant(db, plan, price=usd("0.62"), award_type=AwardType.NSO)
    assert checked(date(2025, 12, 31)).offenders == (second.security.label,)
    early, latest = checked(date.min), checked(date.max)
    assert (early.holds, latest.holds) == (True, False)
