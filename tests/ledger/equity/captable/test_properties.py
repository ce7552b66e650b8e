"""Whatever is done, in whatever order and on whatever day: every report adds up, and the past stays as it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from ledger import journal
from ledger.apportionment import HUNDRED_PER_CENT
from ledger.equity import classes, exercise, splits
from ledger.equity.captable.by_class import CapTable
from ledger.equity.captable.by_holder import HolderTable
from ledger.equity.captable.holdings import holder_table
from ledger.equity.captable.movements import pool_balances, pool_events, roll_forwards
from ledger.equity.captable.summary import cap_table
from ledger.equity.certificates import Part
from ledger.equity.conversions import convert
from ledger.equity.leaving import LeavingOrder, terminate
from ledger.equity.returns import cancel, repurchase
from ledger.equity.securities import position
from ledger.equity.stock import StockOrder, issue_stock
from ledger.equity.transfers import transfer
from ledger.equity.values import ClassKind, Holder, LeavingReason, Plan, ReturnRule, Security, SecurityKind, ShareClass
from ledger.errors import Refusal
from ledger.reading import every, find
from ledger.types import Cut, Price
from tests import make

FIRST, LAST = date(2024, 1, 2), date(2027, 12, 31)
PENNY = Price(1, 2, "USD")

Numbers = tuple[int, int, int]


@dataclass
class Company:
    """A company to do things to; numbers choose what, to whom and how much."""

    db: Session
    common: ShareClass
    preferred: ShareClass
    plans: list[Plan]
    holders: list[str]
    today: date = FIRST

    def grant(self, which: int, to: int, quantity: int) -> None:
        plan, day = self.plans[which % len(self.plans)], self.today
        terms = {"grant_date": day, "board_approved_on": day, "vesting_start": day, "quantity": quantity}
        make.grant(self.db, plan, find(self.db, Holder, self.holders[to % len(self.holders)]), **terms)

    def issue(self, which: int, to: int, quantity: int) -> None:
        of = (self.common, self.preferred)[which % 2]
        plan = self.plans[0].id if which % 3 == 2 and of is self.common else None
        order = StockOrder(self.holders[to % len(self.holders)], of.id, quantity, price=PENNY, plan_id=plan)
        issue_stock(self.db, make.act(), order, on=self.today)

    def settle(self, which: int, _: int, quantity: int) -> None:
        exercise.settle(
            self.db, make.act(), self.pick(which, SecurityKind.AWARD), quantity, on=self.today, withheld=quantity // 3
        )

    def transfer(self, which: int, to: int, quantity: int) -> None:
        to_holder = self.holders[to % len(self.holders)]
        transfer(
            self.db, make.act(), self.pick(which, SecurityKind.STOCK), to_holder, on=self.today, part=Part(quantity)
        )

    def cancel(self, which: int, _: int, quantity: int) -> None:
        kind = (SecurityKind.AWARD, SecurityKind.STOCK)[which % 2]
        cancel(self.db, make.act(), self.pick(which, kind), on=self.today, reason="agreed", part=Part(quantity))

    def buy_back(self, which: int, _: int, quantity: int) -> None:
        repurchase(
            self.db, make.act(), self.pick(which, SecurityKind.STOCK), on=self.today, price=PENNY, part=Part(quantity)
        )

    def convert(self, which: int, _: int, quantity: int) -> None:
        held = self.pick(which, SecurityKind.STOCK, self.preferred)
        convert(self.db, make.act(), held, on=self.today, part=Part(quantity))

    def leave(self, which: int, _: int, __: int) -> None:
        order = LeavingOrder(self.holders[which % 2], LeavingReason.VOLUNTARY_OTHER, self.today)
        terminate(self.db, make.act(), order)

    def split(self, which: int, numerator: int, denominator: int) -> None:
        of = (self.common, self.preferred)[which % 2]
        splits.split_class(self.db, make.act(), of.id, 1 + numerator % 3, 1 + denominator % 3, on=self.today)

    def reserve(self, which: int, _: int, quantity: int) -> None:
        change = quantity if which % 2 else -quantity
        classes.adjust_plan(self.db, make.act(), self.plans[which % 2].id, change, on=self.today)

    def undo(self, which: int, _: int, __: int) -> None:
        first = 12  # the company, its classes, plans and people stay
        journal.reverse(self.db, make.act(), first + which % max(journal.size(self.db) - first, 1), reason="a mistake")

    def wait(self, which: int, _: int, __: int) -> None:
        self.today = min(self.today + timedelta(days=1 + which % 200), LAST)

    def pick(self, which: int, kind: SecurityKind, of: ShareClass | None = None) -> str:
        """One of the securities of a kind (and class) of which anything is left."""
        found = [position(self.db, each.id) for each in every(self.db, Security, kind=kind.value)]
        live = [each for each in found if each.outstanding and of in {None, each.share_class}]
        return live[which % len(live)].security.id if live else "none"


DEEDS: list[Callable[[Company, int, int, int], None]] = [
    Company.grant,
    Company.issue,
    Company.settle,
    Company.transfer,
    Company.cancel,
    Company.buy_back,
    Company.convert,
    Company.leave,
    Company.split,
    Company.reserve,
    Company.undo,
    Company.wait,
]

numbers = st.integers(0, 1_000)
steps = st.lists(
    st.tuples(st.sampled_from(DEEDS), st.tuples(numbers, numbers, st.integers(1, 3_000))), min_size=3, max_size=15
)


def a_company(db: Session) -> Company:
    make.company(db)
    common = make.share_class(db)
    preferred = make.share_class(
        db, kind=ClassKind.PREFERRED, prefix="PS-", converts_to=common.id, ratio=(3, 2), decimals=1
    )
    plans = [
        make.plan(db, common, reserved=20_000),
        make.plan(db, common, reserved=20_000, return_rule=ReturnRule.RETIRE),
        make.plan(db, common, reserved=0, implied=True),
    ]
    company = Company(db, common, preferred, plans, [make.holder(db).id for _ in range(3)])
    for number in range(3):
        company.grant(number, number, 4_800)
        company.issue(number, number, 1_000)
    company.today += timedelta(days=500)
    return company


def attempt(company: Company, deed: Callable[[Company, int, int, int], None], picks: Numbers) -> None:
    try:
        with company.db.begin_nested():
            deed(company, *picks)
    except Refusal:
        pass


def check(db: Session, cut: Cut) -> tuple[CapTable, HolderTable]:
    """Every report of a cut adds up; the tables of holders and the roll-forward refuse themselves if they do not."""
    table, holders = cap_table(db, cut), holder_table(db, cut)
    for shown in (
        [each.percentage for each in table.rows],
        [each.percentage for each in (*holders.rows, holders.available)],
    ):
        assert sum(each or 0 for each in shown) == (HUNDRED_PER_CENT if table.total.fully_diluted else 0)
    left = 0
    for balance in pool_balances(db, cut):
        assert balance.check in {0, None}
        left += balance.available or 0
    assert sum(each.available for each in pool_events(db, cut)) == left
    middle = FIRST + (cut.as_of - FIRST) / 2
    first = {(each.subject, each.measure): each.closing for each in roll_forwards(db, FIRST, Cut(middle, cut.known_at))}
    for line in roll_forwards(db, middle + timedelta(days=1), cut) if cut.as_of > middle else ():
        assert first.get((line.subject, line.measure), 0) == line.opening
    return table, holders


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(before=steps, after=steps, days=st.integers(0, 1_500))
def test_every_report_adds_up_and_the_past_stays_as_it_was(
    db: Session,
    before: list[tuple[Callable[..., None], Numbers]],
    after: list[tuple[Callable[..., None], Numbers]],
    days: int,
) -> None:
    with db.begin_nested() as example:
        company = a_company(db)
        for deed, picks in before:
            attempt(company, deed, picks)
        cut = Cut(FIRST + timedelta(days=days), journal.size(db))
        then = check(db, cut)
        for deed, picks in after:
            attempt(company, deed, picks)
        assert check(db, cut) == then
        check(db, Cut(company.today, journal.size(db)))
        example.rollback()
