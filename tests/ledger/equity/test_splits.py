from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Role, account
from ledger.equity.certificates import Part
from ledger.equity.classes import adjust_authorised, available_units, charter, set_ratio
from ledger.equity.exercise import exercise
from ledger.equity.instrument_changes import transfer_instrument
from ledger.equity.instruments import size_of
from ledger.equity.pricing import price_of, ratio_in_force
from ledger.equity.returns import cancel, repurchase
from ledger.equity.securities import position
from ledger.equity.split_facts import balances_of
from ledger.equity.splits import split_class, split_table
from ledger.equity.transfers import transfer
from ledger.equity.values import ClassSplit, EventKind, ShareClass
from ledger.equity.vesting.later import forfeit
from ledger.equity.vesting.table import Instalment, forfeited, total, vested
from ledger.errors import LaterChangeExists, QuantityInvalid, TermsInvalid
from ledger.reading import find
from ledger.types import MOST_UNITS, Cut, Price
from ledger.verify import verify
from tests import make
from tests.ledger.equity.holdings import A_DAY, DOLLAR, held, shares, warrant

LATER = date(2025, 2, 15)
"""Thirteen months after the usual start: of 4,800 units 1,300 have vested."""


def authorised(db: Session, of: ShareClass) -> int:
    return -journal.balance(db, charter(of.id))


def test_every_account_of_the_class_is_multiplied(db: Session) -> None:
    plan = make.plan(db)
    common = find(db, ShareClass, plan.class_id)
    mine, bought, grant = shares(db, common), shares(db, common), make.grant(db, plan)
    other = shares(db)
    repurchase(db, make.act(), bought.security.id, on=A_DAY, price=DOLLAR, into_treasury=True)
    split_class(db, make.act(), common.id, 3, 1, on=LATER)
    assert authorised(db, common) == 30_000_000
    assert position(db, mine.security.id).outstanding == 3_000
    assert position(db, grant.security.id).outstanding == 14_400
    assert available_units(db, plan.id) == 3 * 1_995_200
    assert held(db, Role.TREASURY, common.id) == 3_000
    assert position(db, other.security.id).outstanding == 1_000
    assert verify(db).fault is None


def test_instalments_follow_and_prices_fall(db: Session) -> None:
    grant = make.option(db)
    split_class(db, make.act(), grant.security.class_id or "", 2, 1, on=LATER)
    after = position(db, grant.security.id)
    assert (after.vested(LATER), after.unvested(LATER)) == (2_600, 7_000)
    assert after.vested(date(2025, 3, 15)) == 2_800
    assert price_of(db, grant.security.id, date(2025, 2, 14)) == Price.parse("0.62", "USD")
    assert price_of(db, grant.security.id, LATER) == Price.parse("0.31", "USD")
    [event] = after.happened(EventKind.ADJUSTED)
    assert event.value.quantity == 9_600


def test_what_was_exercised_before_stays_as_it_was(db: Session) -> None:
    grant = make.option(db)
    made = exercise(db, make.act(), grant.security.id, 400, on=LATER)
    split_class(db, make.act(), grant.security.class_id or "", 2, 1, on=LATER)
    after = position(db, grant.security.id)
    assert position(db, made.id).outstanding == 800
    assert (after.outstanding, after.used()) == (8_800, 400)
    assert after.exercisable(LATER) == 2 * 900
    exercise(db, make.act(), grant.security.id, 1_800, on=LATER)
    assert position(db, grant.security.id).exercisable(LATER) == 0
    assert position(db, grant.security.id).exercisable(date(2028, 1, 15)) == 7_000


def test_parts_of_a_share_are_dropped_and_become_unissued(db: Session) -> None:
    common = make.share_class(db, authorised=1_001)
    three, one = shares(db, common, quantity=333), shares(db, common, quantity=1)
    split_class(db, make.act(), common.id, 1, 2, on=LATER)
    assert position(db, three.security.id).outstanding == 166
    assert position(db, one.security.id).outstanding == 0
    assert authorised(db, common) == 500
    assert held(db, Role.UNISSUED, common.id) == 334


def test_a_class_without_a_maximum_splits_too(db: Session) -> None:
    units = make.share_class(db, authorised=None)
    first = shares(db, units, quantity=101)
    split_class(db, make.act(), units.id, 3, 2, on=LATER)
    assert position(db, first.security.id).outstanding == 151 == authorised(db, units)


def test_a_report_of_an_earlier_day_shows_the_old_shares(db: Session) -> None:
    first = shares(db)
    of = first.security.class_id or ""
    before = Cut(LATER, journal.size(db))
    split_class(db, make.act(), of, 10, 1, on=LATER)
    path = account(Role.CERTIFICATE, first.security.id)
    now = journal.size(db)
    assert journal.balance(db, path, Cut(date(2025, 2, 14), now)) == 1_000
    assert journal.balance(db, path, Cut(LATER, now)) == 10_000
    assert journal.balance(db, path, before) == 1_000


def test_conversion_ratios_move_so_that_nobody_gains(db: Session) -> None:
    common = make.share_class(db)
    preferred = make.share_class(db, converts_to=common.id, ratio=(5, 4))
    split_class(db, make.act(), common.id, 2, 1, on=LATER)
    assert ratio_in_force(db, preferred, date(2025, 2, 14)).as_integer_ratio() == (5, 4)
    assert ratio_in_force(db, preferred, LATER).as_integer_ratio() == (5, 2)
    split_class(db, make.act(), preferred.id, 2, 1, on=LATER)
    assert ratio_in_force(db, preferred, LATER).as_integer_ratio() == (5, 4)


def test_warrants_follow_their_class(db: Session) -> None:
    common = make.share_class(db)
    right, spent = warrant(db, common), warrant(db, common)
    transfer_instrument(db, make.act(), spent.security.id, make.holder(db).id, on=A_DAY)
    split_class(db, make.act(), common.id, 4, 1, on=LATER)
    after = position(db, right.security.id)
    assert size_of(after) == 4_000
    assert price_of(db, right.security.id, LATER, class_id=common.id) == Price.parse("0.25", "USD")
    assert not position(db, spent.security.id).happened(EventKind.ADJUSTED)
    made, balance = transfer_instrument(
        db, make.act(), right.security.id, make.holder(db).id, on=LATER, part=Part(1_500)
    )
    assert balance is not None
    assert (made.security.quantity, balance.security.quantity) == (1_500, 2_500)
    assert made.security.price == Price.parse("0.25", "USD")


def test_a_large_class_takes_several_entries_that_each_balance(db: Session) -> None:
    plan = make.plan(db)
    common, person = find(db, ShareClass, plan.class_id), make.holder(db)
    terms = {"vesting": make.FOUR_YEARS, "vesting_start": A_DAY}
    ids = [
        shares(db, common, person, label=f"F-{n}", quantity=100 + n, **terms).security.id  # type: ignore[arg-type]
        for n in range(60)
    ]
    before = journal.size(db)
    split_class(db, make.act(), common.id, 3, 2, on=LATER)
    entries = list(journal.entries_between(db, before, journal.size(db)))
    assert len(entries) > 1
    assert [(each.body["part"], each.body["parts"]) for each in entries] == [
        (number, len(entries)) for number in range(1, len(entries) + 1)
    ]
    assert [position(db, id).outstanding for id in ids] == [(100 + n) * 3 // 2 for n in range(60)]
    assert authorised(db, common) == 15_000_000
    moved = [posting.account for each in entries for posting in each.postings if posting.account != charter(common.id)]
    assert moved[1:] == sorted(moved[1:])  # the unissued shares come first
    assert verify(db).fault is None


def test_a_split_is_refused_when_anything_counts_from_a_later_day(db: Session) -> None:
    plan = make.plan(db)
    common = find(db, ShareClass, plan.class_id)
    preferred = make.share_class(db, converts_to=common.id)
    grant = make.grant(db, plan)

    def refused() -> None:
        before = journal.size(db)
        with pytest.raises(LaterChangeExists):
            split_class(db, make.act(), common.id, 2, 1, on=LATER)
        assert journal.size(db) == before

    later = date(2025, 2, 16)
    nested = db.begin_nested()
    shares(db, common, on=later)
    refused()
    nested.rollback()
    nested = db.begin_nested()
    cancel(db, make.act(), grant.security.id, on=later, reason="Agreed", part=Part(1))
    refused()
    nested.rollback()
    nested = db.begin_nested()
    set_ratio(db, make.act(), preferred.id, 2, 1, on=later)
    refused()
    nested.rollback()
    nested = db.begin_nested()
    warrant(db, common, on=later)
    refused()
    nested.rollback()
    nested = db.begin_nested()
    split_class(db, make.act(), common.id, 2, 1, on=later)
    refused()
    nested.rollback()
    nested = db.begin_nested()
    adjust_authorised(db, make.act(), common.id, 11_000_000, on=later)
    refused()
    nested.rollback()
    split_class(db, make.act(), common.id, 2, 1, on=LATER)


def test_what_was_reversed_does_not_stand_in_the_way(db: Session) -> None:
    common = make.share_class(db)
    shares(db, common, on=date(2026, 1, 1))
    journal.reverse(db, make.act(), journal.size(db) - 1, reason="Dated wrongly")
    split_class(db, make.act(), common.id, 2, 1, on=LATER)
    assert authorised(db, common) == 20_000_000


def test_nothing_is_dated_before_a_split(db: Session) -> None:
    common = make.share_class(db)
    first, right = shares(db, common), warrant(db, common)
    split_class(db, make.act(), common.id, 2, 1, on=LATER)
    day, to = date(2025, 2, 14), make.holder(db).id
    with pytest.raises(LaterChangeExists):
        shares(db, common, on=day)
    with pytest.raises(LaterChangeExists):
        warrant(db, common, on=day)
    with pytest.raises(LaterChangeExists):
        transfer(db, make.act(), first.security.id, to, on=day)
    with pytest.raises(LaterChangeExists):
        transfer_instrument(db, make.act(), right.security.id, to, on=day)
    assert shares(db, common, on=LATER).outstanding == 1_000


@pytest.mark.parametrize(("numerator", "denominator"), [(1, 1), (3, 3), (0, 1), (1, 0), (-2, 1)])
def test_a_ratio_that_is_no_split_is_refused(db: Session, numerator: int, denominator: int) -> None:
    common = make.share_class(db)
    with pytest.raises(TermsInvalid):
        split_class(db, make.act(), common.id, numerator, denominator, on=LATER)


def test_more_units_than_can_be_counted_are_refused(db: Session) -> None:
    for most in (MOST_UNITS // 2 + 1, None):
        units = make.share_class(db, authorised=most)
        shares(db, units, quantity=MOST_UNITS // 2 + 1)
        with pytest.raises(QuantityInvalid):
            split_class(db, make.act(), units.id, 2, 1, on=LATER)


ratios = st.tuples(st.integers(1, 12), st.integers(1, 12)).filter(lambda ratio: ratio[0] != ratio[1])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(ratios, st.lists(st.integers(1, 5_000), min_size=1, max_size=4), st.integers(0, 1_300))
def test_a_split_floors_each_account_and_keeps_the_charter_exact(
    db: Session, ratio: tuple[int, int], quantities: list[int], used: int
) -> None:
    plan = make.plan(db, make.share_class(db, authorised=2_100_001))
    common = find(db, ShareClass, plan.class_id)
    for quantity in quantities:
        shares(db, common, quantity=quantity)
    grant = make.option(db, plan)
    if used:
        exercise(db, make.act(), grant.security.id, used, on=LATER)
    old, was = position(db, grant.security.id), balances_of(db, common.id)
    split_class(db, make.act(), common.id, *ratio, on=LATER)
    new, now = position(db, grant.security.id), balances_of(db, common.id)
    loose = {charter(common.id), account(Role.UNISSUED, common.id)}
    assert sum(now.values()) == 0
    assert authorised(db, common) == 2_100_001 * ratio[0] // ratio[1]
    assert {path: now.get(path, 0) for path in was if path not in loose} == {
        path: units * ratio[0] // ratio[1] for path, units in was.items() if path not in loose
    }
    assert new.outstanding == total(new.table) - new.used()
    assert new.exercisable(LATER) == old.exercisable(LATER) * ratio[0] // ratio[1]


tables = st.lists(st.tuples(st.dates(date(2024, 1, 1), date(2027, 12, 31)), st.integers(1, 500)), min_size=1).map(
    lambda rows: tuple(Instalment(day, units) for day, units in sorted(rows))
)


@given(tables, ratios, st.dates(date(2024, 1, 1), date(2027, 12, 31)), st.integers(0, 10**6), st.booleans())
def test_a_split_table_holds_the_split_of_what_is_left(
    table: tuple[Instalment, ...], ratio: tuple[int, int], on: date, used: int, is_forfeited: bool
) -> None:
    table = forfeit(table, on).table if is_forfeited else table
    used = min(used, vested(table, on))
    left = total(table) - forfeited(table) - used
    after = split_table(table, used, ClassSplit("cls", *ratio), on)
    assert forfeited(after) == forfeited(table)
    assert total(after) - forfeited(after) - used == left * ratio[0] // ratio[1]
    assert vested(after, on) - used == (vested(table, on) - used) * ratio[0] // ratio[1]
