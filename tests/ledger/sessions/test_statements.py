"""Monthly statements: issued by the 5th, answered by the 20th, once, by their provider."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.sessions.errors import AlreadyAttested, OnlyTheProvider, StepRefused
from ledger.sessions.statements import (
    Answer,
    StatementState,
    due_by,
    issued_by,
    require_answerable,
    statement_state,
)

DECEMBER = date(2025, 12, 31)
ATTESTED, DISPUTED = Answer


def answer(given: Answer, **facts: Any) -> None:
    known: dict[str, Any] = {
        "provider": "ana",
        "actor": "ana",
        "earlier": None,
        "has_open_dispute": False,
        "is_closed": False,
    }
    require_answerable(given, **(known | facts))


def test_a_statement_is_issued_by_the_5th_and_due_by_the_20th_of_the_next_month() -> None:
    assert issued_by(DECEMBER) == date(2026, 1, 5)
    assert due_by(DECEMBER) == date(2026, 1, 20)
    assert due_by(date(2025, 1, 1)) == date(2025, 2, 20)


def test_silence_is_marked_from_the_21st_on_and_is_not_consent() -> None:
    assert statement_state(DECEMBER, None, date(2026, 1, 20)) is StatementState.ISSUED
    assert statement_state(DECEMBER, None, date(2026, 1, 21)) is StatementState.UNATTESTED
    assert statement_state(DECEMBER, ATTESTED, date(2026, 1, 21)) is StatementState.ATTESTED
    assert statement_state(DECEMBER, DISPUTED, date(2026, 1, 21)) is StatementState.DISPUTED


@pytest.mark.parametrize("given", Answer)
def test_only_the_provider_answers(given: Answer) -> None:
    answer(given)
    with pytest.raises(OnlyTheProvider):
        answer(given, actor="steward")


@pytest.mark.parametrize("given", Answer)
def test_a_statement_is_attested_once_and_then_stands(given: Answer) -> None:
    with pytest.raises(AlreadyAttested):
        answer(given, earlier=ATTESTED)


def test_who_disputed_attests_when_the_dispute_is_decided() -> None:
    with pytest.raises(StepRefused):
        answer(ATTESTED, earlier=DISPUTED, has_open_dispute=True)
    answer(ATTESTED, earlier=DISPUTED)
    answer(DISPUTED, earlier=DISPUTED, has_open_dispute=True)


@pytest.mark.parametrize("given", Answer)
def test_a_closed_period_takes_no_answer(given: Answer) -> None:
    with pytest.raises(StepRefused):
        answer(given, is_closed=True)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_a_statement_is_issued_and_due_in_the_month_after_its_own(day: date) -> None:
    months = [found.year * 12 + found.month for found in (day, issued_by(day), due_by(day))]
    assert months[1] == months[2] == months[0] + 1
    assert day < issued_by(day) < due_by(day)
