from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Role
from ledger.equity.certificates import Part, parted
from ledger.equity.exercise import exercise
from ledger.equity.leaving import LeavingOrder, terminate
from ledger.equity.returns import repurchase
from ledger.equity.securities import position
from ledger.equity.transfers import transfer
from ledger.equity.values import AwardType, ClassKind, EngagementKind, EventKind, LeavingReason
from ledger.equity.vesting.later import pause
from ledger.equity.vesting.table import Instalment, forfeited, total, vested
from ledger.errors import (
    AlreadyExists,
    Invalid,
    LaterChangeExists,
    NotAllowedNow,
    NotFound,
    Overdrawn,
    QuantityInvalid,
    TermsInvalid,
)
from tests import make
from tests.ledger.equity.holdings import A_DAY, DOLLAR, held, holdings, note, shares

LATER = date(2026, 1, 15)


def test_a_whole_transfer_ends_the_certificate_and_makes_another(db: Session) -> None:
    first, buyer = shares(db, quantity=600), make.holder(db)
    made, balance = transfer(db, make.act(), first.security.id, buyer.id, on=LATER, price=DOLLAR)
    assert balance is None
    assert (made.outstanding, made.security.holder, made.security.label) == (600, buyer.id, "CS-2")
    assert made.security.from_security == first.security.id
    old = position(db, first.security.id)
    assert old.outstanding == 0
    [event] = old.happened(EventKind.TRANSFERRED)
    assert (event.on, event.value.quantity, event.value.price) == (LATER, 600, DOLLAR)
    assert (event.value.results, event.value.detail) == ([made.security.id], None)


def test_a_transfer_in_part_leaves_a_balance_certificate(db: Session) -> None:
    # acme's st_01: 300,000 of 400,000 shares, OA-2 becomes OA-3 and OA-4
    first, buyer = shares(db, quantity=400_000, label="OA-2"), make.holder(db)
    made, balance = transfer(db, make.act(), first.security.id, buyer.id, on=LATER, part=Part(300_000))
    assert balance is not None
    assert (made.security.label, made.outstanding) == ("OA-3", 300_000)
    assert (balance.security.label, balance.outstanding, balance.security.holder) == (
        "OA-4",
        100_000,
        first.security.holder,
    )
    [event] = position(db, first.security.id).happened(EventKind.TRANSFERRED)
    assert event.value.detail == {"balance": balance.security.id}


def test_only_vested_shares_can_be_transferred(db: Session) -> None:
    founder = shares(db, quantity=4_800, vesting=make.FOUR_YEARS, vesting_start=A_DAY)
    day = date(2025, 2, 15)  # thirteen months: 1,300 vested
    with pytest.raises(Overdrawn, match="has 1300 vested units left"):
        transfer(db, make.act(), founder.security.id, make.holder(db).id, on=day, part=Part(1_301))
    made, balance = transfer(db, make.act(), founder.security.id, make.holder(db).id, on=day, part=Part(1_000))
    assert balance is not None
    assert (made.outstanding, made.unvested(day), made.award) == (1_000, 0, None)
    assert (balance.vested(day), balance.unvested(day)) == (300, 3_500)
    assert balance.vested(date(2028, 1, 15)) == balance.outstanding == 3_800
    assert balance.award is not None
    old = position(db, founder.security.id)
    assert (old.vested(day), old.unvested(day)) == (0, 0)


def test_a_grant_keeps_its_id_when_part_of_it_is_transferred(db: Session) -> None:
    grant, heir = make.option(db), make.holder(db)
    exercise(db, make.act(), grant.security.id, 400, on=date(2025, 2, 15))
    made, left = transfer(db, make.act(), grant.security.id, heir.id, on=date(2025, 3, 15), part=Part(500))
    assert left is not None
    assert left.security.id == grant.security.id
    # 1,400 have vested by then: 400 exercised, 500 gone
    assert (left.outstanding, left.exercisable(date(2025, 3, 15))) == (3_900, 500)
    assert left.exercisable(date(2028, 1, 15)) == 3_900
    assert (made.outstanding, made.exercisable(date(2025, 3, 15)), made.security.holder) == (500, 500, heir.id)
    assert made.award is not None
    assert grant.award is not None
    assert made.award.expires_on == grant.award.expires_on
    assert made.security.price == grant.security.price


def test_unvested_units_of_a_grant_stay(db: Session) -> None:
    grant = make.grant(db)
    with pytest.raises(Overdrawn, match="has 1200 vested units left"):
        transfer(db, make.act(), grant.security.id, make.holder(db).id, on=date(2025, 1, 15))


def test_a_founder_who_left_can_transfer_what_had_vested(db: Session) -> None:
    founder = make.holder(db)
    held = shares(db, to=founder, quantity=4_800, vesting=make.FOUR_YEARS, vesting_start=A_DAY)
    last_day = date(2025, 2, 15)
    terminate(db, make.act(), LeavingOrder(founder.id, LeavingReason.VOLUNTARY_OTHER, last_day))
    assert position(db, held.security.id).outstanding == 1_300
    made, balance = transfer(db, make.act(), held.security.id, make.holder(db).id, on=last_day)
    assert (made.outstanding, balance) == (1_300, None)
    old = position(db, held.security.id)
    assert (old.outstanding, total(old.table), forfeited(old.table)) == (0, 3_500, 3_500)


def test_while_an_appeal_is_open_nothing_moves(db: Session) -> None:
    founder, day = make.holder(db), date(2025, 2, 15)
    held = shares(db, to=founder, quantity=4_800, vesting=make.FOUR_YEARS, vesting_start=A_DAY)
    dismissal = LeavingOrder(
        founder.id,
        LeavingReason.INVOLUNTARY_WITH_CAUSE,
        day,
        second_approver="usr_board",
        appeal_until=date(2025, 4, 1),
    )
    terminate(db, make.act(), dismissal)
    with pytest.raises(NotAllowedNow, match="is paused"):
        transfer(db, make.act(), held.security.id, make.holder(db).id, on=day, part=Part(100))
    with pytest.raises(NotAllowedNow, match="is paused"):
        repurchase(db, make.act(), held.security.id, on=day, price=DOLLAR, part=Part(100))


def test_a_membership_share_goes_to_nobody_else(db: Session) -> None:
    member = shares(db, make.share_class(db, kind=ClassKind.MEMBER_SHARE), quantity=1)
    with pytest.raises(NotAllowedNow, match="only back to the company"):
        transfer(db, make.act(), member.security.id, make.holder(db).id, on=LATER)


def test_an_iso_goes_to_nobody_else(db: Session) -> None:
    employee = make.holder(db, engaged=EngagementKind.W2)
    grant = make.option(db, to=employee, award_type=AwardType.ISO)
    with pytest.raises(NotAllowedNow, match="ISO"):
        transfer(db, make.act(), grant.security.id, make.holder(db).id, on=LATER, part=Part(10))


def test_licensees_shares_go_to_licensees_only(db: Session) -> None:
    clinic = shares(db, make.share_class(db, licensed_only=True))
    with pytest.raises(TermsInvalid, match="licensees"):
        transfer(db, make.act(), clinic.security.id, make.holder(db, licensed=False).id, on=LATER)


def test_a_transfer_that_can_not_be_changes_nothing(db: Session) -> None:
    first, other, buyer = shares(db), shares(db), make.holder(db)
    id, before = first.security.id, journal.size(db)
    with pytest.raises(Invalid, match="who holds it already"):
        transfer(db, make.act(), id, first.security.holder, on=LATER)
    with pytest.raises(NotFound):
        transfer(db, make.act(), id, "hld_nobody", on=LATER)
    with pytest.raises(NotFound):
        transfer(db, make.act(), "sec_none", buyer.id, on=LATER)
    with pytest.raises(Overdrawn, match="has 1000 units left"):
        transfer(db, make.act(), id, buyer.id, on=LATER, part=Part(1_001))
    with pytest.raises(AlreadyExists):
        transfer(db, make.act(), id, buyer.id, on=LATER, part=Part(10, label=other.security.label))
    with pytest.raises(AlreadyExists, match="label of its own"):
        transfer(db, make.act(), id, buyer.id, on=LATER, part=Part(10, "CS-90", "CS-90"))
    with pytest.raises(NotAllowedNow, match="was issued on"):
        transfer(db, make.act(), id, buyer.id, on=date(2023, 12, 31))
    with pytest.raises(QuantityInvalid):
        Part(0)
    assert journal.size(db) == before


def test_what_has_been_transferred_can_not_be_transferred_again(db: Session) -> None:
    first, buyer = shares(db), make.holder(db)
    transfer(db, make.act(), first.security.id, buyer.id, on=LATER)
    with pytest.raises(NotAllowedNow, match="Nothing is left"):
        transfer(db, make.act(), first.security.id, buyer.id, on=LATER)
    with pytest.raises(LaterChangeExists):
        transfer(db, make.act(), first.security.id, buyer.id, on=date(2025, 1, 1))


def test_a_note_has_deeds_of_its_own(db: Session) -> None:
    with pytest.raises(NotAllowedNow, match="note or warrant"):
        transfer(db, make.act(), note(db).security.id, make.holder(db).id, on=LATER)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(data=st.data())
def test_transfers_conserve_what_a_class_has_outstanding(db: Session, data: st.DataObject) -> None:
    common = make.share_class(db)
    people = [make.holder(db) for _ in range(3)]
    live = [shares(db, common, people[0], quantity=data.draw(st.integers(2, 5_000))) for _ in range(2)]
    before, unissued = sum(each.outstanding for each in live), held(db, Role.UNISSUED, common.id)
    for _ in range(data.draw(st.integers(1, 6))):
        old = live.pop(data.draw(st.integers(0, len(live) - 1)))
        to = data.draw(st.sampled_from([each for each in people if each.id != old.security.holder]))
        part = Part(data.draw(st.integers(1, old.outstanding)))
        made, balance = transfer(db, make.act(), old.security.id, to.id, on=LATER, part=part)
        assert made.outstanding + (balance.outstanding if balance else 0) == old.outstanding
        live += [made, *([balance] if balance else [])]
    assert sum(holdings(db, common).values()) == before == sum(each.outstanding for each in live)
    assert held(db, Role.UNISSUED, common.id) == unissued


tables = st.lists(st.tuples(st.dates(date(2024, 1, 1), date(2027, 12, 31)), st.integers(1, 500)), max_size=8).map(
    lambda rows: tuple(Instalment(day, units) for day, units in sorted(rows))
)


@given(tables, st.integers(0, 5_000), st.dates(date(2024, 1, 1), date(2028, 1, 1)), st.booleans())
def test_a_table_in_two_parts_loses_nothing_and_the_first_has_vested_first(
    table: tuple[Instalment, ...], units: int, on: date, is_paused: bool
) -> None:
    table = pause(table, on) if is_paused else table
    first, rest = parted(table, units, on)
    assert total(first) == min(units, total(table))
    assert total(first) + total(rest) == total(table)
    assert vested(first, on) == min(units, vested(table, on))
    for day in {row.date for row in table}:
        assert vested(first, day) + vested(rest, day) == vested(table, day)
