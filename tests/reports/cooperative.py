"""A cooperative to which everything has happened that can happen to equity."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.people.holders import add_named_holder, rename_holder
from ledger import journal
from ledger.equity import (
    classes,
    conversions,
    exercise,
    expiry,
    grants,
    instrument_changes,
    instrument_conversions,
    instruments,
    leaving,
    pricing,
    register,
    reissues,
    returns,
    splits,
    stock,
    transfers,
    vesting_changes,
)
from ledger.equity.certificates import Part
from ledger.equity.instrument_conversions import Shares
from ledger.equity.parting import LayoffProtection
from ledger.equity.values import (
    AwardType,
    ClassKind,
    EngagementKind,
    Holder,
    HolderKind,
    LeavingReason,
    Plan,
    ReturnRule,
    ShareClass,
)
from ledger.equity.vesting.later import AccelerationOrder
from ledger.equity.vesting.leave import Leave
from ledger.types import Json, Price
from tests import make

STATEMENTS: Json = {
    "statements": [
        {
            "order": 1,
            "percentage": "0.5",
            "schedule": {"occurrences": 2, "period": 12, "period_type": "MONTHS"},
        },
        {"order": 2, "percentage": "0.5", "event_condition": {"event_id": "sale"}},
    ]
}
ON_SALE: Json = {
    "allocation_type": "CUMULATIVE_ROUND_DOWN",
    "vesting_conditions": [
        {
            "id": "start",
            "quantity": "0",
            "trigger": {"type": "VESTING_START_DATE"},
            "next_condition_ids": ["sale"],
        },
        {
            "id": "sale",
            "portion": {"numerator": "1", "denominator": "1"},
            "trigger": {"type": "VESTING_EVENT"},
            "next_condition_ids": [],
        },
    ],
}


def dollars(amount: str) -> Price:
    return Price.parse(amount, "USD")


class Cooperative:
    """The company, as far as it is told; each method is a chapter, to be told in order."""

    def __init__(self, db: Session) -> None:
        self.db, self.act = db, make.act()
        make.company(db)
        self.common = make.share_class(db, name="Common", decimals=2, authorised=100_000_000_00)
        self.member = make.share_class(
            db, name="Membership", kind=ClassKind.MEMBER_SHARE, prefix="M-", authorised=None, licensed_only=True
        )
        self.seed = make.share_class(
            db,
            name="Seed",
            kind=ClassKind.PREFERRED,
            prefix="PS-",
            authorised=5_000_000,
            seniority=2,
            converts_to=self.common.id,
            original_price=dollars("1.00"),
            liquidation_multiple="1",
        )
        self.plan = make.plan(db, self.common, name="Providers", pauses_for_leave=True, reserved=10_000_000_00)
        self.held_plan = self._plan("Held", ReturnRule.RETIRE, holds_to_grant_date=True)
        self.treasury_plan = self._plan("Treasury", ReturnRule.HOLD_AS_CAPITAL_STOCK)
        self.implied_plan = make.plan(db, self.common, name="Implied", reserved=0, implied=True)
        self.people = [make.holder(db) for _ in range(8)]
        self.employee = make.holder(db, engaged=EngagementKind.W2)
        document = {"name": "Ana Mole", "email": "ana@example.org", "pronouns": "she"}
        self.ana = add_named_holder(
            db, self.act, document, kind=HolderKind.INDIVIDUAL, on=date(2023, 1, 1), licensed=True
        )
        make.engage(db, self.ana, kind=EngagementKind.OWNER, on=date(2023, 1, 2))
        rename_holder(db, self.act, self.ana.id, document | {"name": "Ana Mole-Oak"}, on=date(2024, 1, 1))
        for year in (2023, 2024, 2025):
            make.valuation(db, self.common.id, on=date(year, 1, 1), price="0.10")

    def _plan(self, name: str, rule: ReturnRule, **more: Any) -> Plan:
        order = classes.PlanOrder(name, self.common.id, 50_000_00, rule, **more)
        return classes.adopt_plan(self.db, self.act, order, on=date(2023, 5, 5))

    def _grant(self, to: Holder, quantity: int, plan: Plan | None = None, **more: Any) -> str:
        return make.grant(self.db, plan or self.plan, to, quantity=quantity, **more).security.id

    def _shares(self, to: Holder, of: ShareClass, quantity: int, on: date, **more: Any) -> str:
        order = stock.StockOrder(to.id, of.id, quantity, **more)
        return stock.issue_stock(self.db, self.act, order, on=on).security.id

    def grants(self) -> None:
        """Grants of every type, terms and plan; one accepted, one retracted, one reversed."""
        db, act, people = self.db, self.act, self.people
        self.rsus = [self._grant(people[n], 4_800_00) for n in range(4)]
        option: dict[str, Any] = {"award_type": AwardType.NSO, "price": dollars("0.50")}
        self.options = [self._grant(people[n], 4_800_00, **option) for n in range(4, 8)]
        self._grant(self.employee, 1_000_01, award_type=AwardType.ISO, price=dollars("0.60"))
        self._grant(people[0], 480_00, award_type=AwardType.RSA)
        at_once: dict[str, Any] = {"vesting": None, "vesting_start": None}
        self.sar = self._grant(people[1], 100_00, award_type=AwardType.SSAR, price=dollars("0.20"), **at_once)
        self.early = self._grant(people[2], 960_00, early_exercisable=True, **option)
        self._grant(people[3], 480_00, self.held_plan, vesting_start=date(2023, 6, 15))
        self._grant(people[3], 480_00, self.treasury_plan)
        self._grant(people[3], 70_00, self.implied_plan)
        self.by_statements = self._grant(people[5], 1_000_00, vesting=STATEMENTS)
        self.on_sale = self._grant(people[6], 1_000_00, vesting=ON_SALE)
        grants.accept(db, act, self.rsus[0], on=date(2024, 2, 1))
        grants.retract(db, act, self._grant(people[0], 77_00), on=date(2024, 2, 2), reason="Typed twice.")
        self._grant(people[0], 78_00)
        journal.reverse(db, act, journal.size(db) - 1, reason="Never promised.")

    def totals(self) -> None:
        """Other reserves, authorised totals and ratios; a balance sheet."""
        db, act = self.db, self.act
        classes.adjust_plan(db, act, self.plan.id, 500_000_00, on=date(2024, 3, 1))
        classes.adjust_authorised(db, act, self.seed.id, 6_000_000, on=date(2024, 3, 2))
        classes.set_ratio(db, act, self.seed.id, 3, 2, on=date(2024, 3, 3))
        classes.state_total_assets(db, act, dollars("1000000.00"), stated_on=date(2024, 3, 4))

    def shares(self) -> None:
        """Shares of every class, transferred, bought back, issued from the treasury, cancelled, converted."""
        db, act, people = self.db, self.act, self.people
        bought = self._shares(
            self.ana, self.common, 1_000_00, date(2024, 3, 3), price=dollars("1.00"), resolution_ref="r1", exemption="D"
        )
        founders = {"vesting": make.FOUR_YEARS, "vesting_start": date(2023, 1, 31)}
        self._shares(self.ana, self.common, 2_000_000_00, date(2024, 3, 3), **founders)
        seed = self._shares(people[7], self.seed, 100_000, date(2024, 3, 5), price=dollars("1.00"))
        self.memberships = [self._shares(each, self.member, 1, date(2024, 3, 6)) for each in people[:3]]
        on, price = date(2024, 4, 4), dollars("1.10")
        given, rest = transfers.transfer(db, act, bought, people[0].id, on=on, part=Part(400_00), price=price)
        assert rest is not None
        back = Part(100_00)
        returns.repurchase(
            db, act, rest.security.id, on=date(2024, 5, 5), price=dollars("1.20"), part=back, into_treasury=True
        )
        self._shares(people[1], self.common, 50_00, date(2024, 5, 6), from_treasury=True)
        returns.cancel(db, act, given.security.id, on=date(2024, 5, 7), reason="Lost.", part=Part(10_00))
        conversions.convert(db, act, seed, on=date(2024, 8, 1), part=Part(1_001))

    def instruments(self) -> None:
        """Notes and warrants, in part transferred and converted."""
        db, act, people = self.db, self.act, self.people
        note, safe = instruments.NoteKind.NOTE, instruments.NoteKind.SAFE
        first = instruments.NoteOrder(people[2].id, safe, dollars("1000"), pro_rata="5")
        self.safe = instruments.issue_note(db, act, first, on=date(2024, 4, 4)).security.id
        second = instruments.NoteOrder(people[2].id, note, dollars("2000.5"))
        lent = instruments.issue_note(db, act, second, on=date(2024, 4, 5)).security.id
        right = instruments.WarrantOrder(
            people[3].id,
            class_id=self.common.id,
            quantity=300_00,
            exercise_price=dollars("2.00"),
            purchase_price=dollars("1.00"),
            expires_on=date(2030, 1, 1),
        )
        self.warrant = instruments.issue_warrant(db, act, right, on=date(2024, 4, 6)).security.id
        instruments.issue_warrant(db, act, instruments.WarrantOrder(people[3].id), on=date(2024, 4, 7))
        instrument_changes.transfer_instrument(db, act, lent, people[4].id, on=date(2024, 6, 6), part=Part(100_00))
        became = [Shares(self.seed.id, 500, dollars("2.00"))]
        instrument_conversions.convert_note(db, act, self.safe, became, on=date(2024, 7, 7), part=Part(400_00))

    def vesting(self) -> None:
        """Leaves, one of them still on; an acceleration; milestones."""
        db, act = self.db, self.act
        away: dict[str, Any] = {"leave": Leave.UNPAID_PERSONAL}
        vesting_changes.pause(db, act, self.rsus[0], on=date(2024, 6, 1), until=date(2024, 12, 1), **away)
        vesting_changes.resume(db, act, self.rsus[0], on=date(2024, 12, 1))
        vesting_changes.pause(db, act, self.rsus[1], on=date(2025, 6, 1), until=date(2025, 12, 1), **away)
        order = AccelerationOrder.PRO_RATA
        vesting_changes.accelerate(
            db, act, self.rsus[2], on=date(2024, 6, 1), reason="Bonus.", quantity=100_00, order=order
        )
        vesting_changes.record_milestone(db, act, self.on_sale, "sale", happened_on=date(2024, 7, 1))
        vesting_changes.record_milestone(db, act, self.by_statements, "sale", happened_on=date(2024, 7, 2))

    def use(self) -> None:
        """Options exercised, also early; units settled, some withheld; a part cancelled; a price lowered."""
        db, act = self.db, self.act
        exercise.exercise(db, act, self.early, 300_00, on=date(2024, 9, 1))
        exercise.exercise(db, act, self.options[0], 1_200_00, on=date(2025, 1, 15))
        exercise.settle(db, act, self.rsus[3], 1_200_00, on=date(2025, 1, 16), withheld=400_00)
        exercise.settle(db, act, self.sar, 50_00, on=date(2025, 1, 17), fair_value=dollars("0.40"))
        returns.cancel(db, act, self.options[1], on=date(2025, 2, 1), reason="Reduced.", part=Part(800_00))
        pricing.reprice(db, act, self.options[2], dollars("0.40"), on=date(2025, 2, 2), reason="Down round.")

    def leaving(self) -> None:
        """People leave: by themselves, laid off, for cause, overturned and not; an employee becomes a contractor."""
        db, act, people = self.db, self.act, self.people
        order = leaving.LeavingOrder
        cause: dict[str, Any] = {"second_approver": "usr_second", "appeal_until": date(2025, 5, 1)}
        for_cause = LeavingReason.INVOLUNTARY_WITH_CAUSE
        leaving.terminate(db, act, order(people[4].id, LeavingReason.VOLUNTARY_OTHER, date(2025, 3, 20)))
        protection = LayoffProtection(waive_cliff=True, extra_months=6)
        laid_off = order(people[0].id, LeavingReason.INVOLUNTARY_OTHER, date(2025, 3, 21))
        leaving.terminate(db, act, laid_off, protection=protection)
        leaving.terminate(db, act, order(people[6].id, for_cause, date(2025, 3, 22), **cause))
        leaving.overturn_cause(db, act, people[6].id, on=date(2025, 4, 10), reason="No cause.")
        leaving.terminate(db, act, order(people[7].id, for_cause, date(2025, 3, 23), **cause))
        leaving.confirm_cause(db, act, people[7].id, on=date(2025, 5, 2))
        employment = register.engagements(db, self.employee.id)[0][0].id
        leaving.change_engagement(db, act, employment, to=EngagementKind.C1099, on=date(2025, 4, 1))

    def split(self) -> None:
        """Three shares for two, and what happens after it."""
        db, act, people = self.db, self.act, self.people
        splits.split_class(db, act, self.common.id, 3, 2, on=date(2025, 7, 1))
        exercise.exercise(db, act, self.options[1], 100_00, on=date(2025, 7, 15))
        some = [Shares(self.common.id, 90_00)]
        instrument_conversions.exercise_warrant(db, act, self.warrant, some, on=date(2025, 7, 16), part=Part(90_00))
        transfers.transfer(db, act, self.options[1], people[1].id, on=date(2025, 7, 20), part=Part(30_00))
        reissues.reissue(db, act, self.memberships[0], [Part()], on=date(2025, 7, 21))
        on, price = date(2025, 7, 22), dollars("1.00")
        several = [self._shares(people[5], self.common, units, on, price=price) for units in (10_00, 20_00)]
        reissues.consolidate(db, act, several, on=date(2025, 7, 23), reason="Tidy.")

    def endings(self) -> None:
        """What nobody took in time expires; one more leaves."""
        db, act = self.db, self.act
        expiry.expire_due(db, act, date(2026, 9, 1))
        order = leaving.LeavingOrder(self.people[3].id, LeavingReason.INVOLUNTARY_DEATH, date(2026, 9, 2))
        leaving.terminate(db, act, order)
        expiry.expire_due(db, act, date(2040, 1, 1))

    def tell(self) -> Cooperative:
        """Tell all of it."""
        for chapter in (
            self.grants,
            self.totals,
            self.shares,
            self.instruments,
            self.vesting,
            self.use,
            self.leaving,
            self.split,
            self.endings,
        ):
            chapter()
        return self
