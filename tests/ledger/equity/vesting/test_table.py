from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given

from ledger.equity.vesting.errors import ExceedsGranted, TableInvalid
from ledger.equity.vesting.table import (
    Instalment,
    Mark,
    Table,
    completed,
    decode,
    encode,
    forfeited,
    total,
    unvested,
    vested,
)
from tests.ledger.equity.vesting.strategies import days, tables

ROWS = (
    Instalment(date(2025, 1, 31), 1_200),
    Instalment(date(2025, 2, 10), 50, Mark.ACCELERATED),
    Instalment(date(2025, 2, 28), 100, Mark.PAUSED),
    Instalment(date(2025, 3, 31), 100, Mark.FORFEITED),
)


def test_only_what_is_scheduled_or_accelerated_vests() -> None:
    assert [vested(ROWS, date(2025, month, 9)) for month in (1, 2, 3)] == [0, 1_200, 1_250]
    assert (total(ROWS), forfeited(ROWS), unvested(ROWS, date(2025, 12, 31))) == (1_450, 100, 100)


def test_a_row_is_written_shortly_and_its_mark_only_where_it_tells_something() -> None:
    assert encode(ROWS) == [
        ["2025-01-31", 1200],
        ["2025-02-10", 50, "accelerated"],
        ["2025-02-28", 100, "paused"],
        ["2025-03-31", 100, "forfeited"],
    ]


@given(tables())
def test_a_table_comes_back_from_json(table: Table) -> None:
    assert decode(json.loads(json.dumps(encode(table)))) == table


@given(tables(), days)
def test_vested_unvested_and_forfeited_are_all_there_is(table: Table, on: date) -> None:
    assert vested(table, on) + unvested(table, on) + forfeited(table) == total(table)


@pytest.mark.parametrize(
    "rows",
    [
        [["2025-01-31"]],
        [["2025-02-30", 1]],
        [["2025-01-31", 0]],
        [["2025-01-31", 1.5]],
        [["2025-01-31", True]],
        [["2025-01-31", 1, "vested"]],
        [["2025-01-31", 1, "paused", 2]],
        [["2025-01-31", 1], ["2025-01-30", 1]],
        [7],
        7,
    ],
)
def test_what_is_no_table_is_refused(rows: list[object]) -> None:
    with pytest.raises(TableInvalid):
        decode(rows)


def test_what_waits_for_an_event_makes_the_table_whole() -> None:
    whole = completed((Instalment(date(2025, 1, 31), 1_200),), 4_800)
    assert whole[-1] == (date.max, 3_600, Mark.AWAITED)
    assert (total(whole), vested(whole, date.max), unvested(whole, date(2030, 1, 1))) == (4_800, 1_200, 3_600)
    assert completed(whole, 4_800) == whole


def test_a_table_beyond_its_grant_is_refused() -> None:
    with pytest.raises(ExceedsGranted, match="1,200"):
        completed((Instalment(date(2025, 1, 31), 1_200),), 1_199)
