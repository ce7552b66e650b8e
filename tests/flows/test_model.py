"""Random deeds against a model of plain dictionaries, on both databases: same balances, same refusals, all verified."""

from __future__ import annotations

import copy
import itertools
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy.orm import Session

from app.db import make_engine
from app.verification import verify_all
from ledger import journal
from ledger.equity import classes, grants
from ledger.equity.certificates import Part
from ledger.equity.exercise import settle
from ledger.equity.leaving import LeavingOrder, terminate
from ledger.equity.returns import cancel, repurchase
from ledger.equity.reversals import reverse
from ledger.equity.securities import position
from ledger.equity.stock import StockOrder, issue_stock
from ledger.equity.transfers import transfer
from ledger.equity.values import Holder, HolderKind, LeavingReason
from ledger.errors import Refusal
from ledger.types import Price
from tests import make, postgres
from tests.conftest import TEMPLATE

quantities = st.one_of(st.integers(1, 900), st.integers(1, 9_000))
picks = st.integers(0, 10**6)

AUTHORISED, RESERVED = 20_000, 8_000
PENNY = Price(1, 2, "USD")


@dataclass
class Held:
    """A security in the model."""

    holder: str
    left: int
    is_award: bool
    of_plan: bool
    granted: int = 0
    cut: int = 0
    used: int = 0
    start: date = date.min
    ended: date = date.max

    def vested(self, on: date) -> int:
        """A member's own reckoning: nothing for a year, then a forty-eighth a month; cuts take the latest first."""
        day = min(on, self.ended)
        months = (day.year - self.start.year) * 12 + day.month - self.start.month - (day.day < self.start.day)
        return min(self.granted * min(months, 48) // 48 if months >= 12 else 0, self.granted - self.cut)


@dataclass
class Model:
    """The whole company."""

    authorised: int = AUTHORISED
    unissued: int = AUTHORISED - RESERVED
    pool: int = RESERVED
    held: dict[str, Held] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)


class Company(RuleBasedStateMachine):
    """Does a deed to the ledger and to the model, and compares."""

    fresh: Callable[[], Session]

    def __init__(self) -> None:
        super().__init__()
        self.db = self.fresh()
        make.company(self.db)
        self.share_class = make.share_class(self.db, authorised=AUTHORISED)
        self.plan = make.plan(self.db, self.share_class, reserved=RESERVED)
        self.holders = [make.holder(self.db).id for _ in range(3)]
        self.today = date(2024, 1, 5)
        self.model = Model()
        self.before: tuple[Model, int] | None = None
        for to in range(3):
            self.grant(480, to)
        self.time_passes(400)

    def attempt(self, fits: bool, deed: Callable[[], object]) -> bool:
        """Do a deed; it must succeed exactly when the model says it fits. Returns whether it did."""
        self.before = (copy.deepcopy(self.model), journal.size(self.db))
        try:
            with self.db.begin_nested():
                deed()
        except Refusal:
            assert not fits
            self.before = None
            return False
        assert fits
        return True

    def pick(self, number: int, *, is_award: bool) -> str | None:
        """Choose one of the live securities of a kind."""
        live = [id for id, held in self.model.held.items() if held.is_award is is_award and held.left]
        return live[number % len(live)] if live else None

    @rule(days=st.integers(20, 400))
    def time_passes(self, days: int) -> None:
        self.today += timedelta(days=days)
        self.today = self.today.replace(day=min(self.today.day, 28))
        self.before = None

    @rule(quantity=quantities, to=picks)
    def issue_shares(self, quantity: int, to: int) -> None:
        holder = self.holders[to % 3]
        order = StockOrder(holder, self.share_class.id, quantity, price=PENNY)
        made: list[str] = []
        if self.attempt(
            quantity <= self.model.unissued,
            lambda: made.append(issue_stock(self.db, make.act(), order, on=self.today).security.id),
        ):
            self.model.unissued -= quantity
            self.model.held[made[0]] = Held(holder, quantity, is_award=False, of_plan=False)

    @rule(quantity=quantities, to=picks)
    def grant(self, quantity: int, to: int) -> None:
        holder = self.holders[to % 3]
        terms = {"grant_date": self.today, "board_approved_on": self.today, "vesting_start": self.today}
        recipient = Holder(holder, HolderKind.INDIVIDUAL)
        draft = make.approved(self.db, make.grant_order(self.plan, recipient, quantity=quantity, **terms))
        made: list[str] = []
        if self.attempt(
            quantity <= self.model.pool,
            lambda: made.append(grants.issue_grant(self.db, make.act(), draft).security.id),
        ):
            self.model.pool -= quantity
            self.model.held[made[0]] = Held(
                holder, quantity, is_award=True, of_plan=True, granted=quantity, start=self.today
            )

    @rule(number=picks, quantity=quantities)
    def settle_vested_units(self, number: int, quantity: int) -> None:
        id = self.pick(number, is_award=True)
        if id is None:
            return
        award = self.model.held[id]
        quantity = min(quantity, award.left)
        made: list[str] = []

        def deed() -> None:
            security = settle(self.db, make.act(), id, quantity, on=self.today)
            assert security is not None
            made.append(security.id)

        if self.attempt(quantity <= award.vested(self.today) - award.used, deed):
            award.left -= quantity
            award.used += quantity
            self.model.held[made[0]] = Held(award.holder, quantity, is_award=False, of_plan=True)

    @rule(number=picks, quantity=quantities, to=picks)
    def transfer_shares(self, number: int, quantity: int, to: int) -> None:
        id = self.pick(number, is_award=False)
        if id is None:
            return
        held, holder = self.model.held[id], self.holders[to % 3]
        made: list[str] = []

        def deed() -> None:
            there, here = transfer(self.db, make.act(), id, holder, on=self.today, part=Part(quantity))
            made.extend([there.security.id, *([here.security.id] if here else [])])

        if self.attempt(quantity <= held.left and holder != held.holder, deed):
            self._replaced(id, made, quantity, holder)

    @rule(number=picks, quantity=quantities)
    def buy_back_shares(self, number: int, quantity: int) -> None:
        id = self.pick(number, is_award=False)
        if id is None:
            return
        held = self.model.held[id]
        made: list[str] = []

        def deed() -> None:
            rest = repurchase(self.db, make.act(), id, on=self.today, price=PENNY, part=Part(quantity))
            made.extend([rest.security.id] if rest else [])

        if self.attempt(quantity <= held.left, deed):
            self._come_back(held, quantity)
            self._replaced(id, ["", *made], quantity, "")

    @rule(number=picks, quantity=quantities)
    def cancel_units(self, number: int, quantity: int) -> None:
        id = self.pick(number, is_award=True)
        if id is None:
            return
        award = self.model.held[id]
        unvested = award.left - (award.vested(self.today) - award.used)
        quantity = min(quantity, unvested)
        if quantity < 1:
            return
        deed = lambda: cancel(self.db, make.act(), id, on=self.today, reason="Agreed.", part=Part(quantity))  # noqa: E731
        if self.attempt(True, deed):
            award.left -= quantity
            award.cut += quantity
            self._come_back(award, quantity)

    @rule(change=st.integers(-5_000, 5_000).filter(bool))
    def change_the_reserve(self, change: int) -> None:
        fits = change <= self.model.unissued and -change <= self.model.pool
        if self.attempt(fits, lambda: classes.adjust_plan(self.db, make.act(), self.plan.id, change, on=self.today)):
            self.model.unissued -= change
            self.model.pool += change

    @rule(change=st.integers(-9_000, 9_000))
    def amend_the_charter(self, change: int) -> None:
        authorised = max(self.model.authorised + change, 1)
        change = authorised - self.model.authorised
        deed = lambda: classes.adjust_authorised(  # noqa: E731
            self.db, make.act(), self.share_class.id, authorised, on=self.today
        )
        if self.attempt(change != 0 and -change <= self.model.unissued, deed):
            self.model.authorised += change
            self.model.unissued += change

    @rule(who=picks)
    def someone_leaves(self, who: int) -> None:
        holder = self.holders[who % 3]
        order = LeavingOrder(holder, LeavingReason.VOLUNTARY_OTHER, self.today)
        if not self.attempt(holder not in self.model.gone, lambda: terminate(self.db, make.act(), order)):
            return
        self.model.gone.add(holder)
        for held in self.model.held.values():
            if held.is_award and held.holder == holder and held.left and held.ended == date.max:
                unvested = held.left - (held.vested(self.today) - held.used)
                held.ended = self.today
                held.left -= unvested
                self._come_back(held, unvested)

    @precondition(lambda self: self.before is not None)
    @rule()
    def take_it_back(self) -> None:
        assert self.before is not None
        model, first = self.before
        numbers = range(first, journal.size(self.db))
        if len(numbers) == 1:
            reverse(self.db, make.act(), numbers[0], reason="Entered by mistake.")
            self.model = model
        self.before = None

    def _come_back(self, held: Held, quantity: int) -> None:
        if held.of_plan:
            self.model.pool += quantity
        else:
            self.model.unissued += quantity

    def _replaced(self, id: str, made: list[str], taken: int, to: str) -> None:
        """A certificate of which a part is taken ends; the part and the rest are certificates of their own."""
        held = self.model.held[id]
        rest, held.left = held.left - taken, 0
        if to:
            self.model.held[made[0]] = Held(to, taken, is_award=False, of_plan=held.of_plan)
        if rest:
            self.model.held[made[1]] = Held(held.holder, rest, is_award=False, of_plan=held.of_plan)

    @invariant()
    def the_ledger_holds_what_the_model_holds(self) -> None:
        class_id = self.share_class.id
        assert classes.authorised_units(self.db, class_id) == self.model.authorised
        assert journal.balance(self.db, f"unissued:{class_id}") == self.model.unissued
        assert journal.balance(self.db, f"pool:{self.plan.id}") == self.model.pool
        for id, held in self.model.held.items():
            found = position(self.db, id)
            assert found.outstanding == held.left, found.security.label
            if held.is_award and held.left:
                assert found.exercisable(self.today) == held.vested(self.today) - held.used

    def teardown(self) -> None:
        try:
            assert verify_all(self.db).fault is None
        finally:
            self.db.rollback()
            self.db.close()
            self.db.get_bind().engine.dispose()


def _explore(fresh: Callable[[], Session]) -> None:
    machine = type("Company", (Company,), {"fresh": staticmethod(fresh)})
    quick = settings(
        max_examples=12, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
    )
    run_state_machine_as_test(machine, settings=quick)


def test_random_deeds_on_sqlite(sqlite_template: Path, tmp_path: Path) -> None:
    numbers: Iterator[int] = itertools.count()

    def fresh() -> Session:
        path = tmp_path / f"{next(numbers)}.db"
        shutil.copyfile(sqlite_template, path)
        return Session(make_engine(f"sqlite:///{path}"), expire_on_commit=False)

    _explore(fresh)


def test_random_deeds_on_postgresql(postgresql_server: str, database_numbers: Iterator[int]) -> None:
    name = f"vestry_model_{next(database_numbers)}"
    postgres.execute(postgresql_server, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    # every example is rolled back, so one database serves all
    url = postgres.database_at(postgresql_server, name)
    _explore(lambda: Session(make_engine(url), expire_on_commit=False))
    postgres.execute(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")
