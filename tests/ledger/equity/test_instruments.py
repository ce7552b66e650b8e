from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Role, account
from ledger.equity.certificates import Part
from ledger.equity.grants import accept
from ledger.equity.instrument_changes import cancel_instrument, retract_instrument, transfer_instrument
from ledger.equity.instrument_conversions import Shares, convert_note, exercise_warrant
from ledger.equity.instruments import NoteKind, amount_of, is_live, size_of
from ledger.equity.securities import Position, position
from ledger.equity.values import EventKind
from ledger.errors import (
    AlreadyExists,
    AuthorisedExhausted,
    DatesOutOfOrder,
    Invalid,
    LaterChangeExists,
    NotAllowedNow,
    NotFound,
    QuantityInvalid,
    TermsInvalid,
)
from ledger.types import Price
from tests import make
from tests.ledger.equity.holdings import A_DAY, DOLLAR, held, holdings, note, shares, warrant

LATER = date(2025, 2, 15)


def amount(of: Position) -> str:
    found = amount_of(of)
    assert found is not None
    return found.text


def test_a_note_is_recorded_outside_the_share_totals(db: Session) -> None:
    before = journal.size(db)
    safe = note(db, amount=Price.parse("50000", "USD"), triggers=({"trigger_id": "T1"},), pro_rata="2500")
    [entry] = [each for each in journal.entries_between(db, before, journal.size(db)) if each.kind == "note.issued"]
    assert entry.postings == ()
    assert (safe.security.label, amount(safe), safe.outstanding, safe.share_class) == ("SAFE-1", "50000.00", 0, None)
    assert safe.security.terms == {
        "type": "SAFE",
        "amount": [5_000_000, 2, "USD"],
        "seniority": 1,
        "triggers": [{"trigger_id": "T1"}],
        "pro_rata": "2500",
    }
    assert note(db, kind=NoteKind.NOTE).security.label == "CN-1"


def test_a_warrant_is_recorded_outside_the_share_totals(db: Session) -> None:
    common = make.share_class(db)
    right = warrant(db, common, expires_on=date(2030, 1, 1), purchase_price=DOLLAR)
    assert (right.security.label, size_of(right), right.outstanding, right.security.price) == ("W-1", 1_000, 0, DOLLAR)
    assert right.security.terms == {
        "triggers": [],
        "class_id": common.id,
        "purchase_price": [100, 2, "USD"],
        "expires_on": "2030-01-01",
    }
    assert holdings(db, common) == {}
    assert held(db, Role.UNISSUED, common.id) == 10_000_000


def test_a_holder_accepts_a_note(db: Session) -> None:
    safe = note(db)
    accept(db, make.act(), safe.security.id, on=A_DAY)
    after = position(db, safe.security.id)
    assert after.happened(EventKind.ACCEPTED)
    assert is_live(after)


def test_part_of_a_note_is_transferred(db: Session) -> None:
    safe, buyer = note(db), make.holder(db)
    made, balance = transfer_instrument(
        db, make.act(), safe.security.id, buyer.id, on=LATER, part=Part(1_250_050), price=DOLLAR
    )
    assert balance is not None
    assert (amount(made), made.security.holder, made.security.label) == ("12500.50", buyer.id, "SAFE-2")
    assert (amount(balance), balance.security.holder, balance.security.label) == (
        "37499.50",
        safe.security.holder,
        "SAFE-3",
    )
    old = position(db, safe.security.id)
    assert not is_live(old)
    [event] = old.happened(EventKind.TRANSFERRED)
    assert event.value.detail == {"amount": [1_250_050, 2, "USD"], "balance": balance.security.id}


def test_a_note_is_cancelled_in_part_and_then_whole(db: Session) -> None:
    balance = cancel_instrument(db, make.act(), note(db).security.id, on=LATER, reason="Repaid", part=Part(1_000_000))
    assert balance is not None
    assert amount(balance) == "40000.00"
    assert cancel_instrument(db, make.act(), balance.security.id, on=LATER, reason="Repaid") is None
    assert not is_live(position(db, balance.security.id))


def test_a_note_becomes_shares_at_the_quantities_given(db: Session) -> None:
    common, preferred = make.share_class(db), make.share_class(db, prefix="PS-")
    safe = note(db)
    price = Price.parse("2.50", "USD")
    became = convert_note(
        db,
        make.act(),
        safe.security.id,
        [Shares(preferred.id, 19_000, price), Shares(common.id, 500, label="CS-77"), Shares(preferred.id, 500, price)],
        on=LATER,
        trigger="T1",
    )
    assert became.balance is None
    assert [(each.security.label, each.outstanding, each.security.price) for each in became.certificates] == [
        ("PS-1", 19_000, price),
        ("CS-77", 500, None),
        ("PS-2", 500, price),
    ]
    assert holdings(db, preferred) == {safe.security.holder: 19_500}
    assert held(db, Role.UNISSUED, preferred.id) == 10_000_000 - 19_500
    [event] = position(db, safe.security.id).happened(EventKind.CONVERTED)
    assert event.value.results == [each.security.id for each in became.certificates]
    assert event.value.detail == {"amount": [5_000_000, 2, "USD"], "trigger": "T1"}


def test_part_of_a_note_becomes_shares_and_the_rest_goes_on(db: Session) -> None:
    common = make.share_class(db)
    became = convert_note(db, make.act(), note(db).security.id, [Shares(common.id, 10)], on=LATER, part=Part(2_000_000))
    assert became.balance is not None
    assert amount(became.balance) == "30000.00"
    assert is_live(became.balance)


def test_a_warrant_is_exercised_in_part_and_net(db: Session) -> None:
    common = make.share_class(db)
    right = warrant(db, common)
    became = exercise_warrant(db, make.act(), right.security.id, [Shares(common.id, 400)], on=LATER, part=Part(400))
    assert became.balance is not None
    assert (became.certificates[0].outstanding, became.certificates[0].security.price) == (400, DOLLAR)
    assert (size_of(became.balance), became.balance.security.label) == (600, "W-2")
    # 600 at $1 when a share is worth $3: 200 pay for the other 400
    net = exercise_warrant(db, make.act(), became.balance.security.id, [Shares(common.id, 400)], on=LATER)
    assert net.balance is None
    assert holdings(db, common) == {right.security.holder: 800}


def test_a_warrant_gives_no_more_than_it_says(db: Session) -> None:
    common, other = make.share_class(db), make.share_class(db)
    right = warrant(db, common, expires_on=date(2025, 2, 14))
    id, before = right.security.id, journal.size(db)
    day = date(2025, 2, 14)
    with pytest.raises(NotAllowedNow, match="until 2025-02-14"):
        exercise_warrant(db, make.act(), id, [Shares(common.id, 10)], on=LATER)
    with pytest.raises(NotAllowedNow, match="another class"):
        exercise_warrant(db, make.act(), id, [Shares(other.id, 10)], on=day)
    with pytest.raises(NotAllowedNow, match="asks for 1,001"):
        exercise_warrant(db, make.act(), id, [Shares(common.id, 1_000), Shares(common.id, 1)], on=day)
    with pytest.raises(NotAllowedNow, match="is for 1000; this needs 1001"):
        exercise_warrant(db, make.act(), id, [Shares(common.id, 10)], on=day, part=Part(1_001))
    with pytest.raises(NotAllowedNow, match="is no note"):
        convert_note(db, make.act(), id, [Shares(common.id, 10)], on=day)
    assert journal.size(db) == before
    exercise_warrant(db, make.act(), id, [Shares(common.id, 1_000)], on=day)


def test_a_conversion_that_can_not_be_changes_nothing(db: Session) -> None:
    small, clinic = make.share_class(db, authorised=100), make.share_class(db, licensed_only=True)
    investor = make.holder(db, licensed=False)
    safe = note(db, investor)
    id, taken, before = safe.security.id, shares(db, small, quantity=1), journal.size(db)
    with pytest.raises(AuthorisedExhausted):
        convert_note(db, make.act(), id, [Shares(small.id, 60), Shares(small.id, 40)], on=LATER)
    with pytest.raises(TermsInvalid, match="licensees"):
        convert_note(db, make.act(), id, [Shares(clinic.id, 10)], on=LATER)
    with pytest.raises(Invalid, match="which shares"):
        convert_note(db, make.act(), id, [], on=LATER)
    with pytest.raises(NotFound):
        convert_note(db, make.act(), id, [Shares("cls_none", 10)], on=LATER)
    with pytest.raises(AlreadyExists):
        convert_note(db, make.act(), id, [Shares(small.id, 10, label=taken.security.label)], on=LATER)
    with pytest.raises(NotAllowedNow, match="is no warrant"):
        exercise_warrant(db, make.act(), id, [Shares(small.id, 10)], on=LATER)
    with pytest.raises(QuantityInvalid):
        Shares(small.id, 0)
    assert journal.size(db) == before
    assert journal.balance(db, account(Role.UNISSUED, small.id)) == 99


def test_what_has_ended_stays_ended(db: Session) -> None:
    common, safe = make.share_class(db), note(db)
    id = safe.security.id
    convert_note(db, make.act(), id, [Shares(common.id, 10)], on=LATER)
    with pytest.raises(NotAllowedNow, match="has ended"):
        convert_note(db, make.act(), id, [Shares(common.id, 10)], on=LATER)
    with pytest.raises(NotAllowedNow, match="has ended"):
        transfer_instrument(db, make.act(), id, make.holder(db).id, on=LATER)
    with pytest.raises(NotAllowedNow, match="has ended"):
        cancel_instrument(db, make.act(), id, on=LATER, reason="Error")
    with pytest.raises(LaterChangeExists):
        cancel_instrument(db, make.act(), id, on=A_DAY, reason="Error")
    with pytest.raises(NotAllowedNow, match="no note or warrant"):
        cancel_instrument(db, make.act(), shares(db).security.id, on=LATER, reason="Error")


def test_a_note_is_retracted_until_it_is_accepted(db: Session) -> None:
    mistaken, accepted, sold = note(db), note(db), note(db)
    retract_instrument(db, make.act(), mistaken.security.id, on=LATER, reason="Sent twice")
    assert not is_live(position(db, mistaken.security.id))
    accept(db, make.act(), accepted.security.id, on=A_DAY)
    with pytest.raises(NotAllowedNow, match="accepted or changed"):
        retract_instrument(db, make.act(), accepted.security.id, on=LATER, reason="Error")
    made, _ = transfer_instrument(db, make.act(), sold.security.id, make.holder(db).id, on=A_DAY)
    with pytest.raises(NotAllowedNow, match="came out of another"):
        retract_instrument(db, make.act(), made.security.id, on=LATER, reason="Error")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"amount": Price.parse("0", "USD")}, Invalid),
        ({"seniority": 0}, Invalid),
        ({"holder": "hld_nobody"}, NotFound),
        ({"board_approved_on": date(2024, 1, 16)}, DatesOutOfOrder),
        ({"triggers": ({"rate": 0.08},)}, Invalid),
    ],
)
def test_a_note_that_can_not_be_is_refused(db: Session, changes: dict[str, Any], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        note(db, **changes)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"quantity": 0}, QuantityInvalid),
        ({"class_id": None}, Invalid),
        ({"class_id": "cls_none"}, NotFound),
        ({"expires_on": date(2024, 1, 14)}, DatesOutOfOrder),
    ],
)
def test_a_warrant_that_can_not_be_is_refused(db: Session, changes: dict[str, Any], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        warrant(db, make.share_class(db), **changes)


def test_a_warrant_whose_size_is_open_has_no_parts(db: Session) -> None:
    common = make.share_class(db)
    right = warrant(db, common, class_id=None, quantity=None)
    with pytest.raises(NotAllowedNow, match="is for 0"):
        transfer_instrument(db, make.act(), right.security.id, make.holder(db).id, on=LATER, part=Part(5))
    became = exercise_warrant(db, make.act(), right.security.id, [Shares(common.id, 123)], on=LATER)
    assert became.certificates[0].outstanding == 123


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(data=st.data())
def test_no_cent_of_a_note_is_lost_by_acts_on_parts_of_it(db: Session, data: st.DataObject) -> None:
    common, people = make.share_class(db), [make.holder(db), make.holder(db)]
    live = [note(db, people[0], amount=Price(data.draw(st.integers(2, 10**9)), 2, "USD"))]
    whole, gone = size_of(live[0]), 0
    for _ in range(data.draw(st.integers(1, 4))):
        old = live.pop()
        part = Part(data.draw(st.integers(1, size_of(old))))
        act = data.draw(st.sampled_from(["transfer", "cancel", "convert"]))
        if act == "transfer":
            to = next(each.id for each in people if each.id != old.security.holder)
            made, balance = transfer_instrument(db, make.act(), old.security.id, to, on=LATER, part=part)
            live.append(made)
        elif act == "cancel":
            balance = cancel_instrument(db, make.act(), old.security.id, on=LATER, reason="Repaid", part=part)
            gone += part.quantity or 0
        else:
            balance = convert_note(db, make.act(), old.security.id, [Shares(common.id, 1)], on=LATER, part=part).balance
            gone += part.quantity or 0
        live += [balance] if balance else []
        if not live:
            break
    assert sum(size_of(each) for each in live) + gone == whole
