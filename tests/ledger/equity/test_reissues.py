from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from ledger import journal
from ledger.equity.certificates import WHOLE, Part
from ledger.equity.reissues import consolidate, reissue
from ledger.equity.returns import repurchase
from ledger.equity.securities import position
from ledger.equity.values import EventKind
from ledger.equity.vesting_changes import record_milestone
from ledger.errors import AlreadyExists, Invalid, LaterChangeExists, NotAllowedNow
from ledger.types import Price
from tests import make
from tests.ledger.equity.holdings import A_DAY, DOLLAR, holdings, shares

LATER = date(2025, 2, 15)


def test_one_certificate_becomes_many_of_the_same_shares(db: Session) -> None:
    # acme: 25,000 into 13,500 and 11,500
    first = shares(db, quantity=25_000, price=DOLLAR, label="OB-1")
    made = reissue(db, make.act(), first.security.id, [Part(13_500), Part(11_500)], on=LATER, reason="Smaller amounts")
    assert [(each.security.label, each.outstanding) for each in made] == [("OB-2", 13_500), ("OB-3", 11_500)]
    assert {each.security.holder for each in made} == {first.security.holder}
    assert {each.security.price for each in made} == {DOLLAR}
    old = position(db, first.security.id)
    [event] = old.happened(EventKind.REISSUED)
    assert event.value.results == [each.security.id for each in made]
    assert old.outstanding == 0


def test_a_lost_certificate_is_replaced_whole(db: Session) -> None:
    first = shares(db)
    [made] = reissue(db, make.act(), first.security.id, [WHOLE], on=LATER, reason="Lost")
    assert made.outstanding == 1_000


def test_instalments_go_along_earliest_first(db: Session) -> None:
    founder = shares(db, quantity=4_800, vesting=make.FOUR_YEARS, vesting_start=A_DAY)
    early, late = reissue(db, make.act(), founder.security.id, [Part(1_500), Part(3_300)], on=LATER)
    assert (early.vested(LATER), early.unvested(LATER)) == (1_300, 200)
    assert (late.vested(LATER), late.unvested(LATER)) == (0, 3_300)
    for day in (date(2025, 5, 1), date(2026, 1, 15), date(2028, 1, 15)):
        assert early.vested(day) + late.vested(day) == founder.vested(day)


def test_what_the_terms_still_wait_for_goes_along(db: Session) -> None:
    milestones = {
        "allocation_type": "CUMULATIVE_ROUND_DOWN",
        "vesting_conditions": [
            {
                "id": name,
                "portion": {"numerator": "1", "denominator": "2"},
                "trigger": {"type": "VESTING_EVENT"},
                "next_condition_ids": after,
            }
            for name, after in (("licence", ["launch"]), ("launch", []))
        ],
    }
    founder = shares(db, quantity=1_000, vesting=milestones, vesting_start=A_DAY)
    record_milestone(db, make.act(), founder.security.id, "licence", happened_on=date(2024, 6, 1))
    early, late = reissue(db, make.act(), founder.security.id, [Part(300), Part(700)], on=LATER)
    assert (early.vested(LATER), late.vested(LATER), late.unvested(LATER)) == (300, 200, 500)
    record_milestone(db, make.act(), late.security.id, "launch", happened_on=date(2025, 3, 1))
    assert position(db, late.security.id).vested(date(2025, 3, 1)) == 700


def test_many_certificates_become_one(db: Session) -> None:
    common, person = make.share_class(db), make.holder(db)
    cheap = shares(db, common, person, quantity=100, price=Price.parse("0.10", "USD"))
    same = shares(db, common, person, quantity=200, price=Price.parse("0.1", "USD"))
    dear = shares(db, common, person, quantity=300, price=DOLLAR)
    one = consolidate(db, make.act(), [cheap.security.id, same.security.id], on=LATER)
    assert (one.outstanding, one.security.label, one.security.price) == (300, "CS-4", Price.parse("0.10", "USD"))
    all_of_it = consolidate(db, make.act(), [one.security.id, dear.security.id], on=LATER, label="CS-A")
    assert (all_of_it.outstanding, all_of_it.security.label, all_of_it.security.price) == (600, "CS-A", None)
    assert holdings(db, common) == {person.id: 600}
    [event] = position(db, dear.security.id).happened(EventKind.CONSOLIDATED)
    assert event.value.results == [all_of_it.security.id]


def test_founder_stock_is_consolidated_once_it_has_vested(db: Session) -> None:
    common, person = make.share_class(db), make.holder(db)
    terms: dict[str, Any] = {"quantity": 4_800, "vesting": make.FOUR_YEARS, "vesting_start": A_DAY}
    both = [shares(db, common, person, **terms).security.id for _ in range(2)]
    with pytest.raises(NotAllowedNow, match="have yet to vest"):
        consolidate(db, make.act(), both, on=date(2028, 1, 14))
    one = consolidate(db, make.act(), both, on=date(2028, 1, 15))
    assert (one.outstanding, one.vested(date(2028, 1, 15)), one.award) == (9_600, 9_600, None)


def test_certificates_that_are_not_alike_are_refused(db: Session) -> None:
    common, person = make.share_class(db), make.holder(db)
    plan = make.plan(db, common)
    first, again = shares(db, common, person), shares(db, common, person)
    others = [shares(db, common), shares(db, to=person), shares(db, common, person, plan_id=plan.id)]
    grant = make.grant(db, plan, person)
    before = journal.size(db)
    for other in others:
        with pytest.raises(Invalid, match="one holder, class and plan"):
            consolidate(db, make.act(), [first.security.id, other.security.id], on=LATER)
    with pytest.raises(Invalid, match="two or more"):
        consolidate(db, make.act(), [first.security.id], on=LATER)
    with pytest.raises(Invalid, match="two or more"):
        consolidate(db, make.act(), [first.security.id, first.security.id], on=LATER)
    with pytest.raises(NotAllowedNow, match="is a grant"):
        consolidate(db, make.act(), [first.security.id, grant.security.id], on=LATER)
    with pytest.raises(AlreadyExists):
        consolidate(db, make.act(), [first.security.id, again.security.id], on=LATER, label=first.security.label)
    assert journal.size(db) == before


def test_a_reissue_that_does_not_add_up_is_refused(db: Session) -> None:
    first = shares(db)
    before = journal.size(db)
    for parts in ([Part(400), Part(599)], [Part(1_001)], [Part(400), WHOLE], []):
        with pytest.raises(Invalid, match="add up to"):
            reissue(db, make.act(), first.security.id, parts, on=LATER)
    with pytest.raises(AlreadyExists):
        reissue(db, make.act(), first.security.id, [Part(400, "X-1"), Part(600, "X-1")], on=LATER)
    assert journal.size(db) == before
    repurchase(db, make.act(), first.security.id, on=LATER, price=DOLLAR)
    with pytest.raises(LaterChangeExists):
        reissue(db, make.act(), first.security.id, [WHOLE], on=A_DAY)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(st.lists(st.integers(1, 900), min_size=2, max_size=6), st.data())
def test_consolidating_and_reissuing_changes_no_holders_total(
    db: Session, quantities: list[int], data: st.DataObject
) -> None:
    common, person = make.share_class(db), make.holder(db)
    shares(db, common, make.holder(db), quantity=77)
    made = [shares(db, common, person, quantity=units) for units in quantities]
    before = holdings(db, common)
    one = consolidate(db, make.act(), [each.security.id for each in made], on=LATER)
    assert holdings(db, common) == before
    first = data.draw(st.integers(1, one.outstanding - 1))
    reissue(db, make.act(), one.security.id, [Part(first), Part(one.outstanding - first)], on=LATER)
    assert holdings(db, common) == before
