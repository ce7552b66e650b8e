"""Carta's rules and our rulings for ordered statements; the shared cases have the rest."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.equity.vesting.errors import ScheduleTooLong, UnknownCondition, VestingTermsInvalid
from ledger.equity.vesting.plain import PlainTerms
from ledger.equity.vesting.schedule import instalments
from ledger.equity.vesting.statements import Cliff, Grid, Statement, StatementTerms
from ledger.equity.vesting.table import total
from ledger.equity.vesting.triggers import PeriodUnit
from tests.ledger.equity.vesting.strategies import plain_terms, quantities, starts

START = date(2025, 1, 31)


def scheduled(order: int, percentage: str, occurrences: int, **more: Any) -> dict[str, Any]:
    schedule = {"occurrences": occurrences, "period": 1, "period_type": "MONTHS", **more}
    return {"order": order, "percentage": percentage, "schedule": schedule}


def test_a_milestone_gates_its_own_statement_and_moves_no_later_date() -> None:
    gated = scheduled(1, "0.5", 2) | {"event_condition": {"event_id": "licence"}}
    terms = StatementTerms.parse([gated, scheduled(2, "0.5", 2)])
    later = [(date(2025, 4, 30), 100), (date(2025, 5, 31), 100)]
    waiting = instalments(terms, 400, start=START)
    assert [row[:2] for row in waiting] == later
    met = instalments(terms, 400, start=START, events={"licence": date(2025, 3, 10)})
    assert [row[:2] for row in met] == [(date(2025, 3, 10), 100), (date(2025, 3, 31), 100), *later]


def test_a_cliff_may_fall_between_two_instalments() -> None:
    cliff = {"length": 4, "period_type": "MONTHS", "percentage": "0.4"}
    terms = StatementTerms.parse([scheduled(1, "1", 4, period=3, cliff=cliff)])
    found = [row[:2] for row in instalments(terms, 1_000, start=START)]
    assert found == [
        (date(2025, 5, 31), 400),
        (date(2025, 7, 31), 200),
        (date(2025, 10, 31), 200),
        (date(2026, 1, 31), 200),
    ]


def test_a_cliff_at_the_end_takes_the_whole_statement() -> None:
    cliff = {"length": 1, "period_type": "YEARS", "percentage": "0.4"}
    terms = StatementTerms.parse([scheduled(1, "1", 4, period=3, cliff=cliff)])
    assert instalments(terms, 1_000, start=START) == ((date(2026, 1, 31), 1_000, "scheduled"),)


def test_days_and_months_follow_one_another() -> None:
    terms = StatementTerms.parse([scheduled(1, "0.5", 2, period=10, period_type="DAYS"), scheduled(2, "0.5", 1)])
    found = [row.date for row in instalments(terms, 400, start=START)]
    assert found == [date(2025, 2, 10), date(2025, 2, 20), date(2025, 3, 20)]  # 28 February and twenty days


def test_statements_without_a_start_wait_for_it() -> None:
    milestone = {"order": 2, "percentage": "0.5", "event_condition": {"event_id": "ipo"}}
    terms = StatementTerms.parse([scheduled(1, "0.5", 2), milestone])
    found = instalments(terms, 400, start=date.max, events={"ipo": date(2026, 1, 1)})
    assert found == ((date(2026, 1, 1), 200, "scheduled"),)


@given(quantities, plain_terms(), starts)
def test_a_statement_with_an_even_cliff_vests_as_plain_terms(quantity: int, terms: PlainTerms, start: date) -> None:
    cliff = Cliff(terms.cliff_months, PeriodUnit.MONTHS, Fraction(terms.cliff_months, terms.months))
    every = terms.every_months
    grid = Grid(terms.months // every, every, PeriodUnit.MONTHS, cliff=cliff if terms.cliff_months else None)
    statements = StatementTerms((Statement(1, Fraction(1), grid),))
    assert instalments(statements, quantity, start=start) == instalments(terms, quantity, start=start)


@given(quantities, st.lists(st.integers(0, 50), min_size=1, max_size=5), starts)
def test_chained_statements_add_up(quantity: int, weights: list[int], start: date) -> None:
    whole = sum(weights) + 1
    parts = [*weights, 1]
    statements = tuple(
        Statement(order, Fraction(part, whole), Grid(order, 2, PeriodUnit.MONTHS))
        for order, part in enumerate(parts, 1)
    )
    assert total(instalments(StatementTerms(statements), quantity, start=start)) == quantity


WRONG: list[tuple[list[dict[str, Any]], str]] = [
    ([scheduled(1, "0.5", 2)], "cover 50 % of the grant"),
    ([scheduled(1, "0.5", 2), scheduled(1, "0.5", 2)], "each place taken once"),
    ([scheduled(1, "1.5", 2)], "Statement 1: its percentage is between 0 and 1"),
    ([{"order": 1, "percentage": "1"}], "Statement 1 needs a schedule or an event"),
    ([scheduled(1, "1", 0)], "Statement 1, schedule: “occurrences” must be a whole number, 1 or more"),
    (
        [scheduled(1, "1", 2, cliff={"length": 1, "period_type": "MONTHS", "percentage": "1.1"})],
        "more vests at the cliff than the statement covers",
    ),
    ([scheduled(1, "1", 2, vesting_day_of_month="15")], "“vesting_day_of_month” must be one of"),
    ([scheduled(1, "1", 2, moon="full")], "Statement 1, schedule: unknown field “moon”"),
    ([], "must be a list of at least one"),
]


@pytest.mark.parametrize(("statements", "message"), WRONG, ids=lambda value: str(value)[:40])
def test_broken_statements_are_refused_by_name(statements: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(VestingTermsInvalid) as refusal:
        StatementTerms.parse(statements)
    assert message in str(refusal.value)


def test_a_schedule_of_more_than_a_century_is_refused() -> None:
    with pytest.raises(ScheduleTooLong):
        StatementTerms.parse([scheduled(1, "1", 1_201)])
    with pytest.raises(ScheduleTooLong):
        StatementTerms.parse([scheduled(1, "1", 40_000, period=0)])


def test_an_event_that_no_statement_waits_for_is_refused() -> None:
    with pytest.raises(UnknownCondition, match="ipo"):
        instalments(StatementTerms.parse([scheduled(1, "1", 2)]), 400, start=START, events={"ipo": START})
