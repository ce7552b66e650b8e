"""The vesting schedule: each instalment, what has become of it, and which condition of the terms it comes from."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ledger import journal
from ledger.equity.captable.promises import vesting_schedule
from ledger.equity.captable.tranches import Promise, Status, Tranche, conditions_by_day, tranches_of
from ledger.equity.grants import retract
from ledger.equity.leaving import LeavingOrder, terminate
from ledger.equity.values import LeavingReason
from ledger.equity.vesting.plain import PlainTerms
from ledger.equity.vesting.table import Instalment, Mark
from ledger.equity.vesting.terms import VestingTerms
from ledger.types import Cut
from tests import make

START = date(2024, 1, 15)


def schedule(db: Session, as_of: date) -> list[Tranche]:
    return list(vesting_schedule(db, Cut(as_of, journal.size(db))))


def conditions(*changes: dict[str, Any]) -> dict[str, Any]:
    """A start, a year's cliff, and what else is given."""
    start = {
        "id": "start",
        "quantity": "0",
        "trigger": {"type": "VESTING_START_DATE"},
        "next_condition_ids": ["cliff"],
    }
    month = {"length": 12, "type": "MONTHS", "occurrences": 1, "day_of_month": "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH"}
    cliff = {
        "id": "cliff",
        "portion": {"numerator": "12", "denominator": "48"},
        "trigger": {"type": "VESTING_SCHEDULE_RELATIVE", "period": month, "relative_to_condition_id": "start"},
        "next_condition_ids": [each["id"] for each in changes],
    }
    return {"allocation_type": "CUMULATIVE_ROUND_DOWN", "vesting_conditions": [start, cliff, *changes]}


SALE = {
    "id": "sale",
    "portion": {"numerator": "36", "denominator": "48"},
    "trigger": {"type": "VESTING_EVENT"},
    "next_condition_ids": [],
}


def test_instalments_are_vested_once_their_day_has_come(db: Session) -> None:
    make.company(db)
    held = make.grant(db)
    found = schedule(db, date(2025, 2, 15))
    assert len(found) == 37
    first, second, third = found[:3]
    assert (first.number, first.on, first.units, first.cumulative, first.status) == (
        1,
        date(2025, 1, 15),
        1_200,
        1_200,
        Status.VESTED,
    )
    assert (second.on, second.cumulative, second.status) == (date(2025, 2, 15), 1_300, Status.VESTED)
    assert third.status is Status.SCHEDULED
    assert found[-1].cumulative == 4_800
    assert {each.label for each in found} == {held.security.label}


def test_marks_say_what_else_has_become_of_an_instalment() -> None:
    day = date(2025, 1, 15)
    table = tuple(Instalment(day, 100, mark) for mark in (Mark.ACCELERATED, Mark.PAUSED, Mark.FORFEITED))
    found = list(tranches_of(Promise("ES-1", "hld", 0, (*table, Instalment(date.max, 100, Mark.AWAITED)), {}), day))
    assert [each.status for each in found] == [
        Status.ACCELERATED,
        Status.PAUSED,
        Status.FORFEITED,
        Status.SCHEDULED,
    ]
    assert [each.cumulative for each in found] == [100, 200, 200, 300]
    assert found[-1].on is None


def test_what_is_forfeited_stays_in_the_schedule_and_adds_nothing(db: Session) -> None:
    make.company(db)
    holder = make.holder(db)
    make.grant(db, to=holder)
    terminate(db, make.act(), LeavingOrder(holder.id, LeavingReason.VOLUNTARY_OTHER, date(2025, 2, 20)))
    found = schedule(db, date(2025, 2, 20))
    assert [each.status for each in found[:3]] == [Status.VESTED, Status.VESTED, Status.FORFEITED]
    assert sum(each.units for each in found) == 4_800
    assert found[-1].cumulative == 1_300


def test_before_they_left_everything_was_still_scheduled(db: Session) -> None:
    make.company(db)
    holder = make.holder(db)
    make.grant(db, to=holder)
    terminate(db, make.act(), LeavingOrder(holder.id, LeavingReason.VOLUNTARY_OTHER, date(2025, 2, 20)))
    assert {each.status for each in schedule(db, date(2025, 2, 19))} == {Status.VESTED, Status.SCHEDULED}


def test_what_was_retracted_was_never_promised(db: Session) -> None:
    make.company(db)
    held = make.grant(db)
    retract(db, make.act(), held.security.id, on=date(2024, 2, 1), reason="a mistake")
    assert schedule(db, date(2024, 2, 1)) == []
    assert len(schedule(db, date(2024, 1, 31))) == 37


def test_an_instalment_names_the_condition_it_comes_from(db: Session) -> None:
    make.company(db)
    make.grant(db, vesting=conditions(SALE))
    found = schedule(db, date(2025, 1, 15))
    assert [(each.on, each.units, each.condition) for each in found] == [
        (date(2025, 1, 15), 1_200, "cliff"),
        (None, 3_600, None),
    ]


def test_conditions_are_told_by_day_and_not_where_terms_branch() -> None:
    terms = VestingTerms.parse(conditions(SALE))
    sold = {"sale": date(2025, 1, 15)}
    assert conditions_by_day(terms, START, {}) == {date(2025, 1, 15): "cliff"}
    assert conditions_by_day(terms, START, sold) == {date(2025, 1, 15): "cliff; sale"}
    branching = VestingTerms.parse(conditions(SALE, SALE | {"id": "listing"}))
    assert conditions_by_day(branching, START, sold) == {}


def test_plain_terms_as_conditions_have_one_condition_for_the_cliff_and_one_for_the_rest() -> None:
    found = conditions_by_day(PlainTerms(48, 12).as_conditions(cliff_installment=False), START, {})
    assert found[date(2025, 1, 15)] == "cliff"
    assert set(found.values()) == {"cliff", "thereafter"}
    assert len(found) == 37
